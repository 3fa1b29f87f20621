/*
 * rl-act, for the files that make it: act.c (the stage, rules), act_opts.c, act_load.c and
 * act_model.c (learned policies), act_health.c and act_drift.c (when a policy must not decide),
 * act_explain.c (why it decided so), act_status.c.
 */
#ifndef TP_RL_ACT_INT_H
#define TP_RL_ACT_INT_H

#include <math.h>

#include "base/rng.h"
#include "rec/codec.h"
#include "rl/act.h"
#include "rl/live.h"
#include "rl/policy.h"
#include "rl/policy_net.h"

#define ACT_NETS 8

/* What was last asked for of a symbol; all zero at first: flat, and nobody needs to hear that. */
struct act_wanted {
	int64_t position;
	double weight;
	int64_t last_ts; /* of the last bar, to know a revision */
	int64_t bars;
	bool any;
	/* what the fallback's rule wants, whether or not it is asked */
	bool rule, rule_weight;
	struct rl_target said;
	/* the decision that is open, for the hit rate */
	int side;
	int64_t price;
};

/* Why the policy does not decide; the first that holds is told. */
enum act_ill {
	ACT_WELL,
	ACT_UNLOADED, /* there is no model */
	ACT_DEGRADED, /* its results are too bad */
	ACT_DRIFTED,  /* what it sees is not what it learned from */
	ACT_LATE,     /* it took too long */
	ACT_MISSING,  /* a column does not come */
	ACT_STALE,    /* nothing new came */
	ACT_BROKEN,   /* what it saw or said was no number */
	ACT_ILLS
};

extern const char *const act_ills[ACT_ILLS];

/* A model and its card. */
struct act_net {
	struct rl_net *net;
	struct rl_card card;
	struct buf policy; /* "rl:NAME#hash" */
	size_t nviews;
	float *memory; /* nviews x rl_net_memory */
};

/* What belongs to one view of the live market. */
struct act_view {
	enum act_ill ill;    /* of this view alone */
	enum act_ill before; /* what was last told, its own or all views' */
	bool off;            /* the fallback decides */
};

/* Drift: the bins of the last instants' columns, pooled over views. */
struct act_drift {
	uint8_t *bin;    /* window x ncolumns, a ring */
	uint32_t *count; /* ncolumns x RL_CARD_BINS */
	size_t window, n, next, since;
	double worst; /* the last PSI: largest */
	size_t column;
};

#define ACT_TIMES 256 /* buckets of latency: eight a doubling, from 1 ns */

struct act {
	struct stage base;
	/* options */
	const char *policy_text, *strategy_text, *interval, *fallback_text, *shadow_path,
	    *signal_text;
	struct opt_list models, symbols;
	bool show_card, deterministic, sample, explain, timing;
	int64_t seed, ab_seed, patience, deadline, stale, psi_window, hit_window, reactivate,
	    status_every;
	double share, max_psi, max_drawdown, min_hit_rate;
	const char *limits;
	struct account_opts account;

	/* rules */
	struct rl_policy *policy; /* of -p, or the fallback's */
	struct str strategy, policy_name;
	struct buf name;
	struct act_wanted *want; /* by symbol id */
	size_t nwant;
	int64_t wm;      /* of the decision at hand */
	bool fresh;      /* a bar came since the last decision */
	bool past;       /* the feed says history: what is wanted now is not for sale */
	bool waiting;    /* a looped watermark came, its portfolio did not */
	bool decided;    /* once at least */
	uint64_t ticks;  /* trades and quotes that passed by */
	uint64_t heard;  /* signals that the policy may follow */
	int64_t longest; /* most bars that came of one symbol */

	/* learned policies */
	bool learned; /* -m */
	struct act_net net[ACT_NETS], shadow;
	size_t nnets;
	struct rl_live *live; /* NULL: no model could be loaded */
	struct act_view *view;
	size_t nview;
	bool told_shares;         /* that they are more than the equity together */
	float *obs, *out, *probs; /* scratch: an observation; one net's answer; all nets' */
	double *wants;            /* scratch, by place */
	struct rng rng;
	struct buf extra; /* of the target being made: why */
	/* of the decision at hand */
	struct str by;       /* policy in the targets */
	const char *reason;  /* an action's name */
	double confidence;   /* NaN: none */
	double value;        /* NaN: none */
	size_t chosen;       /* of a discrete policy */
	float *remembered;   /* scratch: a memory that is not to go on */
	float *before;       /* memories of before the decision, for explanations */
	struct act_net *one; /* who decides; NULL: all together */

	/* health */
	enum act_ill ill; /* of all views; */
	char load_error[400];
	struct act_drift drift;
	int64_t in_time;  /* decisions in a row */
	int64_t peak;     /* equity since it was activated, micro; 0: none */
	int64_t inactive; /* instants since it was deactivated */
	uint8_t *hit;     /* the last closed decisions, a ring */
	size_t nhit, next_hit, hits;
	double figure, bound; /* for the words of an alert */
	uint64_t decisions, fallbacks, times[ACT_TIMES], late;
	int64_t status_due;
	struct buf text;
};

/* To six decimals: a record is no place for the noise of floats. */
static inline double
act_round(double v)
{
	double r = rint(v * 1e6) / 1e6;

	return r == 0 ? 0 : r; /* no -0 */
}

/* `,"key":v`, rounded */
void
act_put_number(struct buf *b, const char *key, double v);

extern const struct opt rl_act_options[];

/* ---- act.c ---- */
/* A rule's wish as a record; `policy` says whose it is. */
void
act_target(const struct act *a, const struct rl_target *t, struct str policy, struct rec *r);
/* Write a target, and remember it as the last one of its symbol. */
int
act_emit_target(struct act *a, struct rec *r);

/* ---- act_load.c ---- */
int
act_model_open(struct act *a);
void
act_model_close(struct act *a);

/* ---- act_model.c ---- */
/* What an action of the view sends, on its way out. */
int
act_model_out(void *arg, struct rl_view *v, struct rec *r);
/* A record: 1 when the portfolio that was waited for came. */
int
act_model_push(struct act *a, const struct rec *r);
int
act_model_watermark(struct act *a, const struct rec *wm);
int
act_model_decide(struct act *a);
int
act_model_flush(struct act *a);
/* What a net remembers of a view, zeros at first; NULL: nothing ever. It may move when another
 * view's is asked for. */
float *
act_net_memory(struct act_net *n, size_t view);
/* Run the nets that decide about a view on a->obs; the answer is in a->probs. `remember`: their
 * memories go on. */
int
act_model_run(struct act *a, struct rl_view *v, bool remember, struct err *e);

/* ---- act_health.c ---- */
int
act_health_open(struct act *a);
void
act_health_close(struct act *a);
/* At each instant, before decisions: drift, results, and what is told of them. */
int
act_health_instant(struct act *a);
/* What is wrong with a view; ACT_WELL: it may decide. */
enum act_ill
act_health_view(struct act *a, struct rl_view *v);
/* Tell of a change, and let the fallback decide about a view that is ill. */
int
act_health_settle(struct act *a, struct rl_view *v, enum act_ill ill);
/* The side of a symbol was decided at a price: the decision before is closed. */
void
act_health_side(struct act *a, struct act_wanted *w, int side, int64_t price);

/* ---- act_status.c ---- */
/* A decision took so long. True: too long, it is dropped. */
bool
act_health_took(struct act *a, int64_t ns);
int
act_health_status(struct act *a, bool end);

/* ---- act_drift.c ---- */
/* Once an instant. ACT_DRIFTED or ACT_WELL; a->figure and a->bound are the PSI and its bound. */
enum act_ill
act_drift(struct act *a);

/* ---- act_explain.c ---- */
/* Before the nets run on a->obs: keep what they remember. */
void
act_explain_keep(struct act *a, struct rl_view *v);
/* What moved the decision about a symbol of the view, appended to out as a member of a record. */
int
act_explain(struct act *a, struct rl_view *v, size_t place, struct buf *out);

#endif
