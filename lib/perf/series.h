/* Files of dated numbers: period returns, and the prices or returns of a benchmark. */
#ifndef TP_PERF_SERIES_H
#define TP_PERF_SERIES_H

#include "perf/stats.h"

struct perf_read {
	bool allow_ruin;        /* take returns below -100 % as the loss of everything */
	bool looks_like_prices; /* out: no value below zero and one above 1 */
};
/*
 * CSV with a header line; columns found by name in any order and case: date, return and
 * benchmark (or ts, time; ret, r; bench, b). "-" is standard input. An empty cell, NaN, null or
 * NA is a missing value: the row is counted and left out. ERR_DATA names the line.
 */
int
perf_series_read(const char *path, struct perf_read *how, struct perf_series *s, struct err *e);

/* A benchmark as a price by date: from a column close (price, adj_close) or compounded from
 * return. */
struct perf_closes {
	size_t n, cap;
	int32_t *day; /* ascending */
	double *close;
};
int
perf_closes_read(const char *path, struct perf_closes *c, struct err *e);
void
perf_closes_free(struct perf_closes *c);
/* The last close on or before that day; NaN when there is none. */
double
perf_closes_at(const struct perf_closes *c, int32_t day);

#endif
