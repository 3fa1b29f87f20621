/*
 * A client's session with a gateway: connect, handshake, pacing, deadlines, reconnect. It owns
 * the socket and nothing else; what requests mean is its user's business (the live feed, the live
 * executor). It never blocks: the program polls, then steps.
 *
 *	for (;;) {
 *		struct pollfd pf[2];
 *		int64_t wait = tws_session_poll(s, now_ns(), &pf[0]);
 *		poll(pf, ..., wait in ms);
 *		rc = tws_session_step(s, pf[0].revents, now_ns());
 *	}
 *
 * States: DOWN (waiting for the next try, backoff 1, 2, 4 .. 60 s and jitter), CONNECTING,
 * GREETING (hello sent; 5 s), STARTING (startApi sent, 9 and 15 awaited in either order; 10 s), UP.
 * `up` is called once both came: the user makes its requests there. Whatever breaks the
 * socket, a missed deadline, 326 and 1300 lead to DOWN; 1100, 1101, 1102, 2110 are events for
 * the user, who decides (tws/errors.h).
 */
#ifndef TP_TWS_SESSION_H
#define TP_TWS_SESSION_H

#include <poll.h>

#include "base/opt.h"
#include "tws/errors.h"
#include "tws/msg.h"

enum tws_state { TWS_DOWN, TWS_CONNECTING, TWS_GREETING, TWS_STARTING, TWS_UP };
const char *
tws_state_name(enum tws_state s);

/* One option group, shared by ibkr-feed and ibkr-exec. */
struct tws_session_opts {
	const char *host;    /* --host, default 127.0.0.1 */
	int64_t port;        /* --port, default 4002: IB Gateway's paper port */
	int64_t client_id;   /* --client-id */
	bool allow_remote;   /* --allow-remote: hosts that are not loopback */
	int64_t rate;        /* --rate: messages a second, default 45 (the gateway's limit is 50) */
	int64_t max_down_ns; /* --max-down: give up after so long; 0: never */
	int64_t heartbeat_ns; /* --heartbeat: reqCurrentTime when nothing came for so long, default
				 30s */
	const char *record;   /* --record FILE: the raw wire with times */
	uint64_t seed;        /* of the jitter; not an option of its own */
};
extern const struct opt tws_session_options[]; /* offsets relative to struct tws_session_opts */

struct tws_session; /* opaque */

struct tws_handler {
	/* state changed; `why` in words for people */
	int (*state)(void *arg, enum tws_state s, const char *why);
	/* UP: next_valid_id is known, accounts too */
	int (*up)(void *arg, int64_t next_valid_id, struct str accounts);
	/* every decoded message, the handshake's included, in order; t_recv is epoch ns */
	int (*event)(void *arg, const struct tws_event *ev, int64_t t_recv);
	/* words worth a line for people: a message that could not be understood; may be NULL */
	void (*note)(void *arg, const char *text);
};

/* NULL with the reason: ERR_USAGE for a remote host without --allow-remote. Does not connect yet.
 */
struct tws_session *
tws_session_new(
    const struct tws_session_opts *o, const struct tws_handler *h, void *arg, struct err *e);
void
tws_session_free(struct tws_session *s);

/* What to poll for, and how long at most (ns, from now); pf->fd is -1 when there is no socket. */
int64_t
tws_session_poll(struct tws_session *s, int64_t now, struct pollfd *pf);
/*
 * Read, decode, call back, send what pacing allows, mind the deadlines, reconnect. now is a
 * monotonic ns (the session reads the wall clock only for t_recv). 0; a handler's negative code;
 * ERR_NET when --max-down is over.
 */
int
tws_session_step(struct tws_session *s, short revents, int64_t now);

/*
 * Queue a request. Order messages (place, cancel, global cancel) go before all others; within a
 * lane order is kept. False when the session is not UP (nothing is kept over a reconnect: the
 * user makes its requests anew in `up`).
 */
bool
tws_session_send(struct tws_session *s, const struct tws_request *q);
/* Write out now what pacing lets go: after queueing orders, instead of waiting for the next step.
 */
int
tws_session_flush(struct tws_session *s, int64_t now);
/* Fresh id for a data request, from TWS_REQ_ID_FIRST up; never one used before in this process. */
int64_t
tws_session_req_id(struct tws_session *s);
enum tws_state
tws_session_state(const struct tws_session *s);
int
tws_session_server_version(const struct tws_session *s);
struct str
tws_session_accounts(const struct tws_session *s);
size_t
tws_session_queued(const struct tws_session *s); /* requests waiting for pacing */
/* Drop the connection and go through DOWN, e.g. when the user's watchdog finds the data dead. */
void
tws_session_drop(struct tws_session *s, const char *why);
/* The gateway's clock zone, for tws_time_parse (from the greeting). */
struct tws_zones *
tws_session_zones(struct tws_session *s);

/* Epoch ns of what is being handled; in `state` and `up` as t_recv in `event`. */
int64_t
tws_session_time(const struct tws_session *s);
/* What the gateway's clock said in its greeting, epoch ns in whole seconds; 0: it did not. */
int64_t
tws_session_greeted(const struct tws_session *s);
/* Why tws_session_step failed, or why the session is not up. */
const struct err *
tws_session_error(const struct tws_session *s);
/* When the socket last gave bytes (monotonic ns); 0: never on this connection. */
int64_t
tws_session_last_read(const struct tws_session *s);

/*
 * Recordings. An entry of the user's own, with a kind that tws/wirelog.h leaves free; nothing
 * without --record. Playing gives a session that never connects the entries of a recording: it
 * goes through the same states and calls back the same events with the same times. What its user
 * sends meanwhile is compared with what was sent then: ERR_DATA when it differs, as the
 * user would then not do what it did.
 */
void
tws_session_log(struct tws_session *s, char kind, int64_t t, const void *p, size_t n);
struct tws_wire_entry;
int
tws_session_play(struct tws_session *s, const struct tws_wire_entry *x);

/* ns since 1970, now */
int64_t
tws_now_epoch(void);

#endif
