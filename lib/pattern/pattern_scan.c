#include "pattern/pattern_scan.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/tim.h"
#include "mkt/quality.h"
#include "pattern/scan.h"

#define OFF(field) OPT_OFF(struct scan, o.field)

static const struct opt scan_options[] = {
	{ .kind = OPT_LIST,
	    .name = "candles",
	    .arg = "LIST",
	    .help = "TA-Lib's candlestick functions: all, or a list such as "
		    "engulfing,morningstar=0.25 (with a penetration)",
	    .choices = "all",
	    .off = OFF(candles) },
	{ .kind = OPT_LIST,
	    .name = "chart",
	    .arg = "LIST",
	    .help = "chart patterns: all, or a list such as double_top,bull_flag",
	    .choices = "all",
	    .off = OFF(chart) },
	{ .kind = OPT_CHOICE,
	    .name = "rules",
	    .arg = "NAME",
	    .help = "other candlestick rules: chen-tsai",
	    .dflt = "none",
	    .choices = "none|chen-tsai",
	    .off = OFF(rules) },
	{ .kind = OPT_TIME,
	    .name = "fit-until",
	    .arg = "TIME",
	    .help = "chen-tsai: fit its threshold on the bars complete by TIME, apply it after",
	    .off = OFF(fit_until) },
	{ .kind = OPT_STR,
	    .name = "params",
	    .arg = "FILE",
	    .help = "chen-tsai: thresholds that --save-params wrote",
	    .off = OFF(params_file) },
	{ .kind = OPT_STR,
	    .name = "save-params",
	    .arg = "FILE",
	    .help = "chen-tsai: write what was fitted",
	    .off = OFF(save_params) },
	{ .kind = OPT_FLAG,
	    .letter = 'f',
	    .name = "features",
	    .help = "write a features record a bar as well: what was last found, faded",
	    .off = OFF(features) },
	{ .kind = OPT_INT,
	    .name = "half-life",
	    .arg = "BARS",
	    .help = "of a value among the features",
	    .dflt = "5",
	    .off = OFF(half_life),
	    .lo = 1,
	    .hi = 10000 },
	{ .kind = OPT_F64,
	    .name = "min-score",
	    .arg = "SCORE",
	    .help = "chart patterns of this score and above; by default each type has its own",
	    .dflt = "0",
	    .off = OFF(min_score) },
	{ .kind = OPT_STR,
	    .name = "svg",
	    .arg = "FILE",
	    .help = "draw the last bars of each series and the chart patterns found",
	    .off = OFF(svg) },
	{ .kind = OPT_STR,
	    .letter = 'i',
	    .name = "interval",
	    .arg = "INTERVAL",
	    .help = "use only bars of this interval, such as 1m",
	    .off = OFF(interval) },
	{ .kind = OPT_END },
};

static int
open_candles(struct scan *s, struct err *e)
{
	candle_opts_init(&s->candle_opts);
	for (size_t i = 0; i < s->o.candles.n; i++) {
		const char *v = s->o.candles.v[i];
		int rc = candle_opts_parse(&s->candle_opts, v, strlen(v), e);

		if (rc < 0)
			return err_wrap(e, "--candles");
	}
	s->use_candles = s->o.candles.n > 0 || (s->o.rules == RULES_NONE && s->o.chart.n == 0);
	return 0;
}

static int
open_rules(struct scan *s, struct err *e)
{
	bool fits = s->o.fit_until != TIM_NONE;
	const char *alone = fits               ? "--fit-until"
			    : s->o.params_file ? "--params"
			    : s->o.save_params ? "--save-params"
					       : NULL;

	if (alone && s->o.rules != RULES_CHEN_TSAI)
		return err_set(e, ERR_USAGE, "%s goes with --rules chen-tsai", alone);
	if (fits && s->o.params_file)
		return err_set(e, ERR_USAGE, "--fit-until and --params exclude each other");
	if (s->o.save_params && !fits)
		return err_set(e, ERR_USAGE, "--save-params needs --fit-until");
	return s->o.params_file ? scan_params_load(s, s->o.params_file, e) : 0;
}

static int
scan_open(struct stage *st)
{
	struct scan *s = (struct scan *)st;
	struct err *e = st->env->err;
	int rc = open_candles(s, e);

	if (rc == 0)
		rc = open_rules(s, e);
	if (rc == 0)
		rc = scan_chart_open(s, e);
	if (rc < 0)
		return rc;
	if (s->o.features)
		scan_features_open(s);
	return 0;
}

/* ---- bars ---- */

/* Whether the detectors may see a bar: closed, clean, of the interval asked for. */
static bool
usable(struct scan *s, const struct rec *r)
{
	static const uint32_t bad = Q_BIT(Q_NEGATIVE_PRICE) | Q_BIT(Q_ZERO_PRICE) |
				    Q_BIT(Q_NONPOSITIVE_SIZE) | Q_BIT(Q_HIGH_LT_LOW);

	if (!r->sym || (rec_has(r, F_bar_partial) && r->bar.partial))
		return false;
	if (s->o.interval &&
	    !(rec_has(r, F_bar_interval) && str_eqz(r->bar.interval, s->o.interval)))
		return false;
	if (!quality_ok(r) || (quality_alone(r) & bad)) {
		s->dirty++;
		return false;
	}
	if (rec_has(r, F_bar_rev) && r->bar.rev > 0) {
		s->revised++;
		return false;
	}
	return true;
}

/* Made to fill an interval in which nothing was traded. */
static bool
is_filled(const struct rec *r)
{
	const struct rec_bar *b = &r->bar;

	return rec_has(r, F_bar_gap) && b->gap && b->open == b->high && b->high == b->low &&
	       b->low == b->close && (!rec_has(r, F_bar_volume) || b->volume == 0);
}

static int
push_bar(struct scan *s, const struct rec *r)
{
	struct scan_series *x;

	if (!usable(s, r))
		return 0;
	s->any = true;
	x = scan_series_get(s, r);
	if (x->bars && (r->ts < x->last_ts || rec_known(r) < x->last_end ||
			   (r->ts == x->last_ts && rec_known(r) == x->last_end))) {
		s->late++;
		return 0;
	}
	if (is_filled(r)) {
		s->filled++;
		x->unbroken = 0;
		return 0;
	}
	return scan_series_bar(s, x, r);
}

static void
push_corporate(struct scan *s, const struct rec *r)
{
	double ratio = rec_split(r);

	if (ratio <= 0)
		return;
	struct scan_by_sym *y = MEM_AT(s->by_sym, s->nby_sym, r->sym->id);
	for (size_t i = 0; i < y->n; i++)
		scan_series_split(s, s->series[y->at[i]], ratio);
}

static int
scan_push(struct stage *st, const struct rec *r)
{
	struct scan *s = (struct scan *)st;
	int rc = stage_emit(st, r);

	if (rc < 0)
		return rc;
	if (r->type == REC_bar)
		return push_bar(s, r);
	if (r->type == REC_corporate_action)
		push_corporate(s, r);
	else
		s->other++;
	return 0;
}

static int
scan_flush(struct stage *st)
{
	struct scan *s = (struct scan *)st;

	if (s->other && !s->any)
		stage_note(st, 1,
		    "%llu trades and quotes came but no bars, so nothing was found; give it "
		    "bars: bar-agg",
		    (unsigned long long)s->other);
	if (s->revised)
		stage_note(st, 1,
		    "%llu revised bars came; the patterns are those of the first versions",
		    (unsigned long long)s->revised);
	if (s->dirty)
		stage_note(st, 1, "%llu bars were not used: their prices cannot be right",
		    (unsigned long long)s->dirty);
	if (s->late)
		stage_note(st, 1, "%llu bars were not newer than the one before and not used",
		    (unsigned long long)s->late);
	if (s->o.svg && scan_svg_write(s, st->env->err) < 0)
		return st->env->err->code;
	if (!s->o.save_params)
		return 0;
	for (size_t i = 0; i < s->nseries; i++)
		scan_series_fit(s->series[i]);
	return scan_params_save(s, s->o.save_params, st->env->err);
}

static void
scan_close(struct stage *st)
{
	struct scan *s = (struct scan *)st;

	for (size_t i = 0; i < s->nseries; i++)
		scan_series_free(s->series[i]);
	for (size_t i = 0; i < s->nby_sym; i++)
		free(s->by_sym[i].at);
	free(s->by_sym);
	free(s->series);
	buf_free(&s->chart_text);
	scan_features_close(s);
	scan_params_free(s);
}

const struct stage_kind pattern_scan_kind = {
	.name = "pattern-scan",
	.about = "find candlestick and chart patterns in bars",
	.opts = scan_options,
	.size = sizeof(struct scan),
	.takes = REC_MARKET | REC_BIT(corporate_action),
	.gives = REC_BIT(pattern) | REC_BIT(features),
	.main_type = REC_pattern,
	.csv_columns = "ts,sym,interval,name,state,direction,value,score,p,start,end,target,stop",
	.open = scan_open,
	.push = scan_push,
	.flush = scan_flush,
	.close = scan_close,
};
