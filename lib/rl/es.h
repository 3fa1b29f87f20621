/* What es.c and cma.c share. */
#ifndef TP_RL_ES_H
#define TP_RL_ES_H

#include "nn/mlp.h"
#include "rl/train.h"

struct es {
	struct rl_trainer base;
	struct nn_mlp net;
	uint32_t *at; /* where the n weights stand in the block, padding left out */
	size_t n, pop;
	double *x;      /* candidates, pop x n */
	double *reward; /* of each */
	int64_t *count; /* steps that each took */
	size_t *order;
	uint64_t seed; /* of the generation's first episode */
	int64_t last;  /* steps of the last generation */
	float *g;
	struct rl_adam adam;
	/* cma.c */
	bool full;
	size_t mu;
	double *mean, *weight, *ps, *pc, *c, *b, *d, *step; /* one block */
	size_t nblock;
	double sigma, mueff, cs, ds, cc, c1, cmu, chi;
	int64_t generation, decomposed;
};

void
cma_open(struct es *s);
void
cma_close(struct es *s);
void
cma_io(struct es *s, struct rl_io *io);
/* One generation: draws the candidates, has them played and ranked, moves on. */
int
cma_generation(struct es *s, int (*play)(struct es *s), void (*rank)(struct es *s));

#endif
