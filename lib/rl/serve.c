#include "rl/serve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rec/codec.h"
#include "rec/json.h"

void
rl_server_init(struct rl_server *s, struct rl_env *v, struct err *e)
{
	*s = (struct rl_server){ .v = v, .err = e };
	v->err = e;
	s->market = rl_market_of(v);
	s->width = v->act.kind == RL_BOX ? v->act.n : 1;
	s->live = mem_array(v->n, sizeof *s->live);
	s->which = mem_array(v->n, sizeof *s->which);
	s->outs = mem_array(v->n, sizeof *s->outs);
	s->acts = mem_array(v->n * s->width, sizeof *s->acts);
	s->obs = mem_array(v->n * v->nobs, sizeof *s->obs);
}

void
rl_server_free(struct rl_server *s)
{
	free(s->live);
	free(s->which);
	free(s->outs);
	free(s->acts);
	free(s->obs);
	buf_free(&s->out);
}

/* ---- answers ---- */
static void
put_number(struct buf *b, double v)
{
	char *o = buf_room(b, NUM_MAX);

	b->len = (size_t)(num_put_f64(o, isfinite(v) ? v : 0) - b->p);
}

/* Nine digits are enough to read a float back. */
static void
put_float(struct buf *b, float v)
{
	if (v == 0 || v == 1 || v == -1)
		buf_puts(b, v == 0 ? "0" : v == 1 ? "1" : "-1");
	else
		buf_printf(b, "%.9g", isfinite(v) ? (double)v : 0);
}

static void
put_names(struct buf *b, const char *key, const char *const *names, size_t n)
{
	buf_printf(b, "\"%s\":[", key);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_putc(b, ',');
		rec_put_string(b, str_z(names[i]));
	}
	buf_putc(b, ']');
}

static void
put_bounds(struct buf *b, const char *key, const double *v, size_t n)
{
	buf_printf(b, ",\"%s\":[", key);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_putc(b, ',');
		put_number(b, v[i]);
	}
	buf_putc(b, ']');
}

static int
answer_spec(struct rl_server *s)
{
	const struct rl_env *v = s->v;
	struct buf *b = &s->out;

	buf_printf(
	    b, "{\"env\":\"%s\",\"envs\":%zu,\"obs_size\":%zu,", v->kind->name, v->n, v->nobs);
	put_names(b, "obs_names", v->obs_names, v->nobs);
	buf_printf(b, ",\"action\":{\"kind\":\"%s\",\"n\":%zu,",
	    v->act.kind == RL_BOX ? "box" : "discrete", v->act.n);
	put_names(b, "names", v->act.names, v->act.names ? v->act.n : 0);
	if (v->act.kind == RL_BOX) {
		put_bounds(b, "low", v->act.lo, v->act.n);
		put_bounds(b, "high", v->act.hi, v->act.n);
	}
	buf_printf(b, "},\"most_steps\":%lld", (long long)v->most_steps);
	if (v->data_hash)
		buf_printf(b, ",\"data_hash\":\"%s\"", v->data_hash);
	buf_puts(b, "}\n");
	return 0;
}

static void
put_obs(struct rl_server *s)
{
	struct buf *b = &s->out;

	buf_puts(b, "\"obs\":[");
	for (size_t k = 0; k < s->nwhich; k++) {
		buf_puts(b, k ? ",[" : "[");
		for (size_t i = 0; i < s->v->nobs; i++) {
			if (i)
				buf_putc(b, ',');
			put_float(b, s->obs[k * s->v->nobs + i]);
		}
		buf_putc(b, ']');
	}
	buf_putc(b, ']');
}

static void
put_account(struct rl_server *s)
{
	struct buf *b = &s->out;

	if (!s->market)
		return;
	buf_puts(b, ",\"equity\":[");
	for (size_t k = 0; k < s->nwhich; k++) {
		const struct market_copy *c = rl_env_copy(s->v, s->which[k]);
		char *o;

		if (k)
			buf_putc(b, ',');
		o = buf_room(b, NUM_MAX);
		b->len = (size_t)(num_put_cash(o, c->equity) - b->p);
	}
	buf_puts(b, "],\"ts\":[");
	for (size_t k = 0; k < s->nwhich; k++) {
		const struct market_copy *c = rl_env_copy(s->v, s->which[k]);
		char *o;

		buf_puts(b, k ? ",\"" : "\"");
		o = buf_room(b, TIM_LEN);
		b->len = (size_t)(tim_put(o, c->market->at[c->t].ts) - b->p);
		buf_putc(b, '"');
	}
	buf_putc(b, ']');
}

/* ---- requests ---- */
/* "env": which copies; all of them without it. */
static int
read_which(struct rl_server *s, const struct json *req)
{
	const struct json *list = json_get(req, "env");
	size_t n = list ? json_len(list) : s->v->n;

	if (list && (json_kind(list) != JSON_IS_ARRAY || n == 0 || n > s->v->n))
		return err_set(
		    s->err, ERR_DATA, "\"env\" is not a list of 1 to %zu copies", s->v->n);
	for (size_t k = 0; k < n; k++) {
		int64_t i = (int64_t)k;

		if (list && (!json_i64(json_at(list, k), &i) || i < 0 || (size_t)i >= s->v->n))
			return err_set(s->err, ERR_DATA,
			    "\"env\" has something that is no copy (0 to %zu)", s->v->n - 1);
		for (size_t j = 0; list && j < k; j++)
			if (s->which[j] == (size_t)i)
				return err_set(s->err, ERR_DATA, "\"env\" names copy %lld twice",
				    (long long)i);
		s->which[k] = (size_t)i;
	}
	s->nwhich = n;
	return 0;
}

static int
read_seed(struct rl_server *s, const struct json *seed, size_t k, uint64_t *out)
{
	int64_t v;

	if (!seed) {
		*out = s->next_seed++;
		return 0;
	}
	if (json_kind(seed) == JSON_IS_ARRAY && json_len(seed) != s->nwhich)
		return err_set(s->err, ERR_DATA, "\"seed\" has %zu numbers for %zu copies",
		    json_len(seed), s->nwhich);
	const struct json *one = json_kind(seed) == JSON_IS_ARRAY ? json_at(seed, k) : seed;
	if (!json_i64(one, &v) || v < 0)
		return err_set(s->err, ERR_DATA, "a seed is a whole number from 0 up");
	/* one seed for many copies: they still differ */
	*out = (uint64_t)v + (one == seed ? k : 0);
	s->next_seed = *out + 1;
	return 0;
}

static int
answer_reset(struct rl_server *s, const struct json *req)
{
	int rc = read_which(s, req);

	for (size_t k = 0; k < s->nwhich && rc == 0; k++) {
		uint64_t seed = 0;

		rc = read_seed(s, json_get(req, "seed"), k, &seed);
		if (rc == 0)
			rc = rl_env_reset(s->v, s->which[k], seed, s->obs + k * s->v->nobs);
		s->live[s->which[k]] = rc == 0;
	}
	if (rc)
		return rc;
	buf_putc(&s->out, '{');
	put_obs(s);
	put_account(s);
	buf_puts(&s->out, "}\n");
	return 0;
}

static int
read_number(struct rl_server *s, const struct json *j, size_t dim, float *out)
{
	const struct rl_space *a = &s->v->act;
	double v;

	if (!json_f64(j, &v))
		return err_set(s->err, ERR_DATA, "an action is %s",
		    a->kind == RL_BOX ? "a list of numbers" : "a whole number");
	if (a->kind == RL_DISCRETE && (v != floor(v) || v < 0 || v >= (double)a->n))
		return err_set(s->err, ERR_DATA, "the action %g is none of 0 to %zu", v, a->n - 1);
	if (a->kind == RL_BOX) /* held to the box, here already: a float may not hold it */
		v = v < a->lo[dim] ? a->lo[dim] : v > a->hi[dim] ? a->hi[dim] : v;
	*out = (float)v;
	return 0;
}

static int
read_action(struct rl_server *s, const struct json *j, float *act)
{
	int rc = 0;

	if (json_kind(j) != JSON_IS_ARRAY && s->width == 1)
		return read_number(s, j, 0, act);
	if (json_kind(j) != JSON_IS_ARRAY || json_len(j) != s->width)
		return err_set(s->err, ERR_DATA, "an action is a list of %zu numbers", s->width);
	for (size_t i = 0; i < s->width && rc == 0; i++)
		rc = read_number(s, json_at(j, i), i, &act[i]);
	return rc;
}

static void
put_flags(struct rl_server *s, const char *key, bool terminated)
{
	buf_printf(&s->out, ",\"%s\":[", key);
	for (size_t k = 0; k < s->nwhich; k++)
		buf_printf(&s->out, "%s%s", k ? "," : "",
		    (terminated ? s->outs[k].terminated : s->outs[k].truncated) ? "true" : "false");
	buf_putc(&s->out, ']');
}

static int
step_all(struct rl_server *s, const struct json *list)
{
	int rc = 0;

	/* all is read before the first copy moves */
	for (size_t k = 0; k < s->nwhich && rc == 0; k++) {
		if (!s->live[s->which[k]])
			return err_set(s->err, ERR_DATA,
			    "copy %zu has no episode: it has ended or was not reset", s->which[k]);
		rc = read_action(s, json_at(list, k), s->acts + k * s->width);
	}
	for (size_t k = 0; k < s->nwhich && rc == 0; k++) {
		struct rl_out *o = &s->outs[k];

		*o = (struct rl_out){ 0 };
		rc = rl_env_step(
		    s->v, s->which[k], s->acts + k * s->width, s->obs + k * s->v->nobs, o);
		if (o->terminated || o->truncated)
			s->live[s->which[k]] = false;
	}
	return rc;
}

static int
answer_step(struct rl_server *s, const struct json *req)
{
	const struct json *list = json_get(req, "action");
	int rc = read_which(s, req);

	if (rc)
		return rc;
	if (json_kind(list) != JSON_IS_ARRAY || json_len(list) != s->nwhich)
		return err_set(
		    s->err, ERR_DATA, "\"action\" is not a list of %zu actions", s->nwhich);
	rc = step_all(s, list);
	if (rc)
		return rc;
	buf_putc(&s->out, '{');
	put_obs(s);
	buf_puts(&s->out, ",\"reward\":[");
	for (size_t k = 0; k < s->nwhich; k++) {
		if (k)
			buf_putc(&s->out, ',');
		put_number(&s->out, s->outs[k].reward);
	}
	buf_putc(&s->out, ']');
	put_flags(s, "terminated", true);
	put_flags(s, "truncated", false);
	put_account(s);
	buf_puts(&s->out, "}\n");
	return 0;
}

/* A key with a slip in it would be left out of account in silence: a "sed" is no seed. */
static int
check_keys(struct rl_server *s, const struct json *req)
{
	static const char *const keys[] = { "cmd", "env", "seed", "action" };

	for (size_t i = 0; i < json_len(req); i++) {
		struct str key = json_key_at(req, i);
		size_t k = 0;

		while (k < sizeof keys / sizeof *keys && !str_eqz(key, keys[k]))
			k++;
		if (k == sizeof keys / sizeof *keys)
			return err_set(s->err, ERR_DATA,
			    "a request has no \"%.*s\"; there are cmd, env, seed and action",
			    STR_FMT(str_cut(key, 40)));
	}
	return 0;
}

int
rl_server_answer(struct rl_server *s, const char *p, size_t n)
{
	struct json *req = json_parse_text(p, n, s->err);
	struct str cmd;
	int rc;

	if (!req)
		return s->err->code;
	if (!json_text(json_get(req, "cmd"), &cmd))
		rc = err_set(s->err, ERR_DATA,
		    "no \"cmd\"; requests are {\"cmd\":\"spec\"}, reset, step and close");
	else if ((rc = check_keys(s, req)) < 0)
		;
	else if (str_eqz(cmd, "step"))
		rc = answer_step(s, req);
	else if (str_eqz(cmd, "reset"))
		rc = answer_reset(s, req);
	else if (str_eqz(cmd, "spec"))
		rc = answer_spec(s);
	else if (str_eqz(cmd, "close"))
		rc = 0, s->closed = true;
	else
		rc = err_set(s->err, ERR_DATA,
		    "the command '%.*s' is none of spec, reset, step and close",
		    STR_FMT(str_cut(cmd, 40)));
	json_free(req);
	return rc;
}
