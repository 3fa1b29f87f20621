#include "feat/row.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

size_t
feat_plan_add(struct feat_plan *p, bool hidden, const char *fmt, ...)
{
	struct feat_col *c = MEM_AT(p->cols, p->cap, p->n);
	va_list ap;
	char name[128];

	va_start(ap, fmt);
	vsnprintf(name, sizeof name, fmt, ap);
	va_end(ap);
	c->name = mem_dup(name, strlen(name));
	c->hidden = hidden;
	return p->n++;
}

ptrdiff_t
feat_plan_find(const struct feat_plan *p, struct str name)
{
	for (size_t i = 0; i < p->n; i++)
		if (str_eqz(name, p->cols[i].name))
			return (ptrdiff_t)i;
	return -1;
}

bool
feat_is_key(struct str name)
{
	static const char *const keys[] = { "type", "ts", "sym", "interval", "lookahead",
		"label_end", "symbol", "ticker", "timestamp", "time", "date", "ts_event",
		"ts_recv" };

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (str_eqz(name, keys[i]))
			return true;
	return false;
}

bool
feat_plan_glob(const char *pattern, const char *name)
{
	const char *star = NULL, *from = NULL;

	while (*name) {
		if (*pattern == '*') {
			star = ++pattern;
			from = name;
		} else if (*pattern == '?' || *pattern == *name) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star;
			name = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

void
feat_plan_free(struct feat_plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->cols[i].name);
	free(p->cols);
	*p = (struct feat_plan){ 0 };
}

struct feat_row *
feat_row_copy(const struct feat_row *r)
{
	struct feat_row *c = mem_dup(r, sizeof *r);

	c->v = mem_dup(r->v, r->n * sizeof *r->v);
	return c;
}

void
feat_row_free(struct feat_row *r)
{
	if (!r)
		return;
	free(r->v);
	free(r);
}
