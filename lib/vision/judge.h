/* How good a classifier is: counts, rates with bootstrap intervals, calibration. */
#ifndef TP_VISION_JUDGE_H
#define TP_VISION_JUDGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct vis_rate {
	double v, lo, hi; /* with its 95 % interval; v < 0: there is none */
};

struct vis_class {
	size_t n; /* examples of it */
	struct vis_rate precision, recall, f1;
};

struct vis_judged {
	size_t n, classes;
	size_t *confusion; /* classes x classes: row the truth, column the answer */
	struct vis_rate accuracy, macro_f1;
	struct vis_class *of;
	double loss, loss_t; /* mean -log p of the truth: as it is, and with the temperature */
	double ece, ece_t;   /* expected calibration error, 15 bins of equal width */
};

/* z: n x classes logits. Intervals are percentiles of `resamples` bootstrap samples (0: none),
 * which take the examples for independent: those of overlapping windows are not, and theirs too
 * narrow. */
void
vis_judge(struct vis_judged *j, const float *z, const uint32_t *truth, size_t n, size_t classes,
    double temperature, size_t resamples, uint64_t seed);
void
vis_judged_free(struct vis_judged *j);

/* The temperature T for which softmax(z / T) has the smallest mean -log p (Guo, Pleiss, Sun and
 * Weinberger, "On Calibration of Modern Neural Networks", 2017, arXiv:1706.04599); in .5 to 20. */
double
vis_temperature(const float *z, const uint32_t *truth, size_t n, size_t classes);
double
vis_loss(const float *z, const uint32_t *truth, size_t n, size_t classes, double temperature);
/* How often the largest logit is the truth's; the first of equal ones counts. */
double
vis_accuracy(const float *z, const uint32_t *truth, size_t n, size_t classes);

/* As a table, and as a JSON object. */
void
vis_judged_text(const struct vis_judged *j, char *const *names, struct buf *out);
void
vis_judged_json(const struct vis_judged *j, char *const *names, struct buf *out);

#endif
