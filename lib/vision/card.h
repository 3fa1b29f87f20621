/*
 * The card of an image classifier: what its .onnx file says of itself, as one JSON object in the
 * metadata under the key "tradepipe.card".
 *
 *	{"format":"tradepipe-card-1","kind":"image-classifier",
 *	 "image":{"encoding":"gasf","window":10,"size":10,"channels":["close",...],"scale":"each",
 *	          "range":"01"},                            what images must be, as in their records
 *	 "classes":["none","evening_star",...],             of the output `logits`, in its order
 *	 "directions":[0,-1,...],                           what each means for the price
 *	 "temperature":1.3,                                 softmax(logits / temperature)
 *	 "reference":{"classes":[...],"confidence":[...],"pixels":{"edges":[...],"shares":[...]}},
 *	 ...}                                               data, command, seed, metrics: for people
 *
 * The model has one input, `image` (N, channels, size, size), and one output, `logits` (N,
 * classes). `reference` is what was seen in validation, for drift: the share of each class among
 * the answers, of confidences in tenths, and of images by vision_card_mean.
 */
#ifndef TP_VISION_CARD_H
#define TP_VISION_CARD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "gaf/gaf.h"

#define VISION_CARD_KEY "tradepipe.card"
#define VISION_CLASSES_MAX 256
#define VISION_NAME_MAX 63
#define VISION_BINS 10

struct vision_card {
	struct gaf_params image;
	size_t nclasses; /* 2..VISION_CLASSES_MAX */
	char classes[VISION_CLASSES_MAX][VISION_NAME_MAX + 1];
	int direction[VISION_CLASSES_MAX]; /* +1, 0, -1 */
	double temperature;                /* > 0; 1: as the network says */
	bool has_reference;
	double class_share[VISION_CLASSES_MAX]; /* sum 1 */
	double confidence_share[VISION_BINS];   /* of [0,.1), [.1,.2) ... [.9,1] */
	double pixel_edges[VISION_BINS - 1];    /* ascending */
	double pixel_share[VISION_BINS];
};

/* What the names of patterns mean: +1 for a bullish one, -1 for a bearish one, else 0. Knows the
 * labels of Chen and Tsai and the chart patterns of pattern-scan(1). */
int
vision_direction(const char *name);

/* The card as JSON, appended. `more` is NULL or further members, `"seed":1,"metrics":{...}`. */
void
vision_card_put(const struct vision_card *c, const char *more, struct buf *out);
/* ERR_DATA with what is missing or wrong. */
int
vision_card_get(struct vision_card *c, struct str text, struct err *e);

/* The mean pixel of an image (gaf_pixels of them); with GADF, where what is above the diagonal
 * takes away what is below it, the mean magnitude. */
double
vision_card_mean(const struct vision_card *c, const float *image);

#endif
