#include "bars/run.h"

#include "base/tim.h"

/* ---- "value":123.456 with up to 18 decimals ---- */

static size_t
put_value(char *o, num_i128 v)
{
	char digits[48] = { 0 };
	size_t n = 0, k = 0;
	int places = 18;

	memcpy(o, "\"value\":", 8);
	n = 8;
	if (v < 0) {
		o[n++] = '-';
		v = -v;
	}
	while (places > 0 && v % 10 == 0) {
		v /= 10;
		places--;
	}
	while (v > 0 || (int)k <= places) {
		digits[k++] = (char)('0' + (int)(v % 10));
		v /= 10;
	}
	while (k > 0) {
		if ((int)k == places)
			o[n++] = '.';
		o[n++] = digits[--k];
	}
	return n;
}

/* The decimal after "value": in extra keys; false when there is none or it is not plain. */
static bool
get_value(struct str extra, num_i128 *out)
{
	static const char key[] = "\"value\":";
	const char *p = extra.n > 8 ? memmem(extra.p, extra.n, key, 8) : NULL;
	const char *e = extra.p + extra.n;
	num_i128 v = 0;
	int places = -1, digits = 0;
	bool neg;

	if (!p || (p > extra.p && p[-1] != ','))
		return false;
	p += 8;
	neg = p < e && *p == '-';
	for (p += neg; p < e && *p != ','; p++) {
		if (*p == '.' && places < 0 && digits > 0) {
			places = 0;
			continue;
		}
		if (*p < '0' || *p > '9' || ++digits > 38 || (places >= 0 && ++places > 18))
			return false;
		if (__builtin_mul_overflow(v, (num_i128)10, &v) ||
		    __builtin_add_overflow(v, (num_i128)(*p - '0'), &v))
			return false;
	}
	for (places = places < 0 ? 0 : places; places < 18; places++)
		if (__builtin_mul_overflow(v, (num_i128)10, &v))
			return false;
	*out = neg ? -v : v;
	return digits > 0;
}

/* ---- bars in ---- */

/* Price times size summed: exact where the bar says it, else vwap times volume. */
static bool
bar_value(const struct rec *r, num_i128 *value)
{
	num_i128 product, exact, off;

	if (!rec_has(r, F_bar_vwap) || r->bar.volume < 0 ||
	    __builtin_mul_overflow(r->bar.volume, (num_i128)r->bar.vwap, &product))
		return false;
	*value = product;
	/* a value that is not vwap's before it was rounded belongs to something else */
	if (!get_value(r->extra, &exact) || __builtin_sub_overflow(exact, product, &off))
		return true;
	if (off <= r->bar.volume && -off <= r->bar.volume)
		*value = exact;
	return true;
}

void
piece_of_bar(struct bar_piece *p, const struct rec *r)
{
	const struct rec_bar *b = &r->bar;

	*p = (struct bar_piece){
		.ts = r->ts, .open = b->open, .high = b->high, .low = b->low, .close = b->close
	};
	if (rec_has(r, F_bar_volume)) {
		p->volume = b->volume;
		p->has |= RUN_VOLUME;
		if (b->volume && !bar_value(r, &p->value))
			p->has |= RUN_NO_VALUE;
	}
	if (rec_has(r, F_bar_count)) {
		p->count = b->count;
		p->has |= RUN_COUNT;
	} else {
		p->has |= RUN_NO_COUNT;
	}
	if (rec_has(r, F_bar_buy_volume) || rec_has(r, F_bar_sell_volume)) {
		p->buy = rec_has(r, F_bar_buy_volume) ? b->buy_volume : 0;
		p->sell = rec_has(r, F_bar_sell_volume) ? b->sell_volume : 0;
		p->has |= RUN_SIDED;
	}
	if (rec_has(r, F_bar_partial) && b->partial)
		p->has |= RUN_PARTIAL;
}

bool
bar_is_daily(const struct rec *r)
{
	struct str iv = r->bar.interval;
	char last;

	if (r->ts % TIM_DAY != 0)
		return false;
	if (!rec_has(r, F_bar_interval) || !iv.n)
		return !rec_has(r, F_bar_ts_end) || r->bar.ts_end - r->ts >= TIM_DAY;
	last = iv.p[iv.n - 1];
	return last == 'd' || last == 'w' || last == 'o';
}

/* ---- bars out ---- */

void
run_to_bar(const struct bar_run *b, struct rec *o, char extra[RUN_EXTRA])
{
	num_i128 product;

	rec_set(o, F_bar_open, o->bar.open, b->open);
	rec_set(o, F_bar_high, o->bar.high, b->high);
	rec_set(o, F_bar_low, o->bar.low, b->low);
	rec_set(o, F_bar_close, o->bar.close, b->close);
	if (b->has & RUN_VOLUME) {
		rec_set(o, F_bar_volume, o->bar.volume, b->volume);
		if (b->volume > 0 && !(b->has & RUN_NO_VALUE)) {
			rec_set(
			    o, F_bar_vwap, o->bar.vwap, (int64_t)num_div_even(b->value, b->volume));
			if (__builtin_mul_overflow(b->volume, (num_i128)o->bar.vwap, &product) ||
			    product != b->value)
				o->extra = (struct str){ extra, put_value(extra, b->value) };
		}
	}
	if ((b->has & (RUN_COUNT | RUN_NO_COUNT)) == RUN_COUNT)
		rec_set(o, F_bar_count, o->bar.count, b->count);
	if (b->has & RUN_SIDED) {
		rec_set(o, F_bar_buy_volume, o->bar.buy_volume, b->buy);
		rec_set(o, F_bar_sell_volume, o->bar.sell_volume, b->sell);
	}
	if (b->gap)
		rec_set(o, F_bar_gap, o->bar.gap, true);
	if (b->has & RUN_PARTIAL)
		rec_set(o, F_bar_partial, o->bar.partial, true);
	if (b->rev)
		rec_set(o, F_bar_rev, o->bar.rev, b->rev);
}

void
run_put_quote(const struct bar_run *b, struct rec *o)
{
	rec_set(o, F_bar_bid, o->bar.bid, b->bid);
	rec_set(o, F_bar_ask, o->bar.ask, b->ask);
	if (!__builtin_sub_overflow(b->ask, b->bid, &o->bar.spread))
		rec_mark(o, F_bar_spread);
}
