/* How long a bar lasts: a span of time or a number of calendar months, and its text. */
#ifndef TP_FEED_INTERVAL_H
#define TP_FEED_INTERVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "base/tim.h"

struct interval {
	int64_t ns; /* 0: none; for months the shortest they can be */
	int months; /* 0: a span of ns */
	char text[24];
};

/* "1s" "7m" "1h" "1d" "1w" "1mo"; false for everything else ("1000t" is no time). */
bool
interval_parse(struct str s, struct interval *iv);
/* From a positive span: 60 s is "1m", 86,400 s is "1d". */
void
interval_of(int64_t ns, struct interval *iv);
/* When the bar that began at ts is complete. A daily bar is the label of a date: the next 00:00Z.
 */
int64_t
interval_end(const struct interval *iv, int64_t ts);

/*
 * Finds the interval of a file from the starts of its bars: the smallest step between two
 * bars of one symbol. Steps of one to six days between midnights are daily bars with holes
 * (weekends, excerpts); steps of 28 to 31 days between firsts of a month are months.
 */
struct interval_probe {
	int64_t step;   /* smallest so far, 0: none */
	bool midnights; /* every bar began at 00:00Z */
	bool firsts;    /* every bar began on the first of a month */
	int64_t *last;  /* by symbol id; TIM_NONE: not seen. Owned. */
	size_t nlast;
};

void
interval_probe_init(struct interval_probe *p);
void
interval_probe_add(struct interval_probe *p, uint32_t sym, int64_t ts);
/* False when no symbol had two bars. Frees what the probe holds. */
bool
interval_probe_done(struct interval_probe *p, struct interval *iv);

#endif
