/*
 * When a request for history may go out. The broker's rules (its documentation, "Historical Data
 * Limitations"), broken ones being answered with error 162:
 *
 *	not the same request twice within 15 seconds
 *	not six for the same contract, exchange and kind of data within 2 seconds
 *	not over 60 within 10 minutes; requests for BID_ASK count twice
 *	not over 50 unanswered
 *
 * The third holds for bars of 30 seconds or less and for ticks. Times keep TWS_PACE_SLACK apart
 * from the limits, as requests may draw together on their way. Nothing here reads a clock: the
 * same scheduler makes a plan in advance and paces the requests when they go.
 */
#ifndef TP_TWS_PACING_H
#define TP_TWS_PACING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/tim.h"
#include "tws/msg.h"

#define TWS_PACE_SAME (15 * TIM_SEC)
#define TWS_PACE_SERIES (2 * TIM_SEC)
#define TWS_PACE_SERIES_MAX 5
#define TWS_PACE_ALL (10 * TIM_MIN)
#define TWS_PACE_ALL_MAX 60
#define TWS_PACE_OPEN_MAX 50
#define TWS_PACE_SLACK (50 * TIM_MS)

/* What the rules look at in a request. */
struct tws_pace {
	uint64_t same;   /* equal for equal requests */
	uint64_t series; /* equal for the same contract, exchange and kind of data */
	unsigned weight; /* 2: BID_ASK */
	bool small;      /* counts against the 60 in 10 minutes */
};
/* Of req_historical_data and req_historical_ticks; the request id does not matter. */
struct tws_pace
tws_pace_of(const struct tws_request *q);

/* What went out lately. Zeroed to begin with. */
struct tws_pacing {
	struct tws_pace_sent {
		struct tws_pace what;
		int64_t at;
	} * sent; /* in order of time */
	size_t nsent, cap;
	size_t open;
	int64_t not_before; /* after a violation that we cannot explain */
};

void
tws_pacing_free(struct tws_pacing *p);
/* The earliest time from now on at which it may go, so far as times decide. */
int64_t
tws_pacing_when(const struct tws_pacing *p, const struct tws_pace *q, int64_t now);
/* Are as many unanswered as may be? Then an answer must come first. */
bool
tws_pacing_full(const struct tws_pacing *p);
void
tws_pacing_sent(struct tws_pacing *p, const struct tws_pace *q, int64_t now);
/* one was answered, refused or cancelled */
void
tws_pacing_answered(struct tws_pacing *p);
/* Another program on the same login may have used it all up: nothing for 15 seconds. */
void
tws_pacing_violated(struct tws_pacing *p, int64_t now);
/* The connection is gone, and with it what was unanswered. */
void
tws_pacing_cut(struct tws_pacing *p);

/* At which times after 0 n requests will go, in their order, when each answer takes so long. */
void
tws_pacing_plan(const struct tws_pace *q, size_t n, int64_t answer_ns, int64_t *at);

#endif
