/* Runs in files: the records of a stream that was kept. */
#ifndef TP_PERF_FILE_H
#define TP_PERF_FILE_H

#include "rec/codec.h"

struct perf_file {
	struct rec_layout layout;
	struct symtab *syms;
	uint32_t want; /* types to decode; watermarks come besides */
	bool skip_bad;
	uint64_t skipped;     /* out: bad lines */
	struct err first_bad; /* out: the first of them */
};

/*
 * Hand every wanted record of the file (plain or gzip, "-" is standard input) to fn, in order. 0,
 * what fn returned below 0, or an error that names file and line.
 */
int
perf_file_each(const char *path, struct perf_file *f, int (*fn)(void *arg, const struct rec *r),
    void *arg, struct err *e);

#endif
