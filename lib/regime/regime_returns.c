/*
 * --returns: a CSV file of returns, a header line with a column `ret`, and if it likes a time and
 * a symbol; other columns are not looked at. Rows without a time are dated day by day from
 * 1970-01-01: their order is all there is.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/tim.h"
#include "io/in.h"
#include "regime/regime.h"
#include "stage/args.h"

#define CELLS 256

enum { COL_RET, COL_TS, COL_SYM, NCOLS };

struct table {
	struct regime *g;
	struct io_in *in;
	struct str cell[CELLS];
	size_t n;
	int col[NCOLS];        /* -1: not there */
	const struct sym *sym; /* --sym */
	int64_t row;
};

static int
bad(const struct table *t, const char *what, struct str cell)
{
	return stage_fail(&t->g->base, ERR_DATA, "%s: line %llu: %s%s%.*s%s", io_in_name(t->in),
	    (unsigned long long)io_in_lineno(t->in), what, cell.n ? " '" : "",
	    STR_FMT(str_cut(cell, 60)), cell.n ? "'" : "");
}

static const struct str none = { "", 0 };

/* Cells between commas, white space and one pair of quotes taken off: numbers, times and symbols
 * hold neither comma nor quote. */
static int
split(struct table *t, const char *p, size_t n)
{
	const char *end = p + n;

	for (t->n = 0;; p++) {
		const char *comma = memchr(p, ',', (size_t)(end - p)), *q = comma ? comma : end;
		struct str s = { p, (size_t)(q - p) };

		if (t->n == CELLS)
			return bad(t, "more than 256 columns", none);
		while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
			s = (struct str){ s.p + 1, s.n - 1 };
		while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
			s.n--;
		if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
			s = (struct str){ s.p + 1, s.n - 2 };
		t->cell[t->n++] = s;
		if (!comma)
			return 0;
		p = comma;
	}
}

static int
header(struct table *t)
{
	static const char *const names[NCOLS][6] = { { "ret", "return", "returns" },
		{ "ts", "timestamp", "time", "date" }, { "sym", "symbol", "ticker" } };

	for (int c = 0; c < NCOLS; c++) {
		t->col[c] = -1;
		for (int k = 0; k < 6 && names[c][k]; k++)
			for (size_t i = 0; i < t->n && t->col[c] < 0; i++)
				if (t->cell[i].n == strlen(names[c][k]) &&
				    strncasecmp(t->cell[i].p, names[c][k], t->cell[i].n) == 0)
					t->col[c] = (int)i;
	}
	if (t->col[COL_RET] < 0)
		return bad(t, "the header has no column 'ret'", none);
	return 0;
}

static struct str
cell_of(const struct table *t, int col)
{
	return t->col[col] >= 0 && (size_t)t->col[col] < t->n ? t->cell[t->col[col]] : none;
}

static int
row(struct table *t)
{
	struct str ret = cell_of(t, COL_RET), ts = cell_of(t, COL_TS), sym = cell_of(t, COL_SYM);
	struct det_bar b = { NAN, NAN, NAN, NAN, NAN };
	const struct sym *of = t->sym;
	int64_t at = t->row++ * TIM_DAY;

	if (ret.n > 0 && (!num_f64(ret.p, ret.n, &b.ret) || fabs(b.ret) > 1e3))
		return bad(t, "ret must be a number (a return: 0.01 is one per cent), not", ret);
	if (t->col[COL_TS] >= 0 && !tim_parse(ts.p, ts.n, &at, NULL))
		return bad(t, "the time cannot be read:", ts);
	if (t->col[COL_SYM] >= 0 && !(of = symtab_get(t->g->base.env->syms, sym)))
		return bad(t, "no symbol:", sym);
	struct regime_series *s = regime_series_of(t->g, of);
	if (s->any && at < s->last_ts)
		return bad(t, "the time goes backward:", ts);
	s->any = true;
	s->last_ts = at;
	return regime_take(t->g, s, at, &b);
}

static int
rows(struct table *t)
{
	struct stage *st = &t->g->base;
	bool head = true;
	const char *p;
	size_t n;

	for (;;) {
		int rc = io_in_line(t->in, false, &p, &n, st->env->err);

		if (rc == 2) {
			rc = stage_drain(st);
			if (rc < 0)
				return rc;
			rc = io_in_line(t->in, true, &p, &n, st->env->err);
		}
		if (rc <= 0)
			return rc;
		if (n == 0)
			continue;
		rc = split(t, p, n);
		if (rc == 0)
			rc = head ? header(t) : row(t);
		if (rc < 0)
			return rc;
		head = false;
	}
}

int
regime_returns(struct regime *g)
{
	struct stage *st = &g->base;
	struct table t = { .g = g };
	const char *path = st->nargs ? st->args[0] : "-";
	const char *sym = st->common ? st->common->sym : NULL;

	if (sym && !(t.sym = symtab_get(st->env->syms, str_z(sym))))
		return stage_fail(st, ERR_USAGE, "--sym %s: no symbol", sym);
	if (strcmp(path, "-") == 0 && isatty(0))
		return stage_fail(st, ERR_USAGE,
		    "reads returns from standard input, which is a terminal (see regime-detect "
		    "-h)");
	t.in = io_in_open(path, st->env->err);
	if (!t.in)
		return st->env->err->code;
	int rc = rows(&t);
	io_in_free(t.in);
	return rc;
}
