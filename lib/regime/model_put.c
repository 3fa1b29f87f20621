/* Writing a model file. */
#include <string.h>

#include "base/num.h"
#include "base/tim.h"
#include "io/out.h"
#include "regime/model.h"

static void
put_f64(struct buf *out, double v)
{
	char *o = buf_room(out, NUM_MAX);

	out->len = (size_t)(num_put_f64(o, v) - out->p);
}

static void
put_list(struct buf *out, const double *v, int n)
{
	for (int i = 0; i < n; i++) {
		buf_puts(out, i ? ", " : "[");
		put_f64(out, v[i]);
	}
	buf_putc(out, ']');
}

static void
put_key(struct buf *out, const char *pad, const char *key)
{
	buf_printf(out, ",\n%s\"%s\": ", pad, key);
}

static void
put_time(struct buf *out, const char *pad, const char *key, int64_t t)
{
	if (t == TIM_NONE)
		return;
	put_key(out, pad, key);
	buf_putc(out, '"');
	char *o = buf_room(out, TIM_LEN);
	out->len = (size_t)(tim_put(o, t) - out->p);
	buf_putc(out, '"');
}

static void
put_notes(struct buf *out, const char *pad, const struct regime_params *p)
{
	if (p->n == 0)
		return;
	put_key(out, pad, "loglik");
	put_f64(out, p->loglik);
	/* as for returns in per cent, the unit in which other programs fit */
	put_key(out, pad, "loglik_percent");
	put_f64(out, p->loglik - (double)p->n * num_log(100));
	buf_printf(
	    out, ",\n%s\"n\": %lld, \"series\": %lld", pad, (long long)p->n, (long long)p->series);
	put_time(out, pad, "from", p->from);
	put_time(out, pad, "until", p->until);
	buf_printf(out, ",\n%s\"iterations\": %lld, \"start_index\": %lld, \"converged\": %s", pad,
	    (long long)p->iterations, (long long)p->start, p->converged ? "true" : "false");
}

static void
put_params(struct buf *out, const char *pad, const struct regime_params *p)
{
	const struct hmm *m = &p->m;

	buf_printf(out, "\"mu\": ");
	put_list(out, m->mu, m->k);
	put_key(out, pad, "sigma");
	put_list(out, m->sigma, m->k);
	if (m->dist == REGIME_T) {
		put_key(out, pad, "nu");
		put_list(out, m->nu, m->k);
	}
	put_key(out, pad, "transition");
	for (int i = 0; i < m->k; i++) {
		buf_puts(out, i ? ", " : "[");
		put_list(out, m->p[i], m->k);
	}
	buf_putc(out, ']');
	put_key(out, pad, "initial");
	put_list(out, m->init, m->k);
	if (p->lambda > 0) {
		put_key(out, pad, "ewma");
		buf_puts(out, "{\"lambda\": ");
		put_f64(out, p->lambda);
		buf_puts(out, ", \"cuts\": ");
		put_list(out, p->cut, m->k - 1);
		buf_putc(out, '}');
	}
	put_notes(out, pad, p);
}

void
regime_model_put(const struct regime_model *m, struct buf *out)
{
	static const char *const returns[] = { "log", "simple", "given" };

	buf_printf(out,
	    "{\n \"format\": \"tradepipe-regime-1\",\n \"name\": \"%s\",\n \"states\": %d,\n "
	    "\"dist\": \"%s\",\n \"return\": \"%s\",\n \"start\": \"%s\",\n \"labels\": ",
	    m->name, m->k, m->dist == REGIME_T ? "t" : "gaussian", returns[m->ret],
	    m->stationary ? "stationary" : "initial");
	for (int i = 0; i < m->k; i++)
		buf_printf(out, "%s\"%s\"", i ? ", " : "[", m->label[i]);
	buf_putc(out, ']');
	if (m->restarts > 0)
		buf_printf(out, ",\n \"restarts\": %lld,\n \"seed\": %llu", (long long)m->restarts,
		    (unsigned long long)m->seed);
	if (m->pooled) {
		buf_puts(out, ",\n ");
		put_params(out, " ", &m->all);
	}
	if (m->nsymbols > 0)
		buf_puts(out, ",\n \"symbols\": {");
	for (size_t i = 0; i < m->nsymbols; i++) {
		buf_printf(out, "%s\n  \"%s\": {", i ? "," : "", m->symbols[i].sym);
		put_params(out, "   ", &m->symbols[i].p);
		buf_putc(out, '}');
	}
	buf_puts(out, m->nsymbols > 0 ? "\n }\n}\n" : "\n}\n");
}

int
regime_model_write(const struct regime_model *m, const char *path, struct err *e)
{
	struct buf text = { 0 };
	int rc;

	regime_model_put(m, &text);
	rc = io_file_replace(path, text.p, text.len, e);
	buf_free(&text);
	return rc;
}
