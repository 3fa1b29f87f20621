/*
 * Feature sets in unit tests: run one over bars, read the vectors, say what a window gives by
 * adding it up from scratch in long double.
 */
#ifndef TP_TEST_T_SETS_H
#define TP_TEST_T_SETS_H

#include <zlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/num.h"
#include "base/tim.h"
#include "feat/set.h"
#include "t.h"

/* Rows of a set: row i has n values. */
struct t_rows {
	struct feat_set set;
	size_t n, bars;
	double *v;
};

/* Run `text` over the bars; a failure to open ends the test program. */
T_UNUSED static struct t_rows
t_set_run(const char *text, const struct feat_bar *b, size_t bars)
{
	struct t_rows r = { .bars = bars };
	struct err e = { 0 };
	void *state;

	if (feat_set_open(&r.set, text, &e) < 0) {
		ok(false, "%s opens: %s", text, e.msg);
		exit(done_testing());
	}
	r.n = r.set.n;
	r.v = mem_array(bars * r.n, sizeof *r.v);
	state = mem_alloc(r.set.state_size);
	if (r.set.kind->start)
		r.set.kind->start(&r.set, state);
	for (size_t i = 0; i < bars; i++)
		r.set.kind->push(&r.set, state, &b[i], r.v + i * r.n);
	if (r.set.kind->stop)
		r.set.kind->stop(&r.set, state);
	free(state);
	return r;
}

T_UNUSED static void
t_rows_free(struct t_rows *r)
{
	feat_set_close(&r->set);
	free(r->v);
}

/* Index of a column; one that is not there ends the test program. */
T_UNUSED static size_t
t_col(const struct t_rows *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->set.names[i], name) == 0)
			return i;
	ok(false, "there is a column %s", name);
	exit(done_testing());
}

T_UNUSED static double
t_at(const struct t_rows *r, size_t row, const char *name)
{
	return r->v[row * r->n + t_col(r, name)];
}

/* |a - b| relative to max(1, |b|), 0 when both are NaN, infinite when one is */
T_UNUSED static double
t_off(double a, double b)
{
	if (isnan(a) && isnan(b))
		return 0;
	double d = fabs(a - b) / (fabs(b) > 1 ? fabs(b) : 1);
	return isnan(d) ? INFINITY : d;
}

T_UNUSED static struct feat_bar
t_bar(double o, double h, double l, double c, double v)
{
	struct feat_bar b = { .open = o,
		.high = h,
		.low = l,
		.close = c,
		.volume = v,
		.vwap = NAN,
		.count = NAN,
		.bid = NAN,
		.ask = NAN,
		.spread = NAN,
		.buy_volume = NAN,
		.sell_volume = NAN };
	return b;
}

/* A random walk of minute bars; with `full` every optional field is there. To be freed. */
T_UNUSED static struct feat_bar *
t_walk(uint64_t seed, size_t n, double sigma, bool full)
{
	struct feat_bar *b = mem_array(n, sizeof *b);
	struct rng rng;
	double p = 100;

	rng_seed(&rng, seed);
	for (size_t i = 0; i < n; i++) {
		double o = p * (1 + sigma * 0.2 * rng_normal(&rng)), h = o, l = o, c = o;

		for (int k = 0; k < 8; k++) {
			c *= 1 + sigma * 0.35 * rng_normal(&rng);
			h = c > h ? c : h;
			l = c < l ? c : l;
		}
		p = c;
		b[i] = t_bar(o, h, l, c, (double)(1 + rng_below(&rng, 10000)));
		b[i].ts = 19700 * TIM_DAY + (int64_t)i * TIM_MIN;
		b[i].ts_end = b[i].ts + TIM_MIN;
		if (!full)
			continue;
		b[i].vwap = (h + l + c) / 3;
		b[i].count = (double)(1 + rng_below(&rng, 300));
		b[i].bid = c - 0.01;
		b[i].ask = c + 0.02;
		b[i].spread = 0.03;
		b[i].buy_volume = floor(b[i].volume * rng_uniform(&rng));
		b[i].sell_volume = b[i].volume - b[i].buy_volume;
	}
	return b;
}

/* The first row that differs by a bit between a run over all bars and one over a prefix. */
T_UNUSED static long
t_prefix_differs(const char *text, const struct feat_bar *b, size_t bars, size_t prefix)
{
	struct t_rows all = t_set_run(text, b, bars), some = t_set_run(text, b, prefix);
	long at = -1;

	for (size_t i = 0; i < prefix * all.n && at < 0; i++)
		if (memcmp(&all.v[i], &some.v[i], sizeof all.v[i]) != 0)
			at = (long)(i / all.n);
	t_rows_free(&all);
	t_rows_free(&some);
	return at;
}

/* A CSV file of numbers, gzip'd or not: the first column is left out. */
struct t_csv {
	char *text;
	char **names;
	double *v; /* NaN where a cell is empty */
	size_t cols, rows, cap;
};

T_UNUSED static bool
t_csv_read(struct t_csv *c, const char *path)
{
	gzFile f = path ? gzopen(path, "rb") : NULL;
	size_t cap = 1 << 23, n, names = 0;
	char *line, *save = NULL;

	memset(c, 0, sizeof *c);
	if (!f)
		return false;
	c->text = mem_alloc(cap + 1);
	n = 0;
	for (int k; n < cap && (k = gzread(f, c->text + n, (unsigned)(cap - n))) > 0;)
		n += (size_t)k;
	gzclose(f);
	line = strtok_r(c->text, "\n", &save);
	for (char *p = line ? strchr(line, ',') : NULL; p; p = strchr(p + 1, ',')) {
		*MEM_AT(c->names, names, c->cols) = p + 1;
		c->cols++;
	}
	for (size_t i = 0; i < c->cols; i++)
		c->names[i][-1] = '\0';
	while ((line = strtok_r(NULL, "\n", &save))) {
		char *p = strchr(line, ',');

		for (size_t i = 0; i < c->cols; i++) {
			char *end;
			double v = p ? strtod(p + 1, &end) : NAN;

			*MEM_AT(c->v, c->cap, c->rows * c->cols + i) = p && end > p + 1 ? v : NAN;
			p = p ? strchr(p + 1, ',') : NULL;
		}
		c->rows++;
	}
	return true;
}

T_UNUSED static void
t_csv_free(struct t_csv *c)
{
	free(c->text);
	free(c->names);
	free(c->v);
}

/* The vectors' 600 daily bars. To be freed. */
T_UNUSED static struct feat_bar *
t_ohlcv_600(void)
{
	struct t_csv c;
	struct feat_bar *b;

	if (!t_csv_read(&c, t_data("feat-sets/ohlcv_600.csv")) || c.rows != 600) {
		ok(false, "testdata/feat-sets/ohlcv_600.csv is there");
		exit(done_testing());
	}
	b = mem_array(c.rows, sizeof *b);
	for (size_t i = 0; i < c.rows; i++) {
		const double *v = c.v + i * c.cols;

		b[i] = t_bar(v[0], v[1], v[2], v[3], v[4]);
		b[i].ts = (tim_days(2020, 1, 1) + (int64_t)i) * TIM_DAY;
		b[i].ts_end = b[i].ts + TIM_DAY;
	}
	t_csv_free(&c);
	return b;
}

#endif
