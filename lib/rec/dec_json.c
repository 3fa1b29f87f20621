/*
 * NDJSON lines. The fast half knows which key to expect next and compares whole keys, quotes and
 * colon included, with two masked loads; keys in another order or unknown ones still stay on
 * it. What it does not know for sure (escapes, white space, non-ASCII, nested values of unknown
 * keys, duplicate keys) it leaves to the slow half, jansson.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "rec/dec.h"
#include "rec/json_walk.h"

/* `"price":` as two masked words; keys longer than 16 bytes match by memcmp */
struct key {
	uint64_t word[2], mask[2];
	uint8_t len;
	const char *text;
};

#define MAX_FIELDS 32
static struct key keys[REC_unknown][MAX_FIELDS];
static struct key key_ts, key_sym;

static void
key_make(struct key *k, const char *name)
{
	char t[64];
	size_t n = strlen(name);
	unsigned char m[16] = { 0 };
	char w[16] = { 0 };

	t[0] = '"';
	memcpy(t + 1, name, n);
	t[n + 1] = '"';
	t[n + 2] = ':';
	n += 3;
	memset(m, 0xff, n < 16 ? n : 16);
	memcpy(w, t, n < 16 ? n : 16);
	memcpy(k->word, w, 16);
	memcpy(k->mask, m, 16);
	k->len = (uint8_t)n;
	k->text = name;
}

/* Tables of constants, filled before main: no lock, no first-call test in the loop. */
__attribute__((constructor)) static void
keys_make(void)
{
	for (int t = 0; t < REC_unknown; t++)
		for (unsigned i = 0; i < rec_schemas[t].nfields; i++)
			key_make(&keys[t][i], rec_schemas[t].fields[i].name);
	key_make(&key_ts, "ts");
	key_make(&key_sym, "sym");
}

static inline __attribute__((always_inline)) bool
key_is(const struct key *k, const char *p)
{
	if (((scan_load8(p) ^ k->word[0]) & k->mask[0]) |
	    ((scan_load8(p + 8) ^ k->word[1]) & k->mask[1]))
		return false;
	return k->len <= 16 || (memcmp(p + 1, k->text, (size_t)k->len - 3) == 0 &&
				   p[k->len - 2] == '"' && p[k->len - 1] == ':');
}

/* A number token by the exact parsers, when the scanners would not have it. */
static const char *
exact(struct rec_dec *d, struct rec *r, const struct field *f, const char *p)
{
	const char *q = scan_number_end(p);
	struct err ignored;

	if (q == p || dec_value(d, r, f, (struct str){ p, (size_t)(q - p) }, &ignored) < 0)
		return NULL;
	return q;
}

/* The value at p into its field; where it ends, or NULL for the slow half. */
static inline const char *
fast_value(struct rec_dec *d, struct rec *r, const struct field *f, const char *p)
{
	char *at = (char *)r + f->off;
	const char *q;

	switch ((enum field_kind)f->kind) {
	case K_PRICE:
	case K_SIZE:
		q = scan_nano(p, (int64_t *)(void *)at);
		if (__builtin_expect(!q || (*q != ',' && *q != '}'), 0))
			return exact(d, r, f, p);
		break;
	case K_SUM: {
		int64_t v;

		q = scan_nano(p, &v);
		if (!q || (*q != ',' && *q != '}'))
			return exact(d, r, f, p);
		*(num_i128 *)(void *)at = v;
		break;
	}
	case K_I64:
		q = scan_i64(p, (int64_t *)(void *)at);
		if (!q || (*q != ',' && *q != '}'))
			return exact(d, r, f, p);
		break;
	case K_CASH:
	case K_F64: return exact(d, r, f, p);
	case K_BOOL:
		if (memcmp(p, "true", 4) == 0)
			q = p + 4;
		else if (memcmp(p, "false", 5) == 0)
			q = p + 5;
		else
			return NULL;
		*(bool *)(void *)at = *p == 't';
		break;
	case K_TIME:
		if (*p != '"' || !(q = scan_ts(p + 1, &d->date, (int64_t *)(void *)at)) ||
		    *q != '"')
			return NULL;
		q++;
		break;
	case K_STR:
		if (*p != '"' || *(q = scan_plain(p + 1)) != '"')
			return NULL;
		*(struct str *)(void *)at = (struct str){ p + 1, (size_t)(q - p - 1) };
		q++;
		break;
	case K_WORD: {
		unsigned w;

		if (*p != '"' || *(q = scan_plain(p + 1)) != '"')
			return NULL;
		w = rec_word_of(
		    (enum rec_wordlist)f->words, (struct str){ p + 1, (size_t)(q - p - 1) });
		if (!w)
			return NULL;
		*(uint8_t *)(void *)at = (uint8_t)w;
		q++;
		break;
	}
	default: return NULL; /* nested JSON: jansson must say that it is valid */
	}
	rec_mark(r, f->bit);
	return q;
}

/* A key the type does not know: kept as text when its value is a plain scalar. */
static const char *
fast_extra(struct rec_dec *d, const char *p)
{
	const char *key = p, *q = scan_plain(p + 1);
	double ignored;

	/* an alias, a number of a features record, a doubled key: the slow half sorts it out */
	if (*q != '"' || q[1] != ':')
		return NULL;
	p = q + 2;
	if (*p == '"') {
		q = scan_plain(p + 1);
		if (*q++ != '"')
			return NULL;
	} else {
		q = scan_number_end(p);
		if (q == p || !num_f64(p, (size_t)(q - p), &ignored))
			return NULL;
	}
	if (d->extra.len) {
		/* two unknown keys might be the same one twice */
		return NULL;
	}
	buf_put(&d->extra, key, (size_t)(q - key));
	return q;
}

static inline __attribute__((always_inline)) int
fast_fields(struct rec_dec *d, const char *p, const char *end, enum rec_type type, struct rec *r)
{
	const struct schema *s = &rec_schemas[type];
	const struct key *k = keys[type];
	unsigned next = 0, n = s->nfields;

	for (;;) {
		/* p is at a key's opening quote */
		unsigned i = next;

		while (i < n && !key_is(&k[i], p))
			i++;
		if (__builtin_expect(i == n, 0)) {
			for (i = 0; i < next && !key_is(&k[i], p); i++)
				;
			if (i == next)
				i = n;
		}
		if (i < n) {
			if (rec_has(r, s->fields[i].bit))
				return 0; /* twice */
			p = fast_value(d, r, &s->fields[i], p + k[i].len);
			next = i + 1;
		} else {
			const char *q;

			if (*p != '"' || *(q = scan_plain(p + 1)) != '"')
				return 0;
			if (schema_field(type, (struct str){ p + 1, (size_t)(q - p - 1) }) ||
			    schema_is_ts((struct str){ p + 1, (size_t)(q - p - 1) }) ||
			    schema_is_sym((struct str){ p + 1, (size_t)(q - p - 1) }) ||
			    type == REC_features)
				return 0;
			p = fast_extra(d, p);
		}
		if (!p)
			return 0;
		if (*p == ',') {
			p++;
			continue;
		}
		return *p == '}' && p + 1 == end;
	}
}

/* The type of a line that leads with it; behind the type's closing quote, or NULL. */
static inline const char *
head_type(const char *p, const char *end, enum rec_type *type)
{
	const char *q;

	/* eight bytes at a time: the compiler calls memcmp for nine */
	if (end - p < 12 || memcmp(p, "{\"type\":", 8) != 0 || p[8] != '"')
		return NULL;
	p += 9;
	if (memcmp(p, "trad", 4) == 0 && p[4] == 'e' && p[5] == '"') {
		*type = REC_trade;
		return p + 6;
	}
	q = scan_plain(p);
	if (*q != '"' || q >= end)
		return NULL;
	if (memcmp(p, "bar\"", 4) == 0)
		*type = REC_bar;
	else
		*type = rec_type_of((struct str){ p, (size_t)(q - p) });
	return q + 1;
}

static inline int
pass_by(enum rec_type type, const char *p, const char *end, struct rec *r)
{
	if (end[-1] != '}')
		return 0;
	rec_init(r, type, TIM_NONE, NULL);
	r->raw = (struct str){ p, (size_t)(end - p) };
	r->text_is_json = true;
	return 1;
}

int
dec_json_skim(const char *p, const char *end, uint32_t want, struct rec *r)
{
	enum rec_type type;

	if (!head_type(p, end, &type) || (type != REC_unknown && (want >> type & 1)))
		return 0;
	return pass_by(type, p, end, r);
}

/*
 * The two keys that every trade has and the side that most have, where every trade of ours has
 * them. What follows, if anything does, is for fast_fields; so is a line that only looks like one.
 */
static inline const char *
trade_fast(struct rec *r, const char *p)
{
	const char *q;

	if (!key_is(&keys[REC_trade][F_trade_price], p + 1))
		return p;
	q = scan_nano(p + 9, &r->trade.price);
	if (!q || *q != ',' || !key_is(&keys[REC_trade][F_trade_size], q + 1))
		return p;
	q = scan_nano(q + 8, &r->trade.size);
	if (!q || (*q != ',' && *q != '}'))
		return p;
	r->has = UINT32_C(1) << F_trade_price | UINT32_C(1) << F_trade_size;
	if (*q == ',' && key_is(&keys[REC_trade][F_trade_side], q + 1)) {
		if (memcmp(q + 8, "\"buy", 4) == 0 && q[12] == '"' && q[13] == '}') {
			rec_set(r, F_trade_side, r->trade.side, W_side_buy);
			return q + 13;
		}
		if (memcmp(q + 8, "\"sel", 4) == 0 && q[12] == 'l' && q[13] == '"' &&
		    q[14] == '}') {
			rec_set(r, F_trade_side, r->trade.side, W_side_sell);
			return q + 14;
		}
	}
	return q;
}

int
dec_json_fast(struct rec_dec *d, const char *p, const char *end, uint32_t want, struct rec *r)
{
	const char *line = p;
	enum rec_type type;
	struct err ignored;

	p = head_type(p, end, &type);
	if (!p)
		return 0;
	if (type == REC_unknown || !(want >> type & 1))
		return pass_by(type, line, end, r);
	/* type, ts, sym lead in every record that one of our tools wrote */
	if (*p++ != ',' || !key_is(&key_ts, p) || p[5] != '"')
		return 0;
	rec_init(r, type, 0, NULL);
	r->raw = (struct str){ line, (size_t)(end - line) };
	r->text_is_json = true;
	p = scan_ts(p + 6, &d->date, &r->ts);
	if (!p || *p++ != '"')
		return 0;
	buf_clear(&d->extra);
	if (*p == ',' && key_is(&key_sym, p + 1)) {
		size_t n;

		if (p[7] != '"')
			return 0;
		n = scan_find(p + 8, '"');
		r->sym = dec_sym_at(d, p + 8, n);
		if (!r->sym)
			return 0;
		p += 9 + n;
	}
	if (type == REC_trade && r->sym && *p == ',') {
		p = trade_fast(r, p);
		if (*p == '}' && p + 1 == end)
			return 1;
	}
	if (*p == ',') {
		int ok = type == REC_bar ? fast_fields(d, p + 1, end, REC_bar, r)
					 : fast_fields(d, p + 1, end, type, r);

		if (!ok)
			return 0;
	} else if (*p != '}' || p + 1 != end) {
		return 0;
	}
	return dec_done(d, r, &ignored) == 1;
}

/* ---- the slow half ---- */

static struct str
token(const char *p)
{
	return (struct str){ p, (size_t)(walk_value(p) - p) };
}

/* One member of the object, of a known key. `text` is a string's content or another value's token.
 */
static int
slow_field(struct rec_dec *d, struct rec *r, const struct field *f, const struct json *v,
    struct str raw, struct err *e)
{
	enum json_kind kind = json_kind(v);
	struct str text = raw;
	bool want_text = f->kind == K_STR || f->kind == K_WORD;

	if (kind == JSON_IS_NULL)
		return 0; /* missing */
	if (rec_has(r, f->bit))
		return err_set(e, ERR_DATA, "%s: given twice", f->name);
	json_text(v, &text);
	if (f->kind == K_JSON) {
		text = raw;
	} else if (f->kind == K_TIME) {
		if (kind != JSON_IS_TEXT && kind != JSON_IS_NUMBER)
			return err_set(e, ERR_DATA, "%s: not a time", f->name);
	} else if (f->kind == K_BOOL) {
		if (kind != JSON_IS_BOOL)
			return err_set(e, ERR_DATA, "%s: not true or false", f->name);
	} else if (want_text != (kind == JSON_IS_TEXT) || (!want_text && kind != JSON_IS_NUMBER)) {
		return err_set(
		    e, ERR_DATA, "%s: %s expected", f->name, want_text ? "text" : "a number");
	}
	return dec_value(d, r, f, text, e);
}

static int
slow_num(struct rec_dec *d, struct rec *r, struct str key, const struct json *v, struct err *e)
{
	double x;

	if (!json_f64(v, &x))
		return err_set(e, ERR_DATA, "%.*s: not a finite number", STR_FMT(key));
	d->nums = mem_grow(d->nums, &d->nums_cap, r->nnums, sizeof *d->nums);
	d->nums[r->nnums++] = (struct rec_num){ key, x };
	return 0;
}

static int
slow_member(struct rec_dec *d, struct rec *r, struct str key, const struct json *v, struct str raw,
    struct err *e)
{
	const struct field *f = schema_field(r->type, key);
	struct str text;

	if (f)
		return slow_field(d, r, f, v, raw, e);
	if (schema_is_ts(key)) {
		if (r->ts != TIM_NONE)
			return err_set(e, ERR_DATA, "ts: given twice");
		if (!json_text(v, &text)) {
			if (json_kind(v) != JSON_IS_NUMBER)
				return err_set(e, ERR_DATA, "ts: not a time");
			text = raw;
		}
		return dec_ts(d, text, &r->ts, e);
	}
	if (schema_is_sym(key)) {
		if (r->sym)
			return err_set(e, ERR_DATA, "sym: given twice");
		if (json_kind(v) == JSON_IS_NULL)
			return 0;
		if (!json_text(v, &text))
			return err_set(e, ERR_DATA, "sym: text expected");
		return dec_sym(d, r, text, e);
	}
	if (r->type == REC_features && json_kind(v) == JSON_IS_NUMBER)
		return slow_num(d, r, key, v, e);
	dec_extra_key(d, key);
	buf_put(&d->extra, raw.p, raw.n);
	return 0;
}

int
dec_json_slow(
    struct rec_dec *d, const char *p, size_t n, uint32_t want, struct rec *r, struct err *e)
{
	const struct json *type;
	struct str name = { 0, 0 };
	const char *q;
	size_t members;

	json_free(d->doc);
	d->doc = json_parse_text(p, n, e);
	if (!d->doc) {
		const char *colon = strchr(e->msg, ':');
		char reason[200];

		/* jansson's own line number would be 1 always */
		strncpy(reason, colon ? colon + 2 : e->msg, sizeof reason - 1);
		reason[sizeof reason - 1] = '\0';
		return err_set(e, ERR_DATA, "not JSON: %s", reason);
	}
	if (json_kind(d->doc) != JSON_IS_OBJECT)
		return err_set(e, ERR_DATA, "not a JSON object");
	type = json_get(d->doc, "type");
	if (!type)
		return err_set(e, ERR_DATA, "no key \"type\"");
	if (!json_text(type, &name))
		return err_set(e, ERR_DATA, "type: text expected");
	rec_init(r, rec_type_of(name), TIM_NONE, NULL);
	r->raw = (struct str){ p, n };
	r->text_is_json = true;
	if (r->type == REC_unknown || !(want >> r->type & 1))
		return 1;
	buf_clear(&d->extra);
	members = json_len(d->doc);
	q = walk_space(p);
	for (size_t i = 0; i < members; i++) {
		const struct json *v = json_at(d->doc, i);
		struct str raw, key = json_key_at(d->doc, i);
		int rc;

		q = walk_space(q + 1);          /* { or , */
		q = walk_space(walk_string(q)); /* key */
		q = walk_space(q + 1);          /* : */
		raw = token(q);
		q = walk_space(q + raw.n);
		if (str_eqz(key, "type"))
			continue;
		rc = slow_member(d, r, key, v, raw, e);
		if (rc < 0)
			return rc;
	}
	r->nums = d->nums;
	return dec_done(d, r, e);
}
