/*
 * What a policy's .onnx file says of itself: one JSON object in the metadata under the key
 * "tradepipe.policy", beside the single keys that rl-train(1) lists.
 *
 *	{"format":"tradepipe-policy-1","env":"market",
 *	 "params":{"action":"position","window":"5",...}     of the environment, as texts; not where
 *	                                                     data and limits lie
 *	 "pipeline":"feat-calc --set core",                  the stages that make the columns
 *	 "symbols":["AAPL",...],                             traded (each: the data's), in order
 *	 "columns":[{"sym":"AAPL","name":"ret","mean":0,"dev":1,"edges":[..9],"shares":[..10]},...]
 *	 "data":{"instants":N,"sha256":"..","from":"..","to":"..","end":".."},
 *	                                                     what it learned from, and the last
 *	                                                     instant of all that was read
 *	 "algo":"ppo","net":"mlp","seed":"1","steps":"100000","run":{"command":"..",...}}
 *
 * Columns stand in the order of the observation; `sym` is missing with one symbol and with `each`.
 * mean, dev, edges (deciles) and shares (of the instants below each edge and between) are of the
 * instants that episodes used: what drift and explanations are measured against. A column of a
 * model from elsewhere may lack all four of them.
 */
#ifndef TP_RL_POLICY_CARD_H
#define TP_RL_POLICY_CARD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "rl/env.h"

#define RL_CARD_KEY "tradepipe.policy"
#define RL_CARD_BINS 10

struct rl_trainer;

struct rl_card_column {
	char *sym; /* NULL: the only one, or each */
	char *name;
	bool measured;    /* what follows is known; else 0 */
	double mean, dev; /* dev 0: it never changed */
	double edges[RL_CARD_BINS - 1], shares[RL_CARD_BINS];
};

struct rl_card {
	char *env, *pipeline;    /* pipeline "" when there is none */
	struct rl_param *params; /* texts owned */
	size_t nparams;
	char **symbols;
	size_t nsymbols;
	struct rl_card_column *columns;
	size_t ncolumns;
};

/* The card of what t has learned, appended; `more` are pairs of key and value, NULL-terminated. */
void
rl_card_put(const struct rl_trainer *t, const char *const *more, struct buf *out);

/* ERR_DATA with what is missing or wrong; free it in either case. */
int
rl_card_get(struct rl_card *c, struct str text, struct err *e);
void
rl_card_free(struct rl_card *c);
/* The value of a parameter, or NULL. */
const char *
rl_card_param(const struct rl_card *c, const char *key);

/* The bin of a value: how many edges lie at or below it. */
static inline size_t
rl_card_bin(const struct rl_card_column *k, double v)
{
	size_t b = 0;

	while (b < RL_CARD_BINS - 1 && v >= k->edges[b])
		b++;
	return b;
}

/* The same columns in the same order, of the same symbols, with the same parameters that an
 * observation depends on: what one policy sees the other can be shown. */
bool
rl_card_same_inputs(const struct rl_card *a, const struct rl_card *b);

#endif
