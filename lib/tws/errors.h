/*
 * What the codes of error messages (event `error`) mean for us. A code that is not in the table
 * never means that an order is dead: ask for the open orders.
 */
#ifndef TP_TWS_ERRORS_H
#define TP_TWS_ERRORS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/*
 * Request ids and order ids share one number space in error.id. Ours are kept apart: order ids
 * count up from nextValidId, request ids from here.
 */
#define TWS_REQ_ID_FIRST INT64_C(1000000000)

enum tws_id_space { TWS_ID_NONE, TWS_ID_ORDER, TWS_ID_REQUEST };
static inline enum tws_id_space
tws_id_space(int64_t id)
{
	return id < 0 ? TWS_ID_NONE : id >= TWS_REQ_ID_FIRST ? TWS_ID_REQUEST : TWS_ID_ORDER;
}

enum tws_error_class {
	TWS_ERR_UNKNOWN,       /* not in the table: log it, and find out */
	TWS_ERR_INFO,          /* never an error; the order or the data goes on */
	TWS_ERR_CONNECTIVITY,  /* see tws_error_action */
	TWS_ERR_ORDER_ENDED,   /* rejected or cancelled */
	TWS_ERR_ORDER_REFUSED, /* this request about an order was refused, its state is as before */
	TWS_ERR_DATA_ENDED,    /* the data request with this id is over */
	TWS_ERR_RATE,          /* too many messages or subscriptions */
	TWS_NERRCLASS
};
const char *
tws_error_class_name(enum tws_error_class c);

/* What a session does about it, besides saying so. */
enum tws_error_action {
	TWS_DO_NOTHING,
	TWS_DO_LOST,        /* 1100, 2110: the gateway lost its server; no new risk */
	TWS_DO_RESUBSCRIBE, /* 1101: back, every data request must be made again */
	TWS_DO_VERIFY,      /* 1102: back and data said to be kept: watch that it comes */
	TWS_DO_RECONNECT,   /* 1300 (another port), 502, 504, 507, 508 */
	TWS_DO_CLIENT_ID,   /* 326: the client id is in use; wait, then again with the same id */
	TWS_DO_FARM_DOWN,   /* 2103, 2105, 2157 */
	TWS_DO_FARM_UP,     /* 2104, 2106, 2158 */
	TWS_DO_SLOW_DOWN,   /* 100, 162 with pacing: send less */
	TWS_DO_RESET_DEPTH, /* 317: empty the book, data follows */
	TWS_DO_FIX_REQUEST, /* 320: our encoding is wrong */
	TWS_DO_DELAYED,     /* 10167, 10089, 10090: delayed data comes in place of live */
	TWS_DO_ASK_ORDERS,  /* the order's state is not known: ask for the open orders */
};

struct tws_error {
	int code;
	enum tws_error_class cls;       /* when id is a request, or none */
	enum tws_error_class cls_order; /* when id is an order */
	enum tws_error_action action;
	const char *text; /* what it means, in our words */
};

/* The entry of a code. Never NULL: codes from 2100 to 2169 that have none are information, all
 * others TWS_ERR_UNKNOWN with TWS_DO_ASK_ORDERS. */
const struct tws_error *
tws_error_of(int64_t code);
/* Its class for an id, as tws_id_space tells it. */
enum tws_error_class
tws_error_class_of(int64_t code, int64_t id);
/*
 * As above, with the words of the message where the code alone does not tell: 162 about pacing
 * is RATE, 110 about a change of a live order (`modify`) leaves the old one as it was.
 */
enum tws_error_class
tws_error_class_text(int64_t code, int64_t id, bool modify, struct str text);

#endif
