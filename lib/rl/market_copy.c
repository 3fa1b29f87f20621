/*
 * One copy of the market environment: an account that is fed instant by instant, and what an agent
 * does with it. The world that the copies share is in market_env.c.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "rl/market_env.h"

/* ---- behind the gate ---- */
static int
tail_push(struct stage *st, const struct rec *r)
{
	struct market_copy *c =
	    (struct market_copy *)((char *)st - offsetof(struct market_copy, tail));

	c->norders += r->type == REC_order;
	c->nrejects += r->type == REC_reject;
	return c->world->trace ? c->world->trace(c->world->trace_arg, r) : 0;
}

static int
tail_watermark(struct stage *st, const struct rec *wm)
{
	(void)st, (void)wm;
	return 0;
}

static const struct stage_kind tail_kind = {
	.name = "rl-env",
	.takes =
	    REC_BIT(order) | REC_BIT(cancel) | REC_BIT(replace) | REC_BIT(reject) | REC_BIT(alert),
	.push = tail_push,
	.watermark = tail_watermark,
};

/* A gate in an environment is heard by nobody. */
void
market_hush(void *arg, const struct stage *st, int level, const char *text)
{
	(void)arg, (void)st, (void)level, (void)text;
}
/* ---- feeding ---- */
static int
feed_instant(struct market_copy *c)
{
	const struct rl_market *k = c->market;
	const struct rl_instant *at = &k->at[c->t];
	struct rec wm;
	int rc = 0;

	for (uint32_t i = at->from; i < at->to && rc == 0; i++)
		rc = k->ev[i].type == REC_watermark
			 ? risk_gate_kind.watermark(&c->gate->base, &k->ev[i])
			 : risk_gate_kind.push(&c->gate->base, &k->ev[i]);
	rec_init(&wm, REC_watermark, at->ts, NULL);
	if (rc == 0)
		rc = risk_gate_kind.watermark(&c->gate->base, &wm);
	c->equity = ledger_equity(account_ledger(c->gate->risk.account));
	if (c->equity > c->peak)
		c->peak = c->equity;
	return rc;
}

/* A symbol without a bar at the first instant has a price all the same: that of its last one. */
static int
feed_older(struct market_copy *c)
{
	const struct rl_market *k = c->market;
	size_t missing = 0;
	int rc = 0;

	for (size_t s = 0; s < k->nsym; s++)
		missing += k->close[c->t * k->nsym + s] > 0 &&
			   account_price(c->gate->risk.account, k->sym[s]) == 0;
	for (uint32_t i = k->at[c->t].from; missing && i-- > 0 && rc == 0;) {
		const struct rec *r = &k->ev[i];

		if (r->type != REC_bar || r->bar.close <= 0 ||
		    account_price(c->gate->risk.account, r->sym) != 0)
			continue;
		rc = risk_gate_kind.push(&c->gate->base, r);
		missing -= account_price(c->gate->risk.account, r->sym) != 0;
	}
	return rc;
}

static int
send_out(struct market_copy *c, struct rec *r)
{
	return c->world->send ? c->world->send(c, r) : risk_gate_kind.push(&c->gate->base, r);
}

int
market_want(struct market_copy *c, size_t place, bool is_weight, double v)
{
	const struct market_env *m = c->world;
	struct rec r;

	if (c->want[place] == v)
		return 0;
	c->want[place] = v;
	c->held = false;
	rec_init(&r, REC_target, c->market->at[c->t].ts, c->market->sym[place]);
	rec_set(&r, F_target_strategy, r.target.strategy, str_z(m->strategy));
	if (is_weight) {
		rec_set(&r, F_target_weight, r.target.weight, v);
	} else {
		int64_t units;

		if (!num_nano_of(v, &units))
			return err_set(m->base.err, ERR_USAGE, "size %g is too large", v);
		rec_set(&r, F_target_position, r.target.position, units);
	}
	return send_out(c, &r);
}

int
market_order(struct market_copy *c, size_t place, struct rec *o)
{
	const struct market_env *m = c->world;
	struct gate *g = c->gate;
	size_t n = strlen(m->strategy);
	char *p;

	buf_clear(&g->id);
	buf_put(&g->id, m->strategy, n < 32 ? n : 32);
	p = buf_room(&g->id, 1 + NUM_MAX);
	*p++ = '-';
	g->id.len = (size_t)(num_put_u64(p, ++c->ids) - g->id.p);
	o->ts = c->market->at[c->t].ts;
	o->sym = c->market->sym[place];
	rec_set(o, F_order_cl_ord_id, o->order.cl_ord_id, buf_str(&g->id));
	rec_set(o, F_order_strategy, o->order.strategy, str_z(m->strategy));
	return send_out(c, o);
}

/* ---- episodes ---- */
/* All that an episode draws, in a fixed order. */
static void
draw(struct market_env *m, struct market_copy *c)
{
	struct account *a = c->gate->risk.account;
	const struct rl_market *k = c->market;
	size_t room;
	double u[3];

	rng_seed(&c->rng, c->seed);
	for (int i = 0; i < 3; i++)
		u[i] = rng_uniform(&c->rng);
	room = k->last - k->first - (m->steps ? (size_t)m->steps : 1);
	c->start = k->first + (m->random_start ? (size_t)(u[0] * (double)(room + 1)) : 0);
	c->end = m->steps ? c->start + (size_t)m->steps : k->last;
	if (m->slip_lo >= 0)
		account_costs(a, NULL, m->slip_lo + u[1] * (m->slip_hi - m->slip_lo));
	if (m->rate_lo >= 0) {
		struct commission rate = { .kind = COMM_RATE,
			.rate = m->rate_lo + u[2] * (m->rate_hi - m->rate_lo) };
		account_costs(a, &rate, -1);
	}
}

/* What a copy needs once: it lies in memory that does not move. */
static void
bind_copy(struct market_env *m, struct market_copy *c)
{
	size_t i = (size_t)((char *)c - m->base.copies) / m->base.copy_size;

	c->world = m;
	c->gate = &m->gates[i];
	c->env =
	    (struct stage_env){ .syms = m->market->syms, .err = m->base.err, .note = market_hush };
	c->tail = (struct stage){ .kind = &tail_kind, .env = &c->env };
	c->gate->base.env = &c->env;
	c->gate->base.down = &c->tail;
	c->want = mem_array(m->market->nsym, sizeof *c->want);
	c->qty = mem_array(m->market->nsym, sizeof *c->qty);
}

static int
begin(struct market_env *m, struct market_copy *c, uint64_t seed)
{
	int rc;

	if (!c->world)
		bind_copy(m, c);
	c->env.err = m->base.err;
	c->seed = seed;
	c->market = &m->market[seed % m->nmarkets];
	gate_reset(c->gate);
	draw(m, c);
	c->t = c->start;
	c->peak = 0;
	c->norders = c->nrejects = c->ids = 0;
	c->nacts = 0;
	memset(c->want, 0, c->market->nsym * sizeof *c->want);
	memset(c->qty, 0, c->market->nsym * sizeof *c->qty);
	rc = feed_older(c);
	if (rc == 0)
		rc = feed_instant(c);
	reward_begin(&m->reward, &c->reward, num_of_micro(c->equity));
	return rc;
}

int
market_copy_reset(struct rl_env *v, void *copy, uint64_t seed, float *obs)
{
	struct market_env *m = (struct market_env *)v;
	int rc = begin(m, copy, seed);

	if (rc == 0)
		market_observe(m, copy, obs);
	return rc;
}

/* ---- a step ---- */
static double
side_of(int64_t qty)
{
	return (qty > 0) - (qty < 0);
}

/* What patterns and signals say of a symbol at an instant: their mean, within -1..1. */
static double
view_of(const struct rl_market *k, size_t t)
{
	double sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < k->ncols; i++) {
		const char *dot = strstr(k->names[i], "signal."), *name = k->names[i];
		size_t len = strlen(name);
		bool pattern = len >= 7 && strcmp(name + len - 7, "pattern") == 0;

		if (!dot && !pattern)
			continue;
		float v = k->cols[t * k->ncols + i];
		sum += v > 1 ? 1 : v < -1 ? -1 : v;
		n++;
	}
	return n ? sum / (double)n : 0;
}

/* The market's part of the step, of the first symbol: TensorTrade's rewards know one. */
static void
price_moves(const struct market_copy *c, struct reward_step *s)
{
	const struct rl_market *k = c->market;
	int64_t was = k->close[(c->t - 1) * k->nsym], open = k->open[c->t * k->nsym],
		close = k->close[c->t * k->nsym];

	if (was <= 0)
		return;
	s->gap = (double)(open - was) / (double)was;
	s->move = (double)(close - open) / (double)was;
}

static void
traded(struct market_copy *c, struct reward_step *s)
{
	struct ledger *l = account_ledger(c->gate->risk.account);

	for (size_t i = 0; i < c->market->nsym; i++) {
		const struct ledger_pos *p = ledger_pos(l, c->market->sym[i]);
		int64_t qty = p ? p->qty : 0;

		if (i == 0) {
			s->side0 = side_of(c->qty[0]);
			s->side1 = side_of(qty);
		}
		if (!p || qty == c->qty[i])
			continue;
		s->traded = true;
		if (s->equity0 > 0)
			s->turnover += fabs(num_of_nano(qty) - num_of_nano(c->qty[i])) *
				       num_of_nano(p->mark) * (double)p->mult / s->equity0;
		c->qty[i] = qty;
	}
}

static double
paid(const struct market_copy *c)
{
	return num_of_micro(ledger_commission(account_ledger(c->gate->risk.account)));
}

static void
note_action(struct market_env *m, struct market_copy *c, const float *act)
{
	size_t n = m->base.act.kind == RL_BOX ? m->base.act.n : 1;

	for (size_t i = 0; i < n; i++)
		*MEM_AT(c->acts, c->capacts, c->nacts + i) = act[i];
	c->nacts += n;
}

static int
advance(struct market_env *m, struct market_copy *c, const float *act, struct rl_out *out)
{
	struct reward_step s = { .equity0 = num_of_micro(c->equity),
		.peak0 = num_of_micro(c->peak) };
	double paid0 = paid(c);
	int rc;

	note_action(m, c, act);
	s.view = m->reward.shape != 0 && m->reward_kind->uses_view ? view_of(c->market, c->t) : 0;
	c->held = true;
	rc = m->action_kind->apply(m, c, act);
	c->t++;
	if (rc == 0)
		rc = feed_instant(c);
	if (rc)
		return rc;
	s.equity1 = num_of_micro(c->equity);
	s.peak1 = num_of_micro(c->peak);
	s.commission = s.equity0 > 0 ? (paid(c) - paid0) / s.equity0 : 0;
	traded(c, &s);
	price_moves(c, &s);
	out->reward = reward_of(m->reward_kind, &m->reward, &c->reward, &s);
	out->terminated = stop_by_account(&m->stop, m->account.capital, c->peak, c->equity);
	out->truncated =
	    !out->terminated && (c->t >= c->end || stop_by_time(&m->stop, c->market->at[c->t].ts,
						       c->market->at[c->t + 1].ts));
	return 0;
}

int
market_copy_step(struct rl_env *v, void *copy, const float *act, float *obs, struct rl_out *out)
{
	struct market_env *m = (struct market_env *)v;
	int rc = advance(m, copy, act, out);

	if (rc == 0)
		market_observe(m, copy, obs);
	return rc;
}

/* ---- checkpoints: a copy is its seed and what was done since ---- */
void
market_copy_save(const struct rl_env *v, const void *copy, struct buf *out)
{
	const struct market_copy *c = copy;
	uint64_t head[2] = { c->seed, c->world ? c->nacts : UINT64_MAX };

	(void)v;
	buf_put(out, head, sizeof head);
	if (c->world)
		buf_put(out, c->acts, c->nacts * sizeof *c->acts);
}

bool
market_copy_load(struct rl_env *v, void *copy, const void *p, size_t n)
{
	struct market_env *m = (struct market_env *)v;
	size_t width = v->act.kind == RL_BOX ? v->act.n : 1;
	float *acts = mem_array(width, sizeof *acts);
	struct rl_out out;
	uint64_t head[2];
	bool good = false;

	if (n < sizeof head)
		goto done;
	memcpy(head, p, sizeof head);
	n -= sizeof head;
	if (head[1] == UINT64_MAX) {
		good = n == 0;
		goto done;
	}
	if (n != head[1] * sizeof *acts || head[1] % width || begin(m, copy, head[0]))
		goto done;
	for (size_t i = 0; i < head[1]; i += width) {
		struct market_copy *c = copy;

		memcpy(
		    acts, (const char *)p + sizeof head + i * sizeof *acts, width * sizeof *acts);
		if (c->t >= c->end || advance(m, copy, acts, &out))
			goto done;
	}
	good = true;
done:
	free(acts);
	return good;
}

void
market_copy_close(struct rl_env *v, void *copy)
{
	struct market_copy *c = copy;

	(void)v;
	free(c->want);
	free(c->qty);
	free(c->acts);
	reward_free(&c->reward);
}
