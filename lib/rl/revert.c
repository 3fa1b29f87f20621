/*
 * mean-revert: against the move. z = (close - mean) / sd over the last `window` closes (this one
 * included, sd of the population). The sums are exact integers of deviations from a base price;
 * z is one conversion, one square root and one division away from them, so it has the same bits
 * everywhere and never drifts.
 */
#include "rl/policy.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

/* |deviation| below this and window <= 10000: window * sum of squares stays below 2^123 */
#define DEV_MAX (INT64_C(1) << 48)

struct revert_sym {
	struct rl_ring close;
	int64_t base;
	num_i128 sum, sq; /* of (close - base) */
	bool wide;        /* the window spans more than DEV_MAX: no z */
};

struct revert {
	struct rl_sided sided;
	int64_t window;
	double entry, leave;
	struct revert_sym *s; /* by symbol id */
	size_t ns;
};

static const struct opt revert_params[] = {
	{ .kind = OPT_INT,
	    .name = "window",
	    .arg = "BARS",
	    .help = "bars of the mean and deviation",
	    .dflt = "20",
	    .off = OPT_OFF(struct revert, window),
	    .lo = 2,
	    .hi = 10000 },
	{ .kind = OPT_F64,
	    .name = "entry",
	    .arg = "Z",
	    .help = "enter when z is beyond this",
	    .dflt = "2",
	    .off = OPT_OFF(struct revert, entry) },
	{ .kind = OPT_F64,
	    .name = "exit",
	    .arg = "Z",
	    .help = "leave when z is back within this",
	    .dflt = "0",
	    .off = OPT_OFF(struct revert, leave) },
	RL_SIDED_PARAMS(struct revert),
	RL_SHORT_PARAM(struct revert),
	{ .kind = OPT_END },
};

static int
revert_open(struct rl_policy *p, struct err *e)
{
	struct revert *v = (struct revert *)p;

	if (!(v->entry > 0 && v->entry <= 100))
		return err_set(e, ERR_USAGE, "entry must be above 0 and at most 100");
	if (!(v->leave >= 0 && v->leave < v->entry))
		return err_set(e, ERR_USAGE, "exit must be at least 0 and below entry");
	return rl_sided_open(&v->sided, e);
}

static int64_t
revert_needs(const struct rl_policy *p)
{
	return ((const struct revert *)p)->window;
}

static bool
revert_fits(int64_t base, int64_t px)
{
	int64_t d;

	return !__builtin_sub_overflow(px, base, &d) && d < DEV_MAX && d > -DEV_MAX;
}

/* Take the newest close as the base and add everything up again. */
static void
revert_rebase(struct revert_sym *s)
{
	s->base = rl_ring_ago(&s->close, 0);
	s->sum = s->sq = 0;
	s->wide = false;
	for (uint32_t k = 0; k < s->close.n; k++) {
		int64_t px = rl_ring_ago(&s->close, k);
		if (!revert_fits(s->base, px)) {
			s->wide = true;
			return;
		}
		num_i128 d = px - s->base;
		s->sum += d;
		s->sq += d * d;
	}
}

static void
revert_add(struct revert_sym *s, int64_t px, int sign)
{
	num_i128 d = (num_i128)px - s->base;

	s->sum += sign * d;
	s->sq += sign * d * d;
}

static void
revert_price(struct revert_sym *s, int64_t window, int64_t px, bool revised)
{
	bool again = s->wide || s->close.n == 0 || !revert_fits(s->base, px);

	if (revised && s->close.n) {
		if (!again)
			revert_add(s, rl_ring_ago(&s->close, 0), -1);
		rl_ring_last(&s->close, px);
	} else {
		if (!again && s->close.n == window)
			revert_add(s, rl_ring_ago(&s->close, (uint32_t)window - 1), -1);
		rl_ring_push(&s->close, (uint32_t)window, px);
	}
	if (again)
		revert_rebase(s);
	else
		revert_add(s, px, 1);
}

/* z^2 = (n c - S)^2 / (n Q - S^2) with S, Q the sums of c and c^2. False while it has no value. */
static bool
revert_z(const struct revert_sym *s, int64_t window, double *z)
{
	if (s->close.n < window || s->wide)
		return false;
	num_i128 dev = (num_i128)(rl_ring_ago(&s->close, 0) - s->base) * window - s->sum;
	num_i128 var = s->sq * window - s->sum * s->sum;
	if (var <= 0)
		return false;
	*z = (double)dev / sqrt((double)var);
	return true;
}

static void
revert_bar(struct rl_policy *p, const struct rec *r, bool revised)
{
	struct revert *v = (struct revert *)p;
	struct revert_sym *s = MEM_AT(v->s, v->ns, r->sym->id);
	double z;

	revert_price(s, v->window, r->bar.close, revised);
	if (!revert_z(s, v->window, &z))
		return;
	int now = rl_sided_at(&v->sided, r->sym)->now;
	if (z < -v->entry)
		rl_sided_set(&v->sided, r->sym, 1, "far below the mean");
	else if (z > v->entry && v->sided.shorts)
		rl_sided_set(&v->sided, r->sym, -1, "far above the mean");
	else if ((now > 0 && z >= -v->leave) || (now < 0 && z <= v->leave))
		rl_sided_set(&v->sided, r->sym, 0, "back at the mean");
}

static void
revert_split(struct rl_policy *p, const struct sym *sym, double ratio)
{
	struct revert *v = (struct revert *)p;
	struct revert_sym *s = MEM_AT(v->s, v->ns, sym->id);

	if (s->close.n == 0)
		return;
	rl_ring_split(&s->close, ratio);
	revert_rebase(s);
}

static void
revert_close(struct rl_policy *p)
{
	struct revert *v = (struct revert *)p;

	for (size_t i = 0; i < v->ns; i++)
		free(v->s[i].close.v);
	free(v->s);
	rl_sided_close(p);
}

const struct rl_rule rl_mean_revert = {
	.name = "mean-revert",
	.about = "long when the close is far below its mean, until it is back",
	.params = revert_params,
	.size = sizeof(struct revert),
	.open = revert_open,
	.bar = revert_bar,
	.split = revert_split,
	.needs = revert_needs,
	.decide = rl_sided_decide,
	.close = revert_close,
};
