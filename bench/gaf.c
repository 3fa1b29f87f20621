/*
 * bench/gaf [WINDOWS [RUNS]]: windows of 64 bars, four channels, as angular fields of 64 x 64
 * pixels into one buffer that stays in the cache, one thread: windows a second of CPU time, the
 * median of RUNS. Prints one line for each form: its name, a tab, the number.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "base/rng.h"
#include "gaf/gaf.h"

#define WINDOW 64

static double *col[4];
static size_t windows;
static struct gaf *gaf;
static double *image;
static float *image32;
static double sum; /* of a pixel a window, so that nothing is left out */

/* Zeroed, at a multiple of 64: a vector that lies across two lines of the cache costs two. */
static void *
lines(size_t bytes)
{
	char *p = mem_alloc(bytes + 64);

	return p + (64 - (uintptr_t)p % 64);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A random walk in cents. */
static void
make_bars(size_t n)
{
	double price = 100;
	struct rng r;

	rng_seed(&r, 1);
	for (int k = 0; k < 4; k++)
		col[k] = mem_array(n, sizeof *col[k]);
	for (size_t i = 0; i < n; i++) {
		double o = price, c = o + ((double)rng_below(&r, 21) - 10) / 100;

		col[GAF_OPEN][i] = o;
		col[GAF_CLOSE][i] = price = c;
		col[GAF_HIGH][i] = (o > c ? o : c) + (double)rng_below(&r, 6) / 100;
		col[GAF_LOW][i] = (o < c ? o : c) - (double)rng_below(&r, 6) / 100;
	}
}

static void
window_at(size_t i, const double *x[GAF_NCOLUMNS])
{
	for (int k = 0; k < 4; k++)
		x[k] = col[k] + i;
}

static int
run_f64(const double *const *x)
{
	int rc = gaf_image(gaf, x, image);

	sum += image[7];
	return rc;
}

static int
run_f32(const double *const *x)
{
	int rc = gaf_image_f32(gaf, x, image32);

	sum += (double)image32[7];
	return rc;
}

static int
run_factors(const double *const *x)
{
	int rc = gaf_factors_f32(gaf, x, image32);

	sum += (double)image32[7];
	return rc;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
bench(const char *name, int (*run)(const double *const *x), size_t runs)
{
	double *rate = mem_array(runs, sizeof *rate);

	for (size_t r = 0; r < runs; r++) {
		double start = now();

		for (size_t i = 0; i < windows; i++) {
			const double *x[GAF_NCOLUMNS] = { 0 };

			window_at(i, x);
			if (run(x) < 0)
				exit(1);
		}
		rate[r] = (double)windows / (now() - start);
	}
	qsort(rate, runs, sizeof *rate, ascending);
	printf("%s\t%.0f\n", name, rate[runs / 2]);
	free(rate);
}

int
main(int argc, char **argv)
{
	struct gaf_params p = { .window = WINDOW, .size = WINDOW };
	size_t runs = argc > 2 ? strtoul(argv[2], NULL, 10) : 5;
	struct err e;

	windows = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
	if (windows == 0 || runs == 0 || gaf_channels_parse(&p, "ohlc", &e) < 0 ||
	    !(gaf = gaf_new(&p, &e))) {
		fprintf(stderr, "gaf: nothing to do\n");
		return 1;
	}
	make_bars(windows + WINDOW);
	image = lines(gaf_pixels(&p) * sizeof *image);
	image32 = lines(gaf_pixels(&p) * sizeof *image32);
	bench("float64", run_f64, runs);
	bench("float32", run_f32, runs);
	bench("factors, float32", run_factors, runs);
	fprintf(stderr, "%g\n", sum);
	gaf_free(gaf);
	for (int k = 0; k < 4; k++)
		free(col[k]);
	return 0;
}
