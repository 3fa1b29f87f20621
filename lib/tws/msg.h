/*
 * The messages of the TWS socket protocol as C structs: requests (client to server) and events
 * (server to client), made from the lists of tws/fields.h.
 *
 *	struct tws_request q;
 *	tws_request_init(&q, TWS_Q_req_mkt_data);
 *	q.req_mkt_data.req_id = 1000000001;
 *	q.req_mkt_data.contract = contract;
 *	tws_encode_request(178, &q, &out);
 *
 *	if (tws_decode_event(178, payload, n, &ev, &mem, &e) == 0 && ev.kind == TWS_E_tick_price)
 *		use(ev.tick_price.price);
 *
 * Prices, sizes and quantities are int64 nano, sums of money int64 micro, bar volumes 128-bit
 * nano, ratios doubles; each has a value that says "not given". Text is never NULL-terminated.
 * Decoded text points into the payload, decoded lists into the arena: both live until the
 * caller reuses those.
 */
#ifndef TP_TWS_MSG_H
#define TP_TWS_MSG_H

#include <float.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "tws/fields.h"
#include "tws/wire.h"

#define TWS_UNSET INT64_MIN                   /* a number that was not given */
#define TWS_UNSET_F64 DBL_MAX                 /* the same of a double */
#define TWS_UNSET_SUM (-((num_i128)1 << 120)) /* the same of a 128-bit volume */
#define TWS_UP_TO_MID INT64_MAX               /* compete_against_best_offset "Infinity" */

static inline bool
tws_set(int64_t v)
{
	return v != TWS_UNSET;
}

/* ---- the structs ---- */
#define TWS_C_I64 int64_t
#define TWS_C_INT int64_t
#define TWS_C_INTM int64_t
#define TWS_C_BOOL bool
#define TWS_C_STR struct str
#define TWS_C_PX int64_t
#define TWS_C_PX0 int64_t
#define TWS_C_PXM int64_t
#define TWS_C_MID int64_t
#define TWS_C_DEC int64_t
#define TWS_C_DEC0 int64_t
#define TWS_C_SUM num_i128
#define TWS_C_CASH int64_t
#define TWS_C_CASHM int64_t
#define TWS_C_F64 double

#define TWS_MEMBER(T, kind, ...) TWS_MEMBER_##kind(kind, __VA_ARGS__)
#define TWS_MEMBER_I64(op, name) TWS_C_I64 name;
#define TWS_MEMBER_INT(op, name) TWS_C_INT name;
#define TWS_MEMBER_INTM(op, name) TWS_C_INTM name;
#define TWS_MEMBER_BOOL(op, name) TWS_C_BOOL name;
#define TWS_MEMBER_STR(op, name) TWS_C_STR name;
#define TWS_MEMBER_PX(op, name) TWS_C_PX name;
#define TWS_MEMBER_PX0(op, name) TWS_C_PX0 name;
#define TWS_MEMBER_PXM(op, name) TWS_C_PXM name;
#define TWS_MEMBER_DEC(op, name) TWS_C_DEC name;
#define TWS_MEMBER_SUM(op, name) TWS_C_SUM name;
#define TWS_MEMBER_CASH(op, name) TWS_C_CASH name;
#define TWS_MEMBER_CASHM(op, name) TWS_C_CASHM name;
#define TWS_MEMBER_F64(op, name) TWS_C_F64 name;
#define TWS_MEMBER_SINCE(op, v, kind, name) TWS_C_##kind name;
#define TWS_MEMBER_HAS(op, type, name) type name;
#define TWS_MEMBER_SUB(op, layout, name) struct tws_contract name;
#define TWS_MEMBER_LIST(op, layout, list, name) struct tws_##list name;
#define TWS_MEMBER_INLIST(op, layout, list, name)
#define TWS_MEMBER_K(op, text)
#define TWS_MEMBER_IN(op, kind, name)
#define TWS_MEMBER_INSINCE(op, v, kind, name)
#define TWS_MEMBER_INBELOW(op, v, kind, name)
#define TWS_MEMBER_WHEN(op, cond)
#define TWS_MEMBER_STOP(op, cond)
#define TWS_MEMBER_REFUSE(op, cond)
#define TWS_MEMBER_END(op, nothing)

/* Lists: n elements at v. */
#define TWS_LIST_OF(list, element) \
	struct tws_##list { \
		size_t n; \
		struct element *v; \
	};

struct tws_contract {
	TWS_L_contract12(TWS_MEMBER, )
};
struct tws_leg {
	TWS_L_leg8(TWS_MEMBER, )
};
TWS_LIST_OF(legs, tws_leg)
struct tws_leg_price {
	TWS_L_leg_price(TWS_MEMBER, )
};
TWS_LIST_OF(leg_prices, tws_leg_price)
struct tws_tag {
	TWS_L_tag(TWS_MEMBER, )
};
TWS_LIST_OF(tags, tws_tag)
struct tws_bar {
	TWS_L_bar(TWS_MEMBER, )
};
TWS_LIST_OF(bars, tws_bar)
struct tws_tick_mid {
	TWS_L_tick_mid(TWS_MEMBER, )
};
TWS_LIST_OF(tick_mids, tws_tick_mid)
struct tws_tick_bid_ask {
	TWS_L_tick_bid_ask(TWS_MEMBER, )
};
TWS_LIST_OF(tick_bid_asks, tws_tick_bid_ask)
struct tws_tick_last {
	TWS_L_tick_last(TWS_MEMBER, )
};
TWS_LIST_OF(tick_lasts, tws_tick_last)
struct tws_increment {
	TWS_L_increment(TWS_MEMBER, )
};
TWS_LIST_OF(increments, tws_increment)
struct tws_depth_exchange {
	TWS_L_depth_exchange(TWS_MEMBER, )
};
TWS_LIST_OF(depth_exchanges, tws_depth_exchange)
struct tws_deriv {
	TWS_L_deriv(TWS_MEMBER, )
};
TWS_LIST_OF(derivs, tws_deriv)
struct tws_sample {
	TWS_L_sample(TWS_MEMBER, )
};
TWS_LIST_OF(samples, tws_sample)
struct tws_component {
	TWS_L_component(TWS_MEMBER, )
};
TWS_LIST_OF(components, tws_component)

#define TWS_ORDER_MEMBER(kind, name, dflt) TWS_C_##kind name;
struct tws_order {
	TWS_ORDER(TWS_ORDER_MEMBER)
	struct tws_legs legs; /* of a BAG, as the next two */
	struct tws_leg_prices leg_prices;
	struct tws_tags smart_params;
	struct tws_tags algo_params; /* when algo_strategy is given */
};
struct tws_order_state {
	TWS_ORDER_STATE(TWS_ORDER_MEMBER)
};
#undef TWS_ORDER_MEMBER

/* A message whose id is in no list: its fields as they came, the id not among them. */
struct tws_raw {
	int64_t id;
	size_t n;
	struct str *v;
};

/* `empty` only keeps structs of messages without fields from being empty */
#define Q(name, id) \
	struct tws_q_##name { \
		TWS_Q_##name(TWS_MEMBER, ) char empty; \
	};
TWS_REQUESTS(Q)
#undef Q
#define E(name, id) \
	struct tws_e_##name { \
		TWS_E_##name(TWS_MEMBER, ) char empty; \
	};
TWS_EVENTS(E)
#undef E

enum tws_req {
#define Q(name, id) TWS_Q_##name,
	TWS_REQUESTS(Q)
#undef Q
	    TWS_Q_unknown,
	TWS_NREQ
};

enum tws_ev {
#define E(name, id) TWS_E_##name,
	TWS_EVENTS(E)
#undef E
	    TWS_E_unknown,
	TWS_NEV
};

struct tws_request {
	enum tws_req kind;
	union {
#define Q(name, id) struct tws_q_##name name;
		TWS_REQUESTS(Q)
#undef Q
		struct tws_raw unknown;
	};
};

struct tws_event {
	enum tws_ev kind;
	union {
#define E(name, id) struct tws_e_##name name;
		TWS_EVENTS(E)
#undef E
		struct tws_raw unknown;
	};
};

/* ---- making and naming ---- */
/* All fields zero or empty, orders with their defaults; then fill in what you want to say. */
void
tws_order_init(struct tws_order *o);
void
tws_order_state_init(struct tws_order_state *s);
void
tws_request_init(struct tws_request *q, enum tws_req kind);
void
tws_event_init(struct tws_event *ev, enum tws_ev kind);
/*
 * What a gateway says about an order that it was sent: the contract and the order, with the values
 * that real gateways put where the client gave none (right "?", dn_order_type "None", ...). The
 * caller adds perm_id, client_id and the state.
 */
void
tws_open_order_of(struct tws_e_open_order *ev, const struct tws_q_place_order *q);
/* "place_order" and the like, for messages and logs; static */
const char *
tws_request_name(enum tws_req kind);
const char *
tws_event_name(enum tws_ev kind);
/* the id on the wire; -1 for the unknown */
int
tws_request_id(enum tws_req kind);
int
tws_event_id(enum tws_ev kind);

/* ---- codec: text, server versions 176 to 178 ---- */
/*
 * Append one whole frame (length and payload). Requests are spelled as ib_async spells them,
 * events as gateways do. ERR_DATA, and nothing appended, for text with a NUL in it, doubles that
 * are not finite, orders with conditions, and frames over TWS_FRAME_MAX.
 */
int
tws_encode_request(int server_version, const struct tws_request *q, struct buf *out);
int
tws_encode_event(int server_version, const struct tws_event *ev, struct buf *out);

/*
 * Read the payload of one frame. Every spelling of both clients and of gateways is taken;
 * surplus fields are ignored, missing ones are unset. ERR_DATA, with the message, the field's
 * position and name and what it said, when a field cannot be understood or does not fit; or when
 * mem is full. An unknown id is no error: kind is then ..._unknown.
 */
int
tws_decode_request(int server_version, const char *payload, size_t n, struct tws_request *q,
    struct tws_arena *mem, struct err *e);
int
tws_decode_event(int server_version, const char *payload, size_t n, struct tws_event *ev,
    struct tws_arena *mem, struct err *e);

/*
 * One generation of the protocol. The text codec is the only one; the binary one of server
 * version 201 and later can stand beside it.
 */
struct tws_codec {
	const char *name;
	int min_version, max_version; /* server versions it can speak */
	/* what a client sends first; options may be NULL */
	int (*hello)(struct buf *out, const char *options);
	int (*encode_request)(int server_version, const struct tws_request *q, struct buf *out);
	int (*decode_request)(int server_version, const char *payload, size_t n,
	    struct tws_request *q, struct tws_arena *mem, struct err *e);
	int (*encode_event)(int server_version, const struct tws_event *ev, struct buf *out);
	int (*decode_event)(int server_version, const char *payload, size_t n, struct tws_event *ev,
	    struct tws_arena *mem, struct err *e);
};
extern const struct tws_codec tws_codec_text;
/* The codec of a server version, or NULL with the reason. */
const struct tws_codec *
tws_codec_for(int server_version, struct err *e);

/* ---- what messages say ---- */

/* orderStatus.status and openOrder's state.status */
enum tws_status {
	TWS_STATUS_OTHER,
	TWS_STATUS_PENDING_SUBMIT,
	TWS_STATUS_PENDING_CANCEL,
	TWS_STATUS_API_PENDING,
	TWS_STATUS_PRE_SUBMITTED,
	TWS_STATUS_SUBMITTED,
	TWS_STATUS_API_CANCELLED,
	TWS_STATUS_CANCELLED,
	TWS_STATUS_FILLED,
	TWS_STATUS_INACTIVE, /* rejected or held: not always the end */
	TWS_NSTATUS
};
enum tws_status
tws_status_of(struct str s);
const char *
tws_status_name(enum tws_status s); /* "" for OTHER */
/* Filled, Cancelled, ApiCancelled: nothing more will happen to the order. */
bool
tws_status_final(enum tws_status s);

/* The tick types that this project uses. */
enum tws_tick {
	TWS_TICK_BID_SIZE = 0,
	TWS_TICK_BID = 1,
	TWS_TICK_ASK = 2,
	TWS_TICK_ASK_SIZE = 3,
	TWS_TICK_LAST = 4,
	TWS_TICK_LAST_SIZE = 5,
	TWS_TICK_HIGH = 6,
	TWS_TICK_LOW = 7,
	TWS_TICK_VOLUME = 8,
	TWS_TICK_CLOSE = 9,
	TWS_TICK_OPEN = 14,
	TWS_TICK_AVG_VOLUME = 21,
	TWS_TICK_MARK = 37,
	TWS_TICK_LAST_TIMESTAMP = 45, /* string: epoch seconds */
	TWS_TICK_SHORTABLE = 46,
	TWS_TICK_RT_VOLUME = 48, /* string: tws_rt_volume_parse */
	TWS_TICK_HALTED = 49,    /* generic: 0 no, 1 general, 2 volatility, -1 unknown */
	TWS_TICK_TRADE_COUNT = 54,
	TWS_TICK_DELAYED_BID = 66,
	TWS_TICK_DELAYED_ASK = 67,
	TWS_TICK_DELAYED_LAST = 68,
	TWS_TICK_DELAYED_BID_SIZE = 69,
	TWS_TICK_DELAYED_ASK_SIZE = 70,
	TWS_TICK_DELAYED_LAST_SIZE = 71,
	TWS_TICK_DELAYED_HIGH = 72,
	TWS_TICK_DELAYED_LOW = 73,
	TWS_TICK_DELAYED_VOLUME = 74,
	TWS_TICK_DELAYED_CLOSE = 75,
	TWS_TICK_DELAYED_OPEN = 76,
	TWS_TICK_RT_TRADE_VOLUME = 77, /* string, as RT_VOLUME */
	TWS_TICK_LAST_EXCHANGE = 84,
	TWS_TICK_DELAYED_LAST_TIMESTAMP = 88,
	TWS_TICK_DELAYED_HALTED = 90,
};
/* The live type of a delayed one (66 -> 1), and whether it was one; others come back as they are.
 */
int
tws_tick_live(int64_t tick_type, bool *delayed);

/* RTVolume: "price;size;ms;total;vwap;single". Empty parts are unset. False when not so. */
struct tws_rt_volume {
	int64_t price, size; /* nano; price unset: a trade that does not set the last price */
	int64_t time_ns;
	num_i128 total; /* nano: volume of the day */
	int64_t vwap;
	bool single; /* by one market maker */
};
bool
tws_rt_volume_parse(struct str s, struct tws_rt_volume *v);

/* Numbers inside text fields (account values): any spelling; false when it is no number or unset.
 */
bool
tws_nano(struct str s, int64_t *out);
bool
tws_micro(struct str s, int64_t *out);

/* Error texts and long names come in 7-bit ASCII: appends s with its \uXXXX as UTF-8. */
void
tws_unescape(struct str s, struct buf *out);

#endif
