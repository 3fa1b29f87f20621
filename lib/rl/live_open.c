/* The live market: its parts, made and freed. See live.h. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rl/live.h"

#define OBS_MOST 10000000

/* ---- behind the gate: nobody ---- */
static int
tail_push(struct stage *st, const struct rec *r)
{
	(void)st, (void)r;
	return 0;
}

static const struct stage_kind tail_kind = {
	.name = "rl-act", .push = tail_push, .watermark = tail_push
};

static void
note_nothing(void *arg, const struct stage *st, int level, const char *text)
{
	(void)arg, (void)st, (void)level, (void)text;
}

static struct rl_view *
view_of(struct market_copy *c)
{
	return (struct rl_view *)((char *)c - offsetof(struct rl_view, c));
}

/* The hand of market_want and market_order. A weight is of the view's share. */
static int
live_send(struct market_copy *c, struct rec *r)
{
	struct rl_live *l = (struct rl_live *)((char *)c->world - offsetof(struct rl_live, world));

	if (l->ghost)
		return 0;
	struct rl_view *v = view_of(c);
	if (r->type == REC_target && rec_has(r, F_target_weight) && l->o.share != 1)
		r->target.weight *= l->o.share;
	int rc = l->o.send(l->o.arg, v, r);
	return rc ? rc : risk_gate_kind.push(&l->gate.base, r);
}

/* ---- views ---- */
struct rl_view *
rl_live_view_add(struct rl_live *l, size_t nsym)
{
	struct rl_view *v = mem_alloc(sizeof *v);
	size_t w = (size_t)l->world.window, ncols = l->card->ncolumns;

	v->live = l;
	v->index = l->nviews;
	v->cap = 4 * w < 64 ? 64 : 4 * w;
	v->missing = ncols;
	v->fresh_ts = TIM_NONE;
	v->last = mem_array(nsym, sizeof *v->last);
	v->told = mem_array(ncols, sizeof *v->told);
	for (size_t i = 0; i < ncols; i++)
		v->told[i] = TIM_NONE;
	v->k =
	    (struct rl_market){ .syms = l->env.syms, .part = true, .nsym = nsym, .ncols = ncols };
	v->k.sym = mem_array(nsym, sizeof *v->k.sym);
	v->k.at = mem_array(v->cap, sizeof *v->k.at);
	v->k.close = mem_array(v->cap * nsym, sizeof *v->k.close);
	v->k.cols = mem_array(v->cap * ncols, sizeof *v->k.cols);
	v->c = (struct market_copy){ .gate = &l->gate, .world = &l->world, .market = &v->k };
	v->c.want = mem_array(nsym, sizeof *v->c.want);
	*MEM_AT(l->view, l->capviews, l->nviews) = v;
	l->nviews++;
	return v;
}

static void
view_free(struct rl_view *v)
{
	v->k.ncols = 0; /* the names are the form's */
	rl_market_free(&v->k);
	free(v->last);
	free(v->told);
	free(v->c.want);
	free(v);
}

/* ---- opening ---- */
static int
set_params(struct rl_live *l, struct err *e)
{
	struct market_env *m = &l->world;
	int rc = opt_defaults(rl_env_market.opts, m, e);

	for (size_t i = 0; i < l->card->nparams && rc == 0; i++) {
		const struct rl_param *p = &l->card->params[i];
		size_t off = 0;
		const struct opt *o = opt_find(rl_env_market.opts, p->key, strlen(p->key), 0, &off);

		if (!o)
			return err_set(e, ERR_DATA,
			    "the policy's card: its market had a parameter '%s', which is not "
			    "known here",
			    p->key);
		rc = opt_set(o, m, off, p->value, e);
		if (rc)
			return err_wrap(e, "the policy's card: %s", p->key);
	}
	m->base.kind = &rl_env_market;
	m->account = *l->o.account;
	m->limits = l->o.limits;
	m->strategy = l->o.strategy;
	m->send = live_send;
	return rc;
}

/* One view of all symbols that the card names. */
static int
place_symbols(struct rl_live *l, struct err *e)
{
	const struct rl_card *card = l->card;
	struct rl_view *v = rl_live_view_add(l, card->nsymbols);

	for (size_t i = 0; i < card->nsymbols; i++) {
		const struct sym *s = symtab_get(l->env.syms, str_z(card->symbols[i]));

		if (!s)
			return err_set(
			    e, ERR_DATA, "the policy's card: '%s' is no symbol", card->symbols[i]);
		v->k.sym[i] = s;
		*MEM_AT(l->known, l->nknown, s->id) = true;
		*MEM_AT(l->where, l->nwhere, s->id) = (struct rl_place){ 0, (int32_t)i };
	}
	return 0;
}

/* The columns' names as an observation has them. */
static void
name_columns(struct rl_live *l)
{
	const struct rl_card *card = l->card;
	struct rl_market *f = &l->form;

	f->ncols = card->ncolumns;
	f->names = mem_array(f->ncols, sizeof *f->names);
	for (size_t i = 0; i < f->ncols; i++) {
		const struct rl_card_column *k = &card->columns[i];
		struct buf b = { 0 };

		if (k->sym)
			buf_printf(&b, "%s.", k->sym);
		buf_puts(&b, k->name);
		f->names[i] = mem_dup(b.p, b.len);
		buf_free(&b);
	}
}

/* The observation and the actions made anew must be those of the model. */
static int
compare(const struct rl_live *l, const char *obs, size_t acts, bool discrete, struct err *e)
{
	const struct rl_env *v = &l->world.base;
	size_t at = 0;

	if (v->act.n != acts || (v->act.kind == RL_DISCRETE) != discrete)
		return err_set(e, ERR_DATA,
		    "the policy's card speaks of %zu actions (%s), and the model has %zu", v->act.n,
		    v->act.kind == RL_DISCRETE ? "discrete" : "box", acts);
	for (size_t i = 0; obs && i < v->nobs; i++) {
		size_t n = strlen(v->obs_names[i]);
		bool last = i + 1 == v->nobs;

		if (strncmp(obs + at, v->obs_names[i], n) != 0 ||
		    obs[at + n] != (last ? '\0' : ','))
			return err_set(e, ERR_DATA,
			    "the policy's card and its observation disagree at %s",
			    v->obs_names[i]);
		at += n + 1;
	}
	return 0;
}

/* What a card asks for stands on nobody's command line: a --fallback steps in for it. */
static int
card_asks(int rc, struct err *e)
{
	if (rc == ERR_USAGE)
		e->code = rc = ERR_DATA;
	return rc;
}

static int
open_world(struct rl_live *l, struct err *e)
{
	struct market_env *m = &l->world;
	int rc = card_asks(set_params(l, e), e);

	if (rc)
		return rc;
	if (l->card->nsymbols == 0 || l->card->ncolumns == 0)
		return err_set(e, ERR_DATA, "the policy's card: no symbols or no columns");
	if (!(l->o.share >= 0 && l->o.share <= 1))
		return err_set(e, ERR_USAGE, "--share must lie above 0 and up to 1");
	if (!m->each)
		l->o.share = 1;
	else if (l->o.share == 0)
		l->o.share = 1 / (double)l->card->nsymbols;
	if ((uint64_t)m->window * l->card->ncolumns * (m->each ? 1 : l->card->nsymbols) > OBS_MOST)
		return err_set(e, ERR_DATA, "the policy's card: a window of %lld is too long",
		    (long long)m->window);
	name_columns(l);
	l->form.syms = l->env.syms;
	l->form.part = true;
	l->form.nsym = m->each ? 1 : l->card->nsymbols;
	rc = m->each ? 0 : place_symbols(l, e);
	if (rc)
		return rc;
	if (!m->each) {
		l->form.sym = mem_array(l->form.nsym, sizeof *l->form.sym);
		memcpy(l->form.sym, l->view[0]->k.sym, l->form.nsym * sizeof *l->form.sym);
	}
	m->market = &l->form;
	m->nmarkets = 1;
	rc = card_asks(action_open(m, e), e);
	if (rc == 0)
		rc = card_asks(market_observe_open(m, e), e);
	return rc ? rc : market_gate_open(m, &l->gate, e);
}

struct rl_live *
rl_live_new(const struct rl_card *card, const char *obs, size_t acts, bool discrete,
    const struct rl_live_opts *o, struct symtab *syms, struct err *e)
{
	struct rl_live *l = mem_alloc(sizeof *l);
	int rc;

	l->card = card;
	l->o = *o;
	l->ts = TIM_NONE;
	l->env = (struct stage_env){ .syms = syms, .err = e, .note = note_nothing };
	l->tail = (struct stage){ .kind = &tail_kind, .env = &l->env };
	l->world.base.err = e;
	rc = open_world(l, e);
	l->gate.base.env = &l->env;
	l->gate.base.down = &l->tail;
	if (rc == 0)
		rc = compare(l, obs, acts, discrete, e);
	if (rc == 0)
		return l;
	rl_live_free(l);
	return NULL;
}

void
rl_live_free(struct rl_live *l)
{
	if (!l)
		return;
	if (l->gate.base.kind)
		risk_gate_kind.close(&l->gate.base);
	for (size_t i = 0; i < l->nviews; i++)
		view_free(l->view[i]);
	for (size_t i = 0; i < l->world.nnames; i++)
		free(l->world.names[i]);
	free(l->world.names);
	action_close(&l->world.action);
	opt_release(rl_env_market.opts, &l->world);
	rl_market_free(&l->form);
	rl_columns_free(&l->cols);
	free(l->map);
	free(l->where);
	free(l->known);
	free(l->view);
	free(l);
}
