#include <errno.h>
#include <time.h>

#include "feed/pace.h"

#include "base/tim.h"

static int64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * TIM_SEC + ts.tv_nsec;
}

/* Wall time at which t is due; far futures are cut to a year. */
static int64_t
due_at(const struct pace *p, int64_t t)
{
	double wait = ((double)t - (double)p->t0) / p->speed, year = 365.0 * (double)TIM_DAY;

	return p->w0 + (int64_t)(wait < 0 ? 0 : wait > year ? year : wait);
}

bool
pace_due(struct pace *p, int64_t t)
{
	if (p->speed == 0)
		return true;
	if (!p->running) {
		p->running = true;
		p->t0 = t;
		p->w0 = now();
		return true;
	}
	return due_at(p, t) <= now();
}

void
pace_wait(const struct pace *p, int64_t t)
{
	int64_t due = due_at(p, t);
	struct timespec ts = { due / TIM_SEC, due % TIM_SEC };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}
