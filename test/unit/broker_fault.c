/*
 * Random runs against a gateway that fails: cut connections at any byte, an engine killed at any
 * write, sync, send or record, gateways that restart and give ids out again, orders that vanish or
 * live in silence, answers that never come, doubled statuses, late commissions, corrections,
 * trades of other people. In the end: no order was sent twice, no fill is missing or counted
 * twice, the ledger is the gateway's account to the cent, and nothing hangs.
 *
 * TP_FAULT_SEEDS=1000 runs so many seeds instead of a few.
 */
#include <stdlib.h>

#include "t_broker.h"

#define ORDERS 200

struct script {
	int sent;
	char live[ORDERS][32]; /* names of limit orders that may be cancelled or replaced */
	int nlive;
};

static int
one_order(struct rig *r, struct script *s)
{
	struct rng *g = &r->g.rng;
	int sym = (int)rng_below(g, GW_SYMS), kind = (int)rng_below(g, 10);
	char line[500], ts[TIM_LEN + 1];
	long long qty = 1 + (long long)rng_below(g, 30);

	*tim_put(ts, GW_EPOCH + r->now) = '\0';
	if (kind < 2 && s->nlive > 0) {
		int i = (int)rng_below(g, (uint64_t)s->nlive);

		if (kind == 0)
			snprintf(line, sizeof line,
			    "{\"type\":\"cancel\",\"ts\":\"%s\",\"sym\":\"AAPL\",\"cl_ord_id\":\"%"
			    "s\"}",
			    ts, s->live[i]);
		else
			snprintf(line, sizeof line,
			    "{\"type\":\"replace\",\"ts\":\"%s\",\"sym\":\"AAPL\",\"cl_ord_id\":"
			    "\"r%d-%s\",\"orig_cl_ord_id\":\"%s\",\"qty\":%lld,"
			    "\"limit_price\":%d}",
			    ts, s->sent, s->live[i], s->live[i], qty + 30, 99);
		return rig_push(r, line);
	}
	snprintf(line, sizeof line,
	    "{\"type\":\"order\",\"ts\":\"%s\",\"sym\":\"%s\",\"cl_ord_id\":\"o%d\",\"side\":\"%"
	    "s\","
	    "\"qty\":%lld,\"ord_type\":\"%s\"%s%s}",
	    ts, gw_names[sym], s->sent, rng_below(g, 2) ? "buy" : "sell", qty,
	    kind < 6 ? "market" : "limit", kind < 6 ? "" : ",\"limit_price\":101.5",
	    kind == 9 ? ",\"algo\":\"iceberg\",\"display\":4" : "");
	if (kind >= 6 && kind < 9)
		snprintf(s->live[s->nlive++], sizeof s->live[0], "o%d", s->sent);
	s->sent++;
	return rig_push(r, line);
}

/* The engine died, or was killed: a new one. */
static int
reborn(struct rig *r)
{
	r->g.crashes++;
	rig_kill(r);
	r->power_cut = rng_below(&r->g.rng, 4) == 0;
	return rig_start(r);
}

static int
go_on(struct rig *r, struct script *s)
{
	struct rng *g = &r->g.rng;
	int rc = 0;

	if (r->crash_in == 0 && rng_below(g, 60) == 0)
		r->crash_in = 1 + (int64_t)rng_below(g, 40);
	if (broker_ready(r->b) && s->sent < ORDERS && rng_below(g, 2))
		rc = one_order(r, s);
	if (rc == 0 && gw_chance(&r->g, r->g.f.cut))
		rig_cut(r);
	if (rc == 0)
		rc = rig_turn(r, 1 + (int64_t)rng_below(g, 60));
	if (rc < 0 && r->dead)
		rc = reborn(r);
	return rc;
}

/* Faults over, orders cancelled: does all come to rest? */
static bool
comes_to_rest(struct rig *r)
{
	r->g.f = (struct gw_faults){ 0 };
	r->crash_in = 0;
	if (r->dead && reborn(r) < 0)
		return false;
	rig_until(r, broker_ready(r->b), 6000);
	if (!broker_ready(r->b) || broker_finish(r->b) < 0)
		return false;
	rig_until(r, broker_idle(r->b) && rig_agrees(r), 20000);
	/* and stays so, over a few syncs */
	for (int i = 0; i < 400; i++)
		if (rig_turn(r, 100) < 0)
			return false;
	return broker_ready(r->b) && broker_idle(r->b);
}

/* Each execution of the gateway is in the book once, as the gateway has it now. */
static bool
fills_agree(struct rig *r)
{
	const struct book *k = broker_book(r->b);
	size_t counted = 0;

	for (size_t i = 0; i < r->g.nexecs; i++) {
		const struct gw_exec *x = &r->g.exec[i];
		int64_t rev;
		const struct bk_exec *have = book_exec(k, str_z(x->id), &rev);

		if (!have || have->qty != x->qty || (x->qty && have->px != x->px))
			return false;
		counted++;
	}
	return counted == k->nexecs;
}

static bool
orders_agree(struct rig *r)
{
	const struct book *k = broker_book(r->b);

	for (size_t i = 0; i < r->g.norders; i++) {
		const struct gw_order *o = &r->g.order[i];
		const struct bk_order *have =
		    o->client == 7 ? book_by_ref(k, str_z(o->ref)) : book_by_perm(k, o->perm);

		if (!have || have->cum != o->filled || gw_live(o) != !bk_final(have->st))
			return false;
	}
	return true;
}

struct total {
	uint64_t seeds, orders, fills, cuts, restarts, crashes, unknown, lost, adjusted, bad;
	uint64_t adopted, duplicates, corrections, came_back, syncs;
};

static void
complain(struct rig *r, uint64_t seed, const char *what)
{
	const struct book *k = broker_book(r->b);

	t_note("seed %llu: %s (doubled %llu, reused %llu, told twice %llu, ready %d, live %zu)",
	    (unsigned long long)seed, what, (unsigned long long)r->g.doubled,
	    (unsigned long long)r->g.reused, (unsigned long long)r->told_twice, broker_ready(r->b),
	    k->nlive);
	t_note("  cash %lld, the gateway's %lld; %s", (long long)ledger_cash_now(k->ledger),
	    (long long)r->g.cash, r->err.msg);
	for (const struct bk_order *o = k->first; o; o = o->next)
		t_note("  order %.*s id %lld state %s cum %lld of %lld", STR_FMT(o->ref),
		    (long long)o->id, rec_word(REC_WL_ostat, o->st), (long long)o->cum,
		    (long long)o->t.qty);
}

static bool
one_seed(uint64_t seed, struct total *t)
{
	struct rig *r = mem_alloc(sizeof *r);
	struct script s = { 0 };
	const char *wrong = NULL;
	int turns = 0;

	rig_init(r, seed);
	r->g.f = (struct gw_faults){ .cut = 150,
		.drop_order = 200,
		.quiet_order = 200,
		.drop_cancel = 500,
		.drop_exec = 300,
		.twice = 2000,
		.late_comm = 1000,
		.limbo = 100,
		.reject = 200,
		.restart = 3000,
		.correct = 20,
		.lost = 20,
		.manual = 20,
		.forget = 50 };
	if (rig_start(r) < 0)
		wrong = "does not start";
	while (!wrong && s.sent < ORDERS) {
		if (go_on(r, &s) < 0)
			wrong = "fails";
		else if (++turns > 60000)
			wrong = "hangs";
	}
	if (!wrong && !comes_to_rest(r))
		wrong = "does not come to rest";
	if (!wrong && !rig_agrees(r))
		wrong = "ledger and account differ";
	if (!wrong && !fills_agree(r))
		wrong = "a fill is missing or too many";
	if (!wrong && !orders_agree(r))
		wrong = "an order's state differs";
	if (!wrong && (r->g.doubled || r->g.reused || r->told_twice))
		wrong = "something was done twice";
	if (wrong)
		complain(r, seed, wrong);
	rig_count(r);
	t->seeds++;
	t->orders += r->g.placed;
	t->fills += r->g.nexecs;
	t->cuts += r->g.cuts;
	t->restarts += r->g.restarts;
	t->crashes += r->g.crashes;
	t->unknown += r->sum.unknown;
	t->lost += r->sum.lost;
	t->adjusted += r->sum.adjusted;
	t->adopted += r->sum.adopted;
	t->duplicates += r->sum.duplicates;
	t->corrections += r->sum.corrections;
	t->came_back += r->sum.came_back;
	t->syncs += r->sum.syncs;
	t->bad += wrong != NULL;
	rig_free(r);
	free(r);
	return !wrong;
}

int
main(void)
{
	const char *env = getenv("TP_FAULT_SEEDS"), *first = getenv("TP_FAULT_FIRST");
	uint64_t n = env ? strtoull(env, NULL, 10) : 60,
		 from = first ? strtoull(first, NULL, 10) : 1;
	struct total t = { 0 };

	for (uint64_t seed = from; seed < from + n && t.bad < 10; seed++)
		one_seed(seed, &t);
	is_i64((int64_t)t.bad, 0, "%llu seeds of %d orders end as they must",
	    (unsigned long long)t.seeds, ORDERS);
	t_note("%llu orders reached the gateway, %llu executions; %llu cut connections, %llu "
	       "restarts of the gateway, %llu killed engines",
	    (unsigned long long)t.orders, (unsigned long long)t.fills, (unsigned long long)t.cuts,
	    (unsigned long long)t.restarts, (unsigned long long)t.crashes);
	t_note("%llu times unknown, %llu lost, %llu came back, %llu adopted, %llu executions told "
	       "again, %llu corrections, %llu inquiries, %llu adjustments",
	    (unsigned long long)t.unknown, (unsigned long long)t.lost,
	    (unsigned long long)t.came_back, (unsigned long long)t.adopted,
	    (unsigned long long)t.duplicates, (unsigned long long)t.corrections,
	    (unsigned long long)t.syncs, (unsigned long long)t.adjusted);
	ok(t.crashes > 0 && t.cuts > 0 && t.unknown > 0, "the faults happened");
	return done_testing();
}
