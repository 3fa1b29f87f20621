/* The contracts of a run: from the user's file, by the form of a symbol, and from the broker. */
#include <stdlib.h>

#include "tws/contract.h"

#include "base/mem.h"
#include "io/out.h"

#define FILE_MAX (16u << 20)

struct row {
	char sym[TWS_SYM_MAX + 1];
	size_t n;
	struct tws_contract c;
	struct buf text; /* where the text of c lies */
};

struct tws_contracts {
	struct row **v;
	size_t n, cap;
};

static const struct {
	const char *name;
	size_t off;
} columns[] = {
	{ "sec_type", offsetof(struct tws_contract, sec_type) },
	{ "symbol", offsetof(struct tws_contract, symbol) },
	{ "exchange", offsetof(struct tws_contract, exchange) },
	{ "primary_exchange", offsetof(struct tws_contract, primary_exchange) },
	{ "currency", offsetof(struct tws_contract, currency) },
	{ "last_trade_date", offsetof(struct tws_contract, last_trade_date) },
	{ "multiplier", offsetof(struct tws_contract, multiplier) },
	{ "trading_class", offsetof(struct tws_contract, trading_class) },
	{ "local_symbol", offsetof(struct tws_contract, local_symbol) },
	{ "right", offsetof(struct tws_contract, right) },
};
enum {
	NTEXT = sizeof columns / sizeof *columns,
	COL_SYM = NTEXT,
	COL_CON_ID,
	COL_STRIKE,
	NCOLUMNS
};

static struct str *
text_at(struct tws_contract *c, size_t column)
{
	return (struct str *)(void *)((char *)c + columns[column].off);
}

/* All text of c, copied to where the row keeps it. */
static void
settle(struct row *r, struct tws_contract c)
{
	struct buf b = { 0 };
	size_t at = 0;

	for (size_t i = 0; i < NTEXT; i++)
		if (text_at(&c, i)->n)
			buf_put(&b, text_at(&c, i)->p, text_at(&c, i)->n);
	for (size_t i = 0; i < NTEXT; i++) {
		text_at(&c, i)->p = b.p ? b.p + at : "";
		at += text_at(&c, i)->n;
	}
	buf_free(&r->text);
	r->text = b;
	r->c = c;
}

static struct row *
find(const struct tws_contracts *t, struct str sym)
{
	for (size_t i = 0; i < t->n; i++)
		if (str_eq((struct str){ t->v[i]->sym, t->v[i]->n }, sym))
			return t->v[i];
	return NULL;
}

static struct row *
append(struct tws_contracts *t, struct str sym, const struct tws_contract *c)
{
	struct row *r = mem_alloc(sizeof *r);

	memcpy(r->sym, sym.p, sym.n);
	r->n = sym.n;
	settle(r, *c);
	*MEM_AT(t->v, t->cap, t->n) = r;
	t->n++;
	return r;
}

/* ---- the file ---- */

struct reader {
	struct tws_contracts *t;
	int col[64]; /* of each cell; -1: of no interest */
	size_t ncol;
	bool any;
};

static size_t
cells(struct str s, struct str *f, size_t max)
{
	size_t n = 0, at = 0;

	for (size_t i = 0; i <= s.n; i++) {
		if (i < s.n && s.p[i] != ',')
			continue;
		if (n < max)
			f[n] = (struct str){ s.p + at, i - at };
		n++;
		at = i + 1;
	}
	return n;
}

static const char *
header(struct reader *r, const struct str *f, size_t n)
{
	bool sym = false;

	r->ncol = n;
	for (size_t i = 0; i < n; i++) {
		r->col[i] = -1;
		for (int k = 0; k < NTEXT; k++)
			if (str_eqz(f[i], columns[k].name))
				r->col[i] = k;
		if (str_eqz(f[i], "sym"))
			r->col[i] = COL_SYM, sym = true;
		else if (str_eqz(f[i], "con_id"))
			r->col[i] = COL_CON_ID;
		else if (str_eqz(f[i], "strike"))
			r->col[i] = COL_STRIKE;
		if (r->col[i] < 0)
			return "a column that is none of sym, con_id, sec_type, symbol, exchange, "
			       "primary_exchange, currency, last_trade_date, multiplier, "
			       "trading_class, local_symbol, strike, right";
	}
	return sym ? NULL : "no column sym";
}

static const char *
row(struct reader *r, const struct str *f, struct err *e)
{
	char mem[TWS_CONTRACT_MEM];
	struct tws_contract c;
	struct str sym = { "", 0 };

	for (size_t i = 0; i < r->ncol; i++)
		if (r->col[i] == COL_SYM)
			sym = f[i];
	if (memchr(sym.p, '@', sym.n) || tws_contract_of(sym, &c, mem, e) < 0)
		return "sym is not a symbol";
	if (find(r->t, sym))
		return "the symbol stands in the file twice";
	for (size_t i = 0; i < r->ncol; i++) {
		if (f[i].n == 0)
			continue;
		if (r->col[i] == COL_CON_ID &&
		    (!num_i64(f[i].p, f[i].n, &c.con_id) || c.con_id <= 0))
			return "con_id is a whole number above 0";
		if (r->col[i] == COL_STRIKE && !num_nano(f[i].p, f[i].n, &c.strike))
			return "strike is not a number";
		if (r->col[i] < NTEXT)
			*text_at(&c, (size_t)r->col[i]) = f[i];
	}
	append(r->t, sym, &c);
	return NULL;
}

static const char *
line(struct reader *r, struct str s, struct err *e)
{
	struct str f[64];
	size_t n;

	if (s.n && s.p[s.n - 1] == '\r')
		s.n--;
	if (s.n == 0 || s.p[0] == '#')
		return NULL;
	if (memchr(s.p, '"', s.n) || memchr(s.p, '\0', s.n))
		return "quoted cells are not understood here";
	n = cells(s, f, 64);
	if (n > 64)
		return "more than 64 cells";
	if (!r->any) {
		r->any = true;
		return header(r, f, n);
	}
	if (n != r->ncol)
		return "not as many cells as the header has";
	return row(r, f, e);
}

static int
read_file(struct tws_contracts *t, const char *file, struct err *e)
{
	struct reader r = { .t = t };
	struct buf b = { 0 };
	const char *p, *end;
	int rc = io_file_read(file, FILE_MAX, &b, e);

	if (rc < 0) {
		rc = err_wrap(e, "contracts");
		goto done;
	}
	p = b.p ? b.p : "";
	end = p + b.len;
	if (b.len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	for (size_t no = 1; p < end; no++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		const char *why = line(&r, (struct str){ p, (size_t)((nl ? nl : end) - p) }, e);

		if (why) {
			rc = err_set(e, ERR_USAGE, "contracts: %s: line %zu: %s", file, no, why);
			goto done;
		}
		p = nl ? nl + 1 : end;
	}
done:
	buf_free(&b);
	return rc;
}

/* ---- life ---- */

struct tws_contracts *
tws_contracts_open(const char *file, struct err *e)
{
	struct tws_contracts *t = mem_alloc(sizeof *t);

	if (file && read_file(t, file, e) < 0) {
		tws_contracts_free(t);
		return NULL;
	}
	return t;
}

void
tws_contracts_free(struct tws_contracts *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++) {
		buf_free(&t->v[i]->text);
		free(t->v[i]);
	}
	free(t->v);
	free(t);
}

size_t
tws_contracts_count(const struct tws_contracts *t)
{
	return t->n;
}

struct str
tws_contracts_at(const struct tws_contracts *t, size_t i, const struct tws_contract **c)
{
	if (c)
		*c = &t->v[i]->c;
	return (struct str){ t->v[i]->sym, t->v[i]->n };
}

/* ---- looking up ---- */

const struct tws_contract *
tws_contracts_get(struct tws_contracts *t, struct str sym, struct err *e)
{
	const char *at = memchr(sym.p, '@', sym.n);
	struct str name = { sym.p, at ? (size_t)(at - sym.p) : sym.n };
	char mem[TWS_CONTRACT_MEM];
	struct tws_contract c;
	struct row *r = find(t, name);

	if (r)
		return &r->c;
	if (tws_contract_of(sym, &c, mem, e) < 0)
		return NULL;
	return &append(t, name, &c)->c;
}

void
tws_contracts_learn(struct tws_contracts *t, struct str sym, const struct tws_contract *said)
{
	struct row *r = find(t, sym);
	struct tws_contract c;

	if (!r)
		return;
	c = r->c;
	for (size_t i = 0; i < NTEXT; i++)
		if (text_at(&c, i)->n == 0 && !str_eqz(str_z(columns[i].name), "right")) {
			struct tws_contract other = *said;

			*text_at(&c, i) = *text_at(&other, i);
		}
	c.con_id = said->con_id > 0 ? said->con_id : c.con_id;
	/* "202512" becomes the very date */
	if (said->last_trade_date.n >= 8 && c.last_trade_date.n < 8)
		c.last_trade_date = (struct str){ said->last_trade_date.p, 8 };
	settle(r, c);
}

/* Of two texts: the same, or one of them does not say. */
static bool
agree(struct str a, struct str b)
{
	return a.n == 0 || b.n == 0 || str_eq(a, b);
}

static bool
same_thing(const struct tws_contract *a, const struct tws_contract *b)
{
	size_t d = a->last_trade_date.n < b->last_trade_date.n ? a->last_trade_date.n
							       : b->last_trade_date.n;

	if (a->con_id > 0 && b->con_id > 0)
		return a->con_id == b->con_id;
	return str_eq(a->symbol, b->symbol) && str_eq(a->sec_type, b->sec_type) &&
	       agree(a->currency, b->currency) && agree(a->multiplier, b->multiplier) &&
	       agree(a->trading_class, b->trading_class) &&
	       agree(a->local_symbol, b->local_symbol) && a->strike == b->strike &&
	       (d == 0 || memcmp(a->last_trade_date.p, b->last_trade_date.p, d) == 0) &&
	       (agree(a->exchange, b->exchange) || str_eqz(a->exchange, "SMART") ||
		   str_eqz(b->exchange, "SMART"));
}

/* A contract that nobody asked for. Positions come without an exchange: the form of the symbol
 * says where such a thing is traded. */
static struct row *
adopt(struct tws_contracts *t, struct str sym, const struct tws_contract *c)
{
	char mem[TWS_CONTRACT_MEM];
	struct tws_contract form;
	struct err e;
	struct row *r;

	if (tws_contract_of(sym, &form, mem, &e) < 0 || !same_thing(&form, c))
		return append(t, sym, c);
	r = append(t, sym, &form);
	tws_contracts_learn(t, sym, c);
	return r;
}

struct str
tws_contracts_sym(struct tws_contracts *t, const struct tws_contract *c)
{
	char name[TWS_SYM_MAX + 1];
	struct row *r;
	size_t n;

	for (size_t i = 0; i < t->n; i++)
		if (same_thing(&t->v[i]->c, c))
			return (struct str){ t->v[i]->sym, t->v[i]->n };
	n = tws_contract_sym(c, name);
	if (n == 0)
		return (struct str){ "", 0 };
	r = find(t, (struct str){ name, n });
	if (r && r->c.con_id > 0 && c->con_id > 0)
		return (struct str){ "", 0 }; /* another thing that is called the same */
	if (!r)
		r = adopt(t, (struct str){ name, n }, c);
	return (struct str){ r->sym, r->n };
}
