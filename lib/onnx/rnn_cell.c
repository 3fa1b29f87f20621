#include <math.h>
#include <string.h>

#include "onnx/rnn.h"

#include "nn/dense.h"

static const struct {
	const char *name;
	float alpha, beta;
} fns[] = {
	[ACT_SIGMOID] = { "Sigmoid", 0, 0 },
	[ACT_TANH] = { "Tanh", 0, 0 },
	[ACT_RELU] = { "Relu", 0, 0 },
	[ACT_AFFINE] = { "Affine", 1, 0 },
	[ACT_LEAKY] = { "LeakyRelu", 0.01f, 0 },
	[ACT_THRESHOLD] = { "ThresholdedRelu", 1, 0 },
	[ACT_SCALED_TANH] = { "ScaledTanh", 1, 1 },
	[ACT_HARD_SIGMOID] = { "HardSigmoid", 0.2f, 0.5f },
	[ACT_ELU] = { "Elu", 1, 0 },
	[ACT_SOFTSIGN] = { "Softsign", 0, 0 },
	[ACT_SOFTPLUS] = { "Softplus", 0, 0 },
};

bool
rnn_fn_named(struct str name, struct rnn_fn *f)
{
	for (size_t i = 0; i < sizeof fns / sizeof *fns; i++)
		if (str_eqz(name, fns[i].name)) {
			*f = (struct rnn_fn){ (enum rnn_act)i, fns[i].alpha, fns[i].beta };
			return true;
		}
	return false;
}

static float
one(const struct rnn_fn *f, float x)
{
	switch (f->act) {
	case ACT_RELU: return x < 0 ? 0 : x;
	case ACT_AFFINE: return f->alpha * x + f->beta;
	case ACT_LEAKY: return x < 0 ? f->alpha * x : x;
	case ACT_THRESHOLD: return x > f->alpha ? x : 0;
	case ACT_SCALED_TANH: return f->alpha * tanhf(f->beta * x);
	case ACT_HARD_SIGMOID: return fmaxf(0, fminf(1, f->alpha * x + f->beta));
	case ACT_ELU: return x < 0 ? f->alpha * expm1f(x) : x;
	case ACT_SOFTSIGN: return x / (1 + fabsf(x));
	case ACT_SOFTPLUS: return x > 0 ? x + log1pf(expf(-x)) : log1pf(expf(x));
	default: return x;
	}
}

static void
apply(const struct rnn_fn *f, float *x, size_t n, float clip)
{
	for (size_t i = 0; i < n && clip > 0; i++)
		x[i] = fmaxf(-clip, fminf(clip, x[i]));
	if (f->act == ACT_SIGMOID)
		nn_dense()->sigmoid(n, x);
	else if (f->act == ACT_TANH)
		nn_dense()->tanh(n, x);
	else
		for (size_t i = 0; i < n; i++)
			x[i] = one(f, x[i]);
}

static void
plain_cell(const struct rnn *r, const struct rnn_fn fn[3], const struct rnn_step *s)
{
	for (size_t b = 0; b < s->rows; b++) {
		float *g = s->gates + b * r->ld;

		apply(&fn[0], g, r->hidden, r->clip);
		memcpy(s->h + b * r->hidden, g, r->hidden * sizeof *g);
	}
}

/* H = (1 - z) * g(..) + z * H */
static void
gru_cell(const struct rnn *r, const struct rnn_weights *w, const struct rnn_fn fn[3],
    const struct rnn_step *s)
{
	size_t n = r->hidden;
	float *rec = s->tmp, *gated = s->tmp + s->rows * r->ldh;

	for (size_t b = 0; b < s->rows; b++) {
		float *g = s->gates + b * r->ld, *h = s->h + b * n;

		apply(&fn[0], g, 2 * n, r->clip);
		for (size_t i = 0; i < n && !r->linear_before_reset; i++)
			gated[b * n + i] = g[n + i] * h[i];
	}
	nn_dense()->forward(s->rows, n, n, r->linear_before_reset ? s->h : gated, n, w->rh, r->ldh,
	    w->bias_h, NN_LINEAR, 0, rec, r->ldh);
	for (size_t b = 0; b < s->rows; b++) {
		float *g = s->gates + b * r->ld, *h = s->h + b * n, *x = g + 2 * n;
		const float *y = rec + b * r->ldh;

		for (size_t i = 0; i < n; i++)
			x[i] += r->linear_before_reset ? g[n + i] * y[i] : y[i];
		apply(&fn[1], x, n, r->clip);
		for (size_t i = 0; i < n; i++)
			h[i] = (1 - g[i]) * x[i] + g[i] * h[i];
	}
}

/* Gates i o f c; peepholes of i and f look at the old cell, of o at the new one. */
static void
lstm_cell(const struct rnn *r, const struct rnn_weights *w, const struct rnn_fn fn[3],
    const struct rnn_step *s)
{
	size_t n = r->hidden;

	for (size_t b = 0; b < s->rows; b++) {
		float *gi = s->gates + b * r->ld, *go = gi + n, *gf = go + n, *gc = gf + n;
		float *h = s->h + b * n, *c = s->c + b * n;

		for (size_t i = 0; i < n && w->peep; i++) {
			gi[i] += w->peep[i] * c[i];
			gf[i] += w->peep[2 * n + i] * c[i];
		}
		if (!w->peep && !r->input_forget) {
			apply(&fn[0], gi, 3 * n, r->clip);
		} else {
			apply(&fn[0], gi, n, r->clip);
			apply(&fn[0], gf, n, r->clip);
			for (size_t i = 0; i < n && r->input_forget; i++)
				gf[i] = 1 - gi[i];
		}
		apply(&fn[1], gc, n, r->clip);
		for (size_t i = 0; i < n; i++)
			h[i] = c[i] = gf[i] * c[i] + gi[i] * gc[i];
		if (w->peep || r->input_forget) {
			for (size_t i = 0; i < n && w->peep; i++)
				go[i] += w->peep[n + i] * c[i];
			apply(&fn[0], go, n, r->clip);
		}
		apply(&fn[2], h, n, 0);
		for (size_t i = 0; i < n; i++)
			h[i] *= go[i];
	}
}

void
rnn_cell(const struct rnn *r, const struct rnn_weights *w, const struct rnn_fn fn[3],
    const struct rnn_step *s)
{
	/* weights are padded with 0, so the columns that overlap GRU's third gate stay */
	nn_dense()->forward(s->rows, r->kind == RNN_GRU ? 2 * r->hidden : r->gates * r->hidden,
	    r->hidden, s->h, r->hidden, w->r, r->ldr, NULL, NN_LINEAR, 1, s->gates, r->ld);
	switch (r->kind) {
	case RNN_PLAIN: plain_cell(r, fn, s); break;
	case RNN_GRU: gru_cell(r, w, fn, s); break;
	case RNN_LSTM: lstm_cell(r, w, fn, s); break;
	}
}
