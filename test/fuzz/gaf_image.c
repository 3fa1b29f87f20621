/* An image record from outside: what has an encoding and pixels gives finite pixels, and its
 * parameters, written and read again, are the same; what is refused is refused with words. */
#include "base/mem.h"
#include "fuzz.h"
#include "gaf/gaf.h"
#include "rec/codec.h"

static void
fuzz_image(const struct rec *r)
{
	struct buf channels = { 0 };
	struct gaf_params p, back;
	struct err e = { .msg = "" };
	float *image;
	struct rec again;

	if (gaf_params_get(&p, r, &e) < 0) {
		FUZZ_HOLDS(e.msg[0], "no words");
		return;
	}
	gaf_channels_put(&p, &channels);
	rec_init(&again, REC_image, r->ts, r->sym);
	gaf_params_set(&p, &again, buf_str(&channels));
	FUZZ_HOLDS(gaf_params_get(&back, &again, &e) == 0, "%s", e.msg);
	FUZZ_HOLDS(gaf_params_same(&p, &back, &e) == 0, "%s", e.msg);
	buf_free(&channels);
	/* the text bounds what is worth allocating: factors are smaller than pixels by size / 2 */
	if (p.size > 64)
		return;
	image = mem_array(gaf_pixels(&p), sizeof *image);
	if (gaf_record_image(&p, r, image, &e) < 0)
		FUZZ_HOLDS(e.msg[0], "no words");
	free(image);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct symtab *syms = symtab_new();
	struct rec_dec *d = rec_dec_new(syms, NULL);
	struct buf line = { 0 };
	struct err e;
	struct rec r;

	buf_put(&line, data, size);
	memset(buf_room(&line, REC_PAD), 0, REC_PAD);
	if (rec_dec_line(d, line.p, size, REC_BIT(image), &r, &e) == 1 && r.type == REC_image)
		fuzz_image(&r);
	buf_free(&line);
	rec_dec_free(d);
	symtab_free(syms);
	return 0;
}
