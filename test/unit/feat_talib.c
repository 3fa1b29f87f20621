/* The set talib: its columns' names, chosen indicators, and words for what is wrong. */
#include <math.h>

#include "feat/set.h"

#include "base/mem.h"
#include "unit/t.h"
#include "unit/t_ta.h"

static struct t_table table; /* open high low close volume */

static struct feat_bar
bar(size_t i)
{
	const double *v = table.v + i * table.cols;

	return (struct feat_bar){
		.open = v[0], .high = v[1], .low = v[2], .close = v[3], .volume = v[4]
	};
}

/* rows x columns of a set; *n columns */
static double *
rows(const char *text, size_t *n, char **names)
{
	struct feat_set s;
	struct err e;
	double *v = NULL;

	*n = 0;
	if (!ok(feat_set_open(&s, text, &e) == 0, "%s", text)) {
		printf("# %s\n", e.msg);
		return NULL;
	}
	void *state = mem_alloc(s.state_size);
	*n = s.n;
	v = mem_array(table.rows * s.n, sizeof *v);
	for (size_t i = 0; i < table.rows; i++) {
		struct feat_bar b = bar(i);

		s.kind->push(&s, state, &b, v + i * s.n);
	}
	for (size_t i = 0; names && i < s.n; i++)
		names[i] = mem_dup(s.names[i], strlen(s.names[i]));
	free(state);
	feat_set_close(&s);
	return v;
}

/* all 116, with the names of TA-Lib's table in lower case */
static void
whole(void)
{
	struct t_table want = { 0 };
	char *names[256] = { 0 };
	size_t n, bad = 0, absent = 0;
	double *v = rows("talib", &n, names);

	if (!ok(t_table_read(&want, t_data("feat-calc/talib_200.csv.gz"), 1), "read the table") ||
	    !v) {
		t_table_free(&want);
		return;
	}
	is_i64((int64_t)n, 116, "116 columns");
	for (size_t c = 0; c < n; c++) {
		if (strcasecmp(names[c], want.names[c]) != 0) {
			printf("#   %s is not %s\n", names[c], want.names[c]);
			bad++;
		}
		for (size_t i = 0; i < want.rows; i++) {
			double a = v[i * n + c], b = want.v[i * want.cols + c];

			absent += isnan(a);
			bad += isnan(a) != isnan(b) ||
			       (!isnan(a) && !(fabs(a - b) <= 1e-8 * fmax(1, fabs(b))));
		}
		for (const char *p = names[c]; *p; p++)
			bad += !strchr("abcdefghijklmnopqrstuvwxyz0123456789_.", *p);
		free(names[c]);
	}
	is_i64((int64_t)bad, 0, "names and values are TA-Lib's; %zu absent", absent);
	t_table_free(&want);
	free(v);
}

static void
named(const char *text, const char *const *want)
{
	char *names[256] = { 0 };
	size_t n;
	double *v = rows(text, &n, names);

	for (size_t i = 0; i < n || want[i]; i++) {
		is_str(i < n ? names[i] : NULL, want[i], "%s: column %zu", text, i);
		if (i >= n || !want[i])
			break;
	}
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(v);
}

static void
chosen(void)
{
	size_t n, m;
	double *a = rows("talib:sma(3;high),sma(3),sum(3;volume)", &n, NULL);
	double *b = rows("talib:RSI,rsi(14),Rsi(15)", &m, NULL);
	size_t bad = 0;

	free(b);
	b = rows("talib:correl(5;high,low),correl(5;low,high),ln(;open)", &m, NULL);
	for (size_t i = 2; a && b && i < table.rows; i++) {
		double h = 0, c = 0, v = 0;

		for (size_t k = i - 2; k <= i; k++) {
			h += bar(k).high / 3;
			c += bar(k).close / 3;
			v += bar(k).volume;
		}
		bad += fabs(a[i * n] - h) > 1e-10 || fabs(a[i * n + 1] - c) > 1e-10;
		bad += fabs(a[i * n + 2] - v) > 1e-3 || (i >= 4 && b[i * m] != b[i * m + 1]);
		bad += fabs(b[i * m + 2] - log(bar(i).open)) > 1e-12;
	}
	is_i64((int64_t)bad, 0, "chosen series are used");
	free(a);
	free(b);
}

/* An infinity or NaN of the function is an absent column, not a bad record. */
static void
not_finite(void)
{
	struct feat_set s;
	struct err e;
	double v[4];
	struct feat_bar b = { .open = 0, .high = 5, .low = 0, .close = 5, .volume = 1 };

	if (!ok(feat_set_open(&s, "talib:div,ln(;open),acos,exp(;volume)", &e) == 0, "open"))
		return;
	void *state = mem_alloc(s.state_size);
	s.kind->push(&s, state, &b, v);
	ok(isnan(v[0]) && isnan(v[1]) && isnan(v[2]) && fabs(v[3] - M_E) < 1e-15,
	    "5/0, ln 0 and acos 5 are absent");
	free(state);
	feat_set_close(&s);
}

static void
bad(const char *text, const char *words)
{
	struct feat_set s;
	struct err e = { 0 };

	is_i64(feat_set_open(&s, text, &e), ERR_USAGE, "%s", text);
	ok(strstr(e.msg, words), "... says %s: %s", words, e.msg);
}

int
main(void)
{
	if (!ok(t_table_read(&table, t_data("feat-sets/ohlcv_600.csv"), 1), "read the bars"))
		return done_testing();
	whole();
	named("talib:rsi(14),sma(200),bbands(20,2,2)",
	    (const char *[]){ "rsi_14", "sma_200", "bbands_20_2_2_upper", "bbands_20_2_2_middle",
		"bbands_20_2_2_lower", NULL });
	named("talib:macd(12,26,9),aroon(25),MACD",
	    (const char *[]){ "macd_12_26_9_macd", "macd_12_26_9_signal", "macd_12_26_9_hist",
		"aroon_25_down", "aroon_25_up", "macd.macd", "macd.macdsignal", "macd.macdhist",
		NULL });
	named(
	    "talib:beta(5;high,low),sar(0.02,0.2),ma(10,kama),ma(10,1),sarext(-1.5),stochf(5,3,0)",
	    (const char *[]){ "beta_5_high_low", "sar_0.02_0.2", "ma_10_kama", "ma_10_ema",
		"sarext_m1.5", "stochf_5_3_sma_fastk", "stochf_5_3_sma_fastd", NULL });
	chosen();
	not_finite();
	bad("talib:rsx", "no function 'rsx'");
	bad("talib:", "name is missing");
	bad("talib:rsi,", "name is missing behind the last ','");
	bad("talib:rsi(14", "')' is missing");
	bad("talib:rsi(14)sma", "expected ','");
	bad("talib:rsi(14,2)", "too many parameters");
	bad("talib:rsi(x)", "timePeriod is 'x', not a number");
	bad("talib:rsi(1e9)", "timePeriod is 1e+09, not a whole number from 2 to 100000");
	bad("talib:rsi(14,)", "missing at its end");
	bad("talib:rsi(nan)", "not a number");
	bad("talib:ma(10,hull)", "kind of average");
	bad("talib:atr(14;close)", "cannot be chosen");
	bad("talib:rsi(14;price)", "no series 'price'");
	bad("talib:beta(5;high)", "takes two series");
	bad("talib:beta(5;high,low,close)", "too many series");
	bad("talib:rsi(14),rsi(14)", "rsi_14 is there twice");
	t_table_free(&table);
	return done_testing();
}
