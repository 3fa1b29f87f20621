/* Floats as text in records. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gaf/gaf.h"
#include "gaf/kernel.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "floats go out as they lie in memory");

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
gaf_base64_put(char *out, const void *p, size_t bytes)
{
	const unsigned char *b = p;
	size_t i = gaf_kernel()->base64(b, bytes, out);

	out += i / 3 * 4;
	for (; i < bytes; i += 3, out += 4) {
		size_t left = bytes - i;
		uint32_t v = (uint32_t)b[i] << 16;

		if (left > 1)
			v |= (uint32_t)b[i + 1] << 8;
		if (left > 2)
			v |= b[i + 2];
		out[0] = letters[v >> 18];
		out[1] = letters[v >> 12 & 63];
		out[2] = left > 1 ? letters[v >> 6 & 63] : '=';
		out[3] = left > 2 ? letters[v & 63] : '=';
	}
}

/* 0..63 for a letter, 255 for what is none. */
static uint8_t value_of[256];

__attribute__((constructor)) static void
values_make(void)
{
	memset(value_of, 255, sizeof value_of);
	for (unsigned i = 0; i < 64; i++)
		value_of[(unsigned char)letters[i]] = (uint8_t)i;
}

bool
gaf_base64_get(struct str text, void *p, size_t bytes)
{
	const unsigned char *t = (const unsigned char *)text.p;
	unsigned char *o = p;
	size_t whole = bytes / 3, rest = bytes % 3;
	unsigned bad = 0;
	uint32_t v;

	if (text.n != GAF_BASE64_LEN(bytes))
		return false;
	for (size_t i = 0; i < whole; i++, t += 4, o += 3) {
		uint8_t a = value_of[t[0]], b = value_of[t[1]], c = value_of[t[2]],
			d = value_of[t[3]];

		bad |= (unsigned)a | b | c | d;
		v = (uint32_t)a << 18 | (uint32_t)b << 12 | (uint32_t)c << 6 | d;
		o[0] = (unsigned char)(v >> 16);
		o[1] = (unsigned char)(v >> 8);
		o[2] = (unsigned char)v;
	}
	if (bad & 0xc0)
		return false;
	if (rest == 0)
		return true;
	uint8_t a = value_of[t[0]], b = value_of[t[1]], c = rest == 2 ? value_of[t[2]] : 0;

	/* the bits that are left over must be 0, so that a text has one reading and one spelling */
	if ((a | b | c) & 0xc0 || t[3] != '=' || (rest == 1 ? t[2] != '=' || b & 15 : c & 3))
		return false;
	v = (uint32_t)a << 18 | (uint32_t)b << 12 | (uint32_t)c << 6;
	o[0] = (unsigned char)(v >> 16);
	if (rest == 2)
		o[1] = (unsigned char)(v >> 8);
	return true;
}

static bool
all_finite(const float *x, size_t n)
{
	float odd = 0;

	for (size_t i = 0; i < n; i++)
		odd += x[i] - x[i];
	return odd == 0;
}

int
gaf_record_image(const struct gaf_params *p, const struct rec *r, float *image, struct err *e)
{
	size_t nf = gaf_nfactors(p), np = gaf_pixels(p);

	if (rec_has(r, F_image_data)) {
		if (!gaf_base64_get(r->image.data, image, np * sizeof *image))
			return err_set(
			    e, ERR_DATA, "image: data is not the base64 of %zu floats", np);
		return all_finite(image, np)
			   ? 0
			   : err_set(e, ERR_DATA, "image: data holds what is not finite");
	}
	if (!rec_has(r, F_image_factors) || nf == 0)
		return err_set(e, ERR_DATA, "image: neither factors nor data");
	float *f = mem_array(nf, sizeof *f);
	int rc = 0;

	if (!gaf_base64_get(r->image.factors, f, nf * sizeof *f))
		rc = err_set(e, ERR_DATA, "image: factors is not the base64 of %zu floats", nf);
	else if (!all_finite(f, nf))
		rc = err_set(e, ERR_DATA, "image: factors hold what is not finite");
	else
		gaf_expand_f32(p, f, image);
	if (rc == 0 && !all_finite(image, np))
		rc = err_set(
		    e, ERR_DATA, "image: factors so large that their products are not finite");
	free(f);
	return rc;
}
