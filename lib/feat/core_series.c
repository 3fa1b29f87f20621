/* The groups of `core` that look at the series of returns and at the calendar. */
#include "feat/core.h"

/* ---- vol: the state itself is pushed in set_core.c, other groups need it ---- */

static void
vol_names(struct feat_set *s, const struct core_args *a)
{
	static const char *const names[] = { "close", "parkinson", "gk", "rs", "yz" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		feat_set_add(s, "vol_%s_%d", names[i], a->vol);
	feat_set_add(s, "vol_ewma");
}

static double *
vol_push(struct core *c, const struct core_args *a, const struct feat_bar *b, double *out)
{
	const struct vol_out *v = &c->v;
	double by = sqrt(a->annual);

	(void)b;
	*out++ = v->close * by;
	*out++ = v->parkinson * by;
	*out++ = v->gk * by;
	*out++ = v->rs * by;
	*out++ = v->yz * by;
	*out++ = v->ewma * by;
	return out;
}

/* ---- garch ---- */

static void
garch_names(struct feat_set *s, const struct core_args *a)
{
	(void)a;
	feat_set_add(s, "vol_garch");
}

static void
garch_init(struct core *c, const struct core_args *a, struct roll_mem *m)
{
	const double *p = a->garch.v;

	if (a->garch.n)
		garch_given(&c->garch, &(struct garch_par){ p[0], p[1], p[2] });
	else
		garch_fitted(&c->garch, (size_t)a->fit, (size_t)a->every, m);
}

static double *
garch_out(struct core *c, const struct core_args *a, const struct feat_bar *b, double *out)
{
	bool ready = garch_push(&c->garch, c->v.ret);

	(void)b;
	*out++ = ready && !roll_bad(c->v.ret) ? sqrt(c->garch.h * a->annual) : NAN;
	return out;
}

/* ---- moments ---- */

static void
moments_names(struct feat_set *s, const struct core_args *a)
{
	feat_set_add(s, "skew_%d", a->moments);
	feat_set_add(s, "kurt_%d", a->moments);
	feat_set_add(s, "autocorr_%d", a->moments);
}

static void
moments_init(struct core *c, const struct core_args *a, struct roll_mem *m)
{
	roll_mom_init(&c->moments, (size_t)a->moments, m);
	roll_cov_init(&c->pairs, (size_t)a->moments, m);
}

static double *
moments_push(struct core *c, const struct core_args *a, const struct feat_bar *b, double *out)
{
	bool full = roll_mom_push(&c->moments, c->v.ret);

	(void)a;
	(void)b;
	*out++ = full ? roll_skew(&c->moments) : NAN;
	*out++ = full ? roll_kurt(&c->moments) : NAN;
	*out++ = roll_cov_push(&c->pairs, c->v.ret, c->prev_ret) ? roll_corr(&c->pairs) : NAN;
	return out;
}

/* ---- memory ---- */

static void
memory_names(struct feat_set *s, const struct core_args *a)
{
	feat_set_add(s, "hurst_%d", a->hurst);
	feat_set_add(s, "perm_entropy_%d", a->entropy);
	feat_set_add(s, "entropy_%d", a->entropy);
	feat_set_add(s, "ffd");
}

static void
memory_init(struct core *c, const struct core_args *a, struct roll_mem *m)
{
	dfa_init(&c->hurst, (size_t)a->hurst, m);
	permutation_init(&c->order, (size_t)a->entropy, (uint32_t)a->order, m);
	entropy_init(&c->entropy, (size_t)a->entropy, 8, m);
	ffd_init(&c->ffd, a->d, a->threshold, m);
}

static double *
memory_push(struct core *c, const struct core_args *a, const struct feat_bar *b, double *out)
{
	(void)a;
	*out++ = dfa_push(&c->hurst, c->v.ret);
	*out++ = permutation_push(&c->order, b->close);
	*out++ = entropy_push(&c->entropy, entropy_octile(c->z));
	*out++ = ffd_push(&c->ffd, c->log_close);
	return out;
}

/* ---- calendar ---- */

static void
calendar_names(struct feat_set *s, const struct core_args *a)
{
	static const char *const names[] = { "hour_sin", "hour_cos", "wday_sin", "wday_cos",
		"month_sin", "month_cos", "day_of_month", "turn_of_month" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		feat_set_add(s, "%s", names[i]);
	if (!a->hours)
		return;
	feat_set_add(s, "since_open");
	feat_set_add(s, "to_close");
}

static double *
calendar_push(struct core *c, const struct core_args *a, const struct feat_bar *b, double *out)
{
	struct calendar_out o;

	calendar_at(&c->day, a->hours, b->ts, b->ts_end, &o);
	*out++ = o.hour_sin;
	*out++ = o.hour_cos;
	*out++ = o.wday_sin;
	*out++ = o.wday_cos;
	*out++ = o.month_sin;
	*out++ = o.month_cos;
	*out++ = o.day;
	*out++ = o.turn;
	if (!a->hours)
		return out;
	*out++ = o.since_open;
	*out++ = o.to_close;
	return out;
}

const struct core_group core_vol = { vol_names, NULL, vol_push };
const struct core_group core_garch = { garch_names, garch_init, garch_out };
const struct core_group core_moments = { moments_names, moments_init, moments_push };
const struct core_group core_memory = { memory_names, memory_init, memory_push };
const struct core_group core_calendar = { calendar_names, NULL, calendar_push };
