/* Measures against definitions and closed forms, then a table whose truth was planted. */
#include "base/rng.h"
#include "feat/cross.h"
#include "feat/feat_rank.h"
#include "feat/rank.h"
#include "t_stage.h"

static void
test_spearman(void)
{
	/* a textbook's: IQ and hours of television, rho = -29/165 */
	const double iq[] = { 106, 100, 86, 101, 99, 103, 97, 113, 112, 110 };
	const double tv[] = { 7, 27, 2, 50, 28, 29, 20, 12, 6, 17 };
	const double tied[] = { 1, 1, 2, 2 }, line[] = { 1, 2, 3, 4 }, flat[] = { 5, 5, 5, 5 };
	struct feat_item items[20];
	double work[40];

	is_f64(feat_spearman(iq, tv, 10, items, work), -29.0 / 165, 1e-15, "Spearman's rho");
	is_f64(feat_spearman(tied, line, 4, items, work), 2 / sqrt(5), 1e-15, "with ties");
	ok(isnan(feat_spearman(flat, line, 4, items, work)), "none with what does not move");
}

static void
test_newey_west(void)
{
	const double x[] = { 1, 3, 2, 5, 4, 6, 5, 8 };
	double m = 34.0 / 8, v = 0;

	for (int l = 0; l <= 2; l++)
		for (int i = l; i < 8; i++)
			v += (l ? 2 * (1 - l / 3.0) : 1) * (x[i] - m) * (x[i - l] - m) / 8;
	is_f64(feat_newey_west(x, 8, 2), m / sqrt(v / 8), 1e-13, "Newey-West");
	/* an AR(1) of 0.8: the deviation of a mean is 3 times that of independent values */
	static double y[20000];
	struct rng r;
	rng_seed(&r, 9);
	for (int i = 1; i < 20000; i++)
		y[i] = 0.8 * y[i - 1] + rng_normal(&r);
	is_f64(feat_newey_west(y, 20000, 0) / feat_newey_west(y, 20000, 60), 3, 0.3,
	    "autocorrelation widens it threefold");
}

/* Two normals of correlation rho share -ln(1 - rho^2) / 2 nats; 32 bins see nearly all. */
static void
test_mutual(void)
{
	enum { M = 100000 };
	double *x = mem_array(M, sizeof *x), *y = mem_array(M, sizeof *y);
	uint8_t *bx = mem_array(M, 1), *by = mem_array(M, 1);
	struct feat_item *items = mem_array(2 * M, sizeof *items);
	struct rng r;

	rng_seed(&r, 12);
	for (int k = 0; k < 3; k++) {
		const double rho = (const double[]){ 0, 0.3, 0.7 }[k];

		for (int i = 0; i < M; i++) {
			x[i] = rng_normal(&r);
			y[i] = rho * x[i] + sqrt(1 - rho * rho) * rng_normal(&r);
		}
		size_t n = feat_equal_bins(x, M, 32, bx, items);
		is_i64((int64_t)n, 32, "32 bins");
		feat_equal_bins(y, M, 32, by, items);
		double truth = -log(1 - rho * rho) / 2;
		is_f64(feat_mutual(bx, 32, by, 32, M, 0), truth, 0.001 + 0.05 * truth,
		    "rho %.1f: %.4f nats", rho, truth);
		is_f64(feat_mutual(bx, 32, by, 32, M, 777), 0, 0.001, "none when shifted");
	}
	const double few[] = { 3, 1, NAN, 3, 2, 1 };
	feat_equal_bins(few, 6, 16, bx, items);
	ok(bx[0] == 3 && bx[1] == 1 && bx[2] == 0 && bx[3] == 3 && bx[4] == 2 && bx[5] == 1,
	    "few values have a bin each, absent ones none");
	free(x);
	free(y);
	free(bx);
	free(by);
	free(items);
}

static void
test_cholesky(void)
{
	double a[] = { 4, 0, 0, 2, 5, 0, 1, 3, 6 }, b[] = { 9, 21, 25 };
	double bad[] = { 1, 0, 2, 1 }, c[] = { 1, 1 };

	/* [4 2 1; 2 5 3; 1 3 6] (1, 2, 3) = (11, 21, 25) */
	b[0] = 11;
	ok(feat_cholesky(a, 3, b), "solves");
	is_f64(fabs(b[0] - 1) + fabs(b[1] - 2) + fabs(b[2] - 3), 0, 1e-13, "to 1 2 3");
	ok(!feat_cholesky(bad, 2, c), "and knows what is not positive definite");
}

/* ---- planted ---- */

enum { DAYS = 300, NAMES = 20, NOISE = 10 };

static void
plant(struct feat_table *t)
{
	static const char *const names[] = { "linear", "copy", "square", "fixed" };
	struct rng r;
	size_t col[4], noise[NOISE];

	rng_seed(&r, 77);
	for (int k = 0; k < 4; k++)
		col[k] = feat_table_column(t, str_z(names[k]));
	for (int k = 0; k < NOISE; k++) {
		char name[8];

		snprintf(name, sizeof name, "noise%d", k);
		noise[k] = feat_table_column(t, str_z(name));
	}
	for (int s = 0; s < NAMES; s++) /* symbol by symbol: the table must find the instants */
		for (int d = 0; d < DAYS; d++) {
			double x = rng_normal(&r), q = rng_normal(&r);
			double y = 0.3 * x + 0.3 * (q * q - 1) + rng_normal(&r);
			ptrdiff_t i =
			    feat_table_row(t, d * TIM_DAY, (d + 1) * TIM_DAY, (uint32_t)s, y);

			if (i < 0)
				continue;
			t->v[col[0]][i] = x;
			t->v[col[1]][i] = 2 * x + 0.05 * rng_normal(&r);
			t->v[col[2]][i] = q;
			for (int k = 0; k < NOISE; k++)
				t->v[noise[k]][i] = rng_normal(&r);
			if (d % 3)
				t->v[col[3]][i] = 1;
		}
	feat_table_end(t);
}

static const struct feat_rank_col *
column(const struct feat_rank *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->cols[i].name, name) == 0)
			return &r->cols[i];
	exit(1);
}

static void
test_planted(void)
{
	struct feat_table t = { 0 };
	struct feat_rank_opts o = { .seed = 1,
		.folds = 5,
		.repeats = 3,
		.bins = 16,
		.min_names = 5,
		.periods = 6,
		.rounds = 60,
		.corr = 0.9,
		.ridge = 1e-3,
		.embargo = 0.01,
		.model = { true, true } };
	struct feat_rank r, again;

	plant(&t);
	is_i64((int64_t)t.ninstants, DAYS, "instants");
	feat_rank_run(&t, &o, &r);
	const struct feat_rank_col *lin = column(&r, "linear"), *sq = column(&r, "square"),
				   *copy = column(&r, "copy"), *fix = column(&r, "fixed");
	/* corr(x, y) = 0.3 / sqrt(0.09 + 0.18 + 1) = 0.266; Spearman's is 6/pi asin(rho/2) for
	 * normals; y is a little off normal */
	is_f64(lin->ic, 6 / M_PI * asin(0.3 / sqrt(1.27) / 2), 0.03, "IC of the linear one");
	ok(lin->t > 10 && lin->stable == 1, "sure and steady (t %.1f)", lin->t);
	ok(fabs(sq->t) < 3.5 && sq->mi_z > 10, "the square has no IC but information (z %.0f)",
	    sq->mi_z);
	ok(lin->verdict != copy->verdict &&
		(lin->verdict == FEAT_LIKE || copy->verdict == FEAT_LIKE),
	    "of two that say the same one is kept");
	is_i64(
	    (lin->verdict == FEAT_LIKE ? copy : lin)->verdict, FEAT_KEEP, "and one only is like");
	is_i64(sq->verdict, FEAT_KEEP, "stumps see the square");
	/* shuffling a column of weight w costs 2 w^2 var(x) / var(y) */
	double both = lin->perm[FEAT_RIDGE] + copy->perm[FEAT_RIDGE];
	ok(both > 0.05, "ridge shares the loss between the copies (%.3f)", both);
	is_f64(sq->perm[FEAT_RIDGE], 0, 0.01, "and sees nothing in the square");
	is_f64(sq->perm[FEAT_STUMPS], 2 * 0.18 / 1.27, 0.12,
	    "stumps lose twice its share of variance");
	is_f64(r.r2[FEAT_STUMPS], 0.27 / 1.27, 0.06, "of the variance that can be explained");
	is_f64(r.r2[FEAT_RIDGE], 0.09 / 1.27, 0.03, "ridge explains the linear part");
	int weak = 0;
	for (size_t i = 0; i < r.n; i++)
		weak += strncmp(r.cols[i].name, "noise", 5) == 0 && r.cols[i].verdict == FEAT_WEAK;
	ok(weak >= NOISE - 1, "noise is weak: %d of %d (one in 37 would pass by chance)", weak,
	    NOISE);
	ok(fix->verdict == FEAT_WEAK && isnan(fix->ic) && fix->mi == 0,
	    "one that never moves is weak");
	is_i64((int64_t)fix->count, NAMES * DAYS * 2 / 3, "its values are counted");
	feat_rank_run(&t, &o, &again);
	struct buf a = { 0 }, b = { 0 };
	feat_rank_json(&t, &r, "y", &a);
	feat_rank_json(&t, &again, "y", &b);
	is_mem(a.p, a.len, b.p, b.len, "the same seed, the same bytes");
	buf_free(&a);
	buf_free(&b);
	feat_rank_free(&r);
	feat_rank_free(&again);
	feat_table_free(&t);
}

/* With room for a tenth, whole instants are left out. */
static void
test_thin(void)
{
	struct feat_table t = { .max = 600 };
	int broken = 0;

	plant(&t);
	ok(t.n <= 600 && t.n >= 150 && t.thin >= 4, "%zu of %llu rows are kept", t.n,
	    (unsigned long long)t.seen);
	for (size_t k = 0; k < t.ninstants; k++)
		broken += t.at[k + 1] - t.at[k] != NAMES;
	is_i64(broken, 0, "instants are whole");
	feat_table_free(&t);
}

static void
test_stage(void)
{
	struct buf in = { 0 };
	struct t_stage t;
	struct rng r;

	rng_seed(&r, 6);
	for (int i = 0; i < 500; i++) { /* one symbol: IC over time */
		double x = rng_normal(&r);

		buf_printf(&in,
		    "{\"type\":\"features\",\"ts\":%d,\"sym\":\"A\",\"interval\":\"1m\",%"
		    "s\"label\":%g,"
		    "\"label_ret\":%g}\n",
		    1700000000 + 60 * i, i % 7 ? "\"x\":1," : "", x, x);
		if (i % 7)
			continue;
		buf_printf(&in,
		    "{\"type\":\"features\",\"ts\":%d,\"sym\":\"A\",\"interval\":\"1m\",\"z\":%g,"
		    "\"label\":%g}\n",
		    1700000000 + 60 * i + 1, x, x + rng_normal(&r));
	}
	int rc = t_stage_run(&t, &feat_rank_kind, "-O csv", buf_z(&in));
	is_i64(rc, 0, "runs: %s", t.err.msg);
	ok(strstr(buf_z(&t.out), "\nz,keep,") && strstr(buf_z(&t.out), "\nx,weak,"),
	    "finds the column");
	ok(!strstr(buf_z(&t.out), "label_ret"), "labels are no columns");
	t_stage_free(&t);
	rc = t_stage_run(&t, &feat_rank_kind, "-l none", buf_z(&in));
	ok(rc == ERR_DATA && strstr(t.err.msg, "no features record has a number 'none'"), "%s",
	    t.err.msg);
	t_stage_free(&t);
	rc = t_stage_run(&t, &feat_rank_kind, "", "");
	ok(rc == 0 && t.out.len == 0, "nothing to say of nothing");
	t_stage_free(&t);
	buf_free(&in);
}

int
main(void)
{
	test_spearman();
	test_newey_west();
	test_mutual();
	test_cholesky();
	test_planted();
	test_thin();
	test_stage();
	return done_testing();
}
