/*
 * Market data against the working orders of its symbol.
 *
 * A bar tells four prices and not their order, so it is met in four phases: the open, then
 * inside the bar stops before limits (or the other way round, --both-in-range best), then the
 * close. A trade is a bar of one price; a quote is one whose price is the ask to a buyer and the
 * bid to a seller. The rules are those of vectors/execution/bar_fill_semantics.json:
 *   - a stop beyond which the market opens fills at the open, else at its price;
 *   - a limit fills only when the market trades through it, at the open when that is better;
 *   - a stop-limit elected inside the bar fills in that bar only if the bar closes beyond its
 *     limit: nobody knows what came after the election except the close (LEAN's rule);
 *   - a trailing stop is checked with the stop it had, then moved by the bar's extreme.
 *
 * Prices are looked at from the buyer's side: for a sale all signs are turned, so that every
 * rule is written once.
 */
#include "venue/venue.h"

enum phase { AT_OPEN, STOPS, LIMITS, AT_CLOSE };

/* Prices as a buyer sees them: lo is good, hi is bad. */
struct view {
	int64_t o, hi, lo, c, limit, stop;
};

static struct view
view_of(const struct order *o, const struct event *ev)
{
	if (IS_BUY(o))
		return (
		    struct view){ ev->buy.o, ev->buy.h, ev->buy.l, ev->buy.c, o->limit, o->stop };
	return (
	    struct view){ -ev->sell.o, -ev->sell.l, -ev->sell.h, -ev->sell.c, -o->limit, -o->stop };
}

static bool
through(int64_t price, int64_t limit, const struct event *ev)
{
	return price < limit || (ev->quote && price == limit);
}

static int64_t
within(int64_t v, const struct view *w)
{
	return v > w->hi ? w->hi : v < w->lo ? w->lo : v;
}

enum behaviour { B_MARKET, B_LIMIT, B_STOP, B_STOP_LIMIT, B_TOUCH, B_TOUCH_LIMIT, B_OPEN, B_CLOSE };

static enum behaviour
behaviour(const struct order *o)
{
	switch (o->type) {
	case W_ord_limit: return B_LIMIT;
	case W_ord_stop:
	case W_ord_trailing_stop: return o->triggered ? B_MARKET : B_STOP;
	case W_ord_stop_limit:
	case W_ord_trailing_stop_limit: return o->triggered ? B_LIMIT : B_STOP_LIMIT;
	case W_ord_market_if_touched: return o->triggered ? B_MARKET : B_TOUCH;
	case W_ord_limit_if_touched: return o->triggered ? B_LIMIT : B_TOUCH_LIMIT;
	case W_ord_market_on_open:
	case W_ord_limit_on_open: return B_OPEN;
	case W_ord_market_on_close:
	case W_ord_limit_on_close: return B_CLOSE;
	default: return B_MARKET;
	}
}

static bool
want_open(struct order *o, const struct view *w, const struct event *ev, int64_t *px)
{
	bool elected;

	*px = w->o;
	switch (behaviour(o)) {
	case B_MARKET: return true;
	case B_LIMIT: return through(w->o, w->limit, ev);
	case B_OPEN:
		return ev->new_session &&
		       (o->type == W_ord_market_on_open || through(w->o, w->limit, ev));
	case B_STOP:
	case B_STOP_LIMIT: elected = o->stop != 0 && w->o >= w->stop; break;
	case B_TOUCH:
	case B_TOUCH_LIMIT: elected = w->o <= w->stop; break;
	default: return false;
	}
	if (!elected)
		return false;
	o->triggered = true;
	return behaviour(o) == B_MARKET || through(w->o, w->limit, ev);
}

static bool
want_stop(struct order *o, const struct view *w, const struct event *ev, int64_t *px)
{
	enum behaviour b = behaviour(o);

	if ((b != B_STOP && b != B_STOP_LIMIT) || o->stop == 0 || w->hi < w->stop)
		return false;
	o->triggered = true;
	*px = within(b == B_STOP ? w->stop : w->limit, w);
	return b == B_STOP || through(w->c, w->limit, ev);
}

static bool
want_limit(struct order *o, const struct view *w, const struct event *ev, int64_t *px)
{
	enum behaviour b = behaviour(o);

	if (b == B_LIMIT) {
		*px = within(w->limit, w);
		return through(w->lo, w->limit, ev);
	}
	if ((b != B_TOUCH && b != B_TOUCH_LIMIT) || w->lo > w->stop)
		return false;
	o->triggered = true;
	*px = within(b == B_TOUCH ? w->stop : w->limit, w);
	return b == B_TOUCH || through(w->c, w->limit, ev);
}

static bool
want_close(const struct order *o, const struct view *w, const struct event *ev, int64_t *px)
{
	if (!ev->whole_day || behaviour(o) != B_CLOSE)
		return false;
	*px = w->c;
	return o->type == W_ord_market_on_close || through(w->c, w->limit, ev);
}

/* Data that may fill the order: late enough, and its latency has passed. */
static bool
ready(const struct account *a, const struct order *o, const struct event *ev)
{
	return o->state == O_WORKING && ev->start >= o->after && o->skip == 0 &&
	       o->met != a->event && order_live_qty(o) > 0;
}

static int
run_phase(struct account *a, struct vsym *s, struct event *ev, enum phase ph, bool born_inside)
{
	for (struct order *o = s->first; o; o = o->snext) {
		bool want = false, was = o->triggered;
		int64_t px = 0;
		struct view w;
		int rc;

		if (!ready(a, o, ev) || (o->born == a->event) != born_inside)
			continue;
		if (ph != AT_OPEN && (o->tif == W_tif_ioc || o->tif == W_tif_fok))
			continue; /* at once or not at all: inside a bar is later */
		w = view_of(o, ev);
		switch (ph) {
		case AT_OPEN: want = want_open(o, &w, ev, &px); break;
		case STOPS: want = want_stop(o, &w, ev, &px); break;
		case LIMITS: want = want_limit(o, &w, ev, &px); break;
		case AT_CLOSE: want = want_close(o, &w, ev, &px); break;
		}
		if (!want) {
			/* elected inside the bar without a fill: works from the next record on */
			if (o->triggered && !was && ph != AT_OPEN)
				o->met = a->event;
			continue;
		}
		a->inside = ph == STOPS || ph == LIMITS;
		rc = fill_order(
		    a, s, o, IS_BUY(o) ? px : -px, ph == AT_OPEN ? ev->start : ev->known, ev);
		a->inside = false;
		if (rc)
			return rc;
		if (ph != AT_OPEN)
			o->met = a->event;
	}
	return 0;
}

/* Before the phases: requests and limits of time that this record brings about. */
static int
before_phases(struct account *a, struct vsym *s, struct event *ev)
{
	int64_t day = venue_day(a, ev->start);

	ev->new_session = s->start == TIM_NONE || day > venue_day(a, s->start);
	for (struct order *o = s->first; o; o = o->snext) {
		int rc;

		if (o->state == O_DONE)
			continue;
		rc = upkeep_close_session(a, s, o, day, ev->start);
		if (!rc)
			rc = enter_due(a, o, ev->start);
		if (rc)
			return rc;
		if (o->req.skip > 0 && ev->start >= o->req.after)
			o->req.skip--;
		if (o->state == O_DONE || ev->start < o->after)
			continue;
		if (o->tif == W_tif_gtd && o->expire <= ev->start) {
			rc = order_end(a, o, W_ostat_expired, o->expire, NULL);
			if (rc)
				return rc;
			continue;
		}
		if (o->day == TIM_NONE && o->state == O_WORKING)
			o->day = day;
		if (o->skip > 0) {
			o->skip--;
			o->met = a->event;
		}
	}
	return 0;
}

static int64_t
trail_distance(const struct vsym *s, const struct order *o)
{
	int64_t d, tick = s->in->tick > 0 ? s->in->tick : 1;

	if (!o->has_trail_pct)
		return o->trail;
	if (!num_nano_of(num_of_nano(o->extreme) * o->trail_pct / 100, &d))
		return o->extreme;
	return (int64_t)num_div_even(d, tick) * tick;
}

/* Move a trailing stop by the best price for it, as the buyer's side sees it; it only tightens. */
static void
trail(const struct vsym *s, struct order *o, int64_t best)
{
	int64_t dir = IS_BUY(o) ? 1 : -1, stop;

	if (o->triggered)
		return;
	if (o->extreme == 0 || best < dir * o->extreme)
		o->extreme = dir * best;
	stop = o->extreme + dir * trail_distance(s, o);
	if (o->stop != 0 && dir * stop >= dir * o->stop)
		return;
	if (o->type == W_ord_trailing_stop_limit) {
		if (o->stop == 0)
			o->offset = o->limit - stop;
		else if (o->offset == 0)
			o->offset = o->limit - o->stop;
		o->limit = stop + o->offset;
	}
	o->stop = stop > 0 ? stop : 1;
}

/* The stop that a trailing order starts with: from the price when it arrived, its parent's fill,
 * or else the first open it meets. */
void
match_trail_start(const struct vsym *s, struct order *o, int64_t px)
{
	if (o->extreme == 0)
		o->extreme = px;
	if (o->stop == 0)
		trail(s, o, IS_BUY(o) ? o->extreme : -o->extreme);
}

static bool
is_trailing(const struct order *o)
{
	return o->type == W_ord_trailing_stop || o->type == W_ord_trailing_stop_limit;
}

/* After the phases: what was for this record only ends, trailing stops move. */
static int
after_phases(struct account *a, struct vsym *s, struct event *ev)
{
	for (struct order *o = s->first; o; o = o->snext) {
		int rc = 0;

		if (o->state != O_WORKING || ev->start < o->after || o->skip > 0)
			continue;
		if (o->tif == W_tif_ioc || o->tif == W_tif_fok)
			rc = order_end(a, o, W_ostat_canceled, ev->start, "not filled at once");
		else if (behaviour(o) == B_OPEN && ev->new_session)
			rc = order_end(a, o, W_ostat_expired, ev->start, "the opening has passed");
		else if (behaviour(o) == B_CLOSE && ev->whole_day)
			rc = order_end(a, o, W_ostat_expired, ev->known, "the close has passed");
		else if (is_trailing(o))
			trail(s, o, view_of(o, ev).lo);
		if (rc)
			return rc;
	}
	return 0;
}

int
match_event(struct account *a, struct vsym *s, struct event *ev)
{
	enum phase first = a->o.optimistic ? LIMITS : STOPS,
		   second = a->o.optimistic ? STOPS : LIMITS;
	int rc;

	a->event++;
	a->children = false;
	rc = before_phases(a, s, ev);
	for (struct order *o = s->first; o; o = o->snext)
		if (is_trailing(o) && ready(a, o, ev))
			match_trail_start(s, o, IS_BUY(o) ? ev->buy.o : ev->sell.o);
	if (!rc)
		rc = run_phase(a, s, ev, AT_OPEN, false);
	if (!rc)
		rc = run_phase(a, s, ev, first, false);
	if (!rc)
		rc = run_phase(a, s, ev, second, false);
	/* A child whose parent filled inside this bar: whether the bar reached it before or after,
	 * nobody knows; the worse (or with `best` the better) is taken. */
	if (!rc && a->children)
		rc = run_phase(a, s, ev, first, true);
	if (!rc)
		rc = run_phase(a, s, ev, AT_CLOSE, false);
	if (!rc)
		rc = after_phases(a, s, ev);
	return rc;
}
