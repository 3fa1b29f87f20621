/*
 * Environments: what an agent learns in. A kind is one `extern const struct rl_env_kind`; a world
 * (struct rl_env) is a kind with its parameters and what all copies share (tables, cached
 * features), and `n` copies of one episode each, stepped one by one or all together.
 *
 *	struct rl_env *v = rl_env_new("ou,cost=0.5", 8, err);
 *	rl_env_reset(v, i, seed, obs);              // obs: v->nobs floats
 *	rl_env_step(v, i, act, obs, &out);          // act: index as a float, or v->act.n numbers
 *	rl_env_free(v);
 *
 * A copy is a function of its seed and the actions since: it reads no clock, file, environment or
 * rand() after open, and draws chance from a generator in its own state. How many numbers it draws
 * must not depend on the actions, so that two policies meet the same noise under the same seed.
 * Copies do not know each other: which of them are stepped first, or by which thread, changes
 * nothing (two threads never step the same copy at once).
 *
 * An observation is known before the action; what the action earns is in the reward of that step
 * and in the next observation. Rewards are as the user counts them (costs negative), unscaled.
 */
#ifndef TP_RL_ENV_H
#define TP_RL_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/opt.h"

struct rl_env;

enum rl_space_kind { RL_DISCRETE, RL_BOX };

/* What an action is: one of n, or n numbers each within its bounds. */
struct rl_space {
	enum rl_space_kind kind;
	size_t n;
	const double *lo, *hi;    /* RL_BOX: n bounds each, borrowed from the world */
	const char *const *names; /* RL_DISCRETE: n names; RL_BOX: one a dimension */
};

/* What one step came to. */
struct rl_out {
	double reward;
	bool terminated; /* the episode ended by the rules: nothing follows, its value is 0 */
	bool truncated;  /* it was cut off (time limit): a value would have followed */
};

struct rl_env_kind {
	const char *name;
	const char *about;
	const struct opt *opts; /* parameters; offsets relative to the kind's own struct */
	size_t size;            /* of the kind's own struct, which begins with struct rl_env */
	size_t copy_size;       /* of one copy's state; 0: open sets env->copy_size */

	/* Once, parameters filled in: sets nobs, obs_names, act, most_steps. Files are read here
	 * and nowhere else. 0 or a code with the words in e. */
	int (*open)(struct rl_env *v, struct err *e);
	/* Begin the episode of this seed; obs takes nobs floats. */
	int (*reset)(struct rl_env *v, void *copy, uint64_t seed, float *obs);
	/* One step. Actions outside a box are held to it. Not called again after an end before
	 * reset. 0, or a code with the words in v->err. */
	int (*step)(struct rl_env *v, void *copy, const float *act, float *obs, struct rl_out *out);
	/* A copy with pointers in it writes and reads its state here (checkpoints); NULL: it is
	 * plain bytes, and they are copied. load returns false when the bytes are not of such a
	 * copy. */
	void (*save)(const struct rl_env *v, const void *copy, struct buf *out);
	bool (*load)(struct rl_env *v, void *copy, const void *p, size_t n);
	/* Plain bytes that were loaded: could an episode be there, or have
	 * ended there? NULL: always. */
	bool (*holds)(const struct rl_env *v, const void *copy);
	/*
	 * Where the best policy is known: prepare it (a dynamic program, say), then ask it. `best`
	 * may look into the copy's state for what the observation says, not for the noise to come.
	 * NULL: unknown.
	 */
	int (*solve)(struct rl_env *v, struct err *e);
	void (*best)(const struct rl_env *v, const void *copy, float *act);
	void (*close)(struct rl_env *v); /* also after a failed open; copies are freed by env.c */
	void (*close_copy)(struct rl_env *v, void *copy); /* NULL: nothing to free */
};

struct rl_env {
	const struct rl_env_kind *kind;
	size_t n;                     /* copies */
	size_t nobs;                  /* floats an observation */
	const char *const *obs_names; /* nobs of them */
	struct rl_space act;
	int64_t most_steps; /* longest episode; 0: unknown */
	size_t copy_size;
	char *copies;
	struct err *err; /* where a failing step leaves the words; v->own_err by default */
	struct err own_err;
	const char
	    *data_hash; /* SHA-256 of what was read, in hex, for the model's card; NULL: nothing */
	char **texts;   /* the parameters' texts, owned */
	size_t ntexts;
};

/* NULL-terminated; a new kind is added to the list in env.c. */
extern const struct rl_env_kind *const rl_env_kinds[];
const struct rl_env_kind *
rl_env_find(const char *name);

/* A parameter by name, as the command line gives it. */
struct rl_param {
	const char *key, *value;
};

/* A world of `kind` with n copies, not reset yet. NULL with the words in e. */
struct rl_env *
rl_env_make(const struct rl_env_kind *kind, const struct rl_param *params, size_t nparams, size_t n,
    struct err *e);
/* The same from "NAME[,key=value...]". */
struct rl_env *
rl_env_new(const char *text, size_t n, struct err *e);
void
rl_env_free(struct rl_env *v);

static inline void *
rl_env_copy(const struct rl_env *v, size_t i)
{
	return v->copies + i * v->copy_size;
}

static inline int
rl_env_reset(struct rl_env *v, size_t i, uint64_t seed, float *obs)
{
	return v->kind->reset(v, rl_env_copy(v, i), seed, obs);
}

static inline int
rl_env_step(struct rl_env *v, size_t i, const float *act, float *obs, struct rl_out *out)
{
	return v->kind->step(v, rl_env_copy(v, i), act, obs, out);
}

/* The state of all copies, for a checkpoint; load: false when it is not of such a world. */
void
rl_env_save(const struct rl_env *v, struct buf *out);
bool
rl_env_load(struct rl_env *v, const void *p, size_t n);

#endif
