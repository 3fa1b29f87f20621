#include "rl/env.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

extern const struct rl_env_kind rl_env_cartpole, rl_env_ou, rl_env_almgren_chriss, rl_env_sine,
    rl_env_leak, rl_env_noise, rl_env_recall, rl_env_garleanu_pedersen, rl_env_market;

const struct rl_env_kind *const rl_env_kinds[] = {
	&rl_env_cartpole,
	&rl_env_ou,
	&rl_env_almgren_chriss,
	&rl_env_sine,
	&rl_env_leak,
	&rl_env_noise,
	&rl_env_recall,
	&rl_env_garleanu_pedersen,
	&rl_env_market,
	NULL,
};

const struct rl_env_kind *
rl_env_find(const char *name)
{
	for (size_t i = 0; rl_env_kinds[i]; i++)
		if (strcmp(rl_env_kinds[i]->name, name) == 0)
			return rl_env_kinds[i];
	return NULL;
}

static int
fail_unknown(struct err *e, const char *name)
{
	struct buf b = { 0 };

	for (size_t i = 0; rl_env_kinds[i]; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", rl_env_kinds[i]->name);
	err_set(e, ERR_USAGE, "environment '%s' is not known; there are %s", name, buf_z(&b));
	buf_free(&b);
	return ERR_USAGE;
}

static void
list_key(const struct opt *o, size_t off, void *arg)
{
	struct buf *b = arg;

	(void)off;
	buf_printf(b, "%s%s=%s", b->len ? ", " : "", o->name, o->dflt ? o->dflt : "");
}

static int
fail_unknown_key(struct err *e, const struct rl_env_kind *kind, const char *key)
{
	struct buf b = { 0 };

	opt_each(kind->opts, 0, list_key, &b);
	err_set(e, ERR_USAGE, "%s has no parameter '%s'; it has (with defaults) %s", kind->name,
	    key, b.len ? buf_z(&b) : "none");
	buf_free(&b);
	return ERR_USAGE;
}

static int
set_param(struct rl_env *v, const struct rl_param *p, struct err *e)
{
	const struct rl_env_kind *kind = v->kind;
	size_t off = 0;
	const struct opt *o =
	    kind->opts ? opt_find(kind->opts, p->key, strlen(p->key), 0, &off) : NULL;

	if (!o)
		return fail_unknown_key(e, kind, p->key);
	v->texts = mem_resize(v->texts, v->ntexts + 1, sizeof *v->texts);
	char *text = v->texts[v->ntexts++] = mem_dup(p->value, strlen(p->value));
	if (opt_set(o, v, off, text, e) == 0)
		return 0;
	/* The words were made for the command line: "--cost: ..." */
	size_t dashes = strspn(e->msg, "-");
	memmove(e->msg, e->msg + dashes, strlen(e->msg + dashes) + 1);
	return err_wrap(e, "%s", kind->name);
}

struct rl_env *
rl_env_make(const struct rl_env_kind *kind, const struct rl_param *params, size_t nparams, size_t n,
    struct err *e)
{
	struct rl_env *v = mem_alloc(kind->size);
	int rc = kind->opts ? opt_defaults(kind->opts, v, e) : 0;

	v->kind = kind;
	v->err = &v->own_err;
	v->copy_size = kind->copy_size;
	v->n = n;
	for (size_t i = 0; i < nparams && rc == 0; i++)
		rc = set_param(v, &params[i], e);
	if (rc == 0)
		rc = kind->open(v, e);
	if (rc < 0) {
		v->n = 0;
		rl_env_free(v);
		return NULL;
	}
	v->copies = mem_array(n, v->copy_size);
	return v;
}

struct rl_env *
rl_env_new(const char *text, size_t n, struct err *e)
{
	char *name = mem_dup(text, strlen(text)), *rest = strchr(name, ',');
	struct rl_param *params = NULL;
	size_t nparams = 0;
	struct rl_env *v = NULL;
	const struct rl_env_kind *kind;

	if (rest)
		*rest++ = '\0';
	kind = rl_env_find(name);
	if (!kind) {
		fail_unknown(e, name);
		goto done;
	}
	while (rest) {
		char *key = rest, *value;

		rest = strchr(key, ',');
		if (rest)
			*rest++ = '\0';
		value = strchr(key, '=');
		if (!value) {
			err_set(e, ERR_USAGE, "%s: '%s' is not key=value", name, key);
			goto done;
		}
		*value++ = '\0';
		params = mem_resize(params, nparams + 1, sizeof *params);
		params[nparams++] = (struct rl_param){ key, value };
	}
	v = rl_env_make(kind, params, nparams, n, e);
done:
	free(params);
	free(name);
	return v;
}

void
rl_env_free(struct rl_env *v)
{
	if (!v)
		return;
	if (v->kind->close_copy)
		for (size_t i = 0; i < v->n && v->copies; i++)
			v->kind->close_copy(v, rl_env_copy(v, i));
	if (v->kind->close)
		v->kind->close(v);
	free(v->copies);
	if (v->kind->opts)
		opt_release(v->kind->opts, v);
	for (size_t i = 0; i < v->ntexts; i++)
		free(v->texts[i]);
	free(v->texts);
	free(v);
}

/* One length and its bytes a copy. */
void
rl_env_save(const struct rl_env *v, struct buf *out)
{
	for (size_t i = 0; i < v->n; i++) {
		size_t at = out->len;
		uint64_t n = 0;

		buf_put(out, &n, sizeof n);
		if (v->kind->save)
			v->kind->save(v, rl_env_copy(v, i), out);
		else
			buf_put(out, rl_env_copy(v, i), v->copy_size);
		n = out->len - at - sizeof n;
		memcpy(out->p + at, &n, sizeof n);
	}
}

bool
rl_env_load(struct rl_env *v, const void *p, size_t n)
{
	const char *c = p;

	for (size_t i = 0; i < v->n; i++) {
		uint64_t len;

		if (n < sizeof len)
			return false;
		memcpy(&len, c, sizeof len);
		c += sizeof len;
		n -= sizeof len;
		if (len > n)
			return false;
		if (v->kind->load ? !v->kind->load(v, rl_env_copy(v, i), c, len)
				  : len != v->copy_size)
			return false;
		if (!v->kind->load)
			memcpy(rl_env_copy(v, i), c, len);
		if (v->kind->holds && !v->kind->holds(v, rl_env_copy(v, i)))
			return false;
		c += len;
		n -= len;
	}
	return n == 0;
}
