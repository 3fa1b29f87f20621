/*
 * The way back: what ibkr-exec did, returned to the head of the pipe (man/records.5, "The loop").
 * Between processes it is a FIFO; in one process a queue of the same text under the same name.
 */
#ifndef TP_STAGE_LOOP_H
#define TP_STAGE_LOOP_H

#include "rec/codec.h"
#include "stage/stage.h"

struct loop_sink; /* the writing end: ibkr-exec --feedback NAME */

/* Opens the FIFO (waits for its reader) or the queue of that name. 0 or a code, words by
 * stage_fail. */
int
loop_sink_open(struct stage *st, const char *name, struct loop_sink **out);
/* A portfolio is written through at once: the other end is waiting for it. A reader that left is
 * no error here (the reader's end knows whether it was too early). */
int
loop_sink_put(struct loop_sink *k, const struct rec *r);
/* Write through what is buffered: before waiting for input, so that live fills do not wait. */
int
loop_sink_drain(struct loop_sink *k); /* NULL is fine */
int
loop_sink_close(struct loop_sink *k); /* NULL is fine */

void
loops_free(struct stage_loop *l);

#endif
