/* What the files of a run share: run.c (the loop), run_output.c (what comes out), run_guard.c (kill
 * file and signals). */
#ifndef TP_STAGE_RUN_PRIVATE_H
#define TP_STAGE_RUN_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "rec/codec.h"
#include "stage/args.h"
#include "stage/run.h"

struct io_in;

struct run {
	const char *name;
	struct args *stages;
	size_t n;
	const char *input;

	struct stage_env env;
	struct stage writer; /* the end of the chain: encodes what reaches it */
	struct err err;
	struct buf out;
	struct rec_csv *csv;
	enum rec_type csv_type;
	bool csv_started;
	struct rec_dec *dec;
	struct io_in *in;

	int verbosity; /* 0 errors, 1 warnings, 2 all */
	uint64_t bad_lines;
	int64_t last_ts; /* of the stream, for the records that the guard makes */
	bool halted;     /* the kill file or signal was passed on */
};

/* ---- run_output.c ---- */
/* What the stages see of the runner: notes, text and records to standard output. */
void
run_output_init(struct run *r);
int
run_output_set(struct run *r, struct err *e); /* before the stages are opened */
int
run_output_late(struct run *r); /* behind: -O csv of a stage whose main type its options tell */
int
run_drain(void *run);

/* ---- run_guard.c ---- */
void
run_guard_signals(const struct run *r);
/* Is there a stage to be guarded, and by which file (NULL: signals only)? */
bool
run_guarded(const struct run *r);
const char *
run_kill_file(const struct run *r);
/* Look once. Pushes an alert into the guarded stage when it is time to halt. */
int
run_guard_check(struct run *r, const char *kill);
/* Wait for input, looking around meanwhile: 0 there is some, 1 told to stop, or a code. */
int
run_guard_wait(struct run *r, const char *kill);
int
run_stopped(void); /* the signal that said so, or 0 */

#endif
