#include "feat/feat_calc.h"

#include <math.h>
#include <stdlib.h>

#include "feat/calc.h"

#include "base/mem.h"
#include "mkt/quality.h"

#define O(field) OPT_OFF(struct calc, o.field)

static const struct opt calc_options[] = {
	{ .kind = OPT_TEXTS,
	    .letter = 's',
	    .name = "set",
	    .arg = "NAME[:ARGS]",
	    .off = O(sets),
	    .help = "core talib alpha158 micro, or a file of expressions; may be repeated (core)" },
	{ .kind = OPT_TEXTS,
	    .letter = 'e',
	    .name = "expr",
	    .arg = "TEXT",
	    .off = O(exprs),
	    .help = "NAME = EXPRESSION over the columns before it, may be repeated" },
	{ .kind = OPT_LIST,
	    .letter = 't',
	    .name = "timeframes",
	    .arg = "LIST",
	    .off = O(frames.names),
	    .help = "the sets on longer bars too, made of these: 5m,1h,1d" },
	{ .kind = OPT_STR,
	    .name = "session",
	    .arg = "NAME",
	    .off = O(frames.session),
	    .help = "trading hours of the longer bars, as bar-agg's: XNYS XNAS CMES FX 24x7" },
	{ .kind = OPT_STR,
	    .name = "calendar",
	    .arg = "FILE",
	    .off = O(frames.calendar),
	    .help = "holidays and half days that overrule the session's own, calendar(5)" },
	{ .kind = OPT_LIST,
	    .name = "only",
	    .arg = "LIST",
	    .off = O(only),
	    .help = "write only these columns; * and ? match any" },
	{ .kind = OPT_STR,
	    .name = "prefix",
	    .arg = "TEXT",
	    .off = O(prefix),
	    .help = "put TEXT before each column's name" },
	{ .kind = OPT_STR,
	    .letter = 'i',
	    .name = "interval",
	    .arg = "INTERVAL",
	    .off = O(interval),
	    .help = "use only bars of this interval, such as 1m" },
	{ .kind = OPT_CHOICE,
	    .name = "splits",
	    .arg = "HOW",
	    .off = O(splits),
	    .dflt = "adjust",
	    .choices = "adjust|reset|ignore",
	    .help = "at a split: go on as if there was none, begin anew, or see a jump" },
	{ .kind = OPT_INT,
	    .name = "every",
	    .arg = "N",
	    .off = O(every),
	    .dflt = "1",
	    .lo = 1,
	    .hi = INT64_C(1) << 40,
	    .help = "write every Nth row of a series" },
	{ .kind = OPT_FLAG,
	    .name = "last",
	    .off = O(last),
	    .help = "write only the last row of each series, at the end of the input" },
	{ .kind = OPT_GROUP, .group = feat_step_options, .off = O(steps) },
	{ .kind = OPT_END },
};

static int
calc_open(struct stage *st)
{
	struct calc *c = (struct calc *)st;

	return calc_plan_open(c, st->env->err);
}

/* ---- bars ---- */

/* Whether the columns may see a bar: closed, clean, of the interval asked for. */
static bool
usable(struct calc *c, const struct rec *r)
{
	if (!r->sym)
		return false;
	if (rec_has(r, F_bar_partial) && r->bar.partial)
		return false;
	if (c->o.interval &&
	    !(rec_has(r, F_bar_interval) && str_eqz(r->bar.interval, c->o.interval))) {
		c->other_interval++;
		return false;
	}
	if (!quality_ok(r)) {
		c->dirty++;
		return false;
	}
	if (rec_has(r, F_bar_rev) && r->bar.rev > 0) {
		c->revised++;
		return false;
	}
	return true;
}

/* A bar from before the newest, or a second one of the same time, comes too late. */
static bool
is_late(const struct calc_series *s, const struct rec *r)
{
	if (!s->nth)
		return false;
	return s->is_time ? r->ts <= s->last_ts : rec_known(r) < s->last_end;
}

static int
push_bar(struct calc *c, const struct rec *r)
{
	struct calc_series *s;
	struct feat_row *row;

	if (!usable(c, r))
		return 0;
	c->any = true;
	s = calc_series_get(c, r);
	if (is_late(s, r)) {
		c->late++;
		return 0;
	}
	row = calc_row_new(c);
	calc_series_push(c, s, r, row);
	return calc_row_put(c, row);
}

/* ---- splits ---- */

/* Ratios of a broken file must not carry prices out of what a double holds. */
static double
in_reach(double unit)
{
	return unit > 1e12 ? 1e12 : unit < 1e-12 ? 1e-12 : unit;
}

static void
push_corporate(struct calc *c, const struct rec *r)
{
	double ratio = rec_split(r);
	bool adjust = c->o.splits == SPLITS_ADJUST;

	if (ratio <= 0 || c->o.splits == SPLITS_IGNORE)
		return;
	struct calc_by_sym *y = MEM_AT(c->by_sym, c->nby_sym, r->sym->id);
	if (y->n && adjust && !c->units.known)
		units_measure(c);
	for (size_t i = 0; i < y->n; i++) {
		struct calc_series *s = c->series[y->at[i]];

		if (adjust)
			s->unit = in_reach(s->unit * ratio);
		else
			calc_series_reset(c, s);
	}
	for (size_t i = 0; i < c->nsteps; i++)
		if (c->steps[i].kind->split)
			c->steps[i].kind->split(&c->steps[i], r->sym, adjust ? ratio : NAN);
}

/* ---- the stage ---- */

static int
calc_push(struct stage *st, const struct rec *r)
{
	struct calc *c = (struct calc *)st;
	int rc = stage_emit(st, r);

	if (rc < 0)
		return rc;
	if (r->type == REC_bar)
		return push_bar(c, r);
	if (r->type == REC_corporate_action)
		push_corporate(c, r);
	else
		c->ticks++;
	return 0;
}

static int
calc_watermark(struct stage *st, const struct rec *wm)
{
	int rc = calc_rows_until((struct calc *)st, wm->ts);

	return rc < 0 ? rc : stage_emit(st, wm);
}

static void
tell(struct calc *c, uint64_t n, const char *what)
{
	if (n)
		stage_note(&c->base, 1, "%llu %s", (unsigned long long)n, what);
}

/* Who waits for a symbol that never came would see empty columns and no reason. */
static void
tell_absent(struct calc *c, const char *name, const char *what)
{
	const struct sym *y = symtab_find(c->base.env->syms, str_z(name));

	if (c->any && (!y || y->id >= c->nby_sym || !c->by_sym[y->id].n))
		stage_note(
		    &c->base, 1, "no bar of %s came, so %s is missing everywhere", name, what);
}

static void
tell_absent_symbols(struct calc *c)
{
	const struct expr_ref *refs;
	size_t n = c->prog ? expr_refs(c->prog, &refs) : 0;

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < i && strcmp(refs[k].sym, refs[i].sym) != 0)
			k++;
		if (k == i)
			tell_absent(c, refs[i].sym, "what reads it with @");
	}
	if (c->o.steps.benchmark)
		tell_absent(c, c->o.steps.benchmark, "what needs the --benchmark");
}

static int
calc_flush(struct stage *st)
{
	struct calc *c = (struct calc *)st;
	int rc = calc_rows_flush(c);

	tell(c, c->revised, "revised bars passed on; features that were written stay as they are");
	tell(c, c->late, "bars not used: not newer than the bar before");
	tell(c, c->dirty, "bars not used: marked dirty");
	if (c->ticks && !c->any)
		stage_note(st, 1,
		    "%llu trades and quotes came but no bars, so there are no features; give it "
		    "bars: bar-agg",
		    (unsigned long long)c->ticks);
	if (c->other_interval && !c->any)
		stage_note(st, 1, "%llu bars came, none of the interval %s",
		    (unsigned long long)c->other_interval, c->o.interval);
	tell_absent_symbols(c);
	return rc;
}

static void
calc_close(struct stage *st)
{
	struct calc *c = (struct calc *)st;

	for (size_t i = 0; i < c->nseries; i++)
		calc_series_free(c, c->series[i]);
	for (size_t i = 0; i < c->nby_sym; i++)
		free(c->by_sym[i].at);
	free(c->series);
	free(c->by_sym);
	free(c->cross);
	calc_rows_close(c);
	calc_plan_close(c);
}

const struct stage_kind feat_calc_kind = {
	.name = "feat-calc",
	.about = "turn bars into features: indicators, expressions, several timeframes",
	.opts = calc_options,
	.size = sizeof(struct calc),
	.takes = REC_MARKET | REC_BIT(corporate_action),
	.gives = REC_BIT(features),
	.main_type = REC_unknown,
	.open = calc_open,
	.push = calc_push,
	.watermark = calc_watermark,
	.flush = calc_flush,
	.close = calc_close,
};
