/* The thresholds of --rules chen-tsai in a file: JSON, one entry a series. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tim.h"
#include "io/out.h"
#include "pattern/scan.h"
#include "rec/codec.h"
#include "rec/json.h"

static int
read_entry(struct scan_param *p, const struct json *j, size_t i, struct err *e)
{
	struct str sym, interval = { "", 0 };

	if (!json_text(json_get(j, "sym"), &sym))
		return err_set(e, ERR_USAGE, "series[%zu]: no text \"sym\"", i);
	if (json_get(j, "interval") && !json_text(json_get(j, "interval"), &interval))
		return err_set(e, ERR_USAGE, "series[%zu]: \"interval\" is no text", i);
	if (!json_f64(json_get(j, "slope_atr"), &p->slope_atr) || !(p->slope_atr >= 0))
		return err_set(
		    e, ERR_USAGE, "series[%zu]: \"slope_atr\" is not a number from 0 on", i);
	p->sym = mem_dup(sym.p, sym.n);
	p->interval = mem_dup(interval.p, interval.n);
	return 0;
}

int
scan_params_load(struct scan *s, const char *path, struct err *e)
{
	struct buf text = { 0 };
	struct json *root = NULL;
	const struct json *list;
	struct str rules = { NULL, 0 };
	int rc = io_file_read(path, 1u << 24, &text, e);

	if (rc < 0)
		goto done;
	rc = ERR_USAGE;
	root = json_parse_text(text.p, text.len, e);
	if (!root)
		goto done;
	list = json_get(root, "series");
	if (!json_text(json_get(root, "rules"), &rules) || !str_eqz(rules, "chen-tsai") ||
	    json_kind(list) != JSON_IS_ARRAY) {
		err_set(e, ERR_USAGE,
		    "not what --save-params writes: \"rules\":\"chen-tsai\" and a list "
		    "\"series\" are wanted");
		goto done;
	}
	rc = 0;
	s->params = mem_array(json_len(list), sizeof *s->params);
	for (; s->nparams < json_len(list) && rc == 0; s->nparams++)
		rc = read_entry(&s->params[s->nparams], json_at(list, s->nparams), s->nparams, e);
done:
	json_free(root);
	buf_free(&text);
	return rc < 0 ? err_wrap(e, "--params %s", path) : 0;
}

const struct scan_param *
scan_params_find(const struct scan *s, const struct sym *sym, const char *interval)
{
	const struct scan_param *any = NULL;

	for (size_t i = 0; i < s->nparams; i++) {
		const struct scan_param *p = &s->params[i];

		if (strcmp(p->sym, "*") == 0)
			any = p;
		else if (strcmp(p->sym, sym->name) == 0 && strcmp(p->interval, interval) == 0)
			return p;
	}
	return any;
}

static void
put_f64(struct buf *out, double v)
{
	char t[NUM_MAX];

	buf_put(out, t, (size_t)(num_put_f64(t, v) - t));
}

int
scan_params_save(const struct scan *s, const char *path, struct err *e)
{
	struct buf out = { 0 };
	char t[TIM_LEN];
	int rc;

	buf_puts(&out, "{\"rules\":\"chen-tsai\",\"fit_until\":\"");
	buf_put(&out, t, (size_t)(tim_put(t, s->o.fit_until) - t));
	buf_puts(&out, "\",\"series\":[");
	for (size_t i = 0; i < s->nseries; i++) {
		const struct scan_series *x = s->series[i];

		buf_printf(&out, "%s\n{\"sym\":\"%s\",\"interval\":", i ? "," : "", x->sym->name);
		rec_put_string(&out, str_z(x->interval));
		buf_puts(&out, ",\"slope_atr\":");
		put_f64(&out, x->params.slope_atr);
		buf_printf(&out, ",\"bars\":%llu}", (unsigned long long)x->fitted_on);
	}
	buf_puts(&out, "\n]}\n");
	rc = io_file_replace(path, out.p, out.len, e);
	buf_free(&out);
	return rc < 0 ? err_wrap(e, "--save-params") : 0;
}

void
scan_params_free(struct scan *s)
{
	for (size_t i = 0; i < s->nparams; i++) {
		free(s->params[i].sym);
		free(s->params[i].interval);
	}
	free(s->params);
}
