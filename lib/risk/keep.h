/* Copies of targets, orders, cancels and replaces that must wait; in order, with their text. */
#ifndef TP_RISK_KEEP_H
#define TP_RISK_KEEP_H

#include "rec/rec.h"

struct kept {
	struct rec r;
	char *text;
	bool rest; /* of an order whose closing part went out */
};

struct keep {
	struct kept *v;
	size_t n, cap;
};

/* A copy of r at the end; returns it (valid until the next keep_add). */
struct kept *
keep_add(struct keep *k, const struct rec *r);
void
keep_drop(struct keep *k, size_t i);
void
keep_clear(struct keep *k);
void
keep_free(struct keep *k);

#endif
