/* Labelled images, read from files of records into memory, and cut into parts to learn from and to
 * judge by. Factors are kept as factors and made pixels batch by batch. */
#ifndef TP_VISION_IMAGES_H
#define TP_VISION_IMAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "gaf/gaf.h"
#include "onnx/sha256.h"
#include "rec/rec.h"

struct vis_image {
	int64_t ts, end; /* its time, and when its label was known */
	const struct sym *sym;
	uint32_t label; /* into names */
	bool factors;
	size_t at; /* into data */
};

struct vis_set {
	struct vis_image *v;
	size_t n, cap;
};

struct vis_images {
	struct symtab *syms;
	struct gaf_params params; /* of all images, once there is one */
	bool any;
	struct buf interval; /* of the first one that says */
	char **names;        /* labels, sorted by vis_sort_names */
	size_t nnames, names_cap;
	float *data;
	size_t ndata, data_cap;
	struct sha256 hash; /* of all labelled images, in the order in which they were read */
	uint64_t unlabelled, bad;
};

void
vis_open(struct vis_images *m);
void
vis_close(struct vis_images *m);

/* The labelled images of a file ("-": standard input) into s. Every image must have the parameters
 * of the first. ERR_DATA names file and line; with skip_bad `say` gets the words and reading goes
 * on (m->bad counts). */
int
vis_read(struct vis_images *m, struct vis_set *s, const char *path, bool skip_bad,
    void (*say)(const char *text), struct err *e);

/* Names in order, and the labels of the sets with them. */
void
vis_sort_names(struct vis_images *m, struct vis_set *sets, size_t nsets);

/* Pixels of an image: channel, row, column. */
void
vis_pixels(const struct vis_images *m, const struct vis_image *i, float *out);

/* ---- parts ---- */
enum vis_by { VIS_TIME, VIS_SYMBOL, VIS_BOTH };

struct vis_split {
	double part; /* of the images (time) or the symbols that go to `valid` */
	enum vis_by by;
	int64_t embargo; /* ns kept between what is learned from and what it is judged by */
	uint64_t seed;   /* which symbols */
};

/*
 * Moves the later images of `train` (or those of some symbols, or the later ones of some symbols)
 * to `valid`, and drops what would tell of them: by time, images whose label was known less than
 * `embargo` before the first one of `valid`; with VIS_BOTH also the later images of the other
 * symbols. Returns how many were dropped.
 */
size_t
vis_split(struct vis_set *train, struct vis_set *valid, const struct vis_split *how);
/* Drops of train what overlaps with images of the same symbol in `valid`, from its time to its
 * label's, with `embargo` before and behind. */
size_t
vis_purge(struct vis_set *train, const struct vis_set *valid, int64_t embargo);

#endif
