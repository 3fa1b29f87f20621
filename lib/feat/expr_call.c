/* Writing operations, and the calls of functions that they come from. */
#include <stdlib.h>
#include <string.h>

#include "feat/expr_lex.h"

#include "base/mem.h"
#include "feat/ta.h"

/* ---- writing code ---- */

struct expr_arg
expr_constant(struct expr_prog *p, double v)
{
	*MEM_AT(p->consts, p->consts_cap, p->nconsts) = v;
	return (struct expr_arg){ SPACE_CONST, (uint32_t)p->nconsts++ };
}

static bool
is_constant(const struct expr_ins *i)
{
	for (int k = 0; k < i->op->nargs; k++)
		if (i->arg[k].space != SPACE_CONST)
			return false;
	return i->op->size == 0;
}

/* Room in a series' state for the operation, counted by its own init. */
static int
place_state(struct expr_parser *s, struct expr_ins *i)
{
	_Alignas(16) char scratch[512];
	struct roll_mem m = { 0 };

	if (i->op->init)
		i->op->init(i, scratch, &m);
	i->state = s->p->state_size;
	s->p->state_size += ((i->op->size + 7) & ~(size_t)7) + m.n;
	if (s->p->state_size > EXPR_STATE_MAX)
		return expr_wrong(
		    s, "the expressions need more than %u MiB a symbol", EXPR_STATE_MAX >> 20);
	return 0;
}

int
expr_emit(struct expr_parser *s, struct expr_ins i, struct expr_arg *out)
{
	struct expr_prog *p = s->p;
	int rc;

	if (is_constant(&i)) {
		*out = expr_constant(p, expr_fold(p, &i));
		return 0;
	}
	if (p->ncode + s->nlate >= EXPR_CODE_MAX)
		return expr_wrong(s, "more than %d operations", EXPR_CODE_MAX);
	if (i.op->size && (rc = place_state(s, &i)) < 0)
		return rc;
	i.dst = s->ndst++;
	*MEM_AT(s->late, s->late_cap, s->nlate) = i;
	s->nlate++;
	*out = (struct expr_arg){ SPACE_TEMP, i.dst };
	return 0;
}

int
expr_emit_op(struct expr_parser *s, const struct expr_op *op, struct expr_arg a, struct expr_arg b,
    struct expr_arg *out)
{
	return expr_emit(s, (struct expr_ins){ .op = op, .arg = { a, b } }, out);
}

/* The operations from `from` on become a unit that computes a column. */
void
expr_close_unit(struct expr_parser *s, size_t from, struct expr_arg result, size_t col)
{
	struct expr_prog *p = s->p;
	struct expr_unit *u = MEM_AT(p->units, p->units_cap, p->nunits);

	*u = (struct expr_unit){ .from = p->ncode, .result = result, .col = col };
	for (size_t k = from; k < s->nlate; k++) {
		*MEM_AT(p->code, p->code_cap, p->ncode) = s->late[k];
		p->ncode++;
		(void)MEM_AT(p->temps, p->temps_cap, s->late[k].dst);
	}
	s->nlate = from;
	u->to = p->ncode;
	p->nunits++;
}

/* ---- calls ---- */

/* A constant that the text gives for a parameter, between lo and hi. */
static int
parse_number(struct expr_parser *s, const char *what, double lo, double hi, double *v)
{
	size_t at = s->at;
	struct expr_arg a;
	int rc = expr_parse(s, &a);

	if (rc < 0)
		return rc;
	if (a.space != SPACE_CONST)
		return expr_wrong_at(s, at, "%s must be a constant", what);
	*v = s->p->consts[a.i];
	if (!(*v >= lo && *v <= hi))
		return expr_wrong_at(s, at, "%s must be between %.6g and %.6g", what, lo, hi);
	return 0;
}

static int
parse_window(struct expr_parser *s, struct expr_ins *i, uint32_t least)
{
	size_t at = s->at;
	double v = 0;
	int rc = parse_number(s, "the number of bars", least, EXPR_WINDOW_MAX, &v);

	if (rc < 0)
		return rc;
	if (v != floor(v))
		return expr_wrong_at(s, at, "the number of bars must be whole");
	i->window = (uint32_t)v;
	return 0;
}

/* span, or span= com= halflife= alpha= */
static int
parse_ewm(struct expr_parser *s, struct expr_ins *i)
{
	static const struct {
		const char *name;
		double lo, hi;
	} ways[] = { { "span", 1, 1e9 }, { "com", 0, 1e9 }, { "halflife", 1e-9, 1e9 },
		{ "alpha", 1e-12, 1 } };
	size_t k = expr_keyword(s, "span", "com", "halflife", "alpha");
	double v = 0;
	int rc = parse_number(s, ways[k].name, ways[k].lo, ways[k].hi, &v);

	if (rc < 0)
		return rc;
	switch (k) {
	case 0: i->param = 2 / (v + 1); break;
	case 1: i->param = 1 / (1 + v); break;
	case 2: i->param = 1 - num_exp(-num_log(2) / v); break;
	default: i->param = v;
	}
	return 0;
}

static int
parse_params(struct expr_parser *s, struct expr_ins *i)
{
	int rc = 0;

	switch ((enum expr_par)i->op->par) {
	case PAR_NONE: return 0;
	case PAR_LAG: i->window = 1; return expr_next_is(s, ",") ? parse_window(s, i, 0) : 0;
	case PAR_WINDOW:
	case PAR_QUANTILE:
		if ((rc = expr_expect(s, ",", "the number of bars")) == 0)
			rc = parse_window(s, i, i->op->least);
		if (rc < 0 || i->op->par == PAR_WINDOW)
			return rc;
		rc = expr_expect(s, ",", "the quantile");
		return rc < 0 ? rc : parse_number(s, "the quantile", 0, 1, &i->param);
	case PAR_EWM: rc = expr_expect(s, ",", "a span"); return rc < 0 ? rc : parse_ewm(s, i);
	}
	return rc;
}

static int
parse_args(struct expr_parser *s, struct expr_ins *i)
{
	char what[64];
	int rc = 0;

	for (int k = 0; k < i->op->nargs && rc == 0; k++) {
		snprintf(what, sizeof what, "argument %d of %s", k + 1, i->op->name);
		if (k && (rc = expr_expect(s, ",", what)) < 0)
			break;
		rc = expr_parse(s, &i->arg[k]);
	}
	return rc;
}

/* cs_NAME(x): x becomes a column of its own, and so does the answer. */
static int
parse_cross(struct expr_parser *s, enum feat_cross how, struct expr_arg *out)
{
	struct expr_prog *p = s->p;
	size_t from = s->nlate, src;
	struct expr_arg a;
	int rc = expr_parse(s, &a);

	if (rc < 0 || (rc = expr_expect(s, ")", NULL)) < 0)
		return rc;
	src = a.i;
	if (a.space != SPACE_COL) {
		src = feat_plan_add(p->plan, true, "_cs%u", ++p->hidden);
		expr_close_unit(s, from, a, src);
	}
	struct expr_unit *u = MEM_AT(p->units, p->units_cap, p->nunits);
	*u = (struct expr_unit){ .cross = true,
		.how = how,
		.src = src,
		.col = feat_plan_add(p->plan, true, "_cs%u", ++p->hidden) };
	p->nunits++;
	p->waits = true;
	*out = (struct expr_arg){ SPACE_COL, (uint32_t)u->col };
	return 0;
}

/* An indicator: its arguments, then what the text gives of its parameters. */
static int
parse_indicator(
    struct expr_parser *s, const struct ta_def *d, size_t output, size_t at, struct expr_arg *out)
{
	double params[TA_PARAMS];
	struct expr_ins i = { 0 };
	bool more = !expr_next_is(s, ")"), first = true;
	int rc = expr_ta_open(s, d, output, at, &i);

	for (size_t k = 0; k < TA_PARAMS; k++)
		params[k] = NAN;
	for (size_t k = 0; k < expr_ta_args(&i) && rc == 0; k++, first = false) {
		if (!more || (k && !expr_next_is(s, ",")))
			return expr_expected(s, "a series for the indicator");
		rc = expr_parse(s, &i.arg[k]);
	}
	for (size_t k = 0; k < ta_nparams(d) && rc == 0 && more; k++, first = false) {
		if (!first && !expr_next_is(s, ","))
			break;
		rc = parse_number(s, d->param[k].name, -1e9, 1e9, &params[k]);
	}
	if (rc < 0 || (more && (rc = expr_expect(s, ")", NULL)) < 0))
		return rc;
	rc = expr_ta_ready(s, d, at, params, &i);
	return rc < 0 ? rc : expr_emit(s, i, out);
}

int
expr_call(struct expr_parser *s, struct str name, size_t at, struct expr_arg *out)
{
	int cross = expr_cross_named(name), rc;
	struct expr_ins i = { 0 };
	const struct ta_def *d;
	size_t output;

	if (cross >= 0)
		return parse_cross(s, (enum feat_cross)cross, out);
	i.op = expr_op_named(name);
	if (!i.op && (d = expr_ta_named(name, &output)))
		return parse_indicator(s, d, output, at, out);
	if (!i.op)
		return expr_no_function(s, name, at);
	if ((rc = parse_args(s, &i)) < 0)
		return rc;
	if (strcmp(i.op->name, "fill") == 0 && expr_next_is(s, ",")) {
		i.op = &expr_op_fill_value;
		if ((rc = expr_parse(s, &i.arg[1])) < 0)
			return rc;
	}
	if ((rc = parse_params(s, &i)) < 0 || (rc = expr_emit(s, i, out)) < 0)
		return rc;
	while (i.op->variadic && expr_next_is(s, ",")) {
		i.arg[0] = *out;
		if ((rc = expr_parse(s, &i.arg[1])) < 0 || (rc = expr_emit(s, i, out)) < 0)
			return rc;
	}
	return expr_expect(s, ")", NULL);
}
