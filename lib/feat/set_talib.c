/*
 * The set talib: TA-Lib's indicators (ta.h). For feat-sets(7):
 *
 *	talib
 *		All 116 columns of TA-Lib's functions with their default parameters, of the bar's
 *own open, high, low, close and volume. Functions of one series take the close, functions of two
 *the close and the open. A column is named after its function in lower case: rsi, adx, ht_dcperiod;
 *one of several outputs has the output's name behind a dot: macd.macd, macd.macdsignal,
 *macd.macdhist, bbands.upperband, aroon.aroonup. acos and asin are left out, as prices above 1 have
 *none; they can be asked for. talib:CALL[,CALL...] Chosen indicators. A CALL is a function's name,
 *with parameters in parentheses in TA-Lib's order, the later ones at their defaults: rsi, rsi(21),
 *bbands(20,2,2), macd(12,26,9), stoch(14,3,sma,3,sma). Kinds of average are sma, ema, wma, dema,
 *tema, trima, kama, mama, t3 or TA-Lib's numbers 0 to 8. Behind a semicolon stand the series of
 *functions that take any: beta(5;high,low), sma(20;volume): open, high, low, close, volume. Without
 *parameters a column has its name of the whole set; else the name holds what was given and the
 *short name of one of several outputs: rsi_21, sma_20_volume, bbands_20_2_2_upper,
 *bbands_20_2_2_middle, bbands_20_2_2_lower, macd_12_26_9_signal, aroon_25_up, beta_5_high_low,
 *sar_0.02_0.2 (a minus sign becomes m).
 *
 *	A column is absent for as many bars as TA-Lib's lookback says, and where the function has no
 *	finite value (div by an open of 0, ln of 0, imi of bars without bodies). Cumulative ones
 *	(obv, ad) begin at the first bar of the stream; maxindex and its like count bars from there.
 *	A bar without volume makes the columns of volume absent from there on.
 *
 * Periods go from 2 (some from 1) to 100000, as in TA-Lib. The state of a series is about 14 KB for
 * the whole set; cci, avgdev, imi and the linear regressions take time in proportion to their
 * period, the others do not.
 */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "feat/set.h"
#include "feat/ta.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"

enum { MOST = 512 }; /* columns */

struct talib {
	struct ta_plan *plan;
};

static const char *const series_name[TA_SERIES] = { "open", "high", "low", "close", "volume" };

struct call {
	const struct ta_def *def;
	double param[TA_PARAMS]; /* NAN: default */
	size_t nparams;
	int series[TA_INPUTS];
	size_t nseries;
	struct buf name;        /* "rsi_21" */
	const char *text, *end; /* where it stands */
};

/* an output's name, lower case; the short one is without the function's name and "band" */
static void
put_output(struct buf *b, const struct ta_def *d, const char *out, bool brief)
{
	size_t len = strlen(out), own = strlen(d->name);

	if (brief && len > own && strncasecmp(out, d->name, own) == 0) {
		out += own;
		len -= own;
	} else if (brief && len > 4 && strncasecmp(out, "MACD", 4) == 0) {
		out += 4;
		len -= 4;
	}
	if (brief && len > 4 && strcmp(out + len - 4, "Band") == 0)
		len -= 4;
	for (size_t i = 0; i < len; i++)
		buf_printf(b, "%c", tolower((unsigned char)out[i]));
}

static int
add(struct feat_set *s, struct call *c, struct err *e)
{
	struct talib *t = s->params;
	size_t n = ta_noutputs(c->def);
	bool brief = c->nparams || c->nseries;
	int rc = ta_plan_add(t->plan, c->def, c->param, c->nseries ? c->series : NULL, e);

	if (rc < 0)
		return err_wrap(e, "talib");
	for (size_t i = 0; i < n; i++) {
		struct buf b = { 0 };

		buf_printf(&b, "%s", buf_z(&c->name));
		if (n > 1) {
			buf_printf(&b, brief ? "_" : ".");
			put_output(&b, c->def, c->def->out[i], brief);
		}
		for (size_t k = 0; k < s->n; k++)
			if (strcmp(s->names[k], buf_z(&b)) == 0)
				rc = err_set(e, ERR_USAGE, "talib: %s is there twice", buf_z(&b));
		if (rc >= 0)
			feat_set_add(s, "%s", buf_z(&b));
		buf_free(&b);
	}
	if (rc >= 0 && s->n > MOST)
		rc = err_set(e, ERR_USAGE, "talib: more than %d columns", MOST);
	return rc < 0 ? rc : 0;
}

static int
wrong(const struct call *c, const char *what, struct err *e)
{
	return err_set(e, ERR_USAGE, "talib: '%.*s': %s", (int)(c->end - c->text), c->text, what);
}

/* one parameter: a number, or the name of a kind of average */
static int
read_param(struct call *c, struct str w, struct err *e)
{
	const struct ta_param *p = &c->def->param[c->nparams];
	double v = NAN;
	char text[NUM_MAX], *end;

	if (c->nparams == ta_nparams(c->def))
		return wrong(c, "too many parameters", e);
	for (int i = 0; p->type == TA_AVERAGE && i < 9; i++)
		if (str_eqz(w, ta_average[i]))
			v = i;
	if (isnan(v) && !num_f64(w.p, w.n, &v))
		return err_set(e, ERR_USAGE, "talib: '%.*s': %s is '%.*s', not a number%s",
		    (int)(c->end - c->text), c->text, p->name, STR_FMT(w),
		    p->type == TA_AVERAGE
			? " or a kind of average (sma ema wma dema tema trima kama mama t3)"
			: "");
	c->param[c->nparams++] = v;
	if (p->type == TA_AVERAGE && v >= 0 && v < 9 && v == floor(v)) {
		buf_printf(&c->name, "_%s", ta_average[(int)v]);
		return 0;
	}
	end = num_put_f64(text, v);
	buf_printf(&c->name, "_");
	for (const char *q = text; q < end; q++)
		if (*q != '+')
			buf_printf(&c->name, "%c", *q == '-' ? 'm' : *q);
	return 0;
}

static int
read_series(struct call *c, struct str w, struct err *e)
{
	size_t free_inputs = 0;

	for (const char *q = c->def->in; *q; q++)
		free_inputs += *q == 'x' || *q == 'y';
	if (c->nseries == free_inputs)
		return wrong(c, free_inputs ? "too many series" : "its series cannot be chosen", e);
	for (int i = 0; i < TA_SERIES; i++)
		if (str_eqz(w, series_name[i])) {
			c->series[c->nseries++] = i;
			buf_printf(&c->name, "_%s", series_name[i]);
			return 0;
		}
	return err_set(e, ERR_USAGE,
	    "talib: '%.*s': there is no series '%.*s' (open high low close volume)",
	    (int)(c->end - c->text), c->text, STR_FMT(w));
}

/* what stands between the parentheses */
static int
read_args(struct call *c, const char *p, const char *end, struct err *e)
{
	size_t want = 0;
	bool series = false;
	int rc = 0;

	while (rc == 0 && p < end) {
		size_t n = strcspn(p, ",;)");
		struct str w = { p, n };

		if (n || p[n] != ';' || series)
			rc = series ? read_series(c, w, e) : read_param(c, w, e);
		series = series || p[n] == ';';
		if (rc == 0 && p[n] != ')' && p + n + 1 == end)
			rc = wrong(c, "something is missing at its end", e);
		p += n + 1;
	}
	for (const char *q = c->def->in; *q; q++)
		want += *q == 'x' || *q == 'y';
	if (rc == 0 && c->nseries && c->nseries != want)
		rc = wrong(c, "it takes two series", e);
	return rc;
}

/* the call at *text; moves *text behind it and the comma */
static int
read_call(struct feat_set *s, const char **text, struct err *e)
{
	const char *p = *text;
	size_t n = strcspn(p, "(,");
	struct call c = { .def = ta_find(p, n), .text = p };
	int rc;

	c.end = p + n;
	if (*c.end == '(') {
		c.end = strchr(p, ')');
		c.end = c.end ? c.end + 1 : p + strlen(p);
	}
	if (!c.def)
		return err_set(e, ERR_USAGE,
		    n ? "talib: there is no function '%.*s'; feat-sets(7) lists them, as in rsi(21)"
		      : "talib: a function's name is missing%.*s",
		    (int)n, p);
	if (p[n] == '(' && c.end[-1] != ')')
		return wrong(&c, "')' is missing", e);
	if (*c.end && *c.end != ',')
		return err_set(
		    e, ERR_USAGE, "talib: '%s': expected ',' between two functions", c.end);
	if (*c.end == ',' && !c.end[1])
		return err_set(
		    e, ERR_USAGE, "talib: a function's name is missing behind the last ','");
	for (size_t i = 0; i < TA_PARAMS; i++)
		c.param[i] = NAN;
	for (size_t i = 0; i < n; i++)
		buf_printf(&c.name, "%c", tolower((unsigned char)p[i]));
	rc = p[n] == '(' ? read_args(&c, p + n + 1, c.end - 1, e) : 0;
	if (rc == 0)
		rc = add(s, &c, e);
	buf_free(&c.name);
	*text = *c.end ? c.end + 1 : c.end;
	return rc;
}

static int
whole_set(struct feat_set *s, struct err *e)
{
	for (size_t i = 0; i < ta_ndefs; i++) {
		struct call c = { .def = &ta_defs[i] };
		int rc;

		if (strcmp(c.def->name, "ACOS") == 0 || strcmp(c.def->name, "ASIN") == 0)
			continue;
		for (size_t k = 0; k < TA_PARAMS; k++)
			c.param[k] = NAN;
		for (const char *q = c.def->name; *q; q++)
			buf_printf(&c.name, "%c", tolower((unsigned char)*q));
		rc = add(s, &c, e);
		buf_free(&c.name);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int
talib_open(struct feat_set *s, const char *args, struct err *e)
{
	struct talib *t = mem_alloc(sizeof *t);
	int rc = 0;

	s->params = t;
	t->plan = ta_plan_new(1);
	if (args)
		do
			rc = read_call(s, &args, e);
		while (rc == 0 && *args);
	else
		rc = whole_set(s, e);
	if (rc < 0)
		return rc;
	ta_plan_ready(t->plan);
	s->state_size = ta_plan_state(t->plan);
	return 0;
}

static void
talib_push(const struct feat_set *s, void *state, const struct feat_bar *b, double *out)
{
	const struct talib *t = s->params;
	const double *in[TA_SERIES] = { &b->open, &b->high, &b->low, &b->close, &b->volume };
	double *to[MOST];

	for (size_t i = 0; i < s->n; i++)
		to[i] = out + i;
	ta_run(t->plan, state, in, 1, to);
	for (size_t i = 0; i < s->n; i++)
		if (!isfinite(out[i]))
			out[i] = NAN;
}

static void
talib_close(struct feat_set *s)
{
	struct talib *t = s->params;

	if (t)
		ta_plan_free(t->plan);
	free(t);
}

const struct feat_set_kind feat_set_talib = {
	.name = "talib",
	.about =
	    "TA-Lib's indicators: all 116 columns, or chosen ones: talib:rsi(14),bbands(20,2,2)",
	.open = talib_open,
	.push = talib_push,
	.close = talib_close,
};
