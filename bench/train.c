/*
 * train THREADS SECONDS [PER]: images a second that training takes, in memory: ResNet-20 (3 stages
 * of 3 blocks, 16, 32 and 64 wide), 4 channels of 32x32, 9 classes, batches of 64, SGD with
 * momentum; a step is forward, backward and update. Prints the best and the median of runs of PER
 * steps (10); of processor time with one thread, of wall time with more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "base/rng.h"
#include "nn/optim.h"
#include "nn/resnet.h"

enum { BATCH = 64, CHANNELS = 4, SIDE = 32, CLASSES = 9, RUNS_MAX = 1000 };

static clockid_t clock_used = CLOCK_PROCESS_CPUTIME_ID;

static double
now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int
main(int argc, char **argv)
{
	struct nn_resnet_def d = { .channels = CHANNELS,
		.size = SIDE,
		.classes = CLASSES,
		.nstages = 3,
		.blocks = { 3, 3, 3 },
		.width = { 16, 32, 64 },
		.stride = { 1, 2, 2 } };
	struct nn_optim_opts how = { .kind = NN_SGD, .momentum = 0.9f, .weight_decay = 1e-4f };
	size_t pixels = (size_t)CHANNELS * SIDE * SIDE,
	       per = argc > 3 ? strtoul(argv[3], NULL, 10) : 10;
	float *x = mem_array(BATCH * pixels, sizeof *x), *t = mem_array(BATCH * CLASSES, sizeof *t);
	float z[BATCH * CLASSES];
	double rate[RUNS_MAX], seconds = argc > 2 ? strtod(argv[2], NULL) : 10, loss = 0;
	struct nn_resnet_batch b = { .n = BATCH, .x = x, .target = t };
	struct nn_resnet *n;
	struct nn_optim o;
	struct rng r;
	struct err e;
	size_t runs = 0;

	n = nn_resnet_new(&d, BATCH, argc > 1 ? strtoul(argv[1], NULL, 10) : 1, &e);
	if (!n || per == 0) {
		fprintf(stderr, "train: %s\n", n ? "no steps" : e.msg);
		return 1;
	}
	if (argc > 1 && strtoul(argv[1], NULL, 10) > 1)
		clock_used = CLOCK_MONOTONIC;
	nn_resnet_init(n, 1);
	nn_optim_init(&o, &how, n->nw);
	rng_seed(&r, 1);
	for (size_t i = 0; i < BATCH * pixels; i++)
		x[i] = (float)rng_normal(&r);
	for (size_t i = 0; i < BATCH; i++)
		t[i * CLASSES + rng_below(&r, CLASSES)] = 1;
	for (double start = now(CLOCK_MONOTONIC);
	     runs < RUNS_MAX && now(CLOCK_MONOTONIC) - start < seconds;) {
		double from = now(clock_used);

		for (size_t i = 0; i < per; i++) {
			loss = nn_resnet_step(n, &b, z);
			nn_optim_step(&o, n->w, n->g, n->decay, 0.01f);
		}
		rate[runs++] = (double)(per * BATCH) / (now(clock_used) - from);
	}
	qsort(rate, runs, sizeof *rate, by_value);
	printf("%.0f %.0f images/s (best, median of %zu), %zu parameters, loss %.4f\n",
	    rate[runs - 1], rate[runs / 2], runs, nn_resnet_parameters(n), loss);
	nn_optim_free(&o);
	nn_resnet_free(n);
	free(x);
	free(t);
	return 0;
}
