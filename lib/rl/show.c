/* What a training says of itself: lines of NDJSON, and a reward curve on a terminal. */
#include "rl/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tim.h"
#include "io/out.h"

struct rl_show {
	bool shown;
	double began, last;
	int64_t from; /* steps that were there at the beginning */
	float curve[32];
	size_t n;
};

double
rl_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

void
rl_put_f64(struct buf *b, const char *key, double v)
{
	char num[NUM_MAX];

	if (!isfinite(v))
		return;
	buf_printf(b, ",\"%s\":", key);
	buf_put(b, num, (size_t)(num_put_f64(num, v) - num));
}

void
rl_put_text(struct buf *b, const char *key, const char *z)
{
	buf_printf(b, ",\"%s\":\"", key);
	for (; *z; z++) {
		unsigned char c = (unsigned char)*z;

		if (c == '"' || c == '\\')
			buf_putc(b, '\\');
		if (c < 0x20)
			buf_printf(b, "\\u%04x", c);
		else
			buf_putc(b, (char)c);
	}
	buf_putc(b, '"');
}

void
rl_put_ts(struct buf *b, const char *key, int64_t ts)
{
	char text[TIM_LEN];

	if (ts == TIM_NONE)
		return;
	tim_put(text, ts);
	buf_printf(b, ",\"%s\":\"%.*s\"", key, TIM_LEN, text);
}

int
rl_run_metrics(struct rl_run *r)
{
	struct rl_trainer *t = r->t;

	if (r->metrics < 0)
		return 0;
	buf_printf(&r->line, "{\"type\":\"train\"%s", r->label ? r->label : "");
	buf_printf(&r->line, ",\"steps\":%lld,\"episodes\":%llu", (long long)t->steps,
	    (unsigned long long)t->episodes);
	rl_put_f64(&r->line, "reward_mean", rl_recent_mean(t));
	for (size_t i = 0; i < t->nmetric; i++)
		rl_put_f64(&r->line, t->metric[i].name, t->metric[i].value);
	buf_puts(&r->line, "}\n");
	return io_out_flush(r->metrics, &r->line, r->o->metrics, r->err);
}

static void
curve_add(struct rl_show *s, double r)
{
	size_t most = sizeof s->curve / sizeof *s->curve;

	if (!isfinite(r))
		return;
	if (s->n == most) {
		memmove(s->curve, s->curve + 1, (most - 1) * sizeof *s->curve);
		s->n--;
	}
	s->curve[s->n++] = (float)r;
}

void
rl_run_show(struct rl_run *r)
{
	static const char *const bars[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	double t = rl_seconds(), reward = rl_recent_mean(r->t);
	float lo = INFINITY, hi = -INFINITY;
	struct rl_show *s = r->show;
	struct buf *b = &r->line;

	if (!r->shows)
		return;
	if (!s) {
		s = r->show = mem_alloc(sizeof *s);
		s->began = t;
		s->from = r->t->steps;
	}
	if (t - s->began < 2 || t - s->last < 0.2 || tcgetpgrp(2) != getpgrp())
		return;
	s->last = t;
	s->shown = true;
	curve_add(s, reward);
	for (size_t i = 0; i < s->n; i++) {
		lo = fminf(lo, s->curve[i]);
		hi = fmaxf(hi, s->curve[i]);
	}
	buf_printf(b, "\r\033[Krl-train: %3.0f %%  %.3g steps/s  ",
	    100 * (double)r->t->steps / (double)r->t->o.steps,
	    (double)(r->t->steps - s->from) / (t - s->began));
	if (isfinite(reward))
		buf_printf(b, "reward %.4g  ", reward);
	for (size_t i = 0; i < s->n; i++)
		buf_puts(b, bars[hi > lo ? (int)(7.999f * (s->curve[i] - lo) / (hi - lo)) : 0]);
	io_out_flush(2, b, "standard error", r->err);
}

void
rl_run_show_end(struct rl_run *r)
{
	if (r->show && r->show->shown) {
		buf_puts(&r->line, "\r\033[K");
		io_out_flush(2, &r->line, "standard error", r->err);
	}
	free(r->show);
	r->show = NULL;
}
