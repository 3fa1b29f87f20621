/* The replay's state, shared by its stage (replay.c) and its options (replay_opts.c). */
#ifndef TP_FEED_REPLAY_H
#define TP_FEED_REPLAY_H

#include "feed/check.h"
#include "feed/dirty.h"
#include "feed/pace.h"
#include "feed/source.h"
#include "mkt/tz.h"
#include "stage/stage.h"

/* Types whose own time moves the stream's. */
#define REPLAY_TIMED \
	(REC_MARKET | REC_BIT(corporate_action) | REC_BIT(correction) | REC_BIT(regime))

struct replay {
	struct stage base;

	/* options as given */
	bool replay, no_header, sort, skip_bad;
	const char *from_text, *to_text, *speed, *interval, *columns, *sym, *type, *tz_name;
	const char *session, *calendar;
	struct opt_list symbols, dirty_rules;
	int on_dirty;
	const char *stale_text;
	int64_t wm_every, gap, stale, spike_window;
	double spike, spike_floor;

	/* made of them */
	struct source_opts source_opts;
	struct dirty dirty;
	struct check *check;
	struct sessions *sessions;
	struct tz *tz;
	struct pace pace;
	bool filtered;
	int64_t from, to;
	uint8_t *wanted; /* by symbol id: 1 wanted, 2 and it came; nwanted 0: all */
	size_t nwanted;

	struct source *sources;
	size_t nsources;
	struct source **heap; /* the earliest record first */
	size_t nheap;

	struct rec mark;       /* the watermark that is written; only its time changes */
	int64_t clock;         /* the latest time of knowledge that went out */
	int64_t watermark;     /* the last one written */
	int64_t bars_at;       /* bars that ended then went out, their watermark not yet */
	int64_t ticks_at;      /* the last tick */
	int64_t next_boundary; /* the next multiple of wm_every */
	uint64_t records;
	uint64_t read,
	    chosen;      /* market data and corporate actions: all, and what the filters left */
	uint64_t judged; /* market data held against the rules */
};

extern const struct opt replay_opts[];

/* the stage's calls, when it replays */
int
replay_open(struct stage *st);
int
replay_next(struct stage *st);
void
replay_close(struct stage *st);

/* Options -> the lower half of the struct. The words are in env->err when it fails. */
int
replay_setup(struct replay *m);
void
replay_release(struct replay *m);
/* The part of it that does not come from files: sessions, rules of quality. */
int
replay_setup_checks(struct replay *m);
/* Every pair of --columns must fit one of the files. */
int
replay_check_columns(struct replay *m);
/* The words at the end: what was dirty, and when most of it was or nothing came. */
void
replay_tell(struct replay *m);
/* What stands in env->err, as this stage's failure. */
int
replay_failed(struct replay *m);

#endif
