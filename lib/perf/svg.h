/* Equity and drawdown as a picture: perf-report --svg. */
#ifndef TP_PERF_SVG_H
#define TP_PERF_SVG_H

#include "perf/run.h"

/*
 * Write the curves of n runs, whose values are made, to path as SVG: above growth since the first
 * row in per cent, below the fall from the highest point so far; with the benchmark of the first
 * run, when it has one. A series without dates is drawn over its row numbers. The file is there
 * whole or not at all. 0 or ERR_IO.
 */
int
perf_svg_write(const char *path, const struct perf_run *runs, size_t n, struct err *e);

#endif
