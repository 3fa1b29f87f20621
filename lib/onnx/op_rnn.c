#include <stdlib.h>
#include <string.h>

#include "onnx/rnn.h"

#include "base/mem.h"
#include "nn/dense.h"

/*
 * LSTM, GRU and RNN. The input's share of all gates of all steps is one product; what is left of a
 * step is the product of the state, and the cell. Constant weights are packed once.
 *
 * Inputs: X, W, R, B, sequence_lens, initial_h, initial_c, P; outputs Y, Y_h, Y_c.
 */
enum { IN_X, IN_W, IN_R, IN_B, IN_LENS, IN_H, IN_C, IN_P };

struct packed {
	struct rnn_weights dir[2];
	float *block;
	bool ready;
};

struct shares { /* floats of one direction in a packed block */
	size_t w, r, rh, bias, bias_h, peep, all;
};

static struct shares
shares_of(const struct rnn *r)
{
	struct shares s = { 0 };

	s.w = r->in * r->ld;
	s.r = r->hidden * r->ldr;
	s.rh = r->kind == RNN_GRU ? r->hidden * r->ldh : 0;
	s.bias = r->ld;
	s.bias_h = r->kind == RNN_GRU ? r->ldh : 0;
	s.peep = r->kind == RNN_LSTM ? 3 * r->hidden : 0;
	s.all = s.w + s.r + s.rh + s.bias + s.bias_h + s.peep;
	return s;
}

/* ---- what the node says ---- */

static bool
has(const struct onnx_node *n, unsigned i)
{
	return i < n->nin && n->in[i];
}

static int
functions(const struct onnx_node *n, struct rnn *r, struct err *e)
{
	static const char *const usual[][3] = { { "Tanh" }, { "Sigmoid", "Tanh" },
		{ "Sigmoid", "Tanh", "Tanh" } };
	unsigned each = r->kind == RNN_PLAIN ? 1 : r->kind == RNN_GRU ? 2 : 3, ia = 0, ib = 0;
	const float *alpha, *beta;
	size_t na, nb;

	onnx_attr_fs(n, "activation_alpha", &alpha, &na);
	onnx_attr_fs(n, "activation_beta", &beta, &nb);
	for (unsigned d = 0; d < r->dirs; d++)
		for (unsigned k = 0; k < each; k++) {
			struct rnn_fn *f = &r->fn[d][k];
			struct str name;

			if (!onnx_attr_strs(n, "activations", d * each + k, &name))
				name = str_z(usual[r->kind][k]);
			if (!rnn_fn_named(name, f))
				return onnx_node_err(n, e, "activation %.*s is not supported",
				    (int)str_cut(name, 40).n, name.p);
			/* the lists have an entry for each function that takes one */
			if (f->alpha != 0 && ia < na)
				f->alpha = alpha[ia++];
			if ((f->act == ACT_AFFINE || f->beta != 0) && ib < nb)
				f->beta = beta[ib++];
		}
	return 0;
}

static bool
is_shape(const struct onnx_tensor *t, unsigned nd, size_t a, size_t b, size_t c)
{
	return t->ndims == nd && t->dims[0] == (int64_t)a && (nd < 2 || t->dims[1] == (int64_t)b) &&
	       (nd < 3 || t->dims[2] == (int64_t)c);
}

static int
check_inputs(const struct onnx_node *n, const struct rnn *r, struct err *e)
{
	size_t wide = r->gates * r->hidden;
	size_t s0 = r->batch_first ? r->batch : r->dirs, s1 = r->batch_first ? r->dirs : r->batch;
	bool good = is_shape(n->in[IN_W], 3, r->dirs, wide, r->in) &&
		    is_shape(n->in[IN_R], 3, r->dirs, wide, r->hidden);

	for (unsigned i = 0; i < n->nin; i++)
		if (n->in[i] && n->in[i]->type != (i == IN_LENS ? ONNX_I32 : ONNX_F32))
			return onnx_bad_type(n, n->in[i], e);
	if (good && has(n, IN_B))
		good = is_shape(n->in[IN_B], 2, r->dirs, 2 * wide, 0);
	if (good && has(n, IN_LENS))
		good = is_shape(n->in[IN_LENS], 1, r->batch, 0, 0);
	if (good && has(n, IN_H))
		good = is_shape(n->in[IN_H], 3, s0, s1, r->hidden);
	if (good && has(n, IN_C))
		good = is_shape(n->in[IN_C], 3, s0, s1, r->hidden);
	if (good && has(n, IN_P))
		good = is_shape(n->in[IN_P], 2, r->dirs, 3 * r->hidden, 0);
	return good ? 0 : onnx_node_err(n, e, "the shapes of its inputs do not go together");
}

static int
rnn_of(const struct onnx_node *n, struct rnn *r, struct err *e)
{
	const struct onnx_tensor *x = n->in[IN_X], *w = n->in[IN_W], *rec = n->in[IN_R];
	int rc;

	memset(r, 0, sizeof *r);
	r->kind = *(const enum rnn_kind *)n->op->data;
	r->gates = r->kind == RNN_PLAIN ? 1 : r->kind == RNN_GRU ? 3 : 4;
	if (x->ndims != 3 || w->ndims != 3 || rec->ndims != 3)
		return onnx_node_err(n, e, "inputs that have not three dimensions");
	r->batch_first = onnx_attr_i(n, "layout", 0);
	r->seq = (size_t)x->dims[r->batch_first];
	r->batch = (size_t)x->dims[!r->batch_first];
	r->in = (size_t)x->dims[2];
	r->hidden = (size_t)rec->dims[2];
	r->direction = onnx_attr_eqz(n, "direction", "reverse", false)         ? 1
		       : onnx_attr_eqz(n, "direction", "bidirectional", false) ? 2
									       : 0;
	if (!r->direction && !onnx_attr_eqz(n, "direction", "forward", true))
		return onnx_node_err(n, e, "a direction that is not known");
	r->dirs = r->direction == 2 ? 2 : 1;
	if (!r->hidden || onnx_attr_i(n, "hidden_size", rec->dims[2]) != rec->dims[2])
		return onnx_node_err(n, e, "hidden_size is not that of the weights");
	r->clip = onnx_attr_f(n, "clip", 0);
	r->linear_before_reset = r->kind == RNN_GRU && onnx_attr_i(n, "linear_before_reset", 0);
	r->input_forget = r->kind == RNN_LSTM && onnx_attr_i(n, "input_forget", 0);
	r->ld = nn_pad(r->gates * r->hidden);
	r->ldr = r->kind == RNN_GRU ? nn_pad(2 * r->hidden) : r->ld;
	r->ldh = nn_pad(r->hidden);
	rc = functions(n, r, e);
	return rc ? rc : check_inputs(n, r, e);
}

static int
infer(struct onnx_node *n, struct err *e)
{
	int64_t dirs, h, batch, seq;
	struct rnn r;
	int rc = rnn_of(n, &r, e);

	if (rc)
		return rc;
	dirs = (int64_t)r.dirs, h = (int64_t)r.hidden;
	batch = (int64_t)r.batch, seq = (int64_t)r.seq;
	if (r.batch_first)
		onnx_set_shape(n, 0, ONNX_F32, 4, (int64_t[]){ batch, seq, dirs, h });
	else
		onnx_set_shape(n, 0, ONNX_F32, 4, (int64_t[]){ seq, dirs, batch, h });
	for (unsigned i = 1; i < 3; i++)
		if (r.batch_first)
			onnx_set_shape(n, i, ONNX_F32, 3, (int64_t[]){ batch, dirs, h });
		else
			onnx_set_shape(n, i, ONNX_F32, 3, (int64_t[]){ dirs, batch, h });
	return 0;
}

/* ---- packing ---- */

/* Columns from..to of a weight matrix (rows are gates) as rows of the packed one. */
static void
turn(const float *w, size_t from, size_t to, size_t k, float *out, size_t ld)
{
	for (size_t i = 0; i < k; i++)
		for (size_t j = from; j < to; j++)
			out[i * ld + j - from] = w[j * k + i];
}

static void
pack_dir(
    const struct onnx_node *n, const struct rnn *r, unsigned d, struct rnn_weights *o, float *p)
{
	size_t wide = r->gates * r->hidden, two = r->kind == RNN_GRU ? 2 * r->hidden : wide;
	const float *b = has(n, IN_B) ? (const float *)n->in[IN_B]->data + d * 2 * wide : NULL;
	const float *rec = (const float *)n->in[IN_R]->data + d * wide * r->hidden;
	struct shares s = shares_of(r);
	float *bias, *bias_h;

	memset(p, 0, s.all * sizeof *p);
	o->w = p;
	turn((const float *)n->in[IN_W]->data + d * wide * r->in, 0, wide, r->in, p, r->ld);
	o->r = p += s.w;
	turn(rec, 0, two, r->hidden, p, r->ldr);
	o->rh = p += s.r;
	if (r->kind == RNN_GRU)
		turn(rec, two, wide, r->hidden, p, r->ldh);
	o->bias = bias = p += s.rh;
	o->bias_h = bias_h = p += s.bias;
	for (size_t i = 0; i < wide && b; i++) {
		bias[i] = b[i];
		if (i < two)
			bias[i] += b[wide + i];
		else
			bias_h[i - two] = b[wide + i];
	}
	p += s.bias_h;
	o->peep = NULL;
	if (has(n, IN_P)) {
		memcpy(p, (const float *)n->in[IN_P]->data + d * 3 * r->hidden,
		    3 * r->hidden * sizeof *p);
		o->peep = p;
	}
}

static bool
constant_weights(const struct onnx_node *n)
{
	for (unsigned i = IN_W; i < n->nin; i++) {
		const struct onnx_value *v = onnx_in(n->g, n, i);

		if (v && v->kind != ONNX_CONST &&
		    (i == IN_W || i == IN_R || i == IN_B || i == IN_P))
			return false;
	}
	return true;
}

/* Work space in floats: the gates of all steps, X turned, states, what cells need. */
struct room {
	size_t gates, x, h, c, tmp, all;
};

static struct room
room_of(const struct rnn *r)
{
	struct room m;

	m.gates = r->seq * r->batch * r->ld;
	m.x = r->batch_first ? r->seq * r->batch * r->in : 0;
	m.h = m.c = r->batch * r->hidden;
	m.tmp = r->batch * (r->ldh + r->hidden);
	m.all = m.gates + m.x + m.h + m.c + m.tmp;
	return m;
}

static int
prepare(struct onnx_node *n, struct err *e)
{
	struct packed *p;
	struct shares s;
	struct rnn r;
	int rc = rnn_of(n, &r, e);

	if (rc)
		return rc;
	/* sequences, rows and gates may be far more together than each tensor is */
	if ((double)r.seq * (double)r.batch * (double)r.ld > 1e9 ||
	    (double)r.hidden * (double)r.ld > 1e9 || (double)r.in * (double)r.ld > 1e9 ||
	    (double)r.batch * (double)r.ldh > 1e9)
		return onnx_node_err(n, e, "too large");
	s = shares_of(&r);
	p = n->state = mem_alloc(sizeof *p);
	p->block = mem_array(r.dirs * s.all, sizeof *p->block);
	n->state_bytes = r.dirs * s.all * sizeof *p->block;
	n->scratch = room_of(&r).all * sizeof(float);
	p->ready = constant_weights(n) && !n->later;
	for (unsigned d = 0; d < r.dirs && p->ready; d++)
		pack_dir(n, &r, d, &p->dir[d], p->block + d * s.all);
	return 0;
}

static void
release(struct onnx_node *n)
{
	struct packed *p = n->state;

	if (p)
		free(p->block);
	free(p);
}

/* ---- running ---- */

/* Where the state of direction d, row b stands in a tensor of states. */
static size_t
state_at(const struct rnn *r, unsigned d, size_t b)
{
	return (r->batch_first ? b * r->dirs + d : d * r->batch + b) * r->hidden;
}

static void
put_y(
    const struct onnx_node *n, const struct rnn *r, unsigned d, size_t t, size_t b, const float *h)
{
	float *y = n->nout && n->out[0] ? n->out[0]->data : NULL;
	size_t at =
	    r->batch_first ? (b * r->seq + t) * r->dirs + d : (t * r->dirs + d) * r->batch + b;

	if (y)
		memcpy(y + at * r->hidden, h, r->hidden * sizeof *y);
}

struct run {
	const struct onnx_node *n;
	const struct rnn *r;
	const struct rnn_weights *w;
	unsigned d;
	float *gates, *h, *c, *tmp;
};

/* Rows from..to at step t of their own: all of one length. */
static void
step_rows(const struct run *o, size_t t, size_t from, size_t count)
{
	const struct rnn *r = o->r;
	struct rnn_step s = { .rows = count,
		.gates = o->gates + (t * r->batch + from) * r->ld,
		.h = o->h + from * r->hidden,
		.c = o->c + from * r->hidden,
		.tmp = o->tmp };

	rnn_cell(r, o->w, r->fn[o->d], &s);
	for (size_t b = from; b < from + count; b++)
		put_y(o->n, r, o->d, t, b, o->h + b * r->hidden);
}

static void
all_steps(const struct run *o, const int32_t *lens)
{
	const struct rnn *r = o->r;
	bool back = r->direction == 1 || o->d == 1;

	for (size_t t = 0; t < r->seq && !lens; t++)
		step_rows(o, back ? r->seq - 1 - t : t, 0, r->batch);
	for (size_t b = 0; b < r->batch && lens; b++)
		for (size_t t = 0; t < (size_t)lens[b]; t++)
			step_rows(o, back ? (size_t)lens[b] - 1 - t : t, b, 1);
}

/* X as steps x batch x in. */
static const float *
turned(const struct onnx_node *n, const struct rnn *r, float *to)
{
	const float *x = n->in[IN_X]->data;

	if (!r->batch_first)
		return x;
	for (size_t t = 0; t < r->seq; t++)
		for (size_t b = 0; b < r->batch; b++)
			memcpy(to + (t * r->batch + b) * r->in, x + (b * r->seq + t) * r->in,
			    r->in * sizeof *x);
	return to;
}

static void
states(const struct run *o, unsigned in, unsigned out, float *v, bool load)
{
	const struct onnx_node *n = o->n;
	const struct rnn *r = o->r;
	float *to = out < n->nout && n->out[out] ? n->out[out]->data : NULL;

	for (size_t b = 0; b < r->batch; b++) {
		float *row = v + b * r->hidden;
		size_t at = state_at(r, o->d, b), bytes = r->hidden * sizeof *v;

		if (!load && to)
			memcpy(to + at, row, bytes);
		else if (load && has(n, in))
			memcpy(row, (const float *)n->in[in]->data + at, bytes);
		else if (load)
			memset(row, 0, bytes);
	}
}

static int
check_lens(const struct onnx_node *n, const struct rnn *r, struct err *e)
{
	const int32_t *lens = has(n, IN_LENS) ? n->in[IN_LENS]->data : NULL;

	for (size_t b = 0; b < r->batch && lens; b++)
		if (lens[b] < 0 || (size_t)lens[b] > r->seq)
			return onnx_node_err(
			    n, e, "sequence %zu has %d of %zu steps", b, (int)lens[b], r->seq);
	/* steps that are not there give 0 */
	if (lens && n->out[0])
		memset(n->out[0]->data, 0, onnx_count(n->out[0]) * sizeof(float));
	return 0;
}

static int
run(struct onnx_node *n, struct err *e)
{
	struct packed *p = n->state;
	const float *x;
	struct room m;
	struct rnn r;
	int rc = rnn_of(n, &r, e);

	if (!rc)
		rc = check_lens(n, &r, e);
	if (rc)
		return rc;
	m = room_of(&r);
	x = turned(n, &r, (float *)n->work + m.gates);
	for (unsigned d = 0; d < r.dirs; d++) {
		float *work = n->work;
		struct run o = { .n = n, .r = &r, .w = &p->dir[d], .d = d, .gates = work };

		o.h = work + m.gates + m.x;
		o.c = o.h + m.h;
		o.tmp = o.c + m.c;
		if (!p->ready)
			pack_dir(n, &r, d, &p->dir[d], p->block + d * shares_of(&r).all);
		states(&o, IN_H, 1, o.h, true);
		states(&o, IN_C, 2, o.c, true);
		nn_dense()->forward(r.seq * r.batch, r.gates * r.hidden, r.in, x, r.in, o.w->w,
		    r.ld, o.w->bias, NN_LINEAR, 0, o.gates, r.ld);
		all_steps(&o, has(n, IN_LENS) ? n->in[IN_LENS]->data : NULL);
		states(&o, IN_H, 1, o.h, false);
		if (r.kind == RNN_LSTM)
			states(&o, IN_C, 2, o.c, false);
	}
	return 0;
}

static uint64_t
macs(const struct onnx_node *n)
{
	const struct onnx_tensor *x = n->in[IN_X], *w = n->in[IN_W];

	if (x->ndims != 3 || w->ndims != 3)
		return 0;
	return (uint64_t)(x->dims[0] * x->dims[1]) * (onnx_count(w) + onnx_count(n->in[IN_R]));
}

#define RNN(op, most, outs, which) \
	{ \
		.name = op, .min_in = 3, .max_in = most, .max_out = outs, .infer = infer, \
		.prepare = prepare, .run = run, .release = release, .macs = macs, \
		.data = &(const enum rnn_kind) \
		{ \
			which \
		} \
	}

const struct onnx_op onnx_ops_rnn[] = {
	RNN("RNN", 6, 2, RNN_PLAIN),
	RNN("GRU", 6, 2, RNN_GRU),
	RNN("LSTM", 8, 3, RNN_LSTM),
	{ 0 },
};
