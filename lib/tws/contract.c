/* Symbols and contracts by their form. */
#include "tws/contract.h"

#include "mkt/instrument.h"

/* ---- symbol -> contract ---- */

/* Copies text to where a contract's text lives. */
struct pen {
	char *at, *end;
};

static struct str
keep(struct pen *p, struct str s)
{
	struct str out = { p->at, s.n };

	if (s.n > (size_t)(p->end - p->at))
		return (struct str){ "", 0 }; /* cannot be: symbols are 32 bytes */
	memcpy(p->at, s.p, s.n);
	p->at += s.n;
	return out;
}

static bool
valid(struct str s)
{
	if (s.n == 0 || s.n > TWS_SYM_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			c == '.' || c == '_' || c == '/' || c == '-'))
			return false;
	}
	return true;
}

/* What kind of thing the symbol is, by the one place that knows (mkt/instrument.h). */
static int
instrument_of(struct str s, struct instrument *in, struct err *e)
{
	struct instruments *all = instruments_open(NULL, e);
	struct sym sym = { .id = 0, .len = (uint8_t)s.n };

	if (!all)
		return e->code;
	memcpy(sym.name, s.p, s.n);
	*in = *instruments_get(all, &sym);
	instruments_free(all);
	return 0;
}

static struct str
before(struct str s, char c)
{
	const char *p = memchr(s.p, c, s.n);

	return p ? (struct str){ s.p, (size_t)(p - s.p) } : s;
}

static struct str
behind(struct str s, char c)
{
	const char *p = memchr(s.p, c, s.n);

	return p ? (struct str){ p + 1, s.n - (size_t)(p + 1 - s.p) } : (struct str){ "", 0 };
}

/* ROOT-YYYYMM.EXCH */
static void
future(struct str sym, struct tws_contract *c, struct pen *p)
{
	struct str month = before(behind(sym, '-'), '.');

	c->sec_type = str_z("FUT");
	c->symbol = keep(p, before(sym, '-'));
	c->last_trade_date = keep(p, month);
	c->exchange = keep(p, behind(sym, '.'));
	c->currency = str_z(str_eqz(c->exchange, "EUREX") ? "EUR" : "USD");
}

/* PAIR.VENUE: the currency is what the pair ends in */
static int
pair(struct str sym, const struct instrument *in, struct tws_contract *c, struct pen *p,
    struct err *e)
{
	struct str two = before(before(sym, '.'), '-'), cur = str_z(in->currency);
	struct str venue = behind(sym, '.');
	bool fx = in->cls == INSTR_FOREX;

	if (two.n <= cur.n || memcmp(two.p + two.n - cur.n, cur.p, cur.n) != 0)
		return err_set(e, ERR_USAGE, "'%.*s': cannot tell its currency", STR_FMT(sym));
	two.n -= cur.n;
	if (two.n > 1 && two.p[two.n - 1] == '/')
		two.n--;
	c->sec_type = str_z(fx ? "CASH" : "CRYPTO");
	c->symbol = keep(p, two);
	c->currency = keep(p, cur);
	c->exchange = venue.n ? keep(p, venue) : str_z(fx ? "IDEALPRO" : "PAXOS");
	return 0;
}

static void
stock(struct str sym, struct tws_contract *c, struct pen *p)
{
	struct str name = keep(p, sym);

	for (size_t i = 0; i < name.n; i++) /* ours: it lies in mem */
		if (name.p[i] == '.')
			p->at[(ptrdiff_t)i - (ptrdiff_t)name.n] = ' ';
	c->sec_type = str_z("STK");
	c->symbol = name;
	c->exchange = str_z("SMART");
	c->currency = str_z("USD");
}

int
tws_contract_of(struct str sym, struct tws_contract *c, char mem[TWS_CONTRACT_MEM], struct err *e)
{
	struct pen p = { mem, mem + TWS_CONTRACT_MEM };
	struct str primary = behind(sym, '@');
	struct instrument in;
	int rc = 0;

	*c = (struct tws_contract){ 0 };
	sym = before(sym, '@');
	if (!valid(sym) || (primary.n && !valid(primary)))
		return err_set(e, ERR_USAGE, "'%.*s' is not a symbol", STR_FMT(sym));
	if (instrument_of(sym, &in, e) < 0)
		return e->code;
	switch (in.cls) {
	case INSTR_FUTURE: future(sym, c, &p); break;
	case INSTR_FOREX:
	case INSTR_CRYPTO: rc = pair(sym, &in, c, &p, e); break;
	case INSTR_EQUITY:
	case INSTR_CFD:
	case INSTR_OTHER: stock(sym, c, &p); break;
	}
	if (primary.n)
		c->primary_exchange = keep(&p, primary);
	return rc;
}

/* ---- contract -> symbol ---- */

static const char months[] = "FGHJKMNQUVXZ"; /* January .. December */

/* YYYYMM of a future, into out: CLZ5 with a last trade date of 20251120 is 202512. */
static bool
contract_month(const struct tws_contract *c, char out[7])
{
	struct str l = c->local_symbol, d = c->last_trade_date;
	const char *m;
	int64_t year;

	if (d.n < 6 || !num_i64(d.p, 4, &year) || year < 1970 || year > 2261)
		return false;
	memcpy(out, d.p, 6);
	out[6] = '\0';
	if (l.n < 3 || l.n <= c->symbol.n || (unsigned)(l.p[l.n - 1] - '0') > 9)
		return true;
	m = l.p[l.n - 2] ? strchr(months, l.p[l.n - 2]) : NULL;
	if (!m || memcmp(l.p, c->symbol.p, c->symbol.n) != 0)
		return true;
	/* one digit of the year; it stops trading in that year or the one before */
	if (year % 10 != l.p[l.n - 1] - '0')
		year++;
	if (year % 10 == l.p[l.n - 1] - '0') {
		out[0] = (char)('0' + year / 1000);
		out[1] = (char)('0' + year / 100 % 10);
		out[2] = (char)('0' + year / 10 % 10);
		out[3] = (char)('0' + year % 10);
		out[4] = (char)('0' + (m - months + 1) / 10);
		out[5] = (char)('0' + (m - months + 1) % 10);
	}
	return true;
}

static void
add(char *out, size_t *n, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (*n <= TWS_SYM_MAX)
			out[*n] = s.p[i];
		++*n;
	}
}

size_t
tws_contract_sym(const struct tws_contract *c, char out[TWS_SYM_MAX + 1])
{
	struct str exch = c->exchange.n ? c->exchange : c->primary_exchange;
	char month[7], space = '.';
	size_t n = 0;

	if (str_eqz(c->sec_type, "CASH") || str_eqz(c->sec_type, "CRYPTO")) {
		bool fx = c->sec_type.n == 4;

		add(out, &n, c->symbol);
		add(out, &n, c->currency);
		add(out, &n, str_z("."));
		add(out, &n, exch.n ? exch : str_z(fx ? "IDEALPRO" : "PAXOS"));
	} else if (str_eqz(c->sec_type, "FUT") && contract_month(c, month)) {
		add(out, &n, c->symbol);
		add(out, &n, str_z("-"));
		add(out, &n, str_z(month));
		add(out, &n, exch.n ? str_z(".") : exch);
		add(out, &n, exch);
	} else if (str_eqz(c->sec_type, "STK") || c->local_symbol.n == 0) {
		add(out, &n, c->symbol);
	} else { /* "SPY   251219C00500000" */
		add(out, &n, c->local_symbol);
		space = '_';
	}
	if (n > TWS_SYM_MAX)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (out[i] == ' ')
			out[i] = space;
	out[n] = '\0';
	return valid((struct str){ out, n }) ? n : 0;
}

void
tws_contract_words(const struct tws_contract *c, struct buf *out)
{
	const struct str parts[] = { c->sec_type, c->local_symbol.n ? c->local_symbol : c->symbol,
		c->last_trade_date, c->right, c->exchange };

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (parts[i].n && !str_eqz(parts[i], "?"))
			buf_printf(out, "%s%.*s", i ? " " : "", STR_FMT(parts[i]));
	if (c->primary_exchange.n)
		buf_printf(out, "/%.*s", STR_FMT(c->primary_exchange));
	if (c->currency.n)
		buf_printf(out, " %.*s", STR_FMT(c->currency));
	if (c->multiplier.n)
		buf_printf(out, " x%.*s", STR_FMT(c->multiplier));
	if (c->con_id > 0)
		buf_printf(out, ", con_id %lld", (long long)c->con_id);
}
