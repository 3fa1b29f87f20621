/*
 * signal-mix: signals, patterns and regimes -> one view a symbol, decided at each watermark. This
 * header is the stage's inside, shared by its files:
 *
 *	mix.c		options, the stream in
 *	mix_source.c	sources, symbols, opinions, regimes
 *	mix_learn.c	at a watermark: what the opinions held till now were worth
 *	mix_decide.c	then: the view, its gates, and what is written
 *	mix_out.c	the records, and why
 */
#ifndef TP_SIGNAL_MIX_H
#define TP_SIGNAL_MIX_H

#include "signal/export.h"
#include "signal/foreign.h"
#include "signal/track.h"
#include "signal/view.h"
#include "stage/stage.h"

extern const struct stage_kind signal_mix_kind;

#define MIX_NEVER INT64_MAX
#define MIX_MODELS 8 /* regime models remembered for a symbol */
#define MIX_STATES 8

/* What a source last said of a symbol. */
struct mix_opinion {
	double x, c;                   /* direction times strength after `invert`; confidence */
	int64_t t0;                    /* when it was said; MIX_NEVER: nothing holds */
	int64_t expires;               /* MIX_NEVER: holds till the next */
	int64_t target, stop;          /* a pattern's, nano; 0: none */
	double held_x, held_c;         /* as it was at the last decision */
	double said_d, said_s, said_c; /* the last message, for dedupe */
	int64_t said_t;
	bool held, lookahead;
};

struct mix_source {
	char *name;
	uint64_t hash;
	const struct mix_rule *rule;
	size_t group; /* index of the first source of the same group */
	struct track track;
	double round_pnl;
	int64_t round_n;
};

struct mix_regime_now {
	char model[MIX_NAME], label[MIX_NAME];
	int64_t state;
	double probs[MIX_STATES];
	size_t nprobs;
	bool any;
};

/* What was last written, live or as a shadow. */
struct mix_said {
	bool any;
	int dir;
	double strength, confidence;
	int64_t ts, expires;
};

struct mix_gate {
	int dir;
	int64_t since; /* of the last change of direction */
	bool any;
};

struct mix_symbol {
	const struct sym *sym;  /* NULL: the whole market */
	struct mix_opinion *op; /* by source */
	size_t nop;
	struct mix_regime_now regime[MIX_MODELS];
	int64_t close, ref; /* newest close; that at the last decision; 0: none */
	int64_t bar_ts;
	bool any, fresh;
	struct mix_said said[2];   /* live, shadow */
	struct mix_gate gate[2];   /* by arm */
	struct learner learner[2]; /* by arm, where learning is per symbol */
	bool has_learner;
};

struct mix {
	struct stage base;
	/* options */
	const char *mix_file, *name, *interval, *in_map, *export_format, *export_template;
	const char *method, *confirm, *ttl, *half_life, *every, *cooldown, *threshold, *change;
	const char *status;
	struct opt_list weights, in_files;
	bool targets, keep, shadow, print_mix, convert;

	struct mix_config cfg;
	struct mix_source *src;
	size_t nsrc, capsrc;
	struct mix_symbol **sym; /* by id */
	size_t nsym;
	uint32_t *list; /* ids, in order of first sight */
	size_t nlist, caplist;
	struct mix_symbol market;
	struct learner learner[2];
	struct foreign *foreign;
	struct exporter *exporter;
	struct stage nowhere; /* where records go that would stand among exported text */
	struct buf name_buf, why;
	char live_name[MIX_NAME + 8], shadow_name[MIX_NAME + 8];
	/* room for nsrc of each */
	double *x, *c, *w, *factor, *used, *part;
	bool *on, *flag;
	size_t caproom;
	int64_t wm, last_status;
	int64_t views, too_many, duplicates, taken, targets_by;
	bool any_wm, told_many, tainted;
};

/* ---- mix_source.c ---- */
/* The source of that name, made when a rule matches; NULL: not to be mixed. */
struct mix_source *
mix_source_of(struct mix *m, struct str name);
struct mix_symbol *
mix_symbol_of(struct mix *m, const struct sym *sym);
struct mix_opinion *
mix_opinion_of(struct mix *m, struct mix_symbol *s, const struct mix_source *src);
/* Does it hold at t? */
static inline bool
mix_holds(const struct mix_opinion *o, int64_t t)
{
	return o->t0 != MIX_NEVER && t < o->expires;
}
/* true: it is one of those that are mixed */
bool
mix_take_signal(struct mix *m, const struct rec *r);
bool
mix_take_target(struct mix *m, const struct rec *r);
void
mix_take_pattern(struct mix *m, const struct rec *r);
void
mix_take_regime(struct mix *m, const struct rec *r);
void
mix_take_bar(struct mix *m, const struct rec *r);
void
mix_take_split(struct mix *m, const struct rec *r);
void
mix_sources_free(struct mix *m);

/* ---- mix_learn.c ---- */
int
mix_learn(struct mix *m);
struct learner *
mix_learner(struct mix *m, struct mix_symbol *s, int arm);

/* ---- mix_decide.c ---- */
int
mix_decide(struct mix *m);

/* To six decimals; what is too big for that stays. */
static inline double
mix_round(double v)
{
	int64_t micro;

	return num_micro_of(v, &micro) ? num_of_micro(micro) : v;
}

/* ---- mix_out.c ---- */
struct mix_verdict {
	int arm;
	double v, raw, confidence;
	bool warm;
	char stopped[96]; /* why the view is 0 though the opinions were not; "" */
	int64_t expires;
	const double *used, *part;
};
int
mix_say(struct mix *m, const struct mix_symbol *s, const struct mix_verdict *d, bool shadow);
/* A signal as a record or, with --export, as a line of text. */
int
mix_emit_signal(struct mix *m, const struct rec *r);
int
mix_alert(struct mix *m, const struct mix_source *src, enum track_event ev);
int
mix_status(struct mix *m, bool end);

#endif
