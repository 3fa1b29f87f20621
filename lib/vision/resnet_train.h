/* The tool resnet-train: labelled images -> a trained network as an .onnx file. */
#ifndef TP_VISION_RESNET_TRAIN_H
#define TP_VISION_RESNET_TRAIN_H

#include "nn/optim.h"
#include "nn/resnet.h"
#include "stage/args.h"
#include "vision/card.h"
#include "vision/images.h"
#include "vision/judge.h"

int
resnet_train_main(int argc, char **argv);

/* ---- within the tool ---- */

struct train_opts {
	struct stage base;
	struct opt_list train, valid, test, blocks, widths, strides;
	const char *out, *name, *checkpoint, *metrics;
	int64_t seed, rows, depth, hidden, epochs, batch, patience, checkpoint_every, threads,
	    resamples;
	int pool, optimizer, class_weights, select, split_by, report;
	double split, dropout, lr, final_lr, momentum, weight_decay, warmup, clip, smoothing, mixup,
	    jitter;
	int64_t embargo;
	bool balance, resume;
};
extern const struct stage_kind resnet_train_kind;

enum { TRAIN_SELECT_LOSS, TRAIN_SELECT_ACCURACY };
enum { TRAIN_UNWEIGHTED, TRAIN_BALANCED, TRAIN_PRIOR };

/* What an epoch came to; valid_* are below 0 where nothing is held out. */
struct train_epoch {
	double lr, train_loss, train_accuracy, valid_loss, valid_accuracy, norm;
};

/* A run of training: all that is not made anew from the options and the data is in `net` (weights
 * and state), `optim` and the fields below, and goes into a checkpoint. */
struct train {
	const struct train_opts *o;
	const struct vis_images *images;
	const struct vis_set *train, *valid;
	struct nn_resnet *net;
	struct nn_optim optim;
	float *class_weight; /* or NULL */
	float *class_prior;  /* logarithms of the shares, or NULL */
	struct buf what;     /* options and data that the numbers depend on */
	struct err *err;
	/* where it is: `done` batches of epoch `epoch` */
	int64_t epoch, done;
	double loss, norm; /* sums over the batches of this epoch */
	int64_t right, seen;
	struct train_epoch *past; /* `epoch` of them */
	size_t past_cap;
	float *best_w, *best_state; /* the chosen epoch's, once there is one */
	int64_t best_epoch;         /* 0-based; -1: none yet */
	/* buffers */
	float *x, *target, *logits;
	float *image;    /* all of one, where the network sees the last rows */
	uint32_t *order; /* of this epoch */
	int64_t order_epoch;
	/* for who watches; may be NULL */
	void (*watch)(void *arg, const struct train *t, int64_t batches);
	void *watch_arg;
	int (*epoch_done)(void *arg, const struct train *t);
};

/* ---- train_loop.c ---- */
/* Trains to the end, from where t stands. 0 or a code. */
int
train_run(struct train *t);
/* Batches in an epoch. */
int64_t
train_batches(const struct train *t);
/* The logits of a set, n x classes, to be freed; *truth likewise. */
float *
train_logits(struct train *t, const struct vis_set *s, uint32_t **truth);

/* ---- train_batch.c ---- */
/* What the network sees of an image: nn_resnet_pixels(t->net) floats. */
void
train_pixels(struct train *t, const struct vis_image *v, float *out);
/* The images of batch `at` of the epoch at hand, into t->x and t->target; how many. */
size_t
train_fill(struct train *t, int64_t at);

/* ---- train_save.c ---- */
int
train_checkpoint_write(const char *path, struct train *t);
/* ERR_DATA when it is none, damaged, or of another run. */
int
train_checkpoint_read(const char *path, struct train *t);
int
train_metrics_write(const char *path, const struct train *t);

/* ---- train_model.c ---- */
/* Writes the model with its card once its outputs on `x` (n images) have been found to agree with
 * `z`. `more`: members of the card for people (vision_card_put). */
int
train_model_write(const char *path, const struct train *t, const struct vision_card *card,
    const char *more, const float *x, const float *z, size_t n);

/* ---- train_card.c ---- */
/* What images must be, the classes, and what was seen of s (logits z), for drift. */
void
train_card_fill(struct vision_card *c, const struct train *t, double temperature,
    const struct vis_set *s, const float *z);

#endif
