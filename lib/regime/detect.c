#include "regime/detect.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

const struct det_kind *const det_kinds[] = { &det_hmm, &det_ewma, &det_vol_quantile, &det_cusum,
	&det_bocpd, &det_trend, &det_phase, NULL };

static const struct det_kind *
find(struct str name, struct err *e)
{
	char all[160] = "";

	for (int i = 0; det_kinds[i]; i++) {
		if (str_eqz(name, det_kinds[i]->name))
			return det_kinds[i];
		size_t n = strlen(all);
		snprintf(all + n, sizeof all - n, "%s%s", i ? ", " : "", det_kinds[i]->name);
	}
	err_set(e, ERR_USAGE, "no model '%.*s'; there are %s", STR_FMT(str_cut(name, 60)), all);
	return NULL;
}

static int
set_param(struct det *d, struct str word, struct err *e)
{
	const char *eq = memchr(word.p, '=', word.n);
	struct str key = { word.p, (size_t)(eq - word.p) };
	struct str text = { eq + 1, word.n - key.n - 1 };
	char all[160] = "";

	for (int i = 0; i < DET_PARAMS && d->kind->params[i].name; i++) {
		const struct det_param *p = &d->kind->params[i];
		double v;

		size_t n = strlen(all);
		snprintf(all + n, sizeof all - n, "%s%s=%g", i ? ", " : "", p->name, p->dflt);
		if (!str_eqz(key, p->name))
			continue;
		if (!num_f64(text.p, text.n, &v) || !(v >= p->lo && v <= p->hi) ||
		    (p->whole && v != floor(v)))
			return err_set(e, ERR_USAGE,
			    "%s: %s must be a %snumber from %g to %g, not '%.*s'", d->kind->name,
			    p->name, p->whole ? "whole " : "", p->lo, p->hi,
			    STR_FMT(str_cut(text, 60)));
		d->par[i] = v;
		return 0;
	}
	return err_set(e, ERR_USAGE, "%s: no parameter '%.*s'; there are (with defaults) %s",
	    d->kind->name, STR_FMT(str_cut(key, 60)), all[0] ? all : "none");
}

static int
load(struct det *d, struct str path, struct err *e)
{
	if (!d->kind->takes_file || d->has_model)
		return err_set(e, ERR_USAGE, "%s: '%.*s' is no key=value", d->kind->name,
		    STR_FMT(str_cut(path, 200)));
	char *z = mem_dup(path.p, path.n);
	d->has_model = true;
	int rc = regime_model_read(&d->model, z, e);
	free(z);
	return rc;
}

static int
read_words(struct det *d, struct str text, struct err *e)
{
	int rc = 0;

	while (text.n > 0 && rc == 0) {
		const char *colon = memchr(text.p + 1, ':', text.n - 1);
		struct str word = { text.p + 1,
			(size_t)((colon ? colon : text.p + text.n) - text.p) - 1 };

		text = (struct str){ text.p + 1 + word.n, text.n - 1 - word.n };
		if (word.n == 0)
			return err_set(
			    e, ERR_USAGE, "%s: nothing between two colons", d->kind->name);
		rc = memchr(word.p, '=', word.n) ? set_param(d, word, e) : load(d, word, e);
	}
	if (rc == 0 && d->kind->file_needed && !d->has_model)
		return err_set(e, ERR_USAGE, "%s needs a model file: %s:MODEL.json", d->kind->name,
		    d->kind->name);
	return rc;
}

struct det *
det_new(const char *text, double enter, double leave, struct err *e)
{
	struct str name = { text, strcspn(text, ":") };
	const struct det_kind *k = find(name, e);
	struct det *d;

	if (!k)
		return NULL;
	d = mem_alloc(sizeof *d);
	d->kind = k;
	d->enter = enter;
	d->leave = leave;
	for (int i = 0; i < DET_PARAMS && k->params[i].name; i++)
		d->par[i] = k->params[i].dflt;
	int rc = read_words(d, str_z(text + name.n), e);
	if (rc == 0 && k->check)
		rc = k->check(d, e);
	if (rc < 0) {
		det_free(d);
		return NULL;
	}
	snprintf(d->name, sizeof d->name, "%s%s%s", k->name, d->has_model ? ":" : "",
	    d->has_model ? d->model.name : "");
	return d;
}

void
det_free(struct det *d)
{
	if (!d)
		return;
	regime_model_free(&d->model);
	free(d->plan);
	free(d);
}

int
det_hold(const double *probs, int k, int now, double enter, double leave)
{
	int best = 0;

	for (int j = 1; j < k; j++)
		if (probs[j] > probs[best])
			best = j;
	if (now < 0)
		return best;
	return best != now && probs[best] >= enter && probs[now] < leave ? best : now;
}
