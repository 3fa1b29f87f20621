/*
 * Images as records: what is written is read back, from factors the same bits as made directly, and
 * a record that is not whole is refused.
 */
#include "base/mem.h"
#include "base/rng.h"
#include "gaf/gaf.h"
#include "rec/codec.h"
#include "unit/t.h"

static struct err err;

/* ---- base64 ---- */

static void
base64(void)
{
	static const char *const known[] = { "", "Zg==", "Zm8=", "Zm9v",
		"Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" }; /* RFC 4648, section 10 */
	unsigned char bytes[300], back[300];
	char text[GAF_BASE64_LEN(300)], plain[GAF_BASE64_LEN(300)];
	static const int widths[] = { 256, 512 };
	int odd = 0;
	struct rng r;

	for (size_t n = 0; n <= 6; n++) {
		gaf_base64_put(text, "foobar", n);
		is_mem(text, GAF_BASE64_LEN(n), known[n], strlen(known[n]), "%zu bytes", n);
	}
	rng_seed(&r, 3);
	for (int k = 0; k < 2; k++)
		for (size_t n = 0; n <= 300; n++) {
			for (size_t i = 0; i < n; i++)
				bytes[i] = (unsigned char)rng_u64(&r);
			gaf_kernel_limit(0);
			gaf_base64_put(plain, bytes, n);
			gaf_kernel_limit(widths[k]);
			gaf_base64_put(text, bytes, n);
			odd += memcmp(text, plain, GAF_BASE64_LEN(n)) != 0;
			odd += !gaf_base64_get((struct str){ text, GAF_BASE64_LEN(n) }, back, n) ||
			       memcmp(back, bytes, n) != 0;
		}
	is_i64(odd, 0, "every length, by every kernel, and back");
	ok(!gaf_base64_get(str_z("Zm9v"), back, 2), "another length is refused");
	ok(!gaf_base64_get(str_z("Zm9-"), back, 3), "a letter that is none");
	ok(!gaf_base64_get(str_z("Zm9="), back, 2), "bits left over that are not 0");
	ok(!gaf_base64_get(str_z("Zm8A"), back, 2), "no padding");
	ok(!gaf_base64_get(str_z("Z==="), back, 1), "padding for a letter");
}

/* ---- records ---- */

static double bars[GAF_NCOLUMNS][40];

/* One image by way of a line of text; the number of pixels that differ, or -1. */
static int
round_trip(struct gaf_params *p)
{
	const double *x[GAF_NCOLUMNS];
	size_t n = gaf_pixels(p), nf = gaf_nfactors(p), bytes;
	float *direct = mem_array(n, sizeof *direct), *read = mem_array(n, sizeof *read);
	float *f = mem_array(n + 2 * nf, sizeof *f);
	struct buf channels = { 0 }, text = { 0 }, line = { 0 };
	struct symtab *syms = symtab_new();
	struct rec_dec *d = rec_dec_new(syms, NULL);
	struct gaf *g = gaf_new(p, &err);
	struct gaf_params back;
	struct rec r, in;
	int differ = -1;

	for (int k = 0; k < GAF_NCOLUMNS; k++)
		x[k] = bars[k];
	if (!g || gaf_image_f32(g, x, direct) < 0)
		goto done;
	rec_init(&r, REC_image, 0, symtab_get(syms, str_z("A")));
	gaf_channels_put(p, &channels);
	gaf_params_set(p, &r, buf_str(&channels));
	if (nf)
		gaf_factors_f32(g, x, f);
	else
		memcpy(f, direct, n * sizeof *f);
	bytes = (nf ? nf : n) * sizeof *f;
	gaf_base64_put(buf_room(&text, GAF_BASE64_LEN(bytes)), f, bytes);
	text.len = GAF_BASE64_LEN(bytes);
	if (nf)
		rec_set(&r, F_image_factors, r.image.factors, buf_str(&text));
	else
		rec_set(&r, F_image_data, r.image.data, buf_str(&text));
	rec_enc_json(&line, &r);
	buf_room(&line, REC_PAD);
	if (rec_dec_line(d, line.p, line.len - 1, UINT32_MAX, &in, &err) != 1 ||
	    gaf_params_get(&back, &in, &err) < 0 || gaf_params_same(p, &back, &err) < 0 ||
	    gaf_record_image(&back, &in, read, &err) < 0)
		goto done;
	differ = 0;
	for (size_t i = 0; i < n; i++)
		differ += memcmp(&direct[i], &read[i], sizeof *read) != 0;
	/* half the text is no image */
	in.image.factors.n /= 2;
	in.image.data.n /= 2;
	ok(gaf_record_image(&back, &in, read, &err) == ERR_DATA, "half of it is refused: %s",
	    err.msg);
done:
	if (differ < 0)
		t_note("%s", err.msg);
	gaf_free(g);
	rec_dec_free(d);
	symtab_free(syms);
	buf_free(&channels);
	buf_free(&text);
	buf_free(&line);
	free(direct);
	free(read);
	free(f);
	return differ;
}

static void
records(void)
{
	static const char *const channels[] = { "ohlc", "ohlcv", "culr", "close,vwap" };
	struct rng r;

	rng_seed(&r, 7);
	for (int k = 0; k < GAF_NCOLUMNS; k++)
		for (int i = 0; i < 40; i++)
			bars[k][i] = 100 + (double)rng_below(&r, 1000) / 100;
	for (int method = 0; method < GAF_NMETHODS; method++)
		for (int k = 0; k < 4; k++) {
			struct gaf_params p = { .window = 40,
				.size = k == 2 && method != GAF_MTF ? 20
					: k % 2                     ? 17
								    : 40 };

			p.method = (enum gaf_method)method;
			p.bins = method == GAF_MTF ? 5 : 0;
			p.overlap = k == 3;
			if (k == 2 && method != GAF_MTF) {
				p.last = 20;
				p.range = GAF_01;
				p.scale = GAF_TRUE_RANGE;
			}
			gaf_channels_parse(&p, channels[k], &err);
			is_i64(round_trip(&p), 0, "%s of %s: the same bits from the record",
			    gaf_method_names[method], channels[k]);
		}
}

static void
refused(void)
{
	struct gaf_params a = { .window = 20, .size = 20 }, b;
	struct rec r;

	gaf_channels_parse(&a, "ohlc", &err);
	b = a;
	ok(gaf_params_same(&a, &b, &err) == 0, "the same is the same");
	b.range = GAF_01;
	ok(gaf_params_same(&a, &b, &err) == ERR_DATA && strstr(err.msg, "range is 01, want m11"),
	    "%s", err.msg);
	b = a;
	gaf_channels_parse(&b, "close,open,high,low", &err);
	ok(gaf_params_same(&a, &b, &err) == ERR_DATA && strstr(err.msg, "channels"), "%s", err.msg);
	b = a;
	b.window = 30;
	ok(gaf_params_same(&a, &b, &err) == ERR_DATA && strstr(err.msg, "window"), "%s", err.msg);
	b = a;
	b.overlap = true;
	ok(gaf_params_same(&a, &b, &err) == 0, "overlap says nothing where nothing is reduced");
	b = a;
	b.last = 20;
	ok(gaf_params_same(&a, &b, &err) == 0, "the last 20 of 20 are all");
	a.size = b.size = b.last = 12;
	ok(gaf_params_same(&a, &b, &err) == ERR_DATA && strstr(err.msg, "last is 12, want 20"),
	    "%s", err.msg);
	b.last = 11;
	ok(gaf_params_check(&b, &err) == ERR_USAGE && strstr(err.msg, "11 bars that are shown"),
	    "%s", err.msg);
	b.last = 21;
	ok(gaf_params_check(&b, &err) == ERR_USAGE && strstr(err.msg, "last 21"), "%s", err.msg);
	b.last = 12;
	b.method = GAF_MTF;
	ok(gaf_params_check(&b, &err) == ERR_USAGE && strstr(err.msg, "mtf"), "%s", err.msg);
	a.size = 20;
	rec_init(&r, REC_image, 0, NULL);
	gaf_params_set(&a, &r, str_z("[\"open\",\"hat\"]"));
	ok(gaf_params_get(&b, &r, &err) == ERR_DATA && strstr(err.msg, "hat"), "%s", err.msg);
	r.image.channels = str_z("[\"open\" ,]");
	ok(gaf_params_get(&b, &r, &err) == ERR_DATA, "%s", err.msg);
	r.image.channels = str_z("[]");
	ok(gaf_params_get(&b, &r, &err) == ERR_DATA, "%s", err.msg);
	r.image.channels = str_z("[\"open\"]");
	ok(gaf_params_get(&b, &r, &err) == 0, "one channel");
	r.image.size = INT64_C(1) << 40;
	ok(gaf_params_get(&b, &r, &err) == ERR_DATA, "%s", err.msg);
	r.image.size = 20;
	rec_unset(&r, F_image_window);
	ok(gaf_params_get(&b, &r, &err) == ERR_DATA && strstr(err.msg, "no window"), "%s", err.msg);
}

int
main(void)
{
	base64();
	records();
	refused();
	return done_testing();
}
