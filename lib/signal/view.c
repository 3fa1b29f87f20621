#include "signal/view.h"

#include <math.h>

static double
sign(double v)
{
	return v > 0 ? 1 : v < 0 ? -1 : 0;
}

/* used[] sums to 1; false when there is nothing to mix. */
static bool
normalise(double *used, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += used[i];
	for (size_t i = 0; i < n; i++)
		used[i] = sum > 0 ? used[i] / sum : 0;
	return sum > 0;
}

/* View and parts of a linear mixing of y. */
static void
linear(const struct view_in *in, struct view_out *out, double (*y)(double))
{
	for (size_t i = 0; i < in->n; i++) {
		out->part[i] = in->on[i] ? out->used[i] * (y ? y(in->x[i]) : in->x[i]) : 0;
		out->v += out->part[i];
	}
}

/* How sure those are who say what the mixture says, by their weight among all. */
static double
agreement(const struct view_in *in, const struct view_out *out)
{
	double sum = 0;

	for (size_t i = 0; i < in->n; i++)
		if (in->on[i] && sign(in->x[i]) * sign(out->v) > 0)
			sum += out->used[i] * in->c[i];
	return sum > 1 ? 1 : sum;
}

static void
nothing(const struct view_in *in, struct view_out *out)
{
	for (size_t i = 0; i < in->n; i++)
		out->part[i] = 0;
	out->v = 0;
}

static void
vote(double quorum, const struct view_in *in, struct view_out *out)
{
	linear(in, out, sign);
	double share = 0;

	for (size_t i = 0; i < in->n; i++)
		if (in->on[i] && sign(in->x[i]) * sign(out->v) > 0)
			share += out->used[i];
	if (share < quorum)
		nothing(in, out);
}

static void
unanimous(const struct view_in *in, struct view_out *out)
{
	bool up = false, down = false;

	linear(in, out, NULL);
	for (size_t i = 0; i < in->n; i++)
		if (in->on[i] && in->w[i] > 0) {
			up |= in->x[i] > 0;
			down |= in->x[i] < 0;
		}
	if (up && down)
		nothing(in, out);
}

static void
experts(int64_t method, const struct learner *l, const struct view_in *in, struct view_out *out)
{
	learner_weights(l, in->on, in->factor, out->used);
	if (method != MIX_BAYES) {
		linear(in, out, NULL);
		return;
	}
	/* 2 P(up) - 1 is linear in x c, held within what anyone may be certain of */
	for (size_t i = 0; i < in->n; i++) {
		double z = in->on[i] ? in->x[i] * in->c[i] : 0;

		out->part[i] = out->used[i] * (z > 0.96 ? 0.96 : z < -0.96 ? -0.96 : z);
		out->v += out->part[i];
	}
}

/* out->part holds z on the way. */
static void
stack(const struct learner *l, const struct view_in *in, struct view_out *out)
{
	double sum = 0;

	for (size_t i = 0; i < in->n; i++)
		out->part[i] = in->on[i] ? in->x[i] * in->c[i] * in->factor[i] : 0;
	out->v = learner_predict(l, out->part);
	for (size_t i = 0; i < in->n; i++) {
		out->used[i] = in->on[i] ? l->w[i] : 0;
		out->part[i] *= l->w[i];
		sum += out->part[i];
	}
	for (size_t i = 0; i < in->n; i++)
		out->part[i] = fabs(sum) > 1e-300 ? out->part[i] * (out->v / sum) : 0;
}

void
view_mix(int64_t method, double quorum, const struct learner *l, const struct view_in *in,
    struct view_out *out)
{
	out->v = out->confidence = 0;
	out->warm = mix_learns(method) && method >= MIX_LOGISTIC && l->rounds < l->how.warmup;
	if (out->warm)
		method = MIX_CONFIDENCE;
	for (size_t i = 0; i < in->n; i++) {
		out->used[i] = in->on[i] ? in->w[i] : 0;
		out->part[i] = 0;
		if (method == MIX_CONFIDENCE)
			out->used[i] *= in->c[i];
		if (method == MIX_VOTE)
			out->used[i] = out->used[i] > 0;
	}
	if (!normalise(out->used, in->n))
		return;
	switch (method) {
	case MIX_VOTE:
	case MIX_WVOTE: vote(quorum, in, out); break;
	case MIX_UNANIMOUS: unanimous(in, out); break;
	case MIX_HEDGE:
	case MIX_EG:
	case MIX_BAYES: experts(method, l, in, out); break;
	case MIX_LOGISTIC:
	case MIX_RIDGE: stack(l, in, out); break;
	default: linear(in, out, NULL);
	}
	if (method == MIX_BAYES || method == MIX_LOGISTIC)
		out->confidence = (1 + fabs(out->v)) / 2;
	else if (method == MIX_RIDGE)
		out->confidence = fabs(out->v);
	else
		out->confidence = agreement(in, out);
}
