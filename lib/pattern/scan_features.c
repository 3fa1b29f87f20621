/*
 * --features: one record a bar with the same columns always. A column holds the last value of
 * its function or rule (1 for TA-Lib's 100), halved every half-life; cdl.bull and cdl.bear are
 * the sums of those that look up and of those that look down. Of chart patterns, what is open.
 */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "pattern/scan.h"

#define FADED 1e-3      /* below this it is 0 */
#define LOOKBACK_MAX 14 /* of the candle functions */
#define COLUMNS_MAX (CANDLE_NFNS + CHEN_TSAI_NLABELS + 2 + CHART_NFEATURES)

/* The names stand behind one another in name_text, which may move until all are there. */
static void
add_column(struct scan *s, const char *room, const char *name)
{
	size_t at = s->name_text.len;

	buf_puts(&s->name_text, room);
	for (const char *p = name; *p; p++)
		buf_putc(&s->name_text, (char)tolower((unsigned char)*p));
	s->nums[s->ncolumns++].name.n = s->name_text.len - at;
}

void
scan_features_open(struct scan *s)
{
	uint64_t want = s->candle_opts.want ? s->candle_opts.want : CANDLE_ALL;
	const char *p;

	s->fade = num_exp(-num_log(2) / (double)s->o.half_life);
	s->nums = mem_array(COLUMNS_MAX, sizeof *s->nums);
	for (int f = 0; f < CANDLE_NFNS && s->use_candles; f++) {
		if (!(want >> f & 1))
			continue;
		s->column_fn[s->ncandles++] = (uint8_t)f;
		add_column(s, "cdl.", candle_infos[f].name + 3);
	}
	for (int l = 1; l < CHEN_TSAI_NLABELS && s->o.rules == RULES_CHEN_TSAI; l++) {
		s->nrules++;
		add_column(s, "chen_tsai.", chen_tsai_name((enum chen_tsai_label)l));
	}
	add_column(s, "cdl.", "bull");
	add_column(s, "cdl.", "bear");
	for (size_t i = 0; i < CHART_NFEATURES && s->use_chart; i++)
		add_column(s, "", chart_feature_name(i));
	p = buf_z(&s->name_text);
	for (size_t i = 0; i < s->ncolumns; i++) {
		s->nums[i].name.p = p;
		p += s->nums[i].name.n;
	}
}

void
scan_features_fade(const struct scan *s, struct scan_series *x)
{
	for (size_t i = 0; i < s->ncandles + s->nrules; i++) {
		double v = x->faded[i] * s->fade;

		x->faded[i] = fabs(v) < FADED ? 0 : v;
	}
}

void
scan_features_candles(
    const struct scan *s, struct scan_series *x, const struct candle_hit *hits, size_t n)
{
	/* both in the order of the functions */
	for (size_t k = 0, i = 0; k < n; k++) {
		while (s->column_fn[i] != hits[k].fn)
			i++;
		x->faded[i] = hits[k].value / 100.0;
	}
}

void
scan_features_rule(const struct scan *s, struct scan_series *x, enum chen_tsai_label l)
{
	x->faded[s->ncandles + l - 1] = chen_tsai_direction(l);
}

int
scan_features_emit(struct scan *s, struct scan_series *x, const struct rec *bar)
{
	double bull = 0, bear = 0;
	struct rec r;

	if (x->bars <= LOOKBACK_MAX)
		return 0; /* not ready */
	for (size_t i = 0; i < s->ncandles + s->nrules; i++) {
		double v = s->nums[i].v = x->faded[i];

		if (i < s->ncandles && candle_infos[s->column_fn[i]].undirected)
			continue;
		if (v > 0)
			bull += v;
		else
			bear -= v;
	}
	s->nums[s->ncandles + s->nrules].v = bull;
	s->nums[s->ncandles + s->nrules + 1].v = bear;
	if (x->chart) {
		double chart[CHART_NFEATURES];

		chart_scan_features(x->chart, chart);
		for (size_t i = 0; i < CHART_NFEATURES; i++)
			s->nums[s->ncandles + s->nrules + 2 + i].v = chart[i];
	}
	rec_init(&r, REC_features, rec_known(bar), bar->sym);
	if (x->interval[0])
		rec_set(&r, F_features_interval, r.features.interval, str_z(x->interval));
	r.nums = s->nums;
	r.nnums = s->ncolumns;
	return stage_emit(&s->base, &r);
}

void
scan_features_close(struct scan *s)
{
	free(s->nums);
	buf_free(&s->name_text);
}
