/*
 * One run, as perf-report sees it: what was gathered from the stream or read from a file of
 * returns, and the values made of it. The writers (write.h) turn it into text.
 */
#ifndef TP_PERF_RUN_H
#define TP_PERF_RUN_H

#include "perf/account.h"
#include "perf/orders.h"
#include "perf/trades.h"

struct perf_run {
	enum perf_mode mode;
	struct perf_params params;
	struct perf_account account;
	struct perf_trades *trades; /* NULL in PERF_RETURNS */
	struct perf_orders orders;
	const struct sym *bench; /* --benchmark; NULL: none */
	const char *bench_name;  /* of the symbol or the file; NULL: none */
	int64_t bench_px;        /* nano: its last price */
	struct perf_closes closes;
	int64_t bars, ticks, quotes; /* ticks: trades and quotes */
	struct perf_series series;   /* daily in a pipeline */
	struct perf_values values;
	const char *source;          /* file of --returns, NULL in a pipeline */
	const char *file;            /* of one run among several, else NULL */
	const struct perf_run *base; /* the run to compare with; NULL: none */
	char venue[24]; /* exch or liquidity word of the fills, for the note on page one */
};

void
perf_run_free(struct perf_run *run);
/* One record of the stream: 0 or a negative code. */
int
perf_run_push(struct perf_run *run, const struct rec *r, struct symtab *syms);
/* The same for the types that come with every instant. */
void
perf_run_bar(struct perf_run *run, const struct rec *r);
void
perf_run_portfolio(struct perf_run *run, const struct rec *r);
/* Put the benchmark of --benchmark-file into a series of returns. */
void
perf_run_join(struct perf_run *run);
/* (Re)compute series and values; may be called again as more comes. */
void
perf_run_values(struct perf_run *run);

/*
 * The daily returns of a run against those of another: the differences over the days that both
 * have, each from the same day before. mean and t are NaN when they are not defined.
 */
struct perf_paired {
	int64_t days;
	double mean, t; /* t = mean / (deviation / sqrt(days)) */
};
struct perf_paired
perf_paired(const struct perf_series *run, const struct perf_series *base);

/* A symbol's profit: closed trades and the open one at the last price. */
struct perf_by_symbol {
	const struct perf_symbol *s;
	int64_t pnl, open_pnl, commission; /* micro; pnl holds open_pnl */
};
/* Best first; to be freed by the caller. */
struct perf_by_symbol *
perf_by_symbol(const struct perf_run *run, size_t *n);

/* Compounded returns by calendar month. */
struct perf_month {
	int year, month; /* 1..12 */
	double r;
};
/* To be freed by the caller; none when the series has no dates. */
struct perf_month *
perf_months(const struct perf_series *s, size_t *n);

#endif
