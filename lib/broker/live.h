/*
 * The live side of ibkr-exec: the engine of broker.h, a session with a gateway, and the stage
 * that drives both. It waits in the runner's place (struct stage_kind, `wait`), so that what the
 * broker says is told at once, and reads nothing from the pipe while it is not ready.
 */
#ifndef TP_BROKER_LIVE_H
#define TP_BROKER_LIVE_H

#include "broker/broker.h"
#include "stage/loop.h"
#include "stage/stage.h"
#include "tws/contract.h"
#include "tws/session.h"

struct live_exec_opts {
	struct tws_session_opts net;
	struct broker_opts broker;
	const char *journal, *contracts;
	bool no_fsync, cancel_all, flatten_all;
	int64_t linger_ns;
};
extern const struct opt live_exec_options[]; /* offsets relative to struct live_exec_opts */

struct live_exec; /* opaque */

/* Does not wait for the connection. feedback may be NULL. Words by st->env->err. */
int
live_exec_open(
    struct stage *st, const struct live_exec_opts *o, const char *feedback, struct live_exec **out);
int
live_exec_push(struct live_exec *l, const struct rec *r);
int
live_exec_watermark(struct live_exec *l, const struct rec *wm);
int
live_exec_idle(struct live_exec *l);
int
live_exec_wait(struct live_exec *l, int fd, int timeout_ms);
int
live_exec_flush(struct live_exec *l);
void
live_exec_close(struct live_exec *l);

#endif
