/* Regressions against sums over the whole window, Kalman's filter against the closed form, side
 * tables by date. */
#include "base/rng.h"
#include "feat/factor.h"
#include "feat/feat_calc.h"
#include "feat/side.h"
#include "t_stage.h"

#include <unistd.h>

#define N 600

static double X[N], Y[N];

static void
make_pairs(void)
{
	struct rng r;

	rng_seed(&r, 11);
	for (int i = 0; i < N; i++) {
		X[i] = 0.01 * rng_normal(&r) + 0.0004;
		Y[i] = 0.0002 + 1.3 * X[i] + 0.008 * rng_normal(&r);
	}
}

/* Weighted least squares by two passes over all pairs. */
static void
by_brute_force(int from, int to, double decay, struct feat_fit *f)
{
	double w = 0, mx = 0, my = 0, sxx = 0, sxy = 0, syy = 0, sse = 0;

	for (int pass = 0; pass < 3; pass++) {
		double k = 1;

		for (int i = to; i >= from; i--, k *= decay) {
			if (pass == 0) {
				w += k;
				mx += k * X[i];
				my += k * Y[i];
			} else if (pass == 1) {
				sxx += k * (X[i] - mx) * (X[i] - mx);
				sxy += k * (X[i] - mx) * (Y[i] - my);
				syy += k * (Y[i] - my) * (Y[i] - my);
			} else {
				double e = Y[i] - f->alpha - f->beta * X[i];

				sse += k * e * e;
			}
		}
		if (pass == 0) {
			mx /= w;
			my /= w;
		} else if (pass == 1) {
			f->beta = sxy / sxx;
			f->alpha = my - f->beta * mx;
		}
	}
	f->resid = Y[to] - f->alpha - f->beta * X[to];
	f->r2 = 1 - sse / syy;
	f->sd = sqrt(sse / (decay < 1 ? w : w - 2));
}

static double
furthest(const struct feat_fit *a, const struct feat_fit *b)
{
	const double d[] = { a->beta - b->beta, a->alpha - b->alpha, a->resid - b->resid,
		a->r2 - b->r2, a->sd - b->sd };
	double worst = 0;

	for (int i = 0; i < 5; i++)
		if (!(fabs(d[i]) <= worst))
			worst = fabs(d[i]);
	return worst;
}

static void
test_regressions(void)
{
	struct feat_fit got, want;
	double worst = 0;
	int early = 0;

	for (uint32_t n = 3; n < 130; n += 21) {
		struct feat_ols o;

		feat_ols_init(&o, n);
		for (int i = 0; i < N; i++) {
			bool has = feat_ols_push(&o, X[i], Y[i], &got);

			early += has != (i + 1 >= (int)n);
			if (!has)
				continue;
			by_brute_force(i + 1 - (int)n, i, 1, &want);
			if (n > 3 && furthest(&got, &want) > worst)
				worst = furthest(&got, &want);
		}
		feat_ols_free(&o);
	}
	is_f64(worst, 0, 1e-10, "rolling OLS is that of the window");
	is_i64(early, 0, "from the first full window on");

	struct feat_ewls s;
	worst = 0;
	feat_ewls_init(&s, 25, 10);
	for (int i = 0; i < N; i++)
		if (feat_ewls_push(&s, X[i], Y[i], &got)) {
			by_brute_force(0, i, exp2(-1.0 / 25), &want);
			if (furthest(&got, &want) > worst)
				worst = furthest(&got, &want);
		}
	is_f64(worst, 0, 1e-10, "exponentially weighted least squares");

	struct feat_ols o;
	bool any = false;
	feat_ols_init(&o, 5);
	for (int i = 0; i < 20; i++)
		any |= feat_ols_push(&o, 0.01, Y[i], &got);
	ok(!any, "no beta to something that does not move");
	feat_ols_free(&o);
}

/* Without a walk the filter is Bayes' rule on all pairs at once: precision P0^-1 + X'X / r. */
static void
test_kalman(void)
{
	struct feat_kalman k;
	struct feat_fit f;
	double r = 0.008, a0 = 0.01, paa = 1 / (a0 * a0), pab = 0, pbb = 1, va = 0, vb = 1;

	feat_kalman_init(&k, 0, 0, r, a0);
	for (int i = 0; i < N; i++) {
		feat_kalman_push(&k, X[i], Y[i], &f);
		paa += 1 / (r * r);
		pab += X[i] / (r * r);
		pbb += X[i] * X[i] / (r * r);
		va += Y[i] / (r * r);
		vb += X[i] * Y[i] / (r * r);
	}
	double det = paa * pbb - pab * pab;
	is_f64(k.a, (pbb * va - pab * vb) / det, 1e-12, "alpha is the posterior mean");
	is_f64(k.b, (paa * vb - pab * va) / det, 1e-9, "so is beta");
	is_f64(k.pbb, paa / det, 1e-12, "with its variance");

	/* a beta that jumps: the walk follows, the constant does not */
	struct rng g;
	struct feat_kalman walk;
	rng_seed(&g, 2);
	feat_kalman_init(&walk, 0, 0.05, r, 0);
	feat_kalman_init(&k, 0, 0, r, 0);
	for (int i = 0; i < 1000; i++) {
		double x = 0.01 * rng_normal(&g), y = (i < 700 ? 0.5 : 2) * x + r * rng_normal(&g);

		feat_kalman_push(&walk, x, y, &f);
		feat_kalman_push(&k, x, y, &f);
	}
	is_f64(walk.b, 2, 0.4, "a walking beta finds the new level");
	ok(k.b < 1.2, "a standing one does not (%.2f)", k.b);
}

static void
test_lag(void)
{
	struct feat_lag l;
	int wrong = 0;

	feat_lag_init(&l, 5);
	for (int i = 0; i < 40; i++) {
		feat_lag_push(&l, i);
		for (uint32_t b = 0; b <= 5; b++) {
			double v = feat_lag_at(&l, b);

			wrong += i >= (int)b ? v != i - (int)b : !isnan(v);
		}
	}
	is_i64(wrong, 0, "values of some pushes ago");
	feat_lag_free(&l);
}

/* ---- side tables ---- */

static const char *
file(const char *text)
{
	static char path[64];
	snprintf(path, sizeof path, "feat_factor.%d", (int)getpid());
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		exit(1);
	return path;
}

static int64_t
at(const char *z)
{
	int64_t t = 0;

	tim_parse(z, strlen(z), &t, NULL);
	return t;
}

static void
test_fundamentals(void)
{
	struct symtab *syms = symtab_new();
	struct err e;
	struct feat_fund *f = feat_fund_read(
	    file("date,sym,eps,\"book, a share\"\n2024-03-01,A,2,10\n2024-02-01,A,1,\n"
		 "2024-03-05T14:30:00Z,A,,12\n2024-02-10,B,-1,\n"),
	    syms, &e);
	const struct sym *a = symtab_get(syms, str_z("A")), *b = symtab_get(syms, str_z("B"));

	if (!ok(f != NULL, "a table of fundamentals: %s", f ? "" : e.msg))
		return;
	is_i64(feat_fund_column(f, "book, a share"), 1, "quoted names");
	ok(isnan(feat_fund_at(f, a, at("2024-02-01T23:59:59Z"), 0)),
	    "a date counts when its day is over");
	is_f64(feat_fund_at(f, a, at("2024-02-02"), 0), 1, 0, "from then on it is known");
	is_f64(feat_fund_at(f, a, at("2024-03-01T12:00:00Z"), 0), 1, 0, "until the next one");
	is_f64(feat_fund_at(f, a, at("2024-03-02"), 0), 2, 0, "which then counts");
	is_f64(feat_fund_at(f, a, at("2024-03-05T14:29:59Z"), 1), 10, 0, "a time is exact: before");
	is_f64(feat_fund_at(f, a, at("2024-03-05T14:30:00Z"), 1), 12, 0, "and at it");
	is_f64(feat_fund_at(f, a, at("2024-03-05T14:30:00Z"), 0), 2, 0, "an empty cell keeps");
	ok(isnan(feat_fund_at(f, a, at("2024-02-05"), 1)), "a cell that was never filled");
	is_f64(feat_fund_at(f, b, at("2025-01-01"), 0), -1, 0, "another symbol");
	feat_fund_free(f);
	struct {
		const char *text, *words;
	} bad[] = { { "", "empty" }, { "sym,eps\nA,1\n", "sym and date" },
		{ "sym,date\nA,2024-01-01\n", "no column besides" },
		{ "sym,date,eps\nA,2024-01-01,x\n", "line 2: no finite number: 'x'" },
		{ "sym,date,eps\nA,soon,1\n", "line 2: no date" },
		{ "sym,date,eps\nA b,2024-01-01,1\n", "line 2: no symbol: 'A b'" },
		{ "sym,date,eps\nA,2024-01-01,\"1\n", "line 2: a quoted cell" } };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		f = feat_fund_read(file(bad[i].text), syms, &e);
		ok(!f && strstr(e.msg, bad[i].words), "refused: %s", e.msg);
		feat_fund_free(f);
	}
	struct feat_sectors *s = feat_sectors_read(
	    file("sym,sector\nA,Energy\nB,Health Care\nC,Energy\nD,\n"), syms, &e);
	ok(s && feat_sectors_of(s, a) == 1 && feat_sectors_of(s, b) == 2 &&
		feat_sectors_of(s, symtab_get(syms, str_z("C"))) == 1 &&
		feat_sectors_of(s, symtab_get(syms, str_z("D"))) == 0 &&
		feat_sectors_of(s, symtab_get(syms, str_z("E"))) == 0,
	    "sectors in order of first sight, 0 for none");
	is_str(feat_sectors_name(s, 2), "Health Care", "with their names");
	feat_sectors_free(s);
	s = feat_sectors_read(file("sym,sector\nA,Energy\nA,Utilities\n"), syms, &e);
	ok(!s && strstr(e.msg, "line 3: a second row for 'A'"), "refused: %s", e.msg);
	symtab_free(syms);
	remove(file(""));
}

/* ---- in feat-calc: three symbols and a benchmark, one of them with a hole ---- */

static double
value(const char *out, const char *sym, int day, const char *key)
{
	char want[128], name[80];

	int y, m, d;
	tim_civil(tim_days(2024, 1, 1) + day, &y, &m, &d);
	snprintf(want, sizeof want,
	    "{\"type\":\"features\",\"ts\":\"%04d-%02d-%02dT00:00:00.000000000Z\",\"sym\":\"%s\"",
	    y, m, d, sym);
	snprintf(name, sizeof name, "\"%s\":", key);
	const char *p = strstr(out, want);
	if (!p)
		return NAN;
	const char *k = strstr(p, name);
	return k && k < p + strcspn(p, "\n") ? atof(k + strlen(name)) : NAN;
}

#define DAYS 40
static double C[4][DAYS];

static void
test_step(void)
{
	static const char *const names[] = { "A", "B", "C", "IDX" };
	struct buf in = { 0 };
	struct rng r;
	struct t_stage t;
	char opts[256];

	rng_seed(&r, 21);
	for (int d = 0; d < DAYS; d++) {
		int y, m, day;
		double move = 0.01 * rng_normal(&r);

		for (int s = 3; s >= 0; s--) {
			double own = s == 3 ? move : (0.5 + s) * move + 0.01 * rng_normal(&r);

			C[s][d] = floor((d ? C[s][d - 1] * (1 + own) : 100) * 100) / 100;
		}
		tim_civil(tim_days(2024, 1, 1) + d, &y, &m, &day);
		for (int s = 0; s < 4; s++) {
			if (s == 1 && d == 20)
				continue; /* B has no bar that day */
			buf_printf(&in,
			    "{\"type\":\"bar\",\"ts\":\"%04d-%02d-%02dT00:00:00Z\",\"sym\":\"%s\","
			    "\"open\":%.2f,\"high\":%.2f,\"low\":%.2f,\"close\":%.2f}\n",
			    y, m, day, names[s], C[s][d], C[s][d], C[s][d], C[s][d]);
		}
		buf_printf(&in, "{\"type\":\"watermark\",\"ts\":\"%04d-%02d-%02dT00:00:00Z\"}\n", y,
		    m, day);
	}
	snprintf(opts, sizeof opts,
	    "-e c=close --benchmark IDX --sectors %s --factors "
	    "beta(10),mom(1,0),sector_ret,sector(5),sectors",
	    file("sym,sector\nA,Tech & Co\nB,Tech & Co\nC,Tech & Co\n"));
	int rc = t_stage_run(&t, &feat_calc_kind, opts, buf_z(&in));
	is_i64(rc, 0, "runs: %s", t.err.msg);
	const char *o = buf_z(&t.out);

	/* B at day 25: ten pairs, of which one spans two days for both */
	struct feat_fit want;
	int prev = 14, n = 0;
	for (int d = 15; d <= 25; d++) {
		if (d == 20)
			continue;
		X[n] = C[3][d] / C[3][prev] - 1;
		Y[n++] = C[1][d] / C[1][prev] - 1;
		prev = d;
	}
	by_brute_force(0, n - 1, 1, &want);
	is_f64(value(o, "B", 25, "beta_10"), want.beta, 1e-9,
	    "beta over a hole: both returns span the same days");
	is_f64(value(o, "B", 25, "ivol_10"), want.sd, 1e-12, "its residual deviation");
	is_f64(value(o, "A", 39, "mom_1_0"), C[0][39] / C[0][18] - 1, 1e-14, "a month is 21 bars");
	ok(isnan(value(o, "A", 20, "mom_1_0")), "and absent before");
	ok(isnan(value(o, "IDX", 30, "beta_10")), "the benchmark has no beta to itself");
	double a = C[0][20] / C[0][19] - 1, c = C[2][20] / C[2][19] - 1;
	is_f64(value(o, "A", 20, "sector_ret"), (a + c) / 2, 1e-15, "the sector without B");
	is_f64(value(o, "A", 21, "sector_ret"), (C[0][21] / C[0][20] + C[2][21] / C[2][20]) / 2 - 1,
	    1e-15, "nor does B's return over two days count");
	is_f64(value(o, "A", 21, "in_tech_co"), 1, 0, "in its sector");
	ok(!isnan(value(o, "A", 30, "sector_beta_5")), "a beta to the others of it");
	t_stage_free(&t);
	buf_free(&in);
	remove(file(""));
}

int
main(void)
{
	make_pairs();
	test_regressions();
	test_kalman();
	test_lag();
	test_fundamentals();
	test_step();
	return done_testing();
}
