#include <stdlib.h>

#include "base/mem.h"
#include "risk/risk.h"

/* FNV-1a with a final mix (splitmix64); 0 marks an empty slot. */
static uint64_t
id_hash(struct str id)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < id.n; i++)
		h = (h ^ (uint8_t)id.p[i]) * UINT64_C(0x100000001b3);
	h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
	h ^= h >> 31;
	return h ? h : 1;
}

static bool
set_put(uint64_t *set, size_t cap, uint64_t h)
{
	size_t i = h & (cap - 1);

	while (set[i] && set[i] != h)
		i = (i + 1) & (cap - 1);
	bool fresh = set[i] == 0;
	set[i] = h;
	return fresh;
}

bool
risk_id_seen(const struct risk *k, struct str id)
{
	if (account_id_seen(k->account, id)) /* it remembers those of earlier runs, too */
		return true;
	if (k->nids == 0)
		return false;
	uint64_t h = id_hash(id);
	for (size_t i = h & (k->capids - 1); k->ids[i]; i = (i + 1) & (k->capids - 1))
		if (k->ids[i] == h)
			return true;
	return false;
}

/*
 * The account keeps the ids of all that it was given; the set is for those that went out and that
 * it has not heard of: of replaces, which it may refuse. It keeps hashes of 64 bits for ever: a
 * false "seen" (a refusal) is less likely than 1 in 10 million after a million of them.
 */
void
risk_id_add(struct risk *k, struct str id)
{
	if (account_id_seen(k->account, id))
		return;
	if (k->nids * 2 >= k->capids) {
		size_t cap = k->capids ? k->capids * 2 : 256;
		uint64_t *set = mem_array(cap, sizeof *set);
		for (size_t i = 0; i < k->capids; i++)
			if (k->ids[i])
				set_put(set, cap, k->ids[i]);
		free(k->ids);
		k->ids = set;
		k->capids = cap;
	}
	k->nids += set_put(k->ids, k->capids, id_hash(id));
}

static struct risk_sent *
sent_at(const struct risk *k, size_t i) /* 0: the oldest */
{
	return &k->sent[(k->sent_from + i) & (k->sent_cap - 1)];
}

int64_t
risk_sent_count(const struct risk *k, int64_t now, int64_t window)
{
	size_t lo = 0, hi = k->sent_n;

	while (lo < hi) { /* first that is inside the window */
		size_t mid = lo + (hi - lo) / 2;
		if (num_sub(now, sent_at(k, mid)->ts) < window)
			hi = mid;
		else
			lo = mid + 1;
	}
	return (int64_t)(k->sent_n - lo);
}

static struct risk_sent
sent_of(const struct rec *r, int64_t now)
{
	return (struct risk_sent){
		.ts = now,
		.sym = r->sym->id,
		.side = r->order.side,
		.ord_type = r->order.ord_type,
		.qty = r->order.qty,
		.limit_price = rec_has(r, F_order_limit_price) ? r->order.limit_price : 0,
		.stop_price = rec_has(r, F_order_stop_price) ? r->order.stop_price : 0,
	};
}

const struct risk_sent *
risk_sent_same(const struct risk *k, const struct rec *order, int64_t now, int64_t window)
{
	struct risk_sent w = sent_of(order, now);

	for (size_t i = k->sent_n; i > 0; i--) {
		const struct risk_sent *s = sent_at(k, i - 1);
		if (num_sub(now, s->ts) >= window)
			return NULL;
		if (s->sym == w.sym && s->side == w.side && s->ord_type == w.ord_type &&
		    s->qty == w.qty && s->limit_price == w.limit_price &&
		    s->stop_price == w.stop_price)
			return s;
	}
	return NULL;
}

static void
sent_forget(struct risk *k, int64_t now)
{
	int64_t rate = 0, dup = 0;

	limits_all_i64(&k->limits, L_rate_window, &rate);
	limits_all_i64(&k->limits, L_duplicate_window, &dup);
	int64_t longest = rate > dup ? rate : dup;
	while (k->sent_n && num_sub(now, sent_at(k, 0)->ts) >= longest) {
		k->sent_from = (k->sent_from + 1) & (k->sent_cap - 1);
		k->sent_n--;
	}
}

void
risk_sent_add(struct risk *k, const struct rec *order, int64_t now)
{
	sent_forget(k, now);
	if (k->sent_n == k->sent_cap) {
		size_t cap = k->sent_cap ? k->sent_cap * 2 : 64; /* a power of two */
		struct risk_sent *s = mem_array(cap, sizeof *s);
		for (size_t i = 0; i < k->sent_n; i++)
			s[i] = *sent_at(k, i);
		free(k->sent);
		k->sent = s;
		k->sent_cap = cap;
		k->sent_from = 0;
	}
	k->sent_n++;
	*sent_at(k, k->sent_n - 1) = sent_of(order, now);
}
