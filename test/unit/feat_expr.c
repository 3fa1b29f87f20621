/* The expression language: each operator against its definition, computed anew at every bar from
 * the whole history. The grammar and what is refused: feat_expr_text.c. */
#include "unit/t_expr.h"
#include "unit/t_expr_memory.h"

static const struct {
	const char *text;
	double (*want)(void);
	int n;
	double tol; /* relative */
} cases[] = {
	{ "sum(x,5)", w_sum, 5, 1e-13 },
	{ "mean(x,20)", w_mean, 20, 1e-13 },
	{ "mean(x,1)", w_mean, 1, 0 },
	{ "var(x,20)", w_var, 20, 1e-10 },
	{ "std(x,7)", w_std, 7, 1e-10 },
	{ "std(x,2)", w_std, 2, 1e-10 },
	{ "zscore(y,10)", w_zscore, 10, 1e-11 },
	{ "skew(y,12)", w_skew, 12, 1e-10 },
	{ "kurt(y,30)", w_kurt, 30, 1e-10 },
	{ "median(y,9)", w_median, 9, 0 },
	{ "median(y,10)", w_median, 10, 1e-15 },
	{ "quantile(y,21,0.9)", w_quantile, 21, 1e-15 },
	{ "rank(y,15)", w_rank, 15, 1e-15 },
	{ "slope(x,14)", w_slope, 14, 1e-9 },
	{ "decay_linear(x,6)", w_decay, 6, 1e-13 },
	{ "corr(x,y,25)", w_corr, 25, 1e-9 },
	{ "cov(x,y,25)", w_cov, 25, 1e-9 },
	{ "beta(x,y,40)", w_beta, 40, 1e-9 },
	{ "count(c,8)", w_count, 8, 0 },
	{ "highest(x,13)", w_highest, 13, 0 },
	{ "lowest(x,200)", w_lowest, 200, 0 },
	{ "argmax(y,6)", w_argmax, 6, 0 },
	{ "argmin(y,17)", w_argmin, 17, 0 },
	{ "lag(x)", m_lag, 1, 0 },
	{ "lag(x,0)", m_lag, 0, 0 },
	{ "lag(x,33)", m_lag, 33, 0 },
	{ "diff(x)", m_diff, 1, 0 },
	{ "diff(x,3)", m_diff, 3, 0 },
	{ "pct(x,2)", m_pct, 2, 0 },
	{ "logret(x,4)", m_logret, 4, 1e-14 },
	{ "ewm_mean(x,10)", e_mean, 0, 1e-12 },
	{ "ewm_mean(x,span=10)", e_mean, 0, 1e-12 },
	{ "ewm_var(x,com=4)", e_var, 0, 1e-9 },
	{ "ewm_std(x, halflife = 7)", e_std, 0, 1e-9 },
	{ "ema(x,9)", e_ema, 0, 1e-13 },
	{ "ema(x,alpha=0.2)", e_ema, 0, 1e-13 },
	{ "cumsum(x)", c_sum, 0, 1e-13 },
	{ "cumprod(where(valid(x), 1 + y/100, lag(x, 100000)))", c_prod, 0, 1e-12 },
	{ "cummax(x)", c_max, 0, 0 },
	{ "cummin(x)", c_min, 0, 0 },
	{ "cummean(x)", c_mean, 0, 1e-13 },
	{ "cumvar(x)", c_var, 0, 1e-11 },
	{ "cumstd(x)", c_std, 0, 1e-11 },
	{ "cumcount(c)", c_count, 0, 0 },
	{ "first(x)", c_first, 0, 0 },
	{ "fill(x)", h_fill, 0, 0 },
	{ "valuewhen(c, x)", h_when, 0, 0 },
	{ "since(c)", h_since, 0, 0 },
	{ "streak(c)", h_streak, 0, 0 },
	{ "warmup(x,7)", h_warmup, 0, 0 },
	{ "cross(y,0)", h_cross, 0, 0 },
	{ "crossover(y,0)", h_over, 0, 0 },
	{ "crossunder(y,0)", h_under, 0, 0 },
	{ "x + y * 2 - x / 4", p_arith, 0, 0 },
	{ "(x + (y * 2)) - (x / 4)", p_arith, 0, 0 },
	{ "x/y", p_div, 0, 0 },
	{ "x % y", p_mod, 0, 1e-9 },
	{ "x ^ 3", p_pow, 0, 1e-15 },
	{ "x ** 3", p_pow, 0, 1e-15 },
	{ "y ^ -2", p_pow_neg, 0, 1e-15 },
	{ "pow(x, 0.3)", p_pow_real, 0, 1e-14 },
	{ "x^0.5", p_root, 0, 0 },
	{ "-y^2", p_neg, 0, 0 },
	{ "2^3^2 + 0*y", p_right, 0, 0 },
	{ "abs(y)", p_abs, 0, 0 },
	{ "sign(y)", p_sign, 0, 0 },
	{ "sqrt(y)", p_sqrt, 0, 0 },
	{ "square(x) * x", p_pow, 0, 1e-15 },
	{ "log(y)", p_log, 0, 1e-15 },
	{ "log10(x)", p_log10, 0, 1e-15 },
	{ "exp(y)", p_exp, 0, 1e-15 },
	{ "tanh(y)", p_tanh, 0, 1e-15 },
	{ "sigmoid(y)", p_sigmoid, 0, 1e-15 },
	{ "floor(x)", p_floor, 0, 0 },
	{ "ceil(x)", p_ceil, 0, 0 },
	{ "round(x)", p_round, 0, 0 },
	{ "min(x,y,0.1)", p_min, 0, 0 },
	{ "max(x,99,y)", p_max, 0, 0 },
	{ "clamp(y, -1/2, 0.25)", p_clamp, 0, 0 },
	{ "where(c, x, y)", p_where, 0, 0 },
	{ "valid(x)", p_valid, 0, 0 },
	{ "fill(x, 7)", p_fillv, 0, 0 },
	{ "x < 100", p_less, 0, 0 },
	{ "not x >= 100", p_less, 0, 0 },
	{ "y == 0.25", p_equal, 0, 0 },
	{ "not (y != 0.25)", p_equal, 0, 0 },
	{ "y > 0 and c", p_and, 0, 0 },
	{ "c or y > 0", p_or, 0, 0 },
	{ "not c", p_not, 0, 0 },
	{ "y > 0 or y < 0 and y > -0.6", p_logic, 0, 0 },
	{ "1.5e-3 + 2 + 0 * y", p_number, 0, 0 },
};
#define NCASES (sizeof cases / sizeof *cases)

static void
open_plan(struct feat_plan *plan)
{
	*plan = (struct feat_plan){ 0 };
	feat_plan_add(plan, true, "x");
	feat_plan_add(plan, true, "y");
	feat_plan_add(plan, true, "c");
}

static void
operators(void)
{
	struct feat_plan plan;
	struct expr_prog *p;
	struct err e = { 0 };
	char text[200];
	double *v;
	void *state;

	open_plan(&plan);
	p = expr_new(&plan);
	for (size_t i = 0; i < NCASES; i++) {
		snprintf(text, sizeof text, "r%zu = %s", i, cases[i].text);
		if (expr_add(p, text, strlen(text), "-e", &e) < 0)
			ok(false, "%s", e.msg);
	}
	state = mem_alloc(expr_state_size(p));
	expr_start(p, state);
	v = mem_array(plan.n, sizeof *v);
	double worst[NCASES] = { 0 };
	int wrong[NCASES] = { 0 }, known[NCASES] = { 0 };
	for (at = 0; at < N; at++) {
		v[0] = x[at];
		v[1] = y[at];
		v[2] = c[at];
		expr_run(p, v, NULL, state);
		for (size_t i = 0; i < NCASES; i++) {
			double got = v[3 + i], want, far;

			n = cases[i].n;
			want = cases[i].want();
			known[i] += !isnan(want);
			if (isnan(got) != isnan(want)) {
				wrong[i]++;
				continue;
			}
			far = isnan(got) ? 0 : fabs(got - want) / fmax(1, fabs(want));
			worst[i] = far > worst[i] ? far : worst[i];
		}
	}
	for (size_t i = 0; i < NCASES; i++)
		ok(!wrong[i] && known[i] > 20 && worst[i] <= cases[i].tol,
		    "%s: %d values, off by %.1e, missing or not differs %d times", cases[i].text,
		    known[i], worst[i], wrong[i]);
	free(v);
	free(state);
	expr_free(p);
	feat_plan_free(&plan);
}

/* every function has a case */
static void
complete(void)
{
	for (const char *const *f = expr_function_names(); *f; f++) {
		bool found = strncmp(*f, "cs_", 3) == 0;
		size_t k = strlen(*f);

		for (size_t i = 0; i < NCASES && !found; i++) {
			const char *p = strstr(cases[i].text, *f);

			found = p && p[k] == '(';
		}
		ok(found, "%s is tested", *f);
	}
}

int
main(void)
{
	make_series();
	operators();
	complete();
	return done_testing();
}
