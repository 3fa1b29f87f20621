/*
 * Paper = live: the same orders at the same watermarks, given to the paper account and to the
 * simulated gateway that plays the same data in steps, end in the same fills.
 */
#include <unistd.h>

#include "t_sim.h"

#include "base/rng.h"

#define STEP (60 * TIM_SEC)
#define FILLS_MAX 2000

struct fill {
	int64_t ts, qty, px, commission;
	bool buy;
	char sym[8];
};

struct fills {
	struct fill v[FILLS_MAX];
	size_t n;
};

/* One decision at a watermark, drawn from a seed so that both sides make the same. */
struct wish {
	bool any, buy;
	int type; /* 0 market, 1 limit, 2 stop, 3 trailing, 4 cancel the last one */
	int tif;  /* 0 day, 1 gtc, 2 ioc */
	int64_t qty, off;
	size_t sym;
};

static const char *const names[] = { "AAA", "BBB" };

static struct wish
draw(struct rng *g)
{
	struct wish x;

	x.any = rng_below(g, 3) == 0;
	x.buy = rng_below(g, 2);
	x.type = (int)rng_below(g, 5);
	x.tif = (int)rng_below(g, 3);
	x.qty = (int64_t)(1 + rng_below(g, 300)) * NUM_NANO;
	x.off = ((int64_t)rng_below(g, 41) - 20) * (NUM_NANO / 100);
	x.sym = (size_t)rng_below(g, 2);
	return x;
}

/* ---- the data: a file, and the same records in memory ---- */

struct tape_rec {
	struct rec r;
	int64_t at;
};
static struct tape_rec data[40000];
static size_t ndata;

static void
put(struct buf *out, const struct rec *r, int64_t at)
{
	rec_enc_json(out, r);
	data[ndata++] = (struct tape_rec){ *r, at };
}

static void
make_ticks(struct symtab *syms, struct buf *out, uint64_t seed, bool quotes)
{
	struct rng g;
	int64_t px[2] = { 100 * NUM_NANO, 50 * NUM_NANO }, t = INT64_C(1704205800) * TIM_SEC;

	rng_seed(&g, seed);
	ndata = 0;
	for (int i = 0; i < 15000; i++) {
		size_t k = rng_below(&g, 2);
		const struct sym *y = symtab_get(syms, str_z(names[k]));
		struct rec r;

		/* nights, too: the next day begins after a long pause */
		t += i % 5000 == 4999 ? 20 * TIM_HOUR : (int64_t)rng_below(&g, 3000) * TIM_MS + 1;
		if (i % 97 == 0) /* on a boundary: that belongs to the step behind it */
			t = tim_floor(t, STEP) + STEP;
		px[k] += ((int64_t)rng_below(&g, 5) - 2) * (NUM_NANO / 100);
		if (quotes && rng_below(&g, 2)) {
			rec_init(&r, REC_quote, t, y);
			rec_set(&r, F_quote_bid, r.quote.bid, px[k] - NUM_NANO / 100);
			rec_set(&r, F_quote_ask, r.quote.ask, px[k] + NUM_NANO / 100);
			rec_set(&r, F_quote_bid_size, r.quote.bid_size,
			    (int64_t)(1 + rng_below(&g, 200)) * NUM_NANO);
			rec_set(&r, F_quote_ask_size, r.quote.ask_size,
			    (int64_t)(1 + rng_below(&g, 200)) * NUM_NANO);
		} else {
			rec_init(&r, REC_trade, t, y);
			rec_set(&r, F_trade_price, r.trade.price, px[k]);
			rec_set(&r, F_trade_size, r.trade.size,
			    (int64_t)(1 + rng_below(&g, 200)) * NUM_NANO);
		}
		put(out, &r, t);
	}
}

static void
make_bars(struct symtab *syms, struct buf *out, uint64_t seed)
{
	struct rng g;
	int64_t px[2] = { 100 * NUM_NANO, 50 * NUM_NANO }, t = INT64_C(1704205800) * TIM_SEC;

	rng_seed(&g, seed);
	ndata = 0;
	for (int i = 0; i < 2000; i++, t += i % 500 ? STEP : 15 * TIM_HOUR)
		for (size_t k = 0; k < 2; k++) {
			int64_t o = px[k], hi = (int64_t)rng_below(&g, 30),
				lo = (int64_t)rng_below(&g, 30);
			struct rec r;

			px[k] += ((int64_t)rng_below(&g, 41) - 20) * (NUM_NANO / 100);
			rec_init(&r, REC_bar, t, symtab_get(syms, str_z(names[k])));
			rec_set(&r, F_bar_ts_end, r.bar.ts_end, t + STEP);
			rec_set(&r, F_bar_open, r.bar.open, o);
			rec_set(&r, F_bar_high, r.bar.high,
			    (o > px[k] ? o : px[k]) + hi * (NUM_NANO / 100));
			rec_set(&r, F_bar_low, r.bar.low,
			    (o < px[k] ? o : px[k]) - lo * (NUM_NANO / 100));
			rec_set(&r, F_bar_close, r.bar.close, px[k]);
			rec_set(&r, F_bar_volume, r.bar.volume,
			    (num_i128)(1 + rng_below(&g, 1000)) * NUM_NANO);
			put(out, &r, t + STEP);
		}
}

/* ---- on paper ---- */

static int
paper_out(void *arg, const struct rec *r)
{
	struct fills *f = arg;
	struct fill *x = &f->v[f->n];

	if (r->type != REC_fill || f->n == FILLS_MAX)
		return 0;
	*x = (struct fill){ r->ts, r->fill.last_qty, r->fill.last_price, r->fill.commission,
		r->fill.side == W_side_buy, "" };
	memcpy(x->sym, r->sym->name, r->sym->len + 1u);
	f->n++;
	return 0;
}

static void
paper_order(struct account *a, struct symtab *syms, const struct wish *x, int64_t id, int64_t *last,
    int64_t ts)
{
	static const uint8_t types[] = { W_ord_market, W_ord_limit, W_ord_stop,
		W_ord_trailing_stop };
	static const uint8_t tifs[] = { W_tif_day, W_tif_gtc, W_tif_ioc };
	const struct sym *y = symtab_get(syms, str_z(names[x->sym]));
	int64_t px = account_price(a, y) / (NUM_NANO / 100) * (NUM_NANO / 100) + x->off;
	char text[24];
	struct rec r;

	if (x->type == 4) {
		if (*last == 0)
			return;
		snprintf(text, sizeof text, "%lld", (long long)*last);
		rec_init(&r, REC_cancel, ts, y);
		rec_set(&r, F_cancel_cl_ord_id, r.cancel.cl_ord_id, str_z(text));
		account_push(a, &r);
		return;
	}
	snprintf(text, sizeof text, "%lld", (long long)id);
	rec_init(&r, REC_order, ts, y);
	rec_set(&r, F_order_cl_ord_id, r.order.cl_ord_id, str_z(text));
	rec_set(&r, F_order_side, r.order.side, x->buy ? W_side_buy : W_side_sell);
	rec_set(&r, F_order_qty, r.order.qty, x->qty);
	rec_set(&r, F_order_ord_type, r.order.ord_type, types[x->type]);
	rec_set(&r, F_order_tif, r.order.tif, tifs[x->tif]);
	if (x->type == 1)
		rec_set(&r, F_order_limit_price, r.order.limit_price, px);
	if (x->type == 2)
		rec_set(&r, F_order_stop_price, r.order.stop_price, px);
	if (x->type == 3)
		rec_set(&r, F_order_trail, r.order.trail, NUM_NANO / 10);
	account_push(a, &r);
	*last = id;
}

/* Up to the boundary b: ticks before it, bars that ended by then. */
static size_t
paper_until(struct account *a, size_t i, int64_t b)
{
	for (; i < ndata; i++) {
		const struct tape_rec *d = &data[i];

		if (d->at > b || (d->at == b && d->r.type != REC_bar))
			break;
		account_push(a, &d->r);
	}
	return i;
}

static int64_t
boundary(const struct tape_rec *d)
{
	if (d->r.type == REC_bar && d->at % STEP == 0)
		return d->at;
	return tim_floor(d->at, STEP) + STEP;
}

static int64_t
on_paper(const struct account_opts *o, struct symtab *syms, uint64_t seed, struct fills *f)
{
	struct err e;
	struct account *a = account_new(o, syms, paper_out, f, &e);
	struct rng g;
	int64_t id = 0, last = 0, equity;

	rng_seed(&g, seed);
	for (size_t i = 0; i < ndata;) {
		int64_t b = boundary(&data[i]);
		struct wish x = draw(&g);

		i = paper_until(a, i, b);
		account_watermark(a, b);
		if (x.any)
			paper_order(a, syms, &x, ++id, &last, b);
	}
	equity = ledger_equity(account_ledger(a));
	account_free(a);
	return equity;
}

/* ---- at the gateway ---- */

static void
live_order(struct world *w, struct client *c, const struct wish *x, int64_t id, int64_t *last)
{
	static const char *const types[] = { "MKT", "LMT", "STP", "TRAIL" };
	static const char *const tifs[] = { "DAY", "GTC", "IOC" };
	const struct sym *y = symtab_find(w->syms, str_z(names[x->sym]));
	int64_t px = account_price(w->s.account, y) / (NUM_NANO / 100) * (NUM_NANO / 100) + x->off;
	struct tws_request q;

	if (x->type == 4) {
		if (*last)
			c_cancel(c, *last);
		return;
	}
	order_init(&q, id, x->buy ? "BUY" : "SELL", 1, types[x->type]);
	q.place_order.contract = stock(names[x->sym]);
	q.place_order.order.total_quantity = x->qty;
	q.place_order.order.tif = str_z(tifs[x->tif]);
	if (x->type == 1)
		q.place_order.order.lmt_price = px;
	if (x->type >= 2)
		q.place_order.order.aux_price = x->type == 2 ? px : NUM_NANO / 10;
	c_send(c, &q);
	*last = id;
}

static void
live_fills(const struct world *w, struct fills *f)
{
	for (size_t i = 0; i < w->s.nexecs && f->n < FILLS_MAX; i++) {
		const struct sim_exec *x = &w->s.execs[i];

		f->v[f->n] = (struct fill){ x->ts, x->qty, x->px, x->commission, x->buy, "" };
		memcpy(f->v[f->n++].sym, x->in->sym->name, x->in->sym->len + 1u);
	}
}

static int64_t
at_the_gateway(const struct account_opts *o, const char *path, uint64_t seed, struct fills *f)
{
	struct world w;
	struct client c;
	struct rng g;
	int64_t id = 0, last = 0, equity;
	size_t off = 0;
	const struct opt *ticks = opt_find(sim_options, "ticks", 5, 0, &off);

	w_init(&w);
	opt_release(sim_options, &w.o);
	opt_set(ticks, &w.o, off, path, &w.e);
	w.o.seed = -1;
	w.o.step = STEP;
	w.o.account = *o;
	if (!ok(w_open(&w, NULL) == 0, "the gateway plays the file"))
		exit(done_testing());
	c_open(&c, &w, 1, true);
	rng_seed(&g, seed);
	for (c_step(&c); !w.s.ended; c_step(&c)) {
		struct wish x = draw(&g);

		if (x.any)
			live_order(&w, &c, &x, ++id, &last);
	}
	live_fills(&w, f);
	equity = ledger_equity(account_ledger(w.s.account));
	ok(!c.broken, "every message could be read");
	is_i64((int64_t)c_count(&c, TWS_E_exec_details), (int64_t)w.s.nexecs,
	    "each fill was told once");
	is_i64((int64_t)c_count(&c, TWS_E_commission_report), (int64_t)w.s.nexecs,
	    "and each commission");
	c_close(&c);
	w_close(&w);
	return equity;
}

static void
test(const char *what, int kind, uint64_t seed, double participation)
{
	static struct fills paper, live;
	struct symtab *syms = symtab_new();
	struct buf text = { 0 };
	char path[] = "/tmp/t_sim.XXXXXX";
	int fd = mkstemp(path);
	struct account_opts o = { 0 };
	struct err e;
	size_t same = 0;
	int64_t a, b;

	opt_defaults(account_options, &o, &e);
	o.participation = participation;
	o.borrow_rate = 0.03;
	if (kind == 2)
		make_bars(syms, &text, seed);
	else
		make_ticks(syms, &text, seed, kind == 1);
	if (fd < 0 || write(fd, text.p, text.len) != (ssize_t)text.len)
		exit(1);
	paper.n = live.n = 0;
	a = on_paper(&o, syms, seed, &paper);
	b = at_the_gateway(&o, path, seed, &live);
	unlink(path);
	close(fd);
	for (size_t i = 0; i < paper.n && i < live.n; i++) {
		const struct fill *x = &paper.v[i], *y = &live.v[i];

		same += x->ts == y->ts && x->qty == y->qty && x->px == y->px &&
			x->commission == y->commission && x->buy == y->buy &&
			strcmp(x->sym, y->sym) == 0;
	}
	ok(paper.n > 20 && paper.n < FILLS_MAX, "%s: %zu fills on paper", what, paper.n);
	is_i64((int64_t)live.n, (int64_t)paper.n, "as many at the gateway");
	is_i64((int64_t)same, (int64_t)paper.n, "with the same time, size, price and commission");
	is_i64(b, a, "and the same equity in the end, to the millionth");
	buf_free(&text);
	symtab_free(syms);
}

int
main(void)
{
	test("trades", 0, 1, 0);
	test("trades and quotes", 1, 2, 0);
	test("trades and quotes, filled in parts", 1, 3, 0.5);
	test("minute bars", 2, 4, 0);
	test("minute bars, filled in parts", 2, 5, 0.1);
	return done_testing();
}
