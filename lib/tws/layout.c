#include "tws/layout.h"

/* ---- conditions of the blocks ---- */

static bool
is_set(struct str s)
{
	return s.n != 0;
}

#define WHEN(name, type, expr) \
	static bool tws_when_##name(const void *msg) \
	{ \
		const struct type *m = msg; \
\
		return (expr); \
	}

/* A scale order is told by a positive increment. */
static bool
is_scale(const struct tws_order *o)
{
	return o->scale_price_increment > 0;
}

static bool
has_conditions(const struct tws_order *o)
{
	return tws_set(o->conditions) && o->conditions != 0;
}

/* The spellings with and without blanks and "PEGBEST" are all in use. */
static bool
is_type(const struct tws_order *o, const char *a, const char *b)
{
	return str_eqz(o->order_type, a) || str_eqz(o->order_type, b);
}

static bool
is_peg_bench(const struct tws_order *o)
{
	return is_type(o, "PEG BENCH", "PEGBENCH");
}

static bool
is_peg_best(const struct tws_order *o)
{
	return is_type(o, "PEG BEST", "PEGBEST");
}

static bool
has_mid_offsets(const struct tws_order *o)
{
	if (is_peg_best(o))
		return o->compete_against_best_offset == TWS_UP_TO_MID;
	return is_type(o, "PEG MID", "PEGMID");
}

/* clang-format off */
WHEN(mkt_bag, tws_q_req_mkt_data, str_eqz(m->contract.sec_type, "BAG"))
WHEN(mkt_dnc, tws_q_req_mkt_data, m->dnc_present)
WHEN(hist_bag, tws_q_req_historical_data, str_eqz(m->contract.sec_type, "BAG"))
WHEN(place_bag, tws_q_place_order, str_eqz(m->contract.sec_type, "BAG"))
WHEN(place_dn, tws_q_place_order, is_set(m->order.dn_order_type))
WHEN(place_scale, tws_q_place_order, is_scale(&m->order))
WHEN(place_hedge, tws_q_place_order, is_set(m->order.hedge_type))
WHEN(place_dnc, tws_q_place_order, m->order.dnc_present)
WHEN(place_algo, tws_q_place_order, is_set(m->order.algo_strategy))
WHEN(place_peg_bench, tws_q_place_order, is_peg_bench(&m->order))
WHEN(place_conditions, tws_q_place_order, has_conditions(&m->order))
WHEN(place_ats, tws_q_place_order, str_eqz(m->contract.exchange, "IBKRATS"))
WHEN(place_peg_best, tws_q_place_order, is_peg_best(&m->order))
WHEN(place_mid_offsets, tws_q_place_order, has_mid_offsets(&m->order))
WHEN(open_dn, tws_e_open_order, is_set(m->order.dn_order_type))
WHEN(open_scale, tws_e_open_order, is_scale(&m->order))
WHEN(open_hedge, tws_e_open_order, is_set(m->order.hedge_type))
WHEN(open_dnc, tws_e_open_order, m->order.dnc_present)
WHEN(open_algo, tws_e_open_order, is_set(m->order.algo_strategy))
WHEN(open_peg_bench, tws_e_open_order, is_peg_bench(&m->order))
WHEN(open_conditions, tws_e_open_order, has_conditions(&m->order))
WHEN(tick_last, tws_e_tick_by_tick, m->type == 1 || m->type == 2)
WHEN(tick_bid_ask, tws_e_tick_by_tick, m->type == 3)
WHEN(tick_mid, tws_e_tick_by_tick, m->type == 4)
/* clang-format on */

/* ---- rows ---- */

#define ALL 0, INT16_MAX
/* where a member is; does not compile when its C type is not that of the kind */
#define PLACE(T, kind, member) \
	(uint16_t)( \
	    offsetof(T, member) + \
	    0 * sizeof( \
		    char[__builtin_types_compatible_p(__typeof__(((T *)0)->member), TWS_C_##kind) \
			     ? 1 \
			     : -1]))

#define ROW(T, kind, ...) ROW_##kind(T, kind, __VA_ARGS__)
#define ROW_FIELD(T, kind, m) { TWS_OP_##kind, PLACE(T, kind, m), ALL, #m, NULL, NULL },
#define ROW_I64(T, op, m) ROW_FIELD(T, I64, m)
#define ROW_INT(T, op, m) ROW_FIELD(T, INT, m)
#define ROW_INTM(T, op, m) ROW_FIELD(T, INTM, m)
#define ROW_BOOL(T, op, m) ROW_FIELD(T, BOOL, m)
#define ROW_STR(T, op, m) ROW_FIELD(T, STR, m)
#define ROW_PX(T, op, m) ROW_FIELD(T, PX, m)
#define ROW_PX0(T, op, m) ROW_FIELD(T, PX0, m)
#define ROW_PXM(T, op, m) ROW_FIELD(T, PXM, m)
#define ROW_DEC(T, op, m) ROW_FIELD(T, DEC, m)
#define ROW_DEC0(T, op, m) ROW_FIELD(T, DEC0, m)
#define ROW_SUM(T, op, m) ROW_FIELD(T, SUM, m)
#define ROW_CASH(T, op, m) ROW_FIELD(T, CASH, m)
#define ROW_CASHM(T, op, m) ROW_FIELD(T, CASHM, m)
#define ROW_F64(T, op, m) ROW_FIELD(T, F64, m)
#define ROW_IN(T, op, kind, m) ROW_FIELD(T, kind, m)
#define ROW_SINCE(T, op, v, kind, m) \
	{ TWS_OP_##kind, PLACE(T, kind, m), v, INT16_MAX, #m, NULL, NULL },
#define ROW_INSINCE(T, op, v, kind, m) ROW_SINCE(T, op, v, kind, m)
#define ROW_INBELOW(T, op, v, kind, m) \
	{ TWS_OP_##kind, PLACE(T, kind, m), 0, (v)-1, #m, NULL, NULL },
#define ROW_HAS(T, op, type, m)
#define ROW_K(T, op, text) { TWS_OP_K, 0, ALL, text, NULL, NULL },
#define ROW_SUB(T, op, layout, m) \
	{ TWS_OP_SUB, (uint16_t)offsetof(T, m), ALL, #m, &layout_##layout, NULL },
#define ROW_LIST(T, op, layout, list, m) \
	{ TWS_OP_LIST, (uint16_t)offsetof(T, m), ALL, #m, &layout_##layout, NULL },
#define ROW_INLIST(T, op, layout, list, m) ROW_LIST(T, op, layout, list, m)
#define ROW_WHEN(T, op, cond) { TWS_OP_WHEN, 0, ALL, #cond, NULL, tws_when_##cond },
#define ROW_STOP(T, op, cond) { TWS_OP_STOP, 0, ALL, #cond, NULL, tws_when_##cond },
#define ROW_REFUSE(T, op, cond) { TWS_OP_REFUSE, 0, ALL, #cond, NULL, tws_when_##cond },
#define ROW_END(T, op, nothing) { TWS_OP_END, 0, ALL, NULL, NULL, NULL },

/* The row behind the last keeps the arrays of messages without fields from being empty. */
#define ROW_LAST \
	{ \
		TWS_OP_END, 0, ALL, NULL, NULL, NULL \
	}

#define L(name, type) static const struct tws_layout layout_##name;
TWS_PARTS(L)
#undef L

#define L(name, type) \
	static const struct tws_row rows_##name[] = { TWS_L_##name(ROW, struct type) ROW_LAST }; \
	static const struct tws_layout layout_##name = { #name, -1, \
		sizeof rows_##name / sizeof *rows_##name - 1, sizeof(struct type), rows_##name };
TWS_PARTS(L)
#undef L

#define Q(name, id) \
	static const struct tws_row q_##name[] = { TWS_Q_##name(ROW, struct tws_q_##name) \
		    ROW_LAST };
TWS_REQUESTS(Q)
#undef Q
#define E(name, id) \
	static const struct tws_row e_##name[] = { TWS_E_##name(ROW, struct tws_e_##name) \
		    ROW_LAST };
TWS_EVENTS(E)
#undef E

const struct tws_layout tws_request_layouts[TWS_Q_unknown] = {
#define Q(name, id) \
	{ #name, id, sizeof q_##name / sizeof *q_##name - 1, sizeof(struct tws_q_##name), \
		q_##name },
	TWS_REQUESTS(Q)
#undef Q
};

const struct tws_layout tws_event_layouts[TWS_E_unknown] = {
#define E(name, id) \
	{ #name, id, sizeof e_##name / sizeof *e_##name - 1, sizeof(struct tws_e_##name), \
		e_##name },
	TWS_EVENTS(E)
#undef E
};
