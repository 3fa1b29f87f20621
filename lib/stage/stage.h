/*
 * The stage: one tool's work, as a function of the stream before it.
 *
 * A stage kind is one `static const`-like table (extern, so that the catalogue finds it); all
 * state lives in the stage's own struct, which begins with `struct stage base`. The runner
 * (one process a tool) and the chain (pipe-run: all in one process) drive the same kinds and
 * give the same bytes.
 *
 * After `open` a stage reads no clock, file, environment or rand(): time comes from records
 * and watermarks, chance from a seeded generator in its state.
 *
 *	static int
 *	my_push(struct stage *st, const struct rec *r)
 *	{
 *		struct my *m = (struct my *)st;
 *		...
 *		return stage_emit(st, r);      // pass it on, unchanged, byte for byte
 *	}
 *	const struct stage_kind my_tool_kind = {
 *		.name = "my-tool", .about = "...", .size = sizeof(struct my), .opts = my_opts,
 *		.takes = REC_BIT(bar), .gives = REC_BIT(features), .main_type = REC_features,
 *		.open = my_open, .push = my_push, .watermark = my_watermark, .flush = my_flush,
 *		.close = my_close,
 *	};
 */
#ifndef TP_STAGE_STAGE_H
#define TP_STAGE_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/opt.h"
#include "rec/rec.h"

struct stage;
struct common_opts;

struct stage_kind {
	const char *name;     /* the tool's name: "bar-agg" */
	const char *about;    /* one line: what it does */
	const char *operands; /* "FILE..." or NULL when it takes none */
	const struct opt *opts;
	size_t size;    /* of the stage's own struct; options land in it by offset */
	uint32_t takes; /* REC_BIT mask of what push gets; the rest passes by byte for byte */
	uint32_t gives; /* what it may emit of its own (documentation, completion) */
	enum rec_type main_type; /* what -O csv writes */
	const char *csv_columns; /* its columns */
	bool source;             /* has next instead of push: reads no stdin */
	bool sink;               /* its text goes out through stage_text; -O is its own option */
	bool guarded; /* the runner watches --kill-file and SIGUSR1 and pushes `alert` records */

	/* Once, with the options filled in; st->args are the operands. Errors in st->env->err. */
	int (*open)(struct stage *st);
	/* One record of a taken type, borrowed. A stage that does not consume it emits it itself.
	 */
	int (*push)(struct stage *st, const struct rec *r);
	/* A watermark; NULL: passes. The stage emits it (or its own) itself. */
	int (*watermark)(struct stage *st, const struct rec *wm);
	/* End of input, in order of the chain. */
	int (*flush)(struct stage *st);
	/* Source: emit the next record or instant; 1 = more, 0 = end, < 0 error. */
	int (*next)(struct stage *st);
	/* Nothing to read now: state files may be brought up to date. Must emit nothing. */
	int (*idle)(struct stage *st);
	/*
	 * A stage with connections of its own (st->waits) waits for input in the runner's place, at
	 * most timeout_ms, and may emit meanwhile: 1 read fd now, 0 not yet, or a code. As long as
	 * it says 0 nothing is read.
	 */
	int (*wait)(struct stage *st, int fd, int timeout_ms);
	/* Frees what open and later calls made; also after a failed open. Must emit nothing. */
	void (*close)(struct stage *st);
};

/* What the stages of one chain share. */
struct stage_env {
	struct symtab *syms;
	struct err *err; /* where open/push/... leave the words */
	/* words for the user, one line without a newline; level: 0 error, 1 warning, 2 info (-v) */
	void (*note)(void *arg, const struct stage *st, int level, const char *text);
	/* text of a sink: to stdout, in order */
	int (*text)(void *arg, const char *p, size_t n);
	void *arg;
	struct stage_loop *loops;   /* in one process: FIFO name -> queue (stage/loop.h) */
	int (*drain)(void *arg);    /* write out what is buffered */
	int (*stopped)(void);       /* the signal that asked to end, or 0; may be NULL */
	bool fused;                 /* true in pipe-run */
	bool tty;                   /* stdout is a terminal */
	const struct stage *failed; /* who called stage_fail first */
};

struct stage {
	const struct stage_kind *kind;
	struct stage *down; /* the next stage; the last one is the writer */
	struct stage_env *env;
	const char *const *args; /* operands */
	size_t nargs;
	const struct common_opts *common; /* stage/args.h: for a stage that reads files itself */
	/* Set by open where the kind's main_type is REC_unknown: what -O csv writes. Columns NULL:
	 * the type that comes first, with the columns that the runner has for it. */
	const char *csv_columns;
	enum rec_type csv_type;
	bool no_input; /* set by open: this run reads no stdin (a report from files) */
	bool waits;    /* set by open: kind->wait is to be used; guarded kinds only */
};

/* Hand a record to the next stage. Returns 0 or a negative code, to be returned at once. */
int
stage_emit(struct stage *st, const struct rec *r);

/* `return stage_fail(st, ERR_DATA, "...")` */
int
stage_fail(struct stage *st, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void
stage_note(const struct stage *st, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A sink's own output. */
int
stage_text(struct stage *st, const char *p, size_t n);

/* Write out now what is buffered: before a stage that paces itself sleeps. */
int
stage_drain(struct stage *st);

/* Run one kind as a program: parse argv, read stdin, write stdout. Returns the exit status. */
int
stage_main(const struct stage_kind *kind, int argc, char **argv);

/* The catalogue: every kind of the product, by name; generated by the Makefile. */
const struct stage_kind *
stage_kind_find(const char *name);
extern const struct stage_kind *const stage_kinds[]; /* NULL-terminated */

#endif
