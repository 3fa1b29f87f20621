/* The session's insides, shared by its states (session.c) and its socket (session_io.c). */
#ifndef TP_TWS_SESSION_STATE_H
#define TP_TWS_SESSION_STATE_H

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/rng.h"
#include "tws/lanes.h"
#include "tws/session.h"

#define TWS_CONNECT_NS (5 * TIM_SEC)
#define TWS_GREETING_NS (5 * TIM_SEC)
#define TWS_START_NS (10 * TIM_SEC)
#define TWS_BEAT_NS (10 * TIM_SEC) /* for the answer to a heartbeat */
#define TWS_ADDRS_MAX 8

struct tws_wirelog;

struct tws_session {
	struct tws_session_opts o;
	struct tws_handler h;
	void *arg;

	enum tws_state state;
	int64_t now;        /* monotonic, of this step */
	int64_t t;          /* epoch, of what is being handled */
	int64_t deadline;   /* of the state; 0: none */
	int64_t retry_at;   /* DOWN */
	int64_t down_since; /* monotonic; TIM_NONE: up */
	unsigned tries;     /* since it was last up */
	unsigned cuts;      /* connections that ended */
	int rc;             /* a handler failed */
	struct err err;
	struct rng rng;

	struct tws_addr {
		struct sockaddr_storage a;
		socklen_t n;
	} addrs[TWS_ADDRS_MAX];
	size_t naddrs, addr; /* addr: the one being tried */
	int fd;

	struct tws_reader in;
	struct buf out; /* on its way into the socket */
	size_t out_at;
	struct tws_lanes lanes;
	struct tws_arena mem;
	const struct tws_codec *codec;
	int version;
	int64_t greeted; /* the gateway's clock then */
	struct tws_zones zones;
	int64_t last_read, beat_at; /* beat_at: a heartbeat went out then, unanswered; 0: none */

	bool got_id, got_accounts;
	int64_t next_valid_id, next_req;
	struct buf accounts;
	bool unknown[256]; /* ids that were told */
	struct tws_wirelog *log;
};

/* session.c */
void
tws_set_state(struct tws_session *s, enum tws_state to, const char *why);
/* The connection is over; the next try comes after the backoff. */
void
tws_cut(struct tws_session *s, int code, const char *why);
int
tws_frame(struct tws_session *s, const char *p, size_t n);
bool
tws_queue(struct tws_session *s, const struct tws_request *q, int lane);

/* session_io.c */
/* The host's addresses, once. ERR_USAGE when one is remote and that is not allowed. */
int
tws_resolve(struct tws_session *s, struct err *e);

#endif
