/* The end of a run, wanted or not: no new risk, what works ends by --on-exit. */
#include "broker/engine.h"

#include "base/mem.h"

static int
cancel_own(struct broker *b)
{
	int rc = 0;

	for (struct bk_algo *a = b->book->algos; a && !rc; a = a->next)
		if (!bk_final(a->st))
			rc = algo_cancel(b, a);
	for (struct bk_order *o = b->book->first, *next; o && !rc; o = next) {
		next = o->next;
		if (!o->external)
			rc = enter_cancel_order(b, o);
	}
	return rc ? rc : broker_flush(b);
}

int
broker_halt(struct broker *b, const char *why)
{
	int rc;

	if (b->halted)
		return 0;
	b->halted = true;
	rc = report_alert(b, W_sev_critical, "halted", NULL, NULL, NULL, "%s: %s", why,
	    b->o.on_exit ? "working orders are kept" : "working orders are cancelled");
	return rc || b->o.on_exit ? rc : cancel_own(b);
}

int
broker_finish(struct broker *b)
{
	int rc = broker_flush(b);

	b->finishing = true;
	return rc || b->o.on_exit ? rc : cancel_own(b);
}

int
broker_cancel_all(struct broker *b)
{
	struct tws_request q;
	int rc;

	b->halted = true;
	rc = cancel_own(b);
	if (rc)
		return rc;
	/* the orders of other clients and of people can be cancelled in no other way */
	tws_request_init(&q, TWS_Q_req_global_cancel);
	b->l.send(b->l.arg, &q);
	broker_ask_in(b, 500 * TIM_MS);
	return 0;
}

/* A market order against each position, in the ledger's order of symbols. */
int
broker_flatten(struct broker *b)
{
	struct ledger *l = b->book->ledger;
	uint32_t n = ledger_count(l);
	int rc = 0;

	b->flattening = true;
	for (uint32_t i = 0; i < n && !rc; i++) {
		const struct ledger_pos *p = ledger_at(l, i);
		struct bk_order o = {
			.sym = p->sym, .type = W_ord_market, .strategy = str_z("flatten")
		};

		if (p->qty == 0)
			continue;
		if (!b->l.contract(b->l.arg, p->sym)) {
			rc = report_alert(b, W_sev_critical, "no_contract", p->sym, NULL, NULL,
			    "cannot close it: the broker knows no such contract, or several");
			continue;
		}
		buf_clear(&b->id);
		buf_printf(&b->id, "flatten-%s-%lld", p->sym->name, (long long)b->next_id);
		o.ref = buf_str(&b->id);
		o.side = p->qty > 0 ? W_side_sell : W_side_buy;
		o.t = (struct bk_terms){ .qty = p->qty > 0 ? p->qty : -p->qty, .tif = W_tif_day };
		o.arrival = broker_sym(b, p->sym)->px;
		o.ts = broker_stamp(b);
		rc = enter_place(b, &o, (struct str){ NULL, 0 });
	}
	return rc ? rc : broker_flush(b);
}

bool
broker_no_orders(const struct broker *b)
{
	return b->nout == 0 && b->book->first == NULL;
}

bool
broker_flat(const struct broker *b)
{
	struct ledger *l = b->book->ledger;

	for (uint32_t i = 0; i < ledger_count(l); i++)
		if (ledger_at(l, i)->qty != 0)
			return false;
	return broker_no_orders(b) && b->nheld == 0;
}

int
broker_report(struct broker *b)
{
	int rc = exec_release(b, true);

	return rc ? rc : report_account(b, broker_stamp(b), false);
}
