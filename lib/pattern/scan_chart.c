/* pattern-scan --chart: the events of a series' chart scan as records, and --svg's memory of them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/tim.h"
#include "pattern/scan.h"

int
scan_chart_open(struct scan *s, struct err *e)
{
	const struct opt_list *l = &s->o.chart;

	if (!(s->o.min_score >= 0 && s->o.min_score < 1))
		return err_set(e, ERR_USAGE, "--min-score must be from 0 to below 1");
	if (s->o.svg && l->n == 0)
		return err_set(e, ERR_USAGE, "--svg goes with --chart");
	s->use_chart = l->n > 0;
	s->chart_opts.min_score = s->o.min_score;
	for (size_t i = 0; i < l->n; i++) {
		enum chart_type t = chart_type_of(l->v[i], strlen(l->v[i]));

		if (t < CHART_NTYPES)
			s->chart_opts.types |= UINT32_C(1) << t;
		else if (strcmp(l->v[i], "all") != 0)
			return err_set(e, ERR_USAGE,
			    "--chart: '%s' is no chart pattern; all, or names such as %s, %s",
			    l->v[i], chart_name(CHART_DOUBLE_TOP), chart_name(CHART_BULL_FLAG));
		else
			s->chart_opts.types = UINT32_MAX;
	}
	return 0;
}

static uint8_t
word(enum chart_state st)
{
	static const uint8_t words[] = { W_pstate_formed, W_pstate_confirmed, W_pstate_failed,
		W_pstate_expired };

	return words[st];
}

/* [[time,price],...]; prices to the ninth decimal, as records have them */
static void
put_pivots(struct buf *b, const struct chart_event *ev)
{
	buf_clear(b);
	buf_putc(b, '[');
	for (size_t i = 0; i < ev->npivots; i++) {
		char at[TIM_LEN + 1] = { 0 }, num[NUM_MAX];
		int64_t nano;

		if (!num_nano_of(ev->pivots[i].price, &nano))
			continue;
		tim_put(at, ev->pivots[i].ts);
		buf_printf(b, "%s[\"%s\",", b->len > 1 ? "," : "", at);
		buf_put(b, num, (size_t)(num_put_price(num, nano) - num));
		buf_putc(b, ']');
	}
	buf_putc(b, ']');
}

/* What the callback of the scan needs of its bar. */
struct told {
	struct scan *s;
	struct scan_series *x;
	const struct rec *bar;
};

static int
emit_event(void *arg, const struct chart_event *ev)
{
	const struct told *t = arg;
	struct scan *s = t->s;
	struct rec r;
	int64_t nano;

	if (t->x->picture)
		scan_svg_event(t->x->picture, ev);
	rec_init(&r, REC_pattern, rec_known(t->bar), t->bar->sym);
	rec_set(&r, F_pattern_name, r.pattern.name, str_z(ev->name));
	rec_set(&r, F_pattern_state, r.pattern.state, word(ev->state));
	rec_set(&r, F_pattern_direction, r.pattern.direction, ev->direction);
	rec_set(&r, F_pattern_score, r.pattern.score, ev->score);
	rec_set(&r, F_pattern_p, r.pattern.p, ev->p);
	rec_set(&r, F_pattern_start, r.pattern.start, ev->start);
	rec_set(&r, F_pattern_end, r.pattern.end, ev->end);
	put_pivots(&s->chart_text, ev);
	rec_set(&r, F_pattern_pivots, r.pattern.pivots, buf_str(&s->chart_text));
	/* a measured move may lead below 0: then there is no such price */
	if (ev->target > 0 && num_nano_of(ev->target, &nano))
		rec_set(&r, F_pattern_target, r.pattern.target, nano);
	if (ev->stop > 0 && num_nano_of(ev->stop, &nano))
		rec_set(&r, F_pattern_stop, r.pattern.stop, nano);
	if (t->x->interval[0])
		rec_set(&r, F_pattern_interval, r.pattern.interval, str_z(t->x->interval));
	return stage_emit(&s->base, &r);
}

int
scan_chart_push(
    struct scan *s, struct scan_series *x, const struct rec *r, const struct feat_bar *b)
{
	struct told t = { s, x, r };

	if (x->picture)
		scan_svg_bar(x->picture, b);
	return chart_scan_push(x->chart, b, emit_event, &t);
}
