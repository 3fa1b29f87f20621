#include "rl/acnet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
acnet_work_init(struct acnet_work *k, const struct acnet *n, size_t steps, size_t rows)
{
	memset(k, 0, sizeof *k);
	k->rows = steps * rows;
	if (n->recurrent) {
		nn_rnn_work_init(&k->rnn, &n->rnn, steps, rows);
		k->dpi = mem_array(k->rows * 2 * n->rnn.hp, sizeof *k->dpi);
		k->dvf = k->dpi + k->rows * n->rnn.hp;
	}
	nn_mlp_work_init(&k->pi, &n->pi, k->rows);
	nn_mlp_work_init(&k->vf, &n->vf, k->rows);
}

void
acnet_work_free(struct acnet_work *k)
{
	nn_rnn_work_free(&k->rnn);
	nn_mlp_work_free(&k->pi);
	nn_mlp_work_free(&k->vf);
	free(k->dpi);
}

void
acnet_forward(const struct acnet *n, const float *w, size_t T, size_t M, const float *x,
    const uint8_t *begins, float *state, bool critic, struct acnet_work *k)
{
	k->in = x;
	k->ldin = n->nobs;
	if (n->recurrent) {
		k->in = nn_rnn_forward(&n->rnn, w, T, M, x, begins, state, &k->rnn);
		k->ldin = n->rnn.hp;
	}
	k->out = nn_mlp_forward(&n->pi, w, T * M, k->in, k->ldin, &k->pi);
	if (critic)
		k->value = nn_mlp_forward(&n->vf, w, T * M, k->in, k->ldin, &k->vf);
}

void
acnet_backward(const struct acnet *n, const float *w, size_t T, size_t M, const float *x,
    const uint8_t *begins, struct acnet_work *k, float *g)
{
	nn_mlp_backward(&n->pi, w, T * M, k->in, k->ldin, &k->pi, g, k->dpi);
	nn_mlp_backward(&n->vf, w, T * M, k->in, k->ldin, &k->vf, g, k->dvf);
	if (!n->recurrent)
		return;
	for (size_t i = 0; i < T * M * n->rnn.hp; i++)
		k->dpi[i] += k->dvf[i];
	nn_rnn_backward(&n->rnn, w, T, M, x, begins, k->dpi, &k->rnn, g);
}

void
acnet_init(const struct acnet *n, float *w, struct rng *r)
{
	if (n->recurrent)
		nn_rnn_init(&n->rnn, w, r);
	nn_mlp_init(&n->pi, w, r, 1.4142135623730951, 0.01);
	nn_mlp_init(&n->vf, w, r, 1.4142135623730951, 1);
}

/* ---- as ONNX ---- */

void
acnet_graph_matrix(
    struct onnx_writer *o, const char *name, const float *w, size_t rows, size_t cols, size_t ld)
{
	float *t = mem_array(rows * cols, sizeof *t);
	int64_t dims[] = { (int64_t)rows, (int64_t)cols };

	for (size_t i = 0; i < rows; i++)
		memcpy(t + i * cols, w + i * ld, cols * sizeof *t);
	if (rows == 1)
		onnx_write_f32(o, name, dims + 1, 1, t);
	else
		onnx_write_f32(o, name, dims, 2, t);
	free(t);
}

/* "in w b" -> out by Gemm */
static void
gemm(struct onnx_writer *o, const char *name, const char *in, const char *out)
{
	struct buf s = { 0 };

	buf_printf(&s, "%s %s.w %s.b", in, name, name);
	onnx_write_node(o, "Gemm", name, buf_z(&s), out);
	buf_free(&s);
}

/* A matrix that may have one row must stay a matrix. */
static void
matrix(struct onnx_writer *o, const char *name, const float *w, size_t rows, size_t cols, size_t ld)
{
	int64_t dims[] = { 1, (int64_t)cols };

	if (rows == 1)
		onnx_write_f32(o, name, dims, 2, w);
	else
		acnet_graph_matrix(o, name, w, rows, cols, ld);
}

void
acnet_graph_mlp(const struct nn_mlp *p, const float *w, struct onnx_writer *o, const char *name,
    const char *in, const char *out, size_t outs)
{
	struct buf at = { 0 }, node = { 0 }, t = { 0 };

	buf_puts(&at, in);
	for (size_t l = 0; l < p->nlayers; l++) {
		bool last = l + 1 == p->nlayers;
		size_t n = last ? outs : p->width[l + 1], ld = nn_pad(p->width[l + 1]);

		buf_clear(&node);
		buf_printf(&node, "%s.%zu", name, l + 1);
		buf_clear(&t);
		buf_printf(&t, "%s.w", buf_z(&node));
		matrix(o, buf_z(&t), w + p->w[l], p->width[l], n, ld);
		buf_clear(&t);
		buf_printf(&t, "%s.b", buf_z(&node));
		acnet_graph_matrix(o, buf_z(&t), w + p->b[l], 1, n, n);
		buf_clear(&t);
		buf_printf(&t, "%s.y", buf_z(&node));
		gemm(o, buf_z(&node), buf_z(&at), last ? out : buf_z(&t));
		if (last)
			break;
		buf_clear(&at);
		buf_printf(&at, "%s.a", buf_z(&node));
		onnx_write_node(
		    o, p->act == NN_TANH ? "Tanh" : "Relu", buf_z(&at), buf_z(&t), buf_z(&at));
	}
	buf_free(&at);
	buf_free(&node);
	buf_free(&t);
}

/* Gate g of the recurrent layer as a Gemm of the input and one of h: names x.g and h.g. */
static void
gate(const struct nn_rnn *p, const float *w, struct onnx_writer *o, const char *in, size_t g,
    bool joined)
{
	char node[16], name[24], out[24];
	size_t at = g * p->hp;
	float *zero = mem_array(p->hp, sizeof *zero);
	const float *bias[2] = { w + p->b + at, joined ? zero : w + p->bn };

	for (int side = 0; side < 2; side++) {
		size_t rows = side ? p->hidden : p->in;
		const float *from = w + (side ? p->wh : p->wx) + at;

		snprintf(node, sizeof node, "%c%zu", side ? 'h' : 'x', g);
		snprintf(name, sizeof name, "%s.w", node);
		matrix(o, name, from, rows, p->hidden, p->gates);
		snprintf(name, sizeof name, "%s.b", node);
		acnet_graph_matrix(o, name, bias[side], 1, p->hidden, p->hidden);
		snprintf(out, sizeof out, "%s.y", node);
		gemm(o, node, side ? "h_in" : in, out);
	}
	if (joined) {
		snprintf(name, sizeof name, "x%zu.y h%zu.y", g, g);
		snprintf(out, sizeof out, "g%zu", g);
		onnx_write_node(o, "Add", out, name, out);
	}
	free(zero);
}

static void
graph_lstm(const struct nn_rnn *p, const float *w, struct onnx_writer *o, const char *in)
{
	for (size_t g = 0; g < 4; g++)
		gate(p, w, o, in, g, true);
	onnx_write_node(o, "Sigmoid", "i", "g0", "i");
	onnx_write_node(o, "Sigmoid", "f", "g1", "f");
	onnx_write_node(o, "Tanh", "g", "g2", "g");
	onnx_write_node(o, "Sigmoid", "o", "g3", "o");
	onnx_write_node(o, "Mul", "fc", "f c_in", "fc");
	onnx_write_node(o, "Mul", "ig", "i g", "ig");
	onnx_write_node(o, "Add", "c", "fc ig", "c_out");
	onnx_write_node(o, "Tanh", "tc", "c_out", "tc");
	onnx_write_node(o, "Mul", "h", "o tc", "h_out");
}

/* h = n + z (h - n) */
static void
graph_gru(const struct nn_rnn *p, const float *w, struct onnx_writer *o, const char *in)
{
	gate(p, w, o, in, 0, true);
	gate(p, w, o, in, 1, true);
	gate(p, w, o, in, 2, false);
	onnx_write_node(o, "Sigmoid", "r", "g0", "r");
	onnx_write_node(o, "Sigmoid", "z", "g1", "z");
	onnx_write_node(o, "Mul", "rn", "r h2.y", "rn");
	onnx_write_node(o, "Add", "an", "x2.y rn", "an");
	onnx_write_node(o, "Tanh", "n", "an", "n");
	onnx_write_node(o, "Sub", "hn", "h_in n", "hn");
	onnx_write_node(o, "Mul", "zh", "z hn", "zh");
	onnx_write_node(o, "Add", "h", "n zh", "h_out");
}

void
acnet_graph_box(struct onnx_writer *o, const struct rl_space *act, const char *from)
{
	int64_t n = (int64_t)act->n, out[] = { -1, n };
	float lo = -1, hi = 1;
	float *mid = mem_array(act->n * 2, sizeof *mid), *half = mid + act->n;
	struct buf in = { 0 };

	for (size_t i = 0; i < act->n; i++) {
		mid[i] = (float)((act->hi[i] + act->lo[i]) / 2);
		half[i] = (float)((act->hi[i] - act->lo[i]) / 2);
	}
	onnx_write_f32(o, "minus_one", NULL, 0, &lo);
	onnx_write_f32(o, "one", NULL, 0, &hi);
	onnx_write_f32(o, "half_width", &n, 1, half);
	onnx_write_f32(o, "middle", &n, 1, mid);
	buf_printf(&in, "%s minus_one one", from);
	onnx_write_node(o, "Clip", "hold", buf_z(&in), "held");
	onnx_write_node(o, "Mul", "widen", "held half_width", "wide");
	onnx_write_node(o, "Add", "shift", "wide middle", "action");
	onnx_write_output(o, "action", out, 2);
	buf_free(&in);
	free(mid);
}

void
acnet_graph(const struct acnet *n, const float *w, struct onnx_writer *o, const char *in)
{
	int64_t out[] = { -1, (int64_t)n->nout }, mem[] = { -1, (int64_t)n->rnn.hidden };
	const char *from = in;

	if (n->recurrent) {
		bool lstm = n->rnn.kind == NN_LSTM;

		onnx_write_input(o, "h_in", mem, 2);
		if (lstm)
			onnx_write_input(o, "c_in", mem, 2);
		(lstm ? graph_lstm : graph_gru)(&n->rnn, w, o, in);
		from = "h_out";
	}
	acnet_graph_mlp(&n->pi, w, o, "pi", from, n->box ? "mean" : "logits", n->nout);
	if (n->box) {
		acnet_graph_box(o, n->act, "mean");
	} else {
		onnx_write_node(o, "Softmax", "softmax", "logits", "action_probs");
		onnx_write_attr_int(o, "axis", -1);
		onnx_write_output(o, "action_probs", out, 2);
	}
	if (n->recurrent) {
		onnx_write_output(o, "h_out", mem, 2);
		if (n->rnn.kind == NN_LSTM)
			onnx_write_output(o, "c_out", mem, 2);
	}
}
