/* The parts of the table that are not pairs of figures; see write.h. */
#ifndef TP_PERF_TABLE_H
#define TP_PERF_TABLE_H

#include "perf/write.h"

#define PERF_FEW 5     /* fewer returns: nothing annualised is shown */
#define PERF_LITTLE 20 /* fewer: shown with a warning */

struct perf_table {
	const struct perf_run *run;
	struct buf *out;
	int width;
	bool utf8;
};

void
perf_table_title(const struct perf_table *t, const char *left, const char *right);
void
perf_table_rule(const struct perf_table *t);
void
perf_table_range(const struct perf_run *run, char b[80]);
void
perf_table_head(const struct perf_table *t);
void
perf_table_notes(const struct perf_table *t);
void
perf_table_curves(const struct perf_table *t);
void
perf_table_rules(const struct perf_table *t); /* refusals and alerts by rule */
void
perf_table_months(const struct perf_table *t);
void
perf_table_symbols(const struct perf_table *t);

#endif
