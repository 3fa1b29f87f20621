/*
 * A pipeline written as in the shell, for pipe-run: words with '...', "..." and \ quoting,
 * stages between |, `< FILE` before or after the first stage's words. What a shell would do
 * besides (variables, globs, ;, &, >, subshells) is refused by name, never guessed.
 */
#ifndef TP_STAGE_PIPELINE_H
#define TP_STAGE_PIPELINE_H

#include <stddef.h>

#include "base/err.h"

struct pipeline_cmd {
	char **argv; /* NULL-terminated; argv[0] is the tool */
	int argc;
};

struct pipeline {
	struct pipeline_cmd *cmds;
	size_t n;
	char *input; /* of `< FILE`, or NULL */
};

/* 0, or ERR_USAGE with where and why. Free in either case. */
int
pipeline_parse(const char *text, size_t n, struct pipeline *out, struct err *e);
void
pipeline_free(struct pipeline *p);

#endif
