/* The program: its life, its state, its run. expr_parse.c writes it. */
#include "feat/expr.h"

#include <stdlib.h>
#include <string.h>

#include "feat/expr_code.h"

#include "base/mem.h"

struct expr_prog *
expr_new(struct feat_plan *plan)
{
	struct expr_prog *p = mem_alloc(sizeof *p);

	p->plan = plan;
	return p;
}

void
expr_free(struct expr_prog *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->nrefs; i++)
		free(p->refs[i].sym);
	for (size_t i = 0; i < p->ntas; i++)
		expr_ta_free(p->tas[i]);
	free(p->tas);
	free(p->refs);
	free(p->code);
	free(p->units);
	free(p->consts);
	free(p->temps);
	free(p->in);
	free(p->out);
	feat_cross_work_free(&p->work);
	free(p);
}

size_t
expr_refs(const struct expr_prog *p, const struct expr_ref **refs)
{
	*refs = p->refs;
	return p->nrefs;
}

size_t
expr_units(const struct expr_prog *p)
{
	return p->nunits;
}

size_t
expr_unit_col(const struct expr_prog *p, size_t unit)
{
	return p->units[unit].col;
}

bool
expr_is_cross(const struct expr_prog *p, size_t unit)
{
	return p->units[unit].cross;
}

bool
expr_waits(const struct expr_prog *p)
{
	return p->waits;
}

size_t
expr_state_size(const struct expr_prog *p)
{
	return p->state_size;
}

void
expr_start(const struct expr_prog *p, void *state)
{
	for (size_t k = 0; k < p->ncode; k++) {
		const struct expr_ins *i = &p->code[k];
		char *at = (char *)state + i->state;
		struct roll_mem m = { .p = at + ((i->op->size + 7) & ~(size_t)7) };

		if (i->op->init)
			i->op->init(i, at, &m);
	}
}

double
expr_fold(const struct expr_prog *p, const struct expr_ins *i)
{
	struct expr_env m = { .space[SPACE_CONST] = p->consts };

	return i->op->run(i, &m, NULL);
}

static double
value_of(const struct expr_env *m, struct expr_arg a)
{
	return m->space[a.space][a.i];
}

void
expr_run_unit(struct expr_prog *p, size_t unit, double *v, const double *refs, void *state)
{
	const struct expr_unit *u = &p->units[unit];
	struct expr_env m = { .space = { [SPACE_COL] = v,
				  [SPACE_TEMP] = p->temps,
				  [SPACE_CONST] = p->consts,
				  [SPACE_REF] = refs } };

	for (size_t k = u->from; k < u->to; k++) {
		const struct expr_ins *i = &p->code[k];

		p->temps[i->dst] = i->op->run(i, &m, (char *)state + i->state);
	}
	v[u->col] = value_of(&m, u->result);
}

void
expr_run_cross(struct expr_prog *p, size_t unit, double *const *v, size_t n)
{
	const struct expr_unit *u = &p->units[unit];

	for (size_t i = 0; i < n; i++) {
		*MEM_AT(p->in, p->in_cap, i) = v[i][u->src];
		*MEM_AT(p->out, p->out_cap, i) = NAN;
	}
	feat_cross(u->how, p->in, n, p->out, &p->work);
	for (size_t i = 0; i < n; i++)
		v[i][u->col] = p->out[i];
}

void
expr_run(struct expr_prog *p, double *v, const double *refs, void *state)
{
	for (size_t u = 0; u < p->nunits; u++)
		expr_run_unit(p, u, v, refs, state);
}
