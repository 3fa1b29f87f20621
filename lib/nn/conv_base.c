#include "nn/conv_isa.h"

#define NAME "base"
#define VL 4
#define TILES(X) X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5)
#include "nn/conv_kernels.h"

const struct nn_kernels nn_kernels_base = TABLE;
