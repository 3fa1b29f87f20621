#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tim.h"
#include "feat/set.h"
#include "pattern/scan.h"

/* ---- the series of a symbol ---- */

/* What looks at prices, as at the beginning. */
static void
begin(struct scan *s, struct scan_series *x)
{
	x->unit = 1;
	if (s->use_candles)
		x->candles = candle_new(&s->candle_opts);
	if (s->use_chart)
		x->chart = chart_scan_new(&s->chart_opts);
	if (s->o.svg)
		x->picture = scan_svg_new();
	if (s->o.rules == RULES_CHEN_TSAI)
		/* no threshold, no labels, while it is being fitted */
		x->chen = chen_tsai_new(
		    x->fitted ? &x->params : &(struct chen_tsai_params){ .slope_atr = NAN });
}

static void
end(struct scan_series *x)
{
	candle_free(x->candles);
	chen_tsai_free(x->chen);
	chart_scan_free(x->chart);
	scan_svg_free(x->picture);
}

static struct scan_series *
series_new(struct scan *s, const struct rec *r, struct str interval)
{
	struct scan_series *x = mem_alloc(sizeof *x);

	x->sym = r->sym;
	x->interval = mem_dup(interval.n ? interval.p : "", interval.n);
	if (s->o.features)
		x->faded = mem_array(s->ncandles + s->nrules, sizeof *x->faded);
	if (s->o.rules == RULES_CHEN_TSAI) {
		const struct scan_param *p = scan_params_find(s, x->sym, x->interval);

		x->params = chen_tsai_default;
		if (p)
			x->params.slope_atr = p->slope_atr;
		x->fitted = s->o.fit_until == TIM_NONE;
	}
	begin(s, x);
	return x;
}

struct scan_series *
scan_series_get(struct scan *s, const struct rec *r)
{
	struct scan_by_sym *y = MEM_AT(s->by_sym, s->nby_sym, r->sym->id);
	struct str interval = { NULL, 0 };

	if (rec_has(r, F_bar_interval))
		interval = r->bar.interval;
	/* mostly the one of last time */
	for (size_t k = 0; k < y->n; k++) {
		size_t i = y->last + k < y->n ? y->last + k : y->last + k - y->n;

		if (str_eqz(interval, s->series[y->at[i]]->interval)) {
			y->last = i;
			return s->series[y->at[i]];
		}
	}
	struct scan_series *x = series_new(s, r, interval);
	*MEM_AT(s->series, s->cap, s->nseries) = x;
	*MEM_AT(y->at, y->cap, y->n) = (uint32_t)s->nseries++;
	y->last = y->n++;
	return x;
}

void
scan_series_free(struct scan_series *x)
{
	if (!x)
		return;
	end(x);
	free(x->strength);
	free(x->faded);
	free(x->interval);
	free(x);
}

static bool
believable(double ratio, double most)
{
	return ratio <= most && ratio >= 1 / most;
}

/*
 * What was before is made comparable, so that the split itself is no candle. No share was ever
 * split a million times over: such a ratio is a broken record, and would carry the old prices to
 * where a double has nothing left of their differences. The series then begins anew.
 */
void
scan_series_split(struct scan *s, struct scan_series *x, double ratio)
{
	x->unit *= ratio;
	if (!believable(ratio, 1e6) || !believable(x->unit, 1e12)) {
		end(x);
		begin(s, x);
		x->unbroken = 0;
		return;
	}
	if (x->candles)
		candle_split(x->candles, ratio);
	if (x->chen)
		chen_tsai_split(x->chen, ratio);
	if (x->chart)
		chart_scan_split(x->chart, ratio);
	if (x->picture)
		scan_svg_split(x->picture, ratio);
}

/* ---- what a bar completes ---- */

static int
emit_pattern(struct scan *s, const struct scan_series *x, const struct rec *bar, const char *name,
    int direction, unsigned span, const int16_t *value)
{
	struct rec r;

	rec_init(&r, REC_pattern, rec_known(bar), bar->sym);
	rec_set(&r, F_pattern_name, r.pattern.name, str_z(name));
	rec_set(&r, F_pattern_state, r.pattern.state, W_pstate_formed);
	rec_set(&r, F_pattern_direction, r.pattern.direction, direction);
	if (value)
		rec_set(&r, F_pattern_value, r.pattern.value, *value);
	rec_set(&r, F_pattern_start, r.pattern.start, x->ts[(x->bars - span) % SCAN_BARS]);
	rec_set(&r, F_pattern_end, r.pattern.end, bar->ts);
	if (x->interval[0])
		rec_set(&r, F_pattern_interval, r.pattern.interval, str_z(x->interval));
	return stage_emit(&s->base, &r);
}

static int
emit_candles(struct scan *s, const struct scan_series *x, const struct rec *bar,
    const struct candle_hit *hits, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct candle_hit *h = &hits[i];
		const struct candle_info *f = &candle_infos[h->fn];
		int sign = h->value > 0 ? 1 : -1;
		int rc =
		    emit_pattern(s, x, bar, f->name, f->undirected ? 0 : sign, h->span, &h->value);

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Hits whose first bar is on this side of the last hole; returns how many are left. */
static size_t
drop_broken(const struct scan_series *x, struct candle_hit *hits, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (hits[i].span <= x->unbroken)
			hits[kept++] = hits[i];
	return kept;
}

static int
push_candles(struct scan *s, struct scan_series *x, const struct rec *r, const struct feat_bar *b)
{
	struct candle_hit hits[CANDLE_NFNS];
	size_t n = candle_push(x->candles, b->open, b->high, b->low, b->close, hits);

	n = drop_broken(x, hits, n);
	if (s->o.features)
		scan_features_candles(s, x, hits, n);
	return emit_candles(s, x, r, hits, n);
}

/* ---- chen-tsai ---- */

void
scan_series_fit(struct scan_series *x)
{
	if (!x->chen || x->fitted)
		return;
	chen_tsai_fit(&x->params, x->strength, x->nstrength);
	x->fitted_on = x->nstrength;
	x->fitted = true;
	chen_tsai_set(x->chen, &x->params);
	free(x->strength);
	x->strength = NULL;
	x->nstrength = x->strength_cap = 0;
}

static int
push_rules(struct scan *s, struct scan_series *x, const struct rec *r, const struct feat_bar *b)
{
	enum chen_tsai_label l;

	if (!x->fitted && b->ts_end > s->o.fit_until)
		scan_series_fit(x);
	l = chen_tsai_push(x->chen, b);
	if (!x->fitted) {
		double v = chen_tsai_strength(x->chen);

		if (!isnan(v))
			*MEM_AT(x->strength, x->strength_cap, x->nstrength) = v, x->nstrength++;
		return 0;
	}
	if (l == CHEN_TSAI_NONE || (uint64_t)chen_tsai_span(l) > x->unbroken)
		return 0;
	if (s->o.features)
		scan_features_rule(s, x, l);
	return emit_pattern(
	    s, x, r, chen_tsai_name(l), chen_tsai_direction(l), (unsigned)chen_tsai_span(l), NULL);
}

int
scan_series_bar(struct scan *s, struct scan_series *x, const struct rec *r)
{
	struct feat_bar b;
	int rc = 0;

	feat_bar_of(&b, r);
	x->unbroken = b.gap ? 1 : x->unbroken + 1;
	x->ts[x->bars++ % SCAN_BARS] = r->ts;
	x->last_ts = r->ts;
	x->last_end = b.ts_end;
	if (s->o.features)
		scan_features_fade(s, x);
	if (x->candles)
		rc = push_candles(s, x, r, &b);
	if (rc == 0 && x->chen)
		rc = push_rules(s, x, r, &b);
	if (rc == 0 && x->chart)
		rc = scan_chart_push(s, x, r, &b);
	if (rc == 0 && s->o.features)
		rc = scan_features_emit(s, x, r);
	return rc;
}
