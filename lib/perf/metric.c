#include "perf/metric.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

static const struct {
	const char *name;
	uint8_t kind, where;
} metrics[PM_N] = {
#define X(where, kind, name) { #name, PERF_##kind, PERF_IN_##where },
	PERF_METRICS(X)
#undef X
};

const char *
perf_metric_name(enum perf_metric m)
{
	return metrics[m].name;
}

enum perf_kind
perf_metric_kind(enum perf_metric m)
{
	return (enum perf_kind)metrics[m].kind;
}

bool
perf_metric_in(enum perf_metric m, enum perf_mode mode)
{
	return (metrics[m].where & (mode == PERF_RETURNS ? PERF_IN_R : PERF_IN_P)) != 0;
}

enum perf_metric
perf_metric_find(enum perf_mode mode, const char *name, size_t n)
{
	for (unsigned m = 0; m < PM_N; m++)
		if (strlen(metrics[m].name) == n && memcmp(metrics[m].name, name, n) == 0 &&
		    perf_metric_in((enum perf_metric)m, mode))
			return (enum perf_metric)m;
	return PM_N;
}

void
perf_put(struct perf_values *v, enum perf_metric m, double f)
{
	v->v[m].set = isfinite(f);
	v->v[m].f = f;
}

void
perf_put_int(struct perf_values *v, enum perf_metric m, int64_t i)
{
	v->v[m].set = true;
	v->v[m].i = i;
}

void
perf_put_text(struct perf_values *v, enum perf_metric m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(v->v[m].text, sizeof v->v[m].text, fmt, ap);
	va_end(ap);
	v->v[m].set = true;
}

double
perf_round(double f)
{
	char b[40];

	snprintf(b, sizeof b, "%.11e", f);
	f = strtod(b, NULL);
	return f == 0 ? 0 : f; /* no "-0" */
}

void
perf_put_plain(struct buf *out, const struct perf_values *v, enum perf_metric m)
{
	const struct perf_value *x = &v->v[m];
	char b[NUM_MAX], *e = NULL;

	if (!x->set)
		return;
	switch (perf_metric_kind(m)) {
	case PERF_F64: e = num_put_f64(b, perf_round(x->f)); break;
	case PERF_INT: e = num_put_i64(b, x->i); break;
	case PERF_CASH: e = num_put_cash(b, x->i); break;
	case PERF_TEXT: buf_puts(out, x->text); return;
	case PERF_BOOL: buf_puts(out, x->i ? "true" : "false"); return;
	}
	buf_put(out, b, (size_t)(e - b));
}

void
perf_put_json(struct buf *out, const struct perf_values *v, enum perf_metric m)
{
	bool text = perf_metric_kind(m) == PERF_TEXT;

	if (!v->v[m].set) {
		buf_puts(out, "null");
		return;
	}
	/* the texts are dates and fixed words: nothing to escape */
	if (text)
		buf_putc(out, '"');
	perf_put_plain(out, v, m);
	if (text)
		buf_putc(out, '"');
}
