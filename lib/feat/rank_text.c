/* What feat-rank says, as a table, JSON or CSV. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/tim.h"
#include "feat/rank.h"
#include "rec/codec.h"

static const char *const verdicts[] = { "keep", "like", "weak" };
static const char *const models[FEAT_MODELS] = { "ridge", "stumps" };

/* ---- the table ---- */

static void
cell(struct buf *out, int width, const char *fmt, double v)
{
	char b[40];

	if (isnan(v))
		snprintf(b, sizeof b, "-");
	else
		snprintf(b, sizeof b, fmt, v + 0.0); /* no -0 */
	buf_printf(out, " %*s", width, b);
}

static void
text_head(const struct feat_table *t, const struct feat_rank *r, const char *label, struct buf *out)
{
	char from[TIM_LEN], to[TIM_LEN];
	double n = t->ninstants ? (double)t->n / (double)t->ninstants : 0;

	tim_put(from, t->n ? t->ts[0] : 0);
	tim_put(to, t->n ? t->ts[t->n - 1] : 0);
	buf_printf(out,
	    "%zu columns against %s: %zu rows, %zu instants (%.1f rows each), %.10s to %.10s\n",
	    r->n, label, t->n, t->ninstants, n, from, to);
	if (t->thin)
		buf_printf(out, "one instant in %llu of %llu rows is used\n", 1ULL << t->thin,
		    (unsigned long long)t->seen);
	buf_printf(out, "label: mean %.6g, deviation %.6g", r->y_mean, r->y_sd);
	if (r->classes)
		buf_printf(out, ", %zu values", r->classes);
	buf_printf(out, ", known %zu instants later; IC %s\n", r->lags,
	    r->by_instant ? "over the symbols of each instant" : "over time, by period");
	buf_puts(out, "out of sample R2:");
	for (int m = 0; m < FEAT_MODELS; m++)
		if (!isnan(r->r2[m]))
			buf_printf(out, " %s %.5f", models[m], r->r2[m]);
	buf_puts(out, "\n\n");
}

void
feat_rank_text(const struct feat_table *t, const struct feat_rank *r, const char *label, size_t top,
    struct buf *out)
{
	int width = 8;
	size_t n = top && top < r->n ? top : r->n;

	text_head(t, r, label, out);
	for (size_t i = 0; i < n; i++)
		if ((int)strlen(r->cols[i].name) > width)
			width = (int)strlen(r->cols[i].name);
	buf_printf(out, "%-*s %5s %7s %6s %6s %6s %8s %6s %9s %9s  %s\n", width, "column", "score",
	    "IC", "IR", "t", "stable", "MI", "z", "ridge", "stumps", "verdict");
	for (size_t i = 0; i < n; i++) {
		const struct feat_rank_col *c = &r->cols[i];

		buf_printf(out, "%-*s", width, c->name);
		cell(out, 5, "%.2f", c->score);
		cell(out, 7, "%.4f", c->ic);
		cell(out, 6, "%.2f", c->ir);
		cell(out, 6, "%.1f", c->t);
		cell(out, 6, "%.2f", c->stable);
		cell(out, 8, "%.5f", c->mi);
		cell(out, 6, "%.1f", c->mi_z);
		cell(out, 9, "%.6f", c->perm[FEAT_RIDGE]);
		cell(out, 9, "%.6f", c->perm[FEAT_STUMPS]);
		buf_printf(out, "  %s", verdicts[c->verdict]);
		if (c->verdict == FEAT_LIKE)
			buf_printf(out, " %s (%.2f)", r->cols[c->like].name, c->rho);
		buf_putc(out, '\n');
	}
	if (n < r->n)
		buf_printf(out, "(%zu more)\n", r->n - n);
}

/* ---- JSON and CSV ---- */

static void
put_num(struct buf *out, double v)
{
	char *o = buf_room(out, NUM_MAX);

	out->len += (size_t)(num_put_f64(o, v + 0.0) - o);
}

static void
pair(struct buf *out, const char *key, double v)
{
	if (!isfinite(v))
		return;
	buf_printf(out, ", \"%s\": ", key);
	put_num(out, v);
}

static void
put_time(struct buf *out, const char *before, int64_t t)
{
	char text[TIM_LEN];

	tim_put(text, t);
	buf_printf(out, "%s\"%.*s\"", before, TIM_LEN, text);
}

static void
json_column(const struct feat_rank *r, const struct feat_rank_col *c, struct buf *out)
{
	buf_puts(out, "    {\"column\": ");
	rec_put_string(out, str_z(c->name));
	buf_printf(out, ", \"verdict\": \"%s\"", verdicts[c->verdict]);
	if (c->verdict == FEAT_LIKE) {
		buf_puts(out, ", \"like\": ");
		rec_put_string(out, str_z(r->cols[c->like].name));
		pair(out, "rho", c->rho);
	}
	buf_printf(out, ", \"count\": %zu", c->count);
	pair(out, "score", c->score);
	pair(out, "ic", c->ic);
	pair(out, "ic_sd", c->ic_sd);
	pair(out, "ic_ir", c->ir);
	pair(out, "ic_t", c->t);
	buf_printf(out, ", \"ic_count\": %zu", c->ic_n);
	pair(out, "stable", c->stable);
	buf_puts(out, ", \"ic_by_period\": [");
	for (size_t p = 0; p < r->nperiods; p++) {
		buf_puts(out, p ? ", " : "");
		if (isnan(c->period[p]))
			buf_puts(out, "null");
		else
			put_num(out, c->period[p]);
	}
	buf_putc(out, ']');
	pair(out, "mi", c->mi);
	pair(out, "mi_z", c->mi_z);
	for (int m = 0; m < FEAT_MODELS; m++) {
		char key[32];

		snprintf(key, sizeof key, "perm_%s", models[m]);
		pair(out, key, c->perm[m]);
		snprintf(key, sizeof key, "perm_%s_t", models[m]);
		pair(out, key, c->perm_t[m]);
	}
	buf_putc(out, '}');
}

void
feat_rank_json(
    const struct feat_table *t, const struct feat_rank *r, const char *label, struct buf *out)
{
	buf_puts(out, "{\n  \"label\": ");
	rec_put_string(out, str_z(label));
	buf_printf(out, ",\n  \"rows\": %zu, \"rows_seen\": %llu, \"instants\": %zu", t->n,
	    (unsigned long long)t->seen, t->ninstants);
	if (t->n) {
		put_time(out, ",\n  \"from\": ", t->ts[0]);
		put_time(out, ", \"to\": ", t->ts[t->n - 1]);
	}
	pair(out, "label_mean", r->y_mean);
	pair(out, "label_sd", r->y_sd);
	buf_printf(out, ", \"label_values\": %zu, \"label_instants\": %zu, \"ic_over\": \"%s\"",
	    r->classes, r->lags, r->by_instant ? "symbols" : "time");
	for (int m = 0; m < FEAT_MODELS; m++) {
		char key[32];

		snprintf(key, sizeof key, "r2_%s", models[m]);
		pair(out, key, r->r2[m]);
	}
	buf_puts(out, ",\n  \"periods_from\": [");
	for (size_t p = 0; p < r->nperiods; p++)
		put_time(out, p ? ", " : "", r->period_from[p]);
	buf_puts(out, "],\n  \"columns\": [\n");
	for (size_t i = 0; i < r->n; i++) {
		json_column(r, &r->cols[i], out);
		buf_puts(out, i + 1 < r->n ? ",\n" : "\n");
	}
	buf_puts(out, "  ]\n}\n");
}

void
feat_rank_csv(const struct feat_rank *r, struct buf *out)
{
	buf_puts(out, "column,verdict,like,rho,count,score,ic,ic_sd,ic_ir,ic_t,stable,mi,mi_z,"
		      "perm_ridge,perm_ridge_t,perm_stumps,perm_stumps_t\n");
	for (size_t i = 0; i < r->n; i++) {
		const struct feat_rank_col *c = &r->cols[i];
		bool like = c->verdict == FEAT_LIKE;
		const double v[] = { c->score, c->ic, c->ic_sd, c->ir, c->t, c->stable, c->mi,
			c->mi_z, c->perm[0], c->perm_t[0], c->perm[1], c->perm_t[1] };

		buf_printf(out, "%s,%s,%s,", c->name, verdicts[c->verdict],
		    like ? r->cols[c->like].name : "");
		if (like)
			put_num(out, c->rho);
		buf_printf(out, ",%zu", c->count);
		for (size_t k = 0; k < sizeof v / sizeof *v; k++) {
			buf_putc(out, ',');
			if (isfinite(v[k]))
				put_num(out, v[k]);
		}
		buf_putc(out, '\n');
	}
}
