#include "rl/live.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

/* The row that comes next; the newest are moved to the front when there is no room. */
static float *
row_add(struct rl_view *v, int64_t ts)
{
	size_t w = (size_t)v->live->world.window, nc = v->k.ncols, ns = v->k.nsym;

	if (v->rows == v->cap) {
		size_t from = v->rows - (w - 1);

		memmove(v->k.cols, v->k.cols + from * nc, (w - 1) * nc * sizeof *v->k.cols);
		memmove(v->k.close, v->k.close + from * ns, (w - 1) * ns * sizeof *v->k.close);
		memmove(v->k.at, v->k.at + from, (w - 1) * sizeof *v->k.at);
		v->rows = w - 1;
	}
	v->c.t = v->rows++;
	v->k.n = v->rows;
	v->k.at[v->c.t] = (struct rl_instant){ .ts = ts };
	memcpy(v->k.close + v->c.t * ns, v->last, ns * sizeof *v->last);
	float *row = v->k.cols + v->c.t * nc;
	for (size_t i = 0; i < nc; i++) /* no pattern is none */
		row[i] = strcmp(v->live->card->columns[i].name, "pattern") == 0 ? 0 : NAN;
	return row;
}

/* ---- the stream ---- */
static bool
listed(const struct opt_list *list, const struct sym *sym)
{
	for (size_t i = 0; list && i < list->n; i++)
		if (strcmp(list->v[i], sym->name) == 0)
			return true;
	return !list || list->n == 0;
}

/* Where a symbol is traded; with `each` its first bar gives it a view. */
static struct rl_place
place_of(struct rl_live *l, const struct sym *sym, bool bar)
{
	bool *known = MEM_AT(l->known, l->nknown, sym->id);
	struct rl_place *p = MEM_AT(l->where, l->nwhere, sym->id);

	if (*known)
		return *p;
	*p = (struct rl_place){ -1, 0 };
	if (!l->world.each || !listed(l->o.symbols, sym)) {
		*known = true;
	} else if (bar) {
		struct rl_view *v = rl_live_view_add(l, 1);

		v->k.sym[0] = sym;
		*known = true;
		*p = (struct rl_place){ (int32_t)v->index, 0 };
	}
	return *p;
}

/* The card's column that a column of the stream is. */
static struct rl_place
column_of(struct rl_live *l, uint32_t id)
{
	const struct sym *sym = symtab_at(l->env.syms, l->cols.owner[id]);
	struct str name = rl_columns_name(&l->cols, id);
	struct rl_place p = place_of(l, sym, false);

	for (size_t i = 0; p.view >= 0 && i < l->card->ncolumns; i++) {
		const struct rl_card_column *k = &l->card->columns[i];

		if (str_eqz(name, k->name) && (!k->sym || strcmp(k->sym, sym->name) == 0))
			return (struct rl_place){ p.view, (int32_t)i };
	}
	return (struct rl_place){ -1, 0 };
}

static int
hear(struct rl_live *l, const struct rec *r)
{
	struct rl_place p =
	    r->sym ? place_of(l, r->sym, r->type == REC_bar) : (struct rl_place){ -1, 0 };

	if (p.view < 0)
		return 0;
	if (r->type == REC_bar) {
		bool partial = rec_has(r, F_bar_partial) && r->bar.partial;

		l->any |= !partial;
		if (r->bar.close > 0) /* as market.c takes it, half-built ones too */
			l->view[p.view]->last[p.at] = r->bar.close;
		if (partial)
			return 0;
	}
	l->view[p.view]->fresh = true;
	int rc = rl_columns_push(&l->cols, r, l->env.err);
	while (l->nmap < l->cols.n) {
		size_t id = l->nmap;
		struct rl_place at = column_of(l, (uint32_t)id);

		*MEM_AT(l->map, l->capmap, id) = at;
		l->nmap++;
	}
	return rc;
}

static int
portfolio(struct rl_live *l, const struct rec *r)
{
	if (!l->waiting || r->ts != l->ts ||
	    (rec_has(r, F_portfolio_assumed) && r->portfolio.assumed))
		return 0;
	l->waiting = false;
	l->equity = r->portfolio.equity;
	return 1;
}

int
rl_live_push(struct rl_live *l, const struct rec *r)
{
	int rc;

	switch (r->type) {
	case REC_trade:
	case REC_quote:
	case REC_bar:
		if (!rl_columns_usable(r))
			return 0;
		l->news = true;
		l->bars |= r->type == REC_bar;
		rc = r->type == REC_bar ? hear(l, r) : 0;
		return rc ? rc : risk_gate_kind.push(&l->gate.base, r);
	case REC_features:
	case REC_signal:
	case REC_pattern:
	case REC_regime:
	case REC_target: l->news = true; return hear(l, r);
	case REC_corporate_action:
		l->news = true;
		rc = rl_columns_push(&l->cols, r, l->env.err);
		return rc ? rc : risk_gate_kind.push(&l->gate.base, r);
	case REC_fill:
	case REC_order_status:
	case REC_position:
	case REC_alert: return risk_gate_kind.push(&l->gate.base, r);
	case REC_portfolio:
		rc = risk_gate_kind.push(&l->gate.base, r);
		return rc ? rc : portfolio(l, r);
	default: return 0;
	}
}

static void
add_rows(struct rl_live *l, int64_t ts)
{
	for (size_t i = 0; i < l->nviews; i++)
		row_add(l->view[i], ts);
	for (size_t id = 0; id < l->nmap; id++) {
		struct rl_place p = l->map[id];
		struct rl_view *v = p.view >= 0 ? l->view[p.view] : NULL;

		if (v && !isnan(l->cols.row[id]))
			v->k.cols[v->c.t * v->k.ncols + (size_t)p.at] = l->cols.row[id];
		if (v && rl_columns_told(&l->cols, (uint32_t)id))
			v->told[p.at] = ts;
	}
	rl_columns_next(&l->cols);
	for (size_t i = 0; i < l->nviews; i++) {
		struct rl_view *v = l->view[i];
		const float *row = v->k.cols + v->c.t * v->k.ncols;

		v->missing = 0;
		while (v->missing < v->k.ncols && !isnan(row[v->missing]))
			v->missing++;
		v->instants++;
		v->whole = v->missing == v->k.ncols ? v->whole + 1 : 0;
		if (v->fresh)
			v->fresh_ts = ts;
		v->fresh = false;
	}
}

int
rl_live_watermark(struct rl_live *l, const struct rec *wm)
{
	bool loop = rec_has(wm, F_watermark_loop) && wm->watermark.loop;
	int rc;

	if (l->waiting)
		return err_set(l->env.err, ERR_DATA,
		    "a looped watermark came before the portfolio of the one before it");
	l->ts = wm->ts;
	rc = risk_gate_kind.watermark(&l->gate.base, wm);
	l->equity = ledger_equity(account_ledger(l->gate.risk.account));
	l->instant = l->any && l->news;
	if (rc || !l->instant) { /* as in market.c */
		l->waiting = rc == 0 && loop;
		return rc;
	}
	l->news = false;
	add_rows(l, wm->ts);
	l->waiting = loop;
	return !loop;
}

/* ---- deciding ---- */
bool
rl_view_ready(const struct rl_view *v)
{
	return v->whole >= v->live->world.window;
}

void
rl_view_observe(struct rl_view *v, float *obs)
{
	struct rl_live *l = v->live;
	struct market_copy *c = &v->c;
	size_t steps = l->world.steps ? (size_t)l->world.steps : 1;
	double share = l->o.share;

	if (v->decided == 0) /* ids of orders that no earlier run had */
		c->ids = (uint64_t)(l->ts > 0 ? l->ts / TIM_SEC : 0) * 1000;
	/* How much of the episode is left counts down as in training, and begins anew. */
	c->start = c->t - (size_t)(v->decided % steps);
	c->end = c->start + steps;
	v->decided++;
	if (l->equity > l->peak)
		l->peak = l->equity;
	c->equity = share == 1 ? l->equity : (int64_t)((double)l->equity * share);
	c->peak = share == 1 ? l->peak : (int64_t)((double)l->peak * share);
	market_observe(&l->world, c, obs);
	/* The cash of a share is what its own position leaves of it. */
	if (share != 1)
		obs[l->world.window * (int64_t)v->k.ncols + 1] =
		    1 - obs[l->world.window * (int64_t)v->k.ncols];
}

int
rl_view_apply(struct rl_view *v, const float *act)
{
	return v->live->world.action_kind->apply(&v->live->world, &v->c, act);
}

int
rl_view_would(struct rl_view *v, const float *act, double *want)
{
	struct rl_live *l = v->live;
	struct market_copy c = v->c;

	c.want = want;
	for (size_t i = 0; i < v->k.nsym; i++)
		want[i] = NAN;
	l->ghost = true;
	int rc = l->world.action_kind->apply(&l->world, &c, act);
	l->ghost = false;
	return rc;
}

int
rl_live_tell(struct rl_live *l, const struct rec *target)
{
	return risk_gate_kind.push(&l->gate.base, target);
}

struct rl_view *
rl_live_view(struct rl_live *l, const struct sym *sym, size_t *place)
{
	struct rl_place p = place_of(l, sym, false);

	*place = (size_t)p.at;
	return p.view >= 0 ? l->view[p.view] : NULL;
}

void
rl_view_forget(struct rl_view *v)
{
	for (size_t i = 0; i < v->k.nsym; i++)
		v->c.want[i] = NAN;
}
