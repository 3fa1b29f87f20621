/* One double at a time: any machine, and one bar alone on every machine. */
#define KERNEL candle_kernel_plain
#define LANES 1
#define VEC double
#define LOAD(p) (*(p))
#define STORE(p, v) (*(p) = (v))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define LT(a, b) ((a) < (b))
#define LE(a, b) ((a) <= (b))
#define PUT(word, k, bits) ((word) |= (uint64_t)(bits) << (k))
#include "pattern/candle_kernel.h"
