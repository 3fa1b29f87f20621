/*
 * bench/ta [BARS [RUNS [BLOCK [WITHIN]]]] <bars.csv: 43 indicators (parameters as in TA-Lib's test
 * vectors) over a series in memory, one thread: ours in one plan and TA-Lib's C code function by
 * function, in turn, CPU time, medians of RUNS; the answers are compared first. The bars of the
 * file (columns open, high, low, close, volume by their header) are repeated until there are BARS.
 * Then ours bar by bar, and all 116 default columns. Without -DTP_TALIB only ours is measured
 * (bench/jobs/indicators.bash).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "feat/ta.h"

#ifdef TP_TALIB
#include "ta_libc.h"
#endif

enum { OUTPUTS = 52 };

static const struct {
	const char *name;
	double p[TA_PARAMS];
	int in[2];
} job[] = {
	{ "SMA", { 20 }, { TA_CLOSE } },
	{ "EMA", { 20 }, { TA_CLOSE } },
	{ "WMA", { 20 }, { TA_CLOSE } },
	{ "DEMA", { 20 }, { TA_CLOSE } },
	{ "TEMA", { 20 }, { TA_CLOSE } },
	{ "KAMA", { 30 }, { TA_CLOSE } },
	{ "RSI", { 14 }, { TA_CLOSE } },
	{ "CMO", { 14 }, { TA_CLOSE } },
	{ "MACD", { 12, 26, 9 }, { TA_CLOSE } },
	{ "BBANDS", { 20, 2, 2, 0 }, { TA_CLOSE } },
	{ "TRANGE", { 0 }, { 0 } },
	{ "ATR", { 14 }, { 0 } },
	{ "NATR", { 14 }, { 0 } },
	{ "PLUS_DI", { 14 }, { 0 } },
	{ "MINUS_DI", { 14 }, { 0 } },
	{ "DX", { 14 }, { 0 } },
	{ "ADX", { 14 }, { 0 } },
	{ "ADXR", { 14 }, { 0 } },
	{ "STOCH", { 14, 3, 0, 3, 0 }, { 0 } },
	{ "STOCHF", { 14, 3, 0 }, { 0 } },
	{ "STOCHRSI", { 14, 5, 3, 0 }, { TA_CLOSE } },
	{ "OBV", { 0 }, { TA_CLOSE } },
	{ "AD", { 0 }, { 0 } },
	{ "ADOSC", { 3, 10 }, { 0 } },
	{ "MFI", { 14 }, { 0 } },
	{ "CCI", { 20 }, { 0 } },
	{ "ROC", { 10 }, { TA_CLOSE } },
	{ "MOM", { 10 }, { TA_CLOSE } },
	{ "WILLR", { 14 }, { 0 } },
	{ "AROON", { 14 }, { 0 } },
	{ "AROONOSC", { 14 }, { 0 } },
	{ "TRIX", { 15 }, { TA_CLOSE } },
	{ "PPO", { 12, 26, 1 }, { TA_CLOSE } },
	{ "ULTOSC", { 7, 14, 28 }, { 0 } },
	{ "BOP", { 0 }, { 0 } },
	{ "SAR", { 0.02, 0.2 }, { 0 } },
	{ "STDDEV", { 20, 1 }, { TA_CLOSE } },
	{ "LINEARREG_SLOPE", { 14 }, { TA_CLOSE } },
	{ "TSF", { 14 }, { TA_CLOSE } },
	{ "CORREL", { 30 }, { TA_HIGH, TA_LOW } },
	{ "TYPPRICE", { 0 }, { 0 } },
	{ "HT_TRENDLINE", { 0 }, { TA_CLOSE } },
	{ "HT_DCPERIOD", { 0 }, { TA_CLOSE } },
};
enum { JOBS = sizeof job / sizeof *job };

static size_t nbars, runs = 5, block = 256, nouts;
static double *bar[TA_SERIES], *ours[OUTPUTS], within = 1e-8;
static int first_out[JOBS];

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* which field of the header is which series */
static void
header(char *line, int *series)
{
	static const char *const name[TA_SERIES] = { "open", "high", "low", "close", "volume" };
	char *save;
	int i = 0;

	for (char *p = strtok_r(line, ",\r\n", &save); p && i < 32;
	     p = strtok_r(NULL, ",\r\n", &save), i++)
		for (int s = 0; s < TA_SERIES; s++)
			if (strcasecmp(p, name[s]) == 0)
				series[i] = s;
}

static size_t
read_bars(void)
{
	char line[1024];
	int series[32];
	size_t n = 0;

	for (int i = 0; i < 32; i++)
		series[i] = -1;
	if (!fgets(line, sizeof line, stdin))
		return 0;
	header(line, series);
	for (; n < nbars && fgets(line, sizeof line, stdin); n++) {
		char *p = line;

		for (int i = 0; p && i < 32; i++, p = strchr(p, ','), p = p ? p + 1 : NULL)
			if (series[i] >= 0)
				bar[series[i]][n] = strtod(p, NULL);
	}
	return n;
}

static struct ta_plan *
plan(size_t most)
{
	struct ta_plan *p = ta_plan_new(most);
	struct err e;

	for (int i = 0; i < JOBS; i++) {
		first_out[i] = ta_plan_add(
		    p, ta_find(job[i].name, strlen(job[i].name)), job[i].p, job[i].in, &e);
		if (first_out[i] < 0) {
			fprintf(stderr, "ta: %s\n", e.msg);
			exit(1);
		}
	}
	ta_plan_ready(p);
	nouts = ta_plan_outputs(p);
	return p;
}

/* seconds for all bars, `step` of them a call */
static double
run(const struct ta_plan *p, size_t step, double *const *out, size_t outs, bool in_place)
{
	void *state = mem_alloc(ta_plan_state(p));
	double start = now();
	double *to[256];

	for (size_t at = 0; at < nbars; at += step) {
		size_t n = nbars - at < step ? nbars - at : step;
		const double *from[TA_SERIES];

		for (int s = 0; s < TA_SERIES; s++)
			from[s] = bar[s] + at;
		for (size_t i = 0; i < outs; i++)
			to[i] = in_place ? out[i] : out[i] + at;
		ta_run(p, state, from, n, to);
	}
	start = now() - start;
	free(state);
	return start;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *v, size_t n)
{
	qsort(v, n, sizeof *v, compare);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

#ifdef TP_TALIB
static double *theirs[OUTPUTS];
static int begin[OUTPUTS];

/* one call a function, k counts the outputs */
#define CALL(outs, call) \
	do { \
		int first, count; \
		double **o = theirs + k; \
		(void)o; \
		if ((call) != TA_SUCCESS) \
			return -1; \
		for (int i_ = 0; i_ < (outs); i_++) \
			begin[k++] = first; \
	} while (0)
#define TAIL1 &first, &count, o[0]
#define TAIL2 &first, &count, o[0], o[1]
#define TAIL3 &first, &count, o[0], o[1], o[2]

static double
run_theirs(void)
{
	int e = (int)nbars - 1, k = 0;
	const double *op = bar[TA_OPEN], *h = bar[TA_HIGH], *l = bar[TA_LOW], *c = bar[TA_CLOSE];
	const double *v = bar[TA_VOLUME];
	double start = now();

	CALL(1, TA_SMA(0, e, c, 20, TAIL1));
	CALL(1, TA_EMA(0, e, c, 20, TAIL1));
	CALL(1, TA_WMA(0, e, c, 20, TAIL1));
	CALL(1, TA_DEMA(0, e, c, 20, TAIL1));
	CALL(1, TA_TEMA(0, e, c, 20, TAIL1));
	CALL(1, TA_KAMA(0, e, c, 30, TAIL1));
	CALL(1, TA_RSI(0, e, c, 14, TAIL1));
	CALL(1, TA_CMO(0, e, c, 14, TAIL1));
	CALL(3, TA_MACD(0, e, c, 12, 26, 9, TAIL3));
	CALL(3, TA_BBANDS(0, e, c, 20, 2, 2, TA_MAType_SMA, TAIL3));
	CALL(1, TA_TRANGE(0, e, h, l, c, TAIL1));
	CALL(1, TA_ATR(0, e, h, l, c, 14, TAIL1));
	CALL(1, TA_NATR(0, e, h, l, c, 14, TAIL1));
	CALL(1, TA_PLUS_DI(0, e, h, l, c, 14, TAIL1));
	CALL(1, TA_MINUS_DI(0, e, h, l, c, 14, TAIL1));
	CALL(1, TA_DX(0, e, h, l, c, 14, TAIL1));
	CALL(1, TA_ADX(0, e, h, l, c, 14, TAIL1));
	CALL(1, TA_ADXR(0, e, h, l, c, 14, TAIL1));
	CALL(2, TA_STOCH(0, e, h, l, c, 14, 3, TA_MAType_SMA, 3, TA_MAType_SMA, TAIL2));
	CALL(2, TA_STOCHF(0, e, h, l, c, 14, 3, TA_MAType_SMA, TAIL2));
	CALL(2, TA_STOCHRSI(0, e, c, 14, 5, 3, TA_MAType_SMA, TAIL2));
	CALL(1, TA_OBV(0, e, c, v, TAIL1));
	CALL(1, TA_AD(0, e, h, l, c, v, TAIL1));
	CALL(1, TA_ADOSC(0, e, h, l, c, v, 3, 10, TAIL1));
	CALL(1, TA_MFI(0, e, h, l, c, v, 14, TAIL1));
	CALL(1, TA_CCI(0, e, h, l, c, 20, TAIL1));
	CALL(1, TA_ROC(0, e, c, 10, TAIL1));
	CALL(1, TA_MOM(0, e, c, 10, TAIL1));
	CALL(1, TA_WILLR(0, e, h, l, c, 14, TAIL1));
	CALL(2, TA_AROON(0, e, h, l, 14, TAIL2));
	CALL(1, TA_AROONOSC(0, e, h, l, 14, TAIL1));
	CALL(1, TA_TRIX(0, e, c, 15, TAIL1));
	CALL(1, TA_PPO(0, e, c, 12, 26, TA_MAType_EMA, TAIL1));
	CALL(1, TA_ULTOSC(0, e, h, l, c, 7, 14, 28, TAIL1));
	CALL(1, TA_BOP(0, e, op, h, l, c, TAIL1));
	CALL(1, TA_SAR(0, e, h, l, 0.02, 0.2, TAIL1));
	CALL(1, TA_STDDEV(0, e, c, 20, 1, TAIL1));
	CALL(1, TA_LINEARREG_SLOPE(0, e, c, 14, TAIL1));
	CALL(1, TA_TSF(0, e, c, 14, TAIL1));
	CALL(1, TA_CORREL(0, e, h, l, 30, TAIL1));
	CALL(1, TA_TYPPRICE(0, e, h, l, c, TAIL1));
	CALL(1, TA_HT_TRENDLINE(0, e, c, TAIL1));
	CALL(1, TA_HT_DCPERIOD(0, e, c, TAIL1));
	return k == (int)nouts ? now() - start : -1;
}

static void
agree(void)
{
	double worst = 0;

	for (int i = 0; i < JOBS; i++) {
		size_t last = i + 1 < JOBS ? (size_t)first_out[i + 1] : nouts;

		for (size_t k = (size_t)first_out[i]; k < last; k++)
			for (size_t b = 0; b < nbars; b++) {
				double got = ours[k][b];
				double want =
				    b < (size_t)begin[k] ? NAN : theirs[k][b - (size_t)begin[k]];
				double e = fabs(got - want) / fmax(1, fabs(want));

				if (isnan(got) && isnan(want))
					continue;
				if (!(e <= within)) {
					fprintf(stderr,
					    "ta: %s differs at bar %zu: %.17g, TA-Lib %.17g\n",
					    job[i].name, b, got, want);
					exit(1);
				}
				worst = fmax(worst, e);
			}
	}
	printf("the same %zu outputs, largest difference %.2g\n", nouts, worst);
}
#endif

static void
tell(const char *what, double seconds, size_t bars)
{
	printf("%s: %.4f s, %.3f M bars/s\n", what, seconds, (double)bars / seconds / 1e6);
}

/* all default columns but those of ACOS and ASIN, which prices have none of */
static void
whole_table(void)
{
	struct ta_plan *p[2] = { ta_plan_new(block), ta_plan_new(1) };
	struct err e;
	double *few[2][256], t[64];
	size_t k;

	for (int m = 0; m < 2; m++) {
		for (size_t i = 0; i < ta_ndefs; i++)
			if (strcmp(ta_defs[i].name, "ACOS") != 0 &&
			    strcmp(ta_defs[i].name, "ASIN") != 0)
				ta_plan_add(p[m], &ta_defs[i], NULL, NULL, &e);
		ta_plan_ready(p[m]);
	}
	k = ta_plan_outputs(p[0]);
	for (size_t i = 0; i < k; i++) {
		few[0][i] = mem_array(block, sizeof(double));
		few[1][i] = mem_array(1, sizeof(double));
	}
	printf("%zu default columns, %zu nodes, %zu bytes of state a series bar by bar\n", k,
	    ta_plan_nodes(p[0]), ta_plan_state(p[1]));
	for (size_t r = 0; r < runs; r++)
		t[r] = run(p[0], block, few[0], k, true);
	tell("116 columns, blocks", median(t, runs), nbars);
	for (size_t r = 0; r < runs; r++)
		t[r] = run(p[1], 1, few[1], k, true);
	tell("116 columns, bar by bar", median(t, runs), nbars);
	for (int m = 0; m < 2; m++) {
		for (size_t i = 0; i < k; i++)
			free(few[m][i]);
		ta_plan_free(p[m]);
	}
}

int
main(int argc, char **argv)
{
	double t[3][64];
	size_t n;

	nbars = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
	runs = argc > 2 ? strtoul(argv[2], NULL, 10) : runs;
	block = argc > 3 ? strtoul(argv[3], NULL, 10) : block;
	within = argc > 4 ? strtod(argv[4], NULL) : within;
	if (runs < 1 || runs > 64 || nbars < 100 || block < 1) {
		fprintf(stderr, "usage: ta [bars [runs [block [within]]]] <bars.csv\n");
		return 2;
	}
	for (int s = 0; s < TA_SERIES; s++)
		bar[s] = mem_array(nbars, sizeof(double));
	n = read_bars();
	if (n == 0) {
		fprintf(stderr, "ta: no bars on standard input\n");
		return 1;
	}
	for (int s = 0; s < TA_SERIES; s++)
		for (size_t i = n; i < nbars; i++)
			bar[s][i] = bar[s][i - n];
	struct ta_plan *p = plan(block), *one = plan(1);
	for (size_t i = 0; i < nouts && i < OUTPUTS; i++) {
		ours[i] = mem_array(nbars, sizeof(double));
#ifdef TP_TALIB
		theirs[i] = mem_array(nbars, sizeof(double));
#endif
	}
#ifdef TP_TALIB
	if (TA_Initialize() != TA_SUCCESS || run(p, nbars, ours, nouts, false) < 0 ||
	    run_theirs() < 0) {
		fprintf(stderr, "ta: TA-Lib failed\n");
		return 1;
	}
	agree();
#endif
	for (size_t r = 0; r < runs; r++) {
		t[0][r] = run(p, nbars, ours, nouts, false);
#ifdef TP_TALIB
		t[1][r] = run_theirs();
#endif
		t[2][r] = run(one, 1, ours, nouts, true);
	}
	printf("%zu bars, %d indicators, %zu nodes, medians of %zu\n", nbars, JOBS,
	    ta_plan_nodes(p), runs);
	double a = median(t[0], runs);
	tell("43 indicators", a, nbars);
#ifdef TP_TALIB
	double b = median(t[1], runs);
	tell("43 indicators, TA-Lib", b, nbars);
	printf("ratio: %.2fx\n", b / a);
#endif
	tell("43 indicators, bar by bar", median(t[2], runs), nbars);
	whole_table();
	return 0;
}
