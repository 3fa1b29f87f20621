#include <string.h>
#include <strings.h>

#include "tws/errors.h"

static const char *const class_names[TWS_NERRCLASS] = { "unknown", "info", "connectivity",
	"order ended", "order request refused", "data request ended", "rate" };

#define UNKNOWN TWS_ERR_UNKNOWN
#define INFO TWS_ERR_INFO
#define CONN TWS_ERR_CONNECTIVITY
#define ENDED TWS_ERR_ORDER_ENDED
#define REFUSED TWS_ERR_ORDER_REFUSED
#define DATA TWS_ERR_DATA_ENDED
#define RATE TWS_ERR_RATE
#define DO(what) TWS_DO_##what

/*
 * By code, ascending. Sources: what gateways and the two clients were seen to do, IBKR's list of
 * message codes, and reports of their users; the codes marked with a question mark were not
 * seen, only described.
 */
static const struct tws_error table[] = {
	{ 0, INFO, INFO, DO(NOTHING), "approaching the rate of messages allowed" },
	{ 100, RATE, RATE, DO(SLOW_DOWN), "more messages a second than allowed" },
	{ 101, RATE, RATE, DO(NOTHING), "all market data lines are in use" },
	{ 103, REFUSED, REFUSED, DO(ASK_ORDERS), "the order id was used before" },
	{ 104, REFUSED, REFUSED, DO(ASK_ORDERS), "a filled order cannot be changed" },
	{ 105, REFUSED, REFUSED, DO(ASK_ORDERS), "the change does not match the original order" },
	{ 110, ENDED, ENDED, DO(NOTHING), "the price is not on the contract's grid of ticks" },
	{ 161, REFUSED, REFUSED, DO(ASK_ORDERS), "the order is in no state to be cancelled (?)" },
	{ 162, DATA, UNKNOWN, DO(NOTHING), "the historical data service answered with an error" },
	{ 165, INFO, INFO, DO(NOTHING), "a message of the historical data service" },
	{ 200, DATA, ENDED, DO(NOTHING), "no such contract, or more than one" },
	{ 201, ENDED, ENDED, DO(NOTHING), "the order was rejected" },
	{ 202, ENDED, ENDED, DO(NOTHING), "the order was cancelled" },
	{ 203, DATA, ENDED, DO(NOTHING), "the contract is not available to this account (?)" },
	{ 300, DATA, UNKNOWN, DO(NOTHING), "no such request id" },
	{ 317, INFO, UNKNOWN, DO(RESET_DEPTH), "the market depth was reset" },
	{ 320, DATA, REFUSED, DO(FIX_REQUEST), "the gateway could not read the request" },
	{ 321, DATA, REFUSED, DO(ASK_ORDERS),
	    "the request was found invalid, or the API is read-only" },
	{ 322, RATE, REFUSED, DO(SLOW_DOWN), "too many requests of this kind are open" },
	{ 326, CONN, CONN, DO(CLIENT_ID), "the client id is in use" },
	{ 329, REFUSED, REFUSED, DO(ASK_ORDERS), "this change of an order is not possible" },
	{ 354, DATA, UNKNOWN, DO(NOTHING), "the market data is not subscribed to" },
	{ 366, DATA, UNKNOWN, DO(NOTHING), "no such historical request (?)" },
	{ 399, INFO, INFO, DO(NOTHING), "a warning about the order; it may be held" },
	{ 404, INFO, INFO, DO(NOTHING), "the order is held while shares to short are located" },
	{ 420, DATA, UNKNOWN, DO(NOTHING), "the real-time request was refused (?)" },
	{ 434, ENDED, ENDED, DO(NOTHING), "the order's size is zero (?)" },
	{ 460, DATA, ENDED, DO(NOTHING), "no trading permission for the contract" },
	{ 502, CONN, CONN, DO(RECONNECT), "no connection to the gateway" },
	{ 504, CONN, CONN, DO(RECONNECT), "not connected" },
	{ 507, CONN, CONN, DO(RECONNECT), "the message was cut off" },
	{ 508, CONN, CONN, DO(RECONNECT), "the message's length is wrong" },
	{ 1100, CONN, CONN, DO(LOST), "the gateway lost its connection to IBKR" },
	{ 1101, CONN, CONN, DO(RESUBSCRIBE), "connected to IBKR again, market data lost" },
	{ 1102, CONN, CONN, DO(VERIFY), "connected to IBKR again, market data kept" },
	{ 1300, CONN, CONN, DO(RECONNECT), "the gateway's port was changed" },
	{ 2103, CONN, CONN, DO(FARM_DOWN), "a market data farm is not connected" },
	{ 2104, INFO, INFO, DO(FARM_UP), "a market data farm is connected" },
	{ 2105, CONN, CONN, DO(FARM_DOWN), "a historical data farm is not connected" },
	{ 2106, INFO, INFO, DO(FARM_UP), "a historical data farm is connected" },
	{ 2107, INFO, INFO, DO(NOTHING), "a historical data farm sleeps until it is needed" },
	{ 2108, INFO, INFO, DO(NOTHING), "a market data farm sleeps until it is needed" },
	{ 2110, CONN, CONN, DO(LOST), "the gateway's connection to its server is broken" },
	{ 2157, CONN, CONN, DO(FARM_DOWN), "the contract data farm is not connected" },
	{ 2158, INFO, INFO, DO(FARM_UP), "the contract data farm is connected" },
	{ 2174, INFO, INFO, DO(NOTHING), "a time was sent without a zone" },
	{ 10089, INFO, INFO, DO(DELAYED), "live data needs a subscription, delayed data follows" },
	{ 10090, DATA, UNKNOWN, DO(DELAYED), "part of the market data is not subscribed to" },
	{ 10147, REFUSED, REFUSED, DO(ASK_ORDERS), "the order to cancel was not found" },
	{ 10148, REFUSED, REFUSED, DO(ASK_ORDERS), "the order can no longer be cancelled" },
	{ 10167, INFO, INFO, DO(DELAYED), "not subscribed to live data, delayed data follows" },
	{ 10168, DATA, UNKNOWN, DO(NOTHING), "not subscribed, and delayed data is not enabled" },
	{ 10186, DATA, UNKNOWN, DO(NOTHING),
	    "not subscribed, and delayed data is not enabled (?)" },
	{ 10187, DATA, UNKNOWN, DO(NOTHING), "the historical ticks were refused" },
	{ 10189, DATA, UNKNOWN, DO(NOTHING), "the tick-by-tick request failed" },
	{ 10190, DATA, UNKNOWN, DO(NOTHING), "all tick-by-tick subscriptions are in use" },
	{ 10197, DATA, UNKNOWN, DO(NOTHING), "another session of this user takes the data" },
	{ 10314, DATA, UNKNOWN, DO(NOTHING), "a date or time was not understood" },
	{ 10349, INFO, INFO, DO(NOTHING),
	    "the time in force was changed by a preset, the order lives" },
};

const char *
tws_error_class_name(enum tws_error_class c)
{
	return c < TWS_NERRCLASS ? class_names[c] : class_names[0];
}

const struct tws_error *
tws_error_of(int64_t code)
{
	static const struct tws_error info = { -1, INFO, INFO, DO(NOTHING), "information" };
	static const struct tws_error unknown = { -1, UNKNOWN, UNKNOWN, DO(ASK_ORDERS),
		"a code that is not known here" };
	size_t lo = 0, hi = sizeof table / sizeof *table;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (table[mid].code == code)
			return &table[mid];
		if (table[mid].code < code)
			lo = mid + 1;
		else
			hi = mid;
	}
	return code >= 2100 && code <= 2169 ? &info : &unknown;
}

enum tws_error_class
tws_error_class_of(int64_t code, int64_t id)
{
	const struct tws_error *x = tws_error_of(code);

	return tws_id_space(id) == TWS_ID_ORDER ? x->cls_order : x->cls;
}

static bool
mentions(struct str text, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= text.n; i++)
		if (strncasecmp(text.p + i, word, n) == 0)
			return true;
	return false;
}

enum tws_error_class
tws_error_class_text(int64_t code, int64_t id, bool modify, struct str text)
{
	if (code == 162 && mentions(text, "pacing"))
		return TWS_ERR_RATE;
	if (code == 110 && modify)
		return TWS_ERR_ORDER_REFUSED;
	/* comes with id -1 when an order was refused */
	if (code == 321 && tws_id_space(id) == TWS_ID_NONE && mentions(text, "read-only"))
		return TWS_ERR_ORDER_REFUSED;
	return tws_error_class_of(code, id);
}
