/* Inside the runtime: what LSTM, GRU and RNN share (op_rnn.c), and their cells (rnn_cell.c). */
#ifndef TP_ONNX_RNN_H
#define TP_ONNX_RNN_H

#include "onnx/op.h"

enum rnn_kind { RNN_PLAIN, RNN_GRU, RNN_LSTM };

enum rnn_act {
	ACT_SIGMOID,
	ACT_TANH,
	ACT_RELU,
	ACT_AFFINE,
	ACT_LEAKY,
	ACT_THRESHOLD,
	ACT_SCALED_TANH,
	ACT_HARD_SIGMOID,
	ACT_ELU,
	ACT_SOFTSIGN,
	ACT_SOFTPLUS,
};

struct rnn_fn {
	enum rnn_act act;
	float alpha, beta;
};

/*
 * Weights of one direction, packed for the kernels of dense layers: columns are the gates in ONNX's
 * order (LSTM i o f c, GRU z r h), padded together.
 */
struct rnn_weights {
	const float *w;      /* in x ld */
	const float *r;      /* hidden x ldr; of a GRU the gates z and r */
	const float *rh;     /* GRU: hidden x ldh, its gate h */
	const float *bias;   /* ld: all that is added before the gates' functions... */
	const float *bias_h; /* ldh: ...but GRU's that is gated, with linear_before_reset */
	const float *peep;   /* LSTM: 3 x hidden (i o f), or NULL */
};

struct rnn {
	enum rnn_kind kind;
	size_t seq, batch, in, hidden, gates, dirs;
	size_t ld, ldr, ldh;
	bool batch_first, linear_before_reset, input_forget;
	int direction; /* 0 forward, 1 reverse, 2 both */
	float clip;    /* 0: none */
	struct rnn_fn fn[2][3];
};

/* What a cell works on: `rows` sequences at one step. */
struct rnn_step {
	size_t rows;
	float *gates; /* rows x ld; holds the input's share and the bias */
	float *h, *c; /* rows x hidden: the state, made the next one */
	float *tmp;   /* rows x (ldh + hidden) */
};

void
rnn_cell(const struct rnn *r, const struct rnn_weights *w, const struct rnn_fn fn[3],
    const struct rnn_step *s);

/* Of "Sigmoid" and its like: false for one that is not known. Sets the defaults of alpha, beta. */
bool
rnn_fn_named(struct str name, struct rnn_fn *f);

#endif
