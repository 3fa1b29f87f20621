/*
 * The indicators against TA-Lib's own numbers: all 116 columns with their default parameters, and
 * 43 indicators with other parameters on two real series (beside the tree). Values to 1e-8 of
 * max(1, |x|), and ready at exactly the same bars.
 */
#include <math.h>

#include "feat/ta.h"

#include "base/mem.h"
#include "unit/t.h"
#include "unit/t_ta.h"

struct series {
	struct t_table table;
	double *v[TA_SERIES];
};

static bool
read_series(struct series *s, const char *path)
{
	if (!t_table_read(&s->table, path, 1))
		return false;
	for (int i = 0; i < TA_SERIES; i++)
		s->v[i] = t_table_col(&s->table, (size_t)i);
	return true;
}

static void
free_series(struct series *s)
{
	for (int i = 0; i < TA_SERIES; i++)
		free(s->v[i]);
	t_table_free(&s->table);
}

/* All outputs of a plan over the first n bars, `block` at a time. */
static double **
run(struct ta_plan *p, const struct series *s, size_t n)
{
	size_t k = ta_plan_outputs(p);
	double **out = mem_array(k, sizeof *out);
	void *state;

	ta_plan_ready(p);
	state = mem_alloc(ta_plan_state(p));
	for (size_t i = 0; i < k; i++)
		out[i] = mem_array(n, sizeof **out);
	ta_run(p, state, (const double *const *)s->v, n, out);
	free(state);
	return out;
}

static void
free_outputs(double **out, size_t k)
{
	for (size_t i = 0; i < k; i++)
		free(out[i]);
	free(out);
}

/* how many differ: by the value, or by which of the two is there */
static size_t
differ(const double *got, const double *want, size_t n, double *worst)
{
	size_t bad = 0;

	for (size_t i = 0; i < n; i++) {
		bool a = isfinite(got[i]), b = isfinite(want[i]);
		double e = a && b ? fabs(got[i] - want[i]) / fmax(1, fabs(want[i])) : 0;

		*worst = fmax(*worst, e);
		bad += a != b || e > 1e-8;
	}
	return bad;
}

static int
output_of(const struct ta_def *d, const char *name)
{
	for (size_t i = 0; i < ta_noutputs(d); i++)
		if (strcasecmp(d->out[i], name) == 0)
			return (int)i;
	return -1;
}

/* A test that fails leaves its memory to the end: NOLINTBEGIN(clang-analyzer-unix.Malloc) */

/* The table of defaults: header NAME or NAME.output; the first `rows` of it. */
static void
defaults(const char *input, const char *expected, const char *what, size_t block)
{
	struct series s;
	struct t_table want;
	struct ta_plan *p = ta_plan_new(block);
	struct err e;
	double **out, worst = 0;
	size_t bad = 0, *at;

	if (!ok(read_series(&s, input), "read %s", what) || !t_table_read(&want, expected, 1))
		return;
	at = mem_array(want.cols, sizeof *at);
	for (size_t c = 0; c < want.cols; c++) {
		const char *dot = strchr(want.names[c], '.');
		const struct ta_def *d = ta_find(
		    want.names[c], dot ? (size_t)(dot - want.names[c]) : strlen(want.names[c]));
		int o = d ? output_of(d, dot ? dot + 1 : "output") : -1;

		if (!d || o < 0) {
			ok(false, "%s is known", want.names[c]);
			return;
		}
		at[c] = (size_t)ta_plan_add(p, d, NULL, NULL, &e) + (size_t)o;
	}
	out = run(p, &s, want.rows);
	for (size_t c = 0; c < want.cols; c++) {
		double *w = t_table_col(&want, c);
		size_t n = differ(out[at[c]], w, want.rows, &worst);

		if (n)
			printf("#   %s: %zu of %zu\n", want.names[c], n, want.rows);
		bad += n;
		free(w);
	}
	is_i64((int64_t)want.cols, 116, "116 columns");
	is_i64((int64_t)bad, 0, "%s, blocks of %zu: all %zu x %zu values; largest difference %.2g",
	    what, block, want.cols, want.rows, worst);
	free_outputs(out, ta_plan_outputs(p));
	ta_plan_free(p);
	free(at);
	t_table_free(&want);
	free_series(&s);
}

/* The 43 of the other table; parameters as in its summary. */
struct chosen {
	const char *name; /* there */
	const char *ta;
	double p[8];
	int in[2];
	const char *out[3];
};

static const struct chosen chosen[] = {
	{ "SMA", "SMA", { 20 }, { TA_CLOSE }, { "sma" } },
	{ "EMA", "EMA", { 20 }, { TA_CLOSE }, { "ema" } },
	{ "WMA", "WMA", { 20 }, { TA_CLOSE }, { "wma" } },
	{ "DEMA", "DEMA", { 20 }, { TA_CLOSE }, { "dema" } },
	{ "TEMA", "TEMA", { 20 }, { TA_CLOSE }, { "tema" } },
	{ "KAMA", "KAMA", { 30 }, { TA_CLOSE }, { "kama" } },
	{ "RSI", "RSI", { 14 }, { TA_CLOSE }, { "rsi" } },
	{ "CMO", "CMO", { 14 }, { TA_CLOSE }, { "cmo" } },
	{ "MACD", "MACD", { 12, 26, 9 }, { TA_CLOSE }, { "macd", "signal", "hist" } },
	{ "BBANDS", "BBANDS", { 20, 2, 2, 0 }, { TA_CLOSE }, { "upper", "middle", "lower" } },
	{ "TRANGE", "TRANGE", { 0 }, { 0 }, { "trange" } },
	{ "ATR", "ATR", { 14 }, { 0 }, { "atr" } },
	{ "NATR", "NATR", { 14 }, { 0 }, { "natr" } },
	{ "PLUS_DI", "PLUS_DI", { 14 }, { 0 }, { "plus_di" } },
	{ "MINUS_DI", "MINUS_DI", { 14 }, { 0 }, { "minus_di" } },
	{ "DX", "DX", { 14 }, { 0 }, { "dx" } },
	{ "ADX", "ADX", { 14 }, { 0 }, { "adx" } },
	{ "ADXR", "ADXR", { 14 }, { 0 }, { "adxr" } },
	{ "STOCH", "STOCH", { 14, 3, 0, 3, 0 }, { 0 }, { "slowk", "slowd" } },
	{ "STOCHF", "STOCHF", { 14, 3, 0 }, { 0 }, { "fastk", "fastd" } },
	{ "STOCHRSI", "STOCHRSI", { 14, 5, 3, 0 }, { TA_CLOSE }, { "fastk", "fastd" } },
	{ "OBV", "OBV", { 0 }, { TA_CLOSE }, { "obv" } },
	{ "AD", "AD", { 0 }, { 0 }, { "ad" } },
	{ "ADOSC", "ADOSC", { 3, 10 }, { 0 }, { "adosc" } },
	{ "MFI", "MFI", { 14 }, { 0 }, { "mfi" } },
	{ "CCI", "CCI", { 20 }, { 0 }, { "cci" } },
	{ "ROC", "ROC", { 10 }, { TA_CLOSE }, { "roc" } },
	{ "MOM", "MOM", { 10 }, { TA_CLOSE }, { "mom" } },
	{ "WILLR", "WILLR", { 14 }, { 0 }, { "willr" } },
	{ "AROON", "AROON", { 14 }, { 0 }, { "down", "up" } },
	{ "AROONOSC", "AROONOSC", { 14 }, { 0 }, { "aroonosc" } },
	{ "TRIX", "TRIX", { 15 }, { TA_CLOSE }, { "trix" } },
	{ "PPO", "PPO", { 12, 26, 1 }, { TA_CLOSE }, { "ppo" } },
	{ "ULTOSC", "ULTOSC", { 7, 14, 28 }, { 0 }, { "ultosc" } },
	{ "BOP", "BOP", { 0 }, { 0 }, { "bop" } },
	{ "SAR", "SAR", { 0.02, 0.2 }, { 0 }, { "sar" } },
	{ "STDDEV", "STDDEV", { 20, 1 }, { TA_CLOSE }, { "stddev" } },
	{ "LINEARREG_SLOPE", "LINEARREG_SLOPE", { 14 }, { TA_CLOSE }, { "slope" } },
	{ "TSF", "TSF", { 14 }, { TA_CLOSE }, { "tsf" } },
	{ "CORREL_HL", "CORREL", { 30 }, { TA_HIGH, TA_LOW }, { "correl" } },
	{ "TYPPRICE", "TYPPRICE", { 0 }, { 0 }, { "typprice" } },
	{ "HT_TRENDLINE", "HT_TRENDLINE", { 0 }, { TA_CLOSE }, { "ht_trendline" } },
	{ "HT_DCPERIOD", "HT_DCPERIOD", { 0 }, { TA_CLOSE }, { "ht_dcperiod" } },
};
enum { CHOSEN = sizeof chosen / sizeof *chosen };

/* lines "row,function,output,value" into one column an output, NAN where there is none */
static size_t
long_table(char *text, double want[CHOSEN][3][8192])
{
	size_t lines = 0;
	char *save, *p = strtok_r(text, "\n", &save);

	for (int c = 0; c < CHOSEN; c++)
		for (int o = 0; o < 3; o++)
			for (int i = 0; i < 8192; i++)
				want[c][o][i] = NAN;
	while (p && (p = strtok_r(NULL, "\n", &save))) {
		unsigned row;
		char fn[32], out[32];
		double v;

		if (sscanf(p, "%u,%31[^,],%31[^,],%lf", &row, fn, out, &v) != 4 || row >= 8192)
			return 0;
		for (int c = 0; c < CHOSEN; c++)
			for (int o = 0;
			     o < 3 && strcmp(chosen[c].name, fn) == 0 && chosen[c].out[o]; o++)
				if (strcmp(chosen[c].out[o], out) == 0) {
					want[c][o][row] = v;
					lines++;
				}
	}
	return lines;
}

static void
real_series(const char *name)
{
	static double want[CHOSEN][3][8192];
	char path[256];
	const char *shared;
	struct series s;
	struct buf text = { 0 };
	struct ta_plan *p = ta_plan_new(256);
	struct err e;
	size_t lines = 0, values = 0, bad = 0, k = 0;
	double **out, worst = 0;

	snprintf(path, sizeof path, "vectors/candles/%s.csv", name);
	shared = t_shared(path);
	if (!shared || !read_series(&s, shared)) {
		ta_plan_free(p);
		t_skip(path);
		return;
	}
	snprintf(path, sizeof path, "vectors/indicators/%s.ta.csv.gz", name);
	shared = t_shared(path);
	if (ok(shared && io_file_read(shared, 64 << 20, &text, &e) == 0, "read %s", path)) {
		buf_z(&text);
		lines = long_table(text.p, want);
	}
	for (int c = 0; c < CHOSEN; c++)
		ta_plan_add(
		    p, ta_find(chosen[c].ta, strlen(chosen[c].ta)), chosen[c].p, chosen[c].in, &e);
	out = run(p, &s, s.table.rows);
	for (int c = 0; c < CHOSEN; c++)
		for (int o = 0; o < 3 && chosen[c].out[o]; o++, k++) {
			size_t n = differ(out[k], want[c][o], s.table.rows, &worst);

			if (n)
				printf("#   %s.%s: %zu\n", chosen[c].name, chosen[c].out[o], n);
			bad += n;
			for (size_t i = 0; i < s.table.rows; i++)
				values += isfinite(out[k][i]);
		}
	is_i64((int64_t)k, (int64_t)ta_plan_outputs(p), "%s: every output compared", name);
	is_i64((int64_t)values, (int64_t)lines, "%s: as many values", name);
	is_i64((int64_t)bad, 0, "%s: 43 indicators; largest difference %.2g", name, worst);
	free_outputs(out, k);
	ta_plan_free(p);
	buf_free(&text);
	free_series(&s);
}

/* NOLINTEND(clang-analyzer-unix.Malloc) */

int
main(void)
{
	char input[1024], want[1024];

	snprintf(input, sizeof input, "%s", t_data("feat-sets/ohlcv_600.csv"));
	snprintf(want, sizeof want, "%s", t_data("feat-calc/talib_200.csv.gz"));
	defaults(input, want, "the first 200 bars", 64);
	const char *all = t_shared("vectors/indicators/talib_indicators_600.csv");
	if (all) {
		snprintf(want, sizeof want, "%s", all);
		defaults(input, want, "all 600 bars", 256);
		defaults(input, want, "all 600 bars", 1);
	} else {
		t_skip("no talib_indicators_600.csv beside the tree");
	}
	real_series("SH_AES_daily_adj");
	real_series("SH_EURUSD_min_20140506");
	return done_testing();
}
