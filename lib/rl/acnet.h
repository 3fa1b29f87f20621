/*
 * Actor and critic: two perceptrons side by side, or one LSTM or GRU with a linear head each. The
 * actor's output is logits (discrete) or means (box), whose log deviations are weights of their
 * own.
 */
#ifndef TP_RL_ACNET_H
#define TP_RL_ACNET_H

#include <stdbool.h>

#include "nn/mlp.h"
#include "nn/rnn.h"
#include "onnx/write.h"
#include "rl/env.h"

struct acnet {
	bool recurrent, box;
	size_t nobs, nout;
	const struct rl_space *act;
	struct nn_rnn rnn;
	struct nn_mlp pi, vf;
	size_t log_std; /* offset; box only */
	size_t nweights;
	size_t state; /* floats of memory */
};

struct acnet_work {
	size_t rows;
	struct nn_rnn_work rnn;
	struct nn_mlp_work pi, vf;
	const float *in; /* of the heads */
	size_t ldin;
	float *dpi, *dvf;         /* gradients that meet in the recurrent layer */
	const float *out, *value; /* rows of nn_pad(nout), and of NN_LANES with the value first */
};

void
acnet_work_init(struct acnet_work *k, const struct acnet *n, size_t steps, size_t rows);
void
acnet_work_free(struct acnet_work *k);
/* x [T][M][nobs]; begins and state as of nn_rnn_forward (unused by perceptrons; may be NULL).
 * critic false: k->value is not made. */
void
acnet_forward(const struct acnet *n, const float *w, size_t T, size_t M, const float *x,
    const uint8_t *begins, float *state, bool critic, struct acnet_work *k);
/* After forward with the critic, gradients put into nn_mlp_dout of k->pi and k->vf. */
void
acnet_backward(const struct acnet *n, const float *w, size_t T, size_t M, const float *x,
    const uint8_t *begins, struct acnet_work *k, float *g);
void
acnet_init(const struct acnet *n, float *w, struct rng *r);
/* Nodes and outputs from input `in`; memory goes through inputs and outputs of its own. */
void
acnet_graph(const struct acnet *n, const float *w, struct onnx_writer *o, const char *in);
/* Output `action` within its bounds, from numbers of which -1 and 1 are the bounds. */
void
acnet_graph_box(struct onnx_writer *o, const struct rl_space *act, const char *from);
/* The nodes of one perceptron, from `in` to the first `outs` of its outputs as `out`; names begin
 * with `name`. */
void
acnet_graph_mlp(const struct nn_mlp *p, const float *w, struct onnx_writer *o, const char *name,
    const char *in, const char *out, size_t outs);
/* A (rows x cols of ld) without its padding as an initializer. */
void
acnet_graph_matrix(
    struct onnx_writer *o, const char *name, const float *w, size_t rows, size_t cols, size_t ld);

#endif
