/* Alpha158: against pandas, against its formulas spelled out, and where nothing is defined. */
#include "t_sets.h"

#define FROM 61 /* first row of the vectors */

static void
against_vectors(const struct t_rows *r, const struct t_csv *want, size_t step, const char *what)
{
	double worst = 0;
	size_t missing = 0;

	for (size_t k = 0; k < want->cols; k++) {
		char name[32];
		size_t j = 0, at;

		for (; want->names[k][j] && want->names[k][j] != '\r'; j++)
			name[j] = (char)(want->names[k][j] | (want->names[k][j] >= 'A' ? 32 : 0));
		name[j] = '\0';
		at = t_col(r, name);
		double far = 0;
		for (size_t i = 0; i < want->rows; i++) {
			double w = want->v[i * want->cols + k];
			double d = t_off(r->v[(FROM + i * step) * r->n + at], w);

			missing += isnan(w);
			far = d > far ? d : far;
		}
		if (far > 1e-8)
			t_note("%s is off by %g", name, far);
		worst = far > worst ? far : worst;
	}
	ok(want->cols == 157 && want->rows > 70, "%s: %zu columns, %zu rows", what, want->cols,
	    want->rows);
	is_i64((int64_t)missing, 0, "%s: no empty cell", what);
	ok(worst <= 1e-8, "%s: worst difference %.2g", what, worst);
}

static void
test_vectors(void)
{
	struct feat_bar *b = t_ohlcv_600();
	struct t_rows r = t_set_run("alpha158", b, 600);
	struct t_csv want;

	is_i64((int64_t)r.n, 158, "158 columns");
	if (ok(t_csv_read(&want, t_data("feat-sets/alpha157_every7.csv.gz")), "vectors"))
		against_vectors(&r, &want, 7, "every seventh row");
	t_csv_free(&want);
	if (t_csv_read(&want, t_shared("vectors/indicators/alpha157_rows61on.csv")))
		against_vectors(&r, &want, 1, "all rows");
	else
		t_skip("no ../shared");
	t_csv_free(&want);
	t_rows_free(&r);
	free(b);
}

/* ---- the formulas, from scratch ---- */

enum { COLS = 29 };
static const char *const names[COLS] = { "roc", "ma", "std", "beta", "rsqr", "resi", "max", "min",
	"qtlu", "qtld", "rank", "rsv", "imax", "imin", "imxd", "corr", "cord", "cntp", "cntn",
	"cntd", "sump", "sumn", "sumd", "vma", "vstd", "wvma", "vsump", "vsumn", "vsumd" };

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Linear between order statistics. */
static double
quantile(const double *x, size_t n, double q)
{
	double *s = mem_dup(x, n * sizeof *s), at = q * (double)(n - 1), v;
	size_t i = (size_t)at;

	qsort(s, n, sizeof *s, by_size);
	v = i + 1 < n ? s[i] + (at - (double)i) * (s[i + 1] - s[i]) : s[n - 1];
	free(s);
	return v;
}

/* mean, sum of squares of deviations and of products */
static void
moments(const double *x, const double *y, size_t n, long double *out)
{
	long double mx = 0, my = 0;

	for (size_t i = 0; i < n; i++) {
		mx += x[i];
		my += y[i];
	}
	mx /= n;
	my /= n;
	out[0] = mx;
	out[1] = out[2] = out[3] = 0;
	for (size_t i = 0; i < n; i++) {
		out[1] += (x[i] - mx) * (x[i] - mx);
		out[2] += (y[i] - my) * (y[i] - my);
		out[3] += (x[i] - mx) * (y[i] - my);
	}
}

/* Series over which the windows go, one value a bar. */
struct lines {
	double *time, *close, *high, *low, *volume, *log_volume, *ratio, *log_ratio, *moved;
};

static void
up_and_down(const double *x, size_t n, double *out)
{
	long double up = 0, down = 0;

	for (size_t i = 0; i < n; i++) {
		up += fmaxl((long double)x[i] - x[i - 1], 0);
		down += fmaxl((long double)x[i - 1] - x[i], 0);
	}
	out[0] = (double)(up / (up + down + 1e-12L));
	out[1] = (double)(down / (up + down + 1e-12L));
	out[2] = (double)((up - down) / (up + down + 1e-12L));
}

/* All columns of the window of d bars that begins at bar from. */
static void
scratch(const struct lines *l, size_t from, size_t d, double *out)
{
	const double *c = l->close + from, *h = l->high + from, *lo = l->low + from;
	const double *v = l->volume + from;
	double last = c[d - 1], n = (double)d, up = 0, down = 0, less = 0, same = 0;
	long double m[4];
	size_t hi = 0, least = 0;

	for (size_t i = 0; i < d; i++) {
		hi = h[i] > h[hi] ? i : hi;
		least = lo[i] < lo[least] ? i : least;
		up += c[i] > c[i - 1];
		down += c[i] < c[i - 1];
		less += c[i] < last;
		same += c[i] == last;
	}
	moments(l->time + from, c, d, m);
	double slope = (double)(m[3] / m[1]);
	out[3] = slope / last;
	out[4] = (double)(m[3] * m[3] / (m[1] * m[2]));
	out[2] = (double)sqrtl(m[2] / (n - 1)) / last;
	moments(c, l->log_volume + from, d, m);
	out[0] = c[-1] / last;
	out[1] = (double)m[0] / last;
	out[5] = (last - ((double)m[0] + slope * (n - 1) / 2)) / last;
	out[6] = h[hi] / last;
	out[7] = lo[least] / last;
	out[8] = quantile(c, d, 0.8) / last;
	out[9] = quantile(c, d, 0.2) / last;
	out[10] = (less + (same + 1) / 2) / n;
	out[11] = (last - lo[least]) / (h[hi] - lo[least] + 1e-12);
	out[12] = (double)(hi + 1) / n;
	out[13] = (double)(least + 1) / n;
	out[14] = ((double)hi - (double)least) / n;
	out[15] = (double)(m[3] / sqrtl(m[1] * m[2]));
	moments(l->ratio + from, l->log_ratio + from, d, m);
	out[16] = (double)(m[3] / sqrtl(m[1] * m[2]));
	out[17] = up / n;
	out[18] = down / n;
	out[19] = (up - down) / n;
	up_and_down(c, d, out + 20);
	moments(v, v, d, m);
	out[23] = (double)m[0] / (v[d - 1] + 1e-12);
	out[24] = (double)sqrtl(m[1] / (n - 1)) / (v[d - 1] + 1e-12);
	moments(l->moved + from, v, d, m);
	out[25] = (double)(sqrtl(m[1] / (n - 1)) / (m[0] + 1e-12));
	up_and_down(v, d, out + 26);
}

static void
test_formulas(void)
{
	enum { LEN = 2500 };
	static const size_t windows[] = { 4, 45, 200 };
	struct feat_bar *b = t_walk(3, LEN, 0.004, false);
	double *mem = mem_array(9 * LEN, sizeof *mem), worst = 0, want[COLS];
	struct lines l = { mem, mem + LEN, mem + 2 * LEN, mem + 3 * LEN, mem + 4 * LEN,
		mem + 5 * LEN, mem + 6 * LEN, mem + 7 * LEN, mem + 8 * LEN };
	char name[32];

	/* prices in tenths: many ties */
	for (size_t i = 0; i < LEN; i++) {
		b[i].close = rint(b[i].close * 10) / 10;
		l.time[i] = (double)i;
		l.close[i] = b[i].close;
		l.high[i] = b[i].high;
		l.low[i] = b[i].low;
		l.volume[i] = b[i].volume;
		l.log_volume[i] = log(b[i].volume + 1);
		l.ratio[i] = i ? b[i].close / b[i - 1].close : NAN;
		l.log_ratio[i] = i ? log(b[i].volume / b[i - 1].volume + 1) : NAN;
		l.moved[i] = fabs(l.ratio[i] - 1) * b[i].volume;
	}
	struct t_rows r = t_set_run("alpha158:windows=4;45;200", b, LEN);
	for (size_t w = 0; w < 3; w++)
		for (size_t i = windows[w]; i < LEN; i += 1 + w) {
			scratch(&l, i + 1 - windows[w], windows[w], want);
			for (size_t k = 0; k < COLS; k++) {
				double got = r.v[i * r.n + 13 + 3 * k + w];

				if (isnan(want[k]) || isinf(want[k])) /* four equal closes */
					want[k] = NAN;
				double off = t_off(got, want[k]);
				if (!(off <= 1e-9))
					t_note("%s%zu, bar %zu: %.17g for %.17g", names[k],
					    windows[w], i, got, want[k]);
				worst = fmax(worst, off);
			}
		}
	ok(worst <= 1e-10, "windows of 4, 45 and 200: worst error %.2g", worst);
	for (size_t k = 0; k < COLS; k++) {
		snprintf(name, sizeof name, "%s45", names[k]);
		if (t_col(&r, name) != 13 + 3 * k + 1)
			ok(false, "%s stands where qlib has it", name);
	}
	t_rows_free(&r);
	free(mem);
	free(b);
}

/* ---- what is not there ---- */

static void
test_absent(void)
{
	enum { LEN = 200 };
	struct feat_bar *b = t_walk(4, LEN, 0.01, true);
	static const char *const of_volume[] = { "corr", "cord", "vma", "vstd", "wvma", "vsump",
		"vsumn", "vsumd" };
	size_t there = 0, infinite = 0;
	char name[32];

	b[100].volume = NAN;
	b[100].vwap = NAN;
	b[190].volume = 0;
	struct t_rows r = t_set_run("alpha158", b, LEN);
	ok(isnan(t_at(&r, 100, "vwap0")) && !isnan(t_at(&r, 101, "vwap0")), "a bar without vwap");
	for (size_t k = 0; k < 8; k++)
		for (size_t i = 100; i < 120; i++) {
			snprintf(name, sizeof name, "%s20", of_volume[k]);
			there += !isnan(t_at(&r, i, name));
		}
	is_i64((int64_t)there, 0, "no volume for a bar, nothing of volume for the window");
	ok(!isnan(t_at(&r, 121, "cord20")) && !isnan(t_at(&r, 110, "ma20")), "the rest stays");
	ok(isnan(t_at(&r, 190, "vma5")) && isnan(t_at(&r, 190, "vstd5")), "nothing over volume 0");
	ok(isnan(t_at(&r, 191, "cord5")) && !isnan(t_at(&r, 191, "corr5")), "no change from 0");
	ok(isnan(t_at(&r, 59, "roc60")) && !isnan(t_at(&r, 60, "roc60")), "roc60 on bar 61");
	ok(isnan(t_at(&r, 58, "ma60")) && !isnan(t_at(&r, 59, "ma60")), "ma60 on bar 60");
	t_rows_free(&r);

	for (size_t i = 0; i < LEN; i++)
		b[i] = t_bar(7, 7, 7, 7, 50);
	r = t_set_run("alpha158", b, LEN);
	for (size_t i = 0; i < LEN * r.n; i++)
		infinite += isinf(r.v[i]);
	is_i64((int64_t)infinite, 0, "constant: nothing is infinite");
	ok(isnan(t_at(&r, LEN - 1, "rsqr5")) && isnan(t_at(&r, LEN - 1, "corr60")),
	    "nor a ratio of 0");
	is_f64(t_at(&r, LEN - 1, "std30"), 0, 0, "constant: std");
	is_f64(t_at(&r, LEN - 1, "sump30"), 0, 0, "constant: sump");
	is_f64(t_at(&r, LEN - 1, "rank10"), 0.55, 1e-15, "constant: the middle rank");
	is_f64(t_at(&r, LEN - 1, "imax10"), 0.1, 1e-15, "constant: the first is the largest");
	t_rows_free(&r);
	free(b);
}

/* A million bars: the last rows equal those of the last bars alone. */
static void
test_no_drift(void)
{
	enum { LEN = 1000000, TAIL = 300, FROM_ROW = 100 };
	struct feat_bar *b = t_walk(11, LEN, 0.0005, true);
	struct t_rows tail = t_set_run("alpha158", b + LEN - TAIL, TAIL);
	double *out = mem_array(tail.n, sizeof *out), worst = 0;
	void *state = mem_alloc(tail.set.state_size);

	tail.set.kind->start(&tail.set, state);
	for (size_t i = 0; i < LEN; i++) {
		tail.set.kind->push(&tail.set, state, &b[i], out);
		for (size_t k = 0; i >= LEN - TAIL + FROM_ROW && k < tail.n; k++)
			worst = fmax(worst, t_off(out[k], tail.v[(i - (LEN - TAIL)) * tail.n + k]));
	}
	ok(worst <= 1e-11, "a million bars before change nothing (%.2g)", worst);
	tail.set.kind->stop(&tail.set, state);
	t_rows_free(&tail);
	free(state);
	free(out);
	free(b);
}

int
main(void)
{
	test_vectors();
	test_formulas();
	test_absent();
	test_no_drift();
	return done_testing();
}
