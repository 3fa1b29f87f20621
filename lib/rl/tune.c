#include "rl/tune.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "rl/tune_line.h"

static bool
number(const char *p, size_t n, double *v)
{
	char text[40] = "0";

	if (n == 0 || n > 36)
		return false;
	/* ".9" is what people write */
	memcpy(text + (p[0] == '.'), p, n);
	return num_f64(text, n + (p[0] == '.'), v);
}

static int
bad(const struct tune_dim *d, struct err *e, const char *why)
{
	return err_set(
	    e, ERR_USAGE, "--space: %s: %s; want LOW..HIGH[:log] or A|B|...", d->key, why);
}

static int
parse_range(struct tune_dim *d, const char *p, size_t n, const char *dots, struct err *e)
{
	const char *hi = dots + 2, *end = p + n, *colon = memchr(hi, ':', (size_t)(end - hi));
	size_t nhi = (size_t)((colon ? colon : end) - hi);

	if (!number(p, (size_t)(dots - p), &d->lo) || !number(hi, nhi, &d->hi))
		return bad(d, e, "the bounds are not two numbers");
	if (!(d->lo < d->hi))
		return bad(d, e, "the low bound is not below the high one");
	if (colon) {
		d->log = end - colon == 4 && memcmp(colon, ":log", 4) == 0;
		if (!d->log)
			return bad(d, e, "only :log is known behind the bounds");
		if (!(d->lo > 0))
			return bad(d, e, "a logarithm takes bounds above 0");
	}
	if (d->kind == TUNE_WHOLE && (d->lo != floor(d->lo) || d->hi != floor(d->hi)))
		return bad(d, e, "it takes whole numbers");
	return 0;
}

static int
parse_choices(struct tune_dim *d, const char *p, size_t n, struct err *e)
{
	const char *end = p + n;

	d->kind = TUNE_CHOICE;
	for (;;) {
		const char *bar = memchr(p, '|', (size_t)(end - p));
		size_t k = (size_t)((bar ? bar : end) - p);
		char *text;

		if (k == 0)
			return bad(d, e, "a choice is empty");
		text = mem_dup(p, k);
		d->choice = mem_resize(d->choice, d->nchoice + 1, sizeof *d->choice);
		d->choice[d->nchoice++] = text;
		/* commas separate dimensions: 64+64 is 64,64; the sign of 1e+3 stays */
		for (char *c = text; *c; c++)
			if (*c == '+' && c > text && c[-1] != 'e' && c[-1] != 'E')
				*c = ',';
		if (!bar)
			return 0;
		p = bar + 1;
	}
}

static int
parse_dim(struct tune *u, const char *p, size_t n, tune_kind_fn kind, void *arg, struct err *e)
{
	const char *eq = memchr(p, '=', n), *value, *dots = NULL;
	struct tune_dim *d;
	int whole;

	if (!eq || eq == p)
		return err_set(e, ERR_USAGE, "--space: '%.*s' is not SETTING=WHAT", (int)n, p);
	if (u->n == TUNE_MOST)
		return err_set(e, ERR_USAGE, "--space: more than %d settings", TUNE_MOST);
	u->dim = mem_resize(u->dim, u->n + 1, sizeof *u->dim);
	d = &u->dim[u->n++];
	*d = (struct tune_dim){ .key = mem_dup(p, (size_t)(eq - p)) };
	for (size_t i = 0; i + 1 < u->n; i++)
		if (strcmp(u->dim[i].key, d->key) == 0)
			return bad(d, e, "it is there twice");
	whole = kind(arg, d->key, e);
	if (whole < 0)
		return whole;
	d->kind = whole ? TUNE_WHOLE : TUNE_REAL;
	value = eq + 1;
	n -= (size_t)(value - p);
	for (size_t i = 0; i + 1 < n && !dots; i++)
		if (value[i] == '.' && value[i + 1] == '.')
			dots = value + i;
	return dots ? parse_range(d, value, n, dots, e) : parse_choices(d, value, n, e);
}

int
tune_parse(struct tune *u, const char *text, tune_kind_fn kind, void *arg, struct err *e)
{
	*u = (struct tune){ 0 };
	for (;;) {
		size_t n = strcspn(text, ",");
		int rc = parse_dim(u, text, n, kind, arg, e);

		if (rc < 0 || !text[n])
			return rc;
		text += n + 1;
	}
}

void
tune_free(struct tune *u)
{
	for (size_t i = 0; i < u->n; i++) {
		for (size_t k = 0; k < u->dim[i].nchoice; k++)
			free(u->dim[i].choice[k]);
		free(u->dim[i].choice);
		free(u->dim[i].key);
	}
	free(u->dim);
	*u = (struct tune){ 0 };
}

void
tune_put(const struct tune_dim *d, double x, struct buf *out)
{
	char num[NUM_MAX];

	if (d->kind == TUNE_CHOICE) {
		buf_puts(out, d->choice[(size_t)x]);
		return;
	}
	if (d->kind == TUNE_REAL) {
		char text[40];
		double held;

		snprintf(text, sizeof text, "%.5e", x);
		if (num_f64(text, strlen(text), &held))
			x = held < d->lo ? d->lo : held > d->hi ? d->hi : held;
	}
	buf_put(out, num, (size_t)(num_put_f64(num, x) - num));
}

bool
tune_get(const struct tune_dim *d, const char *text, double *x)
{
	for (size_t i = 0; d->kind == TUNE_CHOICE && i < d->nchoice; i++)
		if (strcmp(d->choice[i], text) == 0) {
			*x = (double)i;
			return true;
		}
	return d->kind != TUNE_CHOICE && num_f64(text, strlen(text), x) && *x >= d->lo &&
	       *x <= d->hi;
}

/* ---- drawing ---- */

static double
random_value(const struct tune_dim *d, struct rng *g)
{
	double lo, hi, u = rng_uniform(g);

	if (d->kind == TUNE_CHOICE)
		return floor(u * (double)d->nchoice);
	tune_line(d, &lo, &hi);
	return tune_from_line(d, lo + u * (hi - lo));
}

void
tune_random(const struct tune *u, struct rng *g, double *x)
{
	for (size_t i = 0; i < u->n; i++)
		x[i] = random_value(&u->dim[i], g);
}
