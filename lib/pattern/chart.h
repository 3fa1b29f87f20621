/*
 * Chart patterns over the bars of one series (a symbol at one interval): head and shoulders,
 * doubles, triples, rectangles, triangles, broadenings, wedges, flags, pennants, channels, cups
 * and range breakouts, 26 in all (CHART_TYPES).
 *
 * How: zigzags of many thresholds run over the closes; when one of them gains a pivot or its
 * running leg grows, its last pivots are a candidate. A continuous polyline through them is
 * fitted by least squares (a pivot is then the work of two legs, not of the one bar that stood
 * out), each definition gives soft margins on the fitted levels, all relative to the pattern's
 * height, and an additive model of the margins and of the fit's quality gives the score. The
 * weights, the cut of each type and the table from score to probability are fitted on made-up
 * series (bench/chart_fit.c).
 *
 * A scan is a function of the bars pushed so far: events come at the bar that completes them,
 * and any prefix of the bars gives a prefix of the events, bit for bit. Nothing is emitted on a
 * pivot that later bars have to confirm.
 *
 * Definitions after Lo, Mamaysky and Wang (2000) and Bulkowski's "Encyclopedia of Chart
 * Patterns", with tolerances relative to the height in place of per cent of the price.
 */
#ifndef TP_PATTERN_CHART_H
#define TP_PATTERN_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "feat/set.h"

enum chart_type {
	CHART_HEAD_SHOULDERS_TOP,
	CHART_HEAD_SHOULDERS_BOTTOM,
	CHART_DOUBLE_TOP,
	CHART_DOUBLE_BOTTOM,
	CHART_TRIPLE_TOP,
	CHART_TRIPLE_BOTTOM,
	CHART_RECTANGLE_TOP,
	CHART_RECTANGLE_BOTTOM,
	CHART_ASCENDING_TRIANGLE,
	CHART_DESCENDING_TRIANGLE,
	CHART_SYMMETRICAL_TRIANGLE_TOP,
	CHART_SYMMETRICAL_TRIANGLE_BOTTOM,
	CHART_BROADENING_TOP,
	CHART_BROADENING_BOTTOM,
	CHART_RISING_WEDGE,
	CHART_FALLING_WEDGE,
	CHART_BULL_FLAG,
	CHART_BEAR_FLAG,
	CHART_BULL_PENNANT,
	CHART_BEAR_PENNANT,
	CHART_CHANNEL_UP,
	CHART_CHANNEL_DOWN,
	CHART_CUP,
	CHART_INVERTED_CUP,
	CHART_RANGE_BREAKOUT_UP,
	CHART_RANGE_BREAKOUT_DOWN,
	CHART_NTYPES
};

enum chart_state { CHART_FORMED, CHART_CONFIRMED, CHART_FAILED, CHART_EXPIRED };

#define CHART_PIVOTS_MAX 10

struct chart_pivot {
	int64_t ts; /* start of the bar of the extreme */
	double price;
};

/* What happened at the close of the bar just pushed. Borrowed until the callback returns. */
struct chart_event {
	enum chart_type type;
	const char *name; /* "head_shoulders_top" */
	enum chart_state state;
	uint64_t id;    /* of the instance: later states carry the id of its `formed` */
	int direction;  /* +1: expected to go up, -1: down */
	double score;   /* 0..1, how well the definition fits */
	double p;       /* 0..1, calibrated: how often such a score was a pattern that was drawn */
	int64_t start;  /* ts of the first pivot's bar */
	int64_t end;    /* ts of the bar at which it was formed */
	size_t npivots; /* in order of time; the last ones of the running leg are left out */
	struct chart_pivot pivots[CHART_PIVOTS_MAX];
	/* the line whose break confirms it, and the opposite one; a straight line by two points */
	struct chart_pivot line[2], other[2];
	double target;      /* measured move from the break line */
	double stop;        /* beyond the opposite side */
	const char *reason; /* why it left the state before: "break", "opposite", "time"; or NULL */
};

typedef int (*chart_emit)(void *arg, const struct chart_event *ev); /* 0, or a code to return */

struct chart_opts {
	uint32_t types;   /* bit 1 << enum chart_type; 0: all */
	double min_score; /* `formed` from this score on, below 1; 0: each type's own cut */
	double min_p;     /* and from this p on */
};

struct chart_scan; /* opaque; about 40 KB a series */

struct chart_scan *
chart_scan_new(const struct chart_opts *o); /* o is copied; NULL: all types, own cuts */
void
chart_scan_free(struct chart_scan *s);

/*
 * One closed bar; prices finite, high >= low. Calls emit for each event of this bar: changes of
 * what stood before first, then what was formed, then what that already broke. 0, or the first
 * code that emit returned.
 */
int
chart_scan_push(struct chart_scan *s, const struct feat_bar *b, chart_emit emit, void *arg);

/* A split: all prices so far are divided by ratio (finite, > 0), so that it is no move. */
void
chart_scan_split(struct chart_scan *s, double ratio);
/* The same for an event that was kept. */
void
chart_event_split(struct chart_event *ev, double ratio);

/*
 * The state after the last bar as numbers, the same columns always: for each type `NAME`
 * its p while an instance is open (formed, or confirmed within its own length), else 0; then
 * the signed sum and the count of the open instances, and the age in bars and the distance to
 * target and stop, in ATR, of the latest.
 */
#define CHART_NFEATURES (CHART_NTYPES + 5)
void
chart_scan_features(const struct chart_scan *s, double out[CHART_NFEATURES]);
const char *
chart_feature_name(size_t i); /* "chart.head_shoulders_top", ...; NULL past the end */

const char *
chart_name(enum chart_type t);
const char *
chart_state_name(enum chart_state s); /* "formed", ... */
/* "head_shoulders_top"; CHART_NTYPES when there is no such type */
enum chart_type
chart_type_of(const char *name, size_t n);

#endif
