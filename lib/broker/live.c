#include "broker/live_state.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "venue/exec.h"

#define LIVE_CLIENT_ID 1
#define RESOLVE_NS (15 * TIM_SEC) /* for an answer about a contract */
#define STEP_NS TIM_MS            /* the socket is looked at this often while input never pauses */

#define L(field) OPT_OFF(struct live_exec_opts, field)
const struct opt live_exec_options[] = {
	{ OPT_STR, 0, "journal", "FILE", "the order journal: written before anything is sent", NULL,
	    NULL, NULL, L(journal), 0, 0 },
	{ OPT_FLAG, 0, "no-fsync", NULL,
	    "unsafe, for measuring: a power cut may lose the newest orders", NULL, NULL, NULL,
	    L(no_fsync), 0, 0 },
	{ OPT_STR, 0, "contracts", "FILE",
	    "contracts that the form of a symbol does not tell (CSV)", NULL, NULL, NULL,
	    L(contracts), 0, 0 },
	{ OPT_FLAG, 0, "cancel-all", NULL, "cancel every order of the account, and leave", NULL,
	    NULL, NULL, L(cancel_all), 0, 0 },
	{ OPT_FLAG, 0, "flatten-all", NULL,
	    "cancel every order, close every position at the market, and leave", NULL, NULL, NULL,
	    L(flatten_all), 0, 0 },
	{ OPT_SPAN, 0, "linger", "SPAN",
	    "at the end of the input, wait so long for orders to end by themselves", "5s", NULL,
	    NULL, L(linger_ns), 0, 0 },
	{ OPT_GROUP, 0, "broker", NULL, NULL, NULL, NULL, broker_options, L(broker), 0, 0 },
	{ OPT_GROUP, 0, "net", NULL, NULL, NULL, NULL, tws_session_options, L(net), 0, 0 },
	{ OPT_END, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0 },
};

/* ---- the link of the engine ---- */

static bool
link_send(void *arg, const struct tws_request *q)
{
	return tws_session_send(((struct live_exec *)arg)->s, q);
}

static int64_t
link_req_id(void *arg)
{
	return tws_session_req_id(((struct live_exec *)arg)->s);
}

static int
link_out(void *arg, const struct rec *r)
{
	struct live_exec *l = arg;
	int rc;

	l->moved = (l->moved && r->type != REC_portfolio) || r->type == REC_fill;
	if (l->muted)
		return 0;
	rc = stage_emit(l->st, r);
	if (!rc && l->sink && (EXEC_OWN >> r->type & 1))
		rc = loop_sink_put(l->sink, r);
	return rc;
}

static void
link_drop(void *arg, const char *why)
{
	tws_session_drop(((struct live_exec *)arg)->s, why);
}

static struct str
sym_text(const struct sym *sym)
{
	return (struct str){ sym->name, sym->len };
}

static const struct tws_contract *
link_contract(void *arg, const struct sym *sym)
{
	struct live_exec *l = arg;
	struct err e;

	if (MEM_AT(l->sym, l->sym_cap, sym->id)->state == ASK_NONE)
		return NULL;
	return tws_contracts_get(l->contracts, sym_text(sym), &e);
}

static const struct sym *
link_sym_of(void *arg, const struct tws_contract *c)
{
	struct live_exec *l = arg;
	struct str s = tws_contracts_sym(l->contracts, c);

	return s.n ? symtab_get(l->st->env->syms, s) : NULL;
}

static int64_t
link_time_of(void *arg, struct str text)
{
	struct live_exec *l = arg;
	enum tws_time_kind kind;
	int64_t t;

	return tws_time_parse(tws_session_zones(l->s), text, &t, &kind) ? t : TIM_NONE;
}

static void
link_note(void *arg, int level, const char *text)
{
	stage_note(((struct live_exec *)arg)->st, level, "%s", text);
}

/* ---- the session's calls ---- */

static int
on_state(void *arg, enum tws_state s, const char *why)
{
	struct live_exec *l = arg;

	stage_note(l->st, 2, "%s%s%s", tws_state_name(s), why && *why ? ": " : "", why ? why : "");
	if (s != TWS_DOWN)
		return 0;
	for (size_t i = 0; i < l->sym_cap; i++)
		if (l->sym[i].state == ASK_SENT)
			l->sym[i].state = ASK_NOT;
	return broker_down(l->b, why);
}

static int
on_up(void *arg, int64_t next_valid_id, struct str accounts)
{
	return broker_up(((struct live_exec *)arg)->b, next_valid_id, accounts);
}

static struct csym *
by_req(struct live_exec *l, int64_t req_id, const struct sym **sym)
{
	for (size_t i = 0; i < l->sym_cap; i++)
		if (l->sym[i].state == ASK_SENT && l->sym[i].req_id == req_id) {
			*sym = symtab_at(l->st->env->syms, (uint32_t)i);
			return &l->sym[i];
		}
	return NULL;
}

static void
details(struct live_exec *l, const struct tws_e_contract_data *d)
{
	const struct sym *sym;
	struct csym *c = by_req(l, d->req_id, &sym);

	if (c && c->matches++ == 0)
		tws_contracts_learn(l->contracts, sym_text(sym), &d->contract);
}

static void
details_end(struct live_exec *l, int64_t req_id, const char *why)
{
	const struct sym *sym;
	struct csym *c = by_req(l, req_id, &sym);

	if (!c)
		return;
	c->state = c->matches == 1 ? ASK_KNOWN : ASK_NONE;
	if (c->matches != 1)
		stage_note(l->st, 1, "%s: %s (see --contracts)", sym->name,
		    why               ? why
		    : c->matches == 0 ? "the broker knows no such contract"
				      : "the broker knows several such contracts");
}

static int
on_event(void *arg, const struct tws_event *ev, int64_t t_recv)
{
	struct live_exec *l = arg;
	const struct sym *sym;

	(void)t_recv;
	switch (ev->kind) {
	case TWS_E_current_time:
		l->market = ev->current_time.time * TIM_SEC;
		l->answers++;
		break;
	case TWS_E_contract_data: details(l, &ev->contract_data); return 0;
	case TWS_E_contract_data_end: details_end(l, ev->contract_data_end.req_id, NULL); return 0;
	case TWS_E_error:
		if (by_req(l, ev->error.id, &sym)) {
			if (tws_error_class_of(ev->error.code, ev->error.id) != TWS_ERR_INFO)
				details_end(l, ev->error.id, tws_error_of(ev->error.code)->text);
			return 0;
		}
		break;
	default: break;
	}
	return broker_event(l->b, ev);
}

static void
on_note(void *arg, const char *text)
{
	stage_note(((struct live_exec *)arg)->st, 1, "%s", text);
}

/* ---- turns ---- */

static int
step(struct live_exec *l, short revents)
{
	int64_t now = tim_mono();
	int rc;

	l->last = now;
	rc = broker_now(l->b, now, tws_now_epoch());
	if (!rc) {
		rc = tws_session_step(l->s, revents, now);
		if (rc < 0 && rc == tws_session_error(l->s)->code && !l->st->env->err->msg[0])
			*l->st->env->err = *tws_session_error(l->s);
	}
	if (!rc)
		rc = broker_flush(l->b);
	if (!rc)
		rc = tws_session_flush(l->s, now);
	if (rc < 0 && !l->st->env->failed)
		l->st->env->failed = l->st;
	return rc;
}

/* One wait for the socket, for fd too when it is not -1. 1: fd can be read. */
static int
turn(struct live_exec *l, int fd, int64_t timeout_ns)
{
	struct pollfd pf[2] = { { .fd = -1 }, { .fd = fd, .events = POLLIN } };
	int64_t now = tim_mono(), wait = tws_session_poll(l->s, now, &pf[0]), due;
	struct timespec ts;
	int n, rc;

	due = broker_wait(l->b);
	wait = wait < timeout_ns ? wait : timeout_ns;
	wait = wait < due ? wait : due;
	if (wait < 0)
		wait = 0;
	ts = (struct timespec){ wait / TIM_SEC, wait % TIM_SEC };
	n = ppoll(pf, 2, &ts, NULL);
	if (n < 0 && errno != EINTR)
		return stage_fail(l->st, ERR_IO, "waiting: %s", strerror(errno));
	rc = step(l, n > 0 ? pf[0].revents : 0);
	if (rc < 0)
		return rc;
	return n > 0 && fd >= 0 && pf[1].revents != 0;
}

bool
live_exec_stopped(const struct live_exec *l)
{
	return l->st->env->stopped && l->st->env->stopped();
}

/* What was told meanwhile goes out while we wait on. */
int
live_exec_turn(struct live_exec *l, int64_t timeout_ns)
{
	int rc = turn(l, -1, timeout_ns);

	if (rc >= 0 && !l->muted)
		rc = stage_drain(l->st);
	if (rc >= 0 && !l->muted)
		rc = loop_sink_drain(l->sink);
	return rc < 0 ? rc : 0;
}

/* Until it is ready, however long; 0 also when a signal came. */
static int
until_ready(struct live_exec *l)
{
	while (!broker_ready(l->b) && !live_exec_stopped(l)) {
		int rc = live_exec_turn(l, 200 * TIM_MS);

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* The broker must know exactly one contract of the symbol before an order for it goes out. */
int
live_exec_resolve(struct live_exec *l, const struct sym *sym)
{
	struct csym *c = MEM_AT(l->sym, l->sym_cap, sym->id);
	int64_t deadline = tim_mono() + RESOLVE_NS;
	struct tws_request q;
	const struct tws_contract *k;
	struct err e;
	int rc = 0;

	while (!rc && !live_exec_stopped(l) && (c->state == ASK_NOT || c->state == ASK_SENT)) {
		if (c->state == ASK_NOT && broker_ready(l->b)) {
			k = tws_contracts_get(l->contracts, sym_text(sym), &e);
			if (!k) {
				stage_note(l->st, 1, "%s: %s", sym->name, e.msg);
				c->state = ASK_NONE;
				break;
			}
			tws_request_init(&q, TWS_Q_req_contract_details);
			q.req_contract_details.req_id = tws_session_req_id(l->s);
			q.req_contract_details.contract = *k;
			*c = (struct csym){ ASK_SENT, q.req_contract_details.req_id, 0 };
			if (!tws_session_send(l->s, &q))
				c->state = ASK_NOT;
		}
		rc = live_exec_turn(l, 50 * TIM_MS);
		c = &l->sym[sym->id]; /* the table may have moved */
		if (!broker_ready(l->b))
			deadline = tim_mono() + RESOLVE_NS;
		else if (tim_mono() > deadline && c->state == ASK_SENT)
			c->state = ASK_NOT, deadline += RESOLVE_NS;
	}
	return rc;
}

/* ---- the stage ---- */

static int
check_opts(struct live_exec *l)
{
	struct live_exec_opts *o = &l->o;
	bool needs = !o->broker.read_only && !o->broker.whatif && !o->cancel_all && !o->flatten_all;

	if (needs && !o->journal)
		return stage_fail(l->st, ERR_USAGE,
		    "orders for a broker need --journal FILE (or say --paper to simulate)");
	if ((o->net.port == 4001 || o->net.port == 7496) && !o->broker.live)
		return stage_fail(l->st, ERR_USAGE,
		    "port %lld is a gateway's for real money: that needs --live ACCOUNT",
		    (long long)o->net.port);
	if (o->broker.ack_ns <= 0 || o->broker.sync_ns <= 0)
		return stage_fail(l->st, ERR_USAGE, "--ack-timeout and --sync must be above zero");
	if (o->net.client_id < 0)
		o->net.client_id = LIVE_CLIENT_ID;
	o->broker.down_ns = o->net.max_down_ns;
	o->net.seed = (uint64_t)tws_now_epoch() ^ (uint64_t)tim_mono() << 20;
	return 0;
}

static int
memory_write(void *arg, const char *p, size_t n, struct err *e)
{
	(void)arg, (void)p, (void)n, (void)e;
	return 0;
}

static int
memory_sync(void *arg, struct err *e)
{
	(void)arg, (void)e;
	return 0;
}

static int
open_journal(struct live_exec *l)
{
	static const struct journal_store memory = { memory_write, memory_sync, NULL, NULL };

	if (l->o.journal)
		return broker_journal_file(l->b, l->o.journal, !l->o.no_fsync);
	return broker_journal_store(l->b, &memory, NULL, 0);
}

int
live_exec_open(
    struct stage *st, const struct live_exec_opts *o, const char *feedback, struct live_exec **out)
{
	static const struct tws_handler handler = { on_state, on_up, on_event, on_note };
	struct live_exec *l = mem_alloc(sizeof *l);
	struct broker_link link = { link_send, link_req_id, link_out, link_drop, link_contract,
		link_sym_of, link_time_of, link_note, l };
	struct err *e = st->env->err;
	int rc;

	*out = l;
	l->st = st;
	l->o = *o;
	rc = check_opts(l);
	if (rc)
		return rc;
	l->contracts = tws_contracts_open(l->o.contracts, e);
	if (!l->contracts)
		return e->code;
	l->b = broker_new(&l->o.broker, l->o.net.client_id, st->env->syms, &link, e);
	rc = open_journal(l);
	if (rc)
		return rc;
	l->s = tws_session_new(&l->o.net, &handler, l, e);
	if (!l->s)
		return e->code;
	if (feedback)
		rc = loop_sink_open(st, feedback, &l->sink);
	l->market = TIM_NONE;
	e->msg[0] = '\0';
	st->waits = true;
	st->no_input = o->cancel_all || o->flatten_all;
	return rc;
}

/* At times, while input never pauses. */
static int
look(struct live_exec *l)
{
	return tim_mono() - l->last > STEP_NS ? turn(l, -1, 0) : 0;
}

static int
push_order(struct live_exec *l, const struct rec *r)
{
	int rc = until_ready(l);

	if (!rc && r->type == REC_order && r->sym)
		rc = live_exec_resolve(l, r->sym);
	/* the wait for a contract may have been long */
	if (!rc)
		rc = until_ready(l);
	if (!rc && !broker_ready(l->b))
		rc = broker_halt(l->b, "stopped while the broker was away");
	return rc ? rc : broker_push(l->b, r);
}

static int
on_halt(struct live_exec *l, const struct rec *alert)
{
	int rc = stage_emit(l->st, alert);

	l->halted = true;
	return rc ? rc
		  : broker_halt(
			l->b, rec_has(alert, F_alert_rule) && str_eqz(alert->alert.rule, "signal")
				  ? "SIGUSR1"
				  : "kill file");
}

int
live_exec_push(struct live_exec *l, const struct rec *r)
{
	int rc;

	if (r->type == REC_alert)
		return on_halt(l, r);
	if (exec_looks_ahead(r))
		return stage_fail(l->st, ERR_DATA,
		    "a %s record says \"lookahead\":true: it was made with knowledge of the "
		    "future",
		    rec_type_name(r->type));
	if (EXEC_OWN >> r->type & 1)
		return 0; /* ours, come round */
	rc = look(l);
	if (rc < 0)
		return rc;
	switch (r->type) {
	case REC_order:
	case REC_cancel:
	case REC_replace: return push_order(l, r);
	default: rc = stage_emit(l->st, r); return rc ? rc : broker_push(l->b, r);
	}
}

/*
 * --clock step: a simulated market goes on when we ask for the time (ibkr-sim --clock virtual
 * --steppers 1). It is asked until it has reached the watermark, so that it has met the orders of
 * the watermark before, and nothing later. A market that stands still has ended.
 */
static int
step_market(struct live_exec *l, int64_t ts)
{
	int still = 0, rc = broker_flush(l->b);

	while (!rc && still < 3 && !live_exec_stopped(l) &&
	       (l->market == TIM_NONE || l->market < ts)) {
		uint64_t before = l->answers;
		int64_t was = l->market;
		struct tws_request q;

		tws_request_init(&q, TWS_Q_req_current_time);
		if (!tws_session_send(l->s, &q)) {
			rc = until_ready(l);
			continue;
		}
		while (!rc && l->answers == before && broker_ready(l->b) && !live_exec_stopped(l))
			rc = live_exec_turn(l, 100 * TIM_MS);
		still = l->market == was ? still + 1 : 0;
	}
	return rc;
}

int
live_exec_watermark(struct live_exec *l, const struct rec *wm)
{
	int rc = look(l);

	if (rc >= 0)
		rc = until_ready(l);
	if (!rc && l->o.broker.clock == BROKER_STEP)
		rc = step_market(l, wm->ts);
	if (!rc)
		rc = stage_emit(l->st, wm);
	return rc ? rc : broker_watermark(l->b, wm->ts);
}

int
live_exec_idle(struct live_exec *l)
{
	int rc = broker_flush(l->b);

	if (!rc)
		rc = tws_session_flush(l->s, tim_mono());
	return rc ? rc : loop_sink_drain(l->sink);
}

int
live_exec_wait(struct live_exec *l, int fd, int timeout_ms)
{
	int rc = turn(l, broker_ready(l->b) ? fd : -1, timeout_ms * TIM_MS), rc2;

	if (rc < 0)
		return rc;
	rc2 = loop_sink_drain(l->sink);
	return rc2 < 0 ? rc2 : rc;
}
