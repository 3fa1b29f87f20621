/* The actions of a scenario, between the files that do them. */
#ifndef TP_SIM_ACT_H
#define TP_SIM_ACT_H

#include "sim/gate.h"

struct act {
	struct sim *s;
	const struct script_line *l;
	struct cause *c;
	bool dry; /* only look whether it can be understood */
	struct err *e;
};

struct action {
	const char *name;
	bool (*fn)(struct act *a);
};
extern const struct action act_wire[], act_market[]; /* end with a NULL name */

/* "NAME: want ...", and false */
bool
act_bad(struct act *a, const char *want);
/* Word i of the line: is it there, is it this one, is it a number of that kind? */
bool
act_has(const struct act *a, size_t i);
bool
act_is(const struct act *a, size_t i, const char *word);
bool
act_span(const struct act *a, size_t i, int64_t *v);
bool
act_int(const struct act *a, size_t i, int64_t *v);
bool
act_nano(const struct act *a, size_t i, int64_t *v);

#endif
