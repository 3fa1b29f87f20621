/*
 * One file of a replay: line after line a record, and the time when it was known.
 *
 * A bar that does not say when it ended gets `interval` and `ts_end` here; for that the first
 * lines of a file of bars are read ahead once. With `sort`, the whole file is read and its
 * records come in order of the time when they were known.
 */
#ifndef TP_FEED_SOURCE_H
#define TP_FEED_SOURCE_H

#include "base/buf.h"
#include "feed/interval.h"
#include "feed/rows.h"
#include "io/in.h"
#include "rec/codec.h"

#define SOURCE_PROBE_ROWS 1000

struct source_opts {
	struct rec_layout layout;
	struct interval interval; /* ns 0: found from the file */
	uint32_t want;            /* types to be decoded for the stages behind, REC_BIT mask */
	bool sort;
	bool skip_bad;
	bool ahead; /* decode in a thread, where that pays */
};

/* What is known at one instant comes in this order: a bar that ends there, what happened to
 * the stock overnight, the first tick of what follows. */
enum source_rank { RANK_BAR, RANK_ACTION, RANK_TICK };

/* A line kept in memory: read ahead, or to be sorted. */
struct source_line {
	size_t off, n;
	uint64_t lineno;
	int64_t key;
	uint32_t rank;
};

struct source {
	const char *path; /* as messages call it */
	const struct source_opts *o;
	struct io_in *in;
	struct rec_dec *dec;
	struct interval interval;
	bool has_interval;
	int64_t step;           /* of interval, where every bar lasts that long; else 0 */
	struct str step_text;   /* of interval */
	bool begun;             /* a line was understood */
	bool in_file;           /* lines in memory are used up */
	bool asked;             /* whether a thread is of use */
	struct io_ahead *ahead; /* then, what is read of the file beyond */
	struct rows *rows;      /* or the thread that has the file from then on */
	struct symtab *syms;

	/* the current record, after source_next returned 1 */
	struct rec rec;
	int64_t key; /* when it was known */
	enum source_rank rank;
	uint64_t lineno;

	uint64_t skipped; /* bad lines, with skip_bad */
	struct err first_bad;

	struct buf text; /* lines in memory */
	struct source_line *lines;
	size_t nlines, lines_cap, at;
};

/* Opens and reads ahead. Clean up with source_close after a failure, too. */
int
source_open(struct source *s, const char *path, const struct source_opts *o, struct symtab *syms,
    struct err *e);
/* 1: s->rec is the next record; 0: the end; 2: not `block`, and nothing can be read now. */
int
source_next(struct source *s, bool block, struct err *e);
void
source_close(struct source *s);

#endif
