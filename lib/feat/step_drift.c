/*
 * The step `drift`: --fit-drift keeps what the columns were like in a training span, --drift
 * watches how far they have gone from it, and tells by `alert` and `status` records.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tim.h"
#include "feat/drift.h"
#include "feat/scale.h"
#include "feat/steps.h"
#include "io/out.h"
#include "stage/stage.h"

#define CHECKS 20 /* a window: how often it is looked at */
#define BACK 0.8  /* of the limit: below, the alarm is over */

enum alarm { PSI, KS, MISSING, ALARMS };
static const char *const rules[ALARMS] = { "drift_psi", "drift_ks", "drift_missing" };

struct watched {
	const struct feat_drift_col *ref;
	size_t col; /* of the plan */
	struct feat_drift_window w;
	bool seen; /* it had values in more than half of a window once */
	bool on[ALARMS];
	double psi, ks;
};

struct drift {
	struct feat_drift_ref ref;
	struct watched *v;
	size_t n;
	const struct feat_step_opts *o;
	uint64_t rows, every;
	int64_t told; /* last status */
	struct buf text;
	/* fitting */
	bool fit;
	size_t *col;
	struct feat_sample *sample;
};

static int
open_fit(struct drift *m, const struct feat_plan *plan, struct err *e)
{
	if (m->o->fit_until == TIM_NONE)
		return err_set(e, ERR_USAGE,
		    "--fit-drift needs --fit-until TIME: the reference span ends there");
	m->fit = true;
	m->col = mem_array(plan->n, sizeof *m->col);
	m->sample = mem_array(plan->n, sizeof *m->sample);
	for (size_t i = 0; i < plan->n; i++)
		if (!plan->cols[i].hidden) {
			feat_sample_init(&m->sample[m->n], m->n + 1);
			m->col[m->n++] = i;
		}
	return 1;
}

static int
open_watch(struct feat_step *s, struct drift *m, const struct feat_plan *plan, struct err *e)
{
	int rc = feat_drift_read(&m->ref, m->o->drift, e);

	if (rc)
		return err_wrap(e, "--drift");
	m->every = (uint64_t)m->o->drift_window / CHECKS + 1;
	m->told = TIM_NONE;
	m->v = mem_array(m->ref.n, sizeof *m->v);
	for (size_t i = 0; i < m->ref.n; i++) {
		const struct feat_drift_col *c = &m->ref.cols[i];
		ptrdiff_t col = feat_plan_find(plan, str_z(c->name));

		if (col < 0) {
			stage_note(s->st, 1,
			    "--drift %s has a column '%s' that is not computed here", m->o->drift,
			    c->name);
			continue;
		}
		m->v[m->n].ref = c;
		m->v[m->n].col = (size_t)col;
		feat_drift_window_init(&m->v[m->n++].w, (uint32_t)m->o->drift_window);
	}
	if (m->n == 0)
		return err_set(
		    e, ERR_USAGE, "--drift %s has none of the columns here", m->o->drift);
	return 1;
}

static int
drift_open(struct feat_step *s, struct feat_plan *plan, struct err *e)
{
	const struct feat_step_opts *o = s->opts;

	if (!o->fit_drift && !o->drift)
		return 0;
	struct drift *m = s->state = mem_alloc(sizeof *m);
	m->o = o;
	if (o->fit_drift && o->drift)
		return err_set(e, ERR_USAGE,
		    "--fit-drift and --drift: one to make the reference, then the other");
	if (o->drift_psi <= 0 || o->drift_ks <= 0)
		return err_set(e, ERR_USAGE, "--%s must be above 0",
		    o->drift_psi <= 0 ? "drift-psi" : "drift-ks");
	return o->fit_drift ? open_fit(m, plan, e) : open_watch(s, m, plan, e);
}

/* ---- telling ---- */

static void
put3(struct buf *b, double v)
{
	buf_printf(b, "%.3f", v);
}

static int
alert(
    struct feat_step *s, int64_t ts, const struct watched *x, enum alarm k, double v, double limit)
{
	struct drift *m = s->state;
	struct rec r;

	buf_clear(&m->text);
	if (k == MISSING) {
		buf_printf(&m->text, "%s: %s in the last %u rows", x->ref->name,
		    x->on[k] ? "no values in more than half" : "values again", x->w.have);
	} else {
		buf_printf(&m->text, "%s: %s ", x->ref->name, k == PSI ? "PSI" : "KS");
		put3(&m->text, v);
		buf_puts(&m->text, x->on[k] ? " above " : " back below ");
		put3(&m->text, x->on[k] ? limit : BACK * limit);
		buf_printf(&m->text, " over %u rows", x->w.have);
	}
	rec_init(&r, REC_alert, ts, NULL);
	rec_set(&r, F_alert_severity, r.alert.severity, x->on[k] ? W_sev_warn : W_sev_info);
	rec_set(&r, F_alert_rule, r.alert.rule, str_z(rules[k]));
	rec_set(&r, F_alert_text, r.alert.text, buf_str(&m->text));
	rec_set(&r, F_alert_value, r.alert.value, v);
	rec_set(&r, F_alert_limit, r.alert.limit, limit);
	return stage_emit(s->st, &r);
}

/* On above the limit, off below BACK of it. */
static int
judge(struct feat_step *s, int64_t ts, struct watched *x, enum alarm k, double v, double limit)
{
	bool on = x->on[k] ? v >= BACK * limit : v > limit;

	if (on == x->on[k])
		return 0;
	x->on[k] = on;
	return alert(s, ts, x, k, v, limit);
}

static int
check(struct feat_step *s, struct drift *m, struct watched *x, int64_t ts)
{
	const struct feat_drift_window *w = &x->w;
	int rc;

	if (w->have < w->size)
		return 0;
	bool enough = w->values > w->size / 2;
	x->seen |= enough;
	if (x->seen) {
		rc = judge(s, ts, x, MISSING, 1 - (double)w->values / w->size, 0.5);
		if (rc < 0)
			return rc;
	}
	if (!enough)
		return 0;
	x->psi = feat_drift_psi(w, x->ref);
	x->ks = feat_drift_ks(w, x->ref);
	rc = judge(s, ts, x, PSI, x->psi, m->o->drift_psi);
	return rc < 0 ? rc : judge(s, ts, x, KS, x->ks, m->o->drift_ks);
}

static bool
alarmed(const struct watched *x)
{
	return x->on[PSI] || x->on[KS] || x->on[MISSING];
}

/* How many columns are off, and the one that is furthest. */
static int
status(struct feat_step *s, struct drift *m, int64_t ts)
{
	const struct watched *worst = &m->v[0];
	struct rec r;
	size_t off = 0;

	for (size_t i = 0; i < m->n; i++) {
		off += alarmed(&m->v[i]);
		if (m->v[i].psi > worst->psi)
			worst = &m->v[i];
	}
	m->told = ts;
	buf_clear(&m->text);
	buf_printf(
	    &m->text, "%zu of %zu columns drifted; furthest %s: PSI ", off, m->n, worst->ref->name);
	put3(&m->text, worst->psi);
	buf_puts(&m->text, ", KS ");
	put3(&m->text, worst->ks);
	rec_init(&r, REC_status, ts, NULL);
	rec_set(&r, F_status_source, r.status.source, str_z("feat-calc:drift"));
	rec_set(&r, F_status_state, r.status.state, off ? W_sstate_degraded : W_sstate_alive);
	rec_set(&r, F_status_text, r.status.text, buf_str(&m->text));
	rec_set(&r, F_status_records, r.status.records, (int64_t)m->rows);
	return stage_emit(s->st, &r);
}

static int
watch(struct feat_step *s, struct drift *m, const struct feat_row *r)
{
	bool look = ++m->rows % m->every == 0;

	for (size_t i = 0; i < m->n; i++) {
		struct watched *x = &m->v[i];

		feat_drift_push(&x->w, x->ref, r->v[x->col]);
		int rc = look ? check(s, m, x, r->ts_end) : 0;
		if (rc < 0)
			return rc;
	}
	if (!m->o->drift_status)
		return FEAT_PASS;
	if (m->told == TIM_NONE)
		m->told = r->ts_end;
	return r->ts_end - m->told >= m->o->drift_status ? status(s, m, r->ts_end) : FEAT_PASS;
}

static int
drift_row(struct feat_step *s, struct feat_row *r)
{
	struct drift *m = s->state;

	if (!m->fit)
		return watch(s, m, r);
	if (r->ts_end > m->o->fit_until)
		return FEAT_PASS;
	if (m->ref.rows++ == 0)
		m->ref.from = r->ts_end;
	m->ref.to = r->ts_end;
	for (size_t k = 0; k < m->n; k++)
		if (!isnan(r->v[m->col[k]]))
			feat_sample_add(&m->sample[k], r->v[m->col[k]]);
	return FEAT_PASS;
}

static int
drift_flush(struct feat_step *s)
{
	struct drift *m = s->state;
	struct buf out = { 0 };

	if (!m->fit)
		return 0;
	if (m->ref.rows == 0) {
		stage_note(
		    s->st, 1, "no row before --fit-until, so %s was not written", m->o->fit_drift);
		return 0;
	}
	m->ref.cols = mem_array(m->n, sizeof *m->ref.cols);
	for (size_t k = 0; k < m->n; k++) {
		const char *name = s->plan->cols[m->col[k]].name;
		struct feat_drift_col *c = &m->ref.cols[m->ref.n];

		if (m->sample[k].n == 0)
			continue; /* never ready in the span: nothing to compare with */
		m->ref.n++;
		c->name = mem_dup(name, strlen(name));
		c->count = m->sample[k].seen;
		feat_sample_sort(&m->sample[k]);
		feat_drift_bins(c, m->sample[k].v, m->sample[k].n);
	}
	feat_drift_put(&m->ref, &out);
	int rc = io_file_replace(m->o->fit_drift, out.p, out.len, s->st->env->err);
	buf_free(&out);
	return rc;
}

static void
drift_close(struct feat_step *s)
{
	struct drift *m = s->state;

	if (!m)
		return;
	for (size_t i = 0; m->v && i < m->n; i++)
		feat_drift_window_free(&m->v[i].w);
	for (size_t i = 0; m->sample && i < m->n; i++)
		feat_sample_free(&m->sample[i]);
	feat_drift_free(&m->ref);
	buf_free(&m->text);
	free(m->v);
	free(m->col);
	free(m->sample);
	free(m);
}

const struct feat_step_kind feat_step_drift = {
	.name = "drift",
	.open = drift_open,
	.row = drift_row,
	.flush = drift_flush,
	.close = drift_close,
};
