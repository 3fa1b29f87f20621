/*
 * Inference beside onnxruntime, in one process, in turn.
 *
 *	infer write DIR			the models, with random weights, as DIR/NAME.onnx
 *	infer run MODEL LIB BATCH THREADS ROUNDS [KERNELS]
 *		prints: model, batch, threads, our and their ms a run (medians), the median of the
 *		rounds' ratios, the largest difference as a part of the largest output, our and
 *		their fastest run (ms); with one thread processor time, with more wall time
 *	infer first MODEL [LIB]		load, one inference, leave: for measuring whole processes
 *
 * LIB is libonnxruntime.so; with "-" only we run. KERNELS: avx512, avx2, base. A round is 30 ms
 * of either, at least one run.
 */
#include <string.h>
#include <time.h>

#include "nets.h"
#include "ort.h"

#include "nn/conv.h"
#include "onnx/model.h"

enum { ROUNDS_MAX = 1000 };

/* What others do on the machine need not count as long as there is one thread. */
static clockid_t clock_used = CLOCK_MONOTONIC;

static double
now(void)
{
	struct timespec t;

	clock_gettime(clock_used, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void
die(const char *what, const struct err *e)
{
	fprintf(stderr, "infer: %s: %s\n", what, e->msg);
	exit(1);
}

static void
save(struct net *n, const char *dir, const char *name)
{
	char path[1024];
	struct err e;

	snprintf(path, sizeof path, "%s/%s.onnx", dir, name);
	if (onnx_writer_save(n->w, path, &e) != 0)
		die(path, &e);
	onnx_writer_free(n->w);
}

static void
write_models(const char *dir)
{
	static const struct {
		const char *name;
		int c, h, cout, k, stride;
	} layers[] = { { "conv1x1-wide", 64, 56, 256, 1, 1 },
		{ "conv1x1-narrow", 256, 56, 64, 1, 1 }, { "conv1x1-deep", 1024, 14, 256, 1, 1 },
		{ "conv3x3-s2", 128, 56, 128, 3, 2 }, { "conv1x1-s2", 256, 56, 512, 1, 2 },
		{ "conv7x7-s2", 3, 224, 64, 7, 2 } };
	struct net n;

	net_resnet20(&n, 32), save(&n, dir, "resnet20-32");
	net_resnet20(&n, 64), save(&n, dir, "resnet20-64");
	net_resnet18(&n, 224), save(&n, dir, "resnet18-224");
	net_bottlenecks(&n, 224), save(&n, dir, "bottlenecks-224");
	net_mlp(&n), save(&n, dir, "mlp");
	net_lstm(&n), save(&n, dir, "lstm");
	for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
		net_layer(&n, layers[i].name, layers[i].c, layers[i].h, layers[i].cout, layers[i].k,
		    layers[i].stride);
		save(&n, dir, layers[i].name);
	}
}

struct both {
	struct onnx_model *model;
	struct onnx_session *ours;
	struct ort theirs;
	struct onnx_tensor in, out;
	float *x, *y;
	size_t nx, ny;
};

static void
open_ours(struct both *b, const char *model, int64_t batch, int threads)
{
	struct onnx_opts o = { .batch = batch, .threads = threads };
	struct err e;
	struct rng r;

	b->model = onnx_model_open(model, &e);
	b->ours = b->model ? onnx_session_new(b->model, &o, &e) : NULL;
	if (!b->ours)
		die(model, &e);
	b->in = *onnx_session_input(b->ours, 0);
	b->nx = onnx_count(&b->in);
	b->ny = onnx_count(onnx_session_output(b->ours, 0));
	b->x = mem_array(b->nx, sizeof *b->x);
	b->y = mem_array(b->ny, sizeof *b->y);
	b->in.data = b->x;
	rng_seed(&r, 1);
	for (size_t i = 0; i < b->nx; i++)
		b->x[i] = (float)rng_normal(&r);
}

static void
run_ours(struct both *b)
{
	struct err e;

	if (onnx_run(b->ours, &b->in, &b->out, &e) != 0)
		die("run", &e);
}

static void
run_theirs(struct both *b)
{
	ort_run(&b->theirs, b->x, b->nx, b->in.dims, b->in.ndims, b->y, b->ny);
}

static double
difference(struct both *b)
{
	const float *ours;
	double worst = 0, top = 0;

	run_ours(b);
	run_theirs(b);
	ours = b->out.data;
	for (size_t i = 0; i < b->ny; i++) {
		worst = fmax(worst, fabs((double)ours[i] - (double)b->y[i]));
		top = fmax(top, fabs((double)b->y[i]));
	}
	return worst / top;
}

/* ms a run, of as many as fill 30 ms by the last count; *best: of the fastest so far. With several
 * threads that one says most on a busy machine: all had a processor. */
static double
timed(struct both *b, void (*run)(struct both *b), int *count, double *best)
{
	double t0, last, t;

	if (clock_used == CLOCK_MONOTONIC) { /* the other's threads may spin on for a while */
		nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
		run(b);
	}
	t0 = last = now();
	for (int i = 0; i < *count; i++) {
		double from = last;

		run(b);
		last = now();
		*best = fmin(*best, (last - from) * 1e3);
	}
	t = (last - t0) / *count;
	*count = t > 0.03 ? 1 : (int)(0.03 / t) + 1;
	return t * 1e3;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof *v, by_value);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static int
contest(const char *model, const char *lib, int batch, int threads, int rounds)
{
	double ours[ROUNDS_MAX] = { 0 }, theirs[ROUNDS_MAX] = { 0 }, ratio[ROUNDS_MAX] = { 0 };
	double differ = 0, best[2] = { INFINITY, INFINITY };
	bool two = strcmp(lib, "-") != 0;
	int n = 1, m = 1;
	struct both b;

	clock_used = threads > 1 ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID;
	open_ours(&b, model, batch, threads);
	if (two) {
		ort_open(&b.theirs, lib, model, threads);
		differ = difference(&b);
		timed(&b, run_theirs, &m, &best[1]);
	}
	timed(&b, run_ours, &n, &best[0]);
	for (int i = 0; i < rounds; i++) {
		ours[i] = timed(&b, run_ours, &n, &best[0]);
		theirs[i] = two ? timed(&b, run_theirs, &m, &best[1]) : 0;
		ratio[i] = theirs[i] / ours[i];
	}
	const char *slash = strrchr(model, '/');
	printf("%s\t%d\t%d\t%.4f\t%.4f\t%.2f\t%.1e\t%.4f\t%.4f\n", slash ? slash + 1 : model, batch,
	    threads, median(ours, rounds), median(theirs, rounds), median(ratio, rounds), differ,
	    best[0], two ? best[1] : 0);
	return differ < 1e-4 ? 0 : 1;
}

static void
first(const char *model, const char *lib)
{
	struct both b;

	if (!lib) {
		open_ours(&b, model, 1, 1);
		run_ours(&b);
		return;
	}
	/* what is not ours must not be paid for: of our session only the shapes are needed, and
	 * those of ResNet-20 and ResNet-18 are known */
	b.in = (struct onnx_tensor){ ONNX_F32, 4, { 1, 4, 32, 32 }, NULL };
	if (strstr(model, "resnet18"))
		b.in.dims[1] = 3, b.in.dims[2] = b.in.dims[3] = 224;
	b.nx = onnx_count(&b.in);
	b.ny = 10;
	b.x = mem_array(b.nx, sizeof *b.x);
	b.y = mem_array(b.ny, sizeof *b.y);
	ort_open(&b.theirs, lib, model, 1);
	run_theirs(&b);
}

static int
number(const char *z)
{
	return (int)strtol(z, NULL, 10);
}

int
main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	const struct nn_kernels *k = argc > 7 ? nn_kernels_named(argv[7]) : NULL;
	int rounds = argc > 6 ? number(argv[6]) : 0;

	if (argc > 7 && !k) {
		fprintf(stderr, "infer: this machine has no %s\n", argv[7]);
		return 2;
	}
	nn_kernels_use(k);
	if (strcmp(what, "write") == 0)
		write_models(argv[2]);
	else if (strcmp(what, "first") == 0)
		first(argv[2], argc > 3 ? argv[3] : NULL);
	else if (strcmp(what, "run") == 0 && rounds > 0 && rounds <= ROUNDS_MAX)
		return contest(argv[2], argv[3], number(argv[4]), number(argv[5]), rounds);
	else
		return fprintf(stderr,
			   "usage: infer write DIR | run MODEL LIB BATCH THREADS ROUNDS "
			   "[KERNELS] | first MODEL [LIB]\n"),
		       2;
	return 0;
}
