/*
 * Images against those that pyts 0.13 made (testdata/gaf-encode, all of ../shared/vectors/gaf where
 * it is): float64 bit by bit, float32 within 2e-7, by every kernel; and the cases at the edges.
 */
#include "base/mem.h"
#include "gaf/gaf.h"
#include "unit/t.h"

/* The doubles behind the header of an .npy file; NULL when it is not there. Shape is known. */
static double *
npy(const char *path, size_t n)
{
	unsigned char head[10];
	double *x = NULL;
	FILE *f = path ? fopen(path, "rb") : NULL;

	if (!f)
		return NULL;
	if (fread(head, 1, 10, f) == 10 && memcmp(head, "\x93NUMPY\x01", 7) == 0 &&
	    fseek(f, 10 + head[8] + 256 * head[9], SEEK_SET) == 0) {
		x = mem_array(n, sizeof *x);
		if (fread(x, sizeof *x, n, f) != n) {
			free(x);
			x = NULL;
		}
	}
	fclose(f);
	return x;
}

static double *
data(const char *name, size_t n)
{
	char path[256];

	snprintf(path, sizeof path, "gaf-encode/%s.npy", name);
	return npy(t_data(path), n);
}

static double *
shared(const char *name, size_t n)
{
	char path[256];

	snprintf(path, sizeof path, "vectors/gaf/%s.npy", name);
	return npy(t_shared(path), n);
}

static struct gaf_params
params(const char *channels, unsigned n, unsigned m)
{
	struct gaf_params p = { .window = n, .size = m };
	struct err e;

	if (gaf_channels_parse(&p, channels, &e) < 0) {
		t_note("%s", e.msg);
		exit(1);
	}
	return p;
}

static const struct {
	unsigned n, m;
	bool overlap;
} shapes[] = { { 32, 32, 0 }, { 64, 64, 0 }, { 64, 32, 0 }, { 60, 24, 0 }, { 60, 24, 1 } };

static double *windows; /* (4, 4, 64): window, channel, point */

static void
vector_case(const char *name, const struct gaf_params *p, const double *want, size_t nwindows)
{
	size_t n = gaf_pixels(p), odd = 0, far = 0;
	double *image = mem_array(n, sizeof *image);
	float *image32 = mem_array(n, sizeof *image32);
	struct err e;
	struct gaf *g = gaf_new(p, &e);

	for (size_t w = 0; w < nwindows; w++) {
		const double *x[GAF_NCOLUMNS] = { 0 };

		for (int k = 0; k < 4; k++)
			x[k] = windows + (w * 4 + (size_t)k) * 64;
		if (gaf_image(g, x, image) < 0 || gaf_image_f32(g, x, image32) < 0) {
			ok(false, "%s: encoded", name);
			break;
		}
		for (size_t i = 0; i < n; i++) {
			odd += memcmp(&image[i], &want[w * n + i], sizeof *want) != 0;
			far += !(fabs((double)image32[i] - want[w * n + i]) <= 2e-7);
		}
	}
	is_i64((int64_t)odd, 0, "%s: float64 bit by bit", name);
	is_i64((int64_t)far, 0, "%s: float32 within 2e-7", name);
	gaf_free(g);
	free(image);
	free(image32);
}

static int seen;

static void
vector_files(void)
{
	for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
		for (int method = 0; method < 2; method++)
			for (int range = 0; range < 2; range++) {
				struct gaf_params p = params("ohlc", shapes[s].n, shapes[s].m);
				char name[100];
				size_t many = 4;
				double *want;

				p.method = (enum gaf_method)method;
				p.range = (enum gaf_range)range;
				p.overlap = shapes[s].overlap;
				snprintf(name, sizeof name, "%s_n%u_m%u_%s%s",
				    gaf_method_names[method], p.window, p.size,
				    gaf_range_names[range], p.overlap ? "_overlap" : "");
				want = shared(name, gaf_pixels(&p) * many);
				if (!want) {
					many = 1;
					want = data(name, gaf_pixels(&p));
				}
				if (!want)
					continue;
				seen++;
				vector_case(name, &p, want, many);
				free(want);
			}
}

/* Segments by their sums: a series whose points are distinct powers shows its bounds. */
static void
bounds_case(unsigned n, unsigned m, bool overlap, const char *starts, const char *ends)
{
	struct gaf_params p = params("close", n, m);
	const double *x[GAF_NCOLUMNS] = { 0 };
	double *ramp = mem_array(n, sizeof *ramp), *f = mem_array(2 * m, sizeof *f);
	char *a, *b;
	unsigned wrong = 0;
	struct err e;
	struct gaf *g;

	p.overlap = overlap;
	p.range = GAF_01;
	g = gaf_new(&p, &e);
	/* of i^2 a mean tells both ends of its segment */
	for (unsigned i = 0; i < n; i++)
		ramp[i] = (double)i * i;
	x[GAF_CLOSE] = ramp;
	ok(gaf_factors(g, x, f) == 0, "%u to %u, overlap %d", n, m, overlap);
	double *mean = mem_array(m, sizeof *mean);
	for (unsigned j = 0; j < m; j++) {
		unsigned s = (unsigned)strtoul(starts, &a, 10), t = (unsigned)strtoul(ends, &b, 10);

		for (unsigned i = s; i < t; i++)
			mean[j] += ramp[i];
		mean[j] /= t - s;
		starts = a, ends = b;
	}
	for (unsigned j = 0; j < m; j++)
		wrong += fabs(f[j] - (mean[j] - mean[0]) / (mean[m - 1] - mean[0])) > 1e-12;
	is_i64(wrong, 0, "the segments are those of pyts");
	gaf_free(g);
	free(mean);
	free(ramp);
	free(f);
}

/* testdata/gaf-encode/paa_bounds.txt: n m overlap, a line of starts, a line of ends */
static void
bounds_file(void)
{
	FILE *f = fopen(t_data("gaf-encode/paa_bounds.txt"), "r");
	char head[100], starts[2000], ends[2000];
	unsigned n, m, overlap;
	int cases = 0;

	while (f && fgets(head, sizeof head, f) && fgets(starts, sizeof starts, f) &&
	       fgets(ends, sizeof ends, f) && sscanf(head, "%u %u %u", &n, &m, &overlap) == 3) {
		bounds_case(n, m, overlap != 0, starts, ends);
		cases++;
	}
	is_i64(cases, 10, "all the bounds were tried");
	if (f)
		fclose(f);
}

/* ---- edges ---- */

/* Image of one series of at most 8 points against what pyts printed; NULL: an error is wanted. */
static void
edge(const char *what, enum gaf_method method, enum gaf_range range, unsigned n, unsigned m,
    const double *points, const double *want)
{
	struct gaf_params p = params("close", n, m);
	const double *x[GAF_NCOLUMNS] = { [GAF_CLOSE] = points };
	double image[64] = { 0 };
	struct err e;
	struct gaf *g;
	size_t odd = 0;
	int rc;

	p.method = method;
	p.range = range;
	g = gaf_new(&p, &e);
	rc = g ? gaf_image(g, x, image) : e.code;
	if (!want) {
		ok(rc < 0, "%s: refused", what);
	} else {
		for (size_t i = 0; rc == 0 && i < (size_t)m * m; i++)
			odd += image[i] != want[i];
		ok(rc == 0 && odd == 0, "%s: what pyts gives", what);
	}
	gaf_free(g);
}

static void
edges(void)
{
	static const double one[16] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
	static const double minus[16] = { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
		-1, -1 };
	static const double zero[16], two[4] = { 1, -1, -1, 1 };
	static const double five[8] = { 5, 5, 5, 5 };
	static const double up[3] = { 1, 2, 3 };
	static const double up_want[9] = { 1, 0, -1, 0, -1, 0, -1, 0, 1 };
	const double bad[4] = { 1, NAN, 2, 3 }, inf[4] = { 1, INFINITY, 2, 3 };
	const double huge[3] = { -1e308, 0, 1e308 };

	edge("constant, -1 to 1", GAF_GASF, GAF_M11, 4, 4, five, one);
	edge("constant, 0 to 1", GAF_GASF, GAF_01, 4, 4, five, minus);
	edge("constant, difference", GAF_GADF, GAF_M11, 4, 4, five, zero);
	edge("constant, 0 to 1, difference", GAF_GADF, GAF_01, 4, 4, five, zero);
	edge("one point", GAF_GASF, GAF_M11, 1, 1, five, one);
	edge("two points", GAF_GASF, GAF_M11, 2, 2, up, two);
	edge("three points", GAF_GASF, GAF_M11, 3, 3, up, up_want);
	edge("NaN", GAF_GASF, GAF_M11, 4, 4, bad, NULL);
	edge("infinity", GAF_GASF, GAF_M11, 4, 4, inf, NULL);
	edge("a range that is no number", GAF_GASF, GAF_M11, 3, 3, huge, NULL);
	edge("one pixel of four points", GAF_GASF, GAF_M11, 4, 1, five, NULL);
	edge("more pixels than points", GAF_GASF, GAF_M11, 4, 5, five, NULL);
	edge("constant, recurrence", GAF_RECURRENCE, GAF_01, 4, 4, five, zero);
}

/* ---- fields of transitions, recurrence ---- */

static void
others(void)
{
	/* 2 bins at the median 2.5: bins 0 0 1 1 0 1; from 0: to 0 once, to 1 twice; from 1: to 0
	 * once, to 1 once */
	static const double x[6] = { 1, 2, 3, 4, 1.5, 5 };
	static const int bin[6] = { 0, 0, 1, 1, 0, 1 };
	const double p01[2][2] = { { 1.0 / 3, 2.0 / 3 }, { 0.5, 0.5 } };
	struct gaf_params p = params("close", 6, 6);
	const double *cols[GAF_NCOLUMNS] = { [GAF_CLOSE] = x };
	double image[36] = { 0 };
	struct err e;
	struct gaf *g;
	int odd = 0;

	p.method = GAF_MTF;
	p.bins = 2;
	g = gaf_new(&p, &e);
	ok(g && gaf_image(g, cols, image) == 0, "a transition field");
	for (int i = 0; i < 6; i++)
		for (int j = 0; j < 6; j++)
			odd += fabs(image[i * 6 + j] - p01[bin[i]][bin[j]]) > 1e-15;
	is_i64(odd, 0, "counted by hand");
	gaf_free(g);
	p.size = 3;
	g = gaf_new(&p, &e);
	ok(g && gaf_image(g, cols, image) == 0, "with pixels of two points");
	is_f64(image[1], (2.0 / 3 + 2.0 / 3 + 2.0 / 3 + 2.0 / 3) / 4, 1e-15, "points 0,1 by 2,3");
	is_f64(image[5], (0.5 * 4) / 4, 1e-15, "points 2,3 by 4,5");
	is_f64(image[8], (1.0 / 3 + 2.0 / 3 + 0.5 + 0.5) / 4, 1e-15, "points 4,5 by 4,5");
	gaf_free(g);
	p = params("close", 6, 6);
	p.method = GAF_RECURRENCE;
	p.range = GAF_01;
	g = gaf_new(&p, &e);
	ok(g && gaf_image(g, cols, image) == 0, "a recurrence plot");
	is_f64(image[3], 0.75, 1e-15, "distance of points 0 and 3");
	is_f64(image[18], 0.75, 1e-15, "and of 3 and 0");
	gaf_free(g);
}

/* ---- channels and scales ---- */

static void
scales(void)
{
	static const double o[2] = { 10, 11 }, h[2] = { 14, 12 }, l[2] = { 9, 8 }, c[2] = { 12, 9 };
	const double *x[GAF_NCOLUMNS] = { o, h, l, c };
	struct gaf_params p = params("culr", 2, 2);
	double f[20] = { 0 };
	struct err e;
	struct gaf *g;

	p.range = GAF_01;
	p.scale = GAF_CULR_SHARED;
	g = gaf_new(&p, &e);
	ok(g && gaf_factors(g, x, f) == 0, "shadows and body on one scale");
	/* upper 2 1, lower 1 1, body 2 -2: the largest is 2 */
	is_f64(f[0], 1, 0, "close");
	is_f64(f[2], 1, 0, "upper shadow");
	is_f64(f[3], 0.5, 0, "upper shadow");
	is_f64(f[4], 0.5, 0, "lower shadow");
	is_f64(f[6], 1, 0, "body up");
	is_f64(f[7], 0, 0, "body down");
	gaf_free(g);
	p = params("open,close,upper,lower,body", 2, 2);
	p.range = GAF_01;
	p.scale = GAF_CULR_SHARED;
	g = gaf_new(&p, &e);
	ok(g && gaf_factors(g, x, f) == 0, "and open and close on another");
	/* 10 11, 12 9: from 9 to 12 */
	is_f64(f[0], 1.0 / 3, 1e-15, "the first open");
	is_f64(f[1], 2.0 / 3, 1e-15, "the second open");
	is_f64(f[2], 1, 1e-15, "the highest");
	is_f64(f[3], 0, 1e-15, "the lowest");
	is_f64(f[5], 0.5, 0, "upper shadow");
	is_f64(f[9], 0, 0, "body down");
	gaf_free(g);
	p = params("open,high,low,close", 2, 2);
	p.scale = GAF_JOINT;
	p.range = GAF_01;
	g = gaf_new(&p, &e);
	ok(g && gaf_factors(g, x, f) == 0, "all prices on one scale");
	is_f64(f[0], (10.0 - 8) / 6, 1e-15, "open in 8..14");
	is_f64(f[2], 1, 1e-15, "the highest");
	is_f64(f[5], 0, 1e-15, "the lowest");
	gaf_free(g);
}

/* ---- the last bars of a window ---- */

/* The last L of a window are the corner of its whole image, bit by bit, at every scale. */
static void
corner(const char *channels, enum gaf_scale scale, enum gaf_method method)
{
	struct gaf_params p = params(channels, 30, 30), q;
	const double *x[GAF_NCOLUMNS] = { windows, windows + 64, windows + 128, windows + 192 };
	size_t wrong = 0;
	struct err e;

	p.scale = scale;
	p.range = GAF_01;
	p.method = method;
	q = p;
	q.last = q.size = 7;
	struct gaf *whole = gaf_new(&p, &e), *part = gaf_new(&q, &e);
	double *a = mem_array(gaf_pixels(&p), sizeof *a), *b = mem_array(gaf_pixels(&q), sizeof *b);
	int ra = gaf_image(whole, x, a), rb = gaf_image(part, x, b);

	for (uint32_t k = 0; k < p.nchannels; k++)
		for (uint32_t i = 0; i < 7; i++)
			wrong += memcmp(b + (k * 7 + i) * 7, a + (k * 30 + 23 + i) * 30 + 23,
				     7 * sizeof *a) != 0;
	ok(ra == 0 && rb == 0 && wrong == 0, "the last of %s, scale %s, %s", channels,
	    gaf_scale_names[scale], gaf_method_names[method]);
	gaf_free(whole);
	gaf_free(part);
	free(a);
	free(b);
}

/* Another program's images, which takes the angles and their cosines. */
static void
true_range_file(void)
{
	struct gaf_params p =
	    params("open,close,upper,lower,body,gap,upper-rank,lower-rank,body-rank", 52, 12);
	double *want = data("true_range_n52_l12", 2 * 9 * 144), *image, most = 0;
	struct err e;

	if (!ok(want != NULL, "there is a file"))
		return;
	p.scale = GAF_TRUE_RANGE;
	p.range = GAF_01;
	p.last = 12;
	struct gaf *g = gaf_new(&p, &e);
	image = mem_array(gaf_pixels(&p), sizeof *image);
	for (int w = 0; w < 2; w++) {
		const double *x[GAF_NCOLUMNS] = { 0 };

		for (int k = 0; k < 4; k++)
			x[k] = windows + (w * 4 + k) * 64;
		if (!ok(gaf_image(g, x, image) == 0, "window %d", w))
			break;
		for (size_t i = 0; i < 9 * 144; i++)
			most = fmax(most, fabs(image[i] - want[w * 9 * 144 + (long)i]));
	}
	is_f64(most, 0, 1e-14, "as from another program");
	gaf_free(g);
	free(image);
	free(want);
}

/* Four bars whose true ranges are 2 4 3 3: in parts of 3 */
static void
true_range(void)
{
	static const double o[] = { 10, 12, 11, 11 }, h[] = { 11, 14, 13, 13 };
	static const double l[] = { 9, 10, 10, 11 }, c[] = { 10, 12, 10, 12 },
			    flat[4] = { 5, 5, 5, 5 };
	const double *x[GAF_NCOLUMNS] = { o, h, l, c },
		     *y[GAF_NCOLUMNS] = { flat, flat, flat, flat };
	static const double high[6] = { 5, 5, 5, 17, 17, 17 }, low[6] = { 5, 5, 5, 5, 17, 17 };
	const double *z[GAF_NCOLUMNS] = { low, high, low, high };
	double nan[] = { 10, NAN, 11, 11 }, f[60] = { 0 };
	struct gaf_params p = params("body,upper,gap,close,upper-rank,body-rank", 4, 3);
	struct err e;

	p.scale = GAF_TRUE_RANGE;
	p.range = GAF_01;
	p.last = 3;
	struct gaf *g = gaf_new(&p, &e);
	ok(g && gaf_factors(g, x, f) == 0, "in mean true ranges");
	/* bodies 0 0 -1 1, uppers 1 2 2 1, gaps 0 2 -1 1, closes from the last one -2 0 -2 0 */
	is_f64(f[0] * f[0], .5, 1e-15, "no body");
	is_f64(f[1] * f[1], .5 - .5 / 12, 1e-15, "a body down");
	is_f64(f[3] * f[3], 2. / 12, 1e-15, "a shadow");
	is_f64(f[6] * f[6], .5 + 1. / 12, 1e-15, "a gap up");
	is_f64(f[10] * f[10], .5 - 1. / 24, 1e-15, "a close below the last one");
	is_f64(f[11] * f[11], .5, 1e-15, "the last close");
	is_f64(f[12] * f[12], 5. / 6, 1e-15, "two are the longest");
	is_f64(f[14] * f[14], 1. / 6, 1e-15, "two are the shortest");
	is_f64(f[15] * f[15], 1. / 6, 1e-15, "and have no body");
	is_f64(f[0] * f[0] + f[18] * f[18], 1, 1e-15, "the sine goes with it");
	ok(gaf_factors(g, y, f) == 0, "a window in which nothing moved");
	is_f64(f[0] * f[0], .5, 1e-15, "has bodies of 0");
	is_f64(f[12] * f[12], .5, 1e-15, "of middle rank");
	x[GAF_HIGH] = nan;
	is_i64(gaf_factors(g, x, f), ERR_DATA, "what is no number is found before the bars shown");
	gaf_free(g);
	/* five dashes and a bar of 12: the mean true range is 2 */
	p.window = 6;
	g = gaf_new(&p, &e);
	ok(g && gaf_factors(g, z, f) == 0, "one long bar among dashes");
	is_f64(f[0], 1, 0, "is shown as four ranges long");
	is_f64(f[1] * f[1], .5, 1e-15, "and the others have no body");
	gaf_free(g);
}

static void
last_bars(void)
{
	for (enum gaf_scale s = 0; s < GAF_NSCALES; s++)
		for (enum gaf_method m = 0; m < GAF_NMETHODS; m++)
			if (m != GAF_MTF)
				corner("open,close,upper,lower,body", s, m);
	corner("high,upper-rank,lower-rank,body-rank,gap", GAF_EACH, GAF_GASF);
	corner("high,upper-rank,lower-rank,body-rank,gap", GAF_TRUE_RANGE, GAF_GASF);
	true_range();
	true_range_file();
}

int
main(void)
{
	static const int widths[] = { 0, 256, 512 };

	windows = shared("windows_ohlc_64", 4 * 4 * 64);
	if (!windows)
		windows = data("windows_ohlc_64", 4 * 4 * 64);
	if (!ok(windows != NULL, "there are windows"))
		return done_testing();
	for (int k = 0; k < 3; k++) {
		if (gaf_kernel_limit(widths[k]) != widths[k]) {
			t_skip("no such instructions here");
			continue;
		}
		t_note("kernels of %d bits", widths[k]);
		seen = 0;
		vector_files();
		ok(seen >= 4, "files were tried: %d", seen);
		edges();
		scales();
		last_bars();
	}
	bounds_file();
	others();
	free(windows);
	return done_testing();
}
