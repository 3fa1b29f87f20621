#include "broker/book.h"

#include <stdlib.h>

#include "base/mem.h"
#include "broker/book_in.h"

/* Text that lives as long as the book: chunks, newest first. */
struct bk_text {
	struct bk_text *next;
	size_t used, cap;
	char p[];
};

struct str
book_keep(struct book *b, struct str s)
{
	struct bk_text *t = b->text;
	char *p;

	if (s.n == 0)
		return (struct str){ "", 0 };
	if (!t || t->cap - t->used < s.n) {
		size_t cap = s.n > 16384 ? s.n : 16384;

		t = mem_alloc(sizeof *t + cap);
		t->cap = cap;
		t->next = b->text;
		b->text = t;
	}
	p = t->p + t->used;
	memcpy(p, s.p, s.n);
	t->used += s.n;
	return (struct str){ p, s.n };
}

struct book *
book_new(struct symtab *syms)
{
	struct book *b = mem_alloc(sizeof *b);

	b->syms = syms;
	b->ledger = ledger_new(0);
	b->algos_end = &b->algos;
	return b;
}

void
book_free(struct book *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->norders; i++)
		free(b->order[i]);
	for (size_t i = 0; i < b->nexecs; i++)
		free(b->exec[i]);
	while (b->algos) {
		struct bk_algo *next = b->algos->next;

		free(b->algos);
		b->algos = next;
	}
	while (b->text) {
		struct bk_text *next = b->text->next;

		free(b->text);
		b->text = next;
	}
	map_free(&b->by_ref);
	map_free(&b->by_algo);
	map_free(&b->by_id);
	map_free(&b->by_perm);
	map_free(&b->execs);
	free(b->order);
	free(b->exec);
	free(b->ops);
	ledger_free(b->ledger);
	buf_free(&b->scratch);
	free(b);
}

/* ---- finding ---- */

static struct str
number_key(const int64_t *v)
{
	return (struct str){ (const char *)v, sizeof *v };
}

struct bk_order *
book_by_id(const struct book *b, int64_t id)
{
	return map_get(&b->by_id, number_key(&id));
}

struct bk_order *
book_by_perm(const struct book *b, int64_t perm)
{
	return perm ? map_get(&b->by_perm, number_key(&perm)) : NULL;
}

struct bk_order *
book_by_ref(const struct book *b, struct str ref)
{
	return map_get(&b->by_ref, ref);
}

struct bk_algo *
book_algo(const struct book *b, struct str ref)
{
	return map_get(&b->by_algo, ref);
}

/* "0001.63f8.01.02": the execution 0001.63f8.01 in its revision 2. */
static struct str
exec_base(struct str id, int64_t *rev)
{
	size_t dot = id.n;

	while (dot > 0 && id.p[dot - 1] != '.')
		dot--;
	*rev = 0;
	if (dot == 0 || dot == id.n)
		return id;
	for (size_t i = dot; i < id.n; i++) {
		if (id.p[i] < '0' || id.p[i] > '9' || id.n - dot > 9) {
			*rev = 0;
			return id;
		}
		*rev = *rev * 10 + (id.p[i] - '0');
	}
	return (struct str){ id.p, dot - 1 };
}

struct bk_exec *
book_exec(const struct book *b, struct str exec_id, int64_t *rev)
{
	return map_get(&b->execs, exec_base(exec_id, rev));
}

/* ---- the ledger ---- */

static bool
op_apply(struct ledger *l, const struct bk_op *op)
{
	const struct bk_exec *x = op->exec;

	switch (op->what) {
	case BK_HOLD:
		ledger_restore(
		    l, op->sym, op->qty, (num_i128)op->qty * op->px, op->px, op->mult, 0, 0);
		ledger_restore_changed(l, op->sym);
		return true;
	case BK_BASE:
		ledger_restore_cash(l, op->cash, 0);
		ledger_restore_cash(l, op->cash, ledger_equity(l));
		return true;
	case BK_EXEC:
		return x->qty == 0 ||
		       ledger_fill(l, op->sym, x->side == W_side_buy ? x->qty : -x->qty, x->px, 0,
			   x->mult, NULL);
	case BK_COMM: return ledger_fill(l, op->sym, 0, x->px, op->cash, x->mult, NULL);
	case BK_ADJ:
		ledger_cash(l, op->cash);
		return !op->sym || op->qty == 0 ||
		       ledger_fill(l, op->sym, op->qty, op->px, 0, op->mult, NULL);
	}
	return true;
}

static int
op_add(struct book *b, const struct bk_op *op, struct err *e)
{
	*MEM_AT(b->ops, b->ops_cap, b->nops) = *op;
	b->nops++;
	return op_apply(b->ledger, op)
		   ? 0
		   : err_set(e, ERR_DATA, "%s: the sums of the ledger do not hold it",
			 op->sym ? op->sym->name : "cash");
}

/* All anew, as if every execution had always been what it is now. */
static void
ledger_again(struct book *b)
{
	struct ledger *l = ledger_new(0), *was = b->ledger;

	for (size_t i = 0; i < b->nops; i++)
		op_apply(l, &b->ops[i]);
	for (uint32_t i = 0; i < symtab_count(b->syms); i++) {
		const struct sym *s = symtab_at(b->syms, i);
		const struct ledger_pos *p = ledger_pos(was, s);

		if (p && p->mark)
			ledger_mark(l, s, p->mark);
	}
	if (b->based)
		ledger_restore_cash(l, ledger_cash_now(l), ledger_peak(was));
	b->ledger = l;
	ledger_free(was);
}

/* ---- orders ---- */

static void
unlist(struct book *b, struct bk_order *o)
{
	if (!o->listed)
		return;
	*(o->prev ? &o->prev->next : &b->first) = o->next;
	*(o->next ? &o->next->prev : &b->last) = o->prev;
	o->next = o->prev = NULL;
	o->listed = false;
	b->nlive--;
}

static void
list(struct book *b, struct bk_order *o)
{
	if (o->listed)
		return;
	o->next = NULL;
	o->prev = b->last;
	*(b->last ? &b->last->next : &b->first) = o;
	b->last = o;
	o->listed = true;
	b->nlive++;
}

static void
set_state(struct book *b, struct bk_order *o, uint8_t st)
{
	o->st = st;
	if (bk_final(st))
		unlist(b, o);
	else
		list(b, o);
}

static void
set_perm(struct book *b, struct bk_order *o, int64_t perm)
{
	if (perm == 0 || o->perm == perm)
		return;
	o->perm = perm;
	map_put(&b->by_perm, number_key(&o->perm), o);
}

const struct sym *
book_ent_sym(struct book *b, const struct ent *n)
{
	struct str s = ent_get(n, "sym");

	return s.p ? symtab_get(b->syms, s) : NULL;
}

static struct bk_order *
get_order(const struct book *b, const struct ent *n)
{
	int64_t no = ent_get_i64(n, "o", -1);

	return no >= 0 && (size_t)no < b->norders ? b->order[no] : NULL;
}

unsigned
book_ent_word(const struct ent *n, const char *key, enum rec_wordlist l)
{
	struct str s = ent_get(n, key);

	return s.p ? rec_word_of(l, s) : 0;
}

static void
get_terms(const struct ent *n, struct bk_terms *t)
{
	t->qty = ent_get_i64(n, "qty", t->qty);
	t->limit = ent_get_i64(n, "lmt", t->limit);
	t->stop = ent_get_i64(n, "stp", t->stop);
	t->trail = ent_get_i64(n, "trl", t->trail);
	t->expire = ent_get_i64(n, "exp", t->expire);
	if (ent_get(n, "tif").p)
		t->tif = (uint8_t)book_ent_word(n, "tif", REC_WL_tif);
}

static int
apply_order(struct book *b, const struct ent *n, struct err *e)
{
	struct bk_order *o = mem_alloc(sizeof *o);
	struct str algo = ent_get(n, "algo"), parent = ent_get(n, "par");

	o->no = (uint32_t)b->norders;
	o->id = ent_get_i64(n, "id", 0);
	o->external = ent_get_i64(n, "ext", 0) != 0;
	o->client = ent_get_i64(n, "client", b->client);
	o->sym = book_ent_sym(b, n);
	o->ref = o->cl = book_keep(b, ent_get(n, "ref"));
	o->strategy = book_keep(b, ent_get(n, "strat"));
	o->oca = book_keep(b, ent_get(n, "oca"));
	o->side = (uint8_t)book_ent_word(n, "side", REC_WL_side);
	o->type = (uint8_t)book_ent_word(n, "type", REC_WL_ord);
	o->outside_rth = ent_get_i64(n, "orth", 0) != 0;
	o->trail_pct = ent_get_f64(n, "pct", 0);
	o->arrival = ent_get_i64(n, "arr", 0);
	o->ts = ent_get_i64(n, "ts", 0);
	get_terms(n, &o->t);
	if (!o->sym || o->ref.n == 0 || !o->side || o->t.qty < 0 || map_get(&b->by_ref, o->ref)) {
		err_set(e, ERR_DATA, "an order without symbol, side or a name of its own");
		free(o);
		return ERR_DATA;
	}
	*MEM_AT(b->order, b->orders_cap, b->norders) = o;
	b->norders++;
	map_put(&b->by_ref, o->ref, o);
	if (!o->external)
		map_put(&b->by_id, number_key(&o->id), o);
	if (o->client == b->client && o->id > b->last_id)
		b->last_id = o->id;
	o->parent = parent.p ? book_by_ref(b, parent) : NULL;
	o->algo = algo.p ? book_algo(b, algo) : NULL;
	if (o->algo) {
		struct str volume = ent_get(n, "vol");

		o->algo->nchildren++;
		if (volume.p)
			num_nano128(volume.p, volume.n, &o->algo->volume);
	}
	set_state(b, o, o->external ? W_ostat_new : W_ostat_pending_new);
	set_perm(b, o, ent_get_i64(n, "perm", 0));
	return 0;
}

static int
apply_st(struct book *b, const struct ent *n, struct err *e)
{
	struct bk_order *o = get_order(b, n);
	unsigned st = book_ent_word(n, "st", REC_WL_ostat);

	if (!o || (!st && ent_get(n, "st").p))
		return err_set(e, ERR_DATA, "no such order or state");
	set_perm(b, o, ent_get_i64(n, "perm", 0));
	if (ent_get(n, "why").p)
		o->why = book_keep(b, ent_get(n, "why"));
	if (st)
		set_state(b, o, (uint8_t)st);
	if (bk_final(o->st))
		o->chg_cl.n = 0;
	return 0;
}

static int
apply_cxl(struct book *b, const struct ent *n, struct err *e)
{
	struct bk_order *o = get_order(b, n);
	struct bk_algo *a = ent_get(n, "algo").p ? book_algo(b, ent_get(n, "algo")) : NULL;

	if (a)
		a->cancel = true;
	else if (o)
		o->cancel = ent_get_i64(n, "no", 0) == 0;
	else
		return err_set(e, ERR_DATA, "no such order");
	return 0;
}

static int
apply_chg(struct book *b, const struct ent *n, struct err *e)
{
	struct bk_order *o = get_order(b, n);

	if (!o || ent_get(n, "cl").n == 0)
		return err_set(e, ERR_DATA, "no such order or no name");
	o->chg = o->t;
	get_terms(n, &o->chg);
	o->chg_cl = book_keep(b, ent_get(n, "cl"));
	if (!str_eq(o->chg_cl, o->cl))
		map_put(&b->by_ref, o->chg_cl, o);
	o->chg_sent = false;
	return 0;
}

static int
apply_chgd(struct book *b, const struct ent *n, struct err *e)
{
	struct bk_order *o = get_order(b, n);

	if (!o || o->chg_cl.n == 0)
		return err_set(e, ERR_DATA, "no such replace");
	if (ent_get_i64(n, "ok", 0)) {
		o->t = o->chg;
		o->cl = o->chg_cl;
		if (o->cum >= o->t.qty && !bk_final(o->st))
			set_state(b, o, W_ostat_filled);
	}
	o->chg_cl.n = 0;
	return 0;
}

/* ---- executions ---- */

/* The sums of an order, and of the algorithm it works for, from its executions. */
static void
sum_order(struct book *b, struct bk_order *o, int64_t dqty, num_i128 dvalue)
{
	o->cum += dqty;
	o->value += dvalue;
	if (o->algo) {
		o->algo->cum += dqty;
		o->algo->value += dvalue;
	}
	if (o->cum >= o->t.qty && o->t.qty > 0)
		set_state(b, o, W_ostat_filled);
}

static void
correct(struct book *b, struct bk_exec *x, const struct ent *n, int64_t rev)
{
	int64_t was = x->qty;
	num_i128 value = (num_i128)x->qty * x->px;

	x->rev = rev;
	x->id = book_keep(b, ent_get(n, "x"));
	x->qty = ent_get_i64(n, "qty", 0);
	if (x->qty)
		x->px = ent_get_i64(n, "px", x->px);
	sum_order(b, x->order, x->qty - was, (num_i128)x->qty * x->px - value);
	x->cum = x->order->cum;
	x->value = x->order->value;
	if (!x->old)
		ledger_again(b);
}

static int
apply_exec(struct book *b, const struct ent *n, struct err *e)
{
	struct str id = ent_get(n, "x");
	struct bk_order *o = get_order(b, n);
	struct bk_op op = { .what = BK_EXEC };
	struct bk_exec *x;
	int64_t rev;

	if (id.n == 0 || !o)
		return err_set(e, ERR_DATA, "an execution without id or order");
	x = book_exec(b, id, &rev);
	if (x) {
		correct(b, x, n, rev);
		return 0;
	}
	x = mem_alloc(sizeof *x);
	x->id = book_keep(b, id);
	x->base = exec_base(x->id, &x->rev);
	x->order = o;
	x->side = (uint8_t)book_ent_word(n, "side", REC_WL_side);
	x->qty = ent_get_i64(n, "qty", 0);
	x->px = ent_get_i64(n, "px", 0);
	x->ts = ent_get_i64(n, "ts", 0);
	x->mult = ent_get_i64(n, "mult", 1);
	x->old = ent_get_i64(n, "old", 0) != 0;
	*MEM_AT(b->exec, b->execs_cap, b->nexecs) = x;
	b->nexecs++;
	map_put(&b->execs, x->base, x);
	sum_order(b, o, x->qty, (num_i128)x->qty * x->px);
	x->cum = o->cum;
	x->value = o->value;
	if (x->old)
		return 0;
	op.sym = o->sym;
	op.exec = x;
	return op_add(b, &op, e);
}

static int
apply_comm(struct book *b, const struct ent *n, struct err *e)
{
	int64_t rev, amount = ent_get_i64(n, "amt", 0);
	struct bk_exec *x = book_exec(b, ent_get(n, "x"), &rev);
	struct bk_op op = { .what = BK_COMM };

	if (!x)
		return err_set(e, ERR_DATA, "a commission of no execution");
	op.cash = amount - x->commission; /* a corrected one: the difference */
	x->commission = amount;
	x->comm_rev = rev;
	x->has_comm = true;
	if (x->old)
		return 0;
	op.sym = x->order->sym;
	op.exec = x;
	return op_add(b, &op, e);
}

/* ---- the account ---- */

static int
apply_hold(struct book *b, const struct ent *n, struct err *e)
{
	struct bk_op op = { .what = BK_HOLD, .sym = book_ent_sym(b, n) };

	op.qty = ent_get_i64(n, "qty", 0);
	op.px = ent_get_i64(n, "avg", 0);
	op.mult = ent_get_i64(n, "mult", 1);
	if (!op.sym)
		return err_set(e, ERR_DATA, "a position without a symbol");
	return op_add(b, &op, e);
}

static int
apply_base(struct book *b, const struct ent *n, struct err *e)
{
	struct bk_op op = { .what = BK_BASE, .cash = ent_get_i64(n, "cash", 0) };

	b->based = true;
	b->base_cash = op.cash;
	return op_add(b, &op, e);
}

static int
apply_adj(struct book *b, const struct ent *n, struct err *e)
{
	struct bk_op op = { .what = BK_ADJ, .sym = book_ent_sym(b, n) };

	op.qty = ent_get_i64(n, "qty", 0);
	op.px = ent_get_i64(n, "px", 0);
	op.mult = ent_get_i64(n, "mult", 1);
	op.cash = ent_get_i64(n, "cash", 0);
	return op_add(b, &op, e);
}

static int
apply_head(struct book *b, const struct ent *n, struct err *e)
{
	if (ent_get_i64(n, "v", 0) != 1)
		return err_set(e, ERR_DATA, "a journal of a later version");
	b->account = book_keep(b, ent_get(n, "account"));
	b->client = ent_get_i64(n, "client", 0);
	return 0;
}

static int
apply_burn(struct book *b, const struct ent *n, struct err *e)
{
	int64_t id = ent_get_i64(n, "id", 0);

	(void)e;
	if (id > b->last_id)
		b->last_id = id;
	return 0;
}

int
book_apply(void *book, struct str entry, struct err *e)
{
	static const struct {
		const char *kind;
		int (*fn)(struct book *b, const struct ent *n, struct err *e);
	} kinds[] = { { "exec", apply_exec }, { "comm", apply_comm }, { "order", apply_order },
		{ "st", apply_st }, { "cxl", apply_cxl }, { "chg", apply_chg },
		{ "chgd", apply_chgd }, { "hold", apply_hold }, { "base", apply_base },
		{ "burn", apply_burn }, { "adj", apply_adj }, { "head", apply_head },
		{ "algo", book_apply_algo }, { "algost", book_apply_algost } };
	struct book *b = book;
	struct ent n;

	buf_clear(&b->scratch);
	buf_put(&b->scratch, entry.p, entry.n);
	if (!ent_parse(&n, b->scratch.p, b->scratch.len))
		return err_set(e, ERR_DATA, "no entry: %.*s", STR_FMT(entry));
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (ent_is(&n, kinds[i].kind))
			return kinds[i].fn(b, &n, e);
	return err_set(e, ERR_DATA, "an entry of an unknown kind: %.*s", STR_FMT(n.kind));
}
