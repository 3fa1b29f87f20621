/* What an encoding is: checked, written to a record, read back, compared. */
#include <string.h>

#include "gaf/gaf.h"

const char *const gaf_method_names[GAF_NMETHODS] = { "gasf", "gadf", "mtf", "recurrence" };
const char *const gaf_range_names[GAF_NRANGES] = { "m11", "01" };
const char *const gaf_scale_names[GAF_NSCALES] = { "each", "joint", "culr-shared", "true-range" };
const char *const gaf_channel_names[GAF_NCHANNELS] = { "open", "high", "low", "close", "volume",
	"vwap", "upper", "lower", "body", "gap", "upper-rank", "lower-rank", "body-rank" };

static const uint8_t culr[4] = { GAF_CLOSE, GAF_UPPER, GAF_LOWER, GAF_BODY };

/* Index of s among names, or -1. */
static int
find(const char *const *names, int n, struct str s)
{
	for (int i = 0; i < n; i++)
		if (str_eqz(s, names[i]))
			return i;
	return -1;
}

/* ---- channels ---- */

static int
add_channel(struct gaf_params *p, struct str name, struct err *e)
{
	int c = find(gaf_channel_names, GAF_NCHANNELS, name);

	if (c < 0)
		return err_set(e, ERR_USAGE,
		    "no channel '%.*s': want ohlc, ohlcv, culr, candle or names of open, high, "
		    "low, close, "
		    "volume, vwap, upper, lower, body, gap, upper-rank, lower-rank, body-rank",
		    STR_FMT(str_cut(name, 40)));
	for (uint32_t i = 0; i < p->nchannels; i++)
		if (p->channels[i] == c)
			return err_set(
			    e, ERR_USAGE, "channel %s is named twice", gaf_channel_names[c]);
	p->channels[p->nchannels++] = (uint8_t)c;
	return 0;
}

int
gaf_channels_parse(struct gaf_params *p, const char *text, struct err *e)
{
	static const char *const sets[][2] = {
		{ "ohlc", "open,high,low,close" },
		{ "ohlcv", "open,high,low,close,volume" },
		{ "culr", "close,upper,lower,body" },
		{ "candle", "close,body,gap,upper,lower,body-rank,upper-rank,lower-rank" },
	};

	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
		if (strcmp(text, sets[i][0]) == 0)
			text = sets[i][1];
	p->nchannels = 0;
	for (;;) {
		size_t n = strcspn(text, ",");
		int rc = add_channel(p, (struct str){ text, n }, e);

		if (rc < 0 || text[n] == '\0')
			return rc;
		text += n + 1;
	}
}

void
gaf_channels_put(const struct gaf_params *p, struct buf *out)
{
	for (uint32_t i = 0; i < p->nchannels; i++)
		buf_printf(out, "%s\"%s\"", i ? "," : "[", gaf_channel_names[p->channels[i]]);
	buf_putc(out, ']');
}

static const char *
past_blanks(const char *s, const char *end)
{
	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	return s;
}

/* `["open","high"]`, with blanks where JSON may have them; names have no escapes. */
static int
channels_get(struct gaf_params *p, struct str t, struct err *e)
{
	const char *s = t.p, *end = t.p + t.n;

	p->nchannels = 0;
	if (t.n < 2 || s[0] != '[' || end[-1] != ']')
		return err_set(e, ERR_DATA, "image: channels is no list");
	end--;
	for (s = past_blanks(s + 1, end); s < end;) {
		const char *q = *s == '"' ? memchr(s + 1, '"', (size_t)(end - s - 1)) : NULL;
		const char *next = q ? past_blanks(q + 1, end) : NULL;

		/* behind a comma there is a name */
		if (!q || (next < end && (*next != ',' || past_blanks(next + 1, end) == end)))
			return err_set(e, ERR_DATA, "image: channels is no list of names");
		if (add_channel(p, (struct str){ s + 1, (size_t)(q - s - 1) }, e) < 0)
			return err_set(e, ERR_DATA, "image: channels: %.*s is not known or twice",
			    STR_FMT(str_cut((struct str){ s, (size_t)(q + 1 - s) }, 40)));
		s = next < end ? past_blanks(next + 1, end) : end;
	}
	return 0;
}

uint32_t
gaf_shown(const struct gaf_params *p)
{
	return p->last ? p->last : p->window;
}

uint32_t
gaf_columns(const struct gaf_params *p)
{
	static const uint32_t of[GAF_NCHANNELS] = {
		[GAF_UPPER] = 1u << GAF_OPEN | 1u << GAF_HIGH | 1u << GAF_CLOSE,
		[GAF_LOWER] = 1u << GAF_OPEN | 1u << GAF_LOW | 1u << GAF_CLOSE,
		[GAF_BODY] = 1u << GAF_OPEN | 1u << GAF_CLOSE,
		[GAF_GAP] = 1u << GAF_OPEN | 1u << GAF_CLOSE,
		[GAF_UPPER_RANK] = 1u << GAF_OPEN | 1u << GAF_HIGH | 1u << GAF_CLOSE,
		[GAF_LOWER_RANK] = 1u << GAF_OPEN | 1u << GAF_LOW | 1u << GAF_CLOSE,
		[GAF_BODY_RANK] = 1u << GAF_OPEN | 1u << GAF_CLOSE,
	};
	uint32_t all =
	    p->scale != GAF_TRUE_RANGE ? 0 : 1u << GAF_HIGH | 1u << GAF_LOW | 1u << GAF_CLOSE;

	for (uint32_t i = 0; i < p->nchannels; i++)
		all |= p->channels[i] < GAF_NCOLUMNS ? 1u << p->channels[i] : of[p->channels[i]];
	return all;
}

/* ---- the whole ---- */

/* close, upper, lower, body, or open and these */
static bool
is_culr(const struct gaf_params *p)
{
	if (p->nchannels == 5)
		return p->channels[0] == GAF_OPEN && memcmp(p->channels + 1, culr, 4) == 0;
	return p->nchannels == 4 && memcmp(p->channels, culr, 4) == 0;
}

static bool
has_volume(const struct gaf_params *p)
{
	return memchr(p->channels, GAF_VOLUME, p->nchannels) != NULL;
}

int
gaf_params_check(const struct gaf_params *p, struct err *e)
{
	if (p->nchannels == 0)
		return err_set(e, ERR_USAGE, "no channels");
	if (p->window < 1 || p->window > GAF_WINDOW_MAX)
		return err_set(
		    e, ERR_USAGE, "window of %u bars: want 1 to %d", p->window, GAF_WINDOW_MAX);
	if (p->last > p->window)
		return err_set(
		    e, ERR_USAGE, "last %u: want at most the window's %u bars", p->last, p->window);
	if (p->size > gaf_shown(p) || p->size > GAF_SIZE_MAX)
		return err_set(e, ERR_USAGE,
		    "size %u: want at most the %u bars that are shown and at most %d", p->size,
		    gaf_shown(p), GAF_SIZE_MAX);
	if (p->size < 2 && !(p->size == 1 && gaf_shown(p) == 1))
		return err_set(e, ERR_USAGE, "size %u: want 2 or more", p->size);
	if (p->scale == GAF_CULR_SHARED && (p->range != GAF_01 || !is_culr(p)))
		return err_set(e, ERR_USAGE,
		    "scale culr-shared goes with channels culr, with or without open before it, "
		    "and range 01");
	if (p->scale == GAF_TRUE_RANGE && (p->range != GAF_01 || has_volume(p)))
		return err_set(
		    e, ERR_USAGE, "scale true-range goes with range 01, and not with volume");
	if (p->method == GAF_MTF) {
		if (gaf_shown(p) != p->window)
			return err_set(e, ERR_USAGE, "mtf shows all bars: want no last");
		if (p->bins < 2 || p->bins > 64 || p->bins > p->window)
			return err_set(e, ERR_USAGE,
			    "%u bins: want 2 to 64 and at most the window's %u bars", p->bins,
			    p->window);
		if (p->scale != GAF_EACH)
			return err_set(
			    e, ERR_USAGE, "mtf bins every channel by itself: want scale each");
	}
	return 0;
}

void
gaf_params_set(const struct gaf_params *p, struct rec *r, struct str channels)
{
	struct rec_image *m = &r->image;

	rec_set(r, F_image_encoding, m->encoding, str_z(gaf_method_names[p->method]));
	rec_set(r, F_image_size, m->size, p->size);
	rec_set(r, F_image_channels, m->channels, channels);
	rec_set(r, F_image_scale, m->scale, str_z(gaf_scale_names[p->scale]));
	rec_set(r, F_image_window, m->window, p->window);
	rec_set(r, F_image_range, m->range, str_z(gaf_range_names[p->range]));
	if (gaf_shown(p) != p->window)
		rec_set(r, F_image_last, m->last, p->last);
	if (p->overlap)
		rec_set(r, F_image_paa, m->paa, str_z("overlap"));
	if (p->method == GAF_MTF)
		rec_set(r, F_image_bins, m->bins, p->bins);
}

/* The index of a word, which must be there and be one of the names. */
static int
word_get(const struct rec *r, unsigned bit, struct str s, const char *key, const char *const *names,
    int n, int *out, struct err *e)
{
	if (!rec_has(r, bit))
		return err_set(e, ERR_DATA, "image: no %s", key);
	*out = find(names, n, s);
	if (*out < 0)
		return err_set(
		    e, ERR_DATA, "image: %s '%.*s' is not known", key, STR_FMT(str_cut(s, 40)));
	return 0;
}

static int
words_get(struct gaf_params *p, const struct rec *r, struct err *e)
{
	const struct rec_image *m = &r->image;
	int method = 0, scale = 0, range = 0, rc;

	rc = word_get(r, F_image_encoding, m->encoding, "encoding", gaf_method_names, GAF_NMETHODS,
	    &method, e);
	if (rc == 0)
		rc = word_get(
		    r, F_image_scale, m->scale, "scale", gaf_scale_names, GAF_NSCALES, &scale, e);
	if (rc == 0)
		rc = word_get(
		    r, F_image_range, m->range, "range", gaf_range_names, GAF_NRANGES, &range, e);
	if (rc < 0)
		return rc;
	p->method = (enum gaf_method)method;
	p->scale = (enum gaf_scale)scale;
	p->range = (enum gaf_range)range;
	if (rec_has(r, F_image_paa)) {
		if (!str_eqz(m->paa, "overlap"))
			return err_set(e, ERR_DATA, "image: paa '%.*s' is not known",
			    STR_FMT(str_cut(m->paa, 40)));
		p->overlap = true;
	}
	return 0;
}

/* A number of 0 to what fits; what is outside fails gaf_params_check anyway. */
static uint32_t
small(int64_t v)
{
	return v < 0 || v > 1000000 ? 1000001 : (uint32_t)v;
}

int
gaf_params_get(struct gaf_params *p, const struct rec *r, struct err *e)
{
	const struct rec_image *m = &r->image;
	int rc;

	*p = (struct gaf_params){ 0 };
	rc = words_get(p, r, e);
	if (rc < 0)
		return rc;
	if (!rec_has(r, F_image_size) || !rec_has(r, F_image_window))
		return err_set(
		    e, ERR_DATA, "image: no %s", rec_has(r, F_image_size) ? "window" : "size");
	p->size = small(m->size);
	p->window = small(m->window);
	p->last = rec_has(r, F_image_last) ? small(m->last) : 0;
	p->bins = rec_has(r, F_image_bins) ? small(m->bins) : 0;
	if (!rec_has(r, F_image_channels))
		return err_set(e, ERR_DATA, "image: no channels");
	rc = channels_get(p, m->channels, e);
	if (rc < 0)
		return rc;
	if (gaf_params_check(p, e) < 0) {
		err_wrap(e, "image");
		return e->code = ERR_DATA;
	}
	return 0;
}

static int
differ(struct err *e, const char *key, const char *want, const char *got)
{
	return err_set(e, ERR_DATA, "image: %s is %s, want %s", key, got, want);
}

static int
differ_number(struct err *e, const char *key, uint32_t want, uint32_t got)
{
	return err_set(e, ERR_DATA, "image: %s is %u, want %u", key, got, want);
}

int
gaf_params_same(const struct gaf_params *want, const struct gaf_params *got, struct err *e)
{
	if (want->method != got->method)
		return differ(
		    e, "encoding", gaf_method_names[want->method], gaf_method_names[got->method]);
	if (want->size != got->size)
		return differ_number(e, "size", want->size, got->size);
	if (want->window != got->window)
		return differ_number(e, "window", want->window, got->window);
	if (gaf_shown(want) != gaf_shown(got))
		return differ_number(e, "last", gaf_shown(want), gaf_shown(got));
	if (want->scale != got->scale)
		return differ(
		    e, "scale", gaf_scale_names[want->scale], gaf_scale_names[got->scale]);
	if (want->range != got->range)
		return differ(
		    e, "range", gaf_range_names[want->range], gaf_range_names[got->range]);
	/* where there is nothing to reduce both ways are the same */
	if (want->overlap != got->overlap && want->size != gaf_shown(want))
		return differ(e, "paa", want->overlap ? "overlap" : "absent",
		    got->overlap ? "overlap" : "absent");
	if (want->method == GAF_MTF && want->bins != got->bins)
		return differ_number(e, "bins", want->bins, got->bins);
	if (want->nchannels != got->nchannels ||
	    memcmp(want->channels, got->channels, want->nchannels) != 0) {
		struct buf a = { 0 }, b = { 0 };

		gaf_channels_put(want, &a);
		gaf_channels_put(got, &b);
		differ(e, "channels", buf_z(&a), buf_z(&b));
		buf_free(&a);
		buf_free(&b);
		return ERR_DATA;
	}
	return 0;
}

size_t
gaf_pixels(const struct gaf_params *p)
{
	return (size_t)p->size * p->size * p->nchannels;
}

size_t
gaf_nfactors(const struct gaf_params *p)
{
	size_t one = (size_t)p->size * p->nchannels;

	return p->method == GAF_MTF ? 0 : p->method == GAF_RECURRENCE ? one : 2 * one;
}
