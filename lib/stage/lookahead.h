/*
 * lookahead-check: does a pipeline see the future? It is run on a file, then on copies in which
 * everything after a random instant T is changed or missing. What it said to know by T must be
 * the same each time.
 */
#ifndef TP_STAGE_LOOKAHEAD_H
#define TP_STAGE_LOOKAHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/tim.h"
#include "rec/cells.h"

int
lookahead_main(int argc, char **argv); /* exit status */

/* ---- where the time stands in lines of CSV or JSON (lookahead_time.c) ---- */

struct look_layout {
	bool started, csv;
	const char *column; /* as the user named it, NULL: found by its name; "Day+Clock": two */
	int64_t lag;        /* added to a time that is no ts_end */
	size_t ts[2], end, sym; /* csv: columns + 1; 0: none */
	struct cells head;
	struct buf head_line;
};

void
look_layout_free(struct look_layout *l);
/*
 * Cells and time of knowledge of one line; TIM_NONE when it has none. Returns 1, 0 for a line that
 * is a CSV header, or -1 for one whose cells cannot be told (cells->n is 0 then; no time).
 */
int
look_time(struct look_layout *l, struct cells *c, const char *p, size_t n, int64_t *known);
/* csv only: did the header name a time? */
bool
look_has_time(const struct look_layout *l);

/* ---- the input, and its variants (lookahead_file.c) ---- */

struct look_line {
	size_t at, n; /* in text, without the newline */
	int64_t known;
	uint64_t group; /* lines of one symbol and shape may change places */
};

struct look_file {
	struct buf text; /* all lines, each with its newline */
	struct look_line *line;
	size_t n, cap;
	int64_t *times; /* distinct times of knowledge, ascending */
	size_t ntimes;
	bool gz;
	struct look_layout layout;
	struct cells cells;
};

enum look_kind { LOOK_SCALE, LOOK_NOISE, LOOK_SHUFFLE, LOOK_TRUNCATE, LOOK_NKINDS };
extern const char *const look_kinds[LOOK_NKINDS];

/* Read path whole; column as in struct look_layout. 0 or a code with the words. */
int
look_read(struct look_file *f, const char *path, const char *column, struct err *e);
void
look_free(struct look_file *f);
/*
 * The file with everything known after `cut` perturbed (or gone) into out; the same seed gives
 * the same bytes. All prices of a line are multiplied by one factor, so that a bar stays a bar;
 * sizes by another; what lies in 0..1 is made smaller, directions turn; times, texts and counters
 * stay.
 */
void
look_vary(struct look_file *f, enum look_kind kind, int64_t cut, uint64_t seed, struct buf *out);

#endif
