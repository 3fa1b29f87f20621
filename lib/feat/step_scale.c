/* The step `scale`: learn a scaler from a training span (--fit-scaler), or apply one (--scaler). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tim.h"
#include "feat/scale.h"
#include "feat/steps.h"
#include "io/out.h"
#include "stage/stage.h"

enum unknown { REFUSE, PASS, DROP };

struct scale {
	struct feat_scaler s; /* being made, or the file's */
	bool fit;
	const char *path;
	size_t *col; /* of the plan, for each of s.cols or f */
	const struct feat_scale_col **by;
	struct feat_scale_fit *f;
	size_t n;
};

/* Written columns are scaled; labels come later and are not. */
static int
open_fit(
    struct scale *m, const struct feat_step_opts *o, const struct feat_plan *plan, struct err *e)
{
	if (o->scaler)
		return err_set(e, ERR_USAGE,
		    "--fit-scaler and --scaler: one to learn, then the other to apply");
	if (o->fit_until == TIM_NONE)
		return err_set(e, ERR_USAGE,
		    "--fit-scaler needs --fit-until TIME: what the scaler may learn from ends "
		    "there");
	m->fit = true;
	m->path = o->fit_scaler;
	m->f = mem_array(plan->n, sizeof *m->f);
	m->s.kind = (enum feat_scale)o->scale;
	m->s.from = m->s.to = TIM_NONE;
	m->s.until = o->fit_until;
	for (size_t i = 0; i < plan->n; i++)
		if (!plan->cols[i].hidden) {
			feat_scale_fit_init(&m->f[m->n], m->n + 1);
			m->col[m->n++] = i;
		}
	return 1;
}

/* Columns and file must be the same, or the model behind would read other numbers than it learned
 * from. */
static int
open_apply(struct scale *m, const struct feat_step_opts *o, struct feat_plan *plan, struct err *e)
{
	int rc = feat_scaler_read(&m->s, o->scaler, e);

	if (rc)
		return err_wrap(e, "--scaler");
	m->by = mem_array(plan->n, sizeof *m->by);
	for (size_t i = 0; i < m->s.n && o->scaler_unknown == REFUSE; i++)
		if (feat_plan_find(plan, str_z(m->s.cols[i].name)) < 0)
			return err_set(e, ERR_USAGE,
			    "--scaler %s has a column '%s' that is not computed here "
			    "(--scaler-unknown pass lets that be)",
			    o->scaler, m->s.cols[i].name);
	for (size_t i = 0; i < plan->n; i++) {
		const struct feat_scale_col *c = feat_scaler_find(&m->s, plan->cols[i].name);

		if (plan->cols[i].hidden)
			continue;
		if (!c && o->scaler_unknown == REFUSE)
			return err_set(e, ERR_USAGE,
			    "--scaler %s does not know the column '%s' "
			    "(--scaler-unknown pass or drop lets that be)",
			    o->scaler, plan->cols[i].name);
		if (!c && o->scaler_unknown == DROP)
			plan->cols[i].hidden = true;
		if (!c)
			continue;
		m->by[m->n] = c;
		m->col[m->n++] = i;
	}
	return 1;
}

static int
scale_open(struct feat_step *s, struct feat_plan *plan, struct err *e)
{
	const struct feat_step_opts *o = s->opts;

	if (!o->fit_scaler && !o->scaler)
		return 0;
	struct scale *m = s->state = mem_alloc(sizeof *m);
	m->col = mem_array(plan->n, sizeof *m->col);
	return o->fit_scaler ? open_fit(m, o, plan, e) : open_apply(m, o, plan, e);
}

/* What a column of one interval is like says nothing of another's. */
static int
one_interval(struct feat_step *s, struct scale *m, const struct feat_row *r)
{
	if (!m->s.interval)
		m->s.interval = mem_dup(r->interval.p, r->interval.n);
	if (str_eqz(r->interval, m->s.interval))
		return 0;
	if (!m->fit)
		return stage_fail(s->st, ERR_DATA,
		    "bars of %.*s came, but the scaler is of bars of %s; choose with --interval",
		    STR_FMT(r->interval), m->s.interval);
	return stage_fail(s->st, ERR_DATA,
	    "bars of %.*s behind bars of %s: a scaler is for one interval; choose one with "
	    "--interval",
	    STR_FMT(r->interval), m->s.interval);
}

static int
scale_row(struct feat_step *s, struct feat_row *r)
{
	struct scale *m = s->state;

	if (!m->fit && m->s.interval && m->s.interval[0] && r->interval.n) {
		int rc = one_interval(s, m, r);

		if (rc)
			return rc;
	}
	if (!m->fit) {
		for (size_t k = 0; k < m->n; k++)
			r->v[m->col[k]] = feat_scale_apply(m->s.kind, m->by[k], r->v[m->col[k]]);
		return FEAT_PASS;
	}
	if (r->ts_end > m->s.until)
		return FEAT_PASS;
	int rc = one_interval(s, m, r);
	if (rc)
		return rc;
	if (m->s.rows++ == 0)
		m->s.from = r->ts_end;
	m->s.to = r->ts_end;
	for (size_t k = 0; k < m->n; k++)
		feat_scale_fit_add(&m->f[k], m->s.kind, r->v[m->col[k]]);
	return FEAT_PASS;
}

/* A scaler from nothing would be worse than none. */
static int
scale_flush(struct feat_step *s)
{
	struct scale *m = s->state;
	struct buf out = { 0 };

	if (!m->fit)
		return 0;
	if (m->s.rows == 0) {
		stage_note(s->st, 1, "no row before --fit-until, so %s was not written", m->path);
		return 0;
	}
	m->s.cols = mem_array(m->n, sizeof *m->s.cols);
	for (size_t k = 0; k < m->n; k++) {
		const char *name = s->plan->cols[m->col[k]].name;

		m->s.cols[k].name = mem_dup(name, strlen(name));
		feat_scale_fit_end(&m->f[k], m->s.kind, &m->s.cols[k]);
		m->s.n++;
	}
	feat_scaler_put(&m->s, &out);
	int rc = io_file_replace(m->path, out.p, out.len, s->st->env->err);
	buf_free(&out);
	return rc;
}

static void
scale_close(struct feat_step *s)
{
	struct scale *m = s->state;

	if (!m)
		return;
	for (size_t k = 0; m->f && k < m->n; k++)
		feat_scale_fit_free(&m->f[k]);
	feat_scaler_free(&m->s);
	free(m->f);
	free(m->col);
	free(m->by);
	free(m);
}

const struct feat_step_kind feat_step_scale = {
	.name = "scale",
	.open = scale_open,
	.row = scale_row,
	.flush = scale_flush,
	.close = scale_close,
};
