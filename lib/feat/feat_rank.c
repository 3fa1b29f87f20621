/* The stage feat-rank: a sink that reads features with a label and says what they are worth. */
#include "feat/feat_rank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "feat/rank.h"
#include "feat/row.h"

struct ranker {
	struct stage base;
	/* options */
	const char *label, *interval;
	struct opt_list ignore, only;
	int64_t seed, folds, repeats, bins, min_names, periods, rounds, top, max_rows;
	double corr, ridge, embargo;
	int model, output;
	/* state */
	struct feat_table t;
	char *seen_interval;
	uint64_t rows, unlabelled, bars;
	struct {
		struct str name; /* owned */
		ptrdiff_t col;   /* of the table; -1: not used, -2: the label */
	} * known;               /* the names of the last record, so that each is looked at once */
	size_t nknown, known_cap;
	ptrdiff_t *col; /* of the numbers of one record */
	size_t col_cap;
};

enum { BOTH, RIDGE, STUMPS, NONE };
enum { TABLE, JSON, CSV };

#define O(field) OPT_OFF(struct ranker, field)
static const struct opt rank_opts[] = {
	{ OPT_CHOICE, 'O', "output", "FORMAT", "a table for people, or json or csv", "table",
	    "table|json|csv", NULL, O(output), 0, 0 },
	{ OPT_STR, 'l', "label", "NAME", "the column to explain", "label", NULL, NULL, O(label), 0,
	    0 },
	{ OPT_LIST, 0, "only", "LIST", "rank only these columns; * and ? match any", NULL, NULL,
	    NULL, O(only), 0, 0 },
	{ OPT_LIST, 0, "ignore", "LIST",
	    "leave out these columns (those named label... always are)", NULL, NULL, NULL,
	    O(ignore), 0, 0 },
	{ OPT_STR, 'i', "interval", "INTERVAL", "use only rows of this interval", NULL, NULL, NULL,
	    O(interval), 0, 0 },
	{ OPT_INT, 0, "seed", "N", "of the shuffles and shifts", "1", NULL, NULL, O(seed), 0,
	    INT64_MAX },
	{ OPT_CHOICE, 0, "model", "WHICH", "whose loss is measured", "both",
	    "both|ridge|stumps|none", NULL, O(model), 0, 0 },
	{ OPT_INT, 0, "folds", "N", "spans of time, each predicted from the others", "5", NULL,
	    NULL, O(folds), 2, 100 },
	{ OPT_INT, 0, "repeats", "N", "shuffles of a column in each", "5", NULL, NULL, O(repeats),
	    1, 1000 },
	{ OPT_F64, 0, "embargo", "PART", "of all instants, left out behind each span", "0.01", NULL,
	    NULL, O(embargo), 0, 0 },
	{ OPT_F64, 0, "ridge", "X", "penalty of the ridge regression, in rows", "0.001", NULL, NULL,
	    O(ridge), 0, 0 },
	{ OPT_INT, 0, "rounds", "N", "stumps that are boosted", "100", NULL, NULL, O(rounds), 1,
	    10000 },
	{ OPT_INT, 0, "bins", "N", "bins of equal counts for mutual information", "16", NULL, NULL,
	    O(bins), 2, 64 },
	{ OPT_INT, 0, "min-names", "N", "symbols that an instant needs for its IC", "5", NULL, NULL,
	    O(min_names), 3, 100000 },
	{ OPT_INT, 0, "periods", "N", "spans of time to look for stability in", "8", NULL, NULL,
	    O(periods), 1, 1000 },
	{ OPT_F64, 0, "corr", "X", "a column more like a better one than this is left out", "0.9",
	    NULL, NULL, O(corr), 0, 0 },
	{ OPT_INT, 0, "top", "N", "rows of the table (0: all)", "0", NULL, NULL, O(top), 0,
	    1000000 },
	{ OPT_INT, 0, "max-rows", "N", "above, whole instants are left out at random", "1000000",
	    NULL, NULL, O(max_rows), 100, INT64_C(1) << 31 },
	{ 0 },
};

static int
rank_open(struct stage *st)
{
	struct ranker *m = (struct ranker *)st;

	if (m->corr <= 0 || m->corr > 1)
		return stage_fail(st, ERR_USAGE, "--corr must be above 0 and at most 1");
	if (m->embargo < 0 || m->embargo > 0.5)
		return stage_fail(st, ERR_USAGE, "--embargo must be from 0 to 0.5");
	if (m->ridge <= 0)
		return stage_fail(st, ERR_USAGE, "--ridge must be above 0");
	m->t.max = (size_t)m->max_rows;
	return 0;
}

static bool
matches(const struct opt_list *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (feat_plan_glob(l->v[i], name))
			return true;
	return false;
}

/* What a name is: the label, a column, or nothing that is ranked. */
static ptrdiff_t
meaning(struct ranker *m, struct str name, const char *z)
{
	if (strcmp(z, m->label) == 0)
		return -2;
	if (strncmp(z, "label", 5) == 0 || matches(&m->ignore, z))
		return -1;
	if (m->only.n && !matches(&m->only, z))
		return -1;
	return (ptrdiff_t)feat_table_column(&m->t, name);
}

/* The i-th name of a record; records of one stream have nearly always the same ones. */
static ptrdiff_t
column_at(struct ranker *m, size_t i, struct str name)
{
	size_t from = i < m->nknown ? i : 0;

	for (size_t k = 0; k < m->nknown; k++) {
		size_t at = (from + k) % m->nknown;

		if (str_eq(name, m->known[at].name))
			return m->known[at].col;
	}
	char *z = mem_dup(name.p, name.n);
	*MEM_AT(m->known, m->known_cap, m->nknown) =
	    (__typeof__(*m->known)){ { z, name.n }, meaning(m, name, z) };
	return m->known[m->nknown++].col;
}

static int
one_interval(struct ranker *m, const struct rec *r, bool *use)
{
	struct str i = rec_has(r, F_features_interval) ? r->features.interval : str_z("");

	*use = !m->interval || str_eqz(i, m->interval);
	if (!*use)
		return 0;
	if (!m->seen_interval)
		m->seen_interval = mem_dup(i.p, i.n);
	if (str_eqz(i, m->seen_interval))
		return 0;
	return stage_fail(&m->base, ERR_DATA,
	    "features of %.*s behind features of %s: choose one with --interval", STR_FMT(i),
	    m->seen_interval);
}

static int
rank_push(struct stage *st, const struct rec *r)
{
	struct ranker *m = (struct ranker *)st;
	double y = NAN;
	bool use;
	int rc;

	if (r->type == REC_bar) {
		m->bars++;
		return 0;
	}
	rc = one_interval(m, r, &use);
	if (rc < 0 || !use || !r->sym)
		return rc;
	m->rows++;
	for (size_t i = 0; i < r->nnums; i++) {
		ptrdiff_t *col = MEM_AT(m->col, m->col_cap, i);

		*col = column_at(m, i, r->nums[i].name);
		if (*col == -2)
			y = r->nums[i].v;
	}
	if (isnan(y)) {
		m->unlabelled++;
		return 0;
	}
	int64_t end = rec_has(r, F_features_label_end) ? r->features.label_end : r->ts;
	ptrdiff_t row = feat_table_row(&m->t, r->ts, end, r->sym->id, y);
	for (size_t i = 0; i < r->nnums && row >= 0; i++)
		if (m->col[i] >= 0)
			m->t.v[m->col[i]][row] = r->nums[i].v;
	return 0;
}

static void
write_result(struct ranker *m, const struct feat_rank *r, struct buf *out)
{
	if (m->output == TABLE)
		feat_rank_text(&m->t, r, m->label, (size_t)m->top, out);
	else if (m->output == JSON)
		feat_rank_json(&m->t, r, m->label, out);
	else
		feat_rank_csv(r, out);
}

static int
rank_flush(struct stage *st)
{
	struct ranker *m = (struct ranker *)st;
	struct feat_rank_opts o = { .seed = (uint64_t)m->seed,
		.folds = (size_t)m->folds,
		.repeats = (size_t)m->repeats,
		.bins = (size_t)m->bins,
		.min_names = (size_t)m->min_names,
		.periods = (size_t)m->periods,
		.rounds = (size_t)m->rounds,
		.corr = m->corr,
		.ridge = m->ridge,
		.embargo = m->embargo,
		.model = { m->model == BOTH || m->model == RIDGE,
		    m->model == BOTH || m->model == STUMPS } };
	struct feat_rank r;
	struct buf out = { 0 };
	int rc;

	if (m->rows == 0 && m->bars)
		stage_note(st, 1,
		    "%llu bars came but no features%s%s, so nothing is ranked; feat-calc makes "
		    "them",
		    (unsigned long long)m->bars, m->interval ? " of " : "",
		    m->interval ? m->interval : "");
	if (m->rows == 0)
		return 0;
	if (m->t.seen == 0)
		return stage_fail(st, ERR_DATA,
		    "no features record has a number '%s' to explain; feat-calc --labels horizon:5 "
		    "makes one",
		    m->label);
	if (m->t.ncols == 0)
		return stage_fail(st, ERR_DATA, "there is no column besides the label");
	if (m->unlabelled)
		stage_note(st, 2, "%llu rows without a label", (unsigned long long)m->unlabelled);
	feat_table_end(&m->t);
	feat_rank_run(&m->t, &o, &r);
	write_result(m, &r, &out);
	rc = stage_text(st, out.p, out.len);
	buf_free(&out);
	feat_rank_free(&r);
	return rc;
}

/* Nothing is told before the end. */
static int
rank_watermark(struct stage *st, const struct rec *wm)
{
	(void)st, (void)wm;
	return 0;
}

static void
rank_close(struct stage *st)
{
	struct ranker *m = (struct ranker *)st;

	for (size_t i = 0; i < m->nknown; i++)
		free((char *)(uintptr_t)m->known[i].name.p);
	free(m->known);
	free(m->col);
	free(m->seen_interval);
	feat_table_free(&m->t);
}

const struct stage_kind feat_rank_kind = {
	.name = "feat-rank",
	.about = "say what columns of features are worth: importance, stability, likeness",
	.opts = rank_opts,
	.size = sizeof(struct ranker),
	.takes = REC_BIT(features) | REC_BIT(bar),
	.sink = true,
	.main_type = REC_unknown,
	.open = rank_open,
	.push = rank_push,
	.watermark = rank_watermark,
	.flush = rank_flush,
	.close = rank_close,
};
