/*
 * The market environment over a stream: what rl-act holds to trade a policy as it was trained.
 *
 * Records make columns (columns.h) as they did in the market that it learned in; at a watermark
 * they become a row; the account is a shadow risk gate, fed by the calls that feed it in training
 * (market_env.c). Observations and actions are those of observe.c and action.c: nothing that a
 * policy sees or does is written twice.
 *
 * A view is what one decision is about: all symbols of the card, or, of a policy for each symbol,
 * one symbol with its share of the equity. All views share the account.
 */
#ifndef TP_RL_LIVE_H
#define TP_RL_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rl/columns.h"
#include "rl/market_env.h"
#include "rl/policy_card.h"

struct rl_live;

struct rl_view {
	struct rl_live *live;
	struct rl_market k; /* the last instants; k.sym is what it trades */
	struct market_copy c;
	size_t index;     /* among the views */
	size_t cap;       /* rows that fit k */
	size_t rows;      /* in k now; c.t is the newest */
	int64_t instants; /* that it has seen */
	int64_t whole;    /* the last so many had all columns */
	size_t missing;   /* a column without a value, ncolumns: none */
	int64_t fresh_ts; /* of the watermark that something new came before */
	bool fresh;       /* something came since the last watermark */
	int64_t *told; /* by column: of the watermark before which a features record last told it;
			  TIM_NONE: none ever did */
	int64_t *last; /* by place: the last close */
	uint64_t decided; /* observations made */
};

/* Called with each target and order that an action makes; the gate hears it afterwards. */
typedef int (*rl_send_fn)(void *arg, struct rl_view *v, struct rec *r);

struct rl_live_opts {
	const struct account_opts *account;
	const char *limits, *strategy;
	const struct opt_list *symbols; /* each: only these; NULL or empty: all with bars */
	double share; /* each: part of equity a symbol; 0: 1 / the card's symbols */
	rl_send_fn send;
	void *arg;
};

/* Where a symbol, or a column of the stream, stands. */
struct rl_place {
	int32_t view, at; /* view -1: nowhere */
};

struct rl_live {
	struct market_env world;
	struct rl_market form; /* each: what a view's market looks like */
	const struct rl_card *card;
	struct rl_live_opts o;
	struct rl_columns cols;
	struct rl_place *map; /* by column id */
	size_t nmap, capmap;
	struct rl_place *where; /* by sym->id */
	bool *known;            /* by sym->id: where is settled */
	size_t nwhere, nknown;
	struct rl_view **view;
	size_t nviews, capviews;
	struct gate gate;
	struct stage tail;
	struct stage_env env;
	int64_t ts;           /* of the last watermark */
	bool any;             /* a bar of what is traded has come */
	bool bars;            /* a bar of anything has */
	bool news;            /* something came since the last watermark */
	bool instant;         /* ... before it: it was an instant of the market */
	bool ghost;           /* nothing goes out: only what would be wanted is asked */
	bool waiting;         /* a looped watermark came, its portfolio did not */
	int64_t equity, peak; /* micro, of the whole account */
};

/* The card is borrowed; so are the texts of o. `obs` is what the policy says it sees, names joined
 * by commas (NULL: not compared), acts and discrete what it puts out. NULL with the words in e. */
struct rl_live *
rl_live_new(const struct rl_card *card, const char *obs, size_t acts, bool discrete,
    const struct rl_live_opts *o, struct symtab *syms, struct err *e);
void
rl_live_free(struct rl_live *l);

/* For live.c: one view more, of so many symbols, which are to be filled in. */
struct rl_view *
rl_live_view_add(struct rl_live *l, size_t nsym);

/* A record of the stream. 1: it is the portfolio that a looped watermark waited for: decide now.
 * 0, or a code. */
int
rl_live_push(struct rl_live *l, const struct rec *r);
/* A watermark: every view has an instant more. 1: decide now; 0: nothing to decide on, or the
 * portfolio has yet to come; or a code. */
int
rl_live_watermark(struct rl_live *l, const struct rec *wm);

/* Whether the view has all columns for a whole window. */
bool
rl_view_ready(const struct rl_view *v);
/* What the policy sees; once a decision. */
void
rl_view_observe(struct rl_view *v, float *obs);
/* Do what it says: targets and orders go out by o->send. */
int
rl_view_apply(struct rl_view *v, const float *act);
/* What it would want by this action: a part of the view's share, or units, by place; NaN where it
 * wants nothing (or orders). Nothing is sent and nothing changes. */
int
rl_view_would(struct rl_view *v, const float *act, double *want);
/* The gate hears of a target that was not the policy's: a fallback's. */
int
rl_live_tell(struct rl_live *l, const struct rec *target);
/* Where a symbol is traded: its view, or NULL; *place is its number there. */
struct rl_view *
rl_live_view(struct rl_live *l, const struct sym *sym, size_t *place);
/* What it was told last counts no more: the next action is sent in any case. */
void
rl_view_forget(struct rl_view *v);
/* Floats of an observation. */
static inline size_t
rl_live_nobs(const struct rl_live *l)
{
	return l->world.base.nobs;
}

#endif
