#include "feat/side.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "io/in.h"

#define CELLS_MAX 256

/* One file, row by row; cells are unquoted in place, in a copy of the line. */
struct table {
	struct io_in *in;
	struct buf line;
	struct str cell[CELLS_MAX];
	size_t n;
	struct err *e;
};

/* `cell` is what was read there; NULL: nothing worth showing. */
static int
bad(const struct table *t, const char *what, const struct str *cell)
{
	struct str s = cell ? str_cut(*cell, 60) : str_z("");

	return err_set(t->e, ERR_DATA, "%s: line %llu: %s%s%.*s%s", io_in_name(t->in),
	    (unsigned long long)io_in_lineno(t->in), what, cell ? " '" : "", (int)s.n,
	    s.p ? s.p : "", cell ? "'" : "");
}

/* A quoted cell at *p, written over itself without its quotes ("" is one quote). */
static bool
unquote(char **p, const char *end, struct str *out)
{
	char *o = *p, *r = *p + 1;

	out->p = o;
	for (; r < end && (*r != '"' || (r + 1 < end && r[1] == '"')); r++) {
		r += *r == '"';
		*o++ = *r;
	}
	if (r >= end)
		return false;
	out->n = (size_t)(o - out->p);
	*p = r + 1;
	return *p == end || **p == ',';
}

static struct str
trimmed(const char *p, size_t n)
{
	while (n > 0 && (*p == ' ' || *p == '\t'))
		p++, n--;
	while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\t'))
		n--;
	return (struct str){ p, n };
}

static int
split(struct table *t)
{
	char *p = t->line.p;
	const char *end = p + t->line.len;

	for (t->n = 0;; p++) {
		if (t->n == CELLS_MAX)
			return bad(t, "more than 256 columns", NULL);
		struct str *s = &t->cell[t->n++];

		if (p < end && *p == '"') {
			if (!unquote(&p, end, s))
				return bad(t, "a quoted cell does not end", NULL);
		} else {
			char *q = p < end ? memchr(p, ',', (size_t)(end - p)) : NULL;
			size_t n = q ? (size_t)(q - p) : (size_t)(end - p);

			*s = trimmed(p, n);
			p += n;
		}
		if (p >= end)
			return 1;
	}
}

/* 1 a row, 0 the end, or an error; empty lines are skipped */
static int
next(struct table *t)
{
	const char *p;
	size_t n;
	int rc;

	do {
		rc = io_in_line(t->in, true, &p, &n, t->e);
		if (rc <= 0)
			return rc;
	} while (n == 0);
	buf_clear(&t->line);
	buf_put(&t->line, p, n);
	return split(t);
}

static int
open_table(struct table *t, const char *path, struct err *e)
{
	*t = (struct table){ .e = e };
	t->in = io_in_open(path, e);
	if (!t->in)
		return e->code;
	int rc = next(t);
	if (rc == 0)
		rc = err_set(e, ERR_DATA, "%s: the file is empty; it needs a header", path);
	return rc < 0 ? rc : 0;
}

static void
close_table(struct table *t)
{
	io_in_free(t->in);
	buf_free(&t->line);
}

static int
column(const struct table *t, const char *const *names)
{
	for (; *names; names++)
		for (size_t i = 0; i < t->n; i++)
			if (t->cell[i].n == strlen(*names) &&
			    strncasecmp(t->cell[i].p, *names, t->cell[i].n) == 0)
				return (int)i;
	return -1;
}

static const char *const sym_names[] = { "sym", "symbol", "ticker", NULL };
static const char *const sector_names[] = { "sector", "industry", "group", NULL };
static const char *const date_names[] = { "date", "ts", "time", "timestamp", NULL };

/* The symbol of a row, or NULL with the words. */
static const struct sym *
symbol(const struct table *t, int at, struct symtab *syms)
{
	const struct sym *s = (size_t)at < t->n ? symtab_get(syms, t->cell[at]) : NULL;

	if (!s)
		bad(t, "no symbol:", (size_t)at < t->n ? &t->cell[at] : NULL);
	return s;
}

/* ---- sectors ---- */

struct feat_sectors {
	uint32_t *of; /* by symbol id */
	size_t of_cap;
	char **names;
	size_t n, cap;
};

static uint32_t
sector_number(struct feat_sectors *s, struct str name)
{
	for (size_t i = 0; i < s->n; i++)
		if (str_eqz(name, s->names[i]))
			return (uint32_t)i + 1;
	*MEM_AT(s->names, s->cap, s->n) = mem_dup(name.p, name.n);
	return (uint32_t)++s->n;
}

static int
read_sectors(struct feat_sectors *s, struct table *t, struct symtab *syms)
{
	int sym_at = column(t, sym_names), at = column(t, sector_names), rc;

	if (sym_at < 0 || at < 0)
		return bad(t, "the header needs the columns sym and sector", NULL);
	while ((rc = next(t)) > 0) {
		const struct sym *sym = symbol(t, sym_at, syms);

		if (!sym)
			return ERR_DATA;
		uint32_t *of = MEM_AT(s->of, s->of_cap, sym->id);
		if (*of)
			return bad(t, "a second row for", &t->cell[sym_at]);
		if ((size_t)at < t->n && t->cell[at].n > 0)
			*of = sector_number(s, t->cell[at]);
	}
	return rc;
}

struct feat_sectors *
feat_sectors_read(const char *path, struct symtab *syms, struct err *e)
{
	struct feat_sectors *s = mem_alloc(sizeof *s);
	struct table t;
	int rc = open_table(&t, path, e);

	if (rc == 0)
		rc = read_sectors(s, &t, syms);
	close_table(&t);
	if (rc == 0)
		return s;
	feat_sectors_free(s);
	return NULL;
}

void
feat_sectors_free(struct feat_sectors *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		free(s->names[i]);
	free(s->names);
	free(s->of);
	free(s);
}

uint32_t
feat_sectors_of(const struct feat_sectors *s, const struct sym *sym)
{
	return s && sym->id < s->of_cap ? s->of[sym->id] : 0;
}

uint32_t
feat_sectors_count(const struct feat_sectors *s)
{
	return s ? (uint32_t)s->n : 0;
}

const char *
feat_sectors_name(const struct feat_sectors *s, uint32_t sector)
{
	return sector > 0 && sector <= s->n ? s->names[sector - 1] : "";
}

/* ---- fundamentals ---- */

/* One row: its values are row * ncols .. in the block `v`. */
struct fact {
	uint32_t sym;
	int64_t known;
	size_t row; /* in the file's order, which decides between equal times */
};

struct feat_fund {
	char **names;
	size_t ncols;
	struct fact *facts; /* by symbol, time, order in the file */
	size_t n, cap;
	double *v;
	size_t v_cap;
	size_t *first; /* by symbol id: its first fact; first[id + 1] is behind its last */
	size_t nsyms;
};

/* A bare date is known when its day is over. */
static bool
known_at(struct str s, int64_t *out)
{
	if (!tim_parse(s.p, s.n, out, NULL))
		return false;
	bool bare = !memchr(s.p, ':', s.n) && s.n <= 10 && *out % TIM_DAY == 0;

	if (bare)
		*out += TIM_DAY;
	return true;
}

static int
fund_row(struct feat_fund *f, const struct table *t, const int *at, int date)
{
	struct fact *x = &f->facts[f->n];

	if ((size_t)date >= t->n || !known_at(t->cell[date], &x->known))
		return bad(
		    t, "no date that can be read:", (size_t)date < t->n ? &t->cell[date] : NULL);
	x->row = f->n;
	for (size_t k = 0; k < f->ncols; k++) {
		double *v = MEM_AT(f->v, f->v_cap, f->n * f->ncols + k);
		struct str c = (size_t)at[k] < t->n ? t->cell[at[k]] : (struct str){ 0 };

		*v = NAN;
		if (c.n > 0 && !num_f64(c.p, c.n, v))
			return bad(t, "no finite number:", &c);
	}
	f->n++;
	return 0;
}

static int
fact_order(const void *a, const void *b)
{
	const struct fact *x = a, *y = b;

	if (x->sym != y->sym)
		return x->sym < y->sym ? -1 : 1;
	if (x->known != y->known)
		return x->known < y->known ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

/* Sorted, filled forward, and found by symbol. */
static void
fund_index(struct feat_fund *f, size_t nsyms)
{
	if (f->n)
		qsort(f->facts, f->n, sizeof *f->facts, fact_order);
	f->nsyms = nsyms;
	f->first = mem_array(nsyms + 1, sizeof *f->first);
	for (size_t i = 0; i < f->n; i++)
		f->first[f->facts[i].sym + 1]++;
	for (size_t s = 0; s < nsyms; s++)
		f->first[s + 1] += f->first[s];
	for (size_t i = 1; i < f->n; i++) {
		const double *before = f->v + f->facts[i - 1].row * f->ncols;
		double *v = f->v + f->facts[i].row * f->ncols;

		for (size_t k = 0; k < f->ncols && f->facts[i].sym == f->facts[i - 1].sym; k++)
			if (isnan(v[k]))
				v[k] = before[k];
	}
}

static int
read_fund(struct feat_fund *f, struct table *t, struct symtab *syms)
{
	int sym_at = column(t, sym_names), date = column(t, date_names), rc, at[CELLS_MAX] = { 0 };

	if (sym_at < 0 || date < 0)
		return bad(t, "the header needs the columns sym and date", NULL);
	f->names = mem_array(t->n, sizeof *f->names);
	for (size_t i = 0; i < t->n; i++) {
		if ((int)i == sym_at || (int)i == date)
			continue;
		at[f->ncols] = (int)i;
		f->names[f->ncols++] = mem_dup(t->cell[i].p, t->cell[i].n);
	}
	if (f->ncols == 0)
		return bad(t, "no column besides sym and date", NULL);
	while ((rc = next(t)) > 0) {
		const struct sym *sym = symbol(t, sym_at, syms);

		if (!sym)
			return ERR_DATA;
		MEM_AT(f->facts, f->cap, f->n)->sym = sym->id;
		rc = fund_row(f, t, at, date);
		if (rc < 0)
			return rc;
	}
	if (rc == 0)
		fund_index(f, symtab_count(syms));
	return rc;
}

struct feat_fund *
feat_fund_read(const char *path, struct symtab *syms, struct err *e)
{
	struct feat_fund *f = mem_alloc(sizeof *f);
	struct table t;
	int rc = open_table(&t, path, e);

	if (rc == 0)
		rc = read_fund(f, &t, syms);
	close_table(&t);
	if (rc == 0)
		return f;
	feat_fund_free(f);
	return NULL;
}

void
feat_fund_free(struct feat_fund *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->ncols; i++)
		free(f->names[i]);
	free(f->names);
	free(f->facts);
	free(f->v);
	free(f->first);
	free(f);
}

int
feat_fund_column(const struct feat_fund *f, const char *name)
{
	for (size_t i = 0; i < f->ncols; i++)
		if (strcmp(f->names[i], name) == 0)
			return (int)i;
	return -1;
}

size_t
feat_fund_columns(const struct feat_fund *f)
{
	return f->ncols;
}

const char *
feat_fund_name(const struct feat_fund *f, size_t col)
{
	return f->names[col];
}

/* The fact in force at t; NULL: none yet. */
static const struct fact *
fact_at(const struct feat_fund *f, const struct sym *sym, int64_t t)
{
	if (sym->id >= f->nsyms)
		return NULL;
	size_t first = f->first[sym->id], lo = first, hi = f->first[sym->id + 1];

	while (lo < hi) { /* the first fact that is known later than t */
		size_t mid = lo + (hi - lo) / 2;

		if (f->facts[mid].known <= t)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo == first ? NULL : &f->facts[lo - 1];
}

double
feat_fund_at(const struct feat_fund *f, const struct sym *sym, int64_t t, size_t col)
{
	const struct fact *x = fact_at(f, sym, t);

	return x ? f->v[x->row * f->ncols + col] : NAN;
}

int64_t
feat_fund_since(const struct feat_fund *f, const struct sym *sym, int64_t t)
{
	const struct fact *x = fact_at(f, sym, t);

	return x ? x->known : TIM_NONE;
}
