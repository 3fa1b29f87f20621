#include "feat/smooth.h"

#include <math.h>

void
smooth_ema(struct smooth *s, uint32_t n)
{
	*s = (struct smooth){ .n = n, .alpha = 2.0 / (n + 1.0) };
}

void
smooth_wilder(struct smooth *s, uint32_t n)
{
	*s = (struct smooth){ .n = n, .alpha = 1.0 / n };
}

double
smooth_push(struct smooth *s, double x)
{
	if (s->k == s->n)
		return s->y += s->alpha * (x - s->y);
	s->y += x;
	if (++s->k < s->n)
		return NAN;
	return s->y /= s->n;
}

void
rsi_init(struct rsi *r, uint32_t n)
{
	*r = (struct rsi){ 0 };
	smooth_wilder(&r->up, n);
	smooth_wilder(&r->down, n);
}

double
rsi_push(struct rsi *r, double close)
{
	double change = close - r->prev, up, down;
	bool any = r->any;

	r->prev = close;
	r->any = true;
	if (!any)
		return NAN;
	up = smooth_push(&r->up, change > 0 ? change : 0);
	down = smooth_push(&r->down, change < 0 ? -change : 0);
	return 100 * up / (up + down);
}

void
atr_init(struct atr *a, uint32_t n)
{
	*a = (struct atr){ 0 };
	smooth_wilder(&a->range, n);
}

double
atr_push(struct atr *a, double high, double low, double close)
{
	double prev = a->prev, top, bottom;
	bool any = a->any;

	a->prev = close;
	a->any = true;
	if (!any)
		return NAN;
	top = high > prev ? high : prev;
	bottom = low < prev ? low : prev;
	return smooth_push(&a->range, top - bottom);
}

void
macd_init(struct macd *m, uint32_t fast, uint32_t slow, uint32_t signal)
{
	*m = (struct macd){ .wait = slow - fast };
	smooth_ema(&m->fast, fast);
	smooth_ema(&m->slow, slow);
	smooth_ema(&m->signal, signal);
}

void
macd_push(struct macd *m, double close, double *line, double *signal)
{
	double slow = smooth_push(&m->slow, close), fast = NAN;

	if (m->wait)
		m->wait--;
	else
		fast = smooth_push(&m->fast, close);
	*line = fast - slow;
	*signal = isnan(*line) ? NAN : smooth_push(&m->signal, *line);
}
