/*
 * --labels: an image waits until its label is known.
 *
 * Patterns follow the bar that completed them, so an image waits until its series goes on or the
 * instant is over (a watermark): nothing is taken from the future. A column of features comes when
 * its maker knew it; a label made from later bars says so (lookahead), and the image says it too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gaf/stage.h"

#define WAIT_MAX 10000 /* images of a series; labels that never come must not fill the memory */

int
enc_label_open(struct enc *g)
{
	static const char prefix[] = "features:";
	const char *t = g->o.labels;
	struct err *e = g->base.env->err;

	if (!t && g->o.label_names.n)
		return err_set(e, ERR_USAGE, "--label-names goes with --labels patterns");
	if (t && strncmp(t, prefix, sizeof prefix - 1) == 0 && t[sizeof prefix - 1])
		g->label_column = str_z(t + sizeof prefix - 1);
	else if (t && strcmp(t, "patterns") != 0)
		return err_set(e, ERR_USAGE, "--labels %s: want patterns or features:COLUMN", t);
	if (g->label_column.n && g->o.label_names.n)
		return err_set(e, ERR_USAGE, "--label-names goes with --labels patterns");
	if (g->o.label_bars > g->o.window)
		return err_set(e, ERR_USAGE, "--label-bars: want at most the window's bars");
	return 0;
}

/* The oldest image that waits is done with. */
static void
wait_pop(struct enc_series *x)
{
	buf_free(&x->wait[x->wait_at].text);
	x->wait_at++;
	x->nwait--;
}

void
enc_label_wait(struct enc *g, struct enc_series *x)
{
	struct enc_wait *w;

	if (x->nwait == WAIT_MAX) {
		wait_pop(x);
		g->unlabelled++;
	}
	if (x->wait_at > 64 && x->wait_at > x->nwait) {
		memmove(x->wait, x->wait + x->wait_at, x->nwait * sizeof *x->wait);
		x->wait_at = 0;
	}
	w = MEM_AT(x->wait, x->wait_cap, x->wait_at + x->nwait);
	*w = (struct enc_wait){ .ts = x->known[x->len - 1],
		.first = x->start[x->len - g->p.window],
		.since = x->known[x->len - (size_t)g->o.label_bars],
		.text = g->text };
	g->text = (struct buf){ 0 };
	x->nwait++;
	if (g->label_column.n == 0 && !x->listed) {
		const struct enc_by_sym *y = &g->by_sym[x->sym->id];

		x->listed = true;
		*MEM_AT(g->waiting, g->waiting_cap, g->nwaiting) = y->at[y->last];
		g->nwaiting++;
	}
}

/* ---- patterns ---- */

void
enc_label_pattern(struct enc *g, struct enc_series *x, const struct rec *r)
{
	const struct rec_pattern *p = &r->pattern;
	bool wanted = g->o.label_names.n == 0;

	g->labels++;
	if (rec_has(r, F_pattern_state) && p->state != W_pstate_formed &&
	    p->state != W_pstate_confirmed)
		return;
	for (size_t i = 0; i < g->o.label_names.n; i++)
		wanted |= str_eqz(p->name, g->o.label_names.v[i]);
	if (!wanted)
		return;
	snprintf(x->pattern, sizeof x->pattern, "%.*s",
	    STR_FMT(str_cut(p->name, sizeof x->pattern - 1)));
	x->pattern_ts = r->ts;
	x->pattern_start = rec_has(r, F_pattern_start) ? p->start : r->ts;
}

int
enc_label_release(struct enc *g, struct enc_series *x)
{
	while (x->nwait && g->label_column.n == 0) {
		struct enc_wait *w = &x->wait[x->wait_at];
		bool has =
		    x->pattern[0] && x->pattern_ts >= w->since && x->pattern_start >= w->first;
		const char *label = has ? x->pattern : "none";
		int rc;

		if (g->o.png)
			enc_sheet_label(g, x, w->ts, label);
		rc = enc_out_record(g, x, w->ts, &w->text, label, w->ts, false);
		wait_pop(x);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int
enc_label_release_all(struct enc *g)
{
	int rc = 0;

	for (size_t i = 0; i < g->nwaiting && rc == 0; i++) {
		struct enc_series *x = g->series[g->waiting[i]];

		x->listed = false;
		rc = enc_label_release(g, x);
	}
	g->nwaiting = 0;
	return rc;
}

/* ---- columns of features ---- */

int
enc_label_features(struct enc *g, struct enc_series *x, const struct rec *r)
{
	const struct rec_num *num = NULL;
	char label[NUM_MAX + 1];
	struct enc_wait *w;
	int rc;

	for (size_t i = 0; i < r->nnums && !num; i++)
		if (str_eq(r->nums[i].name, g->label_column))
			num = &r->nums[i];
	if (!num)
		return 0;
	g->labels++;
	/* labels come in the order of their bars: one that is older got none */
	while (x->nwait && x->wait[x->wait_at].ts < r->ts) {
		wait_pop(x);
		g->unlabelled++;
	}
	if (x->nwait == 0 || x->wait[x->wait_at].ts != r->ts)
		return 0;
	w = &x->wait[x->wait_at];
	*num_put_f64(label, num->v) = '\0';
	if (g->o.png)
		enc_sheet_label(g, x, w->ts, label);
	rc = enc_out_record(g, x, w->ts, &w->text, label,
	    rec_has(r, F_features_label_end) ? r->features.label_end : r->ts,
	    rec_has(r, F_features_lookahead) && r->features.lookahead);
	wait_pop(x);
	return rc;
}

void
enc_label_free(struct enc_series *x)
{
	while (x->nwait)
		wait_pop(x);
	free(x->wait);
}
