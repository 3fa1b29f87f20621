/*
 * What a source has been worth: hits (the sign of its opinion was the sign of the next return)
 * over a rolling window, and the P&L of holding its opinion on paper. Decides when a source is
 * switched off and when it may come back; see mix_off in signal/config.h.
 */
#ifndef TP_SIGNAL_TRACK_H
#define TP_SIGNAL_TRACK_H

#include "signal/config.h"

struct track {
	uint8_t *ring; /* the last `size` trials, 1 a hit; made on first use */
	uint32_t size, next, n;
	int64_t trials;   /* since the beginning */
	int64_t all_hits; /* of them */
	int64_t since;    /* trials since it was switched off or came back */
	double pnl, peak; /* sum of x r, a round the mean over its symbols */
	double back_rate; /* the hit rate that it came back with */
	bool off;
};

enum track_event { TRACK_SAME, TRACK_OFF_HITS, TRACK_OFF_DRAWDOWN, TRACK_BACK };

void
track_free(struct track *t);
/* One trial: an opinion that was not flat, on a symbol that moved. */
void
track_trial(struct track *t, const struct mix_off *off, bool hit);
/* The round is over: what holding its opinions made, per unit. */
enum track_event
track_round(struct track *t, const struct mix_off *off, double pnl);
/* Hits of the last n trials (all there are, when fewer); 0.5 when there are none. */
double
track_rate(const struct track *t, int64_t n);

#endif
