#include <stdlib.h>

#include "feed/tick_gen.h"

#include "base/math.h"
#include "base/mem.h"

#define G(field) OPT_OFF(struct tick_gen, field)

const struct opt tick_gen_opts[] = {
	{ OPT_CHOICE, 0, "model", "MODEL", "how prices move", "gbm", MARKET_CHOICES, NULL, G(model),
	    0, 0 },
	{ OPT_LIST, 0, "symbols", "N|LIST",
	    "so many symbols (SYM01, ...), or these; one if not given", NULL, NULL, NULL,
	    G(symbols), 0, 0 },
	{ OPT_INT, 'n', "ticks", "N", "records to write, of all symbols together", "1000", NULL,
	    NULL, G(ticks), 0, INT64_MAX },
	{ OPT_INT, 0, "seed", "S", "another seed, another market", "1", NULL, NULL, G(seed), 0,
	    INT64_MAX },
	{ OPT_CHOICE, 0, "type", "TYPE", "what to write", "trade", "trade|quote|bar", NULL, G(type),
	    0, 0 },
	{ OPT_TIME, 0, "start", "TIME", "where time begins", "2024-01-02T14:30:00Z", NULL, NULL,
	    G(start), 0, 0 },
	{ OPT_SPAN, 0, "step", "SPAN", "one record a symbol each SPAN (default 1s, bars 1m)", NULL,
	    NULL, NULL, G(step), 0, 0 },
	{ OPT_STR, 0, "session", "NAME", "hours when the market is open: 24x7, XNYS, ...", "24x7",
	    NULL, NULL, G(session), 0, 0 },
	{ OPT_STR, 0, "calendar", "FILE", "holidays and half days that overrule the session's own",
	    NULL, NULL, NULL, G(calendar), 0, 0 },
	{ OPT_F64, 0, "drift", "MU", "expected return a year", "0.05", NULL, NULL, G(drift), 0, 0 },
	{ OPT_F64, 0, "vol", "SIGMA", "volatility a year", "0.2", NULL, NULL, G(vol), 0, 0 },
	{ OPT_F64, 0, "correlation", "RHO", "of any two symbols' returns, 0 to 1", "0", NULL, NULL,
	    G(correlation), 0, 0 },
	{ OPT_F64, 0, "spread", "BP", "ask minus bid, in 1/10,000 of the price", "2", NULL, NULL,
	    G(spread), 0, 0 },
	{ OPT_SIZE, 0, "tick-size", "PRICE", "prices are multiples of this", "0.01", NULL, NULL,
	    G(tick_size), 0, 0 },
	{ OPT_SIZE, 0, "price", "PRICE", "every symbol's first price (ou: its mean)", "100", NULL,
	    NULL, G(price), 0, 0 },
	{ OPT_SIZE, 0, "size", "SIZE", "median size of a trade; sizes are whole numbers", "100",
	    NULL, NULL, G(size), 0, 0 },
	{ OPT_F64, 0, "size-vol", "SIGMA", "standard deviation of the logarithm of a size", "1",
	    NULL, NULL, G(size_vol), 0, 0 },
	{ OPT_SPAN, 0, "half-life", "SPAN", "ou: half of a deviation is gone after SPAN", "1h",
	    NULL, NULL, G(half_life), 0, 0 },
	{ OPT_F64, 0, "reversion", "KAPPA", "heston: speed of the variance, a year", "3", NULL,
	    NULL, G(reversion), 0, 0 },
	{ OPT_F64, 0, "vol-of-vol", "XI", "heston: volatility of the variance", "0.4", NULL, NULL,
	    G(vol_of_vol), 0, 0 },
	{ OPT_F64, 0, "leverage", "RHO", "heston: correlation of price and variance, -1 to 1",
	    "-0.7", NULL, NULL, G(leverage), 0, 0 },
	{ OPT_F64, 0, "jump-rate", "LAMBDA", "merton: jumps a year", "250", NULL, NULL,
	    G(jump_rate), 0, 0 },
	{ OPT_F64, 0, "jump-mean", "M", "merton: mean jump of the logarithm", "0", NULL, NULL,
	    G(jump_mean), 0, 0 },
	{ OPT_F64, 0, "jump-vol", "S", "merton: standard deviation of a jump", "0.01", NULL, NULL,
	    G(jump_vol), 0, 0 },
	{ OPT_LIST, 0, "regimes", "LIST",
	    "regime: LABEL:DRIFT:VOL[:STAY], ... (default bull:0.3:0.12, bear:-0.4:0.35, "
	    "range:0:0.08)",
	    NULL, NULL, NULL, G(regimes), 0, 0 },
	{ OPT_SPAN, 0, "stay", "SPAN", "regime: mean stay where the list gives none", "1h", NULL,
	    NULL, G(stay), 0, 0 },
	{ OPT_LIST, 0, "patterns", "LIST",
	    "bars of random walks with these chart patterns in them: all, none, double_top, ...",
	    NULL, NULL, NULL, G(patterns), 0, 0 },
	{ OPT_F64, 0, "noise", "PART",
	    "patterns: standard deviation on closes, in heights of the pattern", "0.04", NULL, NULL,
	    G(noise), 0, 0 },
	{ OPT_LIST, 0, "stretch", "LO,HI",
	    "patterns: lengths, and squares of heights, times a number drawn from here (default "
	    "1,1)",
	    NULL, NULL, NULL, G(stretch), 0, 0 },
	{ OPT_F64, 0, "bridge", "PART",
	    "patterns: so many of them with noise that wanders in each leg, in place of white "
	    "noise",
	    "0", NULL, NULL, G(bridge), 0, 0 },
	{ OPT_STR, 0, "truth", "FILE", "patterns: write where they are, as pattern records", NULL,
	    NULL, NULL, G(truth_file), 0, 0 },
	{ OPT_SPAN, 0, "watermark-interval", "SPAN",
	    "write watermarks: of ticks each SPAN, of bars each instant; 0: none", "0", NULL, NULL,
	    G(wm_every), 0, 0 },
	{ 0 },
};

/* ---- open ---- */

/* Trends up, trends down nervously, goes nowhere. */
static const char *usual_regimes[] = { "bull:0.3:0.12", "bear:-0.4:0.35", "range:0:0.08" };

/* "20" gives SYM01 ... SYM20, as many digits as the last one needs and two at least. */
static int
name_symbols(struct tick_gen *g, struct err *e)
{
	static const char *one[] = { "1" };
	struct opt_list none = { one, 1 }, *l = g->symbols.n ? &g->symbols : &none;
	int64_t n;

	if (l->n == 1 && num_i64(l->v[0], strlen(l->v[0]), &n)) {
		struct buf b = { 0 };
		int width = 2;

		if (n < 1 || n > GEN_SYMBOLS_MAX)
			return err_set(
			    e, ERR_USAGE, "--symbols: %s is not 1 to %d", l->v[0], GEN_SYMBOLS_MAX);
		for (int64_t k = 100; k <= n; k *= 10)
			width++;
		g->n = (size_t)n;
		g->syms = mem_array(g->n, sizeof *g->syms);
		for (int64_t i = 0; i < n; i++) {
			buf_clear(&b);
			buf_printf(&b, "SYM%0*lld", width, (long long)i + 1);
			g->syms[i] = symtab_get(g->base.env->syms, buf_str(&b));
		}
		buf_free(&b);
		return 0;
	}
	g->n = l->n;
	g->syms = mem_array(g->n, sizeof *g->syms);
	for (size_t i = 0; i < l->n; i++) {
		g->syms[i] = symtab_get(g->base.env->syms, str_z(l->v[i]));
		if (!g->syms[i])
			return err_set(e, ERR_USAGE, "--symbols: '%s' is not a symbol", l->v[i]);
		for (size_t k = 0; k < i; k++)
			if (g->syms[k] == g->syms[i])
				return err_set(e, ERR_USAGE, "--symbols: '%s' twice", l->v[i]);
	}
	return 0;
}

static int
check_options(const struct tick_gen *g, struct err *e)
{
	const struct {
		bool bad;
		const char *why;
	} checks[] = {
		{ g->vol < 0 || g->vol_of_vol < 0 || g->jump_vol < 0 || g->size_vol < 0,
		    "--vol, --vol-of-vol, --jump-vol and --size-vol cannot be negative" },
		{ g->correlation < 0 || g->correlation > 1, "--correlation must be from 0 to 1" },
		{ g->leverage < -1 || g->leverage > 1, "--leverage must be from -1 to 1" },
		{ g->spread < 0 || g->spread >= 10000, "--spread must be from 0 to below 10000" },
		{ g->jump_rate < 0 || g->reversion < 0,
		    "--jump-rate and --reversion cannot be negative" },
		{ g->tick_size <= 0 || g->price <= 0 || g->size <= 0,
		    "--tick-size, --price and --size must be above 0" },
		{ g->price < g->tick_size, "--price must be one --tick-size at least" },
		{ g->half_life <= 0 || g->stay <= 0, "--half-life and --stay must be above 0" },
		{ g->step < 0 || g->wm_every < 0,
		    "--step and --watermark-interval cannot be negative" },
		{ g->calendar && strcmp(g->session, "24x7") == 0, "--calendar needs a --session" },
	};

	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
		if (checks[i].bad)
			return err_set(e, ERR_USAGE, "%s", checks[i].why);
	return 0;
}

/* Hours and the length of a year in them: 365 days, or 252 sessions as long as the first. */
static int
open_session(struct tick_gen *g, double *year_ns, struct err *e)
{
	*year_ns = 365.0 * (double)TIM_DAY;
	if (strcmp(g->session, "24x7") == 0)
		return 0;
	g->sessions = sessions_open(g->session, g->calendar, e);
	if (!g->sessions)
		return e->code;
	if (!sessions_at(g->sessions, g->t, &g->now)) {
		if (g->now.open < g->t)
			return err_set(
			    e, ERR_USAGE, "--session: %s is never open after --start", g->session);
		g->t = g->now.open;
	}
	*year_ns = 252.0 * (double)(g->now.close - g->now.open);
	if (g->step > g->now.close - g->now.open)
		return err_set(e, ERR_USAGE, "--step is longer than a session of %s", g->session);
	return 0;
}

/* Equally likely sizes of a lognormal law: the quantiles of the middles of GEN_SIZES cells. */
static void
make_sizes(struct tick_gen *g)
{
	double median = num_of_nano(g->size);

	for (int i = 0; i < GEN_SIZES; i++)
		g->sizes[i] =
		    median * num_exp(g->size_vol * num_normal_quantile((i + 0.5) / GEN_SIZES));
}

static void
make_market(struct tick_gen *g, struct market_opts *o, double year_ns)
{
	o->model = (enum market_model)g->model;
	o->drift = g->drift;
	o->vol = g->vol;
	o->correlation = g->correlation;
	o->year_ns = year_ns;
	o->step = g->type == GEN_BAR ? g->step / GEN_SUBSTEPS : g->step;
	o->switch_step = g->step;
	o->start_price = num_of_nano(g->price);
	o->half_life = g->half_life;
	o->reversion = g->reversion;
	o->vol_of_vol = g->vol_of_vol;
	o->leverage = g->leverage;
	o->jump_rate = g->jump_rate;
	o->jump_mean = g->jump_mean;
	o->jump_vol = g->jump_vol;
	market_init(&g->market, o, g->n, (uint64_t)g->seed);
}

static const char *const csv_columns[] = { "ts,sym,price,size", "ts,sym,bid,ask,bid_size,ask_size",
	"ts,sym,open,high,low,close,volume" };

int
tick_gen_setup(struct tick_gen *g, struct err *e)
{
	struct market_opts o = { 0 };
	double year_ns = 0;
	struct opt_list usual = { usual_regimes, sizeof usual_regimes / sizeof *usual_regimes };
	int rc;

	if (g->patterns.n > 0)
		g->type = GEN_BAR;
	if (g->step == 0)
		g->step = g->type == GEN_BAR ? TIM_MIN : TIM_SEC;
	g->t = g->start;
	g->boundary = TIM_NONE;
	g->left = g->ticks;
	g->ticks_per_unit = (double)NUM_NANO / (double)(g->tick_size > 0 ? g->tick_size : 1);
	rc = check_options(g, e);
	if (rc == 0)
		rc = name_symbols(g, e);
	if (rc == 0)
		rc = market_parse_regimes(&o, g->regimes.n ? &g->regimes : &usual, g->stay, e);
	if (rc == 0)
		rc = open_session(g, &year_ns, e);
	if (rc < 0)
		return rc;
	g->slot = g->step / (int64_t)g->n;
	g->slot_unit = g->slot >= TIM_MS ? TIM_US : 1;
	g->slot -= g->slot % g->slot_unit;
	if (g->type != GEN_BAR && g->slot < 1)
		return err_set(e, ERR_USAGE, "--step has no room for %zu symbols", g->n);
	if (g->type == GEN_BAR && g->step < GEN_SUBSTEPS)
		return err_set(e, ERR_USAGE, "--step: a bar lasts %d ns at least", GEN_SUBSTEPS);
	interval_of(g->step, &g->interval);
	make_sizes(g);
	make_market(g, &o, year_ns);
	g->order = mem_array(g->n, sizeof *g->order);
	g->bars = mem_array(g->n, sizeof *g->bars);
	for (size_t i = 0; i < g->n; i++)
		g->order[i] = i;
	/* twice the price, and tick sizes, must fit */
	g->most = INT64_MAX / g->tick_size / 2;
	rc = gen_patterns_open(g, e);
	if (rc < 0)
		return rc;
	g->busy = 1;
	g->base.csv_type = g->type == GEN_TRADE   ? REC_trade
			   : g->type == GEN_QUOTE ? REC_quote
						  : REC_bar;
	g->base.csv_columns = csv_columns[g->type];
	return 0;
}

int
tick_gen_open_hours(struct tick_gen *g, struct err *e)
{
	if (g->t > INT64_MAX - 2 * g->step)
		return err_set(
		    e, ERR_FAIL, "time runs past the year 2261: a smaller --step or fewer --ticks");
	if (!g->sessions)
		return 0;
	while (g->t + g->step > g->now.close) {
		int64_t t = g->now.close;

		if (!sessions_at(g->sessions, t, &g->now) && g->now.open < t)
			return err_set(e, ERR_FAIL, "%s is never open again", g->session);
		g->t = g->now.open > t ? g->now.open : t;
	}
	return 0;
}
