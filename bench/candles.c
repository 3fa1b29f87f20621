/*
 * bench/candles [BARS [RUNS]] <bars.csv: the 61 candle functions over a series in memory, one
 * thread: in blocks and bar by bar, ours and TA-Lib's C code in turn, CPU time, medians of RUNS;
 * the answers are compared first. The bars of the file (open,high,low,close are columns 3 to 6) are
 * repeated until there are BARS. Without -DTP_TALIB only ours is measured
 * (bench/jobs/candles.bash).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "pattern/candle.h"

static size_t nbars;
static double *bar[4];
static int16_t *ours[CANDLE_NFNS];

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t
read_bars(size_t room)
{
	char line[512];
	size_t n = 0;

	while (n < room && fgets(line, sizeof line, stdin)) {
		char *p = strchr(line, ',');

		p = p ? strchr(p + 1, ',') : NULL;
		for (int k = 0; p && k < 4; k++) {
			char *end;

			bar[k][n] = strtod(p + 1, &end);
			p = end > p + 1 ? end : NULL;
		}
		n += p != NULL; /* a header is no bar */
	}
	return n;
}

static void
repeat_bars(size_t n)
{
	if (n == 0) {
		fprintf(stderr, "candles: no bars on standard input\n");
		exit(1);
	}
	for (int k = 0; k < 4; k++)
		for (size_t i = n; i < nbars; i++)
			bar[k][i] = bar[k][i - n];
}

static void
our_batch(void)
{
	struct candle_state *s = candle_new(NULL);

	candle_run(s, bar[0], bar[1], bar[2], bar[3], nbars, ours);
	candle_free(s);
}

static uint64_t stream_sum; /* of what the stream form gave, so that it is not left out */

static void
our_stream(void)
{
	struct candle_state *s = candle_new(NULL);
	struct candle_hit hits[CANDLE_NFNS];
	uint64_t sum = 0;

	for (size_t i = 0; i < nbars; i++) {
		size_t n = candle_push(s, bar[0][i], bar[1][i], bar[2][i], bar[3][i], hits);

		for (size_t k = 0; k < n; k++)
			sum += (uint64_t)(i + 1) * hits[k].fn + (uint64_t)(int64_t)hits[k].value;
	}
	stream_sum = sum;
	candle_free(s);
}

static uint64_t
batch_sum(void)
{
	uint64_t sum = 0;

	for (uint64_t f = 0; f < CANDLE_NFNS; f++)
		for (size_t i = 0; i < nbars; i++)
			if (ours[f][i])
				sum += (uint64_t)(i + 1) * f + (uint64_t)(int64_t)ours[f][i];
	return sum;
}

#ifdef TP_TALIB
#include <ta_libc.h>

static int *theirs[CANDLE_NFNS], *theirs_bar[CANDLE_NFNS];

/* Those with a penetration, and the rest. */
#define PENETRATING(X) \
	X(ABANDONEDBABY) \
	X(DARKCLOUDCOVER) \
	X(EVENINGDOJISTAR) X(EVENINGSTAR) X(MATHOLD) X(MORNINGDOJISTAR) X(MORNINGSTAR)

typedef TA_RetCode (*ta_plain)(
    int, int, const double *, const double *, const double *, const double *, int *, int *, int *);
typedef TA_RetCode (*ta_pen)(int, int, const double *, const double *, const double *,
    const double *, double, int *, int *, int *);

static const ta_pen pens[CANDLE_NFNS] = {
#define X(f) [CDL_##f] = TA_CDL##f,
	PENETRATING(X)
#undef X
};
/* every function but those seven; a pointer to one of the seven here would be of a wrong type */
static const ta_plain plains[CANDLE_NFNS] = {
#define X(f) \
	[CDL_##f] = __builtin_choose_expr( \
	    __builtin_types_compatible_p(__typeof__(&TA_CDL##f), ta_plain), &TA_CDL##f, NULL),
	CANDLE_FNS(X)
#undef X
};

static int
call(int f, int from, int to, int *begin, int *out)
{
	int n = 0;

	if (pens[f])
		pens[f](from, to, bar[0], bar[1], bar[2], bar[3], candle_infos[f].penetration,
		    begin, &n, out);
	else
		plains[f](from, to, bar[0], bar[1], bar[2], bar[3], begin, &n, out);
	return n;
}

static void
their_batch(void)
{
	int begin;

	for (int f = 0; f < CANDLE_NFNS; f++)
		call(f, 0, (int)nbars - 1, &begin, theirs[f] + candle_infos[f].lookback);
}

static void
their_stream(void)
{
	int begin;

	for (int i = 0; i < (int)nbars; i++)
		for (int f = 0; f < CANDLE_NFNS; f++)
			call(f, i, i, &begin, &theirs_bar[f][i]);
}

static size_t
differ(int *const a[CANDLE_NFNS])
{
	size_t n = 0;

	for (int f = 0; f < CANDLE_NFNS; f++)
		for (size_t i = candle_infos[f].lookback; i < nbars; i++)
			n += a[f][i] != ours[f][i];
	return n;
}
#endif

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct contender {
	const char *name;
	void (*run)(void);
	double s[64], median;
};

static struct contender contenders[] = {
	{ "ours, batch", our_batch, { 0 }, 0 },
	{ "ours, bar by bar", our_stream, { 0 }, 0 },
#ifdef TP_TALIB
	{ "TA-Lib, batch", their_batch, { 0 }, 0 },
	{ "TA-Lib, bar by bar", their_stream, { 0 }, 0 },
#endif
};
#define NCONTENDERS (sizeof contenders / sizeof *contenders)

static int
compare(void)
{
	our_batch();
	our_stream();
	if (stream_sum != batch_sum()) {
		fprintf(stderr, "candles: bar by bar gives other values than blocks\n");
		return 1;
	}
#ifdef TP_TALIB
	their_batch();
	their_stream();
	size_t n = differ(theirs);
	printf(
	    "candles: %zu of %zu values differ from TA-Lib's batch form, %zu from its bar-by-bar "
	    "form\n",
	    n, nbars * CANDLE_NFNS, differ(theirs_bar));
	return n != 0;
#else
	return 0;
#endif
}

int
main(int argc, char **argv)
{
	size_t runs = argc > 2 ? strtoul(argv[2], NULL, 10) : 5;

	nbars = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
	if (nbars < 100 || nbars > 100000000 || runs < 1 || runs > 64) {
		fprintf(stderr, "usage: candles [BARS [RUNS]] <bars.csv\n");
		return 2;
	}
	for (int k = 0; k < 4; k++)
		bar[k] = mem_array(nbars, sizeof *bar[k]);
	for (int f = 0; f < CANDLE_NFNS; f++) {
		ours[f] = mem_array(nbars, sizeof *ours[f]);
#ifdef TP_TALIB
		theirs[f] = mem_array(nbars + 64, sizeof *theirs[f]);
		theirs_bar[f] = mem_array(nbars, sizeof *theirs_bar[f]);
#endif
	}
	repeat_bars(read_bars(nbars));
#ifdef TP_TALIB
	if (TA_Initialize() != TA_SUCCESS)
		return 1;
#endif
	if (compare() != 0)
		return 1;
	for (size_t r = 0; r < runs; r++)
		for (size_t k = 0; k < NCONTENDERS; k++) {
			double start = now();

			contenders[k].run();
			contenders[k].s[r] = now() - start;
		}
	for (size_t k = 0; k < NCONTENDERS; k++) {
		struct contender *c = &contenders[k];

		qsort(c->s, runs, sizeof *c->s, by_value);
		c->median = c->s[runs / 2];
		printf("candles: %-20s %7.2f M bars/s (%s)\n", c->name,
		    (double)nbars / c->median / 1e6, k == 0 ? candle_kernel_name() : "plain C");
	}
#ifdef TP_TALIB
	printf("candles: batch %.1fx TA-Lib's batch, %.1fx its bar by bar; bar by bar %.1fx its "
	       "bar by bar\n",
	    contenders[2].median / contenders[0].median,
	    contenders[3].median / contenders[0].median,
	    contenders[3].median / contenders[1].median);
#endif
	return 0;
}
