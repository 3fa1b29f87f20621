/* PSI and KS against their definitions, the reference's file, alerts there and back. */
#include "base/rng.h"
#include "feat/drift.h"
#include "feat/feat_calc.h"
#include "t_stage.h"

#include <unistd.h>

#define REF 5000
#define WINDOW 700

static int
by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The largest distance of two empirical distributions, over all values. */
static double
ks_of_samples(const double *a, size_t na, const double *b, size_t nb)
{
	double ks = 0;

	for (size_t i = 0; i < na + nb; i++) {
		double x = i < na ? a[i] : b[i - na], fa = 0, fb = 0;

		for (size_t k = 0; k < na; k++)
			fa += a[k] <= x;
		for (size_t k = 0; k < nb; k++)
			fb += b[k] <= x;
		ks = fmax(ks, fabs(fa / (double)na - fb / (double)nb));
	}
	return ks;
}

/* Over the bins the column says it has. */
static double
psi_of_samples(
    const struct feat_drift_col *c, const double *a, size_t na, const double *e, size_t ne)
{
	double psi = 0;

	for (size_t k = 0; k < c->ncoarse; k++) {
		double lo = -INFINITY, hi = INFINITY, pa = 0, pe = 0;

		for (size_t i = 0; i < c->n; i++) {
			if (c->coarse[i] < k)
				lo = c->edge[i];
			if (c->coarse[i] == k && c->coarse[i + 1] != k)
				hi = c->edge[i];
		}
		for (size_t i = 0; i < na; i++)
			pa += (a[i] > lo && a[i] <= hi) / (double)na;
		for (size_t i = 0; i < ne; i++)
			pe += (e[i] > lo && e[i] <= hi) / (double)ne;
		if (pa == 0)
			pa = 0.5 / (double)na;
		psi += (pa - pe) * log(pa / pe);
	}
	return psi;
}

static void
test_definitions(void)
{
	static double ref[REF], x[2 * WINDOW];
	struct rng r;
	struct {
		const char *name;
		double shift, width;
		int round;
	} cases[] = { { "the same", 0, 1, 0 }, { "shifted", 0.5, 1, 0 }, { "wider", 0, 2, 0 },
		{ "far away", 9, 1, 0 }, { "few values", 0.3, 1, 1 } };

	rng_seed(&r, 17);
	for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
		struct feat_drift_col c = { 0 };
		struct feat_drift_window w;

		for (int i = 0; i < REF; i++) {
			ref[i] = rng_normal(&r);
			if (cases[k].round)
				ref[i] = floor(ref[i]);
		}
		qsort(ref, REF, sizeof *ref, by_value);
		feat_drift_bins(&c, ref, REF);
		uint64_t total = 0;
		for (size_t i = 0; i <= c.n; i++)
			total += c.in[i];
		is_i64((int64_t)total, REF, "each value of the reference is in a bin");
		feat_drift_window_init(&w, WINDOW);
		for (int i = 0; i < 2 * WINDOW; i++) {
			x[i] = cases[k].shift + cases[k].width * rng_normal(&r);
			if (cases[k].round)
				x[i] = floor(x[i]);
			feat_drift_push(&w, &c, x[i]);
		}
		double ks = ks_of_samples(x + WINDOW, WINDOW, ref, REF);
		double psi = psi_of_samples(&c, x + WINDOW, WINDOW, ref, REF);
		is_f64(feat_drift_ks(&w, &c), ks, cases[k].round ? 1e-12 : 1.05 / FEAT_DRIFT_EDGES,
		    "%s: KS %.3f", cases[k].name, ks);
		ok(feat_drift_ks(&w, &c) <= ks + 1e-12, "never above it");
		is_f64(feat_drift_psi(&w, &c), psi, 1e-9 * (1 + psi), "%s: PSI %.4f over %zu bins",
		    cases[k].name, psi, c.ncoarse);
		ok(cases[k].round || c.ncoarse == 10, "deciles");
		feat_drift_window_free(&w);
	}
	/* two bins, by hand: (0.8 - 0.5) ln 1.6 + (0.2 - 0.5) ln 0.4 */
	struct feat_drift_col two = {
		.n = 1, .edge = { 0 }, .in = { 50, 50 }, .coarse = { 0, 1 }, .ncoarse = 2
	};
	struct feat_drift_window w;
	feat_drift_window_init(&w, 10);
	for (int i = 0; i < 10; i++)
		feat_drift_push(&w, &two, i < 8 ? -1 : 1);
	is_f64(feat_drift_psi(&w, &two), 0.3 * log(1.6) - 0.3 * log(0.4), 1e-14, "PSI by hand");
	is_f64(feat_drift_ks(&w, &two), 0.3, 1e-15, "KS by hand");
	feat_drift_window_free(&w);
}

static const char *
path(void)
{
	static char p[64];

	snprintf(p, sizeof p, "feat_drift.%d", (int)getpid());
	return p;
}

/* A column that leaves its reference and comes back, and one that goes silent. */
static void
test_alerts(void)
{
	struct buf in = { 0 };
	struct t_stage t;
	struct rng r;
	char opts[256];

	rng_seed(&r, 5);
	for (int i = 0; i < 4000; i++) {
		bool away = i >= 2000 && i < 3000, silent = i >= 3500;
		double c = 100 + rng_normal(&r) + (away ? 3 : 0);
		char volume[40] = "";

		if (!silent)
			snprintf(
			    volume, sizeof volume, ",\"volume\":%d", 10 + (int)rng_below(&r, 9));
		buf_printf(&in,
		    "{\"type\":\"bar\",\"ts\":%d,\"sym\":\"A\",\"open\":%.3f,\"high\":%.3f,"
		    "\"low\":%.3f,\"close\":%.3f%s}\n",
		    1700000000 + 60 * i, c, c, c, c, volume);
	}
	snprintf(opts, sizeof opts, "-e c=close -e v=volume --fit-drift %s --fit-until %d", path(),
	    1700000000 + 60 * 999);
	int rc = t_stage_run(&t, &feat_calc_kind, opts, buf_z(&in));
	is_i64(rc, 0, "keeps a reference: %s", t.err.msg);
	t_stage_free(&t);
	snprintf(opts, sizeof opts,
	    "-e c=close -e v=volume --drift %s --drift-window 200 --drift-status 10h", path());
	rc = t_stage_run(&t, &feat_calc_kind, opts, buf_z(&in));
	is_i64(rc, 0, "watches: %s", t.err.msg);
	const char *o = buf_z(&t.out);
	int alerts = 0, rows = 0, features = 0, statuses = 0, on = -1, back = -1, gone = -1;
	for (const char *p = o; *p; p += strcspn(p, "\n") + 1) {
		rows += strncmp(p, "{\"type\":\"bar\"", 13) == 0;
		features += strncmp(p, "{\"type\":\"features\"", 18) == 0;
		statuses += strncmp(p, "{\"type\":\"status\"", 16) == 0;
		if (strncmp(p, "{\"type\":\"alert\"", 15) != 0)
			continue;
		alerts++;
		size_t n = strcspn(p, "\n");
		if (memmem(p, n, "\"drift_psi\"", 11) && memmem(p, n, "c: PSI", 6)) {
			if (memmem(p, n, "\"warn\"", 6))
				on = rows;
			else if (memmem(p, n, "back below", 10))
				back = rows;
		}
		if (memmem(p, n, "\"drift_missing\"", 15) && memmem(p, n, "v: no values", 12))
			gone = rows;
	}
	ok(on > 2000 && on < 2100, "an alert soon after the column has left (row %d)", on);
	ok(back > 3000 && back < 3200, "and one when it is back (row %d)", back);
	ok(gone > 3500 && gone < 3700, "and one when a column goes silent (row %d)", gone);
	ok(alerts <= 8, "few of them (%d)", alerts);
	is_i64(features, 4000, "all rows go on");
	is_i64(statuses, 6, "a status every ten hours of 66");
	t_stage_free(&t);

	struct {
		const char *text, *words;
	} bad[] = { { "{}", "drift_reference" }, { "{\"drift_reference\":1}", "columns" },
		{ "{\"drift_reference\":1,\"columns\":{\"c\":{\"edges\":[1,1],\"in\":[1,1,1]}}}",
		    "column c: the \"edges\"" },
		{ "{\"drift_reference\":1,\"columns\":{\"c\":{\"edges\":[1],\"in\":[1]}}}",
		    "\"in\" of 2" },
		{ "{\"drift_reference\":1,\"columns\":{\"c\":{\"edges\":[1],\"in\":[0,0]}}}",
		    "no value in any bin" } };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		FILE *f = fopen(path(), "w");
		if (!f || fputs(bad[i].text, f) < 0 || fclose(f) != 0)
			exit(1);
		rc = t_stage_run(&t, &feat_calc_kind, opts, "");
		ok(rc == ERR_DATA && strstr(t.err.msg, bad[i].words), "refused: %s", t.err.msg);
		t_stage_free(&t);
	}
	buf_free(&in);
	remove(path());
}

int
main(void)
{
	test_definitions();
	test_alerts();
	return done_testing();
}
