/* Expressions of feat-calc. What is refused is refused with words that name the place. What is
 * taken gives no infinity, the same on a second run as on the first, and every column has a name
 * that a record may carry. */
#include <math.h>

#include "base/mem.h"
#include "base/rng.h"
#include "feat/expr.h"
#include "fuzz.h"

enum { FUZZ_EXPR_GIVEN = 6, FUZZ_EXPR_BARS = 60, FUZZ_EXPR_STATE = 1 << 20 };

static void
fuzz_expr_names(const struct feat_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		const char *z = plan->cols[i].name;
		size_t k = strspn(z, "abcdefghijklmnopqrstuvwxyz0123456789_.");

		FUZZ_HOLDS(*z && !z[k] && k <= 100, "column '%s'", z);
		FUZZ_HOLDS(feat_plan_find(plan, str_z(z)) == (ptrdiff_t)i, "'%s' twice", z);
	}
}

/* Values with holes, zeros, and the largest and smallest there are. */
static double
fuzz_expr_value(struct rng *r)
{
	static const double odd[] = { NAN, 0, -0.0, 1, -1, 1e308, -1e308, 5e-324, 1e-300 };
	uint64_t k = rng_below(r, 30);

	return k < sizeof odd / sizeof *odd ? odd[k] : 100 * rng_normal(r);
}

/* A checksum of the bits of all columns on all bars. */
static uint64_t
fuzz_expr_run(struct expr_prog *p, const struct feat_plan *plan)
{
	double *v = mem_array(plan->n, sizeof *v), *refs;
	void *state = mem_alloc(expr_state_size(p));
	const struct expr_ref *ref;
	size_t nrefs = expr_refs(p, &ref);
	uint64_t sum = 14695981039346656037u;
	struct rng r;

	refs = mem_array(nrefs + 1, sizeof *refs);
	expr_start(p, state);
	rng_seed(&r, 9);
	for (int t = 0; t < FUZZ_EXPR_BARS; t++) {
		for (size_t i = 0; i < FUZZ_EXPR_GIVEN; i++)
			v[i] = fuzz_expr_value(&r);
		for (size_t i = 0; i < nrefs; i++)
			refs[i] = fuzz_expr_value(&r);
		for (size_t u = 0; u < expr_units(p); u++) {
			if (expr_is_cross(p, u))
				expr_run_cross(p, u, &v, 1);
			else
				expr_run_unit(p, u, v, refs, state);
		}
		for (size_t i = FUZZ_EXPR_GIVEN; i < plan->n; i++) {
			uint64_t bits = 0;

			FUZZ_HOLDS(!isinf(v[i]), "column %s, bar %d", plan->cols[i].name, t);
			if (!isnan(v[i]))
				memcpy(&bits, &v[i], sizeof bits);
			sum = (sum ^ bits) * 1099511628211u;
		}
	}
	free(v);
	free(refs);
	free(state);
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feat_plan plan = { 0 };
	struct expr_prog *p = expr_new(&plan);
	struct err e = { 0 };

	static const char *const given[FUZZ_EXPR_GIVEN] = { "open", "high", "low", "close",
		"volume", "ret_1" };
	for (size_t i = 0; i < FUZZ_EXPR_GIVEN; i++)
		feat_plan_add(&plan, true, "%s", given[i]);
	if (expr_add(p, (const char *)data, size, "-e", &e) < 0) {
		FUZZ_HOLDS(strstr(e.msg, "column ") || strstr(e.msg, "longer"), "%s", e.msg);
	} else if (expr_units(p) && expr_state_size(p) <= FUZZ_EXPR_STATE) {
		fuzz_expr_names(&plan);
		uint64_t once = fuzz_expr_run(p, &plan);

		FUZZ_HOLDS(once == fuzz_expr_run(p, &plan), "two runs, two results");
	}
	expr_free(p);
	feat_plan_free(&plan);
	return 0;
}
