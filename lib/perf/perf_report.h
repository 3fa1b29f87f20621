/* The stage perf-report: see man/perf-report.1. */
#ifndef TP_PERF_PERF_REPORT_H
#define TP_PERF_PERF_REPORT_H

#include "stage/stage.h"

extern const struct stage_kind perf_report_kind;

#endif
