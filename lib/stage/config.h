/*
 * Configuration files: `name = value` lines with the long names of the options, # comments,
 * blank lines; a value may be put in double quotes. Flags take true or false.
 */
#ifndef TP_STAGE_CONFIG_H
#define TP_STAGE_CONFIG_H

#include <stddef.h>

#include "base/err.h"

/* Calls fn for each setting; *text is changed (values are NUL-terminated in place). fn returns 0
 * or a negative code with the words in e, to which file and line are added here. */
int
config_parse(char *text, size_t n, const char *name,
    int (*fn)(void *arg, const char *key, char *value, struct err *e), void *arg, struct err *e);

#endif
