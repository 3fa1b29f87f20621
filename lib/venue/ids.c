/* The ids that orders had, and who has them now. */
#include "venue/venue.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* FNV-1a with 128 bits (Fowler, Noll, Vo): the hash of what came before, and one byte more. */
static const unsigned __int128 id_basis =
    (unsigned __int128)UINT64_C(0x6c62272e07bb0142) << 64 | UINT64_C(0x62b821756295c58d);

static unsigned __int128
id_step(unsigned __int128 h, char c)
{
	return (h ^ (unsigned char)c) * (((unsigned __int128)1 << 88) + 0x13b);
}

static void
id_halves(unsigned __int128 h, uint64_t *ha, uint64_t *hb)
{
	*ha = (uint64_t)(h >> 64);
	*hb = (uint64_t)h | 1; /* never the empty slot */
}

void
order_hash(struct str id, uint64_t *ha, uint64_t *hb)
{
	unsigned __int128 h = id_basis;

	for (size_t i = 0; i < id.n; i++)
		h = id_step(h, id.p[i]);
	id_halves(h, ha, hb);
}

/* The same, from where the id differs from the last one: an order's is asked for several times in
 * a row, and the next order's mostly differs in its end. */
void
order_id_hash(struct account *a, struct str id, uint64_t *ha, uint64_t *hb)
{
	struct idtab *t = &a->ids;
	size_t n = id.n < t->last_n ? id.n : t->last_n, i = 0;

	if (id.n == 0 || id.n > sizeof t->last) {
		order_hash(id, ha, hb);
		return;
	}
	if (id.n != n || memcmp(id.p, t->last, n) != 0) {
		while (i < n && id.p[i] == t->last[i])
			i++;
		for (; i < id.n; i++) {
			t->state[i] = id_step(i ? t->state[i - 1] : id_basis, id.p[i]);
			t->last[i] = id.p[i];
		}
		t->last_n = (uint8_t)id.n;
	}
	id_halves(t->state[id.n - 1], ha, hb);
}

static struct idslot *
id_slot(const struct idtab *t, uint64_t ha, uint64_t hb)
{
	size_t i = (size_t)(ha ^ hb) & (t->cap - 1);

	while ((t->v[i].a | t->v[i].b) && (t->v[i].a != ha || t->v[i].b != hb))
		i = (i + 1) & (t->cap - 1);
	return &t->v[i];
}

void
order_id_put(struct account *a, uint64_t ha, uint64_t hb, struct order *o)
{
	struct idtab *t = &a->ids;
	struct idslot *s;

	if (t->n + 1 > t->cap / 4 * 3) {
		struct idslot *old = t->v;
		size_t had = t->cap;

		t->cap = had ? had * 2 : 64;
		t->v = mem_array(t->cap, sizeof *t->v);
		for (size_t i = 0; i < had; i++)
			if (old[i].b)
				*id_slot(t, old[i].a, old[i].b) = old[i];
		free(old);
	}
	s = id_slot(t, ha, hb);
	if (!s->b)
		t->n++;
	*s = (struct idslot){ ha, hb, o };
}

void
order_id_set(struct account *a, struct str id, struct order *o)
{
	uint64_t ha, hb;

	order_id_hash(a, id, &ha, &hb);
	order_id_put(a, ha, hb, o);
}

struct order *
order_find(struct account *a, struct str id, bool *seen_before)
{
	const struct idslot *s = NULL;
	uint64_t ha, hb;

	if (a->ids.cap) {
		order_id_hash(a, id, &ha, &hb);
		s = id_slot(&a->ids, ha, hb);
	}
	if (seen_before)
		*seen_before = s && s->b;
	return s && s->b && s->order && s->order->state != O_DONE ? s->order : NULL;
}
