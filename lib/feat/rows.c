/* The way of a row: through the steps, at once or with its instant, and out as a record. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "feat/calc.h"

#include "base/mem.h"

#define ROWS_MANY 100000 /* that wait: this is no instant of any market */

/* ---- out ---- */

static int
write_row(struct calc *c, const struct feat_row *r)
{
	struct rec o;
	size_t n = 0;

	for (size_t i = 0; i < c->nout; i++) {
		double v = r->v[c->out[i]];

		if (!isfinite(v))
			continue;
		c->nums[n].name = c->names[i];
		c->nums[n++].v = v;
	}
	if (!n)
		return 0;
	rec_init(&o, REC_features, r->ts_end, r->sym);
	if (r->interval.n)
		rec_set(&o, F_features_interval, o.features.interval, r->interval);
	if (r->lookahead)
		rec_set(&o, F_features_lookahead, o.features.lookahead, true);
	if (r->label_end != TIM_NONE)
		rec_set(&o, F_features_label_end, o.features.label_end, r->label_end);
	o.nums = c->nums;
	o.nnums = n;
	return stage_emit(&c->base, &o);
}

static int
leave(struct calc *c, const struct feat_row *r)
{
	struct calc_series *s = c->series[r->series];
	double *v;

	if (!c->o.last)
		return r->nth % (uint64_t)c->o.every ? 0 : write_row(c, r);
	if (!s->final)
		s->final = feat_row_copy(r);
	v = s->final->v;
	memcpy(v, r->v, r->n * sizeof *v);
	*s->final = *r;
	s->final->v = v;
	return 0;
}

/* ---- through the steps ---- */

static int
walk(struct calc *c, struct feat_row *r, size_t from)
{
	for (size_t i = from; i < c->nsteps; i++) {
		struct feat_step *s = &c->steps[i];
		int rc = s->kind->row ? s->kind->row(s, r) : FEAT_PASS;

		if (rc != FEAT_PASS)
			return rc < 0 ? rc : 0;
	}
	return leave(c, r);
}

int
feat_step_pass(struct feat_step *s, struct feat_row *r)
{
	return walk(s->calc, r, s->index + 1);
}

/* ---- instants ---- */

/* What calc_row_new makes. */
struct waiting {
	struct feat_row r;
	uint64_t seq; /* as they came */
};

struct feat_row *
calc_row_new(struct calc *c)
{
	struct feat_row *r;

	if (c->nspare)
		return c->spare[--c->nspare];
	r = mem_alloc(sizeof(struct waiting));
	r->n = c->plan.n;
	r->v = mem_array(r->n, sizeof *r->v);
	return r;
}

static void
row_done(struct calc *c, struct feat_row *r)
{
	*MEM_AT(c->spare, c->spare_cap, c->nspare) = r;
	c->nspare++;
}

/* In the prices and sizes of its own bar, whatever split there was. */
static void
own_units(struct calc *c, struct feat_row *r)
{
	if (r->unit != 1)
		units_apply(&c->units, r->v, r->unit);
}

int
calc_row_put(struct calc *c, struct feat_row *r)
{
	int rc;

	if (c->waits) {
		((struct waiting *)r)->seq = ++c->seq;
		if (c->nqueue && r->ts_end < c->queue[c->nqueue - 1]->ts_end)
			c->disorder = true;
		*MEM_AT(c->queue, c->queue_cap, c->nqueue) = r;
		if (++c->nqueue >= ROWS_MANY && !c->told_waiting) {
			stage_note(&c->base, 1,
			    "%d rows wait for a watermark and are kept in memory until the end if "
			    "none comes; ibkr-feed and bar-agg write watermarks",
			    ROWS_MANY);
			c->told_waiting = true;
		}
		return 0;
	}
	own_units(c, r);
	rc = walk(c, r, 0);
	row_done(c, r);
	return rc;
}

/*
 * Rows of one interval among those of an instant, in order, go to c->batch: those of the i-th,
 * if it is the first of its interval. Their number; rows that a step has taken are NULL.
 */
static size_t
same_interval(struct calc *c, struct feat_row **rows, size_t n, size_t i)
{
	size_t m = 0;

	if (!rows[i])
		return 0;
	for (size_t k = 0; k < n; k++) {
		if (!rows[k] || !str_eq(rows[k]->interval, rows[i]->interval))
			continue;
		if (k < i)
			return 0;
		*MEM_AT(c->batch, c->batch_cap, m) = rows[k];
		m++;
	}
	return m;
}

static int
step_instant(struct calc *c, struct feat_step *s, struct feat_row **rows, size_t n)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc >= 0; i++) {
		size_t m = same_interval(c, rows, n, i);

		if (m)
			rc = s->kind->instant(s, c->batch, m);
	}
	return rc;
}

/* One expression after the other, over all rows: each sees what the ones before it gave. */
static void
expressions(struct calc *c, struct feat_row **rows, size_t n)
{
	for (size_t k = 0; k < n; k++)
		memcpy(c->series[rows[k]->series]->last, rows[k]->v,
		    c->first_late * sizeof *rows[k]->v);
	for (size_t u = 0; u < expr_units(c->prog); u++) {
		if (!expr_is_cross(c->prog, u)) {
			calc_series_unit(c, u, rows, n);
			continue;
		}
		for (size_t i = 0; i < n; i++) {
			size_t m = same_interval(c, rows, n, i);

			if (m)
				calc_series_unit(c, u, c->batch, m);
		}
	}
}

/* All rows of one instant, step by step. A row that a step has taken is set to NULL. */
static int
instant(struct calc *c, struct feat_row **rows, size_t n)
{
	if (c->prog && expr_waits(c->prog))
		expressions(c, rows, n);
	for (size_t k = 0; k < n; k++)
		own_units(c, rows[k]);
	for (size_t i = 0; i < c->nsteps; i++) {
		struct feat_step *s = &c->steps[i];
		int rc = s->kind->instant ? step_instant(c, s, rows, n) : 0;

		if (rc < 0)
			return rc;
		for (size_t k = 0; k < n && s->kind->row; k++) {
			if (!rows[k] || (rc = s->kind->row(s, rows[k])) == FEAT_PASS)
				continue;
			row_done(c, rows[k]);
			rows[k] = NULL;
			if (rc < 0)
				return rc;
		}
	}
	for (size_t k = 0; k < n; k++) {
		int rc = rows[k] ? leave(c, rows[k]) : 0;

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int
by_knowledge(const void *a, const void *b)
{
	const struct waiting *x = *(struct waiting *const *)a, *y = *(struct waiting *const *)b;

	if (x->r.ts_end != y->r.ts_end)
		return x->r.ts_end < y->r.ts_end ? -1 : 1;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

/* In order of knowledge; as they came where that is equal. Files that hold one symbol behind the
 * other, without watermarks, are put in order here. */
static void
sort_queue(struct calc *c)
{
	if (c->disorder)
		qsort(c->queue, c->nqueue, sizeof *c->queue, by_knowledge);
	c->disorder = false;
}

int
calc_rows_until(struct calc *c, int64_t ts)
{
	size_t at = 0, n;
	int rc = 0;

	sort_queue(c);
	while (at < c->nqueue && c->queue[at]->ts_end <= ts && rc >= 0) {
		int64_t t = c->queue[at]->ts_end;

		for (n = 1; at + n < c->nqueue && c->queue[at + n]->ts_end == t; n++)
			;
		rc = instant(c, c->queue + at, n);
		for (size_t i = at; i < at + n; i++)
			if (c->queue[i])
				row_done(c, c->queue[i]);
		at += n;
	}
	c->nqueue -= at;
	if (at)
		memmove(c->queue, c->queue + at, c->nqueue * sizeof *c->queue);
	return rc;
}

int
calc_rows_flush(struct calc *c)
{
	int rc = calc_rows_until(c, INT64_MAX);

	for (size_t i = 0; i < c->nsteps && rc >= 0; i++)
		if (c->steps[i].kind->flush)
			rc = c->steps[i].kind->flush(&c->steps[i]);
	for (size_t i = 0; i < c->nseries && rc >= 0; i++)
		if (c->series[i]->final)
			rc = write_row(c, c->series[i]->final);
	return rc;
}

void
calc_rows_close(struct calc *c)
{
	for (size_t i = 0; i < c->nqueue; i++)
		feat_row_free(c->queue[i]);
	for (size_t i = 0; i < c->nspare; i++)
		feat_row_free(c->spare[i]);
	free(c->queue);
	free(c->spare);
	free(c->batch);
}
