#include "feat/scale.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "feat/cross.h"
#include "feat/fitted.h"
#include "rec/codec.h"
#include "rec/json.h"

static const char *const kinds[FEAT_SCALE_N] = { "standard", "robust", "minmax", "quantile" };

void
feat_sample_init(struct feat_sample *s, uint64_t seed)
{
	*s = (struct feat_sample){ 0 };
	rng_seed(&s->rng, seed);
}

void
feat_sample_add(struct feat_sample *s, double x)
{
	s->seen++;
	if (s->n < FEAT_SAMPLE) {
		*MEM_AT(s->v, s->cap, s->n) = x;
		s->n++;
		return;
	}
	uint64_t at = rng_below(&s->rng, s->seen);
	if (at < s->n)
		s->v[at] = x;
}

void
feat_sample_free(struct feat_sample *s)
{
	free(s->v);
	s->v = NULL;
}

void
feat_sample_sort(struct feat_sample *s)
{
	struct feat_item *a = mem_array(2 * s->n, sizeof *a);

	for (size_t i = 0; i < s->n; i++)
		a[i].v = s->v[i];
	feat_sort(a, a + s->n, s->n);
	for (size_t i = 0; i < s->n; i++)
		s->v[i] = a[i].v;
	free(a);
}

double
feat_quantile(const double *sorted, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t i = (size_t)at;

	if (i + 1 >= n)
		return sorted[n - 1];
	double part = at - (double)i;
	if (!isfinite(sorted[i + 1] - sorted[i]))
		return (1 - part) * sorted[i] + part * sorted[i + 1];
	/* one that is not between rounds outside of the two otherwise */
	return part > 0 ? sorted[i] + part * (sorted[i + 1] - sorted[i]) : sorted[i];
}

/* ---- applying ---- */

/* Between equal knots (many equal values) the middle of their shares, as scikit-learn does. */
static double
share_below(const double *knots, double x)
{
	size_t lo = 0, hi = 0;

	if (x < knots[0])
		return 0;
	if (x > knots[FEAT_KNOTS - 1])
		return 1;
	while (lo < FEAT_KNOTS && knots[lo] < x) /* the first at or above x */
		lo++;
	if (knots[lo] > x) {
		double part = (x - knots[lo - 1]) / (knots[lo] - knots[lo - 1]);
		return ((double)lo - 1 + part) / (FEAT_KNOTS - 1);
	}
	for (hi = lo; hi + 1 < FEAT_KNOTS && knots[hi + 1] == x; hi++)
		;
	return (double)(lo + hi) / 2 / (FEAT_KNOTS - 1);
}

double
feat_scale_apply(enum feat_scale kind, const struct feat_scale_col *c, double x)
{
	if (isnan(x))
		return NAN;
	double v = kind == FEAT_QUANTILE ? share_below(c->knots, x) : (x - c->center) / c->scale;

	return isfinite(v) ? v : NAN;
}

const struct feat_scale_col *
feat_scaler_find(const struct feat_scaler *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->cols[i].name, name) == 0)
			return &s->cols[i];
	return NULL;
}

/* ---- fitting ---- */

void
feat_scale_fit_init(struct feat_scale_fit *f, uint64_t seed)
{
	*f = (struct feat_scale_fit){ 0 };
	feat_sample_init(&f->sample, seed);
}

/* Welford's moments: B. P. Welford, Technometrics 4 (1962) 419-420. */
void
feat_scale_fit_add(struct feat_scale_fit *f, enum feat_scale kind, double x)
{
	if (isnan(x))
		return;
	double d = x - f->mean;

	f->n++;
	/* the difference of two large ones may be more than a double holds */
	f->mean += isfinite(d) ? d / (double)f->n : x / (double)f->n - f->mean / (double)f->n;
	f->m2 += d * (x - f->mean);
	if (f->n == 1 || x < f->min)
		f->min = x;
	if (f->n == 1 || x > f->max)
		f->max = x;
	if (kind == FEAT_ROBUST || kind == FEAT_QUANTILE)
		feat_sample_add(&f->sample, x);
}

void
feat_scale_fit_end(struct feat_scale_fit *f, enum feat_scale kind, struct feat_scale_col *c)
{
	const struct feat_sample *s = &f->sample;
	double scale = 0;

	c->count = f->n;
	c->center = 0;
	if (f->n > 0 && (kind == FEAT_ROBUST || kind == FEAT_QUANTILE))
		feat_sample_sort(&f->sample);
	if (f->n > 0)
		switch (kind) {
		case FEAT_STANDARD:
			c->center = f->mean;
			/* the moments of equal values may be a bit off */
			scale = f->max > f->min ? sqrt(f->m2 / (double)f->n) : 0;
			break;
		case FEAT_ROBUST:
			c->center = feat_quantile(s->v, s->n, 0.5);
			scale = feat_quantile(s->v, s->n, 0.75) - feat_quantile(s->v, s->n, 0.25);
			break;
		case FEAT_MINMAX:
			c->center = f->min;
			scale = f->max - f->min;
			break;
		default: break;
		}
	c->scale = scale > 0 && isfinite(scale) ? scale : 1;
	for (int k = 0; k < FEAT_KNOTS; k++)
		c->knots[k] = kind == FEAT_QUANTILE && f->n > 0
				  ? feat_quantile(s->v, s->n, (double)k / (FEAT_KNOTS - 1))
				  : 0;
}

void
feat_scale_fit_free(struct feat_scale_fit *f)
{
	feat_sample_free(&f->sample);
}

/* ---- the file ---- */

void
feat_scaler_put(const struct feat_scaler *s, struct buf *out)
{
	buf_printf(out, "{\n  \"scaler\": \"%s\",\n", kinds[s->kind]);
	feat_fitted_put_time(out, "from", s->from);
	feat_fitted_put_time(out, "to", s->to);
	feat_fitted_put_time(out, "until", s->until);
	buf_puts(out, "  \"interval\": ");
	rec_put_string(out, str_z(s->interval));
	buf_printf(out, ",\n  \"rows\": %llu,\n  \"columns\": {", (unsigned long long)s->rows);
	for (size_t i = 0; i < s->n; i++) {
		const struct feat_scale_col *c = &s->cols[i];

		buf_puts(out, i ? ",\n    " : "\n    ");
		rec_put_string(out, str_z(c->name));
		buf_printf(out, ": {\"count\": %llu, ", (unsigned long long)c->count);
		if (s->kind != FEAT_QUANTILE) {
			buf_puts(out, "\"center\": ");
			feat_fitted_put_num(out, c->center);
			buf_puts(out, ", \"scale\": ");
			feat_fitted_put_num(out, c->scale);
		}
		for (int k = 0; k < FEAT_KNOTS && s->kind == FEAT_QUANTILE; k++) {
			buf_puts(out, k ? "," : "\"knots\": [");
			feat_fitted_put_num(out, c->knots[k]);
		}
		buf_puts(out, s->kind == FEAT_QUANTILE ? "]}" : "}");
	}
	buf_puts(out, "\n  }\n}\n");
}

/* One column of the file. */
static int
read_column(enum feat_scale kind, const struct json *j, struct feat_scale_col *c, struct err *e)
{
	const struct json *knots = json_get(j, "knots");
	int64_t count;

	if (json_i64(json_get(j, "count"), &count) && count >= 0)
		c->count = (uint64_t)count;
	c->scale = 1;
	if (kind != FEAT_QUANTILE) {
		if (!json_f64(json_get(j, "center"), &c->center))
			return err_set(e, ERR_DATA, "no number \"center\"");
		if (!json_f64(json_get(j, "scale"), &c->scale) || c->scale <= 0)
			return err_set(e, ERR_DATA, "no number \"scale\" above 0");
		return 0;
	}
	if (json_kind(knots) != JSON_IS_ARRAY || json_len(knots) != FEAT_KNOTS)
		return err_set(e, ERR_DATA, "no \"knots\" of %d numbers", FEAT_KNOTS);
	for (size_t k = 0; k < FEAT_KNOTS; k++)
		if (!json_f64(json_at(knots, k), &c->knots[k]) ||
		    (k > 0 && c->knots[k] < c->knots[k - 1]))
			return err_set(e, ERR_DATA, "the \"knots\" are no numbers in rising order");
	return 0;
}

static int
read_scaler(void *into, const struct json *root, struct err *e)
{
	struct feat_scaler *s = into;
	const struct json *cols = json_get(root, "columns");
	struct str kind = { 0 }, interval = { "", 0 };
	int64_t rows;
	int k = 0;

	json_text(json_get(root, "scaler"), &kind);
	while (k < FEAT_SCALE_N && !str_eqz(kind, kinds[k]))
		k++;
	if (k == FEAT_SCALE_N)
		return err_set(
		    e, ERR_DATA, "no \"scaler\" of standard, robust, minmax or quantile");
	if (json_kind(cols) != JSON_IS_OBJECT)
		return err_set(e, ERR_DATA, "no object \"columns\"");
	s->kind = (enum feat_scale)k;
	json_text(json_get(root, "interval"), &interval);
	s->interval = mem_dup(interval.p, interval.n);
	s->from = feat_fitted_time(json_get(root, "from"));
	s->to = feat_fitted_time(json_get(root, "to"));
	s->until = feat_fitted_time(json_get(root, "until"));
	s->rows = json_i64(json_get(root, "rows"), &rows) && rows > 0 ? (uint64_t)rows : 0;
	s->cols = mem_array(json_len(cols), sizeof *s->cols);
	for (; s->n < json_len(cols); s->n++) {
		struct feat_scale_col *c = &s->cols[s->n];
		struct str name = json_key_at(cols, s->n);

		c->name = mem_dup(name.p, name.n);
		if (read_column(s->kind, json_at(cols, s->n), c, e)) {
			s->n++;
			return err_wrap(e, "column %s", c->name);
		}
	}
	return 0;
}

int
feat_scaler_parse(struct feat_scaler *s, const char *name, const char *p, size_t n, struct err *e)
{
	*s = (struct feat_scaler){ 0 };
	return feat_fitted_parse(read_scaler, s, name, p, n, e);
}

int
feat_scaler_read(struct feat_scaler *s, const char *path, struct err *e)
{
	*s = (struct feat_scaler){ 0 };
	return feat_fitted_read(read_scaler, s, path, e);
}

void
feat_scaler_free(struct feat_scaler *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->cols[i].name);
	free(s->cols);
	free(s->interval);
	*s = (struct feat_scaler){ 0 };
}
