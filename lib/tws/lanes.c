#include <stdlib.h>

#include "tws/lanes.h"

#include "base/mem.h"

void
tws_lanes_free(struct tws_lanes *l)
{
	for (int i = 0; i < TWS_NLANES; i++)
		buf_free(&l->lane[i].frames);
	free(l->sent);
	*l = (struct tws_lanes){ 0 };
}

void
tws_lanes_clear(struct tws_lanes *l)
{
	for (int i = 0; i < TWS_NLANES; i++) {
		buf_clear(&l->lane[i].frames);
		l->lane[i].at = l->lane[i].n = 0;
	}
}

struct buf *
tws_lanes_tail(struct tws_lanes *l, int lane)
{
	return &l->lane[lane].frames;
}

void
tws_lanes_added(struct tws_lanes *l, int lane)
{
	l->lane[lane].n++;
}

size_t
tws_lanes_waiting(const struct tws_lanes *l)
{
	return l->lane[TWS_LANE_ORDERS].n + l->lane[TWS_LANE_REST].n;
}

int64_t
tws_lanes_when(const struct tws_lanes *l, int64_t now)
{
	int64_t when = l->hold > now ? l->hold : now;

	if (tws_lanes_waiting(l) == 0)
		return INT64_MAX;
	if (l->rate > 0 && l->nsent == (size_t)l->rate) {
		/* the one `rate` messages ago must be a second old */
		int64_t oldest = l->sent[(l->newest + 1) % (size_t)l->rate];

		if (oldest + TIM_SEC > when)
			when = oldest + TIM_SEC;
	}
	return when;
}

bool
tws_lanes_take(struct tws_lanes *l, const char **p, size_t *n)
{
	for (int i = 0; i < TWS_NLANES; i++) {
		struct tws_lane *x = &l->lane[i];
		const unsigned char *u;

		if (x->n == 0)
			continue;
		if (x->at > 0 && x->at >= x->frames.len / 2) { /* what is gone makes room */
			x->frames.len -= x->at;
			memmove(x->frames.p, x->frames.p + x->at, x->frames.len);
			x->at = 0;
		}
		*p = x->frames.p + x->at;
		u = (const unsigned char *)*p;
		*n = 4 + ((size_t)u[0] << 24 | (size_t)u[1] << 16 | (size_t)u[2] << 8 | u[3]);
		x->at += *n;
		x->n--;
		return true;
	}
	return false;
}

void
tws_lanes_count(struct tws_lanes *l, int64_t now)
{
	if (l->rate <= 0)
		return;
	if (!l->sent)
		l->sent = mem_array((size_t)l->rate, sizeof *l->sent);
	l->newest = l->nsent ? (l->newest + 1) % (size_t)l->rate : 0;
	l->sent[l->newest] = now;
	if (l->nsent < (size_t)l->rate)
		l->nsent++;
}
