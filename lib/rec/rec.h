/*
 * A record: what flows through the pipes (man/records.5). One flat struct; which optional
 * fields are there is told by presence bits:
 *
 *	if (rec_has(r, F_bar_volume)) use(r->bar.volume);
 *	rec_set(&out, F_bar_gap, out.bar.gap, true);
 *
 * Text fields and `raw` are borrowed: they live until the push that handed them over returns.
 */
#ifndef TP_REC_REC_H
#define TP_REC_REC_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/num.h"
#include "base/str.h"
#include "base/tim.h"
#include "rec/types.h"

/* ---- types: REC_trade, REC_quote, ... REC_unknown ---- */
enum rec_type {
#define X(t) REC_##t,
	REC_TYPES(X)
#undef X
	    REC_unknown,
	REC_NTYPES
};
#define REC_BIT(t) (UINT32_C(1) << REC_##t)
#define REC_MARKET (REC_BIT(trade) | REC_BIT(quote) | REC_BIT(bar))

/* ---- words: W_side_buy = 1, ... ---- */
#define REC_W(l, w) W_##l##_##w,
#define X(l) enum rec_word_##l{ W_##l##_none, REC_WORDS_##l(REC_W) W_##l##_N };
REC_WORDLISTS(X)
#undef X
#undef REC_W

/* ---- presence bits: F_trade_price, ... ---- */
#define REC_F(t, kind, name, req) F_##t##_##name,
#define X(t) enum rec_bits_##t{ REC_FIELDS_##t(REC_F, t) F_##t##_N };
REC_TYPES(X)
#undef X
#undef REC_F

/* ---- the structs: struct rec_trade { int64_t price; ... } ---- */
#define REC_C_PRICE int64_t
#define REC_C_SIZE int64_t
#define REC_C_SUM num_i128
#define REC_C_CASH int64_t
#define REC_C_F64 double
#define REC_C_I64 int64_t
#define REC_C_BOOL bool
#define REC_C_TIME int64_t
#define REC_C_STR struct str
#define REC_C_WORD uint8_t
#define REC_C_JSON struct str
#define REC_M(t, kind, name, req) REC_C_##kind name;
#define X(t) \
	struct rec_##t { \
		REC_FIELDS_##t(REC_M, t) \
	};
REC_TYPES(X)
#undef X
#undef REC_M

/* A symbol, interned once a process: compare pointers, index tables by id. */
struct sym {
	uint32_t id;   /* 0, 1, 2, ... in order of first sight */
	uint8_t len;   /* 1..32 */
	char name[35]; /* NUL-terminated, zero-padded */
};

struct rec_num {
	struct str name;
	double v;
};

struct rec {
	enum rec_type type;
	bool text_is_json; /* raw is a JSON line (not a CSV row) */
	uint32_t has;      /* presence bits of the type's optional and required fields */
	int64_t ts;
	const struct sym *sym; /* NULL: about the whole account, or a watermark */
	struct str raw;   /* the line as it was read, no newline; p NULL when made by a stage */
	struct str extra; /* keys the type does not know: `"k":v,"k2":v2`, or empty */
	const struct rec_num *nums; /* features: the flat named numbers */
	size_t nnums;
	union {
#define X(t) struct rec_##t t;
		REC_TYPES(X)
#undef X
	};
};

#define rec_has(r, bit) (((r)->has >> (bit)) & 1u)
#define rec_mark(r, bit) ((r)->has |= UINT32_C(1) << (bit))
#define rec_unset(r, bit) ((r)->has &= ~(UINT32_C(1) << (bit)))
#define rec_set(r, bit, field, val) ((field) = (val), rec_mark(r, bit))

/* An empty record of a type: header zeroed, no field present. */
static inline void
rec_init(struct rec *r, enum rec_type type, int64_t ts, const struct sym *sym)
{
	r->type = type;
	r->text_is_json = false;
	r->has = 0;
	r->ts = ts;
	r->sym = sym;
	r->raw = (struct str){ NULL, 0 };
	r->extra = (struct str){ NULL, 0 };
	r->nums = NULL;
	r->nnums = 0;
}

/* To change a record that was pushed: copy it, then forget its line so that it is written anew. */
static inline void
rec_edit(struct rec *copy, const struct rec *r)
{
	*copy = *r;
	copy->raw = (struct str){ NULL, 0 };
}

/* When a bar was complete: ts_end, or ts when the file did not say. */
static inline int64_t
rec_known(const struct rec *r)
{
	return r->type == REC_bar && rec_has(r, F_bar_ts_end) ? r->bar.ts_end : r->ts;
}

/* The ratio of a corporate_action that splits a symbol's shares; 0 where there is none of use. */
static inline double
rec_split(const struct rec *r)
{
	double ratio = 0;

	if (r->type == REC_corporate_action && r->sym &&
	    r->corporate_action.action == W_corp_split && rec_has(r, F_corporate_action_ratio))
		ratio = r->corporate_action.ratio;
	return isfinite(ratio) && ratio > 0 ? ratio : 0;
}

const char *
rec_type_name(enum rec_type t);
/* REC_unknown when there is no such type */
enum rec_type
rec_type_of(struct str name);
/* the word of a WORD value, e.g. rec_word(REC_WL_side, W_side_buy) = "buy" */
enum rec_wordlist {
#define X(l) REC_WL_##l,
	REC_WORDLISTS(X)
#undef X
	    REC_NWL
};
const char *
rec_word(enum rec_wordlist l, unsigned value);
/* 0 when it is none of the list */
unsigned
rec_word_of(enum rec_wordlist l, struct str s);

/* ---- symbols ---- */
struct symtab; /* opaque; owned by the chain (struct stage_env) */
struct symtab *
symtab_new(void);
void
symtab_free(struct symtab *t);
/* Intern; NULL when s is not 1..32 bytes of [A-Za-z0-9._/-]. The result lives as long as t. */
const struct sym *
symtab_get(struct symtab *t, struct str s);
/* As symtab_get, but NULL when it was never interned. */
const struct sym *
symtab_find(const struct symtab *t, struct str s);
const struct sym *
symtab_at(const struct symtab *t, uint32_t id);
uint32_t
symtab_count(const struct symtab *t);

#endif
