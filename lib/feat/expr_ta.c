/*
 * TA-Lib's indicators in expressions: rsi(x, 14), atr(14), macd.macdsignal(x). Each call is a plan
 * of one indicator (ta.h), fed with its arguments in the place of the bar's series.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "feat/expr_lex.h"

#include "base/mem.h"
#include "feat/ta.h"

struct expr_ta {
	struct ta_plan *plan;
	size_t output;
	int arg[2]; /* series that the arguments take the place of */
	size_t nargs;
	ptrdiff_t field[TA_SERIES]; /* column of a series that it reads from the bar; -1: none */
};

static void
ta_start(const struct expr_ins *i, void *state, struct roll_mem *m)
{
	*(void **)state = roll_take(m, ta_plan_state(i->ta->plan), 1);
}

/* A bar on which an input is missing is left out. */
static double
op_ta(const struct expr_ins *i, const struct expr_env *m, void *state)
{
	const struct expr_ta *t = i->ta;
	double v[TA_SERIES] = { 0 }, o[TA_OUTPUTS], *out[TA_OUTPUTS];
	const double *in[TA_SERIES];

	for (size_t s = 0; s < TA_SERIES; s++)
		if (t->field[s] >= 0)
			v[s] = m->space[SPACE_COL][t->field[s]];
	for (size_t k = 0; k < t->nargs; k++)
		v[t->arg[k]] = expr_get(m, i, (int)k);
	for (size_t s = 0; s < TA_SERIES; s++) {
		if (roll_bad(v[s]))
			return NAN;
		in[s] = &v[s];
	}
	for (size_t k = 0; k < TA_OUTPUTS; k++)
		out[k] = &o[k];
	ta_run(t->plan, *(void **)state, in, 1, out);
	return expr_finite(o[t->output]);
}

static const struct expr_op op_indicator = {
	.name = "indicator", .size = sizeof(void *), .init = ta_start, .run = op_ta
};

void
expr_ta_free(struct expr_ta *t)
{
	if (t)
		ta_plan_free(t->plan);
	free(t);
}

/* "macd.macdsignal" is that output of macd, "macd" its first. NULL when there is none. */
const struct ta_def *
expr_ta_named(struct str name, size_t *output)
{
	const char *dot = memchr(name.p, '.', name.n);
	size_t n = dot ? (size_t)(dot - name.p) : name.n, left = name.n - n;
	const struct ta_def *d = ta_find(name.p, n);

	*output = 0;
	if (!d || !dot)
		return d;
	for (size_t k = 0; k < ta_noutputs(d); k++) {
		if (strlen(d->out[k]) + 1 == left &&
		    strncasecmp(d->out[k], dot + 1, left - 1) == 0) {
			*output = k;
			return d;
		}
	}
	return NULL;
}

/* Which series the indicator reads from the bar, and which are left for its arguments. */
static int
choose_series(struct expr_parser *s, struct expr_ta *t, const struct ta_def *d, size_t at)
{
	static const char letters[] = "ohlcv";
	static const char *const fields[] = { "open", "high", "low", "close", "volume" };

	for (size_t k = 0; k < TA_SERIES; k++) {
		t->field[k] = -1;
		if (!strchr(d->in, letters[k]))
			continue;
		t->field[k] = feat_plan_find(s->p->plan, str_z(fields[k]));
		if (t->field[k] < 0)
			return expr_wrong_at(s, at, "%s needs the bar's %s", d->name, fields[k]);
	}
	for (const char *c = d->in; *c; c++) {
		if (*c != 'x' && *c != 'y')
			continue;
		for (int k = TA_CLOSE; k >= 0 && t->nargs < 2; k--) {
			if (t->field[k] >= 0 || (t->nargs && t->arg[0] == k))
				continue;
			t->arg[t->nargs++] = k;
			break;
		}
	}
	return 0;
}

int
expr_ta_open(
    struct expr_parser *s, const struct ta_def *d, size_t output, size_t at, struct expr_ins *i)
{
	struct expr_ta *t = mem_alloc(sizeof *t);
	struct expr_prog *p = s->p;

	*MEM_AT(p->tas, p->tas_cap, p->ntas) = t;
	p->ntas++;
	t->plan = ta_plan_new(1);
	t->output = output;
	i->op = &op_indicator;
	i->ta = t;
	return choose_series(s, t, d, at);
}

size_t
expr_ta_args(const struct expr_ins *i)
{
	return i->ta->nargs;
}

int
expr_ta_ready(struct expr_parser *s, const struct ta_def *d, size_t at, const double *params,
    const struct expr_ins *i)
{
	struct err e = { 0 };

	if (ta_plan_add(i->ta->plan, d, params, i->ta->arg, &e) < 0)
		return expr_wrong_at(s, at, "%s", e.msg);
	ta_plan_ready(i->ta->plan);
	return 0;
}
