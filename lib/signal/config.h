/*
 * What a mixing is: the file of signal-mix -c, as a struct (man/signal-mix.1, THE MIXING FILE).
 * Text is held in place, so a config is one block that can be copied; spans are ns.
 */
#ifndef TP_SIGNAL_CONFIG_H
#define TP_SIGNAL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#define MIX_NAME 64  /* bytes of a name or glob, the NUL included */
#define MIX_RULES 64 /* sources entries */
#define MIX_REGIMES 16
#define MIX_SOURCES_MAX 256 /* ridge holds a square of it */

/* How the opinions become one number; the learning ones come last. */
enum mix_method {
	MIX_WEIGHTED,   /* sum w x / sum w */
	MIX_CONFIDENCE, /* sum w c x / sum w c */
	MIX_VOTE,       /* signs, one source one vote */
	MIX_WVOTE,      /* signs, with the weights */
	MIX_UNANIMOUS,  /* weighted, and 0 as soon as two disagree */
	MIX_HEDGE,      /* exponential weights of past losses */
	MIX_EG,         /* exponentiated gradient of past wealth */
	MIX_BAYES,      /* Bayesian model averaging of the next direction */
	MIX_LOGISTIC,   /* stacking: online logistic regression on the next direction */
	MIX_RIDGE,      /* stacking: recursive least squares on the next return */
	MIX_NMETHODS
};
extern const char *const mix_methods[MIX_NMETHODS];

static inline bool
mix_learns(int64_t method)
{
	return method >= MIX_HEDGE;
}

/* A weight for the sources that a glob matches. */
struct mix_weight {
	char match[MIX_NAME];
	double weight;
};

struct mix_rule {
	char match[MIX_NAME]; /* glob on the source's name; the first entry that fits holds */
	char group[MIX_NAME]; /* counted as one for confirmation; "": each source for itself */
	double weight;        /* >= 0; prior weight for the learning methods */
	double confidence;    /* of a signal that has none */
	int64_t half_life;    /* of the weight as the opinion ages; 0: does not age */
	int64_t ttl;          /* an opinion without expiry holds so long; 0: until the next one */
	bool invert;          /* believe the opposite */
	bool veto;            /* never contributes; an opposed opinion of it makes the view 0 */
	bool keep_on;         /* never switched off */
};

struct mix_confirm {
	int64_t k;      /* 0: not asked for */
	int64_t n;      /* k of the last n groups that spoke; 0: of all */
	int64_t window; /* spoke at most so long ago */
};

struct mix_learn {
	double eta;     /* learning rate of hedge and eg; 0: by itself */
	double share;   /* part of the weight shared out each round (Herbster, Warmuth 1998) */
	double forget;  /* factor on what was learned, each round; 1: never forget */
	double scale;   /* return that counts as a full gain or loss */
	double rate;    /* step of logistic */
	double ridge;   /* penalty of ridge and logistic */
	int64_t warmup; /* rounds before logistic and ridge speak: confidence weighting till then */
	bool per_symbol; /* learn for each symbol by itself */
};

struct mix_off {
	int64_t window;      /* rounds looked at; 0: nothing is switched off */
	int64_t min_trials;  /* not before so many rounds with an opinion */
	int64_t probation;   /* rounds with an opinion before it may come back */
	double min_hit;      /* rolling hit rate below this switches off */
	double max_drawdown; /* so does the paper P&L this far below its top */
	double back_hit;     /* hit rate over the probation that brings it back */
};

struct mix_regime {
	char model[MIX_NAME], label[MIX_NAME]; /* globs; label "" matches all */
	int64_t state;                         /* -1: any */
	double scale;                          /* of the whole view */
	bool soft; /* in proportion to the state's probability, where the record has probs */
	struct mix_weight weights[MIX_RULES];
	size_t nweights;
};

struct mix_arm {
	int64_t method;
	double threshold;    /* a view smaller than this is none */
	double quorum;       /* votes: part of the weight that must be of one sign */
	int64_t min_sources; /* fewer contributing opinions are no view */
	struct mix_confirm confirm;
	struct mix_learn learn;
	struct mix_weight weights[MIX_RULES]; /* instead of the rules' (arm b) */
	size_t nweights;
};

enum mix_by { MIX_BY_SYMBOL, MIX_BY_TIME, MIX_BY_BOTH };

struct mix_config {
	char name[MIX_NAME];
	struct mix_arm arm[2]; /* [1] when has_b */
	bool has_b;
	double b_share;   /* part of the buckets that arm b decides; 0 with b_shadow: only shown */
	int64_t b_bucket; /* span of time that is one unit of the split */
	int64_t b_seed;
	int64_t b_by;  /* enum mix_by */
	bool b_shadow; /* the arm that does not decide is written too, as a shadow */
	struct mix_rule rules[MIX_RULES];
	size_t nrules;
	struct mix_regime regimes[MIX_REGIMES];
	size_t nregimes;
	struct mix_off off;
	double formed, confirmed; /* what a chart pattern's state does to its confidence */
	int64_t candle_bars; /* a candle without a ttl holds for so many bars; 0: until the next */
	int64_t ttl, half_life; /* of sources whose entry says nothing; ttl -1: nor does the file */
	double change;          /* an emission is worth it from this change of the view on */
	int64_t every;          /* write again after so long; 0: on change only */
	int64_t cooldown, dedupe;
	int64_t status; /* a status record so often; 0: at the end only */
	int64_t max_sources;
	bool targets; /* target records are opinions of rl:STRATEGY */
	bool keep;    /* mixed signals go on as well */
	bool shadow;  /* everything is written as a shadow */
};

void
mix_config_defaults(struct mix_config *c);
/* The JSON text of a mixing file over what *c holds. 0 or ERR_USAGE: file, key, reason. */
int
mix_config_parse(struct mix_config *c, const char *file, const char *text, size_t n, struct err *e);
/* What does not go together; file for the words. */
int
mix_config_check(const struct mix_config *c, const char *file, struct err *e);
/* As a file that parses to the same. */
void
mix_config_print(const struct mix_config *c, struct buf *out);

/* Entry for a source's name, or NULL when it is not to be mixed. */
const struct mix_rule *
mix_rule_for(const struct mix_config *c, struct str source);
/* `*` any bytes, `?` one byte. */
bool
mix_glob(const char *pattern, struct str s);

#endif
