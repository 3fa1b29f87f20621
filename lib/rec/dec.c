#include <stdlib.h>
#include <strings.h>

#include "base/mem.h"
#include "rec/dec.h"

struct rec_dec *
rec_dec_new(struct symtab *syms, const struct rec_layout *layout)
{
	struct rec_dec *d = mem_alloc(sizeof *d);

	d->syms = syms;
	d->date.hour_tail = SCAN_NO_HOUR;
	/* no symbol yet: a guess that never comes true */
	d->sym_last = d->sym_slots[0].next = &d->sym_slots[0];
	d->sym_slots[0].cell = 1;
	if (layout)
		d->layout = *layout;
	return d;
}

void
rec_dec_free(struct rec_dec *d)
{
	if (!d)
		return;
	dec_csv_release(d);
	json_free(d->doc);
	buf_free(&d->fitting);
	buf_free(&d->extra);
	buf_free(&d->cells);
	free(d->cell_at);
	free(d->nums);
	free(d);
}

enum rec_format
rec_dec_format(const struct rec_dec *d)
{
	return d->format;
}

uint64_t
rec_dec_mapped(const struct rec_dec *d)
{
	return d->mapped;
}

/* The first line tells the format; a CSV stream's first line is its header. 1: go on with it. */
static int
start(struct rec_dec *d, const char *p, size_t n, struct err *e)
{
	int rc;

	d->started = true;
	if (*p == '{') {
		d->format = REC_NDJSON;
		return 1;
	}
	d->format = REC_CSV;
	if (n >= 2 && (unsigned char)p[0] == 0x1f && (unsigned char)p[1] == 0x8b)
		return err_set(e, ERR_DATA,
		    "gzip'd input is read from files, not from a pipe: give the "
		    "file's name or put zcat before");
	rc = dec_csv_header(d, p, n, e);
	if (rc < 0)
		return rc;
	return d->layout.no_header;
}

static bool
blank(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != ' ' && p[i] != '\t')
			return false;
	return true;
}

static int
decode(struct rec_dec *d, const char *p, size_t n, uint32_t want, struct rec *r, struct err *e,
    bool slow)
{
	int rc;

	if (__builtin_expect(!d->started, 0)) {
		if (blank(p, n))
			return 0;
		rc = start(d, p, n, e);
		if (rc <= 0)
			return rc;
	}
	if (d->format == REC_NDJSON) {
		if (slow ? dec_json_skim(p, p + n, want, r) : dec_json_fast(d, p, p + n, want, r))
			return 1;
		if (blank(p, n))
			return 0;
		return dec_json_slow(d, p, n, want, r, e);
	}
	if (!slow && dec_csv_fast(d, p, p + n, r))
		return 1;
	if (blank(p, n))
		return 0;
	return dec_csv_slow(d, p, n, r, e);
}

int
rec_dec_line(
    struct rec_dec *d, const char *p, size_t n, uint32_t want, struct rec *r, struct err *e)
{
	/* by far the most lines; what the scanner does not take is looked at again, whole */
	if (d->plain && d->plain(d, p, p + n, r) == p + n) {
		r->raw = (struct str){ p, n };
		return 1;
	}
	return decode(d, p, n, want, r, e, false);
}

size_t
rec_dec_row(struct rec_dec *d, const char *p, const char *end, struct rec *r)
{
	const char *q = d->plain ? d->plain(d, p, end, r) : NULL;

	if (!q)
		return 0;
	r->raw = (struct str){ p, (size_t)(q - p) };
	if (q < end && *q == '\r')
		q++;
	return q < end && *q == '\n' ? (size_t)(q + 1 - p) : 0;
}

struct rec_dec *
rec_dec_twin(const struct rec_dec *d, struct symtab *syms)
{
	struct rec_dec *twin = d->plain ? rec_dec_new(syms, NULL) : NULL;

	if (twin)
		twin->plain = d->plain;
	return twin;
}

void
rec_row_pack(struct rec_row *o, const struct rec *r)
{
	o->ts = r->ts;
	o->sym = r->sym;
	o->type = r->type;
	if (r->type == REC_trade) {
		o->v[0] = r->trade.price;
		o->v[1] = r->trade.size;
		return;
	}
	o->v[0] = r->bar.open;
	o->v[1] = r->bar.high;
	o->v[2] = r->bar.low;
	o->v[3] = r->bar.close;
	o->v[4] = (int64_t)r->bar.volume; /* as it was read: it fits */
}

int
rec_dec_line_slow(
    struct rec_dec *d, const char *p, size_t n, uint32_t want, struct rec *r, struct err *e)
{
	return decode(d, p, n, want, r, e, true);
}

/* ---- values by the exact parsers ---- */

bool
dec_utf8(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p, *end = p + s.n;

	while (p < end) {
		unsigned c = *p++, more, min;

		if (c < 0x80)
			continue;
		if (c >= 0xc2 && c < 0xe0)
			more = 1, min = 0x80, c &= 0x1f;
		else if (c >= 0xe0 && c < 0xf0)
			more = 2, min = 0x800, c &= 0x0f;
		else if (c >= 0xf0 && c < 0xf5)
			more = 3, min = 0x10000, c &= 0x07;
		else
			return false;
		for (; more; more--, p++) {
			if (p == end || (*p & 0xc0) != 0x80)
				return false;
			c = c << 6 | (*p & 0x3f);
		}
		if (c < min || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
			return false;
	}
	return true;
}

int
dec_ts(struct rec_dec *d, struct str text, int64_t *ns, struct err *e)
{
	bool zoneless;

	if (!tim_parse(text.p, text.n, ns, &zoneless))
		return err_set(e, ERR_DATA, "'%.*s' is not a time (RFC 3339 or an epoch number)",
		    STR_FMT(text));
	if (zoneless && d->layout.zone)
		*ns = d->layout.zone(d->layout.zone_arg, *ns);
	return 0;
}

int
dec_sym(struct rec_dec *d, struct rec *r, struct str text, struct err *e)
{
	r->sym = symtab_get(d->syms, text);
	if (!r->sym)
		return err_set(e, ERR_DATA,
		    "'%.*s' is not a symbol (1 to 32 of A-Z a-z 0-9 . _ / -)",
		    (int)(text.n > 64 ? 64 : text.n), text.p);
	return 0;
}

static int
bad(struct err *e, const struct field *f, struct str text, const char *want)
{
	return err_set(e, ERR_DATA, "%s: '%.*s' is not %s", f->name,
	    (int)(text.n > 64 ? 64 : text.n), text.p, want);
}

/* side in the words of other venues' files */
static unsigned
foreign_side(struct str s)
{
	static const struct {
		const char *text;
		unsigned word;
	} words[] = { { "buy", W_side_buy }, { "sell", W_side_sell }, { "b", W_side_buy },
		{ "s", W_side_sell }, { "bid", W_side_buy }, { "ask", W_side_sell },
		{ "1", W_side_buy }, { "-1", W_side_sell } };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i].text) == s.n && strncasecmp(words[i].text, s.p, s.n) == 0)
			return words[i].word;
	return 0;
}

int
dec_value(struct rec_dec *d, struct rec *r, const struct field *f, struct str t, struct err *e)
{
	char *at = (char *)r + f->off;
	bool ok = true;

	switch ((enum field_kind)f->kind) {
	case K_PRICE:
	case K_SIZE:
		if (!num_nano(t.p, t.n, (int64_t *)(void *)at))
			return bad(e, f, t, "a decimal number below 9.2e9");
		break;
	case K_SUM:
		if (!num_nano128(t.p, t.n, (num_i128 *)(void *)at))
			return bad(e, f, t, "a decimal number");
		break;
	case K_CASH:
		if (!num_micro(t.p, t.n, (int64_t *)(void *)at))
			return bad(e, f, t, "an amount of money");
		break;
	case K_F64:
		if (!num_f64(t.p, t.n, (double *)(void *)at))
			return bad(e, f, t, "a finite number");
		break;
	case K_I64:
		if (!num_i64(t.p, t.n, (int64_t *)(void *)at))
			return bad(e, f, t, "a whole number");
		break;
	case K_BOOL:
		ok = str_eqz(t, "true") || str_eqz(t, "false");
		if (!ok)
			return bad(e, f, t, "true or false");
		*(bool *)(void *)at = t.p[0] == 't';
		break;
	case K_TIME:
		if (dec_ts(d, t, (int64_t *)(void *)at, e) < 0)
			return err_wrap(e, "%s", f->name);
		break;
	case K_STR:
		if (!dec_utf8(t))
			return bad(e, f, t, "UTF-8");
		*(struct str *)(void *)at = t;
		break;
	case K_WORD: {
		unsigned w = rec_word_of((enum rec_wordlist)f->words, t);

		if (!w && f->words == REC_WL_side && r->type == REC_trade && d->format == REC_CSV)
			w = foreign_side(t);
		if (!w)
			return bad(e, f, t, "one of its words (see records(5))");
		*(uint8_t *)(void *)at = (uint8_t)w;
		break;
	}
	case K_JSON: *(struct str *)(void *)at = t; break;
	}
	rec_mark(r, f->bit);
	return 0;
}

void
dec_extra_key(struct rec_dec *d, struct str key)
{
	if (d->extra.len)
		buf_putc(&d->extra, ',');
	rec_put_string(&d->extra, key);
	buf_putc(&d->extra, ':');
}

int
dec_done(struct rec_dec *d, struct rec *r, struct err *e)
{
	const char *lacks = schema_lacks(r);

	if (lacks)
		return err_set(e, ERR_DATA, "%s without %s", rec_type_name(r->type), lacks);
	/* a split's "value" is its ratio */
	if (r->type == REC_corporate_action && r->corporate_action.action == W_corp_split &&
	    !rec_has(r, F_corporate_action_ratio) && rec_has(r, F_corporate_action_amount)) {
		rec_set(r, F_corporate_action_ratio, r->corporate_action.ratio,
		    num_of_nano(r->corporate_action.amount));
		rec_unset(r, F_corporate_action_amount);
	}
	r->extra = buf_str(&d->extra);
	return 1;
}
