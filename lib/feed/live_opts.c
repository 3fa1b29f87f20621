/* The live feed's options, and what they mean together. */
#include "feed/live.h"

#include <stdlib.h>

#include "base/mem.h"
#include "feed/feed.h"
#include "io/in.h"
#include "rec/codec.h"

#define L(field) OPT_OFF(struct live_opts, field)

const struct opt live_options[] = {
	{ OPT_GROUP, 0, NULL, NULL, NULL, NULL, NULL, tws_session_options, L(net), 0, 0 },
	{ OPT_STR, 0, "contracts", "FILE", "CSV file that says what contract each symbol is", NULL,
	    NULL, NULL, L(contracts), 0, 0 },
	{ OPT_LIST, 0, "data", "LIST",
	    "trades, quotes, trades,quotes, bars5s or mkt (sampled trades and quotes)", NULL, NULL,
	    NULL, L(data), 0, 0 },
	{ OPT_CHOICE, 0, "market-data", "KIND", "which data to ask for", "live",
	    "live|frozen|delayed|delayed-frozen", NULL, L(market_data), 0, 0 },
	{ OPT_INT, 0, "max-symbols", "N", "market data lines that the account has", "100", NULL,
	    NULL, L(max_symbols), 1, 100000 },
	{ OPT_STR, 0, "history", "DURATION", "bars of the last '2 D' (S, D, W, M, Y) first", NULL,
	    NULL, NULL, L(history), 0, 0 },
	{ OPT_STR, 0, "bar", "SPAN", "their length: 1s to 1d", "1m", NULL, NULL, L(bar), 0, 0 },
	{ OPT_STR, 0, "what", "WHAT", "what bars are made of: TRADES, MIDPOINT, BID, ASK ...", NULL,
	    NULL, NULL, L(what), 0, 0 },
	{ OPT_FLAG, 0, "rth", NULL, "bars of regular trading hours only", NULL, NULL, NULL, L(rth),
	    0, 0 },
	{ OPT_FLAG, 0, "follow", NULL, "go on live behind the history", NULL, NULL, NULL, L(follow),
	    0, 0 },
	{ OPT_STR, 0, "resume", "FILE", "leave out the bars that FILE, an earlier output, has",
	    NULL, NULL, NULL, L(resume), 0, 0 },
	{ OPT_FLAG, 0, "dry-run", NULL, "print when each request of --history would go, and leave",
	    NULL, NULL, NULL, L(dry_run), 0, 0 },
	{ OPT_SPAN, 0, "backfill", "SPAN",
	    "watermarks wait so long for ticks missed while disconnected; 0: never", "2m", NULL,
	    NULL, L(backfill), 0, 0 },
	{ OPT_SPAN, 0, "bar-wait", "SPAN", "how long after its end a bar may come", "2s", NULL,
	    NULL, L(bar_wait), 0, 0 },
	{ OPT_STR, 0, "backup", "COMMAND", "another feed, whose output is taken when ours is stale",
	    NULL, NULL, NULL, L(backup), 0, 0 },
	{ OPT_CHOICE, 0, "clock", "CLOCK",
	    "time is this machine's, or the gateway's, which then goes in steps (ibkr-sim)",
	    "machine", "machine|gateway", NULL, L(clock), 0, 0 },
	{ OPT_STR, 0, "replay-wire", "FILE", "no gateway: play what --record kept", NULL, NULL,
	    NULL, L(replay_wire), 0, 0 },
	{ 0 },
};

/* ---- bars ---- */

/* IBKR's bar sizes, and the longest duration that its documentation gives for each ("Valid
 * Duration String units and step sizes"). */
static const struct {
	int64_t ns;
	const char *name;
	int64_t step;
} sizes[] = {
	{ TIM_SEC, "1 secs", 30 * TIM_MIN },
	{ 5 * TIM_SEC, "5 secs", TIM_HOUR },
	{ 10 * TIM_SEC, "10 secs", 4 * TIM_HOUR },
	{ 15 * TIM_SEC, "15 secs", 4 * TIM_HOUR },
	{ 30 * TIM_SEC, "30 secs", 8 * TIM_HOUR },
	{ TIM_MIN, "1 min", TIM_DAY },
	{ 2 * TIM_MIN, "2 mins", 2 * TIM_DAY },
	{ 3 * TIM_MIN, "3 mins", 7 * TIM_DAY },
	{ 5 * TIM_MIN, "5 mins", 7 * TIM_DAY },
	{ 10 * TIM_MIN, "10 mins", 7 * TIM_DAY },
	{ 15 * TIM_MIN, "15 mins", 7 * TIM_DAY },
	{ 20 * TIM_MIN, "20 mins", 7 * TIM_DAY },
	{ 30 * TIM_MIN, "30 mins", 30 * TIM_DAY },
	{ TIM_HOUR, "1 hour", 30 * TIM_DAY },
	{ 2 * TIM_HOUR, "2 hours", 30 * TIM_DAY },
	{ 3 * TIM_HOUR, "3 hours", 30 * TIM_DAY },
	{ 4 * TIM_HOUR, "4 hours", 30 * TIM_DAY },
	{ 8 * TIM_HOUR, "8 hours", 30 * TIM_DAY },
	{ TIM_DAY, "1 day", 365 * TIM_DAY },
};

bool
live_bar_size(const struct interval *iv, char out[16], int64_t *step)
{
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		if (iv->months || iv->ns != sizes[i].ns)
			continue;
		memcpy(out, sizes[i].name, strlen(sizes[i].name) + 1);
		*step = sizes[i].step;
		return true;
	}
	return false;
}

bool
live_duration(const char *text, int64_t *ns)
{
	static const struct {
		char unit;
		int64_t ns;
	} units[] = { { 'S', TIM_SEC }, { 'D', TIM_DAY }, { 'W', 7 * TIM_DAY },
		{ 'M', 30 * TIM_DAY }, { 'Y', 365 * TIM_DAY } };
	size_t k = strspn(text, "0123456789");
	const char *unit = text + k + (text[k] == ' ');
	int64_t n;

	if (!num_i64(text, k, &n) || n < 1 || n > 100000 || !unit[0] || unit[1])
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (unit[0] == units[i].unit)
			return !__builtin_mul_overflow(n, units[i].ns, ns) && *ns < 36500 * TIM_DAY;
	return false;
}

/* ---- what is to be fed ---- */

static int
setup_data(struct live *l, struct err *e)
{
	static const struct {
		const char *name;
		unsigned bit;
	} names[] = { { "trades", LIVE_TRADES }, { "quotes", LIVE_QUOTES }, { "mkt", LIVE_MKT },
		{ "bars5s", LIVE_BARS5S } };

	for (size_t i = 0; i < l->o.data.n; i++) {
		unsigned bit = 0;

		for (size_t k = 0; k < sizeof names / sizeof *names; k++)
			if (strcmp(l->o.data.v[i], names[k].name) == 0)
				bit = names[k].bit;
		if (!bit)
			return err_set(e, ERR_USAGE,
			    "--data: '%s' is none of trades, quotes, bars5s, mkt", l->o.data.v[i]);
		l->data |= bit;
	}
	if (!l->data && !l->o.history)
		l->data = LIVE_TRADES;
	if ((l->data & (LIVE_MKT | LIVE_BARS5S)) && (l->data & (l->data - 1)))
		return err_set(e, ERR_USAGE, "--data: bars5s and mkt stand alone");
	if (l->o.market_data != LIVE_MD_LIVE && (l->data & LIVE_BARS5S))
		return err_set(e, ERR_USAGE, "--data bars5s is of live data only");
	return 0;
}

static int
setup_history(struct live *l, struct err *e)
{
	int64_t step;

	if (l->m->from_text)
		return err_set(e, ERR_USAGE, "--from is of --replay; --history says how far back");
	if (!l->o.history) {
		if (l->o.follow || l->o.resume || l->o.dry_run || l->m->to_text)
			return err_set(
			    e, ERR_USAGE, "--follow, --resume, --dry-run and --to need --history");
		interval_of(5 * TIM_SEC, &l->interval);
		return live_bar_size(&l->interval, l->ib_bar, &step) ? 0 : ERR_FAIL;
	}
	if (!interval_parse(str_z(l->o.bar), &l->interval) ||
	    !live_bar_size(&l->interval, l->ib_bar, &step))
		return err_set(e, ERR_USAGE,
		    "--bar: '%s' is none of 1s 5s 10s 15s 30s 1m 2m 3m 5m 10m 15m 20m 30m 1h 2h 3h "
		    "4h 8h 1d",
		    l->o.bar);
	if (!live_duration(l->o.history, &l->hist_from))
		return err_set(e, ERR_USAGE,
		    "--history: '%s' is not like '1800 S', '2 D', '1 W', '6 M', '1 Y'",
		    l->o.history);
	if (l->m->to_text && !tim_parse(l->m->to_text, strlen(l->m->to_text), &step, NULL))
		return err_set(
		    e, ERR_USAGE, "--to: '%s' is not a time (RFC 3339 or a date)", l->m->to_text);
	if (l->o.follow && l->m->to_text)
		return err_set(e, ERR_USAGE, "--follow goes on from now: there is no --to");
	if (l->data && !l->o.follow)
		return err_set(
		    e, ERR_USAGE, "--history with --data goes on live: say --follow, too");
	if (l->o.follow && (l->data & LIVE_BARS5S) && l->interval.ns != 5 * TIM_SEC)
		return err_set(e, ERR_USAGE, "--follow with bars5s needs --bar 5s");
	if (l->o.follow && !l->data)
		l->data = LIVE_FOLLOW;
	return 0;
}

/* The bars that an earlier output has. */
static int
setup_resume(struct live *l, struct err *e)
{
	struct io_in *in;
	struct rec_dec *dec;
	struct rec r;
	const char *p;
	size_t n;
	int rc;

	if (!l->o.resume)
		return 0;
	in = io_in_open(l->o.resume, e);
	if (!in)
		return err_wrap(e, "--resume");
	dec = rec_dec_new(l->st->env->syms, NULL);
	while ((rc = io_in_line(in, true, &p, &n, e)) == 1) {
		rc = rec_dec_line(dec, p, n, REC_BIT(bar), &r, e);
		if (rc < 0) {
			err_wrap(e, "--resume %s: line %llu", l->o.resume,
			    (unsigned long long)io_in_lineno(in));
			break;
		}
		if (rc == 0 || r.type != REC_bar ||
		    (rec_has(&r, F_bar_interval) && !str_eqz(r.bar.interval, l->interval.text)))
			continue;
		for (size_t i = 0; i < l->nsubs; i++)
			if (l->subs[i].sym == r.sym && r.ts > l->subs[i].resume)
				l->subs[i].resume = l->subs[i].out_ts = r.ts;
	}
	rec_dec_free(dec);
	io_in_free(in);
	return rc < 0 ? e->code : 0;
}

static int
add_sub(struct live *l, struct str sym, struct err *e)
{
	const struct tws_contract *c = tws_contracts_get(l->contracts, sym, e);
	const char *at = memchr(sym.p, '@', sym.n);
	struct str name = { sym.p, at ? (size_t)(at - sym.p) : sym.n };
	struct live_sub *sub = &l->subs[l->nsubs];

	if (!c)
		return err_wrap(e, "--symbols");
	sub->sym = symtab_get(l->st->env->syms, name);
	for (size_t i = 0; i < l->nsubs; i++)
		if (l->subs[i].sym == sub->sym)
			return 0; /* said twice */
	if (str_eqz(c->sec_type, "CASH") && (l->data & LIVE_TRADES))
		return err_set(e, ERR_USAGE,
		    "%.*s: currency pairs have no trades at this broker: --data quotes",
		    STR_FMT(name));
	sub->contract = c;
	sub->index = l->nsubs++;
	sub->bid = sub->ask = sub->bid_size = sub->ask_size = TWS_UNSET;
	sub->out_ts = sub->resume = TIM_NONE;
	return 0;
}

static int
setup_symbols(struct live *l, struct err *e)
{
	size_t n, lines = l->data & LIVE_TRADES && l->data & LIVE_QUOTES ? 2 : 1;
	int rc = 0;

	l->contracts = tws_contracts_open(l->o.contracts, e);
	if (!l->contracts)
		return e->code;
	n = l->m->symbols.n ? l->m->symbols.n : tws_contracts_count(l->contracts);
	if (l->data && n * lines > (size_t)l->o.max_symbols)
		return err_set(e, ERR_USAGE,
		    "%zu symbols need %zu market data lines, and --max-symbols is %lld "
		    "(an account has 100 unless more were bought)",
		    n, n * lines, (long long)l->o.max_symbols);
	if (n == 0)
		return err_set(e, ERR_USAGE, "--contracts: no symbol in %s", l->o.contracts);
	l->subs = mem_array(n, sizeof *l->subs);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = add_sub(l,
		    l->m->symbols.n ? str_z(l->m->symbols.v[i])
				    : tws_contracts_at(l->contracts, i, NULL),
		    e);
	return rc;
}

/* -O csv: the one type that comes */
static void
setup_csv(struct live *l)
{
	struct stage *st = l->st;

	if (l->data & (LIVE_QUOTES | LIVE_MKT) && !(l->data & LIVE_TRADES)) {
		st->csv_type = REC_quote;
		st->csv_columns = "ts,sym,bid,ask,bid_size,ask_size,dirty";
	} else if (l->data & LIVE_TRADES) {
		st->csv_type = REC_trade;
		st->csv_columns = "ts,sym,price,size,side,dirty";
	} else {
		st->csv_type = REC_bar;
		st->csv_columns = "ts,sym,ts_end,interval,open,high,low,close,volume,dirty";
	}
}

int
live_setup(struct live *l)
{
	struct err *e = l->st->env->err;
	int rc = replay_setup_checks(l->m);

	l->stepped = l->o.clock != 0;
	l->stale = l->stepped ? 0 : l->m->stale_text ? l->m->stale : LIVE_ALL_STALE;
	if (rc == 0)
		rc = setup_data(l, e);
	if (rc == 0)
		rc = setup_history(l, e);
	if (rc == 0)
		rc = setup_symbols(l, e);
	if (rc == 0)
		rc = setup_resume(l, e);
	if (rc == 0 && (l->o.backfill < 0 || l->o.bar_wait < 0))
		rc = err_set(e, ERR_USAGE, "--backfill and --bar-wait cannot be negative");
	if (rc == 0 && l->o.replay_wire && (l->o.net.record || l->o.backup))
		rc = err_set(
		    e, ERR_USAGE, "--replay-wire: --record and --backup are of a live session");
	if (rc == 0)
		setup_csv(l);
	return rc;
}
