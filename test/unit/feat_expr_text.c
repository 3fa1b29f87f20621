/* The grammar of expressions: what is refused, and where; files of several lines, columns of other
 * symbols, calls over all symbols. */
#include "feat/expr.h"

#include "base/err.h"
#include "base/mem.h"
#include "unit/t.h"

static void
open_plan(struct feat_plan *plan)
{
	*plan = (struct feat_plan){ 0 };
	feat_plan_add(plan, true, "x");
	feat_plan_add(plan, true, "y");
	feat_plan_add(plan, true, "c");
}

/* ---- what is refused ---- */

static void
refused(const char *text, const char *words)
{
	struct feat_plan plan;
	struct expr_prog *p;
	struct err e = { 0 };
	int rc;

	open_plan(&plan);
	p = expr_new(&plan);
	rc = expr_add(p, text, strlen(text), "-e", &e);
	is_i64(rc, ERR_USAGE, "refused: %.60s", text);
	if (!ok(strstr(e.msg, words) != NULL, "it says: %s", words))
		t_note("%s", e.msg);
	expr_free(p);
	feat_plan_free(&plan);
}

static void
repeated(const char *head, const char *part, int times, const char *tail, const char *words)
{
	size_t k = strlen(part);
	char *text = mem_alloc(strlen(head) + k * (size_t)times + strlen(tail) + 1), *o;

	o = stpcpy(text, head);
	for (int i = 0; i < times; i++)
		o = stpcpy(o, part);
	strcpy(o, tail);
	refused(text, words);
	free(text);
}

static void
grammar(void)
{
	refused("r", "column 2: expected '=', not the end of the line");
	refused("= 3", "column 1: expected NAME = EXPRESSION, not '='");
	refused("r = ", "column 5: expected a number, a column, a function or (");
	refused("r = x +", "column 8: expected a number");
	refused("r = (x", "column 7: expected ')'");
	refused("r = x y", "column 7: expected an operator or the end of the line, not 'y'");
	refused("r = x )", "column 7: expected an operator or the end of the line, not ')'");
	refused("r == x", "column 3: expected '='");
	refused("mean(x, 3)", "column 1: a column needs a name: NAME = mean(...)");
	refused("x = 1", "column 1: there is a column 'x' already");
	refused("a = 1; a = 2", "column 8: there is a column 'a' already");
	refused("Ret = 1", "'Ret' is no name for a column");
	refused("ts = 1", "'ts' is a key of every record");
	refused("and = 1", "expected NAME = EXPRESSION");
	refused("r = z", "column 5: there is no column 'z'");
	refused("r = z@SPY", "there is no column 'z'");
	refused("r = r", "there is no column 'r'");
	refused("r = meen(x, 3)", "there is no function 'meen'; did you mean mean?");
	refused("r = mean", "mean is a function: '(' expected behind it");
	refused("r = mean(x)", "column 11: expected ',' and the number of bars, not ')'");
	refused("r = mean(x, y)", "the number of bars must be a constant");
	refused("r = mean(x, 0)", "the number of bars must be between 1 and 100000");
	refused("r = std(x, 1)", "must be between 2 and 100000");
	refused("r = mean(x, 1e9)", "must be between 1 and 100000");
	refused("r = mean(x, 2.5)", "the number of bars must be whole");
	refused("r = mean(x, 3, 4)", "expected ')'");
	refused("r = lag(x, -1)", "must be between 0 and 100000");
	refused("r = quantile(x, 5)", "expected ',' and the quantile");
	refused("r = quantile(x, 5, 2)", "the quantile must be between 0 and 1");
	refused("r = ema(x, alpha=2)", "alpha must be between 1e-12 and 1");
	refused("r = ema(x, window=2)", "there is no column 'window'");
	refused("r = 1 < x < 3", "comparisons do not chain");
	refused("r = x@", "a symbol of 1 to 32 characters");
	refused("r = x@'EUR/USD", "the ' that closes the symbol");
	refused("r = 007", "'007' is not a number");
	refused("r = 1e999", "'1e999' is not a number");
	refused("r = 3x", "'3x' is not a number");
	refused("a = 1\n\n  b = a +\nc2 = 3", "line 3, column 10: expected a number");
	refused("# fine\nr = $", "line 2, column 5: expected a number, a column, a function or (, "
				 "not '$'");
	repeated("r = ", "(", 100000, "x", "nested more than 200 deep");
	repeated("r = ", "-", 100000, "x", "nested more than 200 deep");
	repeated("r = ", "not ", 100000, "x", "nested more than 200 deep");
	repeated("r = ", "abs(", 100000, "x", "nested more than 200 deep");
	repeated("r = x", " + x", 30000, "", "more than 20000 operations");
	repeated("r = x", " + kurt(x,100000)", 30, "", "need more than 64 MiB a symbol");
	repeated("r = ", "xxxxxxxxxx", 200000, "", "longer than");
}

/* comments, several lines, names used further down, hidden ones, other symbols */
static void
lines(void)
{
	static const char text[] = "# returns\r\n"
				   "_half = x / 2 # not written\n"
				   "\n"
				   " a.b_1=_half+1;b=a.b_1*2 ;\n"
				   "rel = b - x@'BRK/B-1' + x@SPY + x@SPY\n";
	struct feat_plan plan;
	struct expr_prog *p;
	struct err e = { 0 };
	const struct expr_ref *refs;
	double v[7] = { 10, 0, 0 }, ref[] = { 1, 100 };

	open_plan(&plan);
	p = expr_new(&plan);
	is_i64(expr_add(p, text, sizeof text - 1, "f", &e), 0, "a file: %s", e.msg);
	is_i64((int64_t)plan.n, 7, "four columns");
	ok(plan.cols[3].hidden && !plan.cols[4].hidden, "a name that begins with _ is hidden");
	is_i64((int64_t)expr_refs(p, &refs), 2, "two columns of other symbols, one used twice");
	is_str(refs[0].sym, "BRK/B-1", "in quotes");
	is_str(refs[1].sym, "SPY", "and without");
	ok(expr_waits(p), "such a program needs the whole instant");
	expr_run(p, v, ref, NULL);
	is_f64(v[4], 6, 0, "a.b_1");
	is_f64(v[6], 12 - 1 + 200, 0, "rel");
	expr_free(p);
	feat_plan_free(&plan);
}

/* A cross-sectional call inside an expression: one column for what goes in, one for what comes. */
static void
cross(void)
{
	static const char text[] = "r = 2 * cs_demean(x + 1) + cs_rank(x)";
	double rows[3][8] = { { 1 }, { 3 }, { 8 } }, *v[] = { rows[0], rows[1], rows[2] };
	struct feat_plan plan;
	struct expr_prog *p;
	struct err e = { 0 };
	size_t col;

	open_plan(&plan);
	p = expr_new(&plan);
	is_i64(expr_add(p, text, sizeof text - 1, "-e", &e), 0, "cs_: %s", e.msg);
	ok(expr_waits(p) && plan.n <= 8, "needs the whole instant");
	for (size_t u = 0; u < expr_units(p); u++) {
		if (expr_is_cross(p, u))
			expr_run_cross(p, u, v, 3);
		for (int i = 0; i < 3 && !expr_is_cross(p, u); i++)
			expr_run_unit(p, u, v[i], NULL, NULL);
	}
	col = expr_unit_col(p, expr_units(p) - 1);
	is_f64(rows[0][col], 2 * (1 - 4) + 1, 1e-12, "lowest");
	is_f64(rows[1][col], 2 * (3 - 4) + 2, 1e-12, "middle");
	is_f64(rows[2][col], 2 * (8 - 4) + 3, 1e-12, "highest");
	expr_free(p);
	feat_plan_free(&plan);
}

int
main(void)
{
	grammar();
	lines();
	cross();
	return done_testing();
}
