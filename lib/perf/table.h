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

/* One figure: its label and how a ratio is shown. */
struct perf_line {
	const char *label;
	enum perf_metric metric;
	enum perf_shown { PERF_PERCENT, PERF_RATIO, PERF_SPAN, PERF_PLAIN } look; /* of an F64 */
};
/* Its text, in b or elsewhere; "n/a" and the like when it is not defined. */
const char *
perf_line_text(const struct perf_values *v, const struct perf_line *l, char b[48]);

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
