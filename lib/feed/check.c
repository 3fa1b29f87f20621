#include <stdlib.h>

#include "feed/check.h"

#include "base/mem.h"

enum { TRADE, QUOTE, BAR, NSORTS };

/* What a record says, for "the same again": numbers as they are, text as a hash. */
struct values {
	int64_t ts;
	int64_t v[4];
	num_i128 volume;
	uint64_t rest;
	uint32_t has;
};

/* One symbol's records of one type. */
struct past {
	bool any;
	int64_t until; /* time of the last record; of a bar its end */
	struct values values;
	double level;   /* q: price of the last record that was no spike; 0: none */
	double pending; /* price of the last spike; 0: none */
	double *moves;  /* ring of the last moves, as ratios above 1; made at the first */
	uint32_t nmoves, at;
};

struct check {
	struct check_opts o;
	struct past *past; /* by symbol id * NSORTS + sort */
	size_t npast;
	double *scratch; /* where the median is selected */
};

struct check *
check_new(const struct check_opts *o)
{
	struct check *c = mem_alloc(sizeof *c);

	c->o = *o;
	c->scratch = mem_array((size_t)o->spike_window + 1, sizeof *c->scratch);
	return c;
}

void
check_free(struct check *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->npast; i++)
		free(c->past[i].moves);
	free(c->past);
	free(c->scratch);
	free(c);
}

/* ---- duplicates ---- */

static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ (h >> 29);
}

/* Up to eight bytes as a number. */
static inline uint64_t
load_text(const char *p, size_t n)
{
	uint64_t v = 0;
	uint32_t lo, hi;

	if (n == 8) {
		memcpy(&v, p, 8);
		return v;
	}
	if (n >= 4) { /* they overlap */
		memcpy(&lo, p, 4);
		memcpy(&hi, p + n - 4, 4);
		return lo | (uint64_t)hi << 32;
	}
	if (n > 0)
		v = (unsigned char)p[0] | (unsigned)(unsigned char)p[n / 2] << 8 |
		    (unsigned)(unsigned char)p[n - 1] << 16;
	return v;
}

static inline uint64_t
mix_text(uint64_t h, struct str s)
{
	h = (h ^ s.n) * UINT64_C(0xff51afd7ed558ccd);
	for (; s.n > 8; s.p += 8, s.n -= 8)
		h = mix(h, load_text(s.p, 8));
	return mix(h, load_text(s.p, s.n));
}

static void
trade_values(const struct rec *r, struct values *v)
{
	const struct rec_trade *t = &r->trade;
	const uint32_t rare = UINT32_C(1) << F_trade_exch | UINT32_C(1) << F_trade_cond;

	v->v[0] = t->price;
	v->v[1] = t->size;
	v->v[2] = rec_has(r, F_trade_side) ? t->side : 0;
	v->v[3] = rec_has(r, F_trade_seq) ? t->seq : 0;
	v->volume = 0;
	if (r->has & rare) {
		v->rest = rec_has(r, F_trade_exch) ? mix_text(v->rest, t->exch) : mix(v->rest, 1);
		v->rest = rec_has(r, F_trade_cond) ? mix_text(v->rest, t->cond) : mix(v->rest, 1);
	}
}

static void
quote_values(const struct rec *r, struct values *v)
{
	const struct rec_quote *q = &r->quote;

	v->v[0] = q->bid;
	v->v[1] = q->ask;
	v->v[2] = rec_has(r, F_quote_bid_size) ? q->bid_size : 0;
	v->v[3] = rec_has(r, F_quote_ask_size) ? q->ask_size : 0;
	v->volume = 0;
	if (rec_has(r, F_quote_seq))
		v->rest = mix(v->rest, (uint64_t)q->seq);
	if (rec_has(r, F_quote_exch))
		v->rest = mix_text(v->rest, q->exch);
}

static inline void
bar_values(const struct rec *r, struct values *v)
{
	const struct rec_bar *b = &r->bar;

	v->v[0] = b->open;
	v->v[1] = b->high;
	v->v[2] = b->low;
	v->v[3] = b->close;
	v->volume = rec_has(r, F_bar_volume) ? b->volume : 0;
	if (rec_has(r, F_bar_rev)) /* a revision is news, even with the same prices */
		v->rest = mix(v->rest, (uint64_t)b->rev);
	if (rec_has(r, F_bar_interval))
		v->rest = mix_text(v->rest, b->interval);
}

static inline __attribute__((always_inline)) void
values_of(const struct rec *r, int sort, struct values *v)
{
	v->ts = r->ts;
	v->has = r->has;
	v->rest = 0;
	if (sort == BAR)
		bar_values(r, v);
	else if (sort == TRADE)
		trade_values(r, v);
	else
		quote_values(r, v);
	if (r->extra.n)
		v->rest = mix_text(v->rest, r->extra);
}

static bool
same_values(const struct values *a, const struct values *b)
{
	return a->ts == b->ts && a->v[0] == b->v[0] && a->v[1] == b->v[1] && a->v[2] == b->v[2] &&
	       a->v[3] == b->v[3] && a->volume == b->volume && a->has == b->has &&
	       a->rest == b->rest;
}

/* A record of the time of the one before it. */
static __attribute__((noinline)) bool
same_again(struct past *p, const struct rec *r, int sort)
{
	struct values v;
	bool same;

	values_of(r, sort, &v);
	same = same_values(&p->values, &v);
	p->values = v;
	return same;
}

static inline bool
duplicate(struct past *p, const struct rec *r, int sort)
{
	if (p->any && p->values.ts == r->ts)
		return same_again(p, r, sort);
	values_of(r, sort, &p->values);
	return false;
}

/* ---- gaps ---- */

int64_t
check_open_time(struct sessions *s, int64_t a, int64_t b)
{
	int64_t sum = 0;

	if (!s)
		return b > a ? b - a : 0;
	while (a < b) {
		struct session ses;

		if (!sessions_at(s, a, &ses)) {
			if (ses.open <= a || ses.open >= b)
				break; /* none left before b */
			a = ses.open;
			continue;
		}
		sum += (ses.close < b ? ses.close : b) - a;
		a = ses.close;
	}
	return sum;
}

static bool
gap(const struct check *c, struct past *p, const struct rec *r)
{
	int64_t until = rec_known(r);
	bool hole = c->o.gap > 0 && p->any && r->ts > p->until &&
		    (uint64_t)r->ts - (uint64_t)p->until > (uint64_t)c->o.gap &&
		    check_open_time(c->o.sessions, p->until, r->ts) > c->o.gap;

	if (!p->any || until > p->until)
		p->until = until;
	return hole;
}

/* ---- spikes ---- */

/* Element k of a[0..n) in order of size (Hoare's FIND). */
static double
select_kth(double *a, size_t n, size_t k)
{
	size_t lo = 0, hi = n - 1;

	while (lo < hi) {
		double pivot = a[lo + (hi - lo) / 2];
		size_t i = lo, j = hi;

		for (;;) {
			while (a[i] < pivot)
				i++;
			while (a[j] > pivot)
				j--;
			if (i >= j)
				break;
			double t = a[i];
			a[i++] = a[j];
			a[j--] = t;
		}
		/* a[..j] <= pivot <= a[j+1..] */
		if (k <= j)
			hi = j;
		else
			lo = j + 1;
	}
	return a[k];
}

static inline void
add_move(struct check *c, struct past *p, double ratio)
{
	uint32_t window = (uint32_t)c->o.spike_window;

	if (!p->moves)
		p->moves = mem_array(window, sizeof *p->moves);
	p->moves[p->at] = ratio;
	p->at = p->at + 1 == window ? 0 : p->at + 1;
	if (p->nmoves < window)
		p->nmoves++;
}

static double
limit_of(struct check *c, const struct past *p)
{
	double m;

	memcpy(c->scratch, p->moves, p->nmoves * sizeof *p->moves);
	/* the logarithm grows with the ratio: that of the median is the median of them all */
	m = c->o.spike_factor * num_log(select_kth(c->scratch, p->nmoves, p->nmoves / 2));
	return m > c->o.spike_floor ? m : c->o.spike_floor;
}

/* How many times the larger is the smaller: what a move is, before its logarithm is wanted. */
static double
ratio_of(double a, double b)
{
	return a > b ? a / b : b / a;
}

/* Is every price of the record so near to `from` that no logarithm can exceed the floor? With
 * p <= from * (1 + f), log(p / from) <= log(1 + f) < f; the same below. */
static inline bool
near(const struct check *c, const struct rec *r, int sort, double p, double from)
{
	double f = 1 + c->o.spike_floor, high = p, low = p;

	if (sort == BAR) {
		high = (double)r->bar.high > p ? (double)r->bar.high : p;
		low = (double)r->bar.low < p ? (double)r->bar.low : p;
	}
	return high <= from * f && low * f >= from;
}

static double
log_move(double a, double b)
{
	double m = a == b ? 0 : num_log(a / b);

	return m < 0 ? -m : m;
}

/* The largest move of the record from the price `from`. */
static double
reach(const struct rec *r, double p, double from)
{
	double m = log_move(p, from), x;

	if (r->type == REC_bar) {
		x = log_move((double)r->bar.high, from);
		m = x > m ? x : m;
		x = log_move((double)r->bar.low, from);
		m = x > m ? x : m;
	}
	return m;
}

static inline double
price_of(const struct rec *r, int sort)
{
	if (sort == TRADE)
		return (double)r->trade.price;
	if (sort == QUOTE)
		return ((double)r->quote.bid + (double)r->quote.ask) / 2;
	return (double)r->bar.close;
}

/* A record that is not near the level. */
static __attribute__((noinline)) bool
spike_far(struct check *c, struct past *p, const struct rec *r, double price)
{
	double move = ratio_of(price, p->level), far, limit;
	bool is_spike = false, bad_level = false;

	if (p->nmoves >= SPIKE_WARMUP && (far = reach(r, price, p->level)) > c->o.spike_floor &&
	    far > (limit = limit_of(c, p))) {
		is_spike = p->pending == 0 || reach(r, price, p->pending) > limit;
		if (!is_spike)
			move = ratio_of(price, p->pending); /* the level has shifted */
		/* else only a bar's high or low was wild */
		bad_level = is_spike && num_log(move) > limit;
	}
	if (move > 1)
		add_move(c, p, move);
	p->level = bad_level ? p->level : price;
	p->pending = bad_level ? price : 0;
	return is_spike;
}

static inline bool
spike(struct check *c, struct past *p, const struct rec *r, int sort)
{
	double price = price_of(r, sort), move;

	if (price <= 0 || (sort == BAR && r->bar.low <= 0))
		return false; /* a rule against such prices was switched off: they have no logarithm
			       */
	if (sort != BAR && price == p->level) { /* most ticks */
		p->pending = 0;
		return false;
	}
	if (p->level == 0) {
		p->level = price;
		return false;
	}
	if (__builtin_expect(!near(c, r, sort, price, p->level), 0))
		return spike_far(c, p, r, price);
	move = ratio_of(price, p->level);
	if (move > 1)
		add_move(c, p, move);
	p->level = price;
	p->pending = 0;
	return false;
}

void
check_split(struct check *c, const struct sym *sym, double ratio)
{
	for (size_t i = (size_t)sym->id * NSORTS; i < ((size_t)sym->id + 1) * NSORTS; i++) {
		if (i >= c->npast || !(ratio > 0))
			return;
		c->past[i].level /= ratio;
		c->past[i].pending /= ratio;
	}
}

/* ---- all of them ---- */

/* A bar that contradicts nothing: most records, so told without asking for each rule. */
static inline bool
sound_bar(const struct rec *r)
{
	const struct rec_bar *b = &r->bar;

	return b->low > 0 && b->low <= b->open && b->low <= b->close && b->open <= b->high &&
	       b->close <= b->high && (!rec_has(r, F_bar_volume) || b->volume >= 0);
}

/* Made once for each sort: what a record is not is then not asked again. */
static inline __attribute__((always_inline)) enum quality_rule
check_sort(struct check *c, const struct rec *r, bool backward, int sort)
{
	struct past *p = MEM_AT(c->past, c->npast, (size_t)r->sym->id * NSORTS + (size_t)sort);
	uint32_t broken = sort == BAR && sound_bar(r) ? 0 : quality_alone(r), unusable;

	broken = (broken | (backward ? Q_BIT(Q_TIME_BACKWARD) : 0)) & ~c->o.ignored;
	unusable = broken & ~Q_BIT(Q_LOCKED);
	if (duplicate(p, r, sort))
		broken |= Q_BIT(Q_DUPLICATE);
	if (c->o.gap > 0 && gap(c, p, r))
		broken |= Q_BIT(Q_GAP);
	if (!unusable && c->o.spike_factor > 0 && spike(c, p, r, sort))
		broken |= Q_BIT(Q_SPIKE);
	p->any = true;
	broken &= ~c->o.ignored;
	return broken ? (enum quality_rule)__builtin_ctz(broken) : Q_CLEAN;
}

enum quality_rule
check_record(struct check *c, const struct rec *r, bool backward)
{
	switch (r->type) {
	case REC_bar: return check_sort(c, r, backward, BAR);
	case REC_trade: return check_sort(c, r, backward, TRADE);
	default: return check_sort(c, r, backward, QUOTE);
	}
}
