/* How far training is, for a person who waits: one line with a learning curve, on a terminal, in
 * the foreground, after two seconds. */
#ifndef TP_VISION_TRAIN_SHOW_H
#define TP_VISION_TRAIN_SHOW_H

#include "vision/resnet_train.h"

struct train_show {
	bool on;
	double began, last;
	int64_t images; /* since it began */
	struct buf line;
};

void
train_show_begin(struct train_show *s, bool quiet);
/* After a batch. */
void
train_show_step(struct train_show *s, const struct train *t, int64_t batches);
/* Takes the line away. */
void
train_show_end(struct train_show *s);
double
train_show_seconds(const struct train_show *s);

#endif
