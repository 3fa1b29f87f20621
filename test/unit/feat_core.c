/* The set core: its columns from their formulas, TA-Lib's figures, the calendar, its arguments. */
#include "feat/calendar.h"
#include "feat/smooth.h"
#include "t_sets.h"

/* ---- TA-Lib ---- */

static size_t
column(const struct t_csv *c, const char *name)
{
	for (size_t i = 0; i < c->cols; i++)
		if (strcmp(c->names[i], name) == 0)
			return i;
	ok(false, "the vectors have %s", name);
	return 0;
}

static void
test_talib(void)
{
	static const struct {
		const char *theirs, *ours;
		bool relative; /* ours is theirs over the close */
	} same[] = { { "RSI", "rsi_14", false }, { "ATR", "atrp_14", true },
		{ "MACD.MACD", "macd", true }, { "MACD.MACDSignal", "macd_signal", true },
		{ "MACD.MACDHist", "macd_hist", true } };
	struct feat_bar *b = t_ohlcv_600();
	struct t_rows r = t_set_run("core", b, 600);
	struct t_csv c;

	if (!t_csv_read(&c, t_shared("vectors/indicators/talib_indicators_600.csv"))) {
		t_skip("no ../shared");
		goto done;
	}
	for (size_t k = 0; k < sizeof same / sizeof *same; k++) {
		size_t theirs = column(&c, same[k].theirs), ours = t_col(&r, same[k].ours), n = 0;
		double worst = 0;

		for (size_t i = 0; i < 600; i++) {
			double want = c.v[i * c.cols + theirs], got = r.v[i * r.n + ours];

			if (isnan(want)) /* of the MACD, TA-Lib shows nothing before its signal */
				continue;
			got *= same[k].relative ? b[i].close : 1;
			worst = fmax(worst, t_off(got, want));
			n++;
		}
		ok(n > 500 && worst <= 1e-8, "%s: %zu rows, worst difference %.2g", same[k].ours, n,
		    worst);
	}
done:
	t_csv_free(&c);
	t_rows_free(&r);
	free(b);
}

static void
test_smooth(void)
{
	struct rsi r;
	struct smooth s;
	double y = 0;

	rsi_init(&r, 3);
	ok(isnan(rsi_push(&r, 1)) && isnan(rsi_push(&r, 2)) && isnan(rsi_push(&r, 3)), "not yet");
	is_f64(rsi_push(&r, 4), 100, 0, "only rises");
	/* ups 1, downs 0, then a fall of 1: up 2/3, down 1/3 */
	is_f64(rsi_push(&r, 3), 100 * 2.0 / 3, 1e-13, "a fall");
	smooth_ema(&s, 4);
	for (int i = 0; i < 4; i++)
		y = smooth_push(&s, i);
	is_f64(y, 1.5, 0, "the first value is a mean");
	is_f64(smooth_push(&s, 4), 1.5 + 0.4 * 2.5, 1e-15, "then 2 / (n + 1) of the way");
}

/* ---- formulas ---- */

/* The window of w closes up to row i. */
static void
window(const struct feat_bar *b, size_t i, size_t w, double *out)
{
	long double sum = 0, m2 = 0, vol = 0, path = 0;
	double peak = 0;

	for (size_t k = i + 1 - w; k <= i; k++) {
		sum += b[k].close;
		vol += b[k].volume;
		path += fabsl((long double)b[k].close - b[k - 1].close);
		peak = fmax(peak, b[k].close);
	}
	for (size_t k = i + 1 - w; k <= i; k++)
		m2 += (b[k].close - sum / w) * (b[k].close - sum / w);
	out[0] = (double)(b[i].close / (sum / w) - 1);
	out[1] = (double)((b[i].close - sum / w) / sqrtl(m2 / (w - 1)));
	out[2] = (double)(b[i].volume / (vol / w));
	out[3] = b[i].close / peak - 1;
	out[4] = (double)(fabsl((long double)b[i].close - b[i - w].close) / path);
}

/* Skewness, kurtosis and autocorrelation of the returns up to row i, as pandas has them. */
static void
moments(const struct feat_bar *b, size_t i, size_t w, double *out)
{
	long double m = 0, m0 = 0, m2 = 0, m3 = 0, m4 = 0, xy = 0, yy = 0, n = w;
	long double *r = mem_array(w + 1, sizeof *r); /* r[0]: the one before the window */

	for (size_t k = 0; k <= w; k++)
		r[k] = logl((long double)b[i - w + k].close / b[i - w + k - 1].close);
	for (size_t k = 1; k <= w; k++) {
		m += r[k] / n;
		m0 += r[k - 1] / n;
	}
	for (size_t k = 1; k <= w; k++) {
		long double e = r[k] - m, f = r[k - 1] - m0;

		m2 += e * e;
		m3 += e * e * e;
		m4 += e * e * e * e;
		xy += e * f;
		yy += f * f;
	}
	out[0] = (double)(n * sqrtl(n - 1) / (n - 2) * m3 / powl(m2, 1.5L));
	out[1] = (double)(n * (n + 1) * (n - 1) / ((n - 2) * (n - 3)) * m4 / (m2 * m2) -
			  3 * (n - 1) * (n - 1) / ((n - 2) * (n - 3)));
	out[2] = (double)(xy / sqrtl(m2 * yy));
	free(r);
}

static void
test_formulas(void)
{
	static const char *const names[] = { "ma_dist", "z", "volume_ratio", "drawdown",
		"efficiency" };
	enum { LEN = 1500 };
	struct feat_bar *b = t_walk(5, LEN, 0.01, false);
	struct t_rows r = t_set_run("core:windows=3;20;250,moments=40", b, LEN);
	static const size_t windows[] = { 3, 20, 250 };
	double worst = 0, worst_m = 0, worst_r = 0, want[5];
	char name[40];

	for (size_t k = 0; k < 5; k++)
		for (size_t w = 0; w < 3; w++) {
			snprintf(name, sizeof name, "%s_%zu", names[k], windows[w]);
			size_t at = t_col(&r, name);

			for (size_t i = windows[w]; i < LEN; i++) {
				window(b, i, windows[w], want);
				worst = fmax(worst, t_off(r.v[i * r.n + at], want[k]));
			}
		}
	ok(worst < 1e-11, "windows: worst error %g", worst);
	for (size_t i = 41; i < LEN; i++) {
		const double *row = r.v + i * r.n + t_col(&r, "skew_40");

		moments(b, i, 40, want);
		for (size_t k = 0; k < 3; k++)
			worst_m = fmax(worst_m, t_off(row[k], want[k]));
	}
	ok(worst_m < 1e-11, "moments: worst error %g", worst_m);
	for (size_t i = 20; i < LEN; i++) {
		worst_r =
		    fmax(worst_r, t_off(t_at(&r, i, "ret_5"), b[i].close / b[i - 5].close - 1));
		worst_r = fmax(
		    worst_r, t_off(t_at(&r, i, "logret_20"), log(b[i].close / b[i - 20].close)));
		worst_r = fmax(worst_r, t_off(t_at(&r, i, "gap"), log(b[i].open / b[i - 1].close)));
	}
	ok(worst_r < 1e-14, "returns: worst error %g", worst_r);
	ok(isnan(t_at(&r, 4, "ret_5")) && !isnan(t_at(&r, 5, "ret_5")),
	    "ret_5 from its sixth bar on");
	ok(isnan(t_at(&r, 19, "efficiency_20")) && !isnan(t_at(&r, 20, "efficiency_20")),
	    "efficiency_20 has 20 changes");
	ok(isnan(t_at(&r, 18, "z_20")) && !isnan(t_at(&r, 19, "z_20")), "z_20 has 20 closes");
	t_rows_free(&r);
	free(b);
}

/* The group memory from its inputs as the other columns show them. */
static void
test_memory(void)
{
	enum { LEN = 800, W = 100 };
	struct feat_bar *b = t_walk(12, LEN, 0.01, false);
	struct t_rows r = t_set_run("core:entropy=100,threshold=0.01,d=0.6", b, LEN);
	double w[64] = { 1 }, worst = 0, worst_ffd = 0;
	size_t n = 1, early = 0;

	for (; fabs(w[n - 1]) >= 0.01; n++)
		w[n] = -w[n - 1] * (0.6 - (double)n + 1) / (double)n;
	n--; /* the last one was below */
	for (size_t i = 0; i < LEN; i++) {
		double count[8] = { 0 }, h = 0, x = 0;

		/* the first return with a deviation before it is that of the third bar */
		early += i < W + 1 && !isnan(t_at(&r, i, "entropy_100"));
		if (i < W + 1)
			continue;
		for (size_t k = i + 1 - W; k <= i; k++) {
			double z = t_at(&r, k, "logret_1") / t_at(&r, k - 1, "vol_ewma");
			double p = 0.5 * erfc(-z / sqrt(2)); /* the part of the normal below z */

			count[(int)(p * 8) & 7]++;
		}
		for (int k = 0; k < 8; k++)
			h -= count[k] > 0 ? count[k] / W * log(count[k] / W) : 0;
		worst = fmax(worst, t_off(t_at(&r, i, "entropy_100"), h / log(8)));
		for (size_t k = 0; k < n; k++)
			x += w[k] * log(b[i - k].close);
		worst_ffd = fmax(worst_ffd, t_off(t_at(&r, i, "ffd"), x));
	}
	is_i64((int64_t)early, 0, "no entropy before its window is full");
	ok(worst < 1e-13, "entropy of returns in units of the expected deviation (%g)", worst);
	ok(n > 5 && worst_ffd < 1e-13, "fractional difference of the log close (%g)", worst_ffd);
	t_rows_free(&r);
	free(b);
}

/* Everything is absent or finite, whatever comes in; equal prices have no ratio of nothing. */
static void
test_degenerate(void)
{
	enum { LEN = 700 };
	struct feat_bar *b = t_walk(6, LEN, 0.01, false);
	int infinite = 0;

	for (size_t i = 0; i < LEN; i++)
		b[i] = t_bar(5, 5, 5, 5, i < 350 ? 100 : 0);
	struct t_rows r = t_set_run("core:session=24x7", b, LEN);
	for (size_t i = 0; i < LEN * r.n; i++)
		infinite += isinf(r.v[i]);
	is_i64(infinite, 0, "constant: nothing is infinite");
	static const char *const absent[] = { "body", "clv", "rsi_14", "z_20", "efficiency_5",
		"skew_60", "kurt_60", "autocorr_60", "hurst_256", "vol_garch", "entropy_128",
		"volume_ratio_5" };
	for (size_t k = 0; k < sizeof absent / sizeof *absent; k++)
		ok(isnan(t_at(&r, LEN - 1, absent[k])), "constant: no %s", absent[k]);
	static const char *const zero[] = { "ret_1", "gap", "range", "atrp_14", "macd",
		"ma_dist_60", "drawdown_20", "vol_close_20", "vol_yz_20", "vol_ewma",
		"perm_entropy_128" };
	for (size_t k = 0; k < sizeof zero / sizeof *zero; k++)
		is_f64(t_at(&r, LEN - 1, zero[k]), 0, 0, "constant: %s is 0", zero[k]);
	is_f64(t_at(&r, 349, "volume_ratio_60"), 1, 1e-15, "constant: volume as usual");
	t_rows_free(&r);

	/* prices through 0 and below, as oil had them; no volume at all */
	for (size_t i = 0; i < LEN; i++) {
		double p = 0.25 * (double)((int)(i % 41) - 20);

		b[i] = t_bar(p, p + 0.25, p - 0.5, p - 0.25, NAN);
	}
	r = t_set_run("core", b, LEN);
	infinite = 0;
	for (size_t i = 0; i < LEN * r.n; i++)
		infinite += isinf(r.v[i]);
	is_i64(infinite, 0, "prices of 0 and below: nothing is infinite");
	ok(isnan(t_at(&r, LEN - 1, "volume_ratio_20")), "no volume, no ratio");
	t_rows_free(&r);
	free(b);
}

static void
test_prefix(void)
{
	static const char *const sets[] = { "core", "core:windows=7;33,fit=60,every=7,session=XNYS",
		"alpha158", "micro", "micro:bucket=3000,buckets=5,window=9" };
	struct feat_bar *b = t_walk(7, 900, 0.002, true);

	b[333].volume = b[333].buy_volume = b[333].vwap = NAN;
	for (size_t k = 0; k < sizeof sets / sizeof *sets; k++)
		for (size_t cut = 1; cut < 900; cut += 149)
			is_i64(t_prefix_differs(sets[k], b, 900, cut), -1,
			    "%s: the first %zu rows do not know what follows", sets[k], cut);
	free(b);
}

/* Two series in turn give what each gives alone. */
static void
test_two_series(void)
{
	enum { LEN = 600 };
	static const char *const sets[] = { "core:session=XNYS", "alpha158", "micro" };
	struct feat_bar *b[2] = { t_walk(8, LEN, 0.01, true), t_walk(9, LEN, 0.02, true) };

	for (size_t i = 0; i < LEN; i++)
		b[1][i].ts = (b[1][i].ts_end += 5 * TIM_DAY) - TIM_MIN;
	for (size_t k = 0; k < 3; k++) {
		struct t_rows r[2] = { t_set_run(sets[k], b[0], LEN),
			t_set_run(sets[k], b[1], LEN) };
		const struct feat_set *s = &r[0].set;
		double *out = mem_array(s->n, sizeof *out);
		void *state[2] = { mem_alloc(s->state_size), mem_alloc(s->state_size) };
		int differs = 0;

		for (int j = 0; j < 2; j++)
			s->kind->start(s, state[j]);
		for (size_t i = 0; i < LEN; i++)
			for (int j = 0; j < 2; j++) {
				s->kind->push(s, state[j], &b[j][i], out);
				differs += memcmp(out, r[j].v + i * s->n, s->n * sizeof *out) != 0;
			}
		is_i64(differs, 0, "%s: two series in turn", sets[k]);
		for (int j = 0; j < 2; j++) {
			s->kind->stop(s, state[j]);
			free(state[j]);
		}
		t_rows_free(&r[0]);
		t_rows_free(&r[1]);
		free(out);
	}
	free(b[0]);
	free(b[1]);
}

/* ---- calendar ---- */

static struct calendar_out
at(struct sessions *s, const char *ts, int64_t span)
{
	struct calendar_day day = { 0 };
	struct calendar_out o;
	int64_t t = 0;

	ok(tim_parse(ts, strlen(ts), &t, NULL), "%s", ts);
	calendar_at(&day, s, t, t + span, &o);
	return o;
}

static void
test_circle(void)
{
	const long double turn = 6.283185307179586476925286766559L;
	double worst = 0, s, c;

	for (int i = 0; i < 20000; i++) {
		double t = i / 20000.0;

		calendar_circle(t, &s, &c);
		worst = fmax(worst, (double)fabsl(s - sinl(turn * t)));
		worst = fmax(worst, (double)fabsl(c - cosl(turn * t)));
	}
	ok(worst < 2.5e-16, "sine and cosine: worst difference %g", worst);
	calendar_circle(0.25, &s, &c);
	ok(s == 1 && c == 0, "a quarter is a quarter");
}

static void
test_calendar(void)
{
	struct err e = { 0 };
	struct sessions *ny = sessions_open("XNYS", NULL, &e);
	struct calendar_out o = at(NULL, "2024-01-31", TIM_DAY);

	is_f64(o.wday_sin, sin(2 * M_PI * 2 / 7), 1e-15, "a Wednesday");
	is_f64(o.month_cos, 1, 0, "in January");
	is_f64(o.hour_cos, 1, 0, "at midnight");
	is_f64(o.day, 1, 0, "the last day");
	is_f64(o.turn, 1, 0, "turns the month");
	is_f64(at(NULL, "2024-02-29", TIM_DAY).day, 1, 0, "a leap day is the last");
	is_f64(at(NULL, "2024-02-03", TIM_DAY).turn, 0, 0, "a Saturday does not");
	is_f64(at(NULL, "2024-02-05", TIM_DAY).turn, 1, 0, "the third trading day does");
	is_f64(at(NULL, "2024-02-06", TIM_DAY).turn, 0, 0, "the fourth does not");
	is_f64(at(NULL, "1969-12-31", TIM_DAY).turn, 1, 0, "before 1970");
	is_f64(at(NULL, "2024-03-28", TIM_DAY).turn, 0, 0, "the Thursday before a Friday");
	is_f64(at(NULL, "2024-02-05T18:00:00Z", TIM_MIN).hour_sin, -1, 0, "six in the evening");
	ok(isnan(o.since_open), "no session, no minutes");
	if (!ok(ny != NULL, "XNYS"))
		return;
	is_f64(at(ny, "2024-03-28", TIM_DAY).turn, 1, 0, "on Good Friday nobody trades");
	is_f64(at(ny, "2024-07-05", TIM_DAY).turn, 0, 0, "the fourth trading day of July");
	/* 3 July 2024 closes at 13:00 New York, 17:00 UTC */
	o = at(ny, "2024-07-03T15:59:00Z", TIM_MIN);
	is_f64(o.since_open, 150, 0, "minutes since the open");
	is_f64(o.to_close, 60, 0, "minutes to an early close");
	o = at(ny, "2024-07-03T16:59:00Z", TIM_MIN);
	is_f64(o.to_close, 0, 0, "the last minute");
	ok(isnan(at(ny, "2024-07-03T17:00:00Z", TIM_MIN).to_close), "after the close");
	ok(isnan(at(ny, "2024-07-03T16:30:00Z", TIM_HOUR).to_close), "a bar across the close");
	/* standard time opens at 14:30 UTC */
	is_f64(at(ny, "2024-01-03T14:30:00Z", TIM_MIN).since_open, 1, 0, "in winter");
	sessions_free(ny);

	/* Sunday evening in New York is Monday's session */
	struct sessions *fx = sessions_open("FX", NULL, &e);
	if (!ok(fx != NULL, "FX"))
		return;
	o = at(fx, "2024-03-03T22:30:00Z", TIM_MIN);
	is_f64(o.wday_cos, 1, 0, "the day of the session");
	is_f64(o.since_open, 31, 0, "its minutes");
	is_f64(at(fx, "2024-03-31T22:30:00Z", TIM_MIN).month_cos, cos(2 * M_PI * 3 / 12), 1e-15,
	    "and its month");
	sessions_free(fx);
}

/* ---- arguments ---- */

static void
fails(const char *text, const char *words)
{
	struct feat_set s;
	struct err e = { 0 };
	int rc = feat_set_open(&s, text, &e);

	is_i64(rc, ERR_USAGE, "%s", text);
	is_str(e.msg, words, "and the words");
	if (rc == 0)
		feat_set_close(&s);
}

static void
test_arguments(void)
{
	struct feat_set s;
	struct err e = { 0 };

	ok(feat_set_open(&s, "core", &e) == 0, "no arguments");
	is_i64((int64_t)s.n, 52, "columns by default");
	feat_set_close(&s);
	ok(feat_set_open(&s, "core:groups=vol;shape:vol=30,annual=252", &e) == 0, "groups");
	is_i64((int64_t)s.n, 9, "two groups");
	is_str(s.names[3], "vol_close_30", "a window of 30");
	feat_set_close(&s);
	ok(feat_set_open(&s, "alpha158:windows=3", &e) == 0 && s.n == 13 + 29,
	    "a window of alpha158");
	feat_set_close(&s);
	fails("core:windos=5",
	    "set core has no argument \"windos\"; there are groups, lags, windows, rsi, atr, macd, "
	    "vol, lambda, annual, garch, fit, every, moments, hurst, entropy, order, d, threshold, "
	    "session");
	fails("core:windows", "set core: windows needs a value: windows=VALUE");
	fails("core:windows=5;x", "set core: windows=x: expected a whole number from 2 to 100000");
	fails("core:windows=5;5", "set core: windows=5;5: a number stands there twice");
	fails("core:windows=", "set core: windows=: expected a whole number from 2 to 100000");
	fails("core:rsi=1.5", "set core: rsi=1.5: expected a whole number from 2 to 100000");
	fails("core:d=5", "set core: d=5: expected a number from 0.01 to 2");
	fails("core:rsi=9,", "set core: nothing follows the last \",\"");
	fails("core:macd=26;12;9",
	    "set core: macd takes FAST;SLOW;SIGNAL with FAST below SLOW, as 12;26;9");
	fails("core:garch=1;0.5;0.5",
	    "set core: garch takes OMEGA;ALPHA;BETA with OMEGA above 0 and ALPHA + BETA below 1");
	fails("core:groups=vol;speed", "set core: groups: there is no \"speed\"; there are "
				       "returns|shape|trend|windows|vol|garch|"
				       "moments|memory|calendar");
	fails("core:session=MOON",
	    "set core: session=MOON: no session \"MOON\" (there are XNYS, XNYS-ext, XNAS, CMES, FX "
	    "and 24x7)");
	fails("alpha158:windows=1",
	    "set alpha158: windows=1: expected a whole number from 2 to 100000");
	fails("micro:windows=1",
	    "set micro has no argument \"windows\"; there are window, buckets, bucket, "
	    "bars_per_bucket");
}

/* Given parameters of GARCH and annual figures. */
static void
test_scales(void)
{
	struct feat_bar *b = t_walk(10, 300, 0.01, false);
	struct t_rows one = t_set_run("core:garch=0.000002;0.08;0.9", b, 300);
	struct t_rows year = t_set_run("core:garch=0.000002;0.08;0.9:annual=252", b, 300);
	double h = 1e-4, worst = 0;

	for (size_t i = 1; i < 300; i++) {
		double r = t_at(&one, i, "logret_1");

		h = 2e-6 + 0.08 * r * r + 0.9 * h;
		worst = fmax(worst, fabs(t_at(&one, i, "vol_garch") / sqrt(h) - 1));
	}
	ok(worst < 1e-13, "the given filter from the second bar on (%g)", worst);
	is_f64(t_at(&year, 299, "vol_yz_20") / t_at(&one, 299, "vol_yz_20"), sqrt(252), 1e-12,
	    "annual figures");
	is_f64(t_at(&year, 299, "vol_garch") / t_at(&one, 299, "vol_garch"), sqrt(252), 1e-12,
	    "of GARCH, too");
	t_rows_free(&one);
	t_rows_free(&year);
	free(b);
}

/* Every column of the three sets stands in feat-sets(7), numbers behind names left out. */
static void
test_page(void)
{
	static const char *const sets[] = { "core:session=XNYS", "alpha158", "micro" };
	static char text[1 << 16];
	char path[1100];
	int missing = 0;

	snprintf(path, sizeof path, "%s/../man/feat-sets.7", t_data(""));
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
	if (f)
		fclose(f);
	if (!ok(n > 1000 && n < sizeof text - 1, "the page is there"))
		return;
	for (int k = 0; k < 3; k++) {
		struct feat_set s;
		struct err e = { 0 };

		if (feat_set_open(&s, sets[k], &e) < 0)
			missing++;
		for (size_t i = 0; i < s.n; i++) {
			const char *name = s.names[i];
			size_t len = strlen(name);
			bool found = false;

			while (len && strchr("0123456789", name[len - 1]))
				len--;
			for (const char *p = text; !found && (p = strstr(p, " ")); p++)
				found = strncmp(p + 1, name, len) == 0;
			if (!found)
				t_note("not in the page: %s", name);
			missing += !found;
		}
		feat_set_close(&s);
	}
	is_i64(missing, 0, "every column is in the page");
}

int
main(void)
{
	test_talib();
	test_smooth();
	test_formulas();
	test_memory();
	test_degenerate();
	test_prefix();
	test_two_series();
	test_circle();
	test_calendar();
	test_arguments();
	test_scales();
	test_page();
	return done_testing();
}
