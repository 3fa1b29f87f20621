/*
 * A run: one or more stages over one input and one output. stage_main makes a run of one
 * stage; pipe-run one of many. Both read, decode, push, flush and report the same way, which is
 * why a pipeline in one process gives the bytes of the pipeline of processes.
 */
#ifndef TP_STAGE_RUN_H
#define TP_STAGE_RUN_H

#include "stage/args.h"

struct run; /* opaque */

struct run *
run_new(const char *name); /* the program's name, for messages */
void
run_free(struct run *r);

/* Take over the parsed arguments of the next stage of the chain (moved; free with run_free). */
void
run_add(struct run *r, const struct args *a);
/* The program's own common options (pipe-run's): verbosity, --skip-bad, --columns ... for the
 * first stage, -O for the last, where those did not set them. */
void
run_common(struct run *r, const struct common_opts *c);
/* Read this file instead of standard input ("-" is standard input). */
void
run_input(struct run *r, const char *path);
/* Open all stages, read to the end, flush, close. Returns the exit status, or 128 + SIGPIPE
 * when the reader left (the caller then dies of it). Words go to stderr. */
int
run_all(struct run *r);

/* First thing in a main. A standard descriptor that came closed would go to the first file that is
 * opened, and what is meant for it into that file: it is held by one that takes nothing. */
void
run_hold_standard(void);
/* "NAME: TEXT" on stderr, control bytes made harmless. */
void
run_say(const char *name, const char *text);
/* Run on this processor only. */
int
run_pin(int64_t cpu, struct err *e);
/* Exit status of an error code; ERR_PIPE raises SIGPIPE and does not come back. */
int
run_status(int code);

#endif
