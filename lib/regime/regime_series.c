/* One series: its detectors' states, and the records they give. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "regime/regime.h"

static void
start_detectors(struct regime *g, struct regime_series *s)
{
	s->states = mem_array(g->ndets, sizeof *s->states);
	s->said = mem_array(g->ndets, sizeof *s->said);
	for (size_t i = 0; i < g->ndets; i++) {
		const struct det *d = g->dets[i];

		s->said[i] = -1;
		s->states[i] = mem_alloc(d->kind->size(d));
		if (d->kind->start(d, s->states[i], s->sym ? s->sym->name : NULL))
			continue;
		free(s->states[i]);
		s->states[i] = NULL;
		if (!g->told_symbol)
			stage_note(&g->base, 1, "%s has no parameters for %s%s", d->name,
			    s->sym ? s->sym->name : "a stream without symbols",
			    "; nothing is written for such symbols");
		g->told_symbol = true;
	}
}

struct regime_series *
regime_series_of(struct regime *g, const struct sym *sym)
{
	struct regime_series **at = MEM_AT(g->series, g->nseries, sym ? sym->id + 1 : 0);

	if (!*at) {
		*at = mem_alloc(sizeof **at);
		(*at)->sym = sym;
		start_detectors(g, *at);
	}
	return *at;
}

void
regime_series_free(struct regime *g)
{
	for (size_t i = 0; i < g->nseries; i++) {
		struct regime_series *s = g->series[i];

		if (!s)
			continue;
		for (size_t k = 0; s->states && k < g->ndets; k++)
			free(s->states[k]);
		free(s->states);
		free(s->said);
		free(s->train.x);
		free(s);
	}
	free(g->series);
}

static struct str
probs_text(struct regime *g, const struct det_view *v)
{
	buf_clear(&g->probs);
	for (int i = 0; i < v->nprobs; i++) {
		buf_putc(&g->probs, i ? ',' : '[');
		char *o = buf_room(&g->probs, NUM_MAX);
		g->probs.len = (size_t)(num_put_f64(o, v->probs[i]) - g->probs.p);
	}
	buf_putc(&g->probs, ']');
	return buf_str(&g->probs);
}

static int
write_view(struct regime *g, const struct regime_series *s, const struct det *d, int64_t ts,
    const struct det_view *v)
{
	struct rec r;

	rec_init(&r, REC_regime, ts, s->sym);
	rec_set(&r, F_regime_model, r.regime.model, str_z(d->name));
	rec_set(&r, F_regime_state, r.regime.state, v->state);
	rec_set(&r, F_regime_label, r.regime.label, str_z(v->label));
	if (v->nprobs)
		rec_set(&r, F_regime_probs, r.regime.probs, probs_text(g, v));
	if (isfinite(v->expected_duration))
		rec_set(&r, F_regime_expected_duration, r.regime.expected_duration,
		    v->expected_duration);
	if (isfinite(v->p_leave))
		rec_set(&r, F_regime_p_leave, r.regime.p_leave, v->p_leave);
	if (isfinite(v->value))
		rec_set(&r, F_regime_value, r.regime.value, v->value);
	return stage_emit(&g->base, &r);
}

int
regime_take(struct regime *g, struct regime_series *s, int64_t ts, const struct det_bar *b)
{
	if (g->fit_path) {
		regime_collect(g, s, ts, b->ret);
		return 0;
	}
	for (size_t i = 0; i < g->ndets; i++) {
		const struct det *d = g->dets[i];
		struct det_view v = { .expected_duration = NAN, .p_leave = NAN, .value = NAN };

		if (!s->states[i] || !d->kind->push(d, s->states[i], b, &v))
			continue;
		if (g->on_change && v.state == s->said[i])
			continue;
		s->said[i] = v.state;
		int rc = write_view(g, s, d, ts, &v);
		if (rc < 0)
			return rc;
	}
	return 0;
}
