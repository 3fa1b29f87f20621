/* What signal-mix writes: views with their why, alerts, status. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "rec/codec.h"
#include "signal/mix.h"

#define SHOWN 8 /* weights named in a status */

/* To six decimals: enough to see why, and to add up again. */
static void
put_f64(struct buf *out, double v)
{
	char text[NUM_MAX];

	v = mix_round(v) + 0.0; /* no -0 */
	buf_put(out, text, (size_t)(num_put_f64(text, v) - text));
}

/* One source's line in the account: who, weight, opinion, confidence, contribution. */
static void
put_source(struct buf *out, const struct mix *m, const struct mix_verdict *d, size_t i)
{
	buf_puts(out, "{\"source\":");
	rec_put_string(out, str_z(m->src[i].name));
	buf_puts(out, ",\"weight\":");
	put_f64(out, d->used[i]);
	buf_puts(out, ",\"opinion\":");
	put_f64(out, m->x[i]);
	buf_puts(out, ",\"confidence\":");
	put_f64(out, m->c[i]);
	buf_puts(out, ",\"part\":");
	put_f64(out, d->part[i]);
	buf_putc(out, '}');
}

static void
put_regime(struct buf *out, const struct mix *m, const struct mix_symbol *s)
{
	const char *sep = ",\"regime\":{";

	for (size_t k = 0; k < (size_t)2 * MIX_MODELS && m->cfg.nregimes; k++) {
		const struct mix_regime_now *g =
		    k < MIX_MODELS ? &s->regime[k] : &m->market.regime[k - MIX_MODELS];
		bool again = false;

		for (size_t i = 0; k >= MIX_MODELS && i < MIX_MODELS; i++)
			again |= s->regime[i].any && strcmp(s->regime[i].model, g->model) == 0;
		if (!g->any || again)
			continue;
		buf_puts(out, sep);
		rec_put_string(out, str_z(g->model));
		buf_putc(out, ':');
		if (g->label[0])
			rec_put_string(out, str_z(g->label));
		else
			buf_printf(out, "%lld", (long long)g->state);
		sep = ",";
	}
	if (sep[1] == '\0')
		buf_putc(out, '}');
}

static void
put_why(
    struct buf *out, const struct mix *m, const struct mix_symbol *s, const struct mix_verdict *d)
{
	const char *sep = "";

	buf_clear(out);
	buf_printf(out, "{\"method\":\"%s\"",
	    mix_methods[d->warm ? MIX_CONFIDENCE : m->cfg.arm[d->arm].method]);
	if (d->warm)
		buf_puts(out, ",\"warmup\":true");
	if (m->cfg.has_b)
		buf_printf(out, ",\"arm\":\"%c\"", "ab"[d->arm]);
	buf_puts(out, ",\"view\":");
	put_f64(out, d->raw);
	if (d->stopped[0]) {
		buf_puts(out, ",\"stopped\":");
		rec_put_string(out, str_z(d->stopped));
	}
	put_regime(out, m, s);
	buf_puts(out, ",\"sources\":[");
	for (size_t i = 0; i < m->nsrc; i++)
		if (m->on[i]) {
			buf_puts(out, sep);
			put_source(out, m, d, i);
			sep = ",";
		}
	buf_putc(out, ']');
	sep = ",\"off\":[";
	for (size_t i = 0; i < m->nsrc; i++)
		if (m->src[i].track.off) {
			buf_puts(out, sep);
			rec_put_string(out, str_z(m->src[i].name));
			sep = ",";
		}
	if (sep[1] == '\0')
		buf_putc(out, ']');
	buf_putc(out, '}');
}

int
mix_say(struct mix *m, const struct mix_symbol *s, const struct mix_verdict *d, bool shadow)
{
	int dir = d->v > 0 ? 1 : d->v < 0 ? -1 : 0;
	struct rec r;

	put_why(&m->why, m, s, d);
	rec_init(&r, REC_signal, m->wm, s->sym);
	rec_set(
	    &r, F_signal_source, r.signal.source, str_z(shadow ? m->shadow_name : m->live_name));
	rec_set(&r, F_signal_label, r.signal.label,
	    str_z(dir > 0   ? "long"
		  : dir < 0 ? "short"
			    : "flat"));
	rec_set(&r, F_signal_direction, r.signal.direction, dir);
	rec_set(&r, F_signal_strength, r.signal.strength, fabs(d->v));
	rec_set(&r, F_signal_confidence, r.signal.confidence, d->confidence);
	if (dir && d->expires != MIX_NEVER)
		rec_set(&r, F_signal_expires, r.signal.expires, d->expires);
	if (m->tainted)
		rec_set(&r, F_signal_lookahead, r.signal.lookahead, true);
	if (shadow)
		rec_set(&r, F_signal_shadow, r.signal.shadow, true);
	rec_set(&r, F_signal_why, r.signal.why, buf_str(&m->why));
	return mix_emit_signal(m, &r);
}

int
mix_emit_signal(struct mix *m, const struct rec *r)
{
	if (!m->exporter)
		return stage_emit(&m->base, r);
	if (rec_has(r, F_signal_shadow) && r->signal.shadow)
		return 0; /* nothing that others might trade on */
	buf_clear(&m->why);
	export_signal(m->exporter, r, &m->why);
	return stage_text(&m->base, m->why.p, m->why.len);
}

int
mix_alert(struct mix *m, const struct mix_source *src, enum track_event ev)
{
	const struct mix_off *off = &m->cfg.off;
	const struct track *t = &src->track;
	double rate = track_rate(t, ev == TRACK_BACK ? off->probation : off->window);
	char text[256];
	struct rec r;

	if (m->exporter)
		return 0;
	rec_init(&r, REC_alert, m->wm, NULL);
	rec_set(&r, F_alert_severity, r.alert.severity, ev == TRACK_BACK ? W_sev_info : W_sev_warn);
	rec_set(
	    &r, F_alert_rule, r.alert.rule, str_z(ev == TRACK_BACK ? "source_back" : "source_off"));
	if (ev == TRACK_OFF_HITS) {
		snprintf(text, sizeof text,
		    "%s is switched off: its hit rate over %u trials fell below min_hit; back "
		    "after "
		    "%lld trials at back_hit",
		    src->name, t->n, (long long)off->probation);
		rec_set(&r, F_alert_value, r.alert.value, num_shown(rate));
		rec_set(&r, F_alert_limit, r.alert.limit, off->min_hit);
	} else if (ev == TRACK_OFF_DRAWDOWN) {
		snprintf(text, sizeof text,
		    "%s is switched off: its paper P&L fell more than max_drawdown below its top; "
		    "back after %lld trials at back_hit",
		    src->name, (long long)off->probation);
		rec_set(&r, F_alert_value, r.alert.value, num_shown(t->peak - t->pnl));
		rec_set(&r, F_alert_limit, r.alert.limit, off->max_drawdown);
	} else {
		snprintf(text, sizeof text, "%s is back after its probation", src->name);
		rec_set(&r, F_alert_value, r.alert.value, num_shown(t->back_rate));
		rec_set(&r, F_alert_limit, r.alert.limit, off->back_hit);
	}
	rec_set(&r, F_alert_text, r.alert.text, str_z(text));
	return stage_emit(&m->base, &r);
}

/* ---- status ---- */

/* The weights that were learned, biggest first. */
static void
put_weights(struct buf *out, const struct mix *m, const struct learner *l)
{
	bool stacked = l->method >= MIX_LOGISTIC;
	const double *p = stacked ? l->w : m->used;

	if (!stacked)
		learner_weights(l, NULL, NULL, m->used);
	for (size_t i = 0; i < l->n; i++)
		m->flag[i] = p[i] >= 0 && p[i] <= 0;
	for (size_t k = 0; k < SHOWN && k < l->n; k++) {
		size_t best = l->n;

		for (size_t i = 0; i < l->n; i++)
			if (!m->flag[i] && (best == l->n || fabs(p[i]) > fabs(p[best])))
				best = i;
		if (best == l->n)
			break;
		m->flag[best] = true;
		buf_printf(out, "%s %s ", k ? "," : "; weights", m->src[best].name);
		put_f64(out, p[best]);
	}
}

/* "hedge: 120 rounds, loss 57.1, best pattern:x 55, regret 2.1 of at most 18.2; weights ..." */
static void
put_learner(struct buf *out, const struct mix *m, const struct learner *l)
{
	size_t best;
	double regret = learner_regret(l, &best), bound = learner_bound(l);

	buf_printf(out, "%s: %lld rounds", mix_methods[l->method], (long long)l->rounds);
	if (l->n && l->method < MIX_LOGISTIC) {
		buf_puts(out, ", loss ");
		put_f64(out, l->mix);
		buf_printf(out, ", best %s ", m->src[best].name);
		put_f64(out, l->cum[best]);
		buf_puts(out, ", regret ");
		put_f64(out, regret);
		if (isfinite(bound)) {
			buf_puts(out, " of at most ");
			put_f64(out, bound);
		}
	}
	put_weights(out, m, l);
}

/* Learners by symbol: their sums. */
static void
put_learners(struct buf *out, const struct mix *m, int arm)
{
	double regret = 0;
	int64_t rounds = 0, n = 0;

	for (size_t i = 0; i < m->nlist; i++) {
		const struct learner *l = &m->sym[m->list[i]]->learner[arm];
		size_t best;

		if (l->rounds == 0)
			continue;
		regret += learner_regret(l, &best);
		rounds += l->rounds;
		n++;
	}
	buf_printf(out, "%s: %lld symbols, %lld rounds, regret ",
	    mix_methods[m->cfg.arm[arm].method], (long long)n, (long long)rounds);
	put_f64(out, regret);
}

int
mix_status(struct mix *m, bool end)
{
	struct rec r;

	buf_clear(&m->why);
	buf_printf(&m->why, "%lld opinions of %zu sources, %lld views", (long long)m->taken,
	    m->nsrc, (long long)m->views);
	if (m->duplicates)
		buf_printf(&m->why, ", %lld said before", (long long)m->duplicates);
	if (m->too_many)
		buf_printf(&m->why, ", %lld of sources too many", (long long)m->too_many);
	for (int a = 0; a < 1 + m->cfg.has_b; a++) {
		if (!mix_learns(m->cfg.arm[a].method))
			continue;
		buf_puts(&m->why, m->cfg.has_b ? (a ? "; b: " : "; a: ") : "; ");
		if (m->cfg.arm[a].learn.per_symbol)
			put_learners(&m->why, m, a);
		else
			put_learner(&m->why, m, &m->learner[a]);
	}
	if (end)
		stage_note(&m->base, 2, "%s", buf_z(&m->why));
	if (m->exporter)
		return 0;
	rec_init(&r, REC_status, m->wm, NULL);
	rec_set(&r, F_status_source, r.status.source, str_z(m->live_name));
	rec_set(&r, F_status_state, r.status.state, end ? W_sstate_eof : W_sstate_alive);
	rec_set(&r, F_status_text, r.status.text, buf_str(&m->why));
	rec_set(&r, F_status_records, r.status.records, m->views);
	return stage_emit(&m->base, &r);
}
