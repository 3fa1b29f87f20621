/* The encoder, for the files of this room. */
#ifndef TP_GAF_PREPARE_H
#define TP_GAF_PREPARE_H

#include "gaf/gaf.h"

struct gaf {
	struct gaf_params p;
	uint32_t *start, *end; /* of the segments, size of them */
	double *made;          /* channels that are no column, [nchannels][window] */
	double *values;        /* of one that ranks are made of, [window] */
	double *points;        /* behind PAA, [nchannels][size] */
	double *factors;
	float *factors32;
	/* mtf */
	double *pixels, *sorted;
	uint8_t *bin; /* of each point of a series */
};

/* The series of each channel, window values: the caller's column or made of several. */
void
gaf_prepare_channels(
    struct gaf *g, const double *const x[GAF_NCOLUMNS], const double *series[GAF_CHANNELS_MAX]);

static inline bool
gaf_is_price(uint8_t channel)
{
	return channel <= GAF_CLOSE || channel == GAF_VWAP;
}

static inline bool
gaf_is_rank(uint8_t channel)
{
	return channel >= GAF_UPPER_RANK;
}

#endif
