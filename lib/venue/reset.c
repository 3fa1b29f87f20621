/* An account that begins anew, without reading a file or parsing an option again. */
#include "venue/account.h"

#include <stdlib.h>

#include "venue/venue.h"

void
account_reset(struct account *a)
{
	struct account fresh = {
		.o = a->o,
		.syms = a->syms,
		.out = a->out,
		.silent = a->silent,
		.arg = a->arg,
		.instruments = a->instruments,
		.sessions = a->sessions,
		.commission = a->commission,
		.slip = a->slip,
		.slip_k = a->slip_k,
		.latency_ns = a->latency_ns,
		.latency_skip = a->latency_skip,
		.next_no = 1,
	};

	fresh.wm = fresh.seen = fresh.data_start = fresh.day = fresh.overlap.upto = TIM_NONE;
	orders_free(a);
	free(a->sym);
	ledger_free(a->ledger);
	fresh.ledger = ledger_new(a->o.capital);
	*a = fresh;
}

void
account_costs(struct account *a, const struct commission *commission, double slip_bps)
{
	if (commission)
		a->commission = *commission;
	if (slip_bps >= 0) {
		a->slip = SLIP_BPS;
		a->slip_k = slip_bps;
	}
}
