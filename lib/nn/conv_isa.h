/* Inside nn: a packed convolution, and the table of kernels of an instruction set. */
#ifndef TP_NN_CONV_ISA_H
#define TP_NN_CONV_ISA_H

#include "nn/conv.h"
#include "nn/pool.h"

/* Register tiles: rows x cols pixels, by one or two vectors of output channels. All widths up to
 * the widest are there in one row. */
struct nn_tile_size {
	int rows, cols;
};

struct nn_kernels {
	const char *name;
	int lanes;
	int tiles; /* sizes there are; sizes[0] is 1 x 1 */
	const struct nn_tile_size *sizes;
	void (*direct)(const struct nn_conv *c, const struct nn_conv_io *io, int part, int parts);
	void (*winograd)(const struct nn_conv *c, const struct nn_conv_io *io, int part, int parts);
	void (*pool)(const struct nn_pool *p, const struct nn_map *in, const float *x,
	    const struct nn_map *out, float *y, int part, int parts);
	void (*sum)(const struct nn_sum *s, int part, int parts);
	/* images in blocks of `lanes` channels */
	void (*pack)(const struct nn_map *m, const float *chw, float *x, int part, int parts);
	void (*unpack)(const struct nn_map *m, const float *x, float *chw, int part, int parts);
};

/* Output channels go in groups of NN_VECS blocks; the last may have one block only. */
enum { NN_VECS = 2, NN_TILE_ROWS = 2 };
/* Winograd: most tiles of a run. */
enum { NN_RUN = 84 };

struct nn_conv {
	const struct nn_kernels *k;
	struct nn_conv_shape s;
	int side;  /* winograd: pixels of a tile's side, 4 or 2; 0: direct */
	int patch; /* ... and of what it looks at: 6 and 4, with stride 2 9 */
	bool clamp;
	float lo, hi;
	int in_lanes, in_blocks; /* blocks: those that a group of output blocks looks at */
	int out_blocks, out_groups;
	int *first; /* of each output group: the first input block it looks at */
	/* direct: group, input block, row and column of the tap, input lane, vector;
	 * winograd: point, group, input channel, vector */
	float *w;
	size_t group_floats; /* of a group of NN_VECS blocks */
	size_t bytes;
	float *bias;
	void *block;     /* what w and bias lie in */
	int tile_rows;   /* direct: of the register tiles; those of a last odd row have one */
	bool rows_first; /* all groups for a row before the next row: where weights are few */
	int run_tiles;   /* winograd: tiles of a run through its three steps */
	/* By rows and vectors, less one: the register tile to take next where so many pixels of a
	 * row are left. */
	unsigned char *cut[NN_TILE_ROWS][NN_VECS];
};

/* Points of a Winograd tile. */
static inline int
nn_conv_points(const struct nn_conv *c)
{
	return c->patch * c->patch;
}

/* Tiles of an image. */
static inline int
nn_conv_tiles(const struct nn_conv *c, int side)
{
	return (c->s.oh + side - 1) / side * ((c->s.ow + side - 1) / side);
}

/* How far ahead weights are to be asked for, floats: a group's, where all do not stay in the second
 * cache. A single pixel uses each once: there is nothing to do meanwhile. */
static inline size_t
nn_conv_ahead(const struct nn_conv *c)
{
	enum { NEAR_BYTES = 1 << 20 };

	return c->bytes > NEAR_BYTES && c->s.oh * c->s.ow > 1 ? c->group_floats : 0;
}

static inline int
nn_images(const struct nn_conv_io *io)
{
	return io->images ? io->images : 1;
}

/* A range of n pieces of work for one part of many. */
static inline int
nn_part(int n, int part, int parts)
{
	return (int)((long long)n * part / parts);
}

extern const struct nn_kernels nn_kernels_base;
/* NULL where not built for this machine */
const struct nn_kernels *
nn_kernels_avx2(void);
const struct nn_kernels *
nn_kernels_avx512(void);

#endif
