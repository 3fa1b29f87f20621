/*
 * One recurrent layer, LSTM (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al.
 * 2000) or GRU (Cho et al. 2014, in the form of PyTorch and cuDNN, the reset after the product),
 * over T steps of M sequences, and back through time. Kernels of nn/dense.h.
 *
 * Weights in a block of the caller: wx (in x G), wh (H x G), b (G), and for the GRU bn (H), G being
 * the gates side by side, each padded: LSTM i, f, g, o; GRU r, z, n. Sequence data is [T][M][...].
 */
#ifndef TP_NN_RNN_H
#define TP_NN_RNN_H

#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "nn/dense.h"

enum nn_rnn_kind { NN_LSTM, NN_GRU };

struct nn_rnn {
	enum nn_rnn_kind kind;
	size_t in, hidden;
	size_t hp, gates; /* padded hidden; columns of the gates */
	size_t wx, wh, b, bn;
	size_t nweights;
	size_t state; /* floats of one sequence's state: h, and for the LSTM c behind it, padded */
};

struct nn_rnn_work {
	size_t steps, rows;
	float *gate;  /* [T][M][G], after their activations */
	float *hprev; /* [T][M][hp]: h before the step, after a reset */
	float *cprev; /* the same of c; GRU: the recurrent product of n, before the reset gate */
	float *h;     /* [T][M][hp] */
	float *ct;    /* tanh c */
	float *dgate, *dh, *dc, *wt, *rec, *drec, *block;
};

void
nn_rnn_shape(struct nn_rnn *p, size_t at, enum nn_rnn_kind kind, size_t in, size_t hidden);
void
nn_rnn_init(const struct nn_rnn *p, float *w, struct rng *r);
void
nn_rnn_work_init(struct nn_rnn_work *k, const struct nn_rnn *p, size_t steps, size_t rows);
void
nn_rnn_work_free(struct nn_rnn_work *k);

/* x [T][M][in]; begins [T][M]: 1 where a sequence starts anew before that step (its state is 0
 * there); state [M][p->state]: in and out. Returns h, [T][M][hp], borrowed. */
const float *
nn_rnn_forward(const struct nn_rnn *p, const float *w, size_t T, size_t M, const float *x,
    const uint8_t *begins, float *state, struct nn_rnn_work *k);
/* dh [T][M][hp], padding 0, is overwritten; adds to g. The state before the first step is taken as
 * given. */
void
nn_rnn_backward(const struct nn_rnn *p, const float *w, size_t T, size_t M, const float *x,
    const uint8_t *begins, float *dh, struct nn_rnn_work *k, float *g);

#endif
