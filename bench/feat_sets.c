/*
 * feat_sets BARS SET...: how many bars a second a feature set takes, in memory, one core. Prints
 * "SET<tab>columns<tab>bars<tab>seconds" for each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "base/rng.h"
#include "feat/set.h"

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A walk of one-minute bars in cents with everything a bar can carry. */
static void
walk(struct feat_bar *b, size_t n)
{
	struct rng rng;
	double p = 100;

	rng_seed(&rng, 1);
	for (size_t i = 0; i < n; i++) {
		double o = p, h = p, l = p;

		for (int k = 0; k < 4; k++) {
			p *= 1 + 0.0004 * rng_normal(&rng);
			p = p < 10 ? 10 : (double)(int64_t)(p * 100 + 0.5) / 100;
			h = p > h ? p : h;
			l = p < l ? p : l;
		}
		b[i] = (struct feat_bar){ .ts = (int64_t)i * 60000000000,
			.ts_end = (int64_t)(i + 1) * 60000000000,
			.open = o,
			.high = h,
			.low = l,
			.close = p,
			.volume = (double)(1 + rng_below(&rng, 10000)),
			.vwap = (h + l + p) / 3,
			.count = (double)(1 + rng_below(&rng, 500)),
			.bid = p - 0.01,
			.ask = p + 0.01,
			.spread = 0.02 };
		b[i].buy_volume = (double)rng_below(&rng, (uint64_t)b[i].volume + 1);
		b[i].sell_volume = b[i].volume - b[i].buy_volume;
	}
}

int
main(int argc, char **argv)
{
	size_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;

	if (!n || argc < 3) {
		fprintf(stderr, "usage: feat_sets BARS SET...\n");
		return 2;
	}
	struct feat_bar *b = mem_array(n, sizeof *b);
	walk(b, n);
	for (int i = 2; i < argc; i++) {
		struct feat_set s;
		struct err e;

		if (feat_set_open(&s, argv[i], &e) < 0) {
			fprintf(stderr, "feat_sets: %s\n", e.msg);
			return 2;
		}
		void *state = mem_alloc(s.state_size);
		double *out = mem_array(s.n, sizeof *out), start = now();
		if (s.kind->start)
			s.kind->start(&s, state);
		for (size_t k = 0; k < n; k++)
			s.kind->push(&s, state, &b[k], out);
		double took = now() - start;
		if (s.kind->stop)
			s.kind->stop(&s, state);
		printf("%s\t%zu\t%zu\t%.4f\n", argv[i], s.n, n, took);
		free(state);
		free(out);
		feat_set_close(&s);
	}
	free(b);
	return 0;
}
