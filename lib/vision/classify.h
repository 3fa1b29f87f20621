/*
 * An image classifier: a model with its card, run on images. What it answers does not depend on
 * how many images are given at once.
 */
#ifndef TP_VISION_CLASSIFY_H
#define TP_VISION_CLASSIFY_H

#include <stddef.h>

#include "base/err.h"
#include "vision/card.h"

struct classifier;

#define CLASSIFY_BATCH 32 /* images that are run at once, at most */

/* Reads the .onnx file and its card and makes sure that they fit: one input (N, channels, size,
 * size), one output (N, classes). threads: 1 or more. NULL with the file's name in e. */
struct classifier *
classifier_open(const char *path, int threads, struct err *e);
void
classifier_free(struct classifier *c);

const struct vision_card *
classifier_card(const struct classifier *c);
/* SHA-256 of the file, 64 hexadecimal digits */
const char *
classifier_hash(const struct classifier *c);

/*
 * Class probabilities of n images: softmax(logits / temperature) in double, n x nclasses,
 * row-major. Images are n x gaf_pixels floats. ERR_DATA when the network gives what is no number.
 */
int
classifier_run(struct classifier *c, const float *images, size_t n, double *probs, struct err *e);

#endif
