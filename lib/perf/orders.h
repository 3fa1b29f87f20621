/* What became of the orders, and what was refused. */
#ifndef TP_PERF_ORDERS_H
#define TP_PERF_ORDERS_H

#include "perf/metric.h"
#include "rec/rec.h"

#define PERF_RULES 16

struct perf_rule {
	char name[40];
	int64_t count;       /* rejects and alerts */
	int64_t rejects;     /* of it */
	double limit, value; /* of its first reject; NaN: not said */
};

struct perf_orders {
	int64_t seen, filled, canceled, rejected, expired;
	int64_t rejects, alerts;
	int64_t stopped;                    /* rejects of orders that never reached the venue */
	struct perf_rule rules[PERF_RULES]; /* reject and alert rules, by first sight */
	size_t nrules;
	uint64_t *live; /* hashes of the orders at work: open addressing, 0 is free */
	size_t nlive, caplive;
};

void
perf_orders_free(struct perf_orders *o);
/* order_status, reject or alert */
void
perf_orders_push(struct perf_orders *o, const struct rec *r);
void
perf_orders_values(const struct perf_orders *o, struct perf_values *v);

#endif
