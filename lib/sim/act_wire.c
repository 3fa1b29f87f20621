/* Actions on the wire, on single messages, and on the gateway as a whole. */
#include <string.h>

#include "sim/act.h"

#include "base/mem.h"

/* The connections that an action is about: the cause's, or all. */
static size_t
conns(const struct act *a, struct conn **v)
{
	size_t n = 0;

	if (a->c->c) {
		v[0] = a->c->c;
		return 1;
	}
	for (size_t i = 0; i < a->s->nconn; i++)
		v[n++] = a->s->conn[i];
	return n;
}

#define EACH_CONN(a, c) \
	struct conn *conn_v[SIM_CLIENTS_MAX + 1], *c; \
	size_t conn_n = conns(a, conn_v); \
	for (size_t conn_i = 0; conn_i < conn_n && (c = conn_v[conn_i]); conn_i++)

/* ---- the wire ---- */

static bool
act_close(struct act *a)
{
	if (a->dry)
		return true;
	EACH_CONN(a, c)
	conn_close(a->s, c, false);
	a->c->handled = true;
	return true;
}

static bool
act_reset(struct act *a)
{
	int64_t bytes = -1;

	if (act_has(a, 1) && !(act_is(a, 1, "after") && act_int(a, 2, &bytes) && bytes >= 0))
		return act_bad(a, "nothing, or after BYTES");
	if (a->dry)
		return true;
	EACH_CONN(a, c)
	{
		if (bytes > 0)
			c->cut_after = bytes;
		else
			conn_close(a->s, c, true);
	}
	if (bytes <= 0)
		a->c->handled = true;
	return true;
}

static bool
act_half_close(struct act *a)
{
	if (a->dry)
		return true;
	EACH_CONN(a, c)
	c->half_due = true;
	return true;
}

static bool
act_hang(struct act *a)
{
	int64_t span = 0;

	if (act_has(a, 1) && !act_span(a, 1, &span))
		return act_bad(a, "a span, or nothing: for good");
	if (a->dry)
		return true;
	EACH_CONN(a, c)
	c->hung_until = span ? a->s->wall + span : SIM_FOREVER;
	return true;
}

static bool
act_dribble(struct act *a)
{
	int64_t n, gap = 0;

	if (!act_int(a, 1, &n) || n < 0 || (act_has(a, 2) && !act_span(a, 2, &gap)))
		return act_bad(a, "BYTES [SPAN], 0 ends it");
	if (a->dry)
		return true;
	if (!a->c->c) {
		a->s->f.dribble = n;
		a->s->f.dribble_gap = gap;
	}
	EACH_CONN(a, c)
	{
		c->dribble = n;
		c->dribble_gap = gap;
	}
	return true;
}

static bool
act_coalesce(struct act *a)
{
	int64_t span;

	if (!act_span(a, 1, &span))
		return act_bad(a, "SPAN, 0s ends it");
	if (a->dry)
		return true;
	if (!a->c->c)
		a->s->f.coalesce = span;
	EACH_CONN(a, c)
	{
		c->coalesce = span;
		c->write_at = span ? a->s->wall + span : 0;
	}
	return true;
}

static bool
act_surplus(struct act *a)
{
	int64_t n;

	if (!act_int(a, 1, &n) || n < -20 || n > 20)
		return act_bad(a, "a number of fields, -20 to 20; 0 ends it");
	if (a->dry)
		return true;
	if (!a->c->c)
		a->s->f.surplus = n;
	EACH_CONN(a, c)
	c->surplus = n;
	return true;
}

static bool
act_mute(struct act *a)
{
	if (act_has(a, 1) && !act_is(a, 1, "off"))
		return act_bad(a, "nothing, or off");
	if (a->dry)
		return true;
	EACH_CONN(a, c)
	c->mute = !act_has(a, 1);
	return true;
}

/* ---- one message ---- */

static bool
of_message(struct act *a)
{
	if (a->l->when == ON_REQUEST && a->l->in == 0)
		return true;
	err_set(a->e, ERR_USAGE, "%.*s: goes with `on MESSAGE` only", STR_FMT(a->l->word[0]));
	return false;
}

static bool
act_drop(struct act *a)
{
	if (!of_message(a))
		return false;
	a->c->handled = true;
	return true;
}

/* Looked at, but never answered; an order is then spoken of only when asked for. */
static bool
act_silent(struct act *a)
{
	if (!of_message(a))
		return false;
	if (!a->dry)
		a->c->c->swallow = a->c->q->kind == TWS_Q_place_order ? 2 : 1;
	return true;
}

struct delayed {
	uint64_t conn;
	size_t n;
	char payload[];
};

static void
handle_delayed(struct sim *s, void *arg)
{
	const struct delayed *d = arg;
	struct conn *c = conn_by_no(s, d->conn);
	struct tws_request q;
	struct err e;

	tws_arena_reset(&s->qmem);
	if (c && !c->dead &&
	    tws_decode_request(c->version, d->payload, d->n, &q, &s->qmem, &e) == 0)
		sim_handle(s, c, &q, d->payload, d->n);
}

static bool
act_delay(struct act *a)
{
	int64_t span;
	struct delayed *d;

	if (!of_message(a))
		return false;
	if (!act_span(a, 1, &span))
		return act_bad(a, "a span");
	if (a->dry)
		return true;
	d = mem_alloc(sizeof *d + a->c->n);
	d->conn = a->c->c->no;
	d->n = a->c->n;
	memcpy(d->payload, a->c->payload, a->c->n);
	later_put(&a->s->by_wall, a->s->wall + span, handle_delayed, d);
	a->c->handled = true;
	return true;
}

static bool
act_error(struct act *a)
{
	int64_t code;
	bool reject = act_is(a, 0, "reject");
	struct str text = act_has(a, 2) ? a->l->tail[2] : str_z("");

	if (!act_int(a, 1, &code))
		return act_bad(a, "CODE [TEXT]");
	if (reject && !of_message(a))
		return false;
	if (a->dry)
		return true;
	EACH_CONN(a, c)
	if (c->state == CONN_STARTED)
		conn_error(a->s, c, a->c->id, code, "%.*s", STR_FMT(text));
	a->c->handled = a->c->handled || reject;
	return true;
}

/* ---- the gateway ---- */

static bool
act_restart(struct act *a)
{
	int64_t span, id = -1;

	if (!act_span(a, 1, &span) ||
	    (act_has(a, 2) && !(act_is(a, 2, "next-id") && act_int(a, 3, &id))))
		return act_bad(a, "SPAN [next-id N]");
	if (a->dry)
		return true;
	for (size_t i = 0; i < a->s->nconn; i++)
		conn_close(a->s, a->s->conn[i], true);
	a->s->closed_until = a->s->wall + span;
	if (id >= 0)
		a->s->next_valid_id = id;
	a->s->lowest_id = a->s->next_valid_id;
	/* ids from there on are free again, whatever still works under them */
	for (size_t i = 0; i < a->s->norders; i++)
		if (a->s->orders[i]->order_id >= a->s->lowest_id)
			a->s->orders[i]->forgotten = true;
	a->s->f.lost = false;
	a->c->handled = true;
	return true;
}

static bool
act_next_id(struct act *a)
{
	int64_t id;

	if (!act_int(a, 1, &id) || id < 0)
		return act_bad(a, "an order id");
	if (!a->dry)
		a->s->next_valid_id = a->s->lowest_id = id;
	return true;
}

static bool
act_no_accept(struct act *a)
{
	int64_t span;

	if (!act_span(a, 1, &span))
		return act_bad(a, "a span");
	if (!a->dry)
		a->s->hung_until = a->s->wall + span;
	return true;
}

static bool
act_handshake(struct act *a)
{
	struct faults *f = &a->s->f, none = *f;
	int64_t span = 0;

	none.no_greeting = none.no_next_id = none.no_accounts = false;
	none.next_id_first = none.garbage = false;
	none.greeting_delay = none.next_id_delay = 0;
	if (act_is(a, 1, "no-greeting"))
		none.no_greeting = true;
	else if (act_is(a, 1, "no-next-id"))
		none.no_next_id = true;
	else if (act_is(a, 1, "no-accounts"))
		none.no_accounts = true;
	else if (act_is(a, 1, "next-id-first"))
		none.next_id_first = true;
	else if (act_is(a, 1, "garbage"))
		none.garbage = true;
	else if (act_is(a, 1, "greeting-delay") && act_span(a, 2, &span))
		none.greeting_delay = span;
	else if (act_is(a, 1, "next-id-delay") && act_span(a, 2, &span))
		none.next_id_delay = span;
	else if (!act_is(a, 1, "normal"))
		return act_bad(a, "no-greeting, no-next-id, no-accounts, next-id-first, garbage, "
				  "greeting-delay SPAN, next-id-delay SPAN or normal");
	if (!a->dry)
		*f = none;
	return true;
}

static bool
act_in_use(struct act *a)
{
	int64_t span;

	if (!act_span(a, 1, &span))
		return act_bad(a, "a span");
	if (!a->dry)
		a->s->f.in_use = span;
	return true;
}

static bool
on_off(struct act *a, bool *v)
{
	if (!act_is(a, 1, "on") && !act_is(a, 1, "off"))
		return act_bad(a, "on or off");
	if (!a->dry)
		*v = act_is(a, 1, "on");
	return true;
}

static bool
act_read_only(struct act *a)
{
	return on_off(a, &a->s->read_only);
}

static bool
act_twins(struct act *a)
{
	return on_off(a, &a->s->f.twins);
}

static bool
act_zone(struct act *a)
{
	struct str name = act_has(a, 1) ? a->l->tail[1] : str_z("");

	if (name.n >= sizeof a->s->f.zone)
		return act_bad(a, "a name of less than 64 bytes");
	if (a->dry)
		return true;
	memset(a->s->f.zone, 0, sizeof a->s->f.zone);
	if (name.n)
		memcpy(a->s->f.zone, name.p, name.n);
	return true;
}

static bool
act_log(struct act *a)
{
	(void)a; /* the line itself stands in the wire log */
	return true;
}

const struct action act_wire[] = {
	{ "close", act_close },
	{ "reset", act_reset },
	{ "half-close", act_half_close },
	{ "hang", act_hang },
	{ "dribble", act_dribble },
	{ "coalesce", act_coalesce },
	{ "surplus", act_surplus },
	{ "mute", act_mute },
	{ "drop", act_drop },
	{ "silent", act_silent },
	{ "delay", act_delay },
	{ "error", act_error },
	{ "reject", act_error },
	{ "restart", act_restart },
	{ "next-id", act_next_id },
	{ "no-accept", act_no_accept },
	{ "handshake", act_handshake },
	{ "in-use", act_in_use },
	{ "read-only", act_read_only },
	{ "twins", act_twins },
	{ "zone", act_zone },
	{ "log", act_log },
	{ NULL, NULL },
};
