/*
 * The classifier: cards that are written are read, what a hand-made network answers is what a
 * hand computes, however many images come at once. `vision_classify FILE` writes the small
 * model of the tool's tests.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/math.h"
#include "base/rng.h"
#include "feed/pattern_gen.h"
#include "onnx/write.h"
#include "unit/t.h"
#include "vision/classify.h"

#define SIZE 6
#define CLASSES 3
#define PIXELS (2 * SIZE * SIZE)

static void
make_card(struct vision_card *c)
{
	struct err e = { 0 };

	memset(c, 0, sizeof *c);
	c->image =
	    (struct gaf_params){ .method = GAF_GASF, .range = GAF_01, .window = 8, .size = SIZE };
	gaf_channels_parse(&c->image, "close,open", &e);
	c->nclasses = CLASSES;
	strcpy(c->classes[0], "none");
	strcpy(c->classes[1], "morning_star");
	strcpy(c->classes[2], "evening_star");
	for (int i = 0; i < CLASSES; i++)
		c->direction[i] = vision_direction(c->classes[i]);
	c->temperature = 0.5;
	c->has_reference = true;
	for (int i = 0; i < CLASSES; i++)
		c->class_share[i] = 1.0 / CLASSES;
	for (int i = 0; i < VISION_BINS; i++)
		c->confidence_share[i] = c->pixel_share[i] = 0.1;
	for (int i = 0; i < VISION_BINS - 1; i++)
		c->pixel_edges[i] = -0.8 + 0.2 * i;
}

/* The mean of each channel, and of them W x + b. */
static const float weights[CLASSES * 2] = { 1, 0.5f, -2, 1, 3, -1 };
static const float biases[CLASSES] = { 0.1f, 0, -0.2f };

static int
write_model(const char *path, const struct vision_card *card, struct err *e)
{
	struct onnx_writer *w = onnx_writer_new("test");
	struct buf text = { 0 };
	int rc;

	onnx_write_input(w, "image", (int64_t[]){ -1, 2, SIZE, SIZE }, 4);
	onnx_write_f32(w, "w", (int64_t[]){ CLASSES, 2 }, 2, weights);
	onnx_write_f32(w, "b", (int64_t[]){ CLASSES }, 1, biases);
	onnx_write_node(w, "GlobalAveragePool", "pool", "image", "p");
	onnx_write_node(w, "Flatten", "flat", "p", "f");
	onnx_write_node(w, "Gemm", "fc", "f w b", "logits");
	onnx_write_attr_int(w, "transB", 1);
	onnx_write_output(w, "logits", (int64_t[]){ -1, CLASSES }, 2);
	if (card) {
		vision_card_put(card, "\"seed\":1", &text);
		onnx_write_meta(w, VISION_CARD_KEY, buf_z(&text));
	}
	rc = onnx_writer_save(w, path, e);
	onnx_writer_free(w);
	buf_free(&text);
	return rc;
}

static void
test_card(void)
{
	static const char *const wrong[] = { "", "{}", "[1]", "{\"format\":\"tradepipe-card-1\"}",
		"{\"format\":\"tradepipe-card-1\",\"kind\":\"image-classifier\"}" };
	struct vision_card a, b;
	struct buf text = { 0 };
	struct err e = { 0 };

	make_card(&a);
	vision_card_put(&a, "\"metrics\":{\"accuracy\":0.9}", &text);
	ok(vision_card_get(&b, buf_str(&text), &e) == 0, "a card is read: %s", e.msg);
	ok(memcmp(&a.classes, &b.classes, sizeof a.classes) == 0 && a.nclasses == b.nclasses,
	    "its classes");
	ok(gaf_params_same(&a.image, &b.image, &e) == 0, "its images");
	ok(b.direction[0] == 0 && b.direction[1] == 1 && b.direction[2] == -1, "its directions");
	is_f64(b.temperature, 0.5, 0, "its temperature");
	ok(b.has_reference && memcmp(a.pixel_edges, b.pixel_edges, sizeof a.pixel_edges) == 0,
	    "its reference");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ok(vision_card_get(&b, str_z(wrong[i]), &e) == ERR_DATA, "refused: %s", e.msg);
	/* what training saw is compared with: it must be a distribution */
	a.class_share[0] = -1;
	a.class_share[1] += 1 + 1.0 / CLASSES;
	buf_clear(&text);
	vision_card_put(&a, "\"metrics\":{\"accuracy\":0.9}", &text);
	ok(vision_card_get(&b, buf_str(&text), &e) == ERR_DATA, "a share below 0: %s", e.msg);
	make_card(&a);
	a.pixel_edges[3] = 9;
	buf_clear(&text);
	vision_card_put(&a, "\"metrics\":{\"accuracy\":0.9}", &text);
	ok(vision_card_get(&b, buf_str(&text), &e) == ERR_DATA, "edges that fall: %s", e.msg);
	make_card(&a);
	buf_clear(&text);
	vision_card_put(&a, "\"metrics\":{\"accuracy\":0.9}", &text);
	/* any byte cut off is an error */
	for (size_t n = 0; n < text.len; n += 7)
		if (vision_card_get(&b, (struct str){ text.p, n }, &e) == 0)
			ok(false, "a card cut at %zu is taken", n);
	buf_free(&text);
}

/* What drift of the inputs is seen by says something for every encoding. */
static void
test_mean(void)
{
	struct vision_card c;
	float image[PIXELS];

	make_card(&c);
	for (size_t i = 0; i < PIXELS; i++)
		image[i] = i % 2 ? 0.25f : -0.25f;
	is_f64(vision_card_mean(&c, image), 0, 0, "GASF: the mean pixel");
	c.image.method = GAF_GADF;
	is_f64(vision_card_mean(&c, image), 0.25, 0, "GADF, which sums to 0: its magnitude");
}

/* A class means for the price what the pattern of that name does where it is drawn. */
static void
test_directions(void)
{
	static struct pattern_gen_bar bars[PATTERN_GEN_BARS];
	struct pattern_gen_truth truth;
	struct rng r;

	rng_seed(&r, 1);
	for (int t = 0; t < PATTERN_GEN_TYPES; t++) {
		pattern_gen_series(&r, t, 100, &pattern_gen_usual, bars, &truth);
		is_i64(vision_direction(pattern_gen_name(t)), truth.direction, "direction of %s",
		    pattern_gen_name(t));
	}
	is_i64(vision_direction("none"), 0, "direction of none");
}

static void
test_psi(void)
{
	double p[2] = { 0.6, 0.4 }, q[2] = { 0.5, 0.5 }, z[2] = { 1, 0 };

	is_f64(num_psi(p, q, 2), 0.1 * log(0.6 / 0.5) - 0.1 * log(0.4 / 0.5), 1e-15, "PSI");
	is_f64(num_psi(q, q, 2), 0, 0, "of the same");
	ok(isfinite(num_psi(z, q, 2)), "of an empty bin");
}

/* softmax((W mean + b) / .5), in double */
static void
by_hand(const float *image, double *p)
{
	double mean[2] = { 0 }, z[CLASSES], sum = 0;

	for (int c = 0; c < 2; c++)
		for (int i = 0; i < SIZE * SIZE; i++)
			mean[c] += (double)image[c * SIZE * SIZE + i] / (SIZE * SIZE);
	for (int k = 0; k < CLASSES; k++) {
		z[k] = (double)weights[2 * k] * mean[0] + (double)weights[2 * k + 1] * mean[1] +
		       (double)biases[k];
		sum += p[k] = exp(z[k] / 0.5);
	}
	for (int k = 0; k < CLASSES; k++)
		p[k] /= sum;
}

static void
test_run(void)
{
	enum { N = 45 };
	char path[] = "/tmp/vision_classify_XXXXXX";
	int fd = mkstemp(path);
	struct vision_card card;
	struct classifier *c;
	struct err e = { 0 };
	static float images[N * PIXELS];
	static double all[N * CLASSES], one[CLASSES], hand[CLASSES];
	double worst = 0;
	bool same = true;
	struct rng r;

	make_card(&card);
	rng_seed(&r, 5);
	for (size_t i = 0; i < N * PIXELS; i++)
		images[i] = (float)(2 * rng_uniform(&r) - 1 + (double)(i / PIXELS % 3) * 0.3);
	ok(fd >= 0 && write_model(path, &card, &e) == 0, "a model is written: %s", e.msg);
	close(fd);
	c = classifier_open(path, 1, &e);
	ok(c != NULL, "and opened: %s", e.msg);
	if (!c)
		return;
	ok(classifier_run(c, images, N, all, &e) == 0, "it runs: %s", e.msg);
	for (size_t i = 0; i < N; i++) {
		classifier_run(c, images + i * PIXELS, 1, one, &e);
		same = same && memcmp(one, all + i * CLASSES, sizeof one) == 0;
		by_hand(images + i * PIXELS, hand);
		for (int k = 0; k < CLASSES; k++)
			worst = fmax(worst, fabs(hand[k] - one[k]));
	}
	ok(same, "one by one and all at once: the same bits");
	ok(worst < 1e-6, "as by hand: %g", worst);
	images[7] = NAN;
	ok(classifier_run(c, images, 1, one, &e) == ERR_DATA, "no number: %s", e.msg);
	classifier_free(c);
	write_model(path, NULL, &e);
	ok(!classifier_open(path, 1, &e) && strstr(e.msg, "card"), "no card: %s", e.msg);
	card.nclasses = 2;
	write_model(path, &card, &e);
	ok(!classifier_open(path, 1, &e), "a card of another network: %s", e.msg);
	unlink(path);
	ok(!classifier_open(path, 1, &e) && e.code == ERR_IO, "no file: %s", e.msg);
}

int
main(int argc, char **argv)
{
	if (argc > 1) {
		struct vision_card card;
		struct err e = { 0 };

		make_card(&card);
		return write_model(argv[1], &card, &e) < 0;
	}
	test_card();
	test_mean();
	test_directions();
	test_psi();
	test_run();
	return done_testing();
}
