#include "rl/span.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "base/tim.h"
#include "rl/market_env.h"
#include "rl/run.h"

int
rl_cal_parse(const char *option, const char *text, struct rl_cal *c, struct err *e)
{
	size_t n = text ? strlen(text) : 0;
	int64_t months = 0, v;

	*c = (struct rl_cal){ 0 };
	if (!text)
		return 0;
	if (n > 1 && text[n - 1] == 'y')
		months = 12;
	else if (n > 2 && strcmp(text + n - 2, "mo") == 0)
		months = 1;
	if (months && num_i64(text, n - (months == 12 ? 1 : 2), &v) && v > 0 && v <= 6000) {
		c->months = v * months;
		return 0;
	}
	if (!months && tim_span(text, n, &c->ns) && c->ns > 0)
		return 0;
	return err_set(e, ERR_USAGE,
	    "--%s: '%s' is no span of time; want 2y, 6mo, 180d, 12h or the like", option, text);
}

int64_t
rl_cal_add(int64_t t, const struct rl_cal *c, int64_t k)
{
	int64_t day = tim_day(t), in_day = t - day * TIM_DAY, months, at;
	int y, m, d;

	if (c->months == 0)
		return num_held((num_i128)t + (num_i128)c->ns * k);
	tim_civil(day, &y, &m, &d);
	months = (int64_t)y * 12 + m - 1 + c->months * k;
	if (months < 1700 * 12 || months > 2260 * 12) /* int64 nanoseconds end near there */
		return months < 1700 * 12 ? INT64_MIN + 1 : INT64_MAX;
	y = (int)(months / 12);
	m = (int)(months % 12) + 1;
	at = tim_days(y, m, 1) + d - 1;
	int64_t last = (m == 12 ? tim_days(y + 1, 1, 1) : tim_days(y, m + 1, 1)) - 1;
	return (at > last ? last : at) * TIM_DAY + in_day;
}

static int
parse_time(const char *option, const char *text, int64_t *t, struct err *e)
{
	*t = TIM_NONE;
	if (text && !tim_parse(text, strlen(text), t, NULL))
		return err_set(e, ERR_USAGE, "--%s: '%s' is no time; want 2016-01-01 or RFC 3339",
		    option, text);
	return 0;
}

static int
nothing(int64_t from, int64_t to, int64_t first, int64_t last, struct err *e)
{
	char a[TIM_LEN + 1] = "", b[TIM_LEN + 1] = "";

	*tim_put(a, first) = '\0';
	*tim_put(b, last) = '\0';
	if (to > first && from <= last)
		return err_set(e, ERR_USAGE, "--from is not before --to: are they swapped?");
	return err_set(e, ERR_DATA,
	    "the data has nothing between --from and --to: its columns are there from %.10s to "
	    "%.10s",
	    a, b);
}

/* From the first usable instant to behind the last, where --from and --to do not say less. */
static int
look(struct rl_spans *s, const struct rl_train *o, struct err *e)
{
	struct rl_env *v = rl_run_env(o, o->env, 1, e);
	int64_t first = 0, last = 0;
	int rc = 0;

	if (!v)
		return e->code;
	if (!rl_market_of(v))
		rc = err_set(e, ERR_USAGE,
		    "--from, --to, --valid-part and --walk-forward are about spans of a market: "
		    "--env market or --pipeline; %s has none",
		    v->kind->name);
	else if (rl_market_span(v, &first, &last) < 2)
		rc = err_set(e, ERR_DATA, "the market has no two instants that episodes may use");
	if (rc == 0) {
		s->from = s->from == TIM_NONE || s->from < first ? first : s->from;
		s->to = s->to == TIM_NONE || s->to > last ? last + 1 : s->to;
		if (s->from >= s->to)
			rc = nothing(s->from, s->to, first, last, e);
	}
	rl_env_free(v);
	return rc;
}

static int
check_walk(const struct rl_train *o, struct err *e)
{
	if (o->walk && (!o->train_span || !o->test_span))
		return err_set(e, ERR_USAGE,
		    "--walk-forward needs --train-span SPAN and --test-span SPAN (2y, 6mo, 180d)");
	if (!o->walk &&
	    (o->train_span || o->test_span || o->oos || o->folds || o->keep_folds || o->refit))
		return err_set(e, ERR_USAGE,
		    "--train-span, --test-span, --folds, --oos, --keep-folds and --refit go with "
		    "--walk-forward");
	if (o->keep_folds && !o->out)
		return err_set(e, ERR_USAGE, "--keep-folds needs --out FILE to name the files by");
	if (o->valid_part >= 1)
		return err_set(e, ERR_USAGE, "--valid-part must be below 1");
	if (o->walk && o->valid_env)
		return err_set(e, ERR_USAGE,
		    "--walk-forward validates on the end of each training span: --valid-part, not "
		    "--valid-env");
	return 0;
}

int
rl_spans_open(struct rl_spans *s, const struct rl_train *o, struct err *e)
{
	bool asked = o->walk || o->from || o->to || o->valid_part > 0;
	int rc = check_walk(o, e);

	*s = (struct rl_spans){ .from = TIM_NONE, .to = TIM_NONE };
	s->anchored = o->walk == RL_WALK_ANCHORED;
	s->folds = o->folds;
	s->valid_part = o->valid_part >= 0 ? o->valid_part : o->walk ? 0.2 : 0;
	if (rc == 0)
		rc = parse_time("from", o->from, &s->from, e);
	if (rc == 0)
		rc = parse_time("to", o->to, &s->to, e);
	if (rc == 0)
		rc = rl_cal_parse("train-span", o->train_span, &s->train, e);
	if (rc == 0)
		rc = rl_cal_parse("test-span", o->test_span, &s->test, e);
	if (rc == 0)
		rc = rl_cal_parse("purge", o->purge, &s->purge, e);
	if (rc == 0)
		rc = rl_cal_parse("embargo", o->embargo, &s->embargo, e);
	if (rc == 0 && asked)
		rc = look(s, o, e);
	struct rl_fold f;
	if (rc == 0 && o->walk && !rl_spans_fold(s, 0, &f))
		rc = err_set(e, ERR_DATA,
		    "--train-span is as long as the data, or --purge as the training span: there "
		    "is no first fold");
	return rc;
}

bool
rl_spans_fold(const struct rl_spans *s, int64_t k, struct rl_fold *f)
{
	bool walk = s->test.months || s->test.ns;
	int64_t a = s->from, b = s->to, c = b, v;

	if (k < 0 || s->from == TIM_NONE || (walk ? s->folds && k >= s->folds : k > 0))
		return false;
	if (walk) {
		/* counted from the first, so that tests join and months lose no days on the way */
		int64_t first = rl_cal_add(s->from, &s->train, 1);

		b = rl_cal_add(first, &s->test, k);
		c = rl_cal_add(first, &s->test, k + 1);
		a = s->anchored || k == 0 ? s->from : rl_cal_add(b, &s->train, -1);
	}
	v = b;
	if (s->valid_part > 0) {
		v = b - (int64_t)((double)(b - a) * s->valid_part);
		if (b - a >= 20 * TIM_DAY)
			v = tim_floor(v, TIM_DAY);
	}
	*f = (struct rl_fold){ .train_from = a,
		.train_to = rl_cal_add(v, &s->purge, v < b || walk ? -1 : 0),
		.valid_from = rl_cal_add(v, &s->embargo, 1),
		.valid_to = rl_cal_add(b, &s->purge, walk ? -1 : 0),
		.test_from = rl_cal_add(b, &s->embargo, 1),
		.test_to = c };
	/* cut short to less than half it says little, and costs a training */
	if (walk && (f->test_from >= s->to ||
			(s->to < f->test_to && s->to - f->test_from < f->test_to - s->to)))
		return false;
	if (f->test_to > s->to)
		f->test_to = s->to;
	if (v == b)
		f->valid_from = f->valid_to = f->train_to;
	return f->train_to > a && (v == b || f->valid_to > f->valid_from) &&
	       (!walk || f->test_to > f->test_from);
}

void
rl_span_env(struct buf *out, const char *env, int64_t from, int64_t to)
{
	char a[TIM_LEN], b[TIM_LEN];

	tim_put(a, from);
	tim_put(b, to);
	buf_clear(out);
	buf_printf(
	    out, "%s,random-start=false,steps=0,from=%.*s,to=%.*s", env, TIM_LEN, a, TIM_LEN, b);
	buf_z(out);
}

void
rl_plan_make(struct rl_plan *p, const struct rl_train *o, const struct rl_fold *f)
{
	char a[TIM_LEN], b[TIM_LEN];

	*p = (struct rl_plan){ .o = *o };
	if (!f) {
		buf_puts(&p->train, o->env);
		buf_puts(&p->valid, o->valid_env ? o->valid_env : o->env);
	} else {
		tim_put(a, f->train_from);
		tim_put(b, f->train_to);
		buf_printf(&p->train, "%s,from=%.*s,to=%.*s", o->env, TIM_LEN, a, TIM_LEN, b);
		p->whole = f->valid_to > f->valid_from;
		if (p->whole)
			rl_span_env(&p->valid, o->env, f->valid_from, f->valid_to);
		else
			buf_puts(&p->valid, o->valid_env ? o->valid_env : buf_z(&p->train));
	}
	if (p->whole && !o->eval_every)
		p->o.eval_every = o->o.steps >= 20 ? o->o.steps / 20 : 1;
	if (f && !p->whole && !o->valid_env)
		p->o.eval_every = p->o.patience = 0; /* there is nothing to validate on */
	buf_z(&p->train);
	buf_z(&p->valid);
}

void
rl_plan_free(struct rl_plan *p)
{
	buf_free(&p->train);
	buf_free(&p->valid);
}
