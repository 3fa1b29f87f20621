/*
 * Higher timeframes: the sets, computed on bars put together from the bars that come.
 *
 * A row gets the columns of the last higher bar that was complete when the row became known:
 * its end is at or before the row's ts_end. The one under way is never seen. The grid is
 * bar-agg's, sessions included, and so is the arithmetic.
 */
#ifndef TP_FEAT_FRAMES_H
#define TP_FEAT_FRAMES_H

#include "base/opt.h"
#include "feat/set.h"

struct calc;
struct calc_series;
struct frame;       /* one timeframe: shared by all series */
struct frame_state; /* of one series; an array, one for each timeframe */

struct frames_opts {
	struct opt_list names;
	const char *session, *calendar;
};

/* Names the columns: those of the bars (hidden) and of the sets, with _5m and so on behind. */
int
frames_open(struct calc *c, struct err *e);
void
frames_close(struct calc *c);
struct frame_state *
frames_start(struct calc *c);
void
frames_stop(struct calc *c, struct frame_state *s);
/* A closed bar of the series; v is its row. */
void
frames_push(struct calc *c, struct calc_series *s, const struct rec *bar, double *v);
/* The frames' columns of a row as if each frame was the series itself: for units.c. */
void
frames_pretend(const struct calc *c, double *v);

#endif
