/*
 * Parts to learn from and to judge by, so that the second tells nothing to the first: labels look
 * ahead, so an image is purged when its label was known only inside the other part's time, and
 * kept away from it by an embargo (Lopez de Prado, "Advances in Financial Machine Learning", 2018,
 * chapter 7).
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "vision/images.h"

static int
by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* The time from which on the last `part` of the images are. */
static int64_t
cut_of(const struct vis_set *s, double part)
{
	int64_t *t = mem_array(s->n + 1, sizeof *t), cut;
	size_t first = (size_t)((1 - part) * (double)s->n);

	for (size_t i = 0; i < s->n; i++)
		t[i] = s->v[i].ts;
	qsort(t, s->n, sizeof *t, by_time);
	t[s->n] = INT64_MAX;
	cut = t[first < s->n ? first : s->n];
	free(t);
	return cut;
}

/* chosen[id]: this symbol is judged by. Of those that there are, `part` and at least one. */
static bool *
choose_symbols(const struct vis_set *s, double part, uint64_t seed)
{
	uint32_t most = 0, *ids, n = 0;
	struct rng rng;

	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].sym && s->v[i].sym->id > most)
			most = s->v[i].sym->id;
	bool *there = mem_array(most + 1u, sizeof *there), *chosen = mem_array(most + 1u, 1);

	ids = mem_array(most + 1u, sizeof *ids);
	for (size_t i = 0; i < s->n; i++) {
		uint32_t id = s->v[i].sym ? s->v[i].sym->id : 0;

		if (!there[id])
			ids[n++] = id;
		there[id] = true;
	}
	uint32_t want = (uint32_t)(part * n + 0.5);

	rng_seed(&rng, seed);
	for (uint32_t i = 0; i < (want ? want : 1) && i < n; i++) {
		uint32_t j = i + (uint32_t)rng_below(&rng, n - i), t = ids[i];

		ids[i] = ids[j];
		ids[j] = t;
		chosen[ids[i]] = true;
	}
	free(ids);
	free(there);
	return chosen;
}

size_t
vis_split(struct vis_set *train, struct vis_set *valid, const struct vis_split *how)
{
	int64_t cut = how->by == VIS_SYMBOL ? INT64_MIN : cut_of(train, how->part);
	bool *chosen = how->by == VIS_TIME ? NULL : choose_symbols(train, how->part, how->seed);
	size_t kept = 0, dropped = 0;

	for (size_t i = 0; i < train->n; i++) {
		struct vis_image v = train->v[i];
		bool later = v.ts >= cut, symbol = !chosen || chosen[v.sym ? v.sym->id : 0];
		/* known before the cut by more than the embargo */
		bool early = cut == INT64_MIN || v.end < cut - how->embargo;

		if (later && symbol)
			*MEM_AT(valid->v, valid->cap, valid->n) = v, valid->n++;
		else if (early && (!symbol || !chosen))
			train->v[kept++] = v;
		else
			dropped++;
	}
	train->n = kept;
	free(chosen);
	return dropped;
}

size_t
vis_purge(struct vis_set *train, const struct vis_set *valid, int64_t embargo)
{
	struct span {
		bool any;
		int64_t from, to;
	} *span = NULL;
	size_t cap = 0, kept = 0, dropped;

	for (size_t i = 0; i < valid->n; i++) {
		const struct vis_image *v = &valid->v[i];
		struct span *s = MEM_AT(span, cap, v->sym ? v->sym->id : 0);

		s->from = s->any && s->from < v->ts ? s->from : v->ts;
		s->to = s->any && s->to > v->end ? s->to : v->end;
		s->any = true;
	}
	for (size_t i = 0; i < train->n; i++) {
		const struct vis_image *v = &train->v[i];
		size_t id = v->sym ? v->sym->id : 0;

		if (id < cap && span[id].any && v->ts <= span[id].to + embargo &&
		    v->end >= span[id].from - embargo)
			continue;
		train->v[kept++] = *v;
	}
	dropped = train->n - kept;
	train->n = kept;
	free(span);
	return dropped;
}
