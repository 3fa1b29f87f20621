/* The list of --candles, and bars of any shape: what a list means it means again in other case; a
 * bar gives the same values alone and in a block of any kernel. */
#include "fuzz.h"
#include "pattern/candle.h"

#define BARS 120

static double bar[4][BARS];
static int16_t block[CANDLE_NFNS][BARS], alone[CANDLE_NFNS][BARS];

static void
fuzz_list(struct candle_opts *o, const char *p, size_t n)
{
	struct candle_opts again;
	char other[64];
	struct err e;

	candle_opts_init(o);
	candle_opts_init(&again);
	for (size_t i = 0; i < n; i++)
		other[i] = (char)(p[i] >= 'a' && p[i] <= 'z' ? p[i] - 32 : p[i]);
	if (candle_opts_parse(o, p, n, &e) < 0) {
		FUZZ_HOLDS(e.msg[0], "no words");
		candle_opts_init(o);
		return;
	}
	FUZZ_HOLDS(o->want && !(o->want & ~CANDLE_ALL), "%llx", (unsigned long long)o->want);
	FUZZ_HOLDS(candle_opts_parse(&again, other, n, &e) == 0, "%.*s", (int)n, other);
	FUZZ_HOLDS(memcmp(o, &again, sizeof again) == 0, "%.*s", (int)n, other);
}

/* A byte a price: an odd walk, with ends that coincide and with broken bars too. */
static size_t
fuzz_bars(const uint8_t *p, size_t n)
{
	size_t bars = n / 4 < BARS ? n / 4 : BARS;
	double at = 100;

	for (size_t i = 0; i < bars; i++, p += 4) {
		for (int k = 0; k < 4; k++) {
			int step = (int8_t)p[k] / 16; /* few steps, so that much is equal */

			bar[k][i] = at + step * 0.1;
		}
		at = bar[3][i];
	}
	return bars;
}

static void
fuzz_run(const struct candle_opts *o, size_t n)
{
	struct candle_state *s = candle_new(o), *t = candle_new(o);
	int16_t *rows[CANDLE_NFNS];
	struct candle_hit hits[CANDLE_NFNS];

	memset(block, 0, sizeof block);
	memset(alone, 0, sizeof alone);
	for (int f = 0; f < CANDLE_NFNS; f++)
		rows[f] = block[f];
	candle_run(s, bar[0], bar[1], bar[2], bar[3], n, rows);
	for (size_t i = 0; i < n; i++) {
		size_t k = candle_push(t, bar[0][i], bar[1][i], bar[2][i], bar[3][i], hits);

		FUZZ_HOLDS(k <= CANDLE_NFNS, "%zu", k);
		while (k-- > 0) {
			FUZZ_HOLDS(hits[k].value != 0 && hits[k].span <= i + 1, "bar %zu", i);
			alone[hits[k].fn][i] = hits[k].value;
		}
	}
	FUZZ_HOLDS(memcmp(block, alone, sizeof block) == 0, "%s", candle_kernel_name());
	candle_free(s);
	candle_free(t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const kernels[] = { "plain", "sse2", "avx2", "avx512" };
	struct candle_opts o;
	size_t list;

	if (size < 2)
		return 0;
	candle_use(kernels[data[0] & 3]); /* one that is not here leaves the one before */
	list = data[1] % 64;
	if (list > size - 2)
		list = size - 2;
	fuzz_list(&o, (const char *)data + 2, list);
	fuzz_run(&o, fuzz_bars(data + 2 + list, size - 2 - list));
	return 0;
}
