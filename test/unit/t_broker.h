/*
 * An engine, its journal in memory, and the gateway of t_gateway.h, on one virtual clock. The
 * engine can be killed at any write, sync or send: from then on nothing that it does has an
 * effect, and rig_start makes a new one from what of the journal survived.
 */
#ifndef TP_TEST_T_BROKER_H
#define TP_TEST_T_BROKER_H

#include "rec/codec.h"
#include "t_gateway.h"

struct rig {
	struct gw g;
	struct symtab *syms;
	const struct sym *sym[GW_SYMS];
	struct tws_contract contract[GW_SYMS];
	struct broker_opts o;
	struct broker *b;
	struct err err;
	struct tws_reader in; /* bytes that reached the client */
	struct tws_arena arena;
	struct buf journal;
	size_t synced;
	int64_t crash_in; /* steps until the engine dies; 0: it lives */
	bool dead;
	bool power_cut; /* what was not synced may be gone */
	bool up;
	int64_t now, req_id;
	struct buf records; /* what the engine told, one line each */
	bool keep_records;
	uint64_t told_fills, told_twice;
	struct map told;          /* exec_id of fills that are no corrections */
	struct broker_counts sum; /* over all engines */
};

/* A step of a process that may be its last. */
static bool
rig_dies(struct rig *r)
{
	if (r->dead)
		return true;
	if (r->crash_in > 0 && --r->crash_in == 0)
		r->dead = true;
	return r->dead;
}

static int
rig_write(void *arg, const char *p, size_t n, struct err *e)
{
	struct rig *r = arg;

	if (rig_dies(r)) {
		if (r->g.crashes++ % 3 == 0 && n) /* torn */
			buf_put(&r->journal, p, rng_below(&r->g.rng, n));
		return err_set(e, ERR_IO, "killed while writing");
	}
	buf_put(&r->journal, p, n);
	if (rig_dies(r))
		return err_set(e, ERR_IO, "killed after writing");
	return 0;
}

static int
rig_sync(void *arg, struct err *e)
{
	struct rig *r = arg;

	if (rig_dies(r))
		return err_set(e, ERR_IO, "killed before a sync");
	r->synced = r->journal.len;
	if (rig_dies(r))
		return err_set(e, ERR_IO, "killed after a sync");
	return 0;
}

static bool
rig_send(void *arg, const struct tws_request *q)
{
	struct rig *r = arg;
	struct buf b = { 0 };

	if (!r->up || rig_dies(r))
		return false;
	tws_encode_request(GW_VERSION, q, &b);
	tws_reader_put(&r->g.in, b.p, b.len);
	buf_free(&b);
	return !rig_dies(r);
}

static int64_t
rig_req_id(void *arg)
{
	struct rig *r = arg;

	return TWS_REQ_ID_FIRST + r->req_id++;
}

static int
rig_out(void *arg, const struct rec *rec)
{
	struct rig *r = arg;

	if (rig_dies(r))
		return err_set(&r->err, ERR_IO, "killed while telling");
	if (rec->type == REC_fill && !rec_has(rec, F_fill_correction_of)) {
		char *key = mem_dup(rec->fill.exec_id.p, rec->fill.exec_id.n);
		struct str k = { key, rec->fill.exec_id.n };

		r->told_fills++;
		if (map_get(&r->told, k)) {
			r->told_twice++;
			free(key);
		} else {
			map_put(&r->told, k, key);
		}
	}
	if (r->keep_records)
		rec_enc_json(&r->records, rec);
	return 0;
}

static void
rig_drop(void *arg, const char *why)
{
	struct rig *r = arg;

	(void)why;
	r->up = r->g.up = false;
	r->g.back_at = r->now + 100 * TIM_MS;
}

static const struct tws_contract *
rig_contract(void *arg, const struct sym *sym)
{
	struct rig *r = arg;

	for (int i = 0; i < GW_SYMS; i++)
		if (r->sym[i] == sym)
			return &r->contract[i];
	return NULL;
}

static const struct sym *
rig_sym_of(void *arg, const struct tws_contract *c)
{
	struct rig *r = arg;

	return c->symbol.n ? symtab_get(r->syms, c->symbol) : NULL;
}

static int64_t
rig_time_of(void *arg, struct str text)
{
	(void)arg, (void)text;
	return GW_EPOCH;
}

static void
rig_init(struct rig *r, uint64_t seed)
{
	memset(r, 0, sizeof *r);
	gw_init(&r->g, seed);
	r->syms = symtab_new();
	for (int i = 0; i < GW_SYMS; i++) {
		r->sym[i] = symtab_get(r->syms, str_z(gw_names[i]));
		r->contract[i] = gw_contract(i);
	}
	r->now = TIM_SEC;
	r->o = (struct broker_opts){
		.ack_ns = 2 * TIM_SEC, .sync_ns = 10 * TIM_SEC, .commission_ns = 200 * TIM_MS
	};
}

static void
rig_forget_told(struct rig *r)
{
	for (size_t i = 0; i < r->told.cap; i++)
		free(r->told.v[i].value);
	map_free(&r->told);
}

/* A new process: the journal as the last one left it. */
T_UNUSED static int
rig_start(struct rig *r)
{
	struct broker_link l = { rig_send, rig_req_id, rig_out, rig_drop, rig_contract, rig_sym_of,
		rig_time_of, NULL, r };
	struct journal_store s = { rig_write, rig_sync, NULL, r };
	struct buf was = { 0 };
	size_t good = 0;
	uint64_t lines;
	int rc;

	if (r->power_cut && r->journal.len > r->synced) {
		r->journal.len = r->synced + rng_below(&r->g.rng, r->journal.len - r->synced + 1);
		rig_forget_told(r); /* what it told of what is gone, it tells again */
	}
	r->dead = false;
	r->up = false;
	r->b = broker_new(&r->o, 7, r->syms, &l, &r->err);
	buf_put(&was, r->journal.p ? r->journal.p : "", r->journal.len);
	rc = broker_journal_store(r->b, &s, was.p, was.len);
	if (rc == 0) {
		/* the torn end is cut off, as journal_open does */
		struct book *none = book_new(r->syms);

		journal_read(was.p, was.len, &good, &lines, book_apply, none, &r->err);
		r->journal.len = r->synced = good;
		book_free(none);
	}
	buf_free(&was);
	return rc;
}

static void
rig_count(struct rig *r)
{
	const struct broker_counts *n = broker_counts(r->b);

	r->sum.orders += n->orders;
	r->sum.fills += n->fills;
	r->sum.duplicates += n->duplicates;
	r->sum.unknown += n->unknown;
	r->sum.lost += n->lost;
	r->sum.came_back += n->came_back;
	r->sum.adopted += n->adopted;
	r->sum.adjusted += n->adjusted;
	r->sum.syncs += n->syncs;
	r->sum.reconciled += n->reconciled;
	r->sum.corrections += n->corrections;
}

T_UNUSED static void
rig_kill(struct rig *r)
{
	rig_count(r);
	broker_free(r->b);
	r->b = NULL;
	r->up = r->g.up = false;
	r->g.back_at = r->now + 50 * TIM_MS;
}

static void
rig_free(struct rig *r)
{
	broker_free(r->b);
	gw_free(&r->g);
	rig_forget_told(r);
	tws_reader_free(&r->in);
	tws_arena_free(&r->arena);
	buf_free(&r->journal);
	buf_free(&r->records);
	symtab_free(r->syms);
}

static int
rig_connect(struct rig *r)
{
	tws_reader_reset(&r->in);
	tws_reader_reset(&r->g.in);
	buf_clear(&r->g.out);
	r->up = r->g.up = true;
	r->g.lost = false;
	return broker_up(r->b, r->g.next_valid, str_z("DU1000,"));
}

/* The connection breaks, at any byte in either direction. */
T_UNUSED static int
rig_cut(struct rig *r)
{
	struct gw *g = &r->g;

	if (!r->up)
		return 0;
	g->cuts++;
	if (gw_chance(g, g->f.restart)) {
		/* what it had not read is gone, and its ids begin again */
		g->restarts++;
		tws_reader_reset(&g->in);
		g->next_valid = 1 + (int64_t)rng_below(&g->rng, (uint64_t)g->next_valid);
	} else {
		size_t n = tws_reader_pending(&g->in), cut = n ? rng_below(&g->rng, n + 1) : 0;

		g->in.in.len -= cut;
		gw_read(g); /* the whole messages among what came */
	}
	if (g->out.len)
		g->out.len = rng_below(&g->rng, g->out.len + 1);
	tws_reader_put(&r->in, g->out.p ? g->out.p : "", g->out.len);
	buf_clear(&g->out);
	r->g.up = false;
	g->back_at = r->now + (int64_t)rng_below(&g->rng, 3000) * TIM_MS;
	return 1;
}

static int
rig_events(struct rig *r)
{
	struct tws_event ev;
	const char *p;
	size_t n;
	int rc = 0;

	while (!rc && tws_reader_next(&r->in, &p, &n, &r->err) == 1) {
		tws_arena_reset(&r->arena);
		rc = tws_decode_event(GW_VERSION, p, n, &ev, &r->arena, &r->err);
		if (!rc)
			rc = broker_event(r->b, &ev);
	}
	return rc;
}

/* `ms` pass: the gateway works, what is under way arrives, the engine does what is due. */
T_UNUSED static int
rig_turn(struct rig *r, int64_t ms)
{
	struct gw *g = &r->g;
	int rc;

	r->now += ms * TIM_MS;
	g->now = r->now;
	rc = broker_now(r->b, r->now, GW_EPOCH + r->now);
	if (!rc && !r->up && g->back_at <= r->now)
		rc = rig_connect(r);
	if (rc)
		return rc;
	if (g->up)
		gw_read(g);
	gw_live_on(g);
	if (g->up && g->out.len) {
		/* dribble: a part of what is under way, at any byte */
		size_t k = rng_below(&g->rng, 4) == 0 ? rng_below(&g->rng, g->out.len) : g->out.len;

		tws_reader_put(&r->in, g->out.p, k);
		memmove(g->out.p, g->out.p + k, g->out.len - k);
		g->out.len -= k;
	}
	rc = rig_events(r);
	if (!rc && r->up && !g->up) {
		r->up = false;
		rc = broker_down(r->b, "connection reset");
	}
	return rc ? rc : broker_flush(r->b);
}

/* Turns until cond, at most n. */
#define rig_until(r, cond, n) \
	do { \
		for (int t_i = 0; t_i < (n) && !(cond); t_i++) \
			if (rig_turn((r), 10) < 0) \
				break; \
	} while (0)

/* A new one that is connected and has told nothing yet; the gateway rests but for what it is asked
 * to do, and records are kept. */
T_UNUSED static struct rig *
rig_up(uint64_t seed)
{
	struct rig *r = mem_alloc(sizeof *r);

	rig_init(r, seed);
	r->g.still = true;
	r->keep_records = true;
	rig_start(r);
	rig_until(r, broker_ready(r->b), 500);
	buf_clear(&r->records);
	return r;
}

T_UNUSED static void
rig_down(struct rig *r)
{
	is_i64((int64_t)(r->g.doubled + r->g.reused), 0, "nothing was sent twice");
	rig_free(r);
	free(r);
}

T_UNUSED static void
rig_pass(struct rig *r, int ms)
{
	for (int i = 0; i < ms / 10; i++)
		if (rig_turn(r, 10) < 0)
			t_note("%s", r->err.msg);
}

/* A record from its JSON. */
T_UNUSED static int
rig_push(struct rig *r, const char *json)
{
	struct rec_dec *d = rec_dec_new(r->syms, NULL);
	struct buf line = { 0 };
	struct rec rec;
	int rc;

	buf_puts(&line, json);
	memset(buf_room(&line, REC_PAD), 0, REC_PAD);
	rc = rec_dec_line(d, line.p, line.len, UINT32_MAX, &rec, &r->err);
	if (rc == 1)
		rc = rec.type == REC_watermark ? broker_watermark(r->b, rec.ts)
					       : broker_push(r->b, &rec);
	if (rc == 0)
		rc = broker_flush(r->b);
	buf_free(&line);
	rec_dec_free(d);
	return rc;
}

/* Whether the ledger and the gateway's account are the same, to the cent. */
T_UNUSED static bool
rig_agrees(struct rig *r)
{
	struct ledger *l = broker_ledger(r->b);
	int64_t d = ledger_cash_now(l) - r->g.cash;

	for (int i = 0; i < GW_SYMS; i++) {
		const struct ledger_pos *p = ledger_pos(l, r->sym[i]);

		if ((p ? p->qty : 0) != r->g.pos[i])
			return false;
	}
	return d > -10000 && d < 10000;
}

T_UNUSED static bool
rig_told(struct rig *r, const char *what)
{
	bool found = strstr(r->records.len ? buf_z(&r->records) : "", what) != NULL;

	if (!found)
		t_diag_text("records", r->records.p ? r->records.p : "", r->records.len);
	return found;
}

#endif
