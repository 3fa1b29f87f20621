/* Markov transition fields (gaf.h); for the files of this room. */
#ifndef TP_GAF_MTF_H
#define TP_GAF_MTF_H

#include "gaf/prepare.h"

/* As gaf_image. */
int
gaf_mtf(struct gaf *g, const double *const x[GAF_NCOLUMNS], double *image);

#endif
