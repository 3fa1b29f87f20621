#include "nn/rnn.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/mlp.h"

void
nn_rnn_shape(struct nn_rnn *p, size_t at, enum nn_rnn_kind kind, size_t in, size_t hidden)
{
	size_t start = at;

	memset(p, 0, sizeof *p);
	p->kind = kind;
	p->in = in;
	p->hidden = hidden;
	p->hp = nn_pad(hidden);
	p->gates = (kind == NN_LSTM ? 4 : 3) * p->hp;
	p->state = (kind == NN_LSTM ? 2 : 1) * p->hp;
	p->wx = at;
	at += in * p->gates;
	p->wh = at;
	at += hidden * p->gates;
	p->b = at;
	at += p->gates;
	p->bn = at;
	at += p->hp;
	p->nweights = at - start;
}

/* Orthogonal gate by gate; the forget gate's bias 1 (Jozefowicz et al. 2015). */
void
nn_rnn_init(const struct nn_rnn *p, float *w, struct rng *r)
{
	memset(w + p->wx, 0, p->nweights * sizeof *w);
	for (size_t g = 0; g < p->gates; g += p->hp) {
		nn_orthogonal(w + p->wx + g, p->in, p->hidden, p->gates, r, 1);
		nn_orthogonal(w + p->wh + g, p->hidden, p->hidden, p->gates, r, 1);
	}
	if (p->kind == NN_LSTM)
		for (size_t i = 0; i < p->hidden; i++)
			w[p->b + p->hp + i] = 1;
}

void
nn_rnn_work_init(struct nn_rnn_work *k, const struct nn_rnn *p, size_t steps, size_t rows)
{
	size_t n = steps * rows;
	float *f;

	memset(k, 0, sizeof *k);
	k->steps = steps;
	k->rows = rows;
	f = k->block = mem_array(
	    n * (2 * p->gates + 4 * p->hp) + rows * 4 * p->hp + p->gates * p->hp + p->hp * p->hp,
	    sizeof *f);
	k->gate = f, f += n * p->gates;
	k->dgate = f, f += n * p->gates;
	k->hprev = f, f += n * p->hp;
	k->cprev = f, f += n * p->hp;
	k->h = f, f += n * p->hp;
	k->ct = f, f += n * p->hp;
	k->dh = f, f += rows * p->hp;
	k->dc = f, f += rows * p->hp;
	k->rec = f, f += rows * p->hp;
	k->drec = f, f += rows * p->hp;
	k->wt = f;
}

void
nn_rnn_work_free(struct nn_rnn_work *k)
{
	free(k->block);
	memset(k, 0, sizeof *k);
}

/* Gates i, f, g, o of one row -> h and c. */
static void
lstm_row(const struct nn_rnn *p, const struct nn_dense *f, float *gate, const float *cprev,
    float *c, float *ct, float *h)
{
	size_t n = p->hp;

	f->sigmoid(2 * n, gate);
	f->tanh(n, gate + 2 * n);
	f->sigmoid(n, gate + 3 * n);
	for (size_t i = 0; i < n; i++)
		c[i] = ct[i] = gate[n + i] * cprev[i] + gate[i] * gate[2 * n + i];
	f->tanh(n, ct);
	for (size_t i = 0; i < p->hidden; i++)
		h[i] = gate[3 * n + i] * ct[i];
}

static void
gru_row(const struct nn_rnn *p, const struct nn_dense *f, float *gate, const float *rec,
    const float *hprev, float *h)
{
	size_t n = p->hp;

	f->sigmoid(2 * n, gate);
	for (size_t i = 0; i < n; i++)
		gate[2 * n + i] += gate[i] * rec[i];
	f->tanh(n, gate + 2 * n);
	for (size_t i = 0; i < p->hidden; i++)
		h[i] = (1 - gate[n + i]) * gate[2 * n + i] + gate[n + i] * hprev[i];
}

const float *
nn_rnn_forward(const struct nn_rnn *p, const float *w, size_t T, size_t M, const float *x,
    const uint8_t *begins, float *state, struct nn_rnn_work *k)
{
	const struct nn_dense *f = nn_dense();
	size_t n = p->hp, G = p->gates;

	f->forward(T * M, G, p->in, x, p->in, w + p->wx, G, w + p->b, NN_LINEAR, 0, k->gate, G);
	for (size_t t = 0; t < T; t++) {
		float *gate = k->gate + t * M * G, *hprev = k->hprev + t * M * n;
		float *cprev = k->cprev + t * M * n, *h = k->h + t * M * n;

		for (size_t m = 0; m < M; m++) {
			float *s = state + m * p->state;

			if (begins[t * M + m])
				memset(s, 0, p->state * sizeof *s);
			memcpy(hprev + m * n, s, n * sizeof *s);
			if (p->kind == NN_LSTM)
				memcpy(cprev + m * n, s + n, n * sizeof *s);
		}
		if (p->kind == NN_LSTM) {
			f->forward(
			    M, G, p->hidden, hprev, n, w + p->wh, G, NULL, NN_LINEAR, 1, gate, G);
		} else {
			f->forward(M, 2 * n, p->hidden, hprev, n, w + p->wh, G, NULL, NN_LINEAR, 1,
			    gate, G);
			f->forward(M, n, p->hidden, hprev, n, w + p->wh + 2 * n, G, w + p->bn,
			    NN_LINEAR, 0, cprev, n);
		}
		for (size_t m = 0; m < M; m++) {
			float *s = state + m * p->state;

			if (p->kind == NN_LSTM)
				lstm_row(p, f, gate + m * G, cprev + m * n, s + n,
				    k->ct + (t * M + m) * n, h + m * n);
			else
				gru_row(
				    p, f, gate + m * G, cprev + m * n, hprev + m * n, h + m * n);
			memcpy(s, h + m * n, n * sizeof *s);
		}
	}
	return k->h;
}

/* One row of the LSTM: dh in all, dc from later -> the gates' gradients; dc to earlier. */
static void
lstm_back(const struct nn_rnn *p, const float *gate, const float *cprev, const float *ct,
    const float *dh, float *dc, float *dg)
{
	size_t n = p->hp;
	const float *gi = gate, *gf = gate + n, *gg = gate + 2 * n, *go = gate + 3 * n;

	for (size_t i = 0; i < n; i++) {
		float d = dc[i] + dh[i] * go[i] * (1 - ct[i] * ct[i]);

		dg[i] = d * gg[i] * gi[i] * (1 - gi[i]);
		dg[n + i] = d * cprev[i] * gf[i] * (1 - gf[i]);
		dg[2 * n + i] = d * gi[i] * (1 - gg[i] * gg[i]);
		dg[3 * n + i] = dh[i] * ct[i] * go[i] * (1 - go[i]);
		dc[i] = d * gf[i];
	}
}

/* The same of the GRU; drec is what goes into the recurrent product of n, keep into h before. */
static void
gru_back(const struct nn_rnn *p, const float *gate, const float *rec, const float *hprev,
    const float *dh, float *drec, float *keep, float *dg)
{
	size_t n = p->hp;
	const float *r = gate, *z = gate + n, *c = gate + 2 * n;

	for (size_t i = 0; i < n; i++) {
		float dn = dh[i] * (1 - z[i]) * (1 - c[i] * c[i]);

		dg[2 * n + i] = dn;
		dg[i] = dn * rec[i] * r[i] * (1 - r[i]);
		dg[n + i] = dh[i] * (hprev[i] - c[i]) * z[i] * (1 - z[i]);
		drec[i] = dn * r[i];
		keep[i] = dh[i] * z[i];
	}
}

static void
recurrent_grad(
    const struct nn_rnn *p, size_t M, const float *hprev, const float *dgate, float *drec, float *g)
{
	const struct nn_dense *f = nn_dense();
	size_t n = p->hp, G = p->gates;

	if (p->kind == NN_LSTM) {
		f->gradient(M, G, p->hidden, hprev, n, dgate, G, g + p->wh, G, NULL);
		return;
	}
	f->gradient(M, 2 * n, p->hidden, hprev, n, dgate, G, g + p->wh, G, NULL);
	f->gradient(M, n, p->hidden, hprev, n, drec, n, g + p->wh + 2 * n, G, g + p->bn);
}

void
nn_rnn_backward(const struct nn_rnn *p, const float *w, size_t T, size_t M, const float *x,
    const uint8_t *begins, float *dh, struct nn_rnn_work *k, float *g)
{
	const struct nn_dense *f = nn_dense();
	size_t n = p->hp, G = p->gates;
	bool lstm = p->kind == NN_LSTM;
	float *wt_n = k->wt + (lstm ? 0 : 2 * n * n);

	/* wh' (G x hp); of the GRU the part of n apart */
	nn_transpose(p->hidden, lstm ? G : 2 * n, w + p->wh, G, k->wt, n);
	if (!lstm)
		nn_transpose(p->hidden, n, w + p->wh + 2 * n, G, wt_n, n);
	memset(k->dh, 0, M * n * sizeof *k->dh);
	memset(k->dc, 0, M * n * sizeof *k->dc);
	for (size_t t = T; t-- > 0;) {
		float *dg = k->dgate + t * M * G, *d = dh + t * M * n;

		for (size_t i = 0; i < M * n; i++)
			d[i] += k->dh[i];
		for (size_t m = 0; m < M; m++) {
			size_t at = t * M + m;

			if (lstm)
				lstm_back(p, k->gate + at * G, k->cprev + at * n, k->ct + at * n,
				    d + m * n, k->dc + m * n, dg + m * G);
			else
				gru_back(p, k->gate + at * G, k->cprev + at * n, k->hprev + at * n,
				    d + m * n, k->drec + m * n, k->dh + m * n, dg + m * G);
		}
		recurrent_grad(p, M, k->hprev + t * M * n, dg, k->drec, g);
		f->forward(
		    M, n, lstm ? G : 2 * n, dg, G, k->wt, n, NULL, NN_LINEAR, !lstm, k->dh, n);
		if (!lstm)
			f->forward(M, n, n, k->drec, n, wt_n, n, NULL, NN_LINEAR, 1, k->dh, n);
		for (size_t m = 0; m < M; m++)
			if (begins[t * M + m]) {
				memset(k->dh + m * n, 0, n * sizeof *k->dh);
				memset(k->dc + m * n, 0, n * sizeof *k->dc);
			}
	}
	f->gradient(T * M, G, p->in, x, p->in, k->dgate, G, g + p->wx, G, g + p->b);
}
