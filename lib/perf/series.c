#include "perf/series.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tim.h"
#include "io/in.h"

#define CELLS_MAX 256

/* One CSV file, row by row. Cells are unquoted in place of a copy of the line. */
struct csv {
	struct io_in *in;
	struct buf line;
	struct str cell[CELLS_MAX];
	size_t n;
	int64_t blank; /* empty lines before this row: missing values where there is one column */
};

static int
csv_bad(const struct csv *c, struct err *e, const char *what)
{
	return err_set(e, ERR_DATA, "%s: line %llu: %s", io_in_name(c->in),
	    (unsigned long long)io_in_lineno(c->in), what);
}

/* A quoted cell at *p: its text without the quotes, written over itself ("" is one quote). */
static bool
unquote(char **p, char *end, struct str *out)
{
	char *o = *p, *r = *p + 1;

	out->p = o;
	for (; r < end; r++) {
		if (*r == '"' && (r + 1 == end || r[1] != '"'))
			break;
		if (*r == '"')
			r++;
		*o++ = *r;
	}
	if (r >= end)
		return false;
	out->n = (size_t)(o - out->p);
	*p = r + 1;
	return *p == end || **p == ',';
}

static int
csv_split(struct csv *c, struct err *e)
{
	char *p = c->line.p, *end = p + c->line.len;

	for (c->n = 0;; p++) {
		if (c->n == CELLS_MAX)
			return csv_bad(c, e, "more than 256 columns");
		struct str *s = &c->cell[c->n++];

		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		if (p < end && *p == '"') {
			if (!unquote(&p, end, s))
				return csv_bad(c, e, "a quoted cell does not end");
		} else {
			char *q = memchr(p, ',', (size_t)(end - p));

			*s = (struct str){ p, (size_t)((q ? q : end) - p) };
			p = q ? q : end;
			while (s->n > 0 && (s->p[s->n - 1] == ' ' || s->p[s->n - 1] == '\t'))
				s->n--;
		}
		if (p >= end)
			return 1;
	}
}

/* 1 a row, 0 the end, or an error; empty lines are skipped */
static int
csv_next(struct csv *c, struct err *e)
{
	const char *p;
	size_t n = 0;
	int rc;

	for (c->blank = 0;; c->blank++) {
		rc = io_in_line(c->in, true, &p, &n, e);
		if (rc <= 0)
			return rc;
		if (n > 0)
			break;
	}
	buf_clear(&c->line);
	buf_put(&c->line, p, n);
	return csv_split(c, e);
}

static void
csv_close(struct csv *c)
{
	io_in_free(c->in);
	buf_free(&c->line);
}

static bool
cell_is(struct str s, const char *const *names)
{
	for (; *names; names++)
		if (s.n == strlen(*names) && strncasecmp(s.p, *names, s.n) == 0)
			return true;
	return false;
}

/* Index of the column with one of these names, or -1. */
static int
csv_column(const struct csv *c, const char *const *names)
{
	for (size_t i = 0; i < c->n; i++)
		if (cell_is(c->cell[i], names))
			return (int)i;
	return -1;
}

static const char *const date_names[] = { "date", "ts", "time", "timestamp", "day", NULL };
static const char *const return_names[] = { "return", "returns", "ret", "r", NULL };
static const char *const bench_names[] = { "benchmark", "bench", "b", "benchmark_return", NULL };
static const char *const close_names[] = { "close", "price", "adj_close", "adj close", NULL };
static const char *const missing_words[] = { "", "nan", "null", "na", "n/a", NULL };

/* Column `at` as a number: NaN when the cell is missing. */
static int
csv_number(const struct csv *c, int at, const char *what, double *v, struct err *e)
{
	char msg[160];

	*v = NAN;
	if (at < 0 || (size_t)at >= c->n || cell_is(c->cell[at], missing_words))
		return 0;
	if (num_f64(c->cell[at].p, c->cell[at].n, v))
		return 0;
	snprintf(msg, sizeof msg, "%s \"%.*s\" is no finite number", what,
	    c->cell[at].n > 60 ? 60 : (int)c->cell[at].n, c->cell[at].p);
	return csv_bad(c, e, msg);
}

/* The date of a row, which must not go back. */
static int
csv_day(const struct csv *c, int at, int32_t *day, struct err *e)
{
	int64_t ns;
	int32_t before = *day;

	if (at < 0)
		return 0;
	if ((size_t)at >= c->n || !tim_parse(c->cell[at].p, c->cell[at].n, &ns, NULL))
		return csv_bad(c, e, "no date that can be read");
	*day = (int32_t)tim_day(ns);
	if (before != PERF_NO_DAY && *day < before)
		return csv_bad(c, e, "the date goes back: sort the file by date");
	return 0;
}

struct columns {
	int date, ret, bench;
	size_t columns;
};

static int
returns_row(const struct csv *c, const struct columns *at, int32_t *day,
    const struct perf_read *how, struct perf_series *s, struct err *e)
{
	double r = NAN, b = NAN;
	int rc = csv_day(c, at->date, day, e);

	if (at->columns == 1)
		s->missing += c->blank;
	if (rc == 0)
		rc = csv_number(c, at->ret, "return", &r, e);
	if (rc == 0)
		rc = csv_number(c, at->bench, "benchmark", &b, e);
	if (rc < 0)
		return rc;
	if (isnan(r)) {
		s->missing++;
		return 0;
	}
	if (r < -1 && !how->allow_ruin)
		return csv_bad(c, e,
		    "a return below -1 (-100 %): only leverage can do that; --allow-ruin takes it "
		    "as the loss of everything");
	perf_series_add(s, *day, r, b);
	return 0;
}

int
perf_series_read(const char *path, struct perf_read *how, struct perf_series *s, struct err *e)
{
	struct csv c = { .in = io_in_open(path, e) };
	struct columns at;
	int32_t day = PERF_NO_DAY;
	double low = INFINITY, high = -INFINITY;

	s->base_day = PERF_NO_DAY;
	if (!c.in)
		return e->code;
	int rc = csv_next(&c, e);

	if (rc > 0) {
		at = (struct columns){ csv_column(&c, date_names), csv_column(&c, return_names),
			csv_column(&c, bench_names), c.n };
		if (at.ret < 0)
			rc = csv_bad(&c, e, "the header has no column \"return\"");
	}
	while (rc > 0) {
		rc = csv_next(&c, e);
		if (rc > 0 && returns_row(&c, &at, &day, how, s, e) < 0)
			rc = e->code;
	}
	if (rc == 0 && s->n == 0)
		rc = err_set(e, ERR_DATA, "%s: no row with a return", io_in_name(c.in));
	for (size_t i = 0; i < s->n; i++) {
		low = fmin(low, s->r[i]);
		high = fmax(high, s->r[i]);
	}
	how->looks_like_prices = low >= 0 && high > 1;
	csv_close(&c);
	return rc;
}

static void
closes_add(struct perf_closes *c, int32_t day, double close)
{
	if (c->n == c->cap) {
		c->cap = c->cap ? 2 * c->cap : 256;
		c->day = mem_resize(c->day, c->cap, sizeof *c->day);
		c->close = mem_resize(c->close, c->cap, sizeof *c->close);
	}
	c->day[c->n] = day;
	c->close[c->n++] = close;
}

int
perf_closes_read(const char *path, struct perf_closes *k, struct err *e)
{
	struct csv c = { .in = io_in_open(path, e) };
	int date = -1, close = -1, ret = -1;
	int32_t day = PERF_NO_DAY;
	double index = 1;

	if (!c.in)
		return e->code;
	int rc = csv_next(&c, e);

	if (rc > 0) {
		date = csv_column(&c, date_names);
		close = csv_column(&c, close_names);
		ret = close < 0 ? csv_column(&c, return_names) : -1;
		if (ret < 0 && close < 0)
			ret = csv_column(&c, bench_names);
		if (date < 0 || (close < 0 && ret < 0))
			rc = csv_bad(&c, e, "the header needs date and one of close, return");
	}
	while (rc > 0) {
		double v;

		rc = csv_next(&c, e);
		if (rc <= 0)
			break;
		if (csv_day(&c, date, &day, e) < 0 ||
		    csv_number(&c, close < 0 ? ret : close, close < 0 ? "return" : "close", &v, e) <
			0)
			rc = e->code;
		else if (!isnan(v)) {
			index *= 1 + v;
			closes_add(k, day, close < 0 ? index : v);
		}
	}
	if (rc == 0 && k->n == 0)
		rc = err_set(e, ERR_DATA, "%s: no row with a value", io_in_name(c.in));
	csv_close(&c);
	return rc;
}

void
perf_closes_free(struct perf_closes *c)
{
	free(c->day);
	free(c->close);
	*c = (struct perf_closes){ 0 };
}

double
perf_closes_at(const struct perf_closes *c, int32_t day)
{
	size_t lo = 0, hi = c->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->day[mid] <= day)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo > 0 ? c->close[lo - 1] : NAN;
}
