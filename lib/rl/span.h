/*
 * Spans of calendar time, and how a walk-forward cuts a market into them.
 *
 *	rolling		fold k trains on [s + k test, b), b = s + k test + train, and is tested on
 *			[b, b + test)
 *	anchored	the same, but always from s
 *
 * The last part of the training span validates. What the training saw ends --purge before a
 * boundary, and what follows the boundary begins --embargo behind it:
 *
 *	train [a, v - purge)   valid [v + embargo, b - purge)   test [b + embargo, c)
 *
 * All ends are exclusive. A last test span that the data cuts short to less than half is left out.
 */
#ifndef TP_RL_SPAN_H
#define TP_RL_SPAN_H

#include "rl/rl_train.h"

/* Months have different lengths, so they are not nanoseconds. */
struct rl_cal {
	int64_t months, ns;
};
/* "2y", "6mo", "180d", "12h" ...: a whole number of y or mo, else as tim_span; above 0. NULL is
 * nothing. 0 or ERR_USAGE that names the option. */
int
rl_cal_parse(const char *option, const char *text, struct rl_cal *c, struct err *e);
/* t plus k times the span (k may be negative); the 31st of a shorter month is its last day. */
int64_t
rl_cal_add(int64_t t, const struct rl_cal *c, int64_t k);

struct rl_fold {
	int64_t train_from, train_to, valid_from, valid_to, test_from, test_to;
};

struct rl_spans {
	int64_t from, to; /* of all; TIM_NONE: not known, and the market is as --env says */
	struct rl_cal train, test, purge, embargo;
	double valid_part;
	bool anchored;
	int64_t folds; /* at most; 0: any number */
};

/* What the options say. A market is opened to see when its data begins and ends, if that matters.
 * 0 or a code. */
int
rl_spans_open(struct rl_spans *s, const struct rl_train *o, struct err *e);
/* The k-th fold, from 0; false when there is none. Without a walk-forward there is one, without a
 * test. */
bool
rl_spans_fold(const struct rl_spans *s, int64_t k, struct rl_fold *f);

/* One training's options and environments. */
struct rl_plan {
	struct rl_train o; /* a shallow copy */
	struct buf train, valid;
	bool whole; /* a validation is the whole span once, each market of it */
};

/* Of a fold; f NULL: as --env and --valid-env say. rl_plan_free in any case. */
void
rl_plan_make(struct rl_plan *p, const struct rl_train *o, const struct rl_fold *f);
void
rl_plan_free(struct rl_plan *p);
/* env with its episodes from the first to the last instant of [from, to). */
void
rl_span_env(struct buf *out, const char *env, int64_t from, int64_t to);

#endif
