/*
 * Text -> program, by recursive descent. Each function of the grammar leaves the place of its
 * value in an expr_arg and writes the operations for it; nothing is built in between.
 *
 *	line    := NAME '=' or
 *	or      := and ('or' and)*              and := not ('and' not)*
 *	not     := 'not' not | compare          compare := sum [('<'|'<='|'>'|'>='|'=='|'!=') sum]
 *	sum     := product (('+'|'-') product)* product := sign (('*'|'/'|'%') sign)*
 *	sign    := ('-'|'+') sign | power       power := value ['^' sign]
 *	value   := NUMBER | NAME ['@' SYMBOL] | NAME '(' or (',' or)* ')' | '(' or ')'
 */
#include <stdlib.h>
#include <string.h>

#include "feat/expr_lex.h"

#include "base/mem.h"

/* ---- values ---- */

static struct expr_arg
reference(struct expr_parser *s, size_t col, struct str sym)
{
	struct expr_prog *p = s->p;

	p->waits = true;
	for (size_t i = 0; i < p->nrefs; i++)
		if (p->refs[i].col == col && str_eqz(sym, p->refs[i].sym))
			return (struct expr_arg){ SPACE_REF, (uint32_t)i };
	*MEM_AT(p->refs, p->refs_cap, p->nrefs) =
	    (struct expr_ref){ .sym = mem_dup(sym.p, sym.n), .col = col };
	return (struct expr_arg){ SPACE_REF, (uint32_t)p->nrefs++ };
}

static int
parse_column(struct expr_parser *s, struct str name, size_t at, struct expr_arg *out)
{
	ptrdiff_t col = feat_plan_find(s->p->plan, name);

	if (col < 0)
		return expr_no_column(s, name, at);
	*out = (struct expr_arg){ SPACE_COL, (uint32_t)col };
	if (!expr_next_is(s, "@"))
		return 0;

	struct str sym;
	int rc = expr_symbol(s, &sym);
	if (rc == 0)
		*out = reference(s, (size_t)col, sym);
	return rc;
}

/* ---- the grammar ---- */

static int
parse_value(struct expr_parser *s, struct expr_arg *out)
{
	size_t at = s->at;
	struct str name;
	double v;
	int rc;

	*out = (struct expr_arg){ 0 };
	if (expr_number(s, &v, &rc)) {
		*out = expr_constant(s->p, v);
		return rc;
	}
	if (rc < 0)
		return rc;
	if (expr_next_is(s, "(")) {
		rc = expr_parse(s, out);
		return rc < 0 ? rc : expr_expect(s, ")", NULL);
	}
	if (!expr_name(s, &name))
		return expr_expected(s, "a number, a column, a function or (");
	if (expr_next_is(s, "("))
		return expr_call(s, name, at, out);
	return parse_column(s, name, at, out);
}

static int
parse_sign(struct expr_parser *s, struct expr_arg *out);

static int
parse_power(struct expr_parser *s, struct expr_arg *out)
{
	struct expr_arg b;
	int rc = parse_value(s, out);

	if (rc < 0 || !(expr_next_is(s, "^") || expr_next_is(s, "**")))
		return rc;
	if ((rc = expr_deeper(s)) < 0 || (rc = parse_sign(s, &b)) < 0)
		return rc;
	s->depth--;
	return expr_emit_op(s, &expr_op_pow, *out, b, out);
}

static int
parse_sign(struct expr_parser *s, struct expr_arg *out)
{
	bool minus = expr_next_is(s, "-");
	int rc;

	if (!minus && !expr_next_is(s, "+"))
		return parse_power(s, out);
	if ((rc = expr_deeper(s)) < 0 || (rc = parse_sign(s, out)) < 0)
		return rc;
	s->depth--;
	return minus ? expr_emit_op(s, &expr_op_neg, *out, *out, out) : 0;
}

/* left to right over operators of one rank; texts end with NULL */
static int
parse_left(struct expr_parser *s, int (*part)(struct expr_parser *, struct expr_arg *),
    const char *const *texts, const struct expr_op *const *ops, struct expr_arg *out)
{
	int rc = part(s, out);

	while (rc == 0) {
		struct expr_arg b;
		size_t k = 0;

		while (texts[k] && !expr_next_is(s, texts[k]))
			k++;
		if (!texts[k])
			return 0;
		rc = part(s, &b);
		if (rc == 0)
			rc = expr_emit_op(s, ops[k], *out, b, out);
	}
	return rc;
}

static int
parse_product(struct expr_parser *s, struct expr_arg *out)
{
	static const char *const texts[] = { "*", "/", "%", NULL };
	static const struct expr_op *const ops[] = { &expr_op_mul, &expr_op_div, &expr_op_mod };

	return parse_left(s, parse_sign, texts, ops, out);
}

static int
parse_sum(struct expr_parser *s, struct expr_arg *out)
{
	static const char *const texts[] = { "+", "-", NULL };
	static const struct expr_op *const ops[] = { &expr_op_add, &expr_op_sub };

	return parse_left(s, parse_product, texts, ops, out);
}

static const struct expr_op *
compare_sign(struct expr_parser *s)
{
	static const struct expr_op *const ops[] = { &expr_op_le, &expr_op_ge, &expr_op_eq,
		&expr_op_ne, &expr_op_lt, &expr_op_gt };

	for (size_t k = 0; k < sizeof ops / sizeof *ops; k++)
		if (expr_next_is(s, ops[k]->name))
			return ops[k];
	return NULL;
}

static int
parse_compare(struct expr_parser *s, struct expr_arg *out)
{
	const struct expr_op *op;
	struct expr_arg b;
	int rc = parse_sum(s, out);

	if (rc < 0 || !(op = compare_sign(s)))
		return rc;
	if ((rc = parse_sum(s, &b)) < 0 || (rc = expr_emit_op(s, op, *out, b, out)) < 0)
		return rc;
	if (compare_sign(s))
		return expr_wrong(s, "comparisons do not chain: expected a < b and b < c");
	return 0;
}

static int
parse_not(struct expr_parser *s, struct expr_arg *out)
{
	int rc;

	if (!expr_next_word(s, "not"))
		return parse_compare(s, out);
	if ((rc = expr_deeper(s)) < 0 || (rc = parse_not(s, out)) < 0)
		return rc;
	s->depth--;
	return expr_emit_op(s, &expr_op_not, *out, *out, out);
}

static int
parse_and(struct expr_parser *s, struct expr_arg *out)
{
	struct expr_arg b;
	int rc = parse_not(s, out);

	while (rc == 0 && expr_next_word(s, "and"))
		if ((rc = parse_not(s, &b)) == 0)
			rc = expr_emit_op(s, &expr_op_and, *out, b, out);
	return rc;
}

int
expr_parse(struct expr_parser *s, struct expr_arg *out)
{
	struct expr_arg b;
	int rc = expr_deeper(s);

	if (rc == 0)
		rc = parse_and(s, out);
	while (rc == 0 && expr_next_word(s, "or"))
		if ((rc = parse_and(s, &b)) == 0)
			rc = expr_emit_op(s, &expr_op_or, *out, b, out);
	s->depth--;
	return rc;
}

static int
parse_line(struct expr_parser *s)
{
	struct expr_arg a = { 0 };
	struct str name;
	size_t at = (expr_space_skip(s), s->at);
	int rc;

	if (!expr_name(s, &name))
		return expr_expected(s, "NAME = EXPRESSION");
	if (expr_space_skip(s), s->at < s->end && s->text[s->at] == '(')
		return expr_wrong_at(
		    s, at, "a column needs a name: NAME = %.*s(...)", STR_FMT(str_cut(name, 40)));
	if ((rc = expr_name_free(s, name, at)) < 0)
		return rc;
	if ((rc = expr_expect(s, "=", NULL)) < 0)
		return rc;
	s->ndst = 0;
	if ((rc = expr_parse(s, &a)) < 0)
		return rc;
	if (!expr_at_end(s))
		return expr_expected(s, "an operator or the end of the line");
	expr_close_unit(
	    s, 0, a, feat_plan_add(s->p->plan, name.p[0] == '_', "%.*s", STR_FMT(name)));
	return 0;
}

int
expr_add(struct expr_prog *p, const char *text, size_t n, const char *where, struct err *e)
{
	struct expr_parser s = { .p = p, .text = text, .n = n, .where = where, .e = e };
	int rc = 0;

	if (n > EXPR_TEXT_MAX)
		return err_set(e, ERR_USAGE, "%s: longer than %u bytes", where, EXPR_TEXT_MAX);
	while (rc == 0 && expr_next_line(&s))
		rc = parse_line(&s);
	free(s.late);
	return rc;
}
