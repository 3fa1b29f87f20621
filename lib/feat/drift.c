#include "feat/drift.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "feat/fitted.h"
#include "feat/scale.h"
#include "rec/codec.h"
#include "rec/json.h"

#define NO_VALUE 255

/* The bin of x: the first whose edge is not below it. */
static uint8_t
bin_of(const struct feat_drift_col *c, double x)
{
	size_t lo = 0, hi = c->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (c->edge[mid] < x)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (uint8_t)lo;
}

/* Bins of PSI: a new one begins behind the edge where another tenth of the span is over. */
static void
make_coarse(struct feat_drift_col *c)
{
	uint64_t below = 0, total = 0;
	uint8_t k = 0;

	for (size_t i = 0; i <= c->n; i++)
		total += c->in[i];
	for (size_t i = 0; i <= c->n; i++) {
		c->coarse[i] = k;
		below += c->in[i];
		if (i < c->n && total > 0 && below < total &&
		    below * FEAT_DRIFT_COARSE >= (uint64_t)(k + 1) * total)
			k = (uint8_t)(below * FEAT_DRIFT_COARSE / total);
	}
	/* numbers without gaps */
	size_t n = 0;
	for (size_t i = 0, before = 0; i <= c->n; i++) {
		size_t now = c->coarse[i];

		n += i > 0 && now != before;
		before = now;
		c->coarse[i] = (uint8_t)n;
	}
	c->ncoarse = n + 1;
}

void
feat_drift_bins(struct feat_drift_col *c, const double *sorted, size_t n)
{
	c->n = 0;
	for (int k = 1; k <= FEAT_DRIFT_EDGES; k++) {
		double q = sorted[(n - 1) * (size_t)k / FEAT_DRIFT_EDGES];

		if (c->n == 0 || q > c->edge[c->n - 1])
			c->edge[c->n++] = q;
	}
	memset(c->in, 0, sizeof c->in);
	for (size_t i = 0; i < n; i++)
		c->in[bin_of(c, sorted[i])]++;
	make_coarse(c);
}

/* ---- the window ---- */

void
feat_drift_window_init(struct feat_drift_window *w, uint32_t size)
{
	*w = (struct feat_drift_window){ .ring = mem_array(size, 1), .size = size };
}

void
feat_drift_window_free(struct feat_drift_window *w)
{
	free(w->ring);
	w->ring = NULL;
}

void
feat_drift_push(struct feat_drift_window *w, const struct feat_drift_col *c, double x)
{
	if (w->have < w->size) {
		w->have++;
	} else if (w->ring[w->at] != NO_VALUE) {
		w->in[w->ring[w->at]]--;
		w->values--;
	}
	uint8_t b = isnan(x) ? NO_VALUE : bin_of(c, x);
	w->ring[w->at] = b;
	if (b != NO_VALUE) {
		w->in[b]++;
		w->values++;
	}
	w->at = w->at + 1 == w->size ? 0 : w->at + 1;
}

static double
total_of(const struct feat_drift_col *c)
{
	uint64_t t = 0;

	for (size_t i = 0; i <= c->n; i++)
		t += c->in[i];
	return (double)t;
}

double
feat_drift_psi(const struct feat_drift_window *w, const struct feat_drift_col *c)
{
	double a[FEAT_DRIFT_EDGES + 1] = { 0 }, e[FEAT_DRIFT_EDGES + 1] = { 0 }, psi = 0;
	double na = w->values, ne = total_of(c);

	for (size_t i = 0; i <= c->n; i++) {
		a[c->coarse[i]] += w->in[i];
		e[c->coarse[i]] += (double)c->in[i];
	}
	for (size_t k = 0; k < c->ncoarse; k++) {
		double pa = (a[k] > 0 ? a[k] : 0.5) / na, pe = (e[k] > 0 ? e[k] : 0.5) / ne;

		psi += (pa - pe) * num_log(pa / pe);
	}
	return psi;
}

double
feat_drift_ks(const struct feat_drift_window *w, const struct feat_drift_col *c)
{
	double na = w->values, ne = total_of(c), a = 0, e = 0, ks = 0;

	for (size_t i = 0; i < c->n; i++) {
		a += w->in[i];
		e += (double)c->in[i];
		double d = fabs(a / na - e / ne);
		if (d > ks)
			ks = d;
	}
	return ks;
}

/* ---- the file ---- */

void
feat_drift_put(const struct feat_drift_ref *r, struct buf *out)
{
	buf_puts(out, "{\n  \"drift_reference\": 1,\n");
	feat_fitted_put_time(out, "from", r->from);
	feat_fitted_put_time(out, "to", r->to);
	buf_printf(out, "  \"rows\": %llu,\n  \"columns\": {", (unsigned long long)r->rows);
	for (size_t i = 0; i < r->n; i++) {
		const struct feat_drift_col *c = &r->cols[i];

		buf_puts(out, i ? ",\n    " : "\n    ");
		rec_put_string(out, str_z(c->name));
		buf_printf(out, ": {\"count\": %llu, \"edges\": [", (unsigned long long)c->count);
		for (size_t k = 0; k < c->n; k++) {
			if (k)
				buf_putc(out, ',');
			feat_fitted_put_num(out, c->edge[k]);
		}
		buf_puts(out, "], \"in\": [");
		for (size_t k = 0; k <= c->n; k++)
			buf_printf(out, "%s%llu", k ? "," : "", (unsigned long long)c->in[k]);
		buf_puts(out, "]}");
	}
	buf_puts(out, "\n  }\n}\n");
}

static int
read_column(const struct json *j, struct feat_drift_col *c, struct err *e)
{
	const struct json *edges = json_get(j, "edges"), *in = json_get(j, "in");
	int64_t v, total = 0;

	c->n = json_len(edges);
	if (json_kind(edges) != JSON_IS_ARRAY || c->n < 1 || c->n > FEAT_DRIFT_EDGES)
		return err_set(e, ERR_DATA, "no \"edges\" of 1 to %d numbers", FEAT_DRIFT_EDGES);
	if (json_kind(in) != JSON_IS_ARRAY || json_len(in) != c->n + 1)
		return err_set(e, ERR_DATA, "no \"in\" of %zu counts", c->n + 1);
	for (size_t k = 0; k < c->n; k++)
		if (!json_f64(json_at(edges, k), &c->edge[k]) ||
		    (k > 0 && c->edge[k] <= c->edge[k - 1]))
			return err_set(e, ERR_DATA, "the \"edges\" are no numbers in rising order");
	for (size_t k = 0; k <= c->n; k++) {
		if (!json_i64(json_at(in, k), &v) || v < 0 || v > INT64_C(1) << 40)
			return err_set(e, ERR_DATA, "the counts \"in\" are no whole numbers");
		c->in[k] = (uint64_t)v;
		total += v;
	}
	if (total == 0)
		return err_set(e, ERR_DATA, "no value in any bin");
	c->count = json_i64(json_get(j, "count"), &v) && v > 0 ? (uint64_t)v : (uint64_t)total;
	make_coarse(c);
	return 0;
}

static int
read_ref(void *into, const struct json *root, struct err *e)
{
	struct feat_drift_ref *r = into;
	const struct json *cols = json_get(root, "columns");
	int64_t v;

	if (!json_i64(json_get(root, "drift_reference"), &v) || v != 1)
		return err_set(e, ERR_DATA, "no \"drift_reference\": 1");
	if (json_kind(cols) != JSON_IS_OBJECT)
		return err_set(e, ERR_DATA, "no object \"columns\"");
	r->from = feat_fitted_time(json_get(root, "from"));
	r->to = feat_fitted_time(json_get(root, "to"));
	r->rows = json_i64(json_get(root, "rows"), &v) && v > 0 ? (uint64_t)v : 0;
	r->cols = mem_array(json_len(cols), sizeof *r->cols);
	while (r->n < json_len(cols)) {
		struct feat_drift_col *c = &r->cols[r->n];
		struct str name = json_key_at(cols, r->n);
		const struct json *j = json_at(cols, r->n++);

		c->name = mem_dup(name.p, name.n);
		if (read_column(j, c, e))
			return err_wrap(e, "column %s", c->name);
	}
	return 0;
}

int
feat_drift_parse(struct feat_drift_ref *r, const char *name, const char *p, size_t n, struct err *e)
{
	*r = (struct feat_drift_ref){ 0 };
	return feat_fitted_parse(read_ref, r, name, p, n, e);
}

int
feat_drift_read(struct feat_drift_ref *r, const char *path, struct err *e)
{
	*r = (struct feat_drift_ref){ 0 };
	return feat_fitted_read(read_ref, r, path, e);
}

void
feat_drift_free(struct feat_drift_ref *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->cols[i].name);
	free(r->cols);
	*r = (struct feat_drift_ref){ 0 };
}
