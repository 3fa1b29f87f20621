/*
 * Alpha158: the 158 features of Microsoft's qlib (qlib/contrib/data/loader.py, class
 * Alpha158DL, MIT): 9 of the candle, 4 of the prices and 29 of rolling windows of 5, 10, 20, 30
 * and 60 bars, in its order and with its names in lower case; the formulas stand in
 * feat-sets(7). As there: percentile rank with mean ranks for ties, linear quantiles, standard
 * deviations with d - 1, positions of extremes counted from 1 at the oldest bar, the first of
 * equal ones.
 *
 * Different, on purpose: qlib gives a value from the first bar on (min_periods = 1), here a
 * window is full or absent; qlib drops correlations of what varies by less than 2e-5 in absolute
 * terms, which would drop most minutes of a currency, here only what does not vary; where
 * volume is 0, what is divided by it is absent instead of 1e12 times too large.
 */
#include <stdlib.h>
#include <string.h>

#include "feat/roll.h"
#include "feat/set.h"
#include "feat/setargs.h"

#include "base/mem.h"
#include "base/num.h"

#define QLIB_EPS 1e-12
#define BAR_COLUMNS 13
#define WINDOW_COLUMNS 29

struct params {
	struct setarg_ints windows;
};

static const struct setarg alpha_args[] = {
	{ SETARG_INTS, "windows", offsetof(struct params, windows), 2, 100000, NULL },
	{ SETARG_END, NULL, 0, 0, 0, NULL },
};

static const char *const bar_names[BAR_COLUMNS] = { "kmid", "klen", "kmid2", "kup", "kup2", "klow",
	"klow2", "ksft", "ksft2", "open0", "high0", "low0", "vwap0" };

enum {
	ROC,
	MA,
	STD,
	BETA,
	RSQR,
	RESI,
	MAX,
	MIN,
	QTLU,
	QTLD,
	RANK,
	RSV,
	IMAX,
	IMIN,
	IMXD,
	CORR,
	CORD,
	CNTP,
	CNTN,
	CNTD,
	SUMP,
	SUMN,
	SUMD,
	VMA,
	VSTD,
	WVMA,
	VSUMP,
	VSUMN,
	VSUMD
};

static const char *const window_names[WINDOW_COLUMNS] = { "roc", "ma", "std", "beta", "rsqr",
	"resi", "max", "min", "qtlu", "qtld", "rank", "rsv", "imax", "imin", "imxd", "corr", "cord",
	"cntp", "cntn", "cntd", "sump", "sumn", "sumd", "vma", "vstd", "wvma", "vsump", "vsumn",
	"vsumd" };

struct win {
	uint32_t d, rises, falls; /* of the last d changes */
	struct roll_fit close;
	struct roll_order order;
	struct roll_ext high, low;
	struct roll_cov level, change; /* price and volume */
	struct roll_var volume, moved; /* moved: |return| x volume */
	struct roll_sum up, down, volume_up, volume_down;
};

struct alpha {
	size_t nwin;
	double prev_close, prev_volume;
	struct roll_past closes; /* the longest window and two more */
	struct win *win;
};

struct state {
	struct alpha *a; /* one block, from start to stop */
};

/* What a bar adds to every window. */
struct step {
	double high, low, close, volume;
	double log_volume, ratio, log_volume_ratio, moved;
	double up, down, volume_up, volume_down;
};

/* ---- open ---- */

static void
alpha_close(struct feat_set *s)
{
	free(s->params);
}

static int
alpha_open(struct feat_set *s, const char *args, struct err *e)
{
	struct params *p = s->params = mem_alloc(sizeof *p);
	int rc;

	p->windows = (struct setarg_ints){ 5, { 5, 10, 20, 30, 60 } };
	if ((rc = setargs_parse(alpha_args, p, "alpha158", args, e)) < 0)
		return rc;
	s->state_size = sizeof(struct state);
	for (size_t i = 0; i < BAR_COLUMNS; i++)
		feat_set_add(s, "%s", bar_names[i]);
	for (size_t f = 0; f < WINDOW_COLUMNS; f++)
		for (size_t i = 0; i < p->windows.n; i++)
			feat_set_add(s, "%s%d", window_names[f], p->windows.v[i]);
	return 0;
}

static void
win_init(struct win *w, size_t d, struct roll_mem *m)
{
	w->d = (uint32_t)d;
	roll_fit_init(&w->close, d, m);
	roll_order_init(&w->order, d, m);
	roll_ext_init(&w->high, d, 1, m);
	roll_ext_init(&w->low, d, -1, m);
	roll_cov_init(&w->level, d, m);
	roll_cov_init(&w->change, d, m);
	roll_var_init(&w->volume, d, m);
	roll_var_init(&w->moved, d, m);
	roll_sum_init(&w->up, d, m);
	roll_sum_init(&w->down, d, m);
	roll_sum_init(&w->volume_up, d, m);
	roll_sum_init(&w->volume_down, d, m);
}

/* Place everything in m; returns where the alpha is, NULL while counting. */
static struct alpha *
lay_out(const struct params *p, struct roll_mem *m)
{
	struct alpha dry = { 0 }, *a = roll_take(m, 1, sizeof *a);
	struct win *win = roll_take(m, p->windows.n, sizeof *win), w;
	int longest = 0;

	for (size_t i = 0; i < p->windows.n; i++) {
		memset(&w, 0, sizeof w);
		win_init(win ? &win[i] : &w, (size_t)p->windows.v[i], m);
		longest = p->windows.v[i] > longest ? p->windows.v[i] : longest;
	}
	roll_past_init(a ? &a->closes : &dry.closes, (size_t)longest + 2, m);
	if (a) {
		a->win = win;
		a->nwin = p->windows.n;
		a->prev_close = a->prev_volume = NAN;
	}
	return a;
}

static void
alpha_start(const struct feat_set *s, void *state)
{
	struct state *st = state;
	struct roll_mem m = { 0 };

	lay_out(s->params, &m);
	m = (struct roll_mem){ mem_alloc(m.n), 0 };
	st->a = lay_out(s->params, &m);
}

static void
alpha_stop(const struct feat_set *s, void *state)
{
	struct state *st = state;

	(void)s;
	free(st->a);
	st->a = NULL;
}

/* ---- push ---- */

static void
candle(const struct feat_bar *b, double *out)
{
	double o = b->open, h = b->high, l = b->low, c = b->close;
	double top = o > c ? o : c, bottom = o < c ? o : c, range = h - l + QLIB_EPS;

	out[0] = (c - o) / o;
	out[1] = (h - l) / o;
	out[2] = (c - o) / range;
	out[3] = (h - top) / o;
	out[4] = (h - top) / range;
	out[5] = (bottom - l) / o;
	out[6] = (bottom - l) / range;
	out[7] = (2 * c - h - l) / o;
	out[8] = (2 * c - h - l) / range;
	out[9] = o / c;
	out[10] = h / c;
	out[11] = l / c;
	out[12] = b->vwap / c;
}

static double
positive(double x)
{
	return x < 0 ? 0 : x; /* NaN stays */
}

static struct step
step_of(struct alpha *a, const struct feat_bar *b)
{
	double c0 = a->prev_close, v0 = a->prev_volume, v = b->volume;
	struct step s = { b->high, b->low, b->close, v, .log_volume = NAN,
		.log_volume_ratio = NAN };

	if (v > -1)
		s.log_volume = num_log(v + 1);
	if (v0 > 0 && v >= 0)
		s.log_volume_ratio = num_log(v / v0 + 1);
	s.ratio = b->close / c0;
	s.moved = fabs(s.ratio - 1) * v;
	s.up = positive(b->close - c0);
	s.down = positive(c0 - b->close);
	s.volume_up = positive(v - v0);
	s.volume_down = positive(v0 - v);
	a->prev_close = b->close;
	a->prev_volume = v;
	return s;
}

/* Columns of a window, `by` apart. */
static void
of_close(struct win *w, const struct step *s, double *out, size_t by)
{
	double d = w->d, c = s->close, tt = roll_fit_tt(w->d), slope;

	if (roll_fit_push(&w->close, c)) {
		slope = w->close.ct / tt;
		out[MA * by] = w->close.mean / c;
		out[STD * by] = roll_std(w->close.m2, w->d) / c;
		out[BETA * by] = slope / c;
		out[RESI * by] = (c - w->close.mean - slope * (d - 1) * 0.5) / c;
		if (!roll_flat(w->close.mean, w->close.m2, w->d))
			out[RSQR * by] = w->close.ct * slope / w->close.m2;
	}
	if (roll_order_push(&w->order, c)) {
		out[QTLU * by] = roll_quantile(&w->order, 0.8) / c;
		out[QTLD * by] = roll_quantile(&w->order, 0.2) / c;
		out[RANK * by] = roll_rank(&w->order);
	}
}

static void
of_range(struct win *w, const struct step *s, double *out, size_t by)
{
	double d = w->d, c = s->close, hi, lo;
	bool full = roll_ext_push(&w->high, s->high);

	if (!roll_ext_push(&w->low, s->low) || !full)
		return;
	hi = w->high.best;
	lo = w->low.best;
	out[MAX * by] = hi / c;
	out[MIN * by] = lo / c;
	out[RSV * by] = (c - lo) / (hi - lo + QLIB_EPS);
	out[IMAX * by] = w->high.pos / d;
	out[IMIN * by] = w->low.pos / d;
	out[IMXD * by] = ((double)w->high.pos - (double)w->low.pos) / d;
}

/* (up, down, up - down) as parts of up + down */
static void
shares(const struct roll_sum *up, const struct roll_sum *down, double *out, size_t by)
{
	double all = up->sum + down->sum + QLIB_EPS;

	out[0] = up->sum / all;
	out[by] = down->sum / all;
	out[2 * by] = (up->sum - down->sum) / all;
}

static void
of_changes(struct alpha *a, struct win *w, const struct step *s, double *out, size_t by)
{
	double d = w->d, old = roll_ago(&a->closes, w->d), older = roll_ago(&a->closes, w->d + 1);

	/* the change that leaves the window, NaN (neither) at first */
	w->rises += (s->up > 0) - (old > older);
	w->falls += (s->down > 0) - (old < older);
	if (!isnan(old)) {
		out[ROC * by] = old / s->close;
		out[CNTP * by] = w->rises / d;
		out[CNTN * by] = w->falls / d;
		out[CNTD * by] = ((double)w->rises - (double)w->falls) / d;
	}
	bool full = roll_sum_push(&w->up, s->up);
	if (roll_sum_push(&w->down, s->down) && full)
		shares(&w->up, &w->down, &out[SUMP * by], by);
	full = roll_sum_push(&w->volume_up, s->volume_up);
	if (roll_sum_push(&w->volume_down, s->volume_down) && full)
		shares(&w->volume_up, &w->volume_down, &out[VSUMP * by], by);
}

static void
of_volume(struct win *w, const struct step *s, double *out, size_t by)
{
	if (roll_cov_push(&w->level, s->close, s->log_volume))
		out[CORR * by] = roll_corr(&w->level);
	if (roll_cov_push(&w->change, s->ratio, s->log_volume_ratio))
		out[CORD * by] = roll_corr(&w->change);
	if (roll_var_push(&w->volume, s->volume) && s->volume > 0) {
		out[VMA * by] = w->volume.mean / (s->volume + QLIB_EPS);
		out[VSTD * by] = roll_std(w->volume.m2, w->d) / (s->volume + QLIB_EPS);
	}
	if (roll_var_push(&w->moved, s->moved))
		out[WVMA * by] = roll_std(w->moved.m2, w->d) / (w->moved.mean + QLIB_EPS);
}

static void
alpha_push(const struct feat_set *s, void *state, const struct feat_bar *b, double *out)
{
	struct alpha *a = ((struct state *)state)->a;
	struct step now = step_of(a, b);

	for (size_t i = BAR_COLUMNS; i < s->n; i++)
		out[i] = NAN;
	candle(b, out);
	roll_past_push(&a->closes, b->close);
	for (size_t i = 0; i < a->nwin; i++) {
		double *o = out + BAR_COLUMNS + i;

		of_close(&a->win[i], &now, o, a->nwin);
		of_range(&a->win[i], &now, o, a->nwin);
		of_changes(a, &a->win[i], &now, o, a->nwin);
		of_volume(&a->win[i], &now, o, a->nwin);
	}
	for (size_t i = 0; i < s->n; i++)
		if (roll_bad(out[i]))
			out[i] = NAN;
}

const struct feat_set_kind feat_set_alpha158 = {
	.name = "alpha158",
	.about = "the 158 features of qlib: candle, prices, five windows of price and volume",
	.open = alpha_open,
	.start = alpha_start,
	.push = alpha_push,
	.stop = alpha_stop,
	.close = alpha_close,
};
