/* CSV files beside the report: closed trades, the path of the account. Written as they come. */
#ifndef TP_PERF_EXPORT_H
#define TP_PERF_EXPORT_H

#include "perf/trades.h"

struct perf_export;

struct perf_export *
perf_export_trades_open(const char *path, struct err *e); /* NULL with the reason in e */
struct perf_export *
perf_export_equity_open(const char *path, struct err *e);
int
perf_export_trade(struct perf_export *x, const struct perf_trade *tr, struct err *e);
int
perf_export_equity(struct perf_export *x, const struct rec *portfolio, struct err *e);
/* Writes what is left and frees; *x becomes NULL. */
int
perf_export_close(struct perf_export **x, struct err *e);

#endif
