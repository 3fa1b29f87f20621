/*
 * Data quality: which rule of mkt/quality.h a record breaks, given what came before it.
 *
 * One record carries one mark: of the rules it breaks (and that are not ignored) the first in
 * the order of enum quality_rule, so an unusable rule always wins over a suspect one.
 *
 * Spike. Per symbol and type, p is the price of a trade, the middle of a quote, the close of a
 * bar, and q the last p that was no spike. The move of a record is |log(p / q)|; of a bar, the
 * largest of its high, low and close against q. It is a spike when it is larger than
 * max(floor, factor * m), m being the median (the upper one of two) of the last `window` moves
 * of p that were not zero (prints at one price say nothing about the scale); with less than
 * SPIKE_WARMUP of them nothing is a spike. A lone bad print is so marked once: the next record
 * is again measured from q. When the next record is near the bad print instead, the level has
 * shifted: it is clean, and the new level counts from then on. The median absolute deviation is
 * Hampel's robust scale (1974), taken around zero, which is where the median of returns lies at
 * these intervals.
 * Cost: one logarithm for a changed price; the median only where the move is larger than the floor.
 *
 * Duplicate: same symbol, type, time and values (text included) as the record of that symbol
 * and type before it. Gap: more than `gap` since that symbol's last record of that type (for
 * bars since its end), not counting hours when the session is closed.
 */
#ifndef TP_FEED_CHECK_H
#define TP_FEED_CHECK_H

#include "mkt/quality.h"
#include "mkt/session.h"

#define SPIKE_WARMUP 5
#define SPIKE_WINDOW_MAX 10000

struct check_opts {
	uint32_t ignored;    /* Q_BITs of rules that are off */
	int64_t gap;         /* ns; 0: never a gap */
	double spike_factor; /* 0: never a spike */
	double spike_floor;
	int64_t spike_window;
	struct sessions *sessions; /* borrowed; NULL: always open */
};

struct check;

struct check *
check_new(const struct check_opts *o);
void
check_free(struct check *c);
/* r is a trade, quote or bar; `backward` when it is behind the time of the stream. */
enum quality_rule
check_record(struct check *c, const struct rec *r, bool backward);

/* A split of `ratio` new shares for one old: the levels of the symbol's prices divide by it. */
void
check_split(struct check *c, const struct sym *sym, double ratio);

/* Open time in [a, b): all of it without sessions. */
int64_t
check_open_time(struct sessions *s, int64_t a, int64_t b);

#endif
