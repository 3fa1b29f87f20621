#include "vision/images.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/in.h"
#include "rec/codec.h"
#include "vision/card.h"

void
vis_open(struct vis_images *m)
{
	memset(m, 0, sizeof *m);
	m->syms = symtab_new();
	sha256_init(&m->hash);
}

void
vis_close(struct vis_images *m)
{
	for (size_t i = 0; i < m->nnames; i++)
		free(m->names[i]);
	free(m->names);
	free(m->data);
	buf_free(&m->interval);
	symtab_free(m->syms);
}

/* ---- reading ---- */

/* What a model's card can hold. */
static bool
good_label(struct str s)
{
	if (s.n > VISION_NAME_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == '"' || s.p[i] == '\\')
			return false;
	return true;
}

static uint32_t
label_of(struct vis_images *m, struct str name)
{
	for (size_t i = 0; i < m->nnames; i++)
		if (str_eqz(name, m->names[i]))
			return (uint32_t)i;
	*MEM_AT(m->names, m->names_cap, m->nnames) = mem_dup(name.p, name.n);
	return (uint32_t)m->nnames++;
}

static float *
room(struct vis_images *m, size_t n)
{
	MEM_AT(m->data, m->data_cap, m->ndata + n);
	return m->data + m->ndata;
}

static void
hash_image(struct vis_images *m, const struct vis_image *v, size_t floats)
{
	sha256_add(&m->hash, &v->ts, sizeof v->ts);
	sha256_add(&m->hash, &v->end, sizeof v->end);
	if (v->sym)
		sha256_add(&m->hash, v->sym->name, v->sym->len + 1u);
	sha256_add(&m->hash, m->names[v->label], strlen(m->names[v->label]) + 1);
	sha256_add(&m->hash, m->data + v->at, floats * sizeof *m->data);
}

/* The floats of the record behind what there is; how many in *n. */
static int
take_data(struct vis_images *m, const struct rec *r, bool factors, size_t *n, struct err *e)
{
	float *to;

	*n = factors ? gaf_nfactors(&m->params) : gaf_pixels(&m->params);
	to = room(m, *n);
	if (!factors)
		return gaf_record_image(&m->params, r, to, e);
	if (!gaf_base64_get(r->image.factors, to, *n * sizeof *to))
		return err_set(e, ERR_DATA, "image: factors is not the base64 of %zu floats", *n);
	float odd = 0;

	for (size_t i = 0; i < *n; i++)
		odd += to[i] - to[i];
	return odd == 0 ? 0 : err_set(e, ERR_DATA, "image: factors hold what is not finite");
}

static int
take(struct vis_images *m, struct vis_set *s, const struct rec *r, struct err *e)
{
	struct gaf_params p;
	size_t n;
	int rc;

	if (!rec_has(r, F_image_label) || r->image.label.n == 0) {
		m->unlabelled++;
		return 0;
	}
	if (!good_label(r->image.label))
		return err_set(e, ERR_DATA,
		    "image: a label must have at most %d bytes, no quotes and no backslashes",
		    VISION_NAME_MAX);
	if ((rc = gaf_params_get(&p, r, e)) < 0)
		return rc;
	if (m->any && (rc = gaf_params_same(&m->params, &p, e)) < 0)
		return rc;
	m->params = p;
	m->any = true;
	if (!m->interval.len && rec_has(r, F_image_interval))
		buf_put(&m->interval, r->image.interval.p, r->image.interval.n);
	bool factors = !rec_has(r, F_image_data) && rec_has(r, F_image_factors);

	if ((rc = take_data(m, r, factors, &n, e)) < 0)
		return rc;
	struct vis_image *v = MEM_AT(s->v, s->cap, s->n);

	*v = (struct vis_image){ .ts = r->ts,
		.end = rec_has(r, F_image_label_end) && r->image.label_end > r->ts
			   ? r->image.label_end
			   : r->ts,
		.sym = r->sym,
		.label = label_of(m, r->image.label),
		.factors = factors,
		.at = m->ndata };
	m->ndata += n;
	s->n++;
	hash_image(m, v, n);
	return 0;
}

int
vis_read(struct vis_images *m, struct vis_set *s, const char *path, bool skip_bad,
    void (*say)(const char *text), struct err *e)
{
	struct io_in *in = io_in_open(path, e);
	struct rec_dec *dec;
	const char *p;
	size_t n;
	int rc;

	if (!in)
		return e->code;
	dec = rec_dec_new(m->syms, NULL);
	while ((rc = io_in_line(in, true, &p, &n, e)) == 1) {
		struct rec r;

		rc = rec_dec_line(dec, p, n, REC_BIT(image), &r, e);
		if (rc == 1 && r.type == REC_image)
			rc = take(m, s, &r, e);
		if (rc < 0) {
			err_wrap(e, "%s: line %llu", path, (unsigned long long)io_in_lineno(in));
			if (rc != ERR_DATA || !skip_bad)
				break;
			say(e->msg);
			m->bad++;
		}
	}
	rec_dec_free(dec);
	io_in_free(in);
	return rc < 0 ? rc : 0;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
vis_sort_names(struct vis_images *m, struct vis_set *sets, size_t nsets)
{
	char **sorted = mem_array(m->nnames, sizeof *sorted);
	uint32_t *to = mem_array(m->nnames, sizeof *to);

	if (m->nnames)
		memcpy(sorted, m->names, m->nnames * sizeof *sorted);
	qsort(sorted, m->nnames, sizeof *sorted, by_name);
	for (size_t i = 0; i < m->nnames; i++)
		for (size_t k = 0; k < m->nnames; k++)
			if (m->names[i] == sorted[k])
				to[i] = (uint32_t)k;
	for (size_t s = 0; s < nsets; s++)
		for (size_t i = 0; i < sets[s].n; i++)
			sets[s].v[i].label = to[sets[s].v[i].label];
	free(m->names);
	m->names = sorted;
	m->names_cap = m->nnames;
	free(to);
}

void
vis_pixels(const struct vis_images *m, const struct vis_image *i, float *out)
{
	if (i->factors)
		gaf_expand_f32(&m->params, m->data + i->at, out);
	else
		memcpy(out, m->data + i->at, gaf_pixels(&m->params) * sizeof *out);
}
