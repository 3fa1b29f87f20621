/* Instruments and commissions. */
#include <unistd.h>

#include "base/buf.h"
#include "io/out.h"
#include "mkt/commission.h"
#include "mkt/instrument.h"
#include "unit/t.h"

static struct symtab *syms;

static const struct instrument *
get(struct instruments *m, const char *name)
{
	return instruments_get(m, symtab_get(syms, str_z(name)));
}

static void
defaults(void)
{
	struct err e;
	struct instruments *m = instruments_open(NULL, &e);
	const struct instrument *in = get(m, "AAPL");

	ok(in->cls == INSTR_EQUITY && in->tick == 10000000 && in->lot == NUM_NANO &&
		in->multiplier == 1 && !strcmp(in->currency, "USD"),
	    "AAPL is a US stock");
	ok(get(m, "BRK.B")->cls == INSTR_EQUITY, "BRK.B too");
	in = get(m, "EURUSD.IDEALPRO");
	ok(in->cls == INSTR_FOREX && in->tick == 10000 && in->lot == NUM_NANO, "EURUSD is a pair");
	in = get(m, "USDJPY.OANDA");
	ok(in->tick == 1000000 && !strcmp(in->currency, "JPY"), "yen have 0.001");
	in = get(m, "BTCUSDT-PERP.BINANCE");
	ok(in->cls == INSTR_CRYPTO && in->lot == 10 && !strcmp(in->currency, "USDT"), "crypto");
	in = get(m, "ES-202403.CME");
	ok(in->cls == INSTR_FUTURE && in->multiplier == 50 && in->tick == 250000000, "ES x 50");
	in = get(m, "XYZ-202403.CME");
	ok(in->cls == INSTR_FUTURE && in->multiplier == 1 && in->tick == 0, "an unknown future");
	instruments_free(m);
}

static struct instruments *
from(const char *text, struct err *e)
{
	char path[] = "/tmp/mkt_costs_XXXXXX";
	int fd = mkstemp(path);
	ssize_t n = (ssize_t)strlen(text);
	struct instruments *m;

	if (write(fd, text, (size_t)n) != n)
		printf("# cannot write %s\n", path);
	close(fd);
	m = instruments_open(path, e);
	unlink(path);
	return m;
}

#define HEADER "sym,class,quote_currency,multiplier,min_tick,lot_size\n"

static void
file(void)
{
	static const char *const bad[] = { "a,b\n", HEADER "A,equity,USD,1,0.01\n",
		HEADER "A,share,USD,1,0.01,1\n", HEADER "A,equity,USD,0,0.01,1\n",
		HEADER "A,equity,USD,1,x,1\n", HEADER "A,equity,USD,1,0.01,-1\n",
		HEADER "\"A\",equity,USD,1,0.01,1\n", HEADER ",equity,USD,1,0.01,1\n" };
	struct err e;
	struct instruments *m;
	const struct instrument *in;

	m = from(HEADER "* (US stock),equity,USD,1,0.01,1\r\n"
			"ETHUSD-PERP.BINANCE,cryptofuture,USD,10,0.01,1\n"
			"DE30EUR.OANDA,cfd,EUR,1,0.1,0.1",
	    &e);
	if (!ok(m != NULL, "a file of instruments"))
		return;
	in = get(m, "ETHUSD-PERP.BINANCE");
	ok(in->multiplier == 10 && in->lot == NUM_NANO, "its rows overrule the defaults");
	in = get(m, "DE30EUR.OANDA");
	ok(in->cls == INSTR_CFD && in->tick == 100000000 && in->lot == 100000000,
	    "the last row too");
	ok(get(m, "AAPL")->cls == INSTR_EQUITY, "others keep the defaults");
	instruments_free(m);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		m = from(bad[i], &e);
		ok(!m && e.code == ERR_USAGE && strstr(e.msg, i ? "line 2" : "line 1"), "%s",
		    e.msg);
		instruments_free(m);
	}
}

static int64_t
charge(const char *schedule, const char *shares, const char *price, int64_t month)
{
	struct instrument in = { .cls = INSTR_EQUITY, .multiplier = 1 };
	struct commission c;
	struct err e;
	int64_t qty, px;

	if (commission_parse(schedule, &c, &e) < 0 || !num_nano(shares, strlen(shares), &qty) ||
	    !num_nano(price, strlen(price), &px))
		return -1;
	return commission_of(&c, &in, qty, (num_i128)qty * px, month * NUM_NANO);
}

/* shares,price,fixed,tiered,source */
static void
ibkr_vectors(void)
{
	struct buf b = { 0 };
	struct err e;
	char *line, *save = NULL;
	int rows = 0;

	if (!ok(io_file_read(t_data("mkt/ibkr_commission_us_stock.csv"), 1 << 20, &b, &e) == 0,
		"vectors"))
		return;
	buf_putc(&b, '\0');
	for (line = strtok_r(b.p, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char shares[20], price[20], fixed[20], tiered[20];
		int64_t want;

		if (rows++ == 0 || sscanf(line, "%19[^,],%19[^,],%19[^,],%19[^,],", shares, price,
				       fixed, tiered) != 4)
			continue;
		num_micro(fixed, strlen(fixed), &want);
		is_i64(
		    charge("ibkr-fixed", shares, price, 0), want, "fixed %s x %s", shares, price);
		num_micro(tiered, strlen(tiered), &want);
		is_i64(
		    charge("ibkr-tiered", shares, price, 0), want, "tiered %s x %s", shares, price);
	}
	is_i64(rows, 11, "ten rows");
	buf_free(&b);
}

static void
schedules(void)
{
	struct instrument es = { .cls = INSTR_FUTURE, .multiplier = 50 };
	struct commission c;
	struct err e;
	static const char *const bad[] = { "", "ibkr", "rate:", "rate:2", "rate:-1", "rate:x",
		"per-share:", "per-share:1:", "per-share:-1", "per-share:1:x", "none " };

	is_i64(charge("none", "100", "10", 0), 0, "none");
	is_i64(charge("rate:0.001", "100", "12.345", 0), 1234500, "0.1 %% of the value");
	is_i64(charge("rate:0.0000005", "1", "1", 0), 0, "half a millionth goes to the even one");
	is_i64(charge("rate:0.0000015", "1", "1", 0), 2, "one and a half as well");
	is_i64(charge("rate:0.001", "9000000000", "1000000", 0), INT64_C(9000000000000) * NUM_MICRO,
	    "large values do not wrap");
	is_i64(charge("per-share:0.01:1.5", "10", "5", 0), 1500000, "per share, with a minimum");
	is_i64(charge("per-share:0.01", "1000", "5", 0), 10000000, "per share");
	is_i64(charge("ibkr-tiered", "400000", "50", 0), 1250000000,
	    "300,000 at 0.0035 and 100,000 at 0.0020");
	is_i64(charge("ibkr-tiered", "1000", "50", 299500), 2750000, "a tier is left in mid-order");
	is_i64(charge("ibkr-tiered", "1000", "50", 200000000), 500000, "the last tier");
	is_i64(charge("ibkr-fixed", "0", "50", 0), 0, "nothing traded, nothing charged");
	commission_parse("ibkr-fixed", &c, &e);
	is_i64(commission_of(&c, &es, NUM_NANO, (num_i128)NUM_NANO * 5000 * NUM_NANO, 0), 5000000,
	    "no stock: 0.2 bp of 250,000");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(commission_parse(bad[i], &c, &e) == ERR_USAGE, "\"%s\": %s", bad[i], e.msg);
}

int
main(void)
{
	syms = symtab_new();
	defaults();
	file();
	ibkr_vectors();
	schedules();
	symtab_free(syms);
	return done_testing();
}
