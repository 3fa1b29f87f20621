/* The limits file: what is accepted is JSON to the library too, and means the same with other
 * white space; what is refused is refused with words. */
#include <jansson.h>

#include "fuzz.h"
#include "risk/limits.h"

struct fuzz_limits {
	struct symtab *syms;
	struct limits l;
	struct err e;
	int rc;
};

static void
fuzz_limits_open(struct fuzz_limits *f, const struct buf *text)
{
	memset(f, 0, sizeof *f);
	f->syms = symtab_new();
	f->rc = limits_parse(&f->l, f->syms, "limits.json", text->p, text->len, &f->e);
}

static void
fuzz_limits_close(struct fuzz_limits *f)
{
	limits_free(&f->l);
	symtab_free(f->syms);
}

static void
fuzz_limits_same(
    const struct fuzz_limits *a, const struct fuzz_limits *b, uint32_t id, struct str strategy)
{
	const struct sym *sa = id < symtab_count(a->syms) ? symtab_at(a->syms, id) : NULL;
	const struct sym *sb = id < symtab_count(b->syms) ? symtab_at(b->syms, id) : NULL;

	for (enum limit_key k = 0; k < L_N; k++) {
		int64_t ia = 0, ib = 0;
		double fa = 0, fb = 0;
		bool ha, hb;

		if (limit_descs[k].kind == LIMIT_PCT || limit_descs[k].kind == LIMIT_RATIO) {
			ha = limits_f64(&a->l, k, sa, strategy, &fa);
			hb = limits_f64(&b->l, k, sb, strategy, &fb);
		} else {
			ha = limits_i64(&a->l, k, sa, strategy, &ia);
			hb = limits_i64(&b->l, k, sb, strategy, &ib);
		}
		FUZZ_HOLDS(
		    ha == hb && ia == ib && !(fa < fb) && !(fa > fb), "%s", limit_descs[k].name);
	}
	if (sa && sb) {
		FUZZ_HOLDS(limits_allowed(&a->l, sa) == limits_allowed(&b->l, sb), "%s", sa->name);
		FUZZ_HOLDS(
		    limits_restricted(&a->l, sa) == limits_restricted(&b->l, sb), "%s", sa->name);
	}
}

/* The same JSON with white space wherever it may stand. */
static void
fuzz_spread(struct buf *out, const char *p, size_t n)
{
	bool in_text = false;

	for (size_t i = 0; i < n; i++) {
		bool mark = !in_text && strchr("{}[]:,", p[i]) && p[i];

		if (p[i] == '"')
			in_text = !in_text;
		if (mark)
			buf_puts(out, "\n\t ");
		buf_putc(out, p[i]);
		if (in_text && p[i] == '\\' && i + 1 < n)
			buf_putc(out, p[++i]);
		if (mark)
			buf_puts(out, " \r\n");
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf text = { 0 }, spread = { 0 };
	struct fuzz_limits a, b;

	buf_put(&text, data, size);
	buf_z(&text);
	fuzz_limits_open(&a, &text);
	if (a.rc == 0) {
		json_t *j = json_loadb(text.p, text.len, JSON_REJECT_DUPLICATES, NULL);
		uint32_t n = symtab_count(a.syms);

		FUZZ_HOLDS(j, "no JSON: %s", buf_z(&text));
		json_decref(j);
		fuzz_spread(&spread, text.p, text.len);
		buf_z(&spread);
		fuzz_limits_open(&b, &spread);
		FUZZ_HOLDS(b.rc == 0, "%s: %s", b.e.msg, buf_z(&spread));
		FUZZ_HOLDS(n == symtab_count(b.syms), "symbols");
		FUZZ_HOLDS(a.l.nstrategies == b.l.nstrategies, "strategies");
		for (uint32_t id = 0; id <= n; id++) {
			fuzz_limits_same(&a, &b, id, (struct str){ NULL, 0 });
			for (size_t s = 0; s < a.l.nstrategies; s++)
				fuzz_limits_same(&a, &b, id, str_z(a.l.strategies[s].name));
		}
		fuzz_limits_close(&b);
	} else {
		FUZZ_HOLDS(a.rc < 0 && a.e.msg[0], "refused without words: %s", buf_z(&text));
	}
	fuzz_limits_close(&a);
	buf_free(&text);
	buf_free(&spread);
	return 0;
}
