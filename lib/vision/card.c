#include <math.h>
#include <string.h>

#include "vision/card.h"

#include "base/num.h"
#include "pattern/chart.h"
#include "pattern/chen_tsai.h"
#include "rec/json.h"

#define FORMAT "tradepipe-card-1"
#define KIND "image-classifier"

int
vision_direction(const char *name)
{
	enum chart_type t = chart_type_of(name, strlen(name));
	static const enum chart_type up[] = { CHART_HEAD_SHOULDERS_BOTTOM, CHART_DOUBLE_BOTTOM,
		CHART_TRIPLE_BOTTOM, CHART_RECTANGLE_BOTTOM, CHART_ASCENDING_TRIANGLE,
		CHART_SYMMETRICAL_TRIANGLE_BOTTOM, CHART_BROADENING_BOTTOM, CHART_FALLING_WEDGE,
		CHART_BULL_FLAG, CHART_BULL_PENNANT, CHART_CHANNEL_DOWN, CHART_CUP,
		CHART_RANGE_BREAKOUT_UP };
	static const enum chart_type down[] = { CHART_HEAD_SHOULDERS_TOP, CHART_DOUBLE_TOP,
		CHART_TRIPLE_TOP, CHART_RECTANGLE_TOP, CHART_DESCENDING_TRIANGLE,
		CHART_SYMMETRICAL_TRIANGLE_TOP, CHART_BROADENING_TOP, CHART_RISING_WEDGE,
		CHART_BEAR_FLAG, CHART_BEAR_PENNANT, CHART_CHANNEL_UP, CHART_INVERTED_CUP,
		CHART_RANGE_BREAKOUT_DOWN };

	for (int l = 0; l < CHEN_TSAI_NLABELS; l++)
		if (strcmp(name, chen_tsai_name((enum chen_tsai_label)l)) == 0)
			return chen_tsai_direction((enum chen_tsai_label)l);
	for (size_t i = 0; i < sizeof up / sizeof *up; i++)
		if (t == up[i])
			return 1;
	for (size_t i = 0; i < sizeof down / sizeof *down; i++)
		if (t == down[i])
			return -1;
	return 0;
}

/* ---- writing ---- */

static void
put_f64(struct buf *out, double v)
{
	char t[NUM_MAX];

	buf_put(out, t, (size_t)(num_put_f64(t, v) - t));
}

static void
put_list(struct buf *out, const char *key, const double *v, size_t n)
{
	buf_printf(out, "\"%s\":[", key);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_putc(out, ',');
		put_f64(out, v[i]);
	}
	buf_putc(out, ']');
}

static void
put_image(const struct gaf_params *p, struct buf *out)
{
	buf_printf(out, "\"image\":{\"encoding\":\"%s\",\"window\":%u,\"size\":%u,\"channels\":",
	    gaf_method_names[p->method], p->window, p->size);
	gaf_channels_put(p, out);
	buf_printf(out, ",\"scale\":\"%s\",\"range\":\"%s\"", gaf_scale_names[p->scale],
	    gaf_range_names[p->range]);
	if (gaf_shown(p) != p->window)
		buf_printf(out, ",\"last\":%u", p->last);
	if (p->overlap)
		buf_puts(out, ",\"paa\":\"overlap\"");
	if (p->method == GAF_MTF)
		buf_printf(out, ",\"bins\":%u", p->bins);
	buf_putc(out, '}');
}

void
vision_card_put(const struct vision_card *c, const char *more, struct buf *out)
{
	buf_puts(out, "{\"format\":\"" FORMAT "\",\"kind\":\"" KIND "\",");
	put_image(&c->image, out);
	for (size_t i = 0; i < c->nclasses; i++)
		buf_printf(out, "%s\"%s\"", i ? "," : ",\"classes\":[", c->classes[i]);
	for (size_t i = 0; i < c->nclasses; i++)
		buf_printf(out, "%s%d", i ? "," : "],\"directions\":[", c->direction[i]);
	buf_puts(out, "],\"temperature\":");
	put_f64(out, c->temperature);
	if (c->has_reference) {
		buf_puts(out, ",\"reference\":{");
		put_list(out, "classes", c->class_share, c->nclasses);
		buf_putc(out, ',');
		put_list(out, "confidence", c->confidence_share, VISION_BINS);
		buf_puts(out, ",\"pixels\":{");
		put_list(out, "edges", c->pixel_edges, VISION_BINS - 1);
		buf_putc(out, ',');
		put_list(out, "shares", c->pixel_share, VISION_BINS);
		buf_puts(out, "}}");
	}
	if (more && *more)
		buf_printf(out, ",%s", more);
	buf_putc(out, '}');
}

/* ---- reading ---- */

static int
bad(struct err *e, const char *what)
{
	return err_set(e, ERR_DATA, "the model's card: %s", what);
}

/* The image's keys are those of an image record: let the same code read them. */
static int
get_image(struct gaf_params *p, const struct json *j, struct err *e)
{
	struct buf channels = { 0 };
	struct rec r;
	int rc;

	rec_init(&r, REC_image, 0, NULL);
	if (json_text(json_get(j, "encoding"), &r.image.encoding))
		rec_mark(&r, F_image_encoding);
	if (json_text(json_get(j, "scale"), &r.image.scale))
		rec_mark(&r, F_image_scale);
	if (json_text(json_get(j, "range"), &r.image.range))
		rec_mark(&r, F_image_range);
	if (json_text(json_get(j, "paa"), &r.image.paa))
		rec_mark(&r, F_image_paa);
	if (json_i64(json_get(j, "window"), &r.image.window))
		rec_mark(&r, F_image_window);
	if (json_i64(json_get(j, "last"), &r.image.last))
		rec_mark(&r, F_image_last);
	if (json_i64(json_get(j, "size"), &r.image.size))
		rec_mark(&r, F_image_size);
	if (json_i64(json_get(j, "bins"), &r.image.bins))
		rec_mark(&r, F_image_bins);
	if (json_kind(json_get(j, "channels")) == JSON_IS_ARRAY) {
		const struct json *list = json_get(j, "channels");

		for (size_t i = 0; i < json_len(list) && i <= GAF_CHANNELS_MAX; i++) {
			struct str s = { "", 0 };

			json_text(json_at(list, i), &s);
			buf_printf(&channels, "%s\"%.*s\"", i ? "," : "[", STR_FMT(str_cut(s, 40)));
		}
		buf_puts(&channels, json_len(list) ? "]" : "[]");
		rec_set(&r, F_image_channels, r.image.channels, buf_str(&channels));
	}
	rc = gaf_params_get(p, &r, e);
	if (rc < 0)
		err_wrap(e, "the model's card");
	buf_free(&channels);
	return rc;
}

static int
get_classes(
    struct vision_card *c, const struct json *classes, const struct json *dirs, struct err *e)
{
	size_t n = json_len(classes);

	if (json_kind(classes) != JSON_IS_ARRAY || n < 2 || n > VISION_CLASSES_MAX)
		return bad(e, "classes must be a list of 2 to 256 names");
	if (json_kind(dirs) != JSON_IS_ARRAY || json_len(dirs) != n)
		return bad(e, "directions must be a list as long as classes");
	c->nclasses = n;
	for (size_t i = 0; i < n; i++) {
		struct str s;
		int64_t d;

		if (!json_text(json_at(classes, i), &s) || s.n < 1 || s.n > VISION_NAME_MAX)
			return bad(e, "a class must be a name of 1 to 63 bytes");
		for (size_t k = 0; k < s.n; k++)
			if ((unsigned char)s.p[k] < ' ' || s.p[k] == '"' || s.p[k] == '\\')
				return bad(e, "the name of a class must be plain text");
		memcpy(c->classes[i], s.p, s.n);
		if (!json_i64(json_at(dirs, i), &d) || d < -1 || d > 1)
			return bad(e, "a direction must be -1, 0 or 1");
		c->direction[i] = (int)d;
	}
	return 0;
}

static int
get_reference(struct vision_card *c, const struct json *j, struct err *e)
{
	const struct json *px = json_get(j, "pixels");

	if (json_kind(j) == JSON_IS_NULL)
		return 0;
	if (!json_shares(json_get(j, "classes"), c->class_share, c->nclasses) ||
	    !json_shares(json_get(j, "confidence"), c->confidence_share, VISION_BINS) ||
	    !json_edges(json_get(px, "edges"), c->pixel_edges, VISION_BINS - 1) ||
	    !json_shares(json_get(px, "shares"), c->pixel_share, VISION_BINS))
		return bad(e, "reference is not whole");
	c->has_reference = true;
	return 0;
}

static bool
is_word(const struct json *j, const char *want)
{
	struct str s;

	return json_text(j, &s) && str_eqz(s, want);
}

int
vision_card_get(struct vision_card *c, struct str text, struct err *e)
{
	struct json *root = json_parse_text(text.p, text.n, e);
	int rc = 0;

	memset(c, 0, sizeof *c);
	if (!root)
		return err_wrap(e, "the model's card");
	if (!is_word(json_get(root, "format"), FORMAT) || !is_word(json_get(root, "kind"), KIND))
		rc = bad(e, "it is not that of an " KIND " (format " FORMAT ")");
	if (rc == 0)
		rc = get_image(&c->image, json_get(root, "image"), e);
	if (rc == 0)
		rc = get_classes(c, json_get(root, "classes"), json_get(root, "directions"), e);
	if (rc == 0 && (!json_f64(json_get(root, "temperature"), &c->temperature) ||
			   !(c->temperature > 1e-3) || c->temperature > 1e3))
		rc = bad(e, "temperature must be above 0");
	if (rc == 0)
		rc = get_reference(c, json_get(root, "reference"), e);
	json_free(root);
	return rc;
}

double
vision_card_mean(const struct vision_card *c, const float *image)
{
	size_t n = gaf_pixels(&c->image);
	bool sign = c->image.method != GAF_GADF;
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += sign ? (double)image[i] : (double)fabsf(image[i]);
	return sum / (double)n;
}
