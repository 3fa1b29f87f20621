/*
 * What signal-mix and lookahead-check read besides records; the first byte chooses.
 *	m	a mixing file: what is accepted is printed, read again, and printed the same
 *	f	a mapping file (first line) and foreign lines: what is accepted is a signal that is
 *		written as NDJSON and read back with the same values
 *	e	an export template: filled in, no slot is left
 *	c	lines as cells: they lie within the line, in order
 */
#include "fuzz.h"
#include "rec/cells.h"
#include "rec/codec.h"
#include "signal/export.h"
#include "signal/foreign.h"

static void
fuzz_mixing(const char *p, size_t n)
{
	static struct mix_config a, b;
	struct buf once = { 0 }, twice = { 0 };
	struct err e = { 0 };

	mix_config_defaults(&a);
	if (mix_config_parse(&a, "mix", p, n, &e) == 0) {
		mix_config_print(&a, &once);
		mix_config_defaults(&b);
		int rc = mix_config_parse(&b, "mix", once.p, once.len, &e);
		FUZZ_HOLDS(rc == 0, "%s\n%s", e.msg, buf_z(&once));
		mix_config_print(&b, &twice);
		FUZZ_HOLDS(str_eq(buf_str(&once), buf_str(&twice)), "once\n%s\ntwice\n%s",
		    buf_z(&once), buf_z(&twice));
		mix_config_check(&a, "mix", &e);
	} else {
		FUZZ_HOLDS(e.msg[0], "refused without words");
	}
	buf_free(&once);
	buf_free(&twice);
}

static void
fuzz_signal(const struct rec *r, struct symtab *syms)
{
	struct rec_dec *d = rec_dec_new(syms, NULL);
	struct buf line = { 0 };
	struct rec back;
	struct err e = { 0 };

	rec_enc_json(&line, r);
	size_t n = line.len - 1;
	memset(buf_room(&line, REC_PAD), 0, REC_PAD);
	line.p[n] = '\0';
	int rc = rec_dec_line(d, line.p, n, UINT32_MAX, &back, &e);
	FUZZ_HOLDS(rc == 1, "%s: %s", e.msg, line.p);
	FUZZ_HOLDS(back.type == REC_signal && back.ts == r->ts && back.sym == r->sym &&
		       back.has == r->has && str_eq(back.signal.source, r->signal.source),
	    "%s", line.p);
	FUZZ_HOLDS(!(back.signal.direction < r->signal.direction) &&
		       !(back.signal.direction > r->signal.direction),
	    "%s", line.p);
	FUZZ_HOLDS(r->signal.direction >= -1 && r->signal.direction <= 1, "%s", line.p);
	buf_free(&line);
	rec_dec_free(d);
}

static void
fuzz_foreign(const char *p, size_t n)
{
	const char *end = memchr(p, '\n', n);
	struct symtab *syms = symtab_new();
	struct err e = { 0 };
	size_t first = end ? (size_t)(end - p) : n;
	struct foreign *f = foreign_new("map", p, first, syms, &e);

	FUZZ_HOLDS(f || e.msg[0], "refused without words");
	for (p += first, n -= first; f && n > 1;) {
		p++, n--;
		end = memchr(p, '\n', n);
		size_t len = end ? (size_t)(end - p) : n;
		struct rec r;

		e.msg[0] = '\0';
		int rc = foreign_line(f, p, len, &r, &e);
		FUZZ_HOLDS(rc >= 0 || e.msg[0], "refused without words");
		if (rc == 1)
			fuzz_signal(&r, syms);
		p += len;
		n -= len;
	}
	foreign_free(f);
	symtab_free(syms);
}

static void
fuzz_export(const char *p, size_t n)
{
	struct buf text = { 0 }, out = { 0 };
	struct err e = { 0 };
	struct rec r;

	buf_put(&text, p, n);
	struct exporter *x = export_new("template", buf_z(&text), &e);
	FUZZ_HOLDS(x || e.msg[0], "refused without words");
	rec_init(&r, REC_signal, 0, NULL);
	rec_set(&r, F_signal_source, r.signal.source, str_z("s\"{sym}"));
	rec_set(&r, F_signal_direction, r.signal.direction, -1);
	if (x) {
		export_signal(x, &r, &out);
		FUZZ_HOLDS(out.len && out.p[out.len - 1] == '\n', "no line");
		FUZZ_HOLDS(!strstr(buf_z(&out), "{view}"), "%s", out.p);
	}
	export_free(x);
	buf_free(&text);
	buf_free(&out);
}

static void
fuzz_cells(const char *p, size_t n)
{
	struct cells c = { 0 };

	for (int json = 0; json < 2; json++) {
		size_t from = 0;

		if (!(json ? cells_json(&c, p, n) : cells_csv(&c, p, n, ',')))
			continue;
		for (size_t i = 0; i < c.n; i++) {
			FUZZ_HOLDS(c.v[i].at >= from && c.v[i].at + c.v[i].len <= n, "cell %zu", i);
			FUZZ_HOLDS(c.v[i].text.n <= c.v[i].len, "text of cell %zu", i);
			from = c.v[i].at + c.v[i].len;
		}
	}
	cells_free(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	/* a copy of its own size: a read beyond it is seen */
	char *p = malloc(size);
	memcpy(p, data + 1, size - 1);
	switch (data[0]) {
	case 'm': fuzz_mixing(p, size - 1); break;
	case 'f': fuzz_foreign(p, size - 1); break;
	case 'e': fuzz_export(p, size - 1); break;
	case 'c': fuzz_cells(p, size - 1); break;
	default: break;
	}
	free(p);
	return 0;
}
