#include "broker/map.h"

#include <stdlib.h>

#include "base/mem.h"

static uint64_t
hash(struct str s)
{
	uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (uint8_t)s.p[i]) * UINT64_C(1099511628211);
	return h ^ h >> 32;
}

/* Where the key is, or the free place where it would go. */
static struct map_slot *
place(const struct map *m, struct str key, uint64_t h)
{
	size_t i = h & (m->cap - 1);

	while (m->v[i].value && !(m->v[i].hash == h && str_eq(m->v[i].key, key)))
		i = (i + 1) & (m->cap - 1);
	return &m->v[i];
}

static void
grow(struct map *m)
{
	struct map old = *m;

	m->cap = old.cap ? 2 * old.cap : 64;
	m->v = mem_array(m->cap, sizeof *m->v);
	for (size_t i = 0; i < old.cap; i++)
		if (old.v[i].value)
			*place(m, old.v[i].key, old.v[i].hash) = old.v[i];
	free(old.v);
}

void *
map_get(const struct map *m, struct str key)
{
	return m->cap ? place(m, key, hash(key))->value : NULL;
}

void
map_put(struct map *m, struct str key, void *value)
{
	uint64_t h = hash(key);
	struct map_slot *s;

	if (2 * (m->n + 1) > m->cap)
		grow(m);
	s = place(m, key, h);
	if (!s->value)
		m->n++;
	*s = (struct map_slot){ h, key, value };
}

void
map_free(struct map *m)
{
	free(m->v);
	*m = (struct map){ 0 };
}
