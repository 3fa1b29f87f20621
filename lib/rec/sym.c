#include <stdlib.h>

#include "base/mem.h"
#include "rec/rec.h"

struct symtab {
	struct sym **by_id;
	size_t cap, n;
	uint32_t *slots; /* id + 1, 0 = free; open addressing */
	size_t nslots;   /* a power of two */
};

struct symtab *
symtab_new(void)
{
	struct symtab *t = mem_alloc(sizeof *t);

	t->nslots = 256;
	t->slots = mem_array(t->nslots, sizeof *t->slots);
	return t;
}

void
symtab_free(struct symtab *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		free(t->by_id[i]);
	free(t->by_id);
	free(t->slots);
	free(t);
}

static bool
sym_valid(struct str s)
{
	/* [A-Za-z0-9._/-] */
	static const bool ok[256] = { ['-'] = 1,
		['.'] = 1,
		['/'] = 1,
		['_'] = 1,
		['0'] = 1,
		['1'] = 1,
		['2'] = 1,
		['3'] = 1,
		['4'] = 1,
		['5'] = 1,
		['6'] = 1,
		['7'] = 1,
		['8'] = 1,
		['9'] = 1,
		['A'] = 1,
		['B'] = 1,
		['C'] = 1,
		['D'] = 1,
		['E'] = 1,
		['F'] = 1,
		['G'] = 1,
		['H'] = 1,
		['I'] = 1,
		['J'] = 1,
		['K'] = 1,
		['L'] = 1,
		['M'] = 1,
		['N'] = 1,
		['O'] = 1,
		['P'] = 1,
		['Q'] = 1,
		['R'] = 1,
		['S'] = 1,
		['T'] = 1,
		['U'] = 1,
		['V'] = 1,
		['W'] = 1,
		['X'] = 1,
		['Y'] = 1,
		['Z'] = 1,
		['a'] = 1,
		['b'] = 1,
		['c'] = 1,
		['d'] = 1,
		['e'] = 1,
		['f'] = 1,
		['g'] = 1,
		['h'] = 1,
		['i'] = 1,
		['j'] = 1,
		['k'] = 1,
		['l'] = 1,
		['m'] = 1,
		['n'] = 1,
		['o'] = 1,
		['p'] = 1,
		['q'] = 1,
		['r'] = 1,
		['s'] = 1,
		['t'] = 1,
		['u'] = 1,
		['v'] = 1,
		['w'] = 1,
		['x'] = 1,
		['y'] = 1,
		['z'] = 1 };

	if (s.n == 0 || s.n > 32)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!ok[(unsigned char)s.p[i]])
			return false;
	return true;
}

/* FNV-1a over the bytes, mixed once more: names are short and differ in few bits */
static uint64_t
hash(struct str s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	return h ^ h >> 32;
}

static uint32_t *
slot(const struct symtab *t, struct str s)
{
	size_t mask = t->nslots - 1, i = hash(s) & mask;

	while (t->slots[i]) {
		const struct sym *y = t->by_id[t->slots[i] - 1];

		if (y->len == s.n && memcmp(y->name, s.p, s.n) == 0)
			break;
		i = (i + 1) & mask;
	}
	return &t->slots[i];
}

const struct sym *
symtab_find(const struct symtab *t, struct str s)
{
	uint32_t *k = slot(t, s);

	return *k ? t->by_id[*k - 1] : NULL;
}

static void
rehash(struct symtab *t)
{
	free(t->slots);
	t->nslots *= 2;
	t->slots = mem_array(t->nslots, sizeof *t->slots);
	for (size_t i = 0; i < t->n; i++)
		*slot(t, (struct str){ t->by_id[i]->name, t->by_id[i]->len }) = (uint32_t)i + 1;
}

const struct sym *
symtab_get(struct symtab *t, struct str s)
{
	uint32_t *k = slot(t, s);
	struct sym *y;

	if (*k)
		return t->by_id[*k - 1];
	if (!sym_valid(s))
		return NULL;
	y = mem_alloc(sizeof *y);
	y->id = (uint32_t)t->n;
	y->len = (uint8_t)s.n;
	memcpy(y->name, s.p, s.n);
	t->by_id = mem_grow(t->by_id, &t->cap, t->n, sizeof *t->by_id);
	t->by_id[t->n++] = y;
	*k = (uint32_t)t->n;
	if (t->n * 2 > t->nslots)
		rehash(t);
	return y;
}

const struct sym *
symtab_at(const struct symtab *t, uint32_t id)
{
	return t->by_id[id];
}

uint32_t
symtab_count(const struct symtab *t)
{
	return (uint32_t)t->n;
}
