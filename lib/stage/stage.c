#include "stage/stage.h"

#include <stdarg.h>
#include <stdio.h>

int
stage_emit(struct stage *st, const struct rec *r)
{
	struct stage *d = st->down;

	/* A stage that does not take the type is not asked: the record goes past it. */
	if (__builtin_expect(r->type == REC_watermark, 0)) {
		for (; d; d = d->down) {
			if (d->kind->watermark)
				return d->kind->watermark(d, r);
			if (d->kind->takes & REC_BIT(watermark))
				return d->kind->push(d, r);
		}
		return 0; /* a sink lets the rest drop */
	}
	do {
		if (d->kind->takes >> r->type & 1)
			return d->kind->push(d, r);
	} while ((d = d->down));
	return 0;
}

int
stage_fail(struct stage *st, int code, const char *fmt, ...)
{
	struct err *e = st->env->err;
	va_list ap;

	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
	if (!st->env->failed)
		st->env->failed = st;
	return code;
}

void
stage_note(const struct stage *st, int level, const char *fmt, ...)
{
	char text[1000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	st->env->note(st->env->arg, st, level, text);
}

int
stage_text(struct stage *st, const char *p, size_t n)
{
	return st->env->text(st->env->arg, p, n);
}

int
stage_drain(struct stage *st)
{
	return st->env->drain(st->env->arg);
}
