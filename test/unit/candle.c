/* The 61 candle functions: against TA-Lib's own values, in any cut, in every kernel. */
#include "pattern/candle.h"
#include "base/rng.h"
#include "io/in.h"
#include "t.h"

#define ROWS 5000

static double bar[4][ROWS];
static size_t nbars;
static int16_t want[CANDLE_NFNS][ROWS], got[CANDLE_NFNS][ROWS], again[CANDLE_NFNS][ROWS];
static int16_t *rows[CANDLE_NFNS], *again_rows[CANDLE_NFNS];
static const char *const kernels[] = { "plain", "sse2", "avx2", "avx512" };

static struct io_in *
open_part(const char *base, const char *tail)
{
	char path[1200];
	struct err e;

	snprintf(path, sizeof path, "%s%s", base, tail);
	return io_in_open(path, &e);
}

static bool
read_line(struct io_in *in, char *line, size_t room)
{
	const char *p;
	struct err e;
	size_t n;

	if (!in || io_in_line(in, true, &p, &n, &e) != 1 || n >= room)
		return false;
	memcpy(line, p, n);
	line[n] = '\0';
	return true;
}

/* BASE.csv: anything, then open,high,low,close; BASE.cdl.csv: row,function,value. */
static bool
read_vectors(const char *base, const char *gz)
{
	char line[512], tail[32];
	struct io_in *in;

	snprintf(tail, sizeof tail, ".csv%s", gz);
	in = open_part(base, tail);
	nbars = 0;
	while (nbars < ROWS && read_line(in, line, sizeof line)) {
		char *p = strchr(line, ',');

		if (!p || p[1] == 'O')
			continue; /* the header */
		for (int k = 0; k < 4; k++)
			bar[k][nbars] = strtod(p + 1, &p);
		nbars++;
	}
	io_in_free(in);
	memset(want, 0, sizeof want);
	snprintf(tail, sizeof tail, ".cdl.csv%s", gz);
	in = open_part(base, tail);
	while (read_line(in, line, sizeof line)) {
		char fn[64];
		size_t row;
		int v;

		if (sscanf(line, "%zu,%63[^,],%d", &row, fn, &v) == 3 && row < nbars)
			want[candle_find(fn, strlen(fn))][row] = (int16_t)v;
	}
	io_in_free(in);
	return nbars > 0;
}

static size_t
differ(int16_t a[CANDLE_NFNS][ROWS], int16_t b[CANDLE_NFNS][ROWS], size_t *nonzero)
{
	size_t n = 0;

	*nonzero = 0;
	for (int f = 0; f < CANDLE_NFNS; f++)
		for (size_t i = 0; i < nbars; i++) {
			*nonzero += b[f][i] != 0;
			if (a[f][i] == b[f][i])
				continue;
			if (n++ < 5)
				t_note("%s, bar %zu: %d, not %d", candle_infos[f].name, i, a[f][i],
				    b[f][i]);
		}
	return n;
}

static void
run_whole(const struct candle_opts *o, int16_t *const out[CANDLE_NFNS])
{
	struct candle_state *s = candle_new(o);

	candle_run(s, bar[0], bar[1], bar[2], bar[3], nbars, out);
	candle_free(s);
}

static void
run_stream(const struct candle_opts *o, int16_t out[CANDLE_NFNS][ROWS])
{
	struct candle_state *s = candle_new(o);
	struct candle_hit hits[CANDLE_NFNS];

	memset(out, 0, CANDLE_NFNS * ROWS * sizeof **out);
	for (size_t i = 0; i < nbars; i++) {
		size_t n = candle_push(s, bar[0][i], bar[1][i], bar[2][i], bar[3][i], hits);

		for (size_t k = 0; k < n; k++)
			out[hits[k].fn][i] = hits[k].value;
	}
	candle_free(s);
}

static void
test_vectors(const char *base, const char *gz, size_t least)
{
	const char *name;
	size_t nonzero;

	if (!base) {
		t_skip("no vectors beside the tree");
		return;
	}
	name = strrchr(base, '/') + 1;
	if (!ok(read_vectors(base, gz), "%s: %zu bars", name, nbars))
		return;
	for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++) {
		if (!candle_use(kernels[k]))
			continue;
		memset(got, 0x55, sizeof got); /* every row is to be written */
		run_whole(NULL, rows);
		is_i64((int64_t)differ(got, want, &nonzero), 0, "%s: TA-Lib's values, %s", name,
		    kernels[k]);
		ok(nonzero >= least, "of which %zu are not 0", nonzero);
		run_stream(NULL, got);
		is_i64((int64_t)differ(got, want, &nonzero), 0, "%s: bar by bar, %s", name,
		    kernels[k]);
	}
	candle_use(NULL);
}

/* Prices on a coarse grid, so that ends coincide; bars without range, and now and then a jump. */
static void
random_bars(uint64_t seed, size_t n, double tick)
{
	struct rng r;
	double p = 100;

	rng_seed(&r, seed);
	nbars = n;
	for (size_t i = 0; i < n; i++) {
		double v[4];
		bool jump = rng_below(&r, 10) == 0, flat = rng_below(&r, 12) == 0;

		v[0] = p + (jump ? tick * ((double)rng_below(&r, 21) - 10) : 0);
		for (int k = 1; k < 4; k++)
			v[k] = flat ? v[0] : v[0] + tick * ((double)rng_below(&r, 17) - 8);
		bar[0][i] = v[0];
		bar[3][i] = v[1];
		bar[1][i] = fmax(fmax(v[0], v[1]), fmax(v[2], v[3]));
		bar[2][i] = fmin(fmin(v[0], v[1]), fmin(v[2], v[3]));
		p = v[1];
	}
}

static void
test_kernels_agree(void)
{
	size_t nonzero, total = 0, bad = 0, runs = 0;

	for (uint64_t seed = 1; seed <= 6; seed++) {
		random_bars(seed, 1500 + seed * 7, seed % 2 ? 0.25 : 0.0101);
		candle_use("plain");
		run_whole(NULL, again_rows);
		for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++) {
			if (!candle_use(kernels[k]))
				continue;
			run_whole(NULL, rows);
			bad += differ(got, again, &nonzero);
			run_stream(NULL, got);
			bad += differ(got, again, &nonzero);
			runs += 2;
		}
		total += nonzero;
	}
	candle_use(NULL);
	is_i64((int64_t)bad, 0, "random bars: the same in %zu runs of all kernels", runs);
	ok(total > 10000, "%zu values are not 0", total);
}

/* Pieces of random lengths, one bar now and then: the same values as in one piece. */
static void
test_cuts(void)
{
	struct rng r;
	size_t bad = 0, nonzero = 0, lone = 0;

	random_bars(77, 3000, 0.25);
	run_whole(NULL, again_rows);
	rng_seed(&r, 3);
	for (int round = 0; round < 12; round++) {
		struct candle_state *s = candle_new(NULL);

		memset(got, 0, sizeof got);
		for (size_t at = 0; at < nbars;) {
			size_t n = 1 + rng_below(&r, round % 2 ? 9 : 200);
			int16_t *part[CANDLE_NFNS];
			struct candle_hit hits[CANDLE_NFNS];

			if (n > nbars - at)
				n = nbars - at;
			if (n == 1) {
				size_t k = candle_push(
				    s, bar[0][at], bar[1][at], bar[2][at], bar[3][at], hits);

				while (k-- > 0)
					got[hits[k].fn][at] = hits[k].value;
				lone++;
			} else {
				for (int f = 0; f < CANDLE_NFNS; f++)
					part[f] = got[f] + at;
				candle_run(
				    s, bar[0] + at, bar[1] + at, bar[2] + at, bar[3] + at, n, part);
			}
			at += n;
		}
		bad += differ(got, again, &nonzero);
		candle_free(s);
	}
	is_i64((int64_t)bad, 0, "12 random cuts of %zu bars: the same values", nbars);
	ok(lone > 100, "with %zu bars alone among them", lone);
}

/* What stands before a bar says everything about it: a changed future changes nothing. */
static void
test_prefix(void)
{
	size_t bad = 0;

	random_bars(5, 800, 0.25);
	run_whole(NULL, again_rows);
	for (size_t cut = 20; cut < 800; cut += 97) {
		for (int k = 0; k < 4; k++)
			for (size_t i = cut; i < 800; i++)
				bar[k][i] = 1000 - bar[k][i];
		run_whole(NULL, rows);
		for (int f = 0; f < CANDLE_NFNS; f++)
			bad += memcmp(got[f], again[f], cut * sizeof **got) != 0;
		random_bars(5, 800, 0.25);
	}
	is_i64((int64_t)bad, 0, "no value depends on a later bar");
}

static void
test_subset(void)
{
	struct candle_opts o;
	struct err e;
	size_t bad = 0, nonzero;

	candle_opts_init(&o);
	is_i64(candle_opts_parse(&o, "CDLDoji,engulfing,MORNINGSTAR=0.7", 33, &e), 0, "a list");
	is_i64((int64_t)o.want,
	    (int64_t)(CANDLE_BIT(CDL_DOJI) | CANDLE_BIT(CDL_ENGULFING) |
		      CANDLE_BIT(CDL_MORNINGSTAR)),
	    "three functions");
	is_f64(o.penetration[CDL_MORNINGSTAR], 0.7, 0, "and a penetration");
	random_bars(9, 2000, 0.25);
	run_whole(NULL, again_rows);
	memset(got, 0x55, sizeof got);
	run_whole(&o, rows);
	for (size_t i = 0; i < nbars; i++) {
		bad += got[CDL_DOJI][i] != again[CDL_DOJI][i];
		bad += got[CDL_HAMMER][i] != 0x5555;
	}
	is_i64((int64_t)bad, 0, "what is not wanted is not touched");
	memcpy(again, got, sizeof got);
	run_stream(&o, got);
	memset(again[CDL_HAMMER], 0, sizeof again[0]);
	bad = 0;
	for (size_t i = 0; i < nbars; i++)
		for (int f = 0; f < CANDLE_NFNS; f++)
			if (o.want >> f & 1)
				bad += got[f][i] != again[f][i];
			else
				bad += got[f][i] != 0;
	is_i64((int64_t)bad, 0, "the same bar by bar");
	is_i64(candle_opts_parse(&o, "dojo", 4, &e), ERR_USAGE, "%s", e.msg);
	is_i64(candle_opts_parse(&o, "doji=0.1", 8, &e), ERR_USAGE, "%s", e.msg);
	is_i64(candle_opts_parse(&o, "mathold=x", 9, &e), ERR_USAGE, "%s", e.msg);
	is_i64(candle_opts_parse(&o, "mathold=-1", 10, &e), ERR_USAGE, "%s", e.msg);
	is_i64(candle_opts_parse(&o, "doji,", 5, &e), ERR_USAGE, "%s", e.msg);
	(void)nonzero;
}

/* A morning star whose last close is 0.4 of the first body up: by 0.3, not by 0.5. */
static void
test_penetration(void)
{
	struct candle_opts o;
	size_t n = 12;

	for (size_t i = 0; i < n; i++) {
		bar[0][i] = 100;
		bar[3][i] = 101;
		bar[1][i] = 102;
		bar[2][i] = 99;
	}
	const double star[3][4] = { { 100, 100, 90, 90 }, { 88, 88.5, 87, 88.2 },
		{ 89, 94, 89, 94 } };
	for (size_t j = 0; j < 3; j++)
		for (int k = 0; k < 4; k++)
			bar[k][n + j] = star[j][k];
	nbars = n + 3;
	candle_opts_init(&o);
	run_whole(&o, rows);
	is_i64(got[CDL_MORNINGSTAR][n + 2], 100, "0.4 of the body is more than 0.3");
	o.penetration[CDL_MORNINGSTAR] = 0.5;
	run_whole(&o, rows);
	is_i64(got[CDL_MORNINGSTAR][n + 2], 0, "and less than 0.5");
}

/* Spans: a hikkake's confirmation reaches back to the hikkake. */
static void
test_span(void)
{
	const double h[] = { 12, 13, 12.5, 12.2, 12.3, 13.5 }, l[] = { 8, 7, 8, 7.5, 7.6, 9 };
	struct candle_state *s = candle_new(NULL);
	struct candle_hit hits[CANDLE_NFNS];
	int seen = 0;

	/* inside bar 2 in bar 1, lower high and lower low at bar 3, a close above bar 2 at bar 5 */
	for (size_t i = 0; i < 12; i++) {
		size_t j = i < 6 ? 0 : i - 6;
		double c = i == 11 ? 13 : 10;
		size_t n = candle_push(s, 10, h[j], l[j], c, hits);

		while (n-- > 0)
			if (hits[n].fn == CDL_HIKKAKE) {
				seen++;
				is_i64(hits[n].value, i == 9 ? 100 : 200, "hikkake at bar %zu", i);
				is_i64(hits[n].span, i == 9 ? 3 : 5, "its span");
			}
	}
	is_i64(seen, 2, "a hikkake and its confirmation");
	candle_free(s);
}

static void
test_split(void)
{
	struct candle_state *s, *t;
	struct candle_hit a[CANDLE_NFNS], b[CANDLE_NFNS];
	size_t bad = 0, hits = 0;

	random_bars(21, 2000, 0.25);
	s = candle_new(NULL);
	t = candle_new(NULL);
	for (size_t i = 0; i < nbars; i++) {
		/* s sees the price as it was traded, 4:1 from bar 1000; t the adjusted one */
		double d = i < 1000 ? 1 : 4;
		size_t n, m;

		if (i == 1000)
			candle_split(s, 4);
		n = candle_push(s, bar[0][i] / d, bar[1][i] / d, bar[2][i] / d, bar[3][i] / d, a);
		m = candle_push(t, bar[0][i], bar[1][i], bar[2][i], bar[3][i], b);
		hits += n;
		bad += n != m || memcmp(a, b, n * sizeof *a) != 0;
	}
	is_i64((int64_t)bad, 0, "a split of 4:1 changes no value of %zu", hits);
	candle_free(s);
	candle_free(t);
}

/* The path of the vectors NAME without ".csv", or NULL. */
static char *
shared(const char *name)
{
	static char path[1100];
	char file[100];
	const char *p;

	snprintf(file, sizeof file, "vectors/candles/%s.csv", name);
	p = t_shared(file);
	if (!p)
		return NULL;
	snprintf(path, sizeof path, "%s", p);
	*strrchr(path, '.') = '\0';
	return path;
}

int
main(void)
{
	for (int f = 0; f < CANDLE_NFNS; f++) {
		rows[f] = got[f];
		again_rows[f] = again[f];
	}
	test_vectors(t_data("pattern-scan/synth"), ".gz", 12159);
	test_vectors(shared("SH_AES_daily_adj"), "", 1431);
	test_vectors(shared("SH_EURUSD_daily"), "", 7861);
	test_vectors(shared("SH_EURUSD_min_20140506"), "", 3167);
	test_kernels_agree();
	test_cuts();
	test_prefix();
	test_subset();
	test_penetration();
	test_span();
	test_split();
	return done_testing();
}
