/* The entries of algorithms. */
#include "broker/book_in.h"

#include <stdlib.h>

#include "base/mem.h"

static void
get_weights(struct bk_algo *a, struct str s)
{
	int64_t i = 0;

	for (size_t at = 0; at < s.n && i < a->slices; i++) {
		const char *comma = memchr(s.p + at, ',', s.n - at);
		size_t len = comma ? (size_t)(comma - s.p) - at : s.n - at;

		num_f64(s.p + at, len, &a->weight[i]);
		at += len + 1;
	}
}

int
book_apply_algo(struct book *b, const struct ent *n, struct err *e)
{
	struct bk_algo *a = mem_alloc(sizeof *a);

	a->ref = book_keep(b, ent_get(n, "ref"));
	a->strategy = book_keep(b, ent_get(n, "strat"));
	a->sym = book_ent_sym(b, n);
	a->kind = (enum algo_kind)ent_get_i64(n, "kind", 0);
	a->side = (uint8_t)book_ent_word(n, "side", REC_WL_side);
	a->tif = (uint8_t)book_ent_word(n, "tif", REC_WL_tif);
	a->outside_rth = ent_get_i64(n, "orth", 0) != 0;
	a->qty = ent_get_i64(n, "qty", 0);
	a->limit = ent_get_i64(n, "lmt", 0);
	a->display = ent_get_i64(n, "disp", 0);
	a->start = ent_get_i64(n, "start", 0);
	a->duration = ent_get_i64(n, "dur", 0);
	a->slices = ent_get_i64(n, "n", 0);
	a->participation = ent_get_f64(n, "part", 0);
	a->arrival = ent_get_i64(n, "arr", 0);
	a->st = W_ostat_new;
	if (!a->sym || a->ref.n == 0 || a->slices < 0 || a->slices > ALGO_SLICES ||
	    map_get(&b->by_algo, a->ref)) {
		free(a);
		return err_set(e, ERR_DATA, "an algorithm without symbol or name, or too fine");
	}
	get_weights(a, ent_get(n, "prof"));
	*b->algos_end = a;
	b->algos_end = &a->next;
	map_put(&b->by_algo, a->ref, a);
	return 0;
}

int
book_apply_algost(struct book *b, const struct ent *n, struct err *e)
{
	struct bk_algo *a = book_algo(b, ent_get(n, "ref"));

	if (!a)
		return err_set(e, ERR_DATA, "no such algorithm");
	a->st = (uint8_t)book_ent_word(n, "st", REC_WL_ostat);
	a->why = book_keep(b, ent_get(n, "why"));
	return 0;
}
