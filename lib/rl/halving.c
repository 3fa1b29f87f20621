/*
 * Successive halving: K. Jamieson and A. Talwalkar, "Non-stochastic best arm identification and
 * hyperparameter optimization", AISTATS 2016. All attempts learn for steps / eta^R; the best 1 /
 * eta of them go on, each from where it was, to eta times as many steps, until at rung R the last
 * ones have had all of them. R is the largest with eta^R attempts to begin with.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rl/search.h"

struct entry {
	int64_t attempt, steps;
	double loss;
	struct buf checkpoint;
};

static int
by_loss(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->loss != y->loss)
		return x->loss < y->loss ? -1 : 1;
	return (x->attempt > y->attempt) - (x->attempt < y->attempt);
}

/* Steps that rung r of the last one `top` ends at. */
static int64_t
budget(int64_t steps, int64_t eta, int64_t r, int64_t top)
{
	for (; r < top; r++)
		steps /= eta;
	return steps > 0 ? steps : 1;
}

/* Everybody who is left, up to the rung's steps. What the ledger knows already is not learned
 * again; should it have to go on later, it is learned from the beginning, which gives the same. */
static int
rung(struct rl_search *s, struct entry *v, size_t n, int64_t r, int64_t until)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		struct buf next = { 0 };
		struct rl_attempt a = { .attempt = v[i].attempt,
			.rung = r,
			.until = until,
			.x = s->points + (size_t)(v[i].attempt - 1) * s->space.n,
			.from = &v[i].checkpoint,
			.to = &next };
		const struct rl_trial *t;

		rc = rl_attempt(s, &a, &t);
		if (rc == 0) {
			s->spent += t->steps - v[i].steps;
			v[i].steps = t->steps;
			v[i].loss = rl_loss(t);
			s->failed += !isfinite(v[i].loss);
		}
		buf_free(&v[i].checkpoint);
		v[i].checkpoint = next;
	}
	return rc;
}

int
rl_halving(struct rl_search *s, int64_t *attempt, double *objective)
{
	const struct rl_train *o = rl_parsed_of(s->base);
	size_t n = (size_t)o->trials, left = n;
	struct entry *v = mem_array(n, sizeof *v);
	int64_t top = 0;
	int rc = 0;

	for (int64_t k = o->eta; k <= o->trials; k *= o->eta)
		top++;
	for (size_t i = 0; i < n; i++) {
		v[i].attempt = (int64_t)i + 1;
		rl_search_random(s, v[i].attempt, s->points + i * s->space.n);
	}
	for (int64_t r = 0; r <= top && rc == 0; r++) {
		rc = rung(s, v, left, r, budget(o->o.steps, o->eta, r, top));
		if (rc < 0)
			break;
		qsort(v, left, sizeof *v, by_loss);
		if (r < top)
			left = left / (size_t)o->eta;
	}
	if (rc == 0 && isfinite(v[0].loss)) {
		*attempt = v[0].attempt;
		*objective = -v[0].loss;
	}
	for (size_t i = 0; i < n; i++)
		buf_free(&v[i].checkpoint);
	free(v);
	return rc;
}
