#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vision/classify.h"

#include "base/mem.h"
#include "base/num.h"
#include "onnx/model.h"

#define SIZES 6 /* sessions for 1, 2, 4 ... 32 images, made when first needed */

struct classifier {
	struct onnx_model *model;
	struct onnx_session *sessions[SIZES];
	struct vision_card card;
	int threads;
	char hash[65];
};

/* ---- opening ---- */

static struct onnx_session *
session(struct classifier *c, int size, struct err *e)
{
	const struct gaf_params *p = &c->card.image;
	struct onnx_tensor shape = { .type = ONNX_F32, .ndims = 4 };
	struct onnx_opts o = { .batch = 1 << size, .shapes = &shape, .threads = c->threads };

	shape.dims[0] = 1 << size;
	shape.dims[1] = p->nchannels;
	shape.dims[2] = shape.dims[3] = p->size;
	if (!c->sessions[size])
		c->sessions[size] = onnx_session_new(c->model, &o, e);
	return c->sessions[size];
}

static int
read_card(struct classifier *c, struct err *e)
{
	const char *text = onnx_model_meta(c->model, VISION_CARD_KEY);

	if (!text)
		return err_set(e, ERR_DATA,
		    "no card in it (metadata " VISION_CARD_KEY
		    "): it is no classifier of images of bars");
	return vision_card_get(&c->card, str_z(text), e);
}

/* What goes in and comes out must be what the card speaks of. */
static int
check_shapes(struct classifier *c, struct err *e)
{
	const struct onnx_tensor *out;
	struct onnx_session *s;

	if (onnx_model_inputs(c->model) != 1 || onnx_model_outputs(c->model) != 1)
		return err_set(e, ERR_DATA, "%zu inputs and %zu outputs, want one of each",
		    onnx_model_inputs(c->model), onnx_model_outputs(c->model));
	s = session(c, 0, e);
	if (!s)
		return e->code;
	out = onnx_session_output(s, 0);
	if (out->type != ONNX_F32 || out->ndims != 2 || out->dims[0] != 1 ||
	    out->dims[1] != (int64_t)c->card.nclasses)
		return err_set(e, ERR_DATA, "its output is not (N, %zu) float32, as its card says",
		    c->card.nclasses);
	return 0;
}

struct classifier *
classifier_open(const char *path, int threads, struct err *e)
{
	struct classifier *c = mem_alloc(sizeof *c);
	int rc = 0;

	c->threads = threads;
	c->model = onnx_model_open(path, e);
	if (!c->model) {
		free(c);
		return NULL;
	}
	rc = read_card(c, e);
	if (rc == 0)
		rc = check_shapes(c, e);
	if (rc < 0) {
		err_wrap(e, "%s", path);
		classifier_free(c);
		return NULL;
	}
	onnx_model_sha256(c->model, c->hash);
	return c;
}

void
classifier_free(struct classifier *c)
{
	if (!c)
		return;
	for (int i = 0; i < SIZES; i++)
		onnx_session_free(c->sessions[i]);
	onnx_model_free(c->model);
	free(c);
}

const struct vision_card *
classifier_card(const struct classifier *c)
{
	return &c->card;
}

const char *
classifier_hash(const struct classifier *c)
{
	return c->hash;
}

/* ---- running ---- */

static int
softmax(const float *logits, size_t n, double temperature, double *p, struct err *e)
{
	double most = -HUGE_VAL, sum = 0;

	for (size_t i = 0; i < n; i++) {
		if (!isfinite(logits[i]))
			return err_set(e, ERR_DATA, "the network gives no number");
		most = fmax(most, (double)logits[i]);
	}
	for (size_t i = 0; i < n; i++)
		sum += p[i] = num_exp(((double)logits[i] - most) / temperature);
	for (size_t i = 0; i < n; i++)
		p[i] /= sum;
	return 0;
}

int
classifier_run(struct classifier *c, const float *images, size_t n, double *probs, struct err *e)
{
	size_t pixels = gaf_pixels(&c->card.image), k = c->card.nclasses;

	while (n) {
		int size = 0, rc;
		struct onnx_session *s;
		struct onnx_tensor in, out;

		while (size + 1 < SIZES && (size_t)2 << size <= n)
			size++;
		s = session(c, size, e);
		if (!s)
			return e->code;
		in = *onnx_session_input(s, 0);
		/* read only, by contract */
		memcpy(&in.data, &images, sizeof in.data);
		rc = onnx_run(s, &in, &out, e);
		for (size_t i = 0; rc == 0 && i < (size_t)1 << size; i++)
			rc = softmax((const float *)out.data + i * k, k, c->card.temperature,
			    probs + i * k, e);
		if (rc < 0)
			return rc;
		images += pixels << size;
		probs += k << size;
		n -= (size_t)1 << size;
	}
	return 0;
}
