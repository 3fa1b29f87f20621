#include "feat/call.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

struct scan {
	const char *text, *p, *option;
	struct err *e;
};

static void
blanks(struct scan *s)
{
	while (*s->p == ' ' || *s->p == '\t' || *s->p == '\n')
		s->p++;
}

static int
wanted(const struct scan *s, const char *what)
{
	if (!*s->p)
		return err_set(s->e, ERR_USAGE, "--%s '%s': it ends where %s should be", s->option,
		    s->text, what);
	return err_set(
	    s->e, ERR_USAGE, "--%s '%s': at '%.20s': expected %s", s->option, s->text, s->p, what);
}

/* Letters, digits and what column names and numbers are made of. */
static int
word(struct scan *s, char out[FEAT_CALL_WORD], const char *what)
{
	size_t n =
	    strspn(s->p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.@+-");

	if (n == 0)
		return wanted(s, what);
	if (n >= FEAT_CALL_WORD)
		return err_set(s->e, ERR_USAGE, "--%s: '%.20s...' is longer than %d characters",
		    s->option, s->p, FEAT_CALL_WORD - 1);
	memcpy(out, s->p, n);
	out[n] = '\0';
	s->p += n;
	blanks(s);
	return 0;
}

static int
arguments(struct scan *s, struct feat_call *c)
{
	do {
		s->p++;
		blanks(s);
		if (c->nargs == FEAT_CALL_ARGS)
			return wanted(s, "no more than four arguments");
		int rc = word(s, c->arg[c->nargs++], "an argument");
		if (rc)
			return rc;
	} while (*s->p == ',');
	if (*s->p != ')')
		return wanted(s, "',' or ')'");
	s->p++;
	blanks(s);
	return 0;
}

static int
call(struct scan *s, struct feat_call *c)
{
	int rc = word(s, c->name, "a name");

	if (rc == 0 && *s->p == '=') {
		memcpy(c->as, c->name, sizeof c->as);
		s->p++;
		blanks(s);
		rc = word(s, c->name, "a name");
	}
	if (rc == 0 && *s->p == '(')
		rc = arguments(s, c);
	if (rc == 0 && *s->p && *s->p != ',')
		return wanted(s, "',' between two calls");
	return rc;
}

int
feat_calls_parse(
    const char *text, const char *option, struct feat_call **v, size_t *n, struct err *e)
{
	struct scan s = { text, text, option, e };
	size_t cap = 0;

	*v = NULL;
	*n = 0;
	for (;;) {
		blanks(&s);
		*v = mem_grow(*v, &cap, *n, sizeof **v);
		int rc = call(&s, &(*v)[*n]);
		if (rc)
			return rc;
		++*n;
		if (!*s.p)
			return 0;
		s.p++;
	}
}

int
feat_call_int(const struct feat_call *c, size_t i, int64_t lo, int64_t hi, int64_t dflt,
    int64_t *out, struct err *e)
{
	*out = dflt;
	if (i >= c->nargs)
		return dflt >= lo
			   ? 0
			   : err_set(e, ERR_USAGE, "%s: argument %zu is missing", c->name, i + 1);
	if (!num_i64(c->arg[i], strlen(c->arg[i]), out) || *out < lo || *out > hi)
		return err_set(e, ERR_USAGE, "%s: '%s' is no whole number from %lld to %lld",
		    c->name, c->arg[i], (long long)lo, (long long)hi);
	return 0;
}

int
feat_call_num(const struct feat_call *c, size_t i, double lo, double hi, double dflt, double *out,
    struct err *e)
{
	*out = dflt;
	if (i >= c->nargs)
		return 0;
	if (!num_f64(c->arg[i], strlen(c->arg[i]), out) || *out < lo || *out > hi)
		return err_set(e, ERR_USAGE, "%s: '%s' is no number from %g to %g", c->name,
		    c->arg[i], lo, hi);
	return 0;
}

int
feat_call_count(const struct feat_call *c, size_t lo, size_t hi, struct err *e)
{
	if (c->nargs >= lo && c->nargs <= hi)
		return 0;
	if (lo == hi)
		return err_set(e, ERR_USAGE, "%s takes %zu argument%s, not %zu", c->name, lo,
		    lo == 1 ? "" : "s", c->nargs);
	return err_set(
	    e, ERR_USAGE, "%s takes %zu to %zu arguments, not %zu", c->name, lo, hi, c->nargs);
}
