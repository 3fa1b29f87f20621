/* Replays at the speed of a clock: the one place of the library that looks at one. */
#ifndef TP_FEED_PACE_H
#define TP_FEED_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace {
	double speed;   /* of event time to wall time; 0: as fast as possible, no clock is read */
	bool running;   /* the first record went out */
	int64_t t0, w0; /* event and wall time of the first record */
};

/* Is the record known at t due? The first one starts the clock. */
bool
pace_due(struct pace *p, int64_t t);
/* Sleeps until it is. */
void
pace_wait(const struct pace *p, int64_t t);

#endif
