#include "signal/track.h"

#include <stdlib.h>

#include "base/mem.h"

void
track_free(struct track *t)
{
	free(t->ring);
}

void
track_trial(struct track *t, const struct mix_off *off, bool hit)
{
	if (!t->ring) {
		int64_t size = off->window > off->probation ? off->window : off->probation;

		t->size = (uint32_t)(size > 0 ? size : 1);
		t->ring = mem_alloc(t->size);
	}
	t->ring[t->next] = hit;
	t->next = t->next + 1 == t->size ? 0 : t->next + 1;
	if (t->n < t->size)
		t->n++;
	t->trials++;
	t->all_hits += hit;
	t->since++;
}

double
track_rate(const struct track *t, int64_t n)
{
	uint32_t take = n < t->n ? (uint32_t)n : t->n, hits = 0;

	for (uint32_t k = 1; k <= take; k++)
		hits += t->ring[t->next >= k ? t->next - k : t->next + t->size - k];
	return take ? (double)hits / take : 0.5;
}

/* Back after a probation with hits enough; the drawdown then counts anew. */
static enum track_event
come_back(struct track *t, const struct mix_off *off)
{
	if (t->since < off->probation || track_rate(t, off->probation) < off->back_hit)
		return TRACK_SAME;
	t->back_rate = track_rate(t, off->probation);
	t->off = false;
	t->since = 0;
	t->n = 0;
	t->peak = t->pnl;
	return TRACK_BACK;
}

enum track_event
track_round(struct track *t, const struct mix_off *off, double pnl)
{
	t->pnl += pnl;
	if (t->pnl > t->peak)
		t->peak = t->pnl;
	if (off->window == 0)
		return TRACK_SAME;
	if (t->off)
		return come_back(t, off);
	enum track_event ev = TRACK_SAME;
	if (t->n >= off->min_trials && track_rate(t, off->window) < off->min_hit)
		ev = TRACK_OFF_HITS;
	else if (t->n >= off->min_trials && t->peak - t->pnl > off->max_drawdown)
		ev = TRACK_OFF_DRAWDOWN;
	if (ev != TRACK_SAME) {
		t->off = true;
		t->since = 0;
	}
	return ev;
}
