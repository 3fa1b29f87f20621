#include "risk/keep.h"

#include <stdlib.h>

#include "base/mem.h"

#define STRS_MAX 16

/* The texts of a record that has one of the types kept here. */
static size_t
texts_of(struct rec *r, struct str *out[STRS_MAX])
{
	size_t n = 0;

	out[n++] = &r->raw;
	out[n++] = &r->extra;
#define TEXT(type, field) \
	if (rec_has(r, F_##type##_##field)) \
	out[n++] = &r->type.field
	switch (r->type) {
	case REC_target:
		TEXT(target, strategy);
		TEXT(target, policy);
		TEXT(target, reason);
		break;
	case REC_order:
		TEXT(order, cl_ord_id);
		TEXT(order, strategy);
		TEXT(order, parent_id);
		TEXT(order, oca_group);
		TEXT(order, approval);
		break;
	case REC_cancel:
		TEXT(cancel, cl_ord_id);
		TEXT(cancel, orig_cl_ord_id);
		break;
	case REC_replace:
		TEXT(replace, cl_ord_id);
		TEXT(replace, orig_cl_ord_id);
		TEXT(replace, approval);
		break;
	default: break;
	}
#undef TEXT
	return n;
}

struct kept *
keep_add(struct keep *k, const struct rec *r)
{
	struct kept *x = MEM_AT(k->v, k->cap, k->n);
	struct str *texts[STRS_MAX];
	size_t total = 0;

	k->n++;
	*x = (struct kept){ .r = *r };
	size_t n = texts_of(&x->r, texts);
	for (size_t i = 0; i < n; i++)
		total += texts[i]->n;
	char *at = x->text = mem_alloc(total);
	for (size_t i = 0; i < n; i++) {
		if (!texts[i]->p)
			continue;
		if (texts[i]->n)
			memcpy(at, texts[i]->p, texts[i]->n);
		texts[i]->p = at;
		at += texts[i]->n;
	}
	return x;
}

void
keep_drop(struct keep *k, size_t i)
{
	free(k->v[i].text);
	memmove(&k->v[i], &k->v[i + 1], (k->n - i - 1) * sizeof *k->v);
	k->n--;
}

void
keep_clear(struct keep *k)
{
	for (size_t i = 0; i < k->n; i++)
		free(k->v[i].text);
	k->n = 0;
}

void
keep_free(struct keep *k)
{
	keep_clear(k);
	free(k->v);
}
