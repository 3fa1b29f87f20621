/*
 * The account as JSON text and back: books, working orders with all their state, ids, counters.
 * One table of fields per struct drives both directions. Amounts are integers in the units of
 * the program (1e-9, 1e-6, ns), so nothing is rounded on the way.
 */
#include "venue/venue.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "rec/codec.h"
#include "rec/json.h"

#define STATE_VERSION 1

enum kind { K_I64, K_U32, K_U8, K_BOOL, K_F64, K_I128 };
struct field {
	const char *name;
	enum kind kind;
	size_t off;
};

#define O(kind, name) \
	{ \
#name, kind, offsetof(struct order, name) \
	}
#define Q(kind, name) \
	{ \
		"req_" #name, kind, offsetof(struct order, req.name) \
	}
static const struct field order_fields[] = {
	O(K_I64, no),
	O(K_I64, parent_no),
	O(K_I64, ts),
	O(K_U32, state),
	O(K_U8, side),
	O(K_U8, type),
	O(K_U8, tif),
	O(K_BOOL, outside_rth),
	O(K_BOOL, has_trail_pct),
	O(K_BOOL, triggered),
	O(K_BOOL, checked),
	O(K_BOOL, forced),
	O(K_I64, qty),
	O(K_I64, cum),
	O(K_I64, active),
	O(K_I128, value),
	O(K_I64, limit),
	O(K_I64, stop),
	O(K_I64, trail),
	O(K_I64, expire),
	O(K_I64, offset),
	O(K_I64, extreme),
	O(K_F64, trail_pct),
	O(K_I64, after),
	O(K_I64, skip),
	O(K_I64, day),
	O(K_I64, arrival),
	O(K_I64, charged),
	O(K_I64, month_before),
	O(K_U32, nfills),
	Q(K_BOOL, cancel),
	Q(K_BOOL, replace),
	Q(K_I64, after),
	Q(K_I64, skip),
	Q(K_U32, has),
	Q(K_I64, qty),
	Q(K_I64, limit),
	Q(K_I64, stop),
	Q(K_I64, trail),
	Q(K_I64, expire),
	Q(K_U8, tif),
};
#define S(kind, name) \
	{ \
#name, kind, offsetof(struct vsym, name) \
	}
static const struct field sym_fields[] = {
	S(K_BOOL, delisted),
	S(K_I64, px),
	S(K_I64, bid),
	S(K_I64, ask),
	S(K_I64, spread),
	S(K_I64, start),
	S(K_I64, known),
};
#define C(kind, name) \
	{ \
#name, kind, offsetof(struct account, name) \
	}
static const struct field account_fields[] = {
	C(K_I64, next_no),
	C(K_I64, wm),
	C(K_I64, seen),
	C(K_I64, data_start),
	C(K_I64, day),
	C(K_I64, borrow_fee),
	C(K_I64, dividends),
	C(K_I64, interest),
	C(K_I64, month),
	C(K_I64, month_shares),
	C(K_BOOL, halted),
	C(K_I64, past_data),
	C(K_I64, past_requests),
	C(K_I64, past_told),
};
#define P(kind, name) \
	{ \
#name, kind, offsetof(struct ledger_pos, name) \
	}
static const struct field pos_fields[] = {
	P(K_I64, qty),
	P(K_I128, cost),
	P(K_I64, mark),
	P(K_I64, mult),
	P(K_I64, realized),
	P(K_I64, fifo_realized),
	P(K_I64, commission),
};
#define COUNT(a) (sizeof(a) / sizeof *(a))

/* ---- out ---- */

static void
put_i64(struct buf *b, int64_t v)
{
	char *o = buf_room(b, NUM_MAX);

	b->len += (size_t)(num_put_i64(o, v) - o);
}

/* 128 bits as text: JSON readers stop at 64 */
static void
put_i128(struct buf *b, num_i128 v)
{
	char t[48], *e = t + sizeof t, *p = e;
	unsigned __int128 u = v < 0 ? -(unsigned __int128)v : (unsigned __int128)v;

	do {
		*--p = (char)('0' + (int)(u % 10));
		u /= 10;
	} while (u);
	buf_printf(b, "\"%s%.*s\"", v < 0 ? "-" : "", (int)(e - p), p);
}

static void
put_fields(struct buf *b, const struct field *f, size_t n, const void *base)
{
	for (size_t i = 0; i < n; i++) {
		const char *p = (const char *)base + f[i].off;
		int64_t i64;
		uint32_t u32;
		double f64;
		num_i128 i128;
		char num[NUM_MAX];

		buf_printf(b, "%s\"%s\":", i ? "," : "", f[i].name);
		switch (f[i].kind) {
		case K_I64:
			memcpy(&i64, p, sizeof i64);
			if (i64 == TIM_NONE)
				buf_puts(b, "null");
			else
				put_i64(b, i64);
			break;
		case K_U32:
			memcpy(&u32, p, sizeof u32);
			put_i64(b, u32);
			break;
		case K_U8: put_i64(b, *(const unsigned char *)p); break;
		case K_BOOL: buf_puts(b, *(const unsigned char *)p ? "true" : "false"); break;
		case K_F64:
			memcpy(&f64, p, sizeof f64);
			buf_put(b, num, (size_t)(num_put_f64(num, f64) - num));
			break;
		case K_I128:
			memcpy(&i128, p, sizeof i128);
			put_i128(b, i128);
			break;
		}
	}
}

static void
put_text(struct buf *b, const char *key, struct str s)
{
	buf_printf(b, ",\"%s\":", key);
	rec_put_string(b, s);
}

static void
put_positions(struct buf *b, const struct ledger *l)
{
	buf_puts(b, "\"positions\":[");
	for (uint32_t i = 0; i < ledger_count(l); i++) {
		const struct ledger_pos *p = ledger_at(l, i);
		int64_t qty, px;

		buf_puts(b, i ? ",\n{" : "\n{");
		put_fields(b, pos_fields, COUNT(pos_fields), p);
		put_text(b, "sym", str_z(p->sym->name));
		buf_puts(b, ",\"lots\":[");
		for (uint32_t k = 0; ledger_lot(l, p->sym, k, &qty, &px); k++) {
			buf_puts(b, k ? ",[" : "[");
			put_i64(b, qty);
			buf_putc(b, ',');
			put_i64(b, px);
			buf_putc(b, ']');
		}
		buf_puts(b, "]}");
	}
	buf_puts(b, "],\n\"changed\":[");
	for (uint32_t i = 0; i < ledger_changed_count(l); i++) {
		if (i)
			buf_putc(b, ',');
		rec_put_string(b, str_z(ledger_changed_at(l, i)->sym->name));
	}
	buf_puts(b, "],\n");
}

/* A followed order may have filled and not been told so yet. */
static bool
is_open(const struct order *o)
{
	return o->state != O_DONE && o->qty > o->cum;
}

static void
put_orders(struct buf *b, const struct account *a)
{
	bool any = false;

	buf_puts(b, "\"orders\":[");
	for (const struct order *o = a->first; o; o = o->next) {
		if (!is_open(o))
			continue;
		buf_puts(b, any ? ",\n{" : "\n{");
		any = true;
		put_fields(b, order_fields, COUNT(order_fields), o);
		put_text(b, "sym", str_z(o->sym->name));
		put_text(b, "id", o->id);
		put_text(b, "strategy", o->strategy);
		put_text(b, "parent", o->parent);
		put_text(b, "oca", o->oca);
		put_text(b, "approval", o->approval);
		put_text(b, "req_id", (struct str){ o->req.id, o->req.id_len });
		buf_putc(b, '}');
	}
	buf_puts(b, "],\n");
}

void
account_save(const struct account *a, struct buf *b)
{
	bool any = false;

	buf_printf(b, "{\"account\":%d,\n", STATE_VERSION);
	put_fields(b, account_fields, COUNT(account_fields), a);
	buf_puts(b, ",\n\"cash\":");
	put_i64(b, ledger_cash_now(a->ledger));
	buf_puts(b, ",\"peak\":");
	put_i64(b, ledger_peak(a->ledger));
	buf_puts(b, ",\n\"symbols\":[");
	for (size_t i = 0; i < a->sym_cap; i++) {
		if (!a->sym[i].sym)
			continue;
		buf_puts(b, any ? ",\n{" : "\n{");
		any = true;
		put_fields(b, sym_fields, COUNT(sym_fields), &a->sym[i]);
		put_text(b, "sym", str_z(a->sym[i].sym->name));
		buf_putc(b, '}');
	}
	buf_puts(b, "],\n");
	put_positions(b, a->ledger);
	put_orders(b, a);
	/* ids of finished orders, as hashes: a duplicate must be known after a restart too */
	buf_puts(b, "\"ids\":[");
	any = false;
	for (size_t i = 0; i < a->ids.cap; i++) {
		const struct idslot *s = &a->ids.v[i];

		if (!s->b || (s->order && is_open(s->order)))
			continue;
		buf_printf(b, "%s\"%016llx%016llx\"", any ? "," : "", (unsigned long long)s->a,
		    (unsigned long long)s->b);
		any = true;
	}
	buf_puts(b, "]}\n");
}

/* ---- in ---- */

static bool
get_i128(const struct json *j, num_i128 *out)
{
	unsigned __int128 u = 0;
	struct str s;
	size_t i;

	if (!json_text(j, &s) || s.n == 0 || s.n > 40)
		return false;
	i = s.p[0] == '-';
	if (i == s.n)
		return false;
	for (size_t k = i; k < s.n; k++) {
		if (s.p[k] < '0' || s.p[k] > '9' || u > ((unsigned __int128)1 << 123))
			return false;
		u = u * 10 + (unsigned)(s.p[k] - '0');
	}
	*out = i ? -(num_i128)u : (num_i128)u;
	return true;
}

static bool
get_field(const struct field *f, const struct json *j, char *p)
{
	int64_t i64;
	double f64;
	num_i128 i128;
	bool flag;

	switch (f->kind) {
	case K_BOOL:
		if (!json_bool(j, &flag))
			return false;
		memcpy(p, &flag, sizeof flag);
		return true;
	case K_F64:
		if (!json_f64(j, &f64))
			return false;
		memcpy(p, &f64, sizeof f64);
		return true;
	case K_I128:
		if (!get_i128(j, &i128))
			return false;
		memcpy(p, &i128, sizeof i128);
		return true;
	default: break;
	}
	if (j && json_kind(j) == JSON_IS_NULL && f->kind == K_I64)
		i64 = TIM_NONE;
	else if (!json_i64(j, &i64))
		return false;
	if (f->kind == K_I64) {
		memcpy(p, &i64, sizeof i64);
	} else if (f->kind == K_U32) {
		uint32_t u32 = (uint32_t)i64;

		if (i64 < 0 || i64 > UINT32_MAX)
			return false;
		memcpy(p, &u32, sizeof u32);
	} else {
		if (i64 < 0 || i64 > 255)
			return false;
		*(unsigned char *)p = (unsigned char)i64;
	}
	return true;
}

static int
get_fields(const struct field *f, size_t n, const struct json *j, void *base, const char *what,
    struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (!get_field(&f[i], json_get(j, f[i].name), (char *)base + f[i].off))
			return err_set(e, ERR_DATA, "%s: no usable \"%s\"", what, f[i].name);
	return 0;
}

static const struct sym *
get_sym(struct account *a, const struct json *j)
{
	struct str s;

	return json_text(j, &s) ? symtab_get(a->syms, s) : NULL;
}

static int
load_symbols(struct account *a, const struct json *list, struct err *e)
{
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *j = json_at(list, i);
		const struct sym *sym = get_sym(a, json_get(j, "sym"));
		int rc;

		if (!sym)
			return err_set(e, ERR_DATA, "symbols: no usable \"sym\"");
		rc = get_fields(sym_fields, COUNT(sym_fields), j, venue_sym(a, sym), "symbols", e);
		if (rc)
			return rc;
		ledger_mark(a->ledger, sym, venue_sym(a, sym)->px);
	}
	return 0;
}

static int
load_positions(struct account *a, const struct json *list, struct err *e)
{
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *j = json_at(list, i), *lots = json_get(j, "lots");
		const struct sym *sym = get_sym(a, json_get(j, "sym"));
		struct ledger_pos p = { 0 };
		int rc = get_fields(pos_fields, COUNT(pos_fields), j, &p, "positions", e);

		if (rc)
			return rc;
		/* where prices are negative a long position has a negative cost */
		if (!sym || p.mult <= 0 || (p.qty == 0 && p.cost != 0))
			return err_set(e, ERR_DATA, "positions: an entry does not hold together");
		ledger_restore(
		    a->ledger, sym, p.qty, p.cost, p.mark, p.mult, p.realized, p.commission);
		ledger_restore_lots(a->ledger, sym, p.fifo_realized);
		for (size_t k = 0; k < json_len(lots); k++) {
			int64_t qty, px;

			if (!json_i64(json_at(json_at(lots, k), 0), &qty) ||
			    !json_i64(json_at(json_at(lots, k), 1), &px))
				return err_set(
				    e, ERR_DATA, "positions: a lot is no pair of numbers");
			ledger_restore_lot(a->ledger, sym, qty, px);
		}
	}
	return 0;
}

static struct str
text_of(const struct json *j, const char *key)
{
	struct str s = { NULL, 0 };

	json_text(json_get(j, key), &s);
	return s;
}

static int
load_order(struct account *a, const struct json *j, struct err *e)
{
	const struct sym *sym = get_sym(a, json_get(j, "sym"));
	struct str id = text_of(j, "id"), req_id = text_of(j, "req_id");
	struct order *o;
	uint64_t next = a->next_no;
	int rc;

	if (!sym || id.n == 0 || req_id.n >= sizeof o->req.id)
		return err_set(e, ERR_DATA, "orders: no usable \"sym\", \"id\" or \"req_id\"");
	o = order_new(a, id, text_of(j, "strategy"), text_of(j, "parent"), text_of(j, "oca"),
	    text_of(j, "approval"));
	a->next_no = next;
	rc = get_fields(order_fields, COUNT(order_fields), j, o, "orders", e);
	if (!rc && ((unsigned)o->state >= O_DONE || o->side == 0 || o->side >= W_side_N ||
		       o->type == 0 || o->type >= W_ord_N || o->qty <= o->cum || o->cum < 0))
		rc = err_set(e, ERR_DATA, "orders: an entry does not hold together");
	if (req_id.n)
		memcpy(o->req.id, req_id.p, req_id.n);
	o->req.id_len = (uint8_t)req_id.n;
	o->group = order_group(o);
	order_link(a, o, sym);
	a->nforced += o->forced;
	return rc;
}

static int
load_orders(struct account *a, const struct json *list, struct err *e)
{
	for (size_t i = 0; i < json_len(list); i++) {
		int rc = load_order(a, json_at(list, i), e);

		if (rc)
			return rc;
	}
	for (struct order *c = a->first; c; c = c->next) {
		for (struct order *p = c->parent_no ? a->first : NULL; p; p = p->next)
			if (p->no == c->parent_no)
				p->nchildren++;
		orders_added(a, venue_sym(a, c->sym));
	}
	return 0;
}

static bool
hex16(const char *p, uint64_t *out)
{
	*out = 0;
	for (int i = 0; i < 16; i++) {
		const char *digits = "0123456789abcdef", *d = strchr(digits, p[i]);

		if (!d || !*d)
			return false;
		*out = *out << 4 | (uint64_t)(d - digits);
	}
	return true;
}

static int
load_ids(struct account *a, const struct json *list, struct err *e)
{
	for (size_t i = 0; i < json_len(list); i++) {
		struct str s;
		uint64_t ha, hb;

		if (!json_text(json_at(list, i), &s) || s.n != 32 || !hex16(s.p, &ha) ||
		    !hex16(s.p + 16, &hb) || !(hb & 1))
			return err_set(e, ERR_DATA, "ids: an entry is not 32 hexadecimal digits");
		order_id_put(a, ha, hb, NULL);
	}
	return 0;
}

int
account_load(struct account *a, const char *json, size_t n, struct err *e)
{
	struct json *j = json_parse_text(json, n, e);
	const struct json *changed;
	int64_t version = 0, cash = 0, peak = 0;
	int rc;

	if (!j)
		return e->code;
	if (!json_i64(json_get(j, "account"), &version) || version != STATE_VERSION)
		rc = err_set(e, ERR_DATA, "this is no account state of version %d", STATE_VERSION);
	else if (!json_i64(json_get(j, "cash"), &cash) || !json_i64(json_get(j, "peak"), &peak))
		rc = err_set(e, ERR_DATA, "no usable \"cash\" or \"peak\"");
	else
		rc = get_fields(account_fields, COUNT(account_fields), j, a, "account", e);
	if (!rc) {
		ledger_restore_cash(a->ledger, cash, peak);
		rc = load_symbols(a, json_get(j, "symbols"), e);
	}
	if (!rc)
		rc = load_positions(a, json_get(j, "positions"), e);
	if (!rc)
		rc = load_orders(a, json_get(j, "orders"), e);
	if (!rc)
		rc = load_ids(a, json_get(j, "ids"), e);
	changed = json_get(j, "changed");
	for (size_t i = 0; !rc && i < json_len(changed); i++) {
		const struct sym *sym = get_sym(a, json_at(changed, i));

		if (sym && ledger_pos(a->ledger, sym))
			ledger_restore_changed(a->ledger, sym);
	}
	json_free(j);
	if (!rc)
		account_overlap_from_state(a);
	return rc;
}

uint64_t
account_revision(const struct account *a)
{
	return a->rev;
}
