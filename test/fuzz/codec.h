/*
 * The property of the two codecs, for whole streams: line by line the fast and the slow path
 * agree on accept or reject and on every value, and what is written reads back and is written
 * the same again.
 */
#ifndef TP_TEST_FUZZ_CODEC_H
#define TP_TEST_FUZZ_CODEC_H

#include "fuzz.h"
#include "rec/codec.h"

struct fuzz_codec {
	struct symtab *syms;
	struct rec_dec *fast, *slow;
	struct buf line, a, b, c;
};

/* The line with the readable bytes behind it that a decoder asks for: what ends a line, then
 * digits, so that a scanner that runs on into them is seen. */
static inline const char *
fuzz_pad(struct buf *b, const void *p, size_t n)
{
	buf_clear(b);
	buf_put(b, p, n);
	memset(buf_room(b, REC_PAD), '7', REC_PAD);
	b->p[n] = '\n';
	return b->p;
}

/* The fields of a record, written anew. */
static inline void
fuzz_fields(struct buf *out, const struct rec *r)
{
	struct rec copy;

	rec_edit(&copy, r);
	buf_clear(out);
	rec_enc_json(out, &copy);
}

static inline void
fuzz_reads_back(struct fuzz_codec *f, const struct buf *text)
{
	struct rec_dec *dec = rec_dec_new(f->syms, NULL);
	struct err e = { 0 };
	struct rec r;
	size_t n = text->len - 1;
	int rc;

	FUZZ_HOLDS(text->len > 1 && text->p[n] == '\n', "no line was written");
	rc = rec_dec_line(dec, fuzz_pad(&f->line, text->p, n), n, UINT32_MAX, &r, &e);
	FUZZ_HOLDS(rc == 1, "%s: %.*s", e.msg, (int)n, text->p);
	fuzz_fields(&f->c, &r);
	FUZZ_HOLDS(str_eq(buf_str(&f->c), buf_str(text)), "wrote  %.*s  then   %.*s",
	    (int)text->len, text->p, (int)f->c.len, f->c.p);
	rec_dec_free(dec);
}

/* Columns of a type, as its csv writer would be asked for. */
static inline const char *
fuzz_columns(enum rec_type t)
{
	switch (t) {
	case REC_trade: return "ts,sym,price,size,side,exch,cond,seq,ts_recv,dirty";
	case REC_quote: return "ts,sym,bid,ask,bid_size,ask_size,exch,seq,ts_recv,delayed,dirty";
	case REC_bar:
		return "ts,sym,ts_end,interval,open,high,low,close,volume,vwap,count,bid,ask,"
		       "spread,buy_volume,sell_volume,gap,partial,rev,ts_recv,dirty";
	default: return NULL;
	}
}

/* Written as CSV and read back: the same fields. */
static inline void
fuzz_csv_back(struct fuzz_codec *f, const struct rec *r)
{
	const char *columns = fuzz_columns(r->type);
	struct rec known, back;
	struct err e = { 0 };
	struct rec_csv *csv;
	struct rec_dec *dec;
	struct buf head = { 0 }, row = { 0 };
	int rc;

	if (!columns)
		return;
	rec_edit(&known, r);
	known.extra = (struct str){ NULL, 0 }; /* CSV has the columns that were asked for */
	csv = rec_csv_new(r->type, columns, &e);
	FUZZ_HOLDS(csv, "%s", e.msg);
	rec_csv_header(csv, &head);
	rec_csv_row(csv, &row, &known);
	fuzz_fields(&f->a, &known);
	/* A line is a record, and an empty cell is no value: CSV cannot say these two. */
	if (memchr(row.p, '\n', row.len - 1) || memmem(f->a.p, f->a.len, ":\"\"", 3)) {
		rec_csv_free(csv);
		buf_free(&head);
		buf_free(&row);
		return;
	}
	dec = rec_dec_new(f->syms, &(struct rec_layout){ .type = rec_type_name(r->type) });
	rc = rec_dec_line(
	    dec, fuzz_pad(&f->line, head.p, head.len - 1), head.len - 1, UINT32_MAX, &back, &e);
	FUZZ_HOLDS(rc == 0, "%s: %s", e.msg, buf_z(&head));
	rc = rec_dec_line(
	    dec, fuzz_pad(&f->line, row.p, row.len - 1), row.len - 1, UINT32_MAX, &back, &e);
	FUZZ_HOLDS(rc == 1, "%s: %s", e.msg, buf_z(&row));
	fuzz_fields(&f->b, &back);
	FUZZ_HOLDS(str_eq(buf_str(&f->a), buf_str(&f->b)), "by CSV %s  from %.*s  to   %.*s",
	    buf_z(&row), (int)f->a.len, f->a.p, (int)f->b.len, f->b.p);
	rec_dec_free(dec);
	rec_csv_free(csv);
	buf_free(&head);
	buf_free(&row);
}

/* One line into both. False when the stream ends here. */
static inline bool
fuzz_line(struct fuzz_codec *f, const char *p, size_t n)
{
	struct err ea = { 0 }, eb = { 0 };
	struct buf la = { 0 }, lb = { 0 };
	struct rec ra, rb;
	size_t row;
	int a, b;

	fuzz_pad(&la, p, n);
	la.p[n + 1] = '\0';
	row = rec_dec_row(f->fast, la.p, la.p + n + 1, &ra);
	la.p[n + 1] = '7';
	FUZZ_HOLDS(row == 0 || row == n + 1, "a row of %zu bytes: %.*s", row, (int)n, p);
	a = row ? 1 : rec_dec_line(f->fast, la.p, n, UINT32_MAX, &ra, &ea);
	b = rec_dec_line_slow(f->slow, fuzz_pad(&lb, p, n), n, UINT32_MAX, &rb, &eb);
	FUZZ_HOLDS(a == b, "fast %d (%s), slow %d (%s): %.*s", a, ea.msg, b, eb.msg, (int)n, p);
	if (a == 1) {
		FUZZ_HOLDS(
		    ra.type == rb.type, "types %d and %d: %.*s", ra.type, rb.type, (int)n, p);
		if (ra.type != REC_unknown) {
			fuzz_fields(&f->a, &ra);
			fuzz_fields(&f->b, &rb);
			FUZZ_HOLDS(str_eq(buf_str(&f->a), buf_str(&f->b)),
			    "of     %.*s\n  fast   %.*s  slow   %.*s", (int)n, p, (int)f->a.len,
			    f->a.p, (int)f->b.len, f->b.p);
			fuzz_reads_back(f, &f->a);
			fuzz_csv_back(f, &ra);
		}
	}
	buf_free(&la);
	buf_free(&lb);
	return a >= 0;
}

static inline void
fuzz_stream(const struct rec_layout *layout, const char *p, size_t n)
{
	struct fuzz_codec f = { .syms = symtab_new() };
	const char *end = p + n, *nl;

	f.fast = rec_dec_new(f.syms, layout);
	f.slow = rec_dec_new(f.syms, layout);
	for (; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (!nl)
			nl = end;
		/* A bad line does not end a stream under --skip-bad. */
		fuzz_line(&f, p, (size_t)(nl - p));
	}
	rec_dec_free(f.fast);
	rec_dec_free(f.slow);
	symtab_free(f.syms);
	buf_free(&f.line);
	buf_free(&f.a);
	buf_free(&f.b);
	buf_free(&f.c);
}

#endif
