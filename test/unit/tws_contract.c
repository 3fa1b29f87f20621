/* Symbols to contracts and back, and the file of contracts. */
#include <unistd.h>

#include "base/mem.h"
#include "tws/contract.h"
#include "unit/t.h"

static struct str
z(const char *s)
{
	return str_z(s);
}

static bool
is_text(struct str got, const char *want, const char *what)
{
	return is_mem(got.p ? got.p : "", got.n, want, strlen(want), "%s", what);
}

static void
form(const char *sym, const char *type, const char *symbol, const char *date, const char *exch,
    const char *primary, const char *cur)
{
	char mem[TWS_CONTRACT_MEM], back[TWS_SYM_MAX + 1];
	struct tws_contract c;
	struct err e;

	if (!ok(tws_contract_of(z(sym), &c, mem, &e) == 0, "%s is a symbol", sym))
		return;
	is_text(c.sec_type, type, "its type");
	is_text(c.symbol, symbol, "its symbol");
	is_text(c.last_trade_date, date, "its month");
	is_text(c.exchange, exch, "its exchange");
	is_text(c.primary_exchange, primary, "its primary exchange");
	is_text(c.currency, cur, "its currency");
	ok(tws_contract_sym(&c, back) == strcspn(sym, "@") &&
		memcmp(back, sym, strcspn(sym, "@")) == 0,
	    "and back: %s", back);
}

static void
forms(void)
{
	char mem[TWS_CONTRACT_MEM];
	struct tws_contract c;
	struct err e;

	form("AAPL", "STK", "AAPL", "", "SMART", "", "USD");
	form("AAPL@NASDAQ", "STK", "AAPL", "", "SMART", "NASDAQ", "USD");
	form("BRK.B", "STK", "BRK B", "", "SMART", "", "USD");
	form("EURUSD.IDEALPRO", "CASH", "EUR", "", "IDEALPRO", "", "USD");
	form("USDJPY.IDEALPRO", "CASH", "USD", "", "IDEALPRO", "", "JPY");
	form("BTCUSD.PAXOS", "CRYPTO", "BTC", "", "PAXOS", "", "USD");
	form("ES-202512.CME", "FUT", "ES", "202512", "CME", "", "USD");
	form("FDAX-202512.EUREX", "FUT", "FDAX", "202512", "EUREX", "", "EUR");
	ok(tws_contract_of(z(""), &c, mem, &e) == ERR_USAGE, "no empty symbol");
	ok(tws_contract_of(z("A B"), &c, mem, &e) == ERR_USAGE, "no blank");
	ok(tws_contract_of(z("ABCDEFGHIJABCDEFGHIJABCDEFGHIJABC"), &c, mem, &e) == ERR_USAGE,
	    "33 bytes are too many");
}

/* A future is named by its contract month, whenever it stops trading. */
static void
back(void)
{
	char out[TWS_SYM_MAX + 1];
	struct tws_contract c = { .sec_type = z("FUT"),
		.symbol = z("CL"),
		.exchange = z("NYMEX"),
		.currency = z("USD"),
		.last_trade_date = z("20251120"),
		.local_symbol = z("CLZ5") };

	tws_contract_sym(&c, out);
	is_str(out, "CL-202512.NYMEX", "CLZ5 stops in November");
	c.last_trade_date = z("20251219 13:30:00 US/Central");
	c.local_symbol = z("CLF6");
	tws_contract_sym(&c, out);
	is_str(out, "CL-202601.NYMEX", "CLF6 stops in December of the year before");
	c.local_symbol = z("CL   DEC 25");
	tws_contract_sym(&c, out);
	is_str(out, "CL-202512.NYMEX", "an unknown local symbol: the month of the date");
	c = (struct tws_contract){
		.sec_type = z("OPT"), .symbol = z("SPY"), .local_symbol = z("SPY   251219C00500000")
	};
	tws_contract_sym(&c, out);
	is_str(out, "SPY___251219C00500000", "an option by its local symbol");
	c.local_symbol = z("(&%)");
	is_i64((int64_t)tws_contract_sym(&c, out), 0, "no symbol can be made of it");
}

static const char *
file(const char *text)
{
	static char path[64];
	FILE *f;

	snprintf(path, sizeof path, "/tmp/tws_contract.%ld", (long)getpid());
	f = fopen(path, "w");
	if (f) {
		fputs(text, f);
		fclose(f);
	}
	return path;
}

static void
table(void)
{
	struct err e = { 0 };
	struct tws_contracts *t =
	    tws_contracts_open(file("currency,sym,con_id,sec_type,symbol,exchange\r\n"
				    "# the Swiss one\n"
				    "CHF,NESN,12345,,,EBS\n"
				    "USD,SI-202512.COMEX,,FUT,SI,COMEX\n"),
		&e);
	const struct tws_contract *c, *again;
	struct tws_contract said = { .con_id = 265598,
		.symbol = z("AAPL"),
		.sec_type = z("STK"),
		.exchange = z("SMART"),
		.primary_exchange = z("NASDAQ"),
		.currency = z("USD"),
		.local_symbol = z("AAPL"),
		.trading_class = z("NMS") };

	if (!ok(t != NULL, "a file is read: %s", e.msg))
		return;
	c = tws_contracts_get(t, z("NESN"), &e);
	is_text(c->exchange, "EBS", "the file overrules the form");
	is_text(c->sec_type, "STK", "and leaves what it does not say");
	is_i64(c->con_id, 12345, "con_id");
	c = tws_contracts_get(t, z("AAPL"), &e);
	is_i64(c->con_id, 0, "no file speaks of AAPL");
	tws_contracts_learn(t, z("AAPL"), &said);
	again = tws_contracts_get(t, z("AAPL@ARCA"), &e);
	ok(c == again, "a contract stays where it is");
	is_i64(c->con_id, 265598, "learned the con_id");
	is_text(c->primary_exchange, "NASDAQ", "and the primary exchange");
	/* as executions name it: another exchange, no primary */
	said.exchange = z("ISLAND");
	said.primary_exchange = z("");
	is_text(tws_contracts_sym(t, &said), "AAPL", "back by con_id");
	said = (struct tws_contract){ .con_id = 272093,
		.symbol = z("MSFT"),
		.sec_type = z("STK"),
		.currency = z("USD"),
		.right = z("?") };
	is_text(tws_contracts_sym(t, &said), "MSFT", "a position nobody asked for");
	c = tws_contracts_get(t, z("MSFT"), &e);
	is_text(c->exchange, "SMART", "can be traded: its exchange by its form");
	is_i64(c->con_id, 272093, "and its con_id as the broker said");
	said.con_id = 38708990; /* MSFT on EBS */
	said.currency = z("CHF");
	is_text(tws_contracts_sym(t, &said), "", "another thing of the same name has no symbol");
	is_i64((int64_t)tws_contracts_count(t), 4, "four of them");
	tws_contracts_free(t);
}

static void
bad(const char *text, const char *words)
{
	struct err e = { 0 };
	struct tws_contracts *t = tws_contracts_open(file(text), &e);

	ok(!t && e.code == ERR_USAGE && strstr(e.msg, words), "%s: %s", words, e.msg);
	tws_contracts_free(t);
}

int
main(void)
{
	struct buf b = { 0 };
	struct tws_contract c = { .con_id = 7,
		.sec_type = z("FUT"),
		.local_symbol = z("ESZ5"),
		.exchange = z("CME"),
		.currency = z("USD"),
		.multiplier = z("50") };

	forms();
	back();
	table();
	bad("sym,colour\nA,red\n", "line 1: a column that is none of");
	bad("con_id\n1\n", "line 1: no column sym");
	bad("sym,con_id\nA,x\n", "line 2: con_id is a whole number");
	bad("sym,con_id\nA\n", "line 2: not as many cells");
	bad("sym\nA\nB\nA\n", "line 4: the symbol stands in the file twice");
	bad("sym\nA B\n", "line 2: sym is not a symbol");
	bad("sym\n\"A\"\n", "line 2: quoted");
	tws_contract_words(&c, &b);
	is_str(buf_z(&b), "FUT ESZ5 CME USD x50, con_id 7", "in words");
	buf_free(&b);
	unlink(file(""));
	return done_testing();
}
