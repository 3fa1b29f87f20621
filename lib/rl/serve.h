/* The requests of rl-env(1) and their answers. */
#ifndef TP_RL_SERVE_H
#define TP_RL_SERVE_H

#include "rl/market_env.h"

struct rl_server {
	struct rl_env *v;          /* borrowed */
	struct market_env *market; /* NULL: another environment */
	struct err *err;
	struct buf out; /* answers; the caller takes them from here */
	uint64_t next_seed;
	bool *live; /* may be stepped */
	size_t *which;
	size_t nwhich;
	float *acts, *obs;
	struct rl_out *outs;
	size_t width; /* numbers an action */
	bool closed;
};

/* v->err becomes e. */
void
rl_server_init(struct rl_server *s, struct rl_env *v, struct err *e);
/* One request, one line added to out (close: none). 0, or a code with the words in the err; no half
 * of an answer is then in out. */
int
rl_server_answer(struct rl_server *s, const char *p, size_t n);
void
rl_server_free(struct rl_server *s);

#endif
