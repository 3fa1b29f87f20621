/* The table behind feat-rank: columns as they turn up, rows as they come. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "feat/rank.h"

/* Where a name stands, or would, among the sorted ones. */
static size_t
place(const struct feat_table *t, struct str name, bool *found)
{
	size_t lo = 0, hi = t->ncols;

	*found = false;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		const char *z = t->names[t->sorted[mid]];
		int c = strncmp(z, name.p, name.n);

		if (c == 0)
			c = z[name.n] != '\0';
		if (c == 0) {
			*found = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

size_t
feat_table_column(struct feat_table *t, struct str name)
{
	bool found;

	if (t->next < t->ncols && str_eqz(name, t->names[t->next]))
		return t->next++;
	size_t at = place(t, name, &found);
	if (found) {
		t->next = t->sorted[at] + 1;
		return t->sorted[at];
	}
	size_t k = t->ncols;
	if (k == t->cols_cap) {
		t->cols_cap = t->cols_cap * 2 + 32;
		t->names = mem_resize(t->names, t->cols_cap, sizeof *t->names);
		t->v = mem_resize(t->v, t->cols_cap, sizeof(double *));
		t->sorted = mem_resize(t->sorted, t->cols_cap, sizeof *t->sorted);
	}
	memmove(t->sorted + at + 1, t->sorted + at, (k - at) * sizeof *t->sorted);
	t->sorted[at] = k;
	t->names[k] = mem_dup(name.p, name.n);
	t->v[k] = mem_array(t->cap ? t->cap : 1, sizeof(double));
	for (size_t i = 0; i < t->n; i++)
		t->v[k][i] = NAN;
	t->next = k + 1;
	return t->ncols++;
}

static void
grow(struct feat_table *t)
{
	t->cap = t->cap ? t->cap * 2 : 1024;
	t->ts = mem_resize(t->ts, t->cap, sizeof *t->ts);
	t->end = mem_resize(t->end, t->cap, sizeof *t->end);
	t->sym = mem_resize(t->sym, t->cap, sizeof *t->sym);
	t->y = mem_resize(t->y, t->cap, sizeof *t->y);
	for (size_t k = 0; k < t->ncols; k++)
		t->v[k] = mem_resize(t->v[k], t->cap, sizeof(double));
}

/* A number that has nothing to do with the time it is made of: the finish of splitmix64. */
static uint64_t
mixed(int64_t ts)
{
	uint64_t z = (uint64_t)ts + UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* Whole instants are kept or left out, or there would be nothing to compare symbols by. */
static bool
chosen(const struct feat_table *t, int64_t ts)
{
	return (mixed(ts) & ((UINT64_C(1) << t->thin) - 1)) == 0;
}

static void
thin_out(struct feat_table *t)
{
	size_t n = 0;

	t->thin++;
	for (size_t i = 0; i < t->n; i++) {
		if (!chosen(t, t->ts[i]))
			continue;
		t->ts[n] = t->ts[i];
		t->end[n] = t->end[i];
		t->sym[n] = t->sym[i];
		t->y[n] = t->y[i];
		for (size_t k = 0; k < t->ncols; k++)
			t->v[k][n] = t->v[k][i];
		n++;
	}
	t->n = n;
}

ptrdiff_t
feat_table_row(struct feat_table *t, int64_t ts, int64_t end, uint32_t sym, double y)
{
	t->seen++;
	t->next = 0;
	while (t->max > 0 && t->n >= t->max && t->thin < 62)
		thin_out(t);
	if (!chosen(t, ts))
		return -1;
	if (t->n == t->cap)
		grow(t);
	size_t i = t->n++;
	t->ts[i] = ts;
	t->end[i] = end;
	t->sym[i] = sym;
	t->y[i] = y;
	for (size_t k = 0; k < t->ncols; k++)
		t->v[k][i] = NAN;
	return (ptrdiff_t)i;
}

struct place {
	int64_t ts;
	uint32_t sym;
	size_t i;
};

static int
by_time(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->ts != y->ts)
		return x->ts < y->ts ? -1 : 1;
	if (x->sym != y->sym)
		return x->sym < y->sym ? -1 : 1;
	return x->i < y->i ? -1 : x->i > y->i;
}

#define REORDER(array) \
	do { \
		for (size_t i_ = 0; i_ < t->n; i_++) \
			memcpy(tmp + i_ * sizeof *(array), &(array)[p[i_].i], sizeof *(array)); \
		memcpy((array), tmp, t->n * sizeof *(array)); \
	} while (0)

void
feat_table_end(struct feat_table *t)
{
	struct place *p = mem_array(t->n, sizeof *p);
	char *tmp = mem_array(t->n, sizeof(int64_t));

	for (size_t i = 0; i < t->n; i++)
		p[i] = (struct place){ t->ts[i], t->sym[i], i };
	if (t->n)
		qsort(p, t->n, sizeof *p, by_time);
	if (t->n) {
		REORDER(t->ts);
		REORDER(t->end);
		REORDER(t->sym);
		REORDER(t->y);
		for (size_t k = 0; k < t->ncols; k++)
			REORDER(t->v[k]);
	}
	free(p);
	free(tmp);
	t->at = mem_array(t->n + 1, sizeof *t->at);
	for (size_t i = 0; i < t->n; i++)
		if (i == 0 || t->ts[i] != t->ts[i - 1])
			t->at[t->ninstants++] = i;
	t->at[t->ninstants] = t->n;
}

void
feat_table_free(struct feat_table *t)
{
	for (size_t k = 0; k < t->ncols; k++) {
		free(t->names[k]);
		free(t->v[k]);
	}
	free(t->names);
	free(t->v);
	free(t->sorted);
	free(t->ts);
	free(t->end);
	free(t->sym);
	free(t->y);
	free(t->at);
	*t = (struct feat_table){ 0 };
}
