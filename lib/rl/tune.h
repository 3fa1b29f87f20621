/*
 * Search of settings: a space of named dimensions, and two ways of drawing the next point.
 *
 *	lr=1e-4..1e-2:log	a real number, drawn evenly in its logarithm
 *	gamma=.9..0.999		a real number
 *	epochs=2..20		a whole number, where the caller says that the setting takes one
 *	hidden=32|64|64+64	one of these
 *
 * separated by commas. A point is n doubles: the number itself, or the index of the choice; it is
 * always what its text says, so that a point read back from a ledger is the point that was tried.
 *
 * TPE: J. Bergstra, R. Bardenet, Y. Bengio, B. Kegl, "Algorithms for Hyper-Parameter Optimization",
 * NIPS 2011, section 4, with their adaptive Parzen estimators, each dimension by itself: after
 * TUNE_STARTUP random points, the best TUNE_BEST of the points make the density l, the others g; of
 * TUNE_DRAWS draws from l the one with the largest l / g is next.
 */
#ifndef TP_RL_TUNE_H
#define TP_RL_TUNE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/rng.h"

#define TUNE_MOST 64    /* dimensions */
#define TUNE_STARTUP 10 /* random points first */
#define TUNE_BEST 0.15  /* gamma of the paper */
#define TUNE_BEST_MOST 25
#define TUNE_DRAWS 24

enum tune_kind { TUNE_REAL, TUNE_WHOLE, TUNE_CHOICE };

struct tune_dim {
	char *key; /* owned, as are the choices */
	enum tune_kind kind;
	bool log;
	double lo, hi;
	char **choice;
	size_t nchoice;
};

struct tune {
	struct tune_dim *dim;
	size_t n;
};

/* Is the setting there, and of whole numbers? 1 whole, 0 real or text; a code with the words. */
typedef int (*tune_kind_fn)(void *arg, const char *key, struct err *e);
/* 0 or ERR_USAGE with the words in e; tune_free in either case. */
int
tune_parse(struct tune *u, const char *text, tune_kind_fn kind, void *arg, struct err *e);
void
tune_free(struct tune *u);

/* The text of a dimension's value: a choice as it was written ('+' of numbers is ','), a number to
 * six digits. */
void
tune_put(const struct tune_dim *d, double x, struct buf *out);
/* And back; false when the text is none of the dimension's. */
bool
tune_get(const struct tune_dim *d, const char *text, double *x);

void
tune_random(const struct tune *u, struct rng *g, double *x);
/* The next point after `rows` points of n numbers each with these losses (smaller is better; not
 * finite: worst of all). */
void
tune_tpe(const struct tune *u, struct rng *g, const double *points, const double *loss, size_t rows,
    double *x);

#endif
