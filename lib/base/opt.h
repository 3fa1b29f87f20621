/*
 * One table of options feeds the parser of the command line, -h, the config file,
 * --print-config and the shell completion. Values land in a struct of the caller by offset.
 */
#ifndef TP_BASE_OPT_H
#define TP_BASE_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum opt_kind {
	OPT_END = 0,
	OPT_FLAG,   /* bool; --name sets it, --no-name clears it */
	OPT_STR,    /* const char *; NULL when absent */
	OPT_LIST,   /* struct opt_list; may be given several times, commas split */
	OPT_TEXTS,  /* the same for texts with commas of their own: | splits */
	OPT_INT,    /* int64_t, with lo..hi */
	OPT_F64,    /* double, finite */
	OPT_SPAN,   /* int64_t ns, by tim_span */
	OPT_TIME,   /* int64_t ns, by tim_parse */
	OPT_CASH,   /* int64_t micro */
	OPT_SIZE,   /* int64_t nano */
	OPT_CHOICE, /* int: index in `choices` ("flag|drop|stop") */
	OPT_GROUP,  /* a nested table: `group`, its offsets relative to `off` */
};

struct opt_list {
	const char **v;
	size_t n;
};

struct opt {
	enum opt_kind kind;
	char letter;      /* 0: none */
	const char *name; /* long name without dashes */
	const char *arg;  /* what -h calls the value; NULL for flags */
	const char *help; /* one line, lower case, no full stop */
	const char *dflt; /* default as the user would type it; NULL: zero/NULL */
	/* OPT_CHOICE: "a|b|c". OPT_STR, OPT_LIST: what the option means without a value; it then
	 * takes one only as --name=VALUE. */
	const char *choices;
	const struct opt *group;
	size_t off;
	int64_t lo, hi; /* OPT_INT; both 0: any */
};

#define OPT_OFF(type, field) offsetof(type, field)

/* Put the defaults of the table into *base. */
int
opt_defaults(const struct opt *tab, void *base, struct err *e);
/* Find by long name or letter; *off is where its value lives, groups resolved. NULL: unknown. */
const struct opt *
opt_find(const struct opt *tab, const char *name, size_t n, char letter, size_t *off);
/* Set one option from text. Strings are borrowed: `value` must live as long as base. */
int
opt_set(const struct opt *o, void *base, size_t off, const char *value, struct err *e);
/* Text of the value as opt_set would take it; false when it is unset. */
bool
opt_get(const struct opt *o, const void *base, size_t off, struct buf *out);
/* Frees the arrays of OPT_LIST and OPT_TEXTS. */
void
opt_release(const struct opt *tab, void *base);
/* Calls fn for each option, groups flattened. */
void
opt_each(const struct opt *tab, size_t off, void (*fn)(const struct opt *o, size_t off, void *arg),
    void *arg);

#endif
