/* Instruments: defaults by the form of the symbol, overruled by the user's CSV file. */
#include <stdlib.h>
#include <string.h>

#include "mkt/instrument.h"

#include "base/buf.h"
#include "base/mem.h"
#include "io/out.h"

#define FILE_MAX (16u << 20)
#define FIELDS 6

struct row {
	char name[36];
	struct instrument in;
};

struct instruments {
	struct row *rows; /* of the file, sorted by name */
	size_t nrows, rows_cap;
	struct instrument **known; /* by sym->id; each stays where it is, callers keep it */
	size_t known_cap;
};

/* ---- defaults ---- */

/* Contracts whose size and tick many know by heart (CME Group's contract specifications). */
static const struct {
	const char *root;
	int64_t multiplier, tick;
} futures[] = {
	{ "ES", 50, 250000000 },
	{ "MES", 5, 250000000 },
	{ "NQ", 20, 250000000 },
	{ "MNQ", 2, 250000000 },
	{ "YM", 5, 1000000000 },
	{ "RTY", 50, 100000000 },
	{ "CL", 1000, 10000000 },
	{ "NG", 10000, 1000000 },
	{ "GC", 100, 100000000 },
	{ "SI", 5000, 5000000 },
	{ "ZB", 1000, 31250000 },
	{ "ZN", 1000, 15625000 },
	{ "6E", 125000, 50000 },
	{ "6J", 12500000, 500 },
};

static const char *const fiat[] = { "USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "NZD", "SEK",
	"NOK", "DKK", "PLN", "CZK", "HUF", "TRY", "ZAR", "MXN", "BRL", "CNH", "CNY", "HKD", "SGD",
	"INR", "KRW", "THB", "ILS", "RUB" };

static bool
is_fiat(const char *p)
{
	for (size_t i = 0; i < sizeof fiat / sizeof fiat[0]; i++)
		if (memcmp(fiat[i], p, 3) == 0)
			return true;
	return false;
}

static void
set_currency(struct instrument *in, const char *p, size_t n)
{
	if (n >= sizeof in->currency)
		n = sizeof in->currency - 1;
	memset(in->currency, 0, sizeof in->currency);
	memcpy(in->currency, p, n);
}

/* "ROOT-YYYYMM.EXCH" */
static bool
is_future(struct str s, size_t dash)
{
	if (dash == 0 || s.n < dash + 7 || (s.n > dash + 7 && s.p[dash + 7] != '.'))
		return false;
	for (size_t i = 1; i <= 6; i++)
		if (s.p[dash + i] < '0' || s.p[dash + i] > '9')
			return false;
	return true;
}

static void
future_default(struct str root, struct instrument *in)
{
	*in = (struct instrument){ INSTR_FUTURE, 0, NUM_NANO, 1, "USD" };
	for (size_t i = 0; i < sizeof futures / sizeof futures[0]; i++) {
		if (!str_eqz(root, futures[i].root))
			continue;
		in->multiplier = futures[i].multiplier;
		in->tick = futures[i].tick;
	}
}

/* the part before the dot of PAIR.VENUE, any "-PERP" taken off */
static void
pair_default(struct str pair, struct instrument *in)
{
	static const char *const quotes[] = { "USDT", "USDC", "BUSD", "TUSD", "FDUSD", "BTC", "ETH",
		"BNB" };
	const char *slash = memchr(pair.p, '/', pair.n);

	*in = (struct instrument){ INSTR_CRYPTO, 10000, 10, 1, "USD" };
	if (pair.n == 6 && !slash && is_fiat(pair.p) && is_fiat(pair.p + 3)) {
		in->cls = INSTR_FOREX;
		in->lot = NUM_NANO;
		set_currency(in, pair.p + 3, 3);
		if (memcmp(pair.p + 3, "JPY", 3) == 0)
			in->tick = 1000000; /* yen pairs have two decimals less */
		return;
	}
	if (slash) {
		set_currency(in, slash + 1, pair.n - (size_t)(slash + 1 - pair.p));
		return;
	}
	if (pair.n > 3 && is_fiat(pair.p + pair.n - 3))
		set_currency(in, pair.p + pair.n - 3, 3);
	for (size_t i = 0; i < sizeof quotes / sizeof quotes[0]; i++) {
		size_t n = strlen(quotes[i]);

		if (pair.n > n && memcmp(pair.p + pair.n - n, quotes[i], n) == 0)
			set_currency(in, quotes[i], n);
	}
}

static void
default_of(struct str s, struct instrument *in)
{
	const char *dot = memchr(s.p, '.', s.n);
	const char *dash = memchr(s.p, '-', s.n);
	size_t head = dot ? (size_t)(dot - s.p) : s.n;

	if (dash && is_future(s, (size_t)(dash - s.p))) {
		future_default((struct str){ s.p, (size_t)(dash - s.p) }, in);
	} else if ((dot && s.n - head > 2) || memchr(s.p, '/', s.n)) {
		if (dash && dash < s.p + head)
			head = (size_t)(dash - s.p);
		pair_default((struct str){ s.p, head }, in);
	} else { /* AAPL, and share classes such as BRK.B */
		*in = (struct instrument){ INSTR_EQUITY, 10000000, NUM_NANO, 1, "USD" };
	}
}

/* ---- the file ---- */

static const struct {
	const char *name;
	enum instr_class cls;
} classes[] = {
	{ "equity", INSTR_EQUITY },
	{ "forex", INSTR_FOREX },
	{ "future", INSTR_FUTURE },
	{ "crypto", INSTR_CRYPTO },
	{ "cryptofuture", INSTR_CRYPTO },
	{ "cfd", INSTR_CFD },
	{ "other", INSTR_OTHER },
};

static size_t
split(struct str s, struct str *f, size_t max)
{
	size_t n = 0, at = 0;

	for (size_t i = 0; i <= s.n; i++) {
		if (i < s.n && s.p[i] != ',')
			continue;
		if (n == max)
			return max + 1;
		f[n++] = (struct str){ s.p + at, i - at };
		at = i + 1;
	}
	return n;
}

static const char *
parse_row(const struct str *f, struct row *r)
{
	bool found = false;
	int64_t v;

	if (f[0].n == 0 || f[0].n >= sizeof r->name)
		return "sym is 1 to 32 bytes";
	memset(r, 0, sizeof *r);
	memcpy(r->name, f[0].p, f[0].n);
	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
		if (str_eqz(f[1], classes[i].name)) {
			r->in.cls = classes[i].cls;
			found = true;
		}
	}
	if (!found)
		return "class is one of equity, forex, future, crypto, cryptofuture, cfd, other";
	if (f[2].n == 0 || f[2].n >= sizeof r->in.currency)
		return "quote_currency is 1 to 7 bytes";
	set_currency(&r->in, f[2].p, f[2].n);
	if (!num_i64(f[3].p, f[3].n, &v) || v < 1 || v > 1000000000)
		return "multiplier is a whole number from 1 to 1000000000";
	r->in.multiplier = v;
	if (!num_nano(f[4].p, f[4].n, &r->in.tick) || r->in.tick < 0)
		return "min_tick is a decimal, not below zero";
	if (!num_nano(f[5].p, f[5].n, &r->in.lot) || r->in.lot < 0)
		return "lot_size is a decimal, not below zero";
	return NULL;
}

static int
by_name(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static const char *
parse_line(struct instruments *m, struct str s, size_t line)
{
	static const char header[] = "sym,class,quote_currency,multiplier,min_tick,lot_size";
	struct str f[FIELDS];
	const char *why;

	if (s.n && s.p[s.n - 1] == '\r')
		s.n--;
	if (line == 1)
		return str_eqz(s, header) ? NULL
					  : "the header is not "
					    "sym,class,quote_currency,multiplier,min_tick,lot_size";
	if (s.n == 0 || s.p[0] == '*' || s.p[0] == '#')
		return NULL; /* "* (US stock)": what the defaults say anyway */
	if (memchr(s.p, '"', s.n))
		return "quoted cells are not understood here";
	if (split(s, f, FIELDS) != FIELDS)
		return "not six fields";
	if ((why = parse_row(f, MEM_AT(m->rows, m->rows_cap, m->nrows))))
		return why;
	m->nrows++;
	return NULL;
}

static int
read_file(struct instruments *m, const char *file, struct err *e)
{
	struct buf b = { 0 };
	const char *p, *end, *why = NULL;
	int rc = 0;

	if (io_file_read(file, FILE_MAX, &b, e) < 0) {
		rc = err_wrap(e, "instruments");
		goto done;
	}
	p = b.p ? b.p : "";
	end = p + b.len;
	for (size_t line = 1; p < end; line++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));

		if ((why = parse_line(m, (struct str){ p, (size_t)((nl ? nl : end) - p) }, line))) {
			rc =
			    err_set(e, ERR_USAGE, "instruments: %s: line %zu: %s", file, line, why);
			goto done;
		}
		p = nl ? nl + 1 : end;
	}
	if (m->nrows)
		qsort(m->rows, m->nrows, sizeof *m->rows, by_name);
done:
	buf_free(&b);
	return rc;
}

struct instruments *
instruments_open(const char *file, struct err *e)
{
	struct instruments *m = mem_alloc(sizeof *m);

	if (file && read_file(m, file, e) < 0) {
		instruments_free(m);
		return NULL;
	}
	return m;
}

void
instruments_free(struct instruments *m)
{
	if (!m)
		return;
	free(m->rows);
	for (size_t i = 0; i < m->known_cap; i++)
		free(m->known[i]);
	free(m->known);
	free(m);
}

const struct instrument *
instruments_get(struct instruments *m, const struct sym *sym)
{
	struct instrument **in = MEM_AT(m->known, m->known_cap, sym->id);
	const struct instrument *known = *in;
	struct row key;
	const struct row *r;

	if (known)
		return known;
	*in = mem_alloc(sizeof **in);
	memset(&key, 0, sizeof key);
	memcpy(key.name, sym->name, sym->len);
	r = m->nrows ? bsearch(&key, m->rows, m->nrows, sizeof *m->rows, by_name) : NULL;
	if (r)
		**in = r->in;
	else
		default_of((struct str){ sym->name, sym->len }, *in);
	return *in;
}
