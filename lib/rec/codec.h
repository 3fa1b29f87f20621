/*
 * Records from and to lines of text.
 *
 * A decoder reads one stream: NDJSON when its first byte is '{', else CSV with a header line.
 * Canonical lines go through a schema-directed scanner; every other line through jansson or
 * libcsv. Both accept the same language and give the same values (a fuzz target says so).
 */
#ifndef TP_REC_CODEC_H
#define TP_REC_CODEC_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "rec/rec.h"

enum rec_format { REC_NDJSON, REC_CSV };

#define REC_LINE_MAX (16u << 20) /* a longer line is an error */
#define REC_PAD 64 /* readable bytes a decoder needs behind a line, the first \n, \r or NUL */

/* How to read a foreign CSV file. All may be zero. */
struct rec_layout {
	const char
	    *columns;     /* "ts=Date,price=Last": our name = its column name or 1-based number */
	const char *sym;  /* symbol of every row that has no such column */
	const char *type; /* record type of a CSV stream, when its columns do not tell */
	bool no_header;   /* the first line is data; columns gives positions */
	bool lenient;     /* leave out of columns what this file lacks: see rec_dec_mapped */
	int64_t (*zone)(void *arg, int64_t local_ns); /* zone-less times: local -> UTC; NULL: UTC */
	void *zone_arg;
};

struct rec_dec;
struct rec_dec *
rec_dec_new(struct symtab *syms, const struct rec_layout *layout);
void
rec_dec_free(struct rec_dec *d);

/*
 * Decode one line [p, p+n) without its newline; REC_PAD bytes behind it must be readable.
 * Types outside `want` (REC_BIT mask) are recognised but not decoded: r->type, r->raw only.
 * Returns 1 with *r filled, 0 for a line that is no record (CSV header, empty line), or
 * ERR_DATA with the reason in e (no line number: the caller knows it).
 * Text in *r is valid until the next call.
 */
int
rec_dec_line(
    struct rec_dec *d, const char *p, size_t n, uint32_t want, struct rec *r, struct err *e);
/*
 * The same for a line whose end is not known: the text at p goes on to `end`, where a NUL stands
 * and REC_PAD readable bytes behind it. A row of the commonest CSV layouts is decoded, and how many
 * bytes it takes is returned, newline included; 0 where it is none or not all there: rec_dec_line
 * then knows more.
 */
size_t
rec_dec_row(struct rec_dec *d, const char *p, const char *end, struct rec *r);
/* A row in little room, to be handed to another thread. */
struct rec_row {
	int64_t ts;
	const struct sym *sym;
	int64_t v[5]; /* a trade's price and size; a bar's open, high, low, close and volume */
	enum rec_type type;
};
/* What rec_dec_row made. */
void
rec_row_pack(struct rec_row *o, const struct rec *r);
/* The record again, without its text, of a symbol that may be another table's. */
static inline void
rec_row_unpack(struct rec *r, const struct rec_row *row, const struct sym *sym)
{
	rec_init(r, row->type, row->ts, sym);
	if (row->type == REC_trade) {
		r->has = UINT32_C(1) << F_trade_price | UINT32_C(1) << F_trade_size;
		r->trade.price = row->v[0];
		r->trade.size = row->v[1];
		return;
	}
	r->has = UINT32_C(1) << F_bar_open | UINT32_C(1) << F_bar_high | UINT32_C(1) << F_bar_low |
		 UINT32_C(1) << F_bar_close | UINT32_C(1) << F_bar_volume;
	r->bar.open = row->v[0];
	r->bar.high = row->v[1];
	r->bar.low = row->v[2];
	r->bar.close = row->v[3];
	r->bar.volume = row->v[4];
}
/* A decoder whose rec_dec_row does what d's does, into symbols of another table, and which does
 * nothing else. NULL where d knows no such rows. */
struct rec_dec *
rec_dec_twin(const struct rec_dec *d, struct symtab *syms);
/* The same through the slow path only (jansson, libcsv): for tests. */
int
rec_dec_line_slow(
    struct rec_dec *d, const char *p, size_t n, uint32_t want, struct rec *r, struct err *e);
enum rec_format
rec_dec_format(const struct rec_dec *d);
/* With a lenient layout: bit i says that the header had what the i-th pair of columns names. */
uint64_t
rec_dec_mapped(const struct rec_dec *d);
/* decode the raw line of r fully (it was pushed undecoded); as rec_dec_line */

/*
 * Append one record and a newline to out. NDJSON: the raw line when r has one and it is JSON,
 * else the fields in table order. Never fails: a record is valid by construction.
 */
void
rec_enc_json(struct buf *out, const struct rec *r);
/* JSON string body with escapes, quotes included */
void
rec_put_string(struct buf *out, struct str s);

/* CSV writer of one type. columns: "ts,sym,open,..." in the order wanted. */
struct rec_csv;
struct rec_csv *
rec_csv_new(enum rec_type type, const char *columns, struct err *e);
void
rec_csv_free(struct rec_csv *c);
void
rec_csv_header(const struct rec_csv *c, struct buf *out);
void
rec_csv_row(const struct rec_csv *c, struct buf *out, const struct rec *r);

#endif
