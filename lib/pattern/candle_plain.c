/* One double at a time: any machine, and one bar alone on every machine. */
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

static void
shift(uint64_t *w, const uint8_t *bits)
{
	for (size_t i = 0; i < CANDLE_NCONDS; i++)
		w[i] = w[i] >> 1 | (uint64_t)bits[i] << 63;
}

static uint64_t
top(const struct candle_words *x)
{
	uint64_t is = 0;

	for (int f = 0; f < CANDLE_NFNS; f++)
		is |= (x->pos[f] | x->neg[f]) >> 63 << f;
	return is;
}

const struct candle_kernel candle_plain = { "plain", block, shift, top };
