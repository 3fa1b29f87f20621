#include "rl/policy.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

void
rl_ring_push(struct rl_ring *r, uint32_t cap, int64_t x)
{
	if (!r->v) {
		r->v = mem_array(cap, sizeof *r->v);
		r->cap = cap;
	}
	r->v[r->next] = x;
	r->next = r->next + 1 == r->cap ? 0 : r->next + 1;
	if (r->n < r->cap)
		r->n++;
}

void
rl_ring_last(struct rl_ring *r, int64_t x)
{
	if (r->n)
		r->v[r->next ? r->next - 1 : r->cap - 1] = x;
}

int64_t
rl_split_price(int64_t price, double ratio)
{
	int64_t out;

	/* A ratio that turns a price into nothing would be bad data; the old price is kept then. */
	if (!num_nano_of((double)price / 1e9 / ratio, &out) || out <= 0)
		return price;
	return out;
}

void
rl_ring_split(struct rl_ring *r, double ratio)
{
	for (uint32_t i = 0; i < r->n; i++)
		r->v[i] = rl_split_price(r->v[i], ratio);
}

int
rl_sided_open(struct rl_sided *s, struct err *e)
{
	if (s->size <= 0)
		return err_set(e, ERR_USAGE, "size must be above 0");
	if (!(s->weight >= 0 && s->weight <= 100))
		return err_set(e, ERR_USAGE, "weight must be between 0 and 100");
	return 0;
}

struct rl_side *
rl_sided_at(struct rl_sided *s, const struct sym *sym)
{
	struct rl_side *d = MEM_AT(s->side, s->nside, sym->id);

	d->sym = sym;
	return d;
}

void
rl_sided_set(struct rl_sided *s, const struct sym *sym, int side, const char *reason)
{
	struct rl_side *d = rl_sided_at(s, sym);

	d->reason = reason;
	if (d->now == side)
		return;
	d->now = (int8_t)side;
	if (d->touched)
		return;
	d->touched = true;
	*MEM_AT(s->list, s->caplist, s->nlist) = sym->id;
	s->nlist++;
}

/* Sides that shrink to flat or below go first, so that the sales of an instant come before its
 * purchases. */
int
rl_sided_decide(struct rl_policy *p, rl_want_fn want, void *arg)
{
	struct rl_sided *s = (struct rl_sided *)p;

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < s->nlist; i++) {
			const struct rl_side *d = &s->side[s->list[i]];

			if ((d->now > 0) != (pass == 1))
				continue;
			struct rl_target t = { .sym = d->sym, .reason = d->reason };
			t.is_weight = s->weight > 0;
			t.position = d->now * s->size;
			t.weight = d->now * s->weight;
			int rc = want(arg, &t);
			if (rc)
				return rc;
		}
	}
	for (size_t i = 0; i < s->nlist; i++)
		s->side[s->list[i]].touched = false;
	s->nlist = 0;
	return 0;
}

void
rl_sided_close(struct rl_policy *p)
{
	struct rl_sided *s = (struct rl_sided *)p;

	free(s->side);
	free(s->list);
}
