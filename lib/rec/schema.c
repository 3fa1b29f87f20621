#include "rec/schema.h"

#include <strings.h>

/* which word list a WORD field uses */
#define WL_trade_side REC_WL_side
#define WL_correction_action REC_WL_correct
#define WL_corporate_action_action REC_WL_corp
#define WL_pattern_state REC_WL_pstate
#define WL_order_side REC_WL_side
#define WL_order_ord_type REC_WL_ord
#define WL_order_tif REC_WL_tif
#define WL_replace_tif REC_WL_tif
#define WL_order_status_status REC_WL_ostat
#define WL_fill_side REC_WL_side
#define WL_alert_severity REC_WL_sev
#define WL_alert_action REC_WL_act
#define WL_status_state REC_WL_sstate

#define WORDS_PRICE(t, n) 0
#define WORDS_SIZE(t, n) 0
#define WORDS_SUM(t, n) 0
#define WORDS_CASH(t, n) 0
#define WORDS_F64(t, n) 0
#define WORDS_I64(t, n) 0
#define WORDS_BOOL(t, n) 0
#define WORDS_TIME(t, n) 0
#define WORDS_STR(t, n) 0
#define WORDS_JSON(t, n) 0
#define WORDS_WORD(t, n) WL_##t##_##n

#define IS_REQ true
#define IS_OPT false
#define BIT_REQ(t, n) | (UINT32_C(1) << F_##t##_##n)
#define BIT_OPT(t, n)

#define FIELD(t, k, n, req) \
	{ #n, sizeof #n - 1, K_##k, WORDS_##k(t, n), IS_##req, offsetof(struct rec, t.n), \
		F_##t##_##n },
#define X(t) static const struct field fields_##t[] = { REC_FIELDS_##t(FIELD, t) };
REC_TYPES(X)
#undef X

#define NEED(t, k, n, req) BIT_##req(t, n)
const struct schema rec_schemas[REC_unknown] = {
#define X(t) { #t, sizeof #t - 1, F_##t##_N, 0 REC_FIELDS_##t(NEED, t), fields_##t },
	REC_TYPES(X)
#undef X
};

#define X(t) _Static_assert(F_##t##_N <= 32, #t ": presence bits are 32");
REC_TYPES(X)
#undef X

#define WORD(l, w) #w,
#define X(l) static const char *const words_##l[] = { NULL, REC_WORDS_##l(WORD) NULL };
REC_WORDLISTS(X)
#undef X

static const char *const *const word_lists[REC_NWL] = {
#define X(l) words_##l,
	REC_WORDLISTS(X)
#undef X
};

const char *
rec_type_name(enum rec_type t)
{
	return t < REC_unknown ? rec_schemas[t].name : "unknown";
}

enum rec_type
rec_type_of(struct str name)
{
	for (int t = 0; t < REC_unknown; t++)
		if (rec_schemas[t].len == name.n &&
		    memcmp(rec_schemas[t].name, name.p, name.n) == 0)
			return (enum rec_type)t;
	return REC_unknown;
}

const char *
rec_word(enum rec_wordlist l, unsigned value)
{
	return word_lists[l][value];
}

unsigned
rec_word_of(enum rec_wordlist l, struct str s)
{
	for (unsigned i = 1; word_lists[l][i]; i++)
		if (str_eqz(s, word_lists[l][i]))
			return i;
	return 0;
}

bool
schema_is_ts(struct str n)
{
	return str_eqz(n, "ts") || str_eqz(n, "timestamp") || str_eqz(n, "time") ||
	       str_eqz(n, "date") || str_eqz(n, "ts_event");
}

bool
schema_is_sym(struct str n)
{
	return str_eqz(n, "sym") || str_eqz(n, "symbol") || str_eqz(n, "ticker");
}

bool
schema_is_ts_header(struct str n)
{
	static const char *const names[] = { "ts", "timestamp", "time", "date", "datetime",
		"ts_event" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strlen(names[i]) == n.n && strncasecmp(names[i], n.p, n.n) == 0)
			return true;
	return false;
}

bool
schema_is_sym_header(struct str n)
{
	static const char *const names[] = { "sym", "symbol", "ticker" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strlen(names[i]) == n.n && strncasecmp(names[i], n.p, n.n) == 0)
			return true;
	return false;
}

static const struct {
	uint32_t types;
	const char *alias, *name;
} aliases[] = {
	{ REC_BIT(trade), "px", "price" }, { REC_BIT(trade), "p", "price" },
	{ REC_BIT(trade), "qty", "size" }, { REC_BIT(trade), "amount", "size" },
	{ REC_BIT(quote), "bid_px", "bid" }, { REC_BIT(quote), "ask_px", "ask" },
	{ REC_BIT(quote), "bid_sz", "bid_size" }, { REC_BIT(quote), "ask_sz", "ask_size" },
	{ REC_BIT(corporate_action), "value", "amount" }, /* or ratio: the codec moves it (split) */
};

const struct field *
schema_field(enum rec_type t, struct str name)
{
	const struct schema *s;

	if (t >= REC_unknown)
		return NULL;
	s = &rec_schemas[t];
	for (unsigned i = 0; i < s->nfields; i++)
		if (s->fields[i].len == name.n && memcmp(s->fields[i].name, name.p, name.n) == 0)
			return &s->fields[i];
	for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
		if ((aliases[i].types >> t & 1) && str_eqz(name, aliases[i].alias))
			return schema_field(t, str_z(aliases[i].name));
	if (t == REC_bar && name.n >= 3 && name.n <= 6) {
		static const char *const ohlcv[] = { "open", "high", "low", "close", "volume" };

		for (size_t i = 0; i < 5; i++)
			if (strlen(ohlcv[i]) == name.n &&
			    strncasecmp(ohlcv[i], name.p, name.n) == 0 &&
			    memcmp(ohlcv[i], name.p, name.n) != 0)
				return schema_field(t, str_z(ohlcv[i]));
	}
	return NULL;
}

bool
schema_needs_sym(enum rec_type t)
{
	static const uint32_t no_sym = REC_BIT(watermark) | REC_BIT(portfolio) | REC_BIT(alert) |
				       REC_BIT(status) | REC_BIT(reject) | REC_BIT(cancel) |
				       REC_BIT(replace) | REC_BIT(order_status) | REC_BIT(signal) |
				       REC_BIT(regime) | REC_BIT(features) | REC_BIT(correction);

	return !(no_sym >> t & 1);
}

const char *
schema_lacks(const struct rec *r)
{
	const struct schema *s = &rec_schemas[r->type];
	uint32_t missing = s->required & ~r->has;

	if (r->ts == TIM_NONE)
		return "ts";
	if (!r->sym && schema_needs_sym(r->type))
		return "sym";
	return missing ? s->fields[__builtin_ctz(missing)].name : NULL;
}
