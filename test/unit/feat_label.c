/* Labels by hand and by the definition taken literally. */
#include "base/rng.h"
#include "feat/feat_calc.h"
#include "feat/label.h"
#include "t_stage.h"

#define N 300

struct ohlc {
	double o, h, l, c;
};

static struct ohlc B[N];
static struct feat_label L[N];
static size_t nlabels;

static void
run(const char *text, const struct ohlc *b, size_t n)
{
	struct feat_label_spec s;
	struct err e;

	nlabels = 0;
	if (!ok(feat_label_parse(text, &s, &e) == 0, "%s", text))
		return;
	struct feat_labeler *l = feat_labeler_new(&s);
	for (size_t i = 0; i < n; i++) {
		feat_labeler_push(l, (int64_t)i, b[i].o, b[i].h, b[i].l, b[i].c);
		while (feat_labeler_next(l, &L[nlabels]))
			nlabels++;
	}
	feat_labeler_free(l);
}

static void
make_bars(void)
{
	struct rng r;
	double c = 100;

	rng_seed(&r, 31);
	for (int i = 0; i < N; i++) {
		double o = c * (1 + 0.002 * rng_normal(&r));

		c = o * (1 + 0.01 * rng_normal(&r));
		B[i] = (struct ohlc){ o, fmax(o, c) * (1 + 0.003 * rng_uniform(&r)),
			fmin(o, c) * (1 - 0.003 * rng_uniform(&r)), c };
	}
}

static void
test_horizon(void)
{
	int wrong = 0;

	run("horizon:7", B, N);
	is_i64((int64_t)nlabels, N - 7, "a label for each bar that has seven behind it");
	for (size_t i = 0; i < nlabels; i++)
		wrong += L[i].label != B[i + 7].c / B[i].c - 1 || L[i].end != (int64_t)i + 7 ||
			 L[i].nth != i;
	is_i64(wrong, 0, "the return to that bar, known when it is closed");
	run("horizon:3,class=0.01", B, N);
	wrong = 0;
	for (size_t i = 0; i < nlabels; i++) {
		double ret = B[i + 3].c / B[i].c - 1;
		wrong += L[i].label != (ret > 0.01) - (ret < -0.01);
	}
	is_i64(wrong, 0, "in classes");
	run("horizon:horizon=2,log=1", B, N);
	is_f64(L[5].label, log(B[7].c / B[5].c), 1e-14, "as a logarithm");
}

/* Section 3.3 by a loop over every bar's future, deviation by the definition of ewm. */
static void
barriers(double up, double down, size_t h, double span, bool on_close, bool sign)
{
	size_t k = 0, wrong = 0, hits[3] = { 0 };
	double worst = 0;

	for (size_t i = 0; i + h < N && k < nlabels; i++) {
		double w = 0, mean = 0, var = 0, g = 1, decay = 1 - 2 / (span + 1);

		for (size_t j = i; j >= 1; j--, g *= decay) {
			w += g;
			mean += g * (B[j].c / B[j - 1].c - 1);
		}
		mean /= w;
		g = 1;
		for (size_t j = i; j >= 1; j--, g *= decay)
			var += g / w * pow(B[j].c / B[j - 1].c - 1 - mean, 2);
		while (k < nlabels && L[k].nth < i)
			k++;
		if (i < (size_t)span) {
			wrong += L[k].good;
			continue;
		}
		double s = sqrt(var), hi = up > 0 ? B[i].c * (1 + up * s) : INFINITY;
		double lo = down > 0 ? B[i].c * (1 - down * s) : -INFINITY, px = B[i + h].c,
		       label = 0;
		size_t j = i + 1;
		for (; j <= i + h; j++) {
			double h1 = on_close ? B[j].c : B[j].h, l1 = on_close ? B[j].c : B[j].l;

			if (l1 <= lo) {
				label = -1;
				px = on_close ? B[j].c : fmin(B[j].o, lo);
				break;
			}
			if (h1 >= hi) {
				label = 1;
				px = on_close ? B[j].c : fmax(B[j].o, hi);
				break;
			}
		}
		if (j > i + h) {
			j = i + h;
			label = sign ? (px > B[i].c) - (px < B[i].c) : 0;
		}
		hits[(int)label + 1]++;
		if (L[k].label != label || L[k].bars != j - i || L[k].end < (int64_t)j)
			wrong++;
		if (!(fabs(L[k].extra - (px / B[i].c - 1)) <= worst))
			worst = fabs(L[k].extra - (px / B[i].c - 1));
	}
	is_i64((int64_t)wrong, 0, "label and its bar (%zu down, %zu neither, %zu up)", hits[0],
	    hits[1], hits[2]);
	is_f64(worst, 0, 1e-12, "its return");
}

static void
test_barriers(void)
{
	run("triple-barrier:up=2,down=1,horizon=9,vol=20", B, N);
	barriers(2, 1, 9, 20, false, false);
	run("triple-barrier:up=1.5,down=1.5,horizon=4,vol=10,on=close,vertical=sign", B, N);
	barriers(1.5, 1.5, 4, 10, true, true);
	run("triple-barrier:up=0,down=3,horizon=15,vol=30", B, N);
	barriers(0, 3, 15, 30, false, false);
	int back = 0;
	for (size_t i = 1; i < nlabels; i++)
		back += L[i].nth != L[i - 1].nth + 1;
	is_i64(back, 0, "in the order of the bars");
}

/* t of a slope by two passes. */
static double
slope_t(const double *y, size_t n)
{
	double mx = (double)(n - 1) / 2, my = 0, sxy = 0, sxx = 0, sse = 0;

	for (size_t i = 0; i < n; i++)
		my += y[i] / (double)n;
	for (size_t i = 0; i < n; i++) {
		sxy += ((double)i - mx) * (y[i] - my);
		sxx += ((double)i - mx) * ((double)i - mx);
	}
	for (size_t i = 0; i < n; i++)
		sse += pow(y[i] - my - sxy / sxx * ((double)i - mx), 2);
	return sxy / sxx / sqrt(sse / (double)(n - 2) / sxx);
}

static void
test_trend(void)
{
	double y[N], worst = 0;
	int wrong = 0;

	run("trend-scan:min=3,max=15", B, N);
	for (size_t i = 0; i < N; i++)
		y[i] = log(B[i].c);
	for (size_t i = 0; i < nlabels; i++) {
		double best = 0;
		size_t at = 0;

		for (size_t l = 3; l <= 15; l++) {
			double t = slope_t(y + i, l + 1);
			if (fabs(t) > fabs(best)) {
				best = t;
				at = l;
			}
		}
		wrong += L[i].bars != at || L[i].label != (best > 0 ? 1 : -1) ||
			 L[i].end != (int64_t)i + 15;
		worst = fmax(worst, fabs(L[i].extra / best - 1));
	}
	is_i64((int64_t)nlabels, N - 15, "as many as have all their bars");
	is_i64(wrong, 0, "the horizon with the largest t, known after the longest");
	is_f64(worst, 0, 1e-8, "t-values");
	struct ohlc flat[40];
	for (int i = 0; i < 40; i++)
		flat[i] = (struct ohlc){ 5, 5, 5, 5 };
	run("trend-scan:min=3,max=6", flat, 40);
	is_f64(L[0].label, 0, 0, "no trend where nothing moves");
	is_f64(L[0].extra, 0, 0, "and no t");
}

/* ---- in feat-calc ---- */

static void
test_step(void)
{
	struct buf in = { 0 };
	struct t_stage t;
	int rows = 0, marked = 0, late = 0;

	for (int i = 0; i < 60; i++)
		buf_printf(&in,
		    "{\"type\":\"bar\",\"ts\":\"2024-01-02T%02d:%02d:00Z\",\"ts_end\":"
		    "\"2024-01-02T%02d:%02d:00Z\",\"sym\":\"%s\",\"open\":%.2f,\"high\":%.2f,"
		    "\"low\":%.2f,\"close\":%.2f}\n",
		    i / 60, i, (i + 1) / 60, (i + 1) % 60, i % 3 ? "A" : "B", B[i].c, B[i].c + 1,
		    B[i].c - 1, B[i].c);
	int rc = t_stage_run(&t, &feat_calc_kind, "-e c=close --labels horizon:2", buf_z(&in));
	is_i64(rc, 0, "runs: %s", t.err.msg);
	for (const char *p = strstr(buf_z(&t.out), "\"type\":\"features\""); p;
	     p = strstr(p + 1, "\"type\":\"features\"")) {
		const char *end = strstr(p, "\"label_end\":\""), *ts = strstr(p, "\"ts\":\"");

		rows++;
		marked += strncmp(strstr(p, "\"lookahead\""), "\"lookahead\":true", 16) == 0;
		late += end && strncmp(end + 13, ts + 6, 20) > 0;
	}
	is_i64(rows, 40 - 2 + 20 - 2, "a row for each bar but the last two of A and of B");
	is_i64(marked, rows, "each is marked as knowing the future");
	is_i64(late, rows, "and says when it was known");
	const char *all = buf_z(&t.out), *row = strstr(all, "\"label\":");
	/* the first to be known: bar 1 (A) by bars 2 and 4 */
	double expect = floor(B[4].c * 100 + .5) / floor(B[1].c * 100 + .5) - 1;
	is_f64(atof(row + 8), expect, 1e-12, "its label");
	t_stage_free(&t);
	buf_free(&in);
}

int
main(void)
{
	make_bars();
	test_horizon();
	test_barriers();
	test_trend();
	test_step();
	return done_testing();
}
