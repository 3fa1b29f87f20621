#include <stdlib.h>

#include "base/mem.h"
#include "rec/codec.h"
#include "rec/schema.h"

/* ---- values ---- */

/* Whether one of eight bytes needs an escape: a control character, a quote, a backslash. */
static bool
needs_escape(uint64_t w)
{
	const uint64_t one = 0x0101010101010101u, high = one << 7;
	uint64_t quote = w ^ (one * '"'), back = w ^ (one * '\\');

	return (((w - one * 0x20) & ~w) | ((quote - one) & ~quote) | ((back - one) & ~back)) & high;
}

void
rec_put_string(struct buf *out, struct str s)
{
	static const char hex[] = "0123456789abcdef";
	char *o = buf_room(out, s.n * 6 + 2);

	size_t i = 0;

	*o++ = '"';
	/* mostly plain text, and sometimes thousands of bytes of it */
	for (uint64_t w; i + 8 <= s.n; i += 8, o += 8) {
		memcpy(&w, s.p + i, 8);
		if (needs_escape(w))
			break;
		memcpy(o, &w, 8);
	}
	for (; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0x20 && c != '"' && c != '\\') {
			*o++ = (char)c;
			continue;
		}
		*o++ = '\\';
		switch (c) {
		case '"':
		case '\\': *o++ = (char)c; break;
		case '\b': *o++ = 'b'; break;
		case '\f': *o++ = 'f'; break;
		case '\n': *o++ = 'n'; break;
		case '\r': *o++ = 'r'; break;
		case '\t': *o++ = 't'; break;
		default:
			memcpy(o, "u00", 3);
			o[3] = hex[c >> 4];
			o[4] = hex[c & 15];
			o += 5;
		}
	}
	*o++ = '"';
	out->len = (size_t)(o - out->p);
}

/* A number, bool, time or word; NUM_MAX bytes are free at o. Text kinds are not for here. */
static inline char *
put_scalar(char *o, const struct rec *r, const struct field *f, bool quoted)
{
	const void *at = (const char *)r + f->off;

	switch ((enum field_kind)f->kind) {
	case K_PRICE: return num_put_price(o, *(const int64_t *)at);
	case K_SIZE: return num_put_size(o, *(const int64_t *)at);
	case K_SUM: return num_put_size128(o, *(const num_i128 *)at);
	case K_CASH: return num_put_cash(o, *(const int64_t *)at);
	case K_F64: return num_put_f64(o, *(const double *)at);
	case K_I64: return num_put_i64(o, *(const int64_t *)at);
	case K_BOOL: {
		bool v = *(const bool *)at;

		memcpy(o, v ? "true" : "false", v ? 4 : 5);
		return o + (v ? 4 : 5);
	}
	case K_TIME:
		if (quoted)
			*o++ = '"';
		o = tim_put(o, *(const int64_t *)at);
		if (quoted)
			*o++ = '"';
		return o;
	case K_WORD: {
		const char *w = rec_word((enum rec_wordlist)f->words, *(const uint8_t *)at);
		size_t n = strlen(w);

		if (quoted)
			*o++ = '"';
		memcpy(o, w, n);
		o += n;
		if (quoted)
			*o++ = '"';
		return o;
	}
	case K_STR:
	case K_JSON: break;
	}
	return o;
}

/* ---- NDJSON ---- */

/* `,"price":` ready made for each field */
static struct {
	char text[24];
	size_t n;
} key_text[REC_unknown][32];

static struct {
	char text[48]; /* {"type":"trade","ts":" */
	size_t n;
} head_text[REC_unknown];

__attribute__((constructor)) static void
texts_make(void)
{
	for (int t = 0; t < REC_unknown; t++) {
		const struct schema *s = &rec_schemas[t];
		char *o = head_text[t].text;

		memcpy(o, "{\"type\":\"", 9);
		memcpy(o + 9, s->name, s->len);
		memcpy(o + 9 + s->len, "\",\"ts\":\"", 8);
		head_text[t].n = 17u + s->len;
		for (unsigned i = 0; i < s->nfields; i++) {
			char *k = key_text[t][i].text;

			k[0] = ',';
			k[1] = '"';
			memcpy(k + 2, s->fields[i].name, s->fields[i].len);
			memcpy(k + 2 + s->fields[i].len, "\":", 2);
			key_text[t][i].n = 4u + s->fields[i].len;
		}
	}
}

static void
put_field(struct buf *out, const struct rec *r, unsigned i)
{
	const struct field *f = &rec_schemas[r->type].fields[i];
	char *o = buf_room(out, 32 + NUM_MAX);

	memcpy(o, key_text[r->type][i].text, 24);
	o += key_text[r->type][i].n;
	if (f->kind != K_STR && f->kind != K_JSON) {
		out->len = (size_t)(put_scalar(o, r, f, true) - out->p);
		return;
	}
	out->len = (size_t)(o - out->p);
	if (f->kind == K_STR)
		rec_put_string(out, *(const struct str *)(const void *)((const char *)r + f->off));
	else {
		const struct str *raw =
		    (const struct str *)(const void *)((const char *)r + f->off);

		buf_put(out, raw->p, raw->n);
	}
}

/* Copies a name as long as it needs no escape; whether that was to its end. */
static bool
copy_plain(char *o, struct str s)
{
	uint64_t w;
	size_t i = 0;

	for (; i + 8 <= s.n; i += 8) {
		memcpy(&w, s.p + i, 8);
		if (needs_escape(w))
			return false;
		memcpy(o + i, &w, 8);
	}
	for (; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c == '"' || c == '\\')
			return false;
		o[i] = (char)c;
	}
	return true;
}

/* A name as it is where it is plain, and its number. A record may hold hundreds of them. */
static void
put_num(struct buf *out, const struct rec_num *num)
{
	struct str s = num->name;
	char *o = buf_room(out, s.n + NUM_MAX + 4);
	bool plain = copy_plain(o + 2, s);

	o[0] = ',';
	o[1] = '"';
	o += s.n + 2;
	*o++ = '"';
	if (!plain) {
		out->len++;
		rec_put_string(out, s);
		o = buf_room(out, NUM_MAX + 1);
	}
	*o++ = ':';
	out->len = (size_t)(num_put_f64(o, num->v) - out->p);
}

void
rec_enc_json(struct buf *out, const struct rec *r)
{
	uint32_t has = r->has;
	char *o;

	if (r->raw.p && r->text_is_json) {
		o = buf_room(out, r->raw.n + 1);
		memcpy(o, r->raw.p, r->raw.n);
		o[r->raw.n] = '\n';
		out->len += r->raw.n + 1;
		return;
	}
	o = buf_room(out, 160);
	memcpy(o, head_text[r->type].text, 48);
	o = tim_put(o + head_text[r->type].n, r->ts);
	*o++ = '"';
	if (r->sym) {
		memcpy(o, ",\"sym\":\"", 8);
		memcpy(o + 8, r->sym->name, 32);
		o += 8 + r->sym->len;
		*o++ = '"';
	}
	out->len = (size_t)(o - out->p);
	while (has) {
		unsigned i = (unsigned)__builtin_ctz(has);

		has &= has - 1;
		put_field(out, r, i);
	}
	for (size_t i = 0; i < r->nnums; i++)
		put_num(out, &r->nums[i]);
	if (r->extra.n) {
		buf_putc(out, ',');
		buf_put(out, r->extra.p, r->extra.n);
	}
	o = buf_room(out, 2);
	o[0] = '}';
	o[1] = '\n';
	out->len += 2;
}

/* ---- CSV ---- */

struct csv_col {
	enum { OUT_TS, OUT_SYM, OUT_FIELD, OUT_NUM } what;
	const struct field *field;
	struct str name; /* in the header */
};

struct rec_csv {
	enum rec_type type;
	char *header;
	struct csv_col *cols;
	size_t n, cap;
};

struct rec_csv *
rec_csv_new(enum rec_type type, const char *columns, struct err *e)
{
	struct rec_csv *c = mem_alloc(sizeof *c);

	c->type = type;
	c->header = mem_dup(columns, strlen(columns));
	for (const char *p = c->header; *p;) {
		size_t k = strcspn(p, ",");
		struct str name = { p, k };
		const struct field *f = schema_field(type, name);
		struct csv_col *o = MEM_AT(c->cols, c->cap, c->n);

		o->field = f;
		o->name = name;
		if (f)
			o->what = OUT_FIELD;
		else if (schema_is_ts(name))
			o->what = OUT_TS;
		else if (schema_is_sym(name))
			o->what = OUT_SYM;
		else if (type == REC_features)
			o->what = OUT_NUM;
		else {
			err_set(e, ERR_USAGE, "'%.*s' is no key of a %s", STR_FMT(name),
			    rec_type_name(type));
			rec_csv_free(c);
			return NULL;
		}
		c->n++;
		p += k + (p[k] == ',');
	}
	return c;
}

void
rec_csv_free(struct rec_csv *c)
{
	if (!c)
		return;
	free(c->header);
	free(c->cols);
	free(c);
}

void
rec_csv_header(const struct rec_csv *c, struct buf *out)
{
	buf_puts(out, c->header);
	buf_putc(out, '\n');
}

/* RFC 4180: quoted when it holds a comma, a quote, a line break or outer white space */
static void
put_cell(struct buf *out, struct str s)
{
	bool quote = s.n && (s.p[0] == ' ' || s.p[s.n - 1] == ' ');

	for (size_t i = 0; i < s.n && !quote; i++)
		quote = s.p[i] == ',' || s.p[i] == '"' || (unsigned char)s.p[i] < 0x20;
	if (!quote) {
		buf_put(out, s.p, s.n);
		return;
	}
	buf_putc(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			buf_putc(out, '"');
		buf_putc(out, s.p[i]);
	}
	buf_putc(out, '"');
}

/* The number of that name; *at is where to begin looking: most records have the columns' order. */
static const struct rec_num *
find_num(const struct rec *r, struct str name, size_t *at)
{
	for (size_t k = 0; k < r->nnums; k++) {
		size_t i = *at + k < r->nnums ? *at + k : *at + k - r->nnums;

		if (str_eq(r->nums[i].name, name)) {
			*at = i + 1 < r->nnums ? i + 1 : 0;
			return &r->nums[i];
		}
	}
	return NULL;
}

void
rec_csv_row(const struct rec_csv *c, struct buf *out, const struct rec *r)
{
	const struct rec_num *num;
	size_t at = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct field *f = c->cols[i].field;
		char *o = buf_room(out, NUM_MAX + 40);

		if (i)
			*o++ = ',';
		if (c->cols[i].what == OUT_TS) {
			o = tim_put(o, r->ts);
		} else if (c->cols[i].what == OUT_SYM) {
			if (r->sym) {
				memcpy(o, r->sym->name, 32);
				o += r->sym->len;
			}
		} else if (c->cols[i].what == OUT_NUM) {
			if ((num = find_num(r, c->cols[i].name, &at)))
				o = num_put_f64(o, num->v);
		} else if (rec_has(r, f->bit)) {
			if (f->kind != K_STR && f->kind != K_JSON) {
				o = put_scalar(o, r, f, false);
			} else {
				out->len = (size_t)(o - out->p);
				put_cell(out,
				    *(const struct str *)(const void *)((const char *)r + f->off));
				continue;
			}
		}
		out->len = (size_t)(o - out->p);
	}
	buf_putc(out, '\n');
}
