/* rl-train: options, presets, the loop, the model and the checkpoint. */
#ifndef TP_RL_RL_TRAIN_H
#define TP_RL_RL_TRAIN_H

#include "rl/train.h"
#include "stage/args.h"

enum rl_walk_kind { RL_WALK_NO, RL_WALK_ROLLING, RL_WALK_ANCHORED };
enum rl_search_kind { RL_SEARCH_NO, RL_SEARCH_RANDOM, RL_SEARCH_TPE, RL_SEARCH_HALVING };
enum rl_objective { RL_OBJECTIVE_MEAN, RL_OBJECTIVE_SHARPE };

struct rl_train {
	struct stage base;
	struct rl_opts o;
	const char *env, *valid_env, *algo, *out, *metrics, *checkpoint, *pipeline;
	struct opt_list data;
	bool resume;
	int64_t eval_episodes, eval_every, patience, valid_episodes, checkpoint_every,
	    metrics_every;
	/* the spans of a market */
	const char *from, *to, *train_span, *test_span, *purge, *embargo;
	double valid_part;
	/* walk-forward */
	int walk; /* enum rl_walk_kind */
	int64_t folds;
	const char *oos;
	bool refit, keep_folds;
	/* search */
	int search, objective; /* enums */
	int64_t trials, eta;
	const char *space, *ledger, *best;
	bool ledger_time;
};

extern const struct stage_kind rl_train_kind;
extern const struct opt rl_train_opts[]; /* the tool's own; rl_opts_table is a group of it */

int
rl_train_main(int argc, char **argv);

/* Options that lie in memory of their own: parsed, with the defaults that suit environment and
 * algorithm. */
#define RL_TRAIN_OPTS_MAX 64
#define RL_OPTS_MAX 64
struct rl_parsed {
	struct args a;
	struct stage_kind kind;
	struct opt own[RL_TRAIN_OPTS_MAX], table[RL_OPTS_MAX];
	struct buf texts, what;
	char **argv; /* with what was added; the added ones are owned */
	int argc, nadded;
};
/* What a search tries: "--lr=0.001". */
struct rl_setting {
	const char *key, *value; /* key: name of an option, or env.PARAMETER */
};
/*
 * argv with settings behind. p->what then has all options that the numbers of a run depend on. 0 or
 * a code; rl_parsed_free in either case. argv must outlive p. p must not be moved.
 */
int
rl_train_parse(struct rl_parsed *p, int argc, char **argv, const struct rl_setting *s, size_t n,
    struct err *e);
void
rl_parsed_free(struct rl_parsed *p);
static inline const struct rl_train *
rl_parsed_of(const struct rl_parsed *p)
{
	return (const struct rl_train *)p->a.st;
}

/* Options that differ from the defaults for an environment and an algorithm, as "name=value ..."
 * pairs; never NULL. */
const char *
rl_preset(const char *env, const char *algo);
/* Table (with room for RL_OPTS_MAX) = rl_opts_table with the preset's values as its defaults. The
 * values' texts go into `texts`. */
void
rl_preset_table(const char *preset, struct opt *table, struct buf *texts);

/* The model of t with its card; `more` are pairs of key and value, NULL-terminated. */
int
rl_model_save(const struct rl_trainer *t, const char *path, const char *const *more, struct err *e);

/* What a checkpoint holds besides the trainer. */
struct rl_progress {
	int64_t next_eval, next_metrics, worse;
	double best;      /* of the validations so far; -infinity before the first */
	float *best_w;    /* nw, owned; NULL before the first */
	float *best_norm; /* 2 x nobs */
};
/* `what` names run and options: a checkpoint of another run is refused. 0 or a code. */
int
rl_checkpoint_write(
    const char *path, const char *what, struct rl_trainer *t, struct rl_progress *g, struct err *e);
int
rl_checkpoint_read(
    const char *path, const char *what, struct rl_trainer *t, struct rl_progress *g, struct err *e);
/* The same in memory; `name` is what messages call it. After an error t and g must not be used but
 * to free them. */
void
rl_checkpoint_pack(struct buf *out, const char *what, struct rl_trainer *t, struct rl_progress *g);
int
rl_checkpoint_unpack(const struct buf *in, const char *name, const char *what, struct rl_trainer *t,
    struct rl_progress *g, struct err *e);

/*
 * Any body under a magic of 8 bytes, a text that says what it is of, and a checksum: pack puts head
 * and checksum around body, unpack checks them and says where the body is.
 */
void
rl_box_pack(struct buf *out, const char *magic, const char *what, const void *body, size_t n);
int
rl_box_unpack(const struct buf *in, const char *magic, const char *name, const char *what,
    const char **body, size_t *n, struct err *e);
uint64_t
rl_fnv(const void *p, size_t n); /* FNV-1a, 64 bits */

#endif
