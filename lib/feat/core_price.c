/* The groups of `core` that look at prices: returns, shape, trend, windows. */
#include "feat/core.h"

/* ---- returns ---- */

static void
returns_names(struct feat_set *s, const struct core_args *a)
{
	for (size_t i = 0; i < a->lags.n; i++)
		feat_set_add(s, "ret_%d", a->lags.v[i]);
	for (size_t i = 0; i < a->lags.n; i++)
		feat_set_add(s, "logret_%d", a->lags.v[i]);
	feat_set_add(s, "gap");
}

static double *
returns_push(struct core *c, const struct core_args *a, const struct feat_bar *b, double *out)
{
	for (size_t i = 0; i < a->lags.n; i++) {
		double old = roll_ago(&c->closes, (uint32_t)a->lags.v[i]);

		out[i] = old > 0 ? b->close / old - 1 : NAN;
		out[a->lags.n + i] = vol_log_ratio(b->close, old);
	}
	out += 2 * a->lags.n;
	*out++ = vol_log_ratio(b->open, c->prev);
	return out;
}

/* ---- shape ---- */

static void
shape_names(struct feat_set *s, const struct core_args *a)
{
	(void)a;
	feat_set_add(s, "range");
	feat_set_add(s, "body");
	feat_set_add(s, "clv");
}

static double *
shape_push(struct core *c, const struct core_args *a, const struct feat_bar *b, double *out)
{
	double range = b->high - b->low;

	(void)c;
	(void)a;
	*out++ = b->close > 0 ? range / b->close : NAN;
	*out++ = (b->close - b->open) / range;
	*out++ = (2 * b->close - b->high - b->low) / range;
	return out;
}

/* ---- trend ---- */

static void
trend_names(struct feat_set *s, const struct core_args *a)
{
	feat_set_add(s, "rsi_%d", a->rsi);
	feat_set_add(s, "atrp_%d", a->atr);
	feat_set_add(s, "macd");
	feat_set_add(s, "macd_signal");
	feat_set_add(s, "macd_hist");
}

static void
trend_init(struct core *c, const struct core_args *a, struct roll_mem *m)
{
	(void)m;
	rsi_init(&c->rsi, (uint32_t)a->rsi);
	atr_init(&c->atr, (uint32_t)a->atr);
	macd_init(&c->macd, (uint32_t)a->macd.v[0], (uint32_t)a->macd.v[1], (uint32_t)a->macd.v[2]);
}

static double *
trend_push(struct core *c, const struct core_args *a, const struct feat_bar *b, double *out)
{
	double line, signal, close = b->close > 0 ? b->close : NAN;

	(void)a;
	*out++ = rsi_push(&c->rsi, b->close);
	*out++ = atr_push(&c->atr, b->high, b->low, b->close) / close;
	macd_push(&c->macd, b->close, &line, &signal);
	*out++ = line / close;
	*out++ = signal / close;
	*out++ = (line - signal) / close;
	return out;
}

/* ---- windows ---- */

static const char *const window_names[] = { "ma_dist", "z", "volume_ratio", "drawdown",
	"efficiency" };
#define PER_WINDOW (sizeof window_names / sizeof *window_names)

static void
windows_names(struct feat_set *s, const struct core_args *a)
{
	for (size_t k = 0; k < PER_WINDOW; k++)
		for (size_t i = 0; i < a->windows.n; i++)
			feat_set_add(s, "%s_%d", window_names[k], a->windows.v[i]);
}

static void
windows_init(struct core *c, const struct core_args *a, struct roll_mem *m)
{
	struct core_win *win = roll_take(m, a->windows.n, sizeof *win), dry = { 0 };

	for (size_t i = 0; i < a->windows.n; i++) {
		struct core_win *w = win ? &win[i] : &dry;
		size_t d = (size_t)a->windows.v[i];

		w->d = (uint32_t)d;
		roll_var_init(&w->close, d, m);
		roll_ext_init(&w->peak, d, 1, m);
		roll_sum_init(&w->volume, d, m);
		roll_sum_init(&w->path, d, m);
	}
	c->win = win;
}

static void
window_push(struct core *c, struct core_win *w, const struct feat_bar *b, double *out, size_t by)
{
	double close = b->close;

	if (roll_var_push(&w->close, close)) {
		if (w->close.mean > 0)
			out[0] = close / w->close.mean - 1;
		if (!roll_flat(w->close.mean, w->close.m2, w->d))
			out[by] = (close - w->close.mean) / roll_std(w->close.m2, w->d);
	}
	if (roll_sum_push(&w->volume, b->volume))
		out[2 * by] = b->volume / (w->volume.sum / w->d);
	if (roll_ext_push(&w->peak, close) && w->peak.best > 0)
		out[3 * by] = close / w->peak.best - 1;
	if (roll_sum_push(&w->path, fabs(close - c->prev)))
		out[4 * by] = fabs(close - roll_ago(&c->closes, w->d)) / w->path.sum;
}

static double *
windows_push(struct core *c, const struct core_args *a, const struct feat_bar *b, double *out)
{
	size_t n = a->windows.n;

	for (size_t i = 0; i < PER_WINDOW * n; i++)
		out[i] = NAN;
	for (size_t i = 0; i < n; i++)
		window_push(c, &c->win[i], b, out + i, n);
	return out + PER_WINDOW * n;
}

const struct core_group core_returns = { returns_names, NULL, returns_push };
const struct core_group core_shape = { shape_names, NULL, shape_push };
const struct core_group core_trend = { trend_names, trend_init, trend_push };
const struct core_group core_windows = { windows_names, windows_init, windows_push };
