#include "vision/train_show.h"

#include <unistd.h>

#include "base/tim.h"
#include "feed/progress.h"

#define CURVE 32 /* epochs shown */

void
train_show_begin(struct train_show *s, bool quiet)
{
	s->on = !quiet && isatty(2);
	s->began = s->last = (double)tim_mono() / TIM_SEC;
}

double
train_show_seconds(const struct train_show *s)
{
	return (double)tim_mono() / TIM_SEC - s->began;
}

/* Of the last epochs; what is held out where there is something. */
static void
put_curve(struct buf *b, const struct train *t)
{
	static const char *const bars[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	int64_t first = t->epoch > CURVE ? t->epoch - CURVE : 0;
	double lo = 1e300, hi = -1e300;

	for (int pass = 0; pass < 2; pass++)
		for (int64_t i = first; i < t->epoch; i++) {
			const struct train_epoch *e = &t->past[i];
			double v = e->valid_loss >= 0 ? e->valid_loss : e->train_loss;

			if (pass)
				buf_puts(
				    b, bars[hi > lo ? (int)(7.999 * (v - lo) / (hi - lo)) : 0]);
			lo = v < lo ? v : lo;
			hi = v > hi ? v : hi;
		}
}

void
train_show_step(struct train_show *s, const struct train *t, int64_t batches)
{
	double at = (double)tim_mono() / TIM_SEC;

	s->images += t->o->batch;
	if (!s->on || at - s->last < 0.2 || !progress_due((int64_t)((at - s->began) * 1e9)))
		return;
	s->last = at;
	buf_clear(&s->line);
	buf_printf(&s->line, "resnet-train: epoch %lld/%lld %3.0f %%  %.0f images/s  loss %.4f",
	    (long long)t->epoch + 1, (long long)t->o->epochs,
	    100 * (double)t->done / (double)batches, (double)s->images / (at - s->began),
	    t->loss / (double)t->seen);
	if (t->epoch && t->past[t->epoch - 1].valid_loss >= 0)
		buf_printf(&s->line, "  held out %.4f, %.1f %% right",
		    t->past[t->epoch - 1].valid_loss, 100 * t->past[t->epoch - 1].valid_accuracy);
	if (t->epoch > 1) {
		buf_puts(&s->line, "  ");
		put_curve(&s->line, t);
	}
	progress_say("%s", buf_z(&s->line));
}

void
train_show_end(struct train_show *s)
{
	progress_end();
	buf_free(&s->line);
}
