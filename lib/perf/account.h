/*
 * The path of an account, from its portfolio records: one point a day for the statistics, the
 * extremes over every record, and a thinned path for the plot. Memory grows by the day, not by
 * the record.
 *
 * An instant at 00:00:00Z ends the day before it: that is where the last bar of a day is known.
 */
#ifndef TP_PERF_ACCOUNT_H
#define TP_PERF_ACCOUNT_H

#include "perf/series.h"
#include "rec/rec.h"

struct perf_day {
	int32_t day;
	int64_t equity; /* micro: the last of the day */
	int64_t bench;  /* nano: the benchmark's last price then; 0: none yet */
};

#define PERF_PATH_MAX 1024
struct perf_path_point {
	int64_t ts, equity; /* the last of the points merged */
	double drawdown;    /* the deepest */
};
struct perf_path {
	struct perf_path_point at[PERF_PATH_MAX];
	size_t n;
	uint64_t every, filled; /* records a point, records in the last one */
};

struct perf_account {
	int64_t records, in_market, first_day_records;
	int64_t first_ts, last_ts, first, last, peak, low; /* micro */
	int64_t peak_ts;                                   /* the last record on the peak */
	num_i128 sum;
	double worst; /* drawdown over every record, <= 0 */
	int64_t worst_money;
	int64_t fall_ts, valley_ts, recovery_ts; /* of the worst; TIM_NONE: none */
	struct perf_sum gross, net;              /* of equity, over records that say so */
	int64_t exposures;
	double max_gross;
	int64_t commission, borrow_fee, dividends, interest; /* micro, of the last record */
	uint32_t has;                                        /* presence bits of the last record */
	bool assumed;
	bool daily;               /* every record at 00:00Z: days have names, not hours */
	int64_t day_from, day_to; /* bounds of the current day: (from, to] */
	struct perf_day *days;
	size_t ndays, capdays;
	int64_t first_bench;
	struct perf_path path;
};

void
perf_account_free(struct perf_account *a);
/* bench: the benchmark's last price (nano), 0 when there is none. */
void
perf_account_push(struct perf_account *a, const struct rec *portfolio, int64_t bench);
static inline int32_t
perf_day_of(int64_t ts)
{
	return (int32_t)tim_day(ts - 1);
}
/*
 * Daily returns, each of the last equity of a day against that of the day before; the first
 * against the first record. A first day of one record has no return. closes, when not NULL,
 * gives the benchmark instead of the records.
 */
void
perf_account_series(
    const struct perf_account *a, const struct perf_closes *closes, struct perf_series *s);
void
perf_account_values(
    const struct perf_account *a, const struct perf_params *p, struct perf_values *v);

#endif
