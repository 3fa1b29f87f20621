/* Gates: a comparison of a metric with a bound that decides the exit status. */
#include "perf/metric.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

enum gate_op { OP_GE, OP_LE, OP_EQ, OP_NE, OP_GT, OP_LT, OP_N };

/* the two-letter ones first, so that ">=" is not read as ">" and "=1" */
static const char *const op_words[OP_N] = { ">=", "<=", "==", "!=", ">", "<" };

/* A number, "10%" for 0.1, true or false. */
static bool
bound_parse(const char *z, double *out)
{
	size_t n = strlen(z);
	bool percent = n > 1 && z[n - 1] == '%';

	if (strcmp(z, "true") == 0 || strcmp(z, "false") == 0) {
		*out = z[0] == 't';
		return true;
	}
	if (!num_f64(z, percent ? n - 1 : n, out))
		return false;
	if (percent)
		*out /= 100;
	return true;
}

/* Falls and losses: 0 or below, whatever the run. */
static const enum perf_metric never_above_0[] = { PM_max_drawdown, PM_max_drawdown_daily,
	PM_avg_drawdown_all_periods, PM_benchmark_max_drawdown, PM_avg_loss, PM_gross_loss,
	PM_avg_losing_trade, PM_largest_loss, PM_avg_mae, PM_worst_mae, PM_avg_mae_return };

/*
 * Whoever writes max_drawdown<10% wants a fall of less than a tenth, and has asked for what
 * always holds, for the fall is -0.1: said at once, with what to write instead.
 */
static int
check_sign(const char *z, const struct perf_gate *g, struct err *e)
{
	static const char *const meant[OP_N] = { ">=", ">=", "==", "!=", ">", ">" };
	const char *name = perf_metric_name(g->metric);
	bool low = false, always = g->op == OP_LT || g->op == OP_LE || g->op == OP_NE;
	char number[NUM_MAX], more[80] = "";

	for (size_t i = 0; i < sizeof never_above_0 / sizeof *never_above_0; i++)
		low |= never_above_0[i] == g->metric;
	if (!low || g->bound < 0 || (g->bound == 0 && g->op != OP_LE && g->op != OP_GT))
		return 0;
	if (g->bound == 0)
		return err_set(e, ERR_USAGE, "--require %s: %s is never above 0: this %s holds", z,
		    name, always ? "always" : "never");
	*num_put_f64(number, -g->bound) = '\0';
	if (strchr(g->text, '%'))
		snprintf(more, sizeof more, " or %s%s-%s", name, meant[g->op], g->text);
	return err_set(e, ERR_USAGE,
	    "--require %s: %s is never above 0: this %s holds; write %s%s%s%s", z, name,
	    always ? "always" : "never", name, meant[g->op], number, more);
}

static int
unknown_metric(const char *z, size_t n, enum perf_mode mode, struct err *e)
{
	const char *near = perf_metric_near(mode, z, n);

	return err_set(e, ERR_USAGE,
	    "--require %s: no metric \"%.*s\" in this report%s%s%s (see --list-metrics)", z, (int)n,
	    z, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static int
gate_parse(const char *z, enum perf_mode mode, struct perf_gate *g, struct err *e)
{
	while (*z == ' ')
		z++;
	size_t n = strcspn(z, "<>=! ");
	const char *op = z + n + strspn(z + n, " ");

	g->metric = perf_metric_find(mode, z, n);
	if (g->metric == PM_N)
		return unknown_metric(z, n, mode, e);
	for (g->op = 0; g->op < OP_N; g->op++)
		if (strncmp(op, op_words[g->op], strlen(op_words[g->op])) == 0)
			break;
	if (g->op == OP_N)
		return err_set(
		    e, ERR_USAGE, "--require %s: want > >= < <= == or != after the name", z);
	g->text = op + strlen(op_words[g->op]);
	g->text += strspn(g->text, " ");
	if (perf_metric_kind(g->metric) == PERF_TEXT) {
		if ((g->op == OP_EQ || g->op == OP_NE) && g->text[0] != '\0')
			return 0;
		return err_set(e, ERR_USAGE,
		    "--require %s: %.*s is text: only == and != compare it", z, (int)n, z);
	}
	if (!bound_parse(g->text, &g->bound))
		return err_set(e, ERR_USAGE, "--require %s: \"%s\" is no number", z, g->text);
	return check_sign(z, g, e);
}

int
perf_gates_parse(
    const struct opt_list *l, enum perf_mode mode, struct perf_gate **out, struct err *e)
{
	int rc = 0;

	*out = mem_array(l->n, sizeof **out);
	for (size_t i = 0; i < l->n && rc == 0; i++)
		rc = gate_parse(l->v[i], mode, *out + i, e);
	return rc;
}

static bool
compare(int op, double a, double b)
{
	switch (op) {
	case OP_GE: return a >= b;
	case OP_LE: return a <= b;
	case OP_EQ: return a == b;
	case OP_NE: return a != b;
	case OP_GT: return a > b;
	default: return a < b;
	}
}

/* null meets nothing, not even != */
static bool
gate_met(const struct perf_gate *g, const struct perf_value *v)
{
	if (!v->set)
		return false;
	switch (perf_metric_kind(g->metric)) {
	case PERF_TEXT: return (strcmp(v->text, g->text) == 0) == (g->op == OP_EQ);
	case PERF_F64: return compare(g->op, perf_round(v->f), g->bound);
	case PERF_CASH: return compare(g->op, num_of_micro(v->i), g->bound);
	default: return compare(g->op, (double)v->i, g->bound);
	}
}

int
perf_gates_check(const struct perf_gate *g, size_t n, const struct perf_values *v, struct err *e)
{
	struct buf b = { 0 };
	int rc = 0;

	for (size_t i = 0; i < n; i++) {
		if (gate_met(&g[i], &v->v[g[i].metric]))
			continue;
		buf_printf(&b, "%s%s is ", b.len > 0 ? "; " : "", perf_metric_name(g[i].metric));
		if (v->v[g[i].metric].set)
			perf_put_plain(&b, v, g[i].metric);
		else
			buf_puts(&b, "null (undefined)");
		buf_printf(&b, ", required %s %s", op_words[g[i].op], g[i].text);
	}
	if (b.len > 0)
		rc = err_set(e, ERR_GATE, "gate not met: %s", buf_z(&b));
	buf_free(&b);
	return rc;
}
