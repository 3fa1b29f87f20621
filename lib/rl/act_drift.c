/* Whether what a policy sees is still what it learned from: the population stability index of its
 * columns, over the last rows, against the deciles in its card. */
#include "base/math.h"
#include "base/mem.h"
#include "rl/act_int.h"

#define BACK_PSI 0.8 /* of --max-psi: below it drift is over */

static void
drift_row(struct act *a, const struct rl_view *v)
{
	const struct rl_card *card = &a->net[0].card;
	struct act_drift *d = &a->drift;
	const float *row = v->k.cols + v->c.t * v->k.ncols;
	size_t n = card->ncolumns;

	if (!d->bin) {
		d->window = (size_t)a->psi_window;
		d->bin = mem_array(d->window, n);
		d->count = mem_array(n * RL_CARD_BINS, sizeof *d->count);
	}
	uint8_t *bin = d->bin + d->next * n;
	for (size_t i = 0; i < n; i++) {
		if (d->n == d->window)
			d->count[i * RL_CARD_BINS + bin[i]]--;
		bin[i] = (uint8_t)rl_card_bin(&card->columns[i], (double)row[i]);
		d->count[i * RL_CARD_BINS + bin[i]]++;
	}
	d->next = (d->next + 1) % d->window;
	d->n += d->n < d->window;
	d->since++;
}

/* The largest PSI, made anew ten times a window. */
static void
drift_measure(struct act *a)
{
	const struct rl_card *card = &a->net[0].card;
	struct act_drift *d = &a->drift;

	if (!d->bin || d->n < d->window || d->since * 10 < d->window)
		return;
	d->since = 0;
	d->worst = -1;
	for (size_t i = 0; i < card->ncolumns; i++) {
		double share[RL_CARD_BINS], psi;

		if (!card->columns[i].measured)
			continue;
		for (size_t k = 0; k < RL_CARD_BINS; k++)
			share[k] = (double)d->count[i * RL_CARD_BINS + k] / (double)d->window;
		psi = num_psi(share, card->columns[i].shares, RL_CARD_BINS);
		if (psi > d->worst) {
			d->worst = psi;
			d->column = i;
		}
	}
}

enum act_ill
act_drift(struct act *a)
{
	bool was = a->ill == ACT_DRIFTED;

	if (a->max_psi <= 0 && a->status_every <= 0)
		return ACT_WELL;
	/* a watermark that nothing new came before would count the row of the last instant again */
	for (size_t i = 0; a->live->instant && i < a->live->nviews; i++)
		if (rl_view_ready(a->live->view[i]))
			drift_row(a, a->live->view[i]);
	drift_measure(a);
	if (a->max_psi <= 0 || a->drift.n < a->drift.window || a->drift.n == 0)
		return ACT_WELL;
	a->figure = a->drift.worst;
	a->bound = a->max_psi;
	return a->drift.worst > a->max_psi * (was ? BACK_PSI : 1) ? ACT_DRIFTED : ACT_WELL;
}
