/*
 * The card of a policy, from anywhere: what is refused has words; what is taken makes a market to
 * trade in, or has words why not, and that hears a few bars and sees finite numbers.
 */
#include "fuzz.h"

#include <math.h>

#include "base/mem.h"
#include "rl/live.h"

static int
card_send(void *arg, struct rl_view *v, struct rec *r)
{
	(void)arg, (void)v, (void)r;
	return 0;
}

static void
card_trade(struct rl_live *l, struct symtab *syms, const struct rl_card *card)
{
	const struct sym *sym = symtab_get(syms, str_z(card->nsymbols ? card->symbols[0] : "A"));
	size_t n = rl_live_nobs(l);
	float *obs = mem_array(n, sizeof *obs);

	for (int64_t t = 1; sym && t < 70; t++) {
		struct rec r, wm;

		rec_init(&r, REC_bar, t * TIM_DAY, sym);
		r.bar.open = r.bar.high = r.bar.low = r.bar.close = (100 + t % 3) * NUM_NANO;
		rec_init(&wm, REC_watermark, t * TIM_DAY + 1, NULL);
		if (rl_live_push(l, &r) < 0 || rl_live_watermark(l, &wm) < 0)
			break;
		for (size_t i = 0; i < l->nviews; i++) {
			if (!rl_view_ready(l->view[i]))
				continue;
			rl_view_observe(l->view[i], obs);
			for (size_t k = 0; k < n; k++)
				FUZZ_HOLDS(isfinite(obs[k]), "%zu: %g", k, (double)obs[k]);
		}
	}
	free(obs);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct symtab *syms = symtab_new();
	struct account_opts account = { 0 };
	struct rl_card card;
	struct err e = { 0 };

	opt_defaults(account_options, &account, &e);
	if (rl_card_get(&card, (struct str){ (const char *)data, size }, &e) == 0) {
		struct rl_live_opts o = { .account = &account, .strategy = "f", .send = card_send };
		struct rl_live *l = rl_live_new(&card, NULL, 3, true, &o, syms, &e);

		if (l)
			card_trade(l, syms, &card);
		else
			FUZZ_HOLDS(e.msg[0], "refused without words");
		rl_live_free(l);
	} else {
		FUZZ_HOLDS(e.msg[0], "refused without words");
	}
	rl_card_free(&card);
	symtab_free(syms);
	return 0;
}
