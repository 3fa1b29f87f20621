/* rl-train: options, presets, the loop, the model and the checkpoint. */
#ifndef TP_RL_RL_TRAIN_H
#define TP_RL_RL_TRAIN_H

#include "rl/train.h"
#include "stage/stage.h"

struct rl_train {
	struct stage base;
	struct rl_opts o;
	const char *env, *valid_env, *algo, *out, *metrics, *checkpoint, *pipeline;
	struct opt_list data;
	bool resume;
	int64_t eval_episodes, eval_every, patience, valid_episodes, checkpoint_every,
	    metrics_every;
};

extern const struct stage_kind rl_train_kind;
extern const struct opt rl_train_opts[]; /* the tool's own; rl_opts_table is a group of it */

int
rl_train_main(int argc, char **argv);

/* Options that differ from the defaults for an environment and an algorithm, as "name=value ..."
 * pairs; never NULL. */
const char *
rl_preset(const char *env, const char *algo);
/* Table (with room for RL_OPTS_MAX) = rl_opts_table with the preset's values as its defaults. The
 * values' texts go into `texts`. */
#define RL_OPTS_MAX 64
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

#endif
