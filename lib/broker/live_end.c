/* The end of a live run: orders end or are left, in order; and the commands that are all end. */
#include "broker/live_state.h"

#include <stdlib.h>

#define STOP_NS (10 * TIM_SEC)    /* for the cancels of a shutdown */
#define COMMAND_NS (60 * TIM_SEC) /* --cancel-all, --flatten-all */

static int
turns_until(struct live_exec *l, bool (*done)(const struct broker *b), int64_t ns, bool stops)
{
	int64_t deadline = tim_mono() + ns;
	int rc = 0;

	while (!rc && !done(l->b) && tim_mono() < deadline && !(stops && live_exec_stopped(l)))
		rc = live_exec_turn(l, 50 * TIM_MS);
	return rc;
}

/* Working orders end, or are left, as --on-exit says; what they still fill is told. */
static int
shut_down(struct live_exec *l)
{
	int rc = broker_finish(l->b);

	l->finished = true;
	if (!rc)
		rc = turns_until(
		    l, l->o.broker.on_exit ? broker_settled : broker_idle, STOP_NS, false);
	if (!rc && !(l->o.broker.on_exit ? broker_settled : broker_idle)(l->b))
		stage_note(l->st, 1, "orders are left at the broker; the journal knows them");
	if (!rc && l->moved)
		rc = broker_report(l->b);
	return rc;
}

static int
resolve_positions(struct live_exec *l)
{
	struct ledger *g = broker_ledger(l->b);
	int rc = 0;

	for (uint32_t i = 0; i < ledger_count(g) && !rc; i++)
		if (ledger_at(g, i)->qty != 0)
			rc = live_exec_resolve(l, ledger_at(g, i)->sym);
	return rc;
}

static int
command(struct live_exec *l)
{
	int64_t deadline = tim_mono() + COMMAND_NS;
	int rc;

	l->finished = true;
	rc = turns_until(l, broker_ready, COMMAND_NS, true);
	if (!rc && broker_ready(l->b))
		rc = broker_cancel_all(l->b);
	if (!rc)
		rc = turns_until(l, broker_no_orders, deadline - tim_mono(), true);
	if (!rc && l->o.flatten_all && broker_no_orders(l->b)) {
		rc = resolve_positions(l);
		if (!rc)
			rc = broker_flatten(l->b);
		if (!rc)
			rc = turns_until(l, broker_flat, deadline - tim_mono(), true);
	}
	if (rc)
		return rc;
	if (!broker_ready(l->b) || !broker_no_orders(l->b) ||
	    (l->o.flatten_all && !broker_flat(l->b)))
		return stage_fail(l->st, ERR_NET, "%s",
		    !broker_ready(l->b)      ? "no connection to the broker"
		    : broker_no_orders(l->b) ? "positions are still open"
					     : "orders are still working");
	return broker_report(l->b);
}

int
live_exec_flush(struct live_exec *l)
{
	int rc;

	if (l->st->no_input) {
		rc = command(l);
	} else {
		rc = live_exec_idle(l);
		if (!rc && !l->halted)
			rc = turns_until(l, broker_idle, l->o.linger_ns, true);
		if (!rc)
			rc = shut_down(l);
	}
	if (!rc && l->sink) {
		rc = loop_sink_close(l->sink);
		l->sink = NULL;
	}
	return rc;
}

void
live_exec_close(struct live_exec *l)
{
	if (!l)
		return;
	/* a reader that left, or bad input: nobody is there any more to mind the orders */
	if (l->s && l->b && !l->finished && tws_session_state(l->s) == TWS_UP) {
		struct err keep = *l->st->env->err;

		l->muted = true;
		shut_down(l);
		*l->st->env->err = keep;
	}
	loop_sink_close(l->sink);
	tws_session_free(l->s);
	broker_free(l->b);
	tws_contracts_free(l->contracts);
	free(l->sym);
	free(l);
}
