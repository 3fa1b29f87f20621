#include "feat/frames.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "feat/calc.h"

#include "bars/grid.h"
#include "bars/run.h"
#include "base/mem.h"

struct frame {
	struct grid grid;
	char name[24];
	size_t fields;  /* plan column of the bar's first field */
	size_t *set_at; /* as calc's */
};

struct frame_state {
	struct bar_run run;
	struct span span; /* of the run */
	bool open;        /* there is one */
	bool off;         /* the series' own bars are longer */
	void **sets;
	double *sets_v; /* of the last closed bar */
	double fields[BAR_FIELDS];
};

/* ---- the plan ---- */

static void
columns(struct calc *c, struct frame *f)
{
	size_t k = 0;

	f->fields = c->plan.n;
	for (size_t i = 0; i < BAR_FIELDS; i++)
		feat_plan_add(&c->plan, true, "%s_%s", c->plan.cols[i].name, f->name);
	f->set_at = mem_array(c->set_cols, sizeof *f->set_at);
	for (size_t i = 0; i < c->nsets; i++)
		for (size_t j = 0; j < c->sets[i].n; j++, k++)
			f->set_at[k] = c->set_at[k] == SIZE_MAX
					   ? SIZE_MAX
					   : feat_plan_add(&c->plan, false, "%s_%s",
						 c->sets[i].names[j], f->name);
}

static int
add_frame(struct calc *c, const char *name, struct err *e)
{
	struct frame *f = &c->frames[c->nframes];
	struct bar_interval iv;

	if (strlen(name) >= sizeof f->name || !bar_interval_parse(str_z(name), &iv) ||
	    !bar_interval_is_time(&iv) ||
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.")])
		return err_set(e, ERR_USAGE,
		    "--timeframes: '%s' is no length of time such as 5m, 1h, 1d, 1w or 1mo", name);
	for (size_t i = 0; i < c->nframes; i++)
		if (strcmp(c->frames[i].name, name) == 0)
			return err_set(e, ERR_USAGE, "--timeframes: %s is given twice", name);
	c->nframes++;
	memcpy(f->name, name, strlen(name) + 1);
	grid_init(&f->grid, iv, c->sessions);
	columns(c, f);
	return 0;
}

int
frames_open(struct calc *c, struct err *e)
{
	const struct frames_opts *o = &c->o.frames;

	if (!o->names.n && (o->session || o->calendar))
		return err_set(
		    e, ERR_USAGE, "--%s is for --timeframes", o->session ? "session" : "calendar");
	if (o->calendar && !o->session)
		return err_set(e, ERR_USAGE, "--calendar needs --session");
	if (o->session && !(c->sessions = sessions_open(o->session, o->calendar, e)))
		return err_wrap(e, "--session");
	c->frames = mem_array(o->names.n, sizeof *c->frames);
	for (size_t i = 0; i < o->names.n; i++) {
		int rc = add_frame(c, o->names.v[i], e);

		if (rc < 0)
			return rc;
	}
	return 0;
}

void
frames_close(struct calc *c)
{
	for (size_t i = 0; i < c->nframes; i++)
		free(c->frames[i].set_at);
	free(c->frames);
	sessions_free(c->sessions);
}

/* ---- one series ---- */

static void
missing(double *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		v[i] = NAN;
}

struct frame_state *
frames_start(struct calc *c)
{
	struct frame_state *s = mem_array(c->nframes, sizeof *s);

	for (size_t i = 0; i < c->nframes; i++) {
		s[i].sets = calc_sets_start(c);
		s[i].sets_v = mem_array(c->set_cols, sizeof *s[i].sets_v);
		missing(s[i].sets_v, c->set_cols);
		missing(s[i].fields, BAR_FIELDS);
	}
	return s;
}

void
frames_stop(struct calc *c, struct frame_state *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < c->nframes; i++) {
		calc_sets_stop(c, s[i].sets);
		free(s[i].sets_v);
	}
	free(s);
}

/* ---- bars ---- */

/* The run is complete: its bar goes to the sets. */
static void
close_run(struct calc *c, struct frame_state *t)
{
	char extra[RUN_EXTRA];
	struct feat_bar b;
	struct rec o;

	t->open = false;
	rec_init(&o, REC_bar, t->span.label, NULL);
	rec_set(&o, F_bar_ts_end, o.bar.ts_end, t->span.hi);
	run_to_bar(&t->run, &o, extra);
	if (t->run.quote_epoch)
		run_put_quote(&t->run, &o);
	feat_bar_of(&b, &o);
	calc_fields(t->fields, &b);
	calc_sets_push(c, t->sets, &b, t->sets_v);
}

static int64_t
scaled(int64_t nano, double unit)
{
	int64_t out;

	return num_nano_of((double)nano / 1e9 * unit, &out) ? out : nano;
}

/* Prices and sizes as if there had been no split. The value traded stays what it was. */
static void
in_old_units(struct bar_piece *p, double unit)
{
	int64_t *const prices[] = { &p->open, &p->high, &p->low, &p->close };
	num_i128 *const sizes[] = { &p->volume, &p->buy, &p->sell };

	for (size_t i = 0; i < sizeof prices / sizeof *prices; i++)
		*prices[i] = scaled(*prices[i], unit);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		*sizes[i] = (num_i128)((double)*sizes[i] / unit);
}

static void
add_quote(struct bar_run *run, const struct rec *bar, double unit)
{
	if (!rec_has(bar, F_bar_bid) || !rec_has(bar, F_bar_ask))
		return;
	run->quote_epoch = 1;
	run->bid = scaled(bar->bar.bid, unit);
	run->ask = scaled(bar->bar.ask, unit);
}

/* false when a sum does not fit: the bar is then left as it was */
static void
add(struct frame_state *t, const struct span *span, const struct bar_piece *p)
{
	if (t->open) {
		struct bar_run before = t->run;

		if (!run_add(&t->run, p))
			t->run = before;
		return;
	}
	memset(&t->run, 0, sizeof t->run);
	run_start(&t->run, 1, p);
	t->span = *span;
	t->open = true;
}

/* Whether the series' bars are too long for the frame. Bars of ticks or volume go where they
 * begin, and are seen when they end. */
static bool
misfit(const struct calc_series *s, const struct frame *f, const struct span *span, bool daily,
    int64_t known)
{
	if (daily && f->grid.iv.kind != IV_FIXED)
		return false;
	return s->is_time && span->in && known > span->hi;
}

static void
push_frame(struct calc *c, struct calc_series *s, struct frame *f, struct frame_state *t,
    const struct rec *bar)
{
	int64_t known = rec_known(bar);
	bool daily = bar_is_daily(bar);
	struct bar_piece p;
	struct span span;

	piece_of_bar(&p, bar);
	if (s->unit != 1)
		in_old_units(&p, s->unit);
	if (t->open && p.ts >= t->span.hi)
		close_run(c, t);
	if (daily && !grid_of_date(&f->grid, tim_day(bar->ts), &p.ts))
		return;
	grid_at(&f->grid, p.ts, &span);
	if (misfit(s, f, &span, daily, known)) {
		t->off = true;
		stage_note(&c->base, 1, "%s: bars of %s are too long for the timeframe %s",
		    s->sym->name, s->interval[0] ? s->interval : "this length", f->name);
		return;
	}
	/* a flat bar says that nothing happened */
	if (span.in && !((p.has & RUN_COUNT) && p.count == 0 && p.volume == 0)) {
		add(t, &span, &p);
		add_quote(&t->run, bar, s->unit);
	}
	if (t->open && known >= t->span.hi)
		close_run(c, t);
}

void
frames_push(struct calc *c, struct calc_series *s, const struct rec *bar, double *v)
{
	for (size_t i = 0; i < c->nframes; i++) {
		struct frame *f = &c->frames[i];
		struct frame_state *t = &s->frames[i];

		if (!t->off)
			push_frame(c, s, f, t, bar);
		memcpy(v + f->fields, t->fields, sizeof t->fields);
		for (size_t k = 0; k < c->set_cols; k++)
			if (f->set_at[k] != SIZE_MAX)
				v[f->set_at[k]] = t->sets_v[k];
	}
}

void
frames_pretend(const struct calc *c, double *v)
{
	for (size_t i = 0; i < c->nframes; i++) {
		const struct frame *f = &c->frames[i];

		memcpy(v + f->fields, v, BAR_FIELDS * sizeof *v);
		for (size_t k = 0; k < c->set_cols; k++)
			if (f->set_at[k] != SIZE_MAX)
				v[f->set_at[k]] = v[c->set_at[k]];
	}
}
