/* Requests that wait to be sent: two lanes and the rate of messages. For the session. */
#ifndef TP_TWS_LANES_H
#define TP_TWS_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/tim.h"

enum { TWS_LANE_ORDERS, TWS_LANE_REST, TWS_NLANES };

/* Zeroed to begin with, but for rate. */
struct tws_lanes {
	struct tws_lane {
		struct buf frames; /* whole frames, one after the other */
		size_t at;         /* bytes of them that are gone */
		size_t n;          /* frames left */
	} lane[TWS_NLANES];
	int64_t rate;  /* messages in any second; the gateway's limit is 50 */
	int64_t *sent; /* ring of the last `rate` times */
	size_t nsent, newest;
	int64_t hold; /* nothing before */
};

void
tws_lanes_free(struct tws_lanes *l);
/* forget what waits, not what was sent */
void
tws_lanes_clear(struct tws_lanes *l);
/* The end of the lane, to encode a frame into; then say that it is whole. */
struct buf *
tws_lanes_tail(struct tws_lanes *l, int lane);
void
tws_lanes_added(struct tws_lanes *l, int lane);
size_t
tws_lanes_waiting(const struct tws_lanes *l);
/* When the next frame may go: now or later. INT64_MAX: none waits. */
int64_t
tws_lanes_when(const struct tws_lanes *l, int64_t now);
/* Takes the next frame, orders first; false when none waits. Does not ask the rate. */
bool
tws_lanes_take(struct tws_lanes *l, const char **p, size_t *n);
/* one message went */
void
tws_lanes_count(struct tws_lanes *l, int64_t now);

#endif
