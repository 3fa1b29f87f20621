#include "rl/market.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "onnx/sha256.h"
#include "rl/columns.h"
#include "stage/args.h"
#include "stage/pipeline.h"

/* The end of the pipeline: what comes is put down. */
struct collect {
	struct stage base;
	struct rl_market *m;
	struct rl_columns cols;
	float **rows; /* of each instant, as wide as then */
	size_t *widths;
	size_t caprows, capwidths;
	bool news; /* since the last watermark */
	struct sha256 hash;
};

/* ---- records ---- */
static void
place_of(struct collect *c, const struct sym *sym)
{
	struct rl_market *m = c->m;
	size_t had = m->nplace;

	int32_t *p = MEM_AT(m->place, m->nplace, sym->id);
	for (size_t i = had; i < m->nplace; i++)
		m->place[i] = -1;
	if (*p < 0) {
		*p = (int32_t)m->nsym;
		*MEM_AT(m->sym, m->capsym, m->nsym) = sym;
		m->nsym++;
	}
}

/* Everything but text: it is borrowed, and no account reads it. */
static void
keep_event(struct collect *c, const struct rec *r)
{
	struct rl_market *m = c->m;
	struct rec *e = MEM_AT(m->ev, m->capev, m->nev);

	m->nev++;
	rec_edit(e, r);
	e->extra = (struct str){ NULL, 0 };
	e->text_is_json = false;
	if (e->type == REC_bar) {
		rec_unset(e, F_bar_interval);
		rec_unset(e, F_bar_dirty);
	} else if (e->type == REC_trade) {
		rec_unset(e, F_trade_exch);
		rec_unset(e, F_trade_cond);
		rec_unset(e, F_trade_dirty);
	} else if (e->type == REC_quote) {
		rec_unset(e, F_quote_exch);
		rec_unset(e, F_quote_dirty);
	}
}

static void
hash_event(struct collect *c, const struct rec *r)
{
	struct buf b = { 0 };

	rec_enc_json(&b, &c->m->ev[c->m->nev - 1]);
	sha256_add(&c->hash, b.p, b.len);
	buf_free(&b);
	(void)r;
}

static int
collect_push(struct stage *st, const struct rec *r)
{
	struct collect *c = (struct collect *)st;

	switch (r->type) {
	case REC_corporate_action:
		if (rl_columns_push(&c->cols, r, st->env->err) < 0)
			return ERR_DATA;
		break;
	case REC_trade:
	case REC_quote:
	case REC_bar:
		if (!rl_columns_usable(r))
			return 0;
		if (r->type == REC_bar && !(rec_has(r, F_bar_partial) && r->bar.partial))
			place_of(c, r->sym);
		if (r->type == REC_bar && rl_columns_push(&c->cols, r, st->env->err) < 0)
			return ERR_DATA;
		break;
	default: c->news = true; return rl_columns_push(&c->cols, r, st->env->err);
	}
	c->news = true;
	keep_event(c, r);
	hash_event(c, r);
	return 0;
}

/* All that came since the last watermark is known now. */
static int
collect_watermark(struct stage *st, const struct rec *wm)
{
	struct collect *c = (struct collect *)st;
	struct rl_market *m = c->m;
	uint32_t from = m->n ? m->at[m->n - 1].to : 0;

	if (m->nsym == 0) /* nothing to trade yet */
		return 0;
	if (m->nev >= UINT32_MAX)
		return err_set(st->env->err, ERR_DATA, "more than 4 billion market records");
	if (!c->news) {
		rec_init(MEM_AT(m->ev, m->capev, m->nev), REC_watermark, wm->ts, NULL);
		m->nev++;
		return 0;
	}
	c->news = false;
	*MEM_AT(m->at, m->capat, m->n) = (struct rl_instant){ wm->ts, from, (uint32_t)m->nev };
	*MEM_AT(c->rows, c->caprows, m->n) = mem_array(c->cols.n, sizeof **c->rows);
	memcpy(c->rows[m->n], c->cols.row, c->cols.n * sizeof **c->rows);
	*MEM_AT(c->widths, c->capwidths, m->n) = c->cols.n;
	m->n++;
	rl_columns_next(&c->cols);
	return 0;
}

static const struct stage_kind collect_kind = {
	.name = "market",
	.takes = REC_MARKET | REC_BIT(corporate_action) | REC_BIT(features) | REC_BIT(signal) |
		 REC_BIT(pattern) | REC_BIT(regime) | REC_BIT(target),
	.push = collect_push,
	.watermark = collect_watermark,
};

/* ---- after the last record ---- */
static void
name_columns(struct collect *c)
{
	struct rl_market *m = c->m;

	m->ncols = c->cols.n;
	m->names = mem_array(m->ncols, sizeof *m->names);
	m->owner = mem_dup(c->cols.owner, m->ncols * sizeof *m->owner);
	for (size_t i = 0; i < m->ncols; i++) {
		struct str name = rl_columns_name(&c->cols, (uint32_t)i);
		struct buf b = { 0 };

		if (m->nsym > 1)
			buf_printf(&b, "%s.", symtab_at(m->syms, m->owner[i])->name);
		buf_put(&b, name.p, name.n);
		m->names[i] = mem_dup(b.p, b.len);
		buf_free(&b);
	}
}

/* -1: it had no bar but half-built ones, and is none of the symbols. */
static int32_t
place_in(const struct rl_market *m, const struct sym *sym)
{
	return sym->id < m->nplace ? m->place[sym->id] : -1;
}

/* Opens and closes are read again from the records: the first and the last of each instant. */
static void
fill_prices(struct rl_market *m)
{
	free(m->open);
	m->open = mem_array(m->n * m->nsym, sizeof *m->open);
	m->close = mem_array(m->n * m->nsym, sizeof *m->close);
	for (size_t t = 0; t < m->n; t++) {
		int64_t *open = m->open + t * m->nsym, *close = m->close + t * m->nsym;

		if (t > 0)
			memcpy(close, close - m->nsym, m->nsym * sizeof *close);
		memcpy(open, close, m->nsym * sizeof *open);
		for (uint32_t i = m->at[t].to; i-- > m->at[t].from;) /* backwards: first wins */
			if (m->ev[i].type == REC_bar && m->ev[i].bar.open > 0 &&
			    place_in(m, m->ev[i].sym) >= 0)
				open[place_in(m, m->ev[i].sym)] = m->ev[i].bar.open;
		for (uint32_t i = m->at[t].from; i < m->at[t].to; i++)
			if (m->ev[i].type == REC_bar && m->ev[i].bar.close > 0 &&
			    place_in(m, m->ev[i].sym) >= 0)
				close[place_in(m, m->ev[i].sym)] = m->ev[i].bar.close;
	}
}

/* A value is held, so what is whole once stays so. */
void
rl_market_ready(struct rl_market *m)
{
	m->ready = m->late = 0;
	for (size_t i = 0; i < m->ncols; i++)
		while (m->ready < m->n && isnan(m->cols[m->ready * m->ncols + i])) {
			m->ready++;
			m->late = i;
		}
}

static int
finish(struct collect *c, struct err *e)
{
	struct rl_market *m = c->m;

	if (m->n < 2)
		return err_set(e, ERR_DATA,
		    "the pipeline gave %zu instants with bars, and two at least are needed; "
		    "an instant ends at a watermark, which ibkr-feed and bar-agg write",
		    m->n);
	name_columns(c);
	fill_prices(m);
	m->cols = mem_array(m->n * m->ncols, sizeof *m->cols);
	for (size_t t = 0; t < m->n; t++) {
		float *row = m->cols + t * m->ncols;

		memcpy(row, c->rows[t], c->widths[t] * sizeof *row);
		for (size_t i = c->widths[t]; i < m->ncols; i++)
			row[i] = NAN;
	}
	for (size_t i = 0; i < c->cols.nfleeting; i++) { /* no pattern is none */
		float *col = m->cols + c->cols.fleeting[i];

		for (size_t t = 0; t < m->n; t++)
			if (isnan(col[t * m->ncols]))
				col[t * m->ncols] = 0;
	}
	rl_market_ready(m);
	sha256_hex(&c->hash, m->hash);
	return 0;
}

static void
collect_free(struct collect *c)
{
	for (size_t t = 0; t < c->m->n; t++)
		free(c->rows[t]);
	rl_columns_free(&c->cols);
	free(c->rows);
	free(c->widths);
}

/* ---- running the pipeline ---- */
static void
note_nothing(void *arg, const struct stage *st, int level, const char *text)
{
	(void)arg, (void)st, (void)level, (void)text;
}

static int
drain_nothing(void *arg)
{
	(void)arg;
	return 0;
}

static int
check_kind(const struct stage_kind *k, const char *name, bool first, struct err *e)
{
	static const char *const own[] = { "risk-gate", "ibkr-exec", "loopback" };

	if (!k)
		return err_set(
		    e, ERR_USAGE, "pipeline: no tool is named '%s'; tradepipe(7) lists them", name);
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (strcmp(own[i], name) == 0)
			return err_set(e, ERR_USAGE,
			    "%s has an account, and the environment is one itself: end the "
			    "pipeline before it",
			    name);
	if (k->sink)
		return err_set(e, ERR_USAGE, "nothing comes out of %s", name);
	if (k->source && !first)
		return err_set(e, ERR_USAGE, "%s reads no records: it can only come first", name);
	return 0;
}

static int
run_stages(struct args *a, size_t n, struct collect *c, struct err *e)
{
	struct stage_env env = { .syms = c->m->syms,
		.err = e,
		.note = note_nothing,
		.drain = drain_nothing,
		.fused = true };
	size_t opened = 0;
	int rc = 0;

	c->base = (struct stage){ .kind = &collect_kind, .env = &env };
	for (size_t i = 0; i < n; i++) {
		a[i].st->env = &env;
		a[i].st->common = &a[i].common;
		a[i].st->down = i + 1 < n ? a[i + 1].st : &c->base;
	}
	for (; opened < n && rc == 0; opened++)
		rc = a[opened].kind->open ? a[opened].kind->open(a[opened].st) : 0;
	const struct stage_kind *failed = rc < 0 ? a[opened - 1].kind : NULL;
	if (rc == 0)
		while ((rc = a[0].kind->next(a[0].st)) > 0)
			continue;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = a[i].kind->flush ? a[i].kind->flush(a[i].st) : 0;
	for (size_t i = 0; i < opened; i++)
		if (a[i].kind->close)
			a[i].kind->close(a[i].st);
	if (rc < 0 && (env.failed || failed))
		err_wrap(e, "%s", env.failed ? env.failed->kind->name : failed->name);
	return rc;
}

/* `ibkr-feed --replay FILE...`, for a pipeline that has no source of its own. */
static char **
replay_argv(const char *const *files, size_t n)
{
	char **v = mem_array(n + 3, sizeof *v);

	v[0] = mem_dup("ibkr-feed", 9);
	v[1] = mem_dup("--replay", 8);
	for (size_t i = 0; i < n; i++)
		v[2 + i] = mem_dup(files[i], strlen(files[i]));
	return v;
}

static int
run_pipeline(struct collect *c, const struct pipeline *p, const char *const *files, size_t nfiles,
    struct err *e)
{
	bool own = p->n && stage_kind_find(p->cmds[0].argv[0]) &&
		   stage_kind_find(p->cmds[0].argv[0])->source;
	size_t shift = own ? 0 : 1, n = p->n + shift;
	struct args *a = mem_array(n, sizeof *a);
	char **feed = own ? NULL : replay_argv(files, nfiles);
	int rc = 0;

	if (!own && nfiles == 0)
		rc = err_set(e, ERR_USAGE,
		    "where do the bars come from? give data=FILE, or begin the pipeline with "
		    "ibkr-feed --replay or tick-gen");
	if (own && nfiles)
		rc = err_set(
		    e, ERR_USAGE, "data and a pipeline that begins with a source: one is too many");
	for (size_t i = 0; i < n && rc == 0; i++) {
		char **argv = i < shift ? feed : p->cmds[i - shift].argv;
		int argc = i < shift ? (int)nfiles + 2 : p->cmds[i - shift].argc;
		const struct stage_kind *k = stage_kind_find(argv[0]);

		rc = check_kind(k, argv[0], i == 0, e);
		if (rc == 0 && (rc = args_parse(&a[i], k, argc, argv, e)) < 0)
			err_wrap(e, "%s", argv[0]);
		if (rc == 0) {
			a[i].st->args = a[i].operands;
			a[i].st->nargs = a[i].noperands;
		}
	}
	if (rc == 0)
		rc = run_stages(a, n, c, e);
	for (size_t i = 0; i < n; i++)
		if (a[i].st || a[i].operands)
			args_free(&a[i]);
	for (size_t i = 0; feed && feed[i]; i++)
		free(feed[i]);
	free(feed);
	free(a);
	return rc;
}

int
rl_market_run(struct rl_market *m, const char *pipeline, const char *const *files, size_t nfiles,
    struct err *e)
{
	struct collect c = { .m = m };
	struct pipeline p = { 0 };
	int rc = 0;

	*m = (struct rl_market){ .syms = symtab_new() };
	sha256_init(&c.hash);
	if (pipeline && pipeline[strspn(pipeline, " ")])
		rc = pipeline_parse(pipeline, strlen(pipeline), &p, e);
	if (rc == 0 && p.input)
		rc = err_set(e, ERR_USAGE, "no '<' here: data=FILE says what is read");
	if (rc == 0)
		rc = run_pipeline(&c, &p, files, nfiles, e);
	if (rc == 0)
		rc = finish(&c, e);
	collect_free(&c);
	pipeline_free(&p);
	return rc ? err_wrap(e, "market") : 0;
}

void
rl_market_free(struct rl_market *m)
{
	for (size_t i = 0; i < m->ncols && m->names; i++)
		free(m->names[i]);
	free(m->names);
	free(m->cols);
	free(m->open);
	free(m->close);
	free(m->at);
	free(m->ev);
	free(m->place);
	free(m->owner);
	free(m->sym);
	if (!m->part)
		symtab_free(m->syms);
	*m = (struct rl_market){ 0 };
}
