/*
 * The graph of nodes: building it, and running it block by block. Nodes are run in order of their
 * level (one more than that of their inputs), those with the same operation together: their chains
 * of dependent additions then run side by side in the processor.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "feat/ta.h"
#include "feat/ta_op.h"

#include "base/mem.h"

struct column {
	size_t hist;  /* earlier values kept */
	size_t begin; /* first bar that counts */
	size_t at;    /* of its values, bytes into the state */
	size_t cap;   /* doubles there */
	unsigned level;
	int place; /* which of the pointers of struct ta_state is its own */
};

struct output {
	int col;
	size_t begin;
	bool direct; /* the node writes straight into the caller's array */
};

struct group { /* nodes[first .. first + n): one op, one level */
	const struct ta_op *op;
	void (*run)(const struct ta_job *j, size_t k, size_t n);
	size_t first, n;
	size_t start; /* from this bar on all of them run */
};

struct ta_graph {
	struct column *cols;
	size_t ncols, cap_cols;
	struct ta_node *nodes;
	size_t nnodes, cap_nodes;
	size_t not_before;
};

struct ta_plan {
	struct ta_graph g;
	size_t block;
	struct output *outs;
	size_t nouts, cap_outs;
	struct group *groups;
	size_t ngroups, cap_groups;
	int *sliding; /* columns with history */
	size_t nsliding, cap_sliding;
	unsigned series; /* bit s: series s is used */
	size_t state, at_pos, widest;
};

/* the head of a series' state; the columns' pointers follow */
struct head {
	uint64_t t; /* bars so far */
};

static int
column(struct ta_graph *g, size_t begin, unsigned level)
{
	struct column *c = MEM_AT(g->cols, g->cap_cols, g->ncols);

	c->begin = begin;
	c->level = level;
	return (int)g->ncols++;
}

static bool
same_node(const struct ta_node *a, const struct ta_node *b)
{
	/* NOLINTNEXTLINE(*-suspicious-memory-comparison,cert-*): equal bits are what is asked for
	 */
	return a->op == b->op && a->n == b->n && a->start == b->start && a->lag == b->lag &&
	       /* NOLINTNEXTLINE(*-suspicious-memory-comparison,cert-*) */
	       memcmp(a->in, b->in, sizeof a->in) == 0 && memcmp(a->k, b->k, sizeof a->k) == 0;
}

int
ta_node(struct ta_graph *g, const struct ta_node *want)
{
	struct ta_node n = *want;

	for (int i = 0; i < n.op->nin; i++) {
		const struct column *c = &g->cols[n.in[i]];

		n.start = c->begin > n.start ? c->begin : n.start;
		n.level = c->level > n.level ? c->level : n.level;
	}
	n.level++;
	for (size_t i = 0; i < g->nnodes; i++)
		if (same_node(&g->nodes[i], &n))
			return g->nodes[i].out;
	for (int i = 0; i < n.op->nin; i++) {
		size_t h = (size_t)(n.op->hist[i].fixed + n.op->hist[i].per_n * n.n);
		struct column *c = &g->cols[n.in[i]];

		c->hist = h > c->hist ? h : c->hist;
	}
	n.out = (int)g->ncols;
	for (int i = 0; i < n.op->nout; i++)
		column(g, n.start + n.lag, n.level);
	n.table = n.op->table ? n.op->table() : NULL;
	*MEM_AT(g->nodes, g->cap_nodes, g->nnodes) = n;
	g->nnodes++;
	return n.out;
}

size_t
ta_begin(const struct ta_graph *g, int col)
{
	return g->cols[col].begin;
}

void
ta_not_before(struct ta_graph *g, size_t bar)
{
	g->not_before = bar;
}

struct ta_plan *
ta_plan_new(size_t block)
{
	struct ta_plan *p = mem_alloc(sizeof *p);

	p->block = block ? block : 1;
	for (int s = 0; s < TA_SERIES; s++)
		column(&p->g, 0, 0);
	return p;
}

void
ta_plan_free(struct ta_plan *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->g.nnodes; i++)
		free(p->g.nodes[i].table);
	free(p->g.cols);
	free(p->g.nodes);
	free(p->outs);
	free(p->groups);
	free(p->sliding);
	free(p);
}

static int
check_params(const struct ta_def *d, const double *given, double *p, struct err *e)
{
	for (size_t i = 0; i < TA_PARAMS && d->param[i].name; i++) {
		const struct ta_param *q = &d->param[i];

		p[i] = given && !isnan(given[i]) ? given[i] : q->def;
		if (!(p[i] >= q->min && p[i] <= q->max) ||
		    (q->type != TA_REAL && p[i] != floor(p[i])))
			return err_set(e, ERR_USAGE, "%s: %s is %g, not %s from %g to %g", d->name,
			    q->name, p[i], q->type == TA_REAL ? "a number" : "a whole number",
			    q->min, q->max);
	}
	return 0;
}

static int
series_of(char letter, const int *chosen, size_t *used)
{
	static const char fixed[] = "ohlcv";
	const char *at = strchr(fixed, letter);

	if (at)
		return (int)(at - fixed);
	if (chosen)
		return chosen[(*used)++];
	return letter == 'x' ? TA_CLOSE : TA_OPEN;
}

int
ta_plan_add(struct ta_plan *p, const struct ta_def *d, const double *params, const int *series,
    struct err *e)
{
	double q[TA_PARAMS] = { 0 };
	int in[TA_INPUTS] = { 0 }, out[TA_OUTPUTS] = { 0 }, rc = check_params(d, params, q, e);
	size_t used = 0, begin = 0, nout = ta_noutputs(d), first = p->nouts;

	if (rc < 0)
		return rc;
	for (size_t i = 0; d->in[i]; i++) {
		in[i] = series_of(d->in[i], series, &used);
		p->series |= 1u << in[i];
	}
	p->g.not_before = 0;
	d->build(&p->g, in, q, out);
	begin = p->g.not_before;
	for (size_t i = 0; i < nout; i++)
		begin = p->g.cols[out[i]].begin > begin ? p->g.cols[out[i]].begin : begin;
	for (size_t i = 0; i < nout; i++) {
		*MEM_AT(p->outs, p->cap_outs, p->nouts) =
		    (struct output){ .col = out[i], .begin = begin };
		p->nouts++;
	}
	return (int)first;
}

static int
by_level(const void *pa, const void *pb)
{
	const struct ta_node *a = pa, *b = pb;

	if (a->level != b->level)
		return a->level < b->level ? -1 : 1;
	if (a->op != b->op)
		return strcmp(a->op->name, b->op->name);
	return (a->out > b->out) - (a->out < b->out);
}

/* Both give the same bits, so the machine may choose. */
static void (*kernel(const struct ta_op *op))(const struct ta_job *, size_t, size_t)
{
#ifdef __x86_64__
	if (op->run_avx2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		return op->run_avx2;
#endif
	return op->run;
}

static void
make_groups(struct ta_plan *p)
{
	qsort(p->g.nodes, p->g.nnodes, sizeof *p->g.nodes, by_level);
	for (size_t i = 0; i < p->g.nnodes; i++) {
		const struct ta_node *n = &p->g.nodes[i];
		struct group *last = p->ngroups ? &p->groups[p->ngroups - 1] : NULL;

		if (!last || last->op != n->op || n[-1].level != n->level) {
			last = MEM_AT(p->groups, p->cap_groups, p->ngroups);
			p->ngroups++;
			*last = (struct group){ .op = n->op, .run = kernel(n->op), .first = i };
		}
		last->n++;
		last->start = n->start > last->start ? n->start : last->start;
		p->widest = last->n > p->widest ? last->n : p->widest;
	}
}

void
ta_plan_ready(struct ta_plan *p)
{
	size_t at = sizeof(struct head);

	make_groups(p);
	for (size_t i = 0; i < p->nouts; i++) { /* the first output of a plain column is direct */
		struct column *c = &p->g.cols[p->outs[i].col];

		p->outs[i].direct = c->hist == 0 && p->outs[i].col >= TA_SERIES;
		for (size_t k = 0; k < i; k++)
			if (p->outs[k].col == p->outs[i].col)
				p->outs[i].direct = false;
		if (p->outs[i].direct)
			c->place = -1;
	}
	for (size_t i = 0; i < p->g.ncols; i++)
		if (p->g.cols[i].hist) {
			*MEM_AT(p->sliding, p->cap_sliding, p->nsliding) = (int)i;
			p->nsliding++;
		}
	p->at_pos = at;
	at += p->nsliding * sizeof(size_t);
	for (size_t i = 0; i < p->g.ncols; i++) {
		struct column *c = &p->g.cols[i];

		c->at = at;
		c->cap = c->place == -1 ? 0 : p->block;
		if (c->hist)
			c->cap = c->hist + (c->hist > p->block ? c->hist : p->block);
		at += c->cap * sizeof(double);
	}
	for (size_t i = 0; i < p->g.nnodes; i++) {
		struct ta_node *n = &p->g.nodes[i];
		size_t size = n->op->state_of ? n->op->state_of(n) : n->op->state;

		n->state = at;
		at += (size + 7) & ~(size_t)7;
	}
	p->state = at;
}

size_t
ta_plan_outputs(const struct ta_plan *p)
{
	return p->nouts;
}

size_t
ta_plan_lookback(const struct ta_plan *p, size_t k)
{
	return p->outs[k].begin;
}

size_t
ta_plan_nodes(const struct ta_plan *p)
{
	return p->g.nnodes;
}

size_t
ta_plan_state(const struct ta_plan *p)
{
	return p->state;
}

static double *
at_of(void *state, size_t at)
{
	return (double *)(void *)((char *)state + at);
}

/* Where each column's values of this block stand. */
static void
place_columns(
    const struct ta_plan *p, void *state, size_t n, size_t done, double *const *out, double **col)
{
	size_t *pos = (size_t *)(void *)((char *)state + p->at_pos);

	for (size_t i = 0; i < p->g.ncols; i++)
		col[i] = at_of(state, p->g.cols[i].at);
	for (size_t i = 0; i < p->nsliding; i++) {
		const struct column *c = &p->g.cols[p->sliding[i]];
		double *base = col[p->sliding[i]];

		if (pos[i] == 0) /* the first block */
			pos[i] = c->hist;
		if (pos[i] + n > c->cap) {
			memmove(base, base + pos[i] - c->hist, c->hist * sizeof *base);
			pos[i] = c->hist;
		}
		col[p->sliding[i]] = base + pos[i];
		pos[i] += n;
	}
	for (size_t i = 0; i < p->nouts; i++)
		if (p->outs[i].direct)
			col[p->outs[i].col] = out[i] + done;
}

static void
set_job(struct ta_job *j, const struct ta_node *n, void *state, double *const *col, size_t skip)
{
	for (int i = 0; i < n->op->nin; i++)
		j->in[i] = col[n->in[i]] + skip;
	for (int i = 0; i < n->op->nout; i++)
		j->out[i] = col[n->out + i] + skip;
	j->state = (char *)state + n->state;
	j->node = n;
}

static void
run_group(const struct ta_plan *p, const struct group *g, void *state, double *const *col,
    uint64_t t, size_t n)
{
	struct ta_job jobs[16];
	const struct ta_node *node = &p->g.nodes[g->first];

	if (t >= g->start) {
		for (size_t i = 0; i < g->n;) {
			size_t k = 0;

			for (; k < 16 && i < g->n; k++, i++)
				set_job(&jobs[k], &node[i], state, col, 0);
			g->run(jobs, k, n);
		}
		return;
	}
	for (size_t i = 0; i < g->n; i++) {
		size_t skip = t < node[i].start ? (size_t)(node[i].start - t) : 0;

		if (skip >= n)
			continue;
		set_job(&jobs[0], &node[i], state, col, skip);
		g->run(jobs, 1, n - skip);
	}
}

static void
give(const struct ta_plan *p, double *const *col, uint64_t t, size_t n, size_t done,
    double *const *out)
{
	for (size_t i = 0; i < p->nouts; i++) {
		const struct output *o = &p->outs[i];

		if (!o->direct)
			memcpy(out[i] + done, col[o->col], n * sizeof(double));
		for (size_t k = 0; t + k < o->begin && k < n; k++)
			out[i][done + k] = NAN;
	}
}

void
ta_run(const struct ta_plan *p, void *state, const double *const in[TA_SERIES], size_t total,
    double *const out[])
{
	struct head *h = state;
	double *few[320], **col = p->g.ncols <= 320 ? few : mem_array(p->g.ncols, sizeof *col);

	for (size_t done = 0, n; done < total; done += n) {
		n = total - done < p->block ? total - done : p->block;
		place_columns(p, state, n, done, out, col);
		for (int s = 0; s < TA_SERIES; s++) /* one that is used has a column: NOLINTBEGIN */
			for (size_t i = 0; p->series >> s & 1 && i < n; i++)
				col[s][i] = in[s][done + i] + 0.0; /* -0 becomes 0; NOLINTEND */
		for (size_t g = 0; g < p->ngroups; g++)
			run_group(p, &p->groups[g], state, col, h->t, n);
		give(p, col, h->t, n, done, out);
		h->t += n;
	}
	if (col != few)
		free(col);
}
