/* The command line of one tool: its own options, those all tools share, operands. */
#ifndef TP_STAGE_ARGS_H
#define TP_STAGE_ARGS_H

#include "rec/codec.h"
#include "stage/stage.h"

/* Options of every tool. A kind's own option of the same name goes first. */
struct common_opts {
	int output; /* 0 ndjson, 1 csv */
	const char *columns, *sym, *type;
	bool no_header;
	bool skip_bad;
	bool verbose, quiet;
	const char *config;
	bool print_config, help, version;
	const char *completion;
	int64_t pin;
	const char *kill_file; /* guarded kinds only */
};
extern const struct opt common_options[];
extern const struct opt guarded_options[];

struct args {
	const struct stage_kind *kind;
	struct stage *st; /* kind->size bytes, options filled in */
	struct common_opts common;
	const char **operands;
	size_t noperands;
	const char *bare;       /* the last option that was given without the value it may have, */
	const char *behind;     /* and what stood behind it; NULL */
	struct buf config_text; /* values point into it */
};

/*
 * Parse argv[1..argc) for a kind: makes a->st (zeroed, defaults, options). --help and --version
 * are noticed wherever they stand, before anything is found wrong. 0, or ERR_USAGE with the
 * words; free with args_free in either case. argv must outlive a.
 */
int
args_parse(struct args *a, const struct stage_kind *kind, int argc, char **argv, struct err *e);
void
args_free(struct args *a);

/* Texts for -h, --print-config, --completion bash. */
void
args_help(const struct stage_kind *kind, struct buf *out);
void
args_print_config(const struct args *a, struct buf *out);
void
args_completion(const struct stage_kind *kind, struct buf *out);

#endif
