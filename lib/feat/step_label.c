/* The step `label`: --labels. Rows wait here until their label is known. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "feat/label.h"
#include "feat/steps.h"
#include "stage/stage.h"

struct pending {
	const struct sym *sym; /* NULL: nothing yet */
	struct feat_labeler *labels;
	struct feat_row **rows; /* a ring; those without a label so far, in order */
	size_t cap, first, n;
};

struct label {
	struct feat_label_spec spec;
	size_t out[3], nout; /* label, label_ret or label_t, label_bars */
	size_t *written;     /* columns of features */
	size_t nwritten;
	struct pending *series; /* by series */
	size_t series_cap;
	uint64_t unknown; /* rows that ended without */
};

static int
label_open(struct feat_step *s, struct feat_plan *plan, struct err *e)
{
	const struct feat_step_opts *o = s->opts;
	int rc;

	if (!o->labels)
		return 0;
	struct label *m = s->state = mem_alloc(sizeof *m);
	if (feat_label_parse(o->labels, &m->spec, e))
		return err_wrap(e, "--labels");
	m->written = mem_array(plan->n, sizeof *m->written);
	for (size_t i = 0; i < plan->n; i++)
		if (!plan->cols[i].hidden)
			m->written[m->nwritten++] = i;
	m->nout = m->spec.kind == FEAT_HORIZON ? 1 : 3;
	rc = feat_step_column(plan, "label", &m->out[0], e);
	if (rc == 0 && m->nout > 1)
		rc = feat_step_column(
		    plan, m->spec.kind == FEAT_BARRIER ? "label_ret" : "label_t", &m->out[1], e);
	if (rc == 0 && m->nout > 1)
		rc = feat_step_column(plan, "label_bars", &m->out[2], e);
	return rc ? rc : 1;
}

static struct pending *
series_of(struct label *m, const struct feat_row *r)
{
	struct pending *p = MEM_AT(m->series, m->series_cap, r->series);

	if (!p->sym) {
		p->sym = r->sym;
		p->labels = feat_labeler_new(&m->spec);
		p->cap = (size_t)m->spec.horizon + 2;
		p->rows = mem_array(p->cap, sizeof(struct feat_row *));
	}
	return p;
}

static void
series_free(struct label *m, struct pending *p)
{
	m->unknown += p->n;
	for (; p->n > 0; p->n--, p->first = (p->first + 1) % p->cap)
		feat_row_free(p->rows[p->first]);
	free(p->rows);
	feat_labeler_free(p->labels);
	*p = (struct pending){ 0 };
}

static bool
has_features(const struct label *m, const struct feat_row *r)
{
	for (size_t i = 0; i < m->nwritten; i++)
		if (!isnan(r->v[m->written[i]]))
			return true;
	return false;
}

/* The oldest row gets its label and goes. */
static int
leave(struct feat_step *s, struct pending *p, const struct feat_label *k)
{
	struct label *m = s->state;
	struct feat_row *r = p->rows[p->first];
	int rc = 0;

	p->first = (p->first + 1) % p->cap;
	p->n--;
	r->v[m->out[0]] = k->label;
	if (m->nout > 1) {
		r->v[m->out[1]] = k->extra;
		r->v[m->out[2]] = k->bars;
	}
	r->lookahead = true;
	r->label_end = k->end;
	if (k->good && has_features(m, r))
		rc = feat_step_pass(s, r);
	feat_row_free(r);
	return rc;
}

static int
label_row(struct feat_step *s, struct feat_row *r)
{
	struct label *m = s->state;
	struct pending *p = series_of(m, r);
	const struct feat_bar *b = &r->bar;
	struct feat_label k = { 0 };

	p->rows[(p->first + p->n++) % p->cap] = feat_row_copy(r);
	feat_labeler_push(p->labels, r->ts_end, b->open * r->unit, b->high * r->unit,
	    b->low * r->unit, b->close * r->unit);
	while (feat_labeler_next(p->labels, &k)) {
		int rc = leave(s, p, &k);
		if (rc < 0)
			return rc;
	}
	return FEAT_TAKEN;
}

/* What is waiting would be compared with prices of other units. */
static void
label_split(struct feat_step *s, const struct sym *sym, double ratio)
{
	struct label *m = s->state;

	for (size_t i = 0; isnan(ratio) && i < m->series_cap; i++)
		if (m->series[i].sym == sym)
			series_free(m, &m->series[i]);
}

static int
label_flush(struct feat_step *s)
{
	struct label *m = s->state;

	for (size_t i = 0; i < m->series_cap; i++)
		if (m->series[i].sym)
			series_free(m, &m->series[i]);
	stage_note(s->st, 2, "%llu rows without a label: the input ended before it was known",
	    (unsigned long long)m->unknown);
	return 0;
}

static void
label_close(struct feat_step *s)
{
	struct label *m = s->state;

	if (!m)
		return;
	for (size_t i = 0; i < m->series_cap; i++)
		if (m->series[i].sym)
			series_free(m, &m->series[i]);
	free(m->written);
	free(m->series);
	free(m);
}

const struct feat_step_kind feat_step_label = {
	.name = "label",
	.open = label_open,
	.row = label_row,
	.split = label_split,
	.flush = label_flush,
	.close = label_close,
};
