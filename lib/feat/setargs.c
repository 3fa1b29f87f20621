#include <stdlib.h>
#include <string.h>

#include "feat/setargs.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"

/* One argument at hand, for the messages. */
struct at {
	const char *set;
	const struct setarg *a;
	struct err *e;
};

static int
bad(const struct at *at, struct str v, const char *want)
{
	return err_set(
	    at->e, ERR_USAGE, "set %s: %s=%.*s: %s", at->set, at->a->name, STR_FMT(v), want);
}

static int
number(const struct at *at, struct str v, bool whole, double *out)
{
	const struct setarg *a = at->a;
	int64_t i;
	bool good = whole ? num_i64(v.p, v.n, &i) : num_f64(v.p, v.n, out);

	if (good && whole)
		*out = (double)i;
	if (good && *out >= a->lo && *out <= a->hi)
		return 0;
	return err_set(at->e, ERR_USAGE, "set %s: %s=%.*s: expected a%s number from %g to %g",
	    at->set, a->name, STR_FMT(v), whole ? " whole" : "", a->lo, a->hi);
}

/* The next part of a list; false when there is none left. */
static bool
part(struct str *rest, struct str *out)
{
	size_t n = 0;

	if (!rest->p)
		return false;
	while (n < rest->n && rest->p[n] != ';')
		n++;
	*out = (struct str){ rest->p, n };
	*rest = n < rest->n ? (struct str){ rest->p + n + 1, rest->n - n - 1 } : (struct str){ 0 };
	return true;
}

static int
ints(const struct at *at, struct str v, struct setarg_ints *out)
{
	struct str rest = v, p;
	double x = 0;
	int rc;

	out->n = 0;
	while (part(&rest, &p)) {
		if (out->n == SETARG_LIST)
			return bad(at, v, "too many numbers");
		if ((rc = number(at, p, true, &x)) < 0)
			return rc;
		for (size_t i = 0; i < out->n; i++)
			if (out->v[i] == (int)x)
				return bad(at, v, "a number stands there twice");
		out->v[out->n++] = (int)x;
	}
	return 0;
}

static int
f64s(const struct at *at, struct str v, struct setarg_f64s *out)
{
	struct str rest = v, p;
	int rc;

	out->n = 0;
	while (part(&rest, &p)) {
		if (out->n == SETARG_LIST)
			return bad(at, v, "too many numbers");
		if ((rc = number(at, p, false, &out->v[out->n])) < 0)
			return rc;
		out->n++;
	}
	return 0;
}

/* Index of a word in "a|b|c", or -1. */
static int
word(const char *words, struct str v)
{
	int i = 0;

	for (const char *p = words; *p; i++) {
		size_t n = strcspn(p, "|");

		if (n == v.n && memcmp(p, v.p, n) == 0)
			return i;
		p += n + (p[n] == '|');
	}
	return -1;
}

static int
words(const struct at *at, struct str v, unsigned *out)
{
	struct str rest = v, p;

	*out = 0;
	while (part(&rest, &p)) {
		int i = word(at->a->words, p);

		if (i < 0)
			return err_set(at->e, ERR_USAGE,
			    "set %s: %s: there is no \"%.*s\"; "
			    "there are %s",
			    at->set, at->a->name, STR_FMT(p), at->a->words);
		*out |= 1u << i;
	}
	return 0;
}

static int
value(const struct at *at, void *base, struct str v)
{
	char *to = (char *)base + at->a->off;
	double x = 0;
	int rc;

	switch (at->a->kind) {
	case SETARG_INT:
		if ((rc = number(at, v, true, &x)) == 0)
			*(int *)(void *)to = (int)x;
		return rc;
	case SETARG_F64: return number(at, v, false, (double *)(void *)to);
	case SETARG_INTS: return ints(at, v, (struct setarg_ints *)(void *)to);
	case SETARG_F64S: return f64s(at, v, (struct setarg_f64s *)(void *)to);
	case SETARG_WORDS: return words(at, v, (unsigned *)(void *)to);
	case SETARG_STR:
		if (!v.n)
			return bad(at, v, "expected a name");
		free(*(char **)(void *)to);
		*(char **)(void *)to = mem_dup(v.p, v.n);
		return 0;
	case SETARG_END: break;
	}
	return 0;
}

static int
pair(const struct setarg *tab, void *base, const char *set, struct str p, struct err *e)
{
	struct buf names = { 0 };
	size_t n = 0;
	int rc;

	while (n < p.n && p.p[n] != '=')
		n++;
	for (const struct setarg *a = tab; a->kind; a++) {
		if (strlen(a->name) != n || memcmp(a->name, p.p, n) != 0)
			continue;
		if (n == p.n)
			return err_set(e, ERR_USAGE, "set %s: %s needs a value: %s=VALUE", set,
			    a->name, a->name);
		return value(
		    &(struct at){ set, a, e }, base, (struct str){ p.p + n + 1, p.n - n - 1 });
	}
	for (const struct setarg *a = tab; a->kind; a++)
		buf_printf(&names, "%s%s", names.len ? ", " : "", a->name);
	rc = err_set(e, ERR_USAGE, "set %s has no argument \"%.*s\"; there are %s", set, (int)n,
	    p.p, buf_z(&names));
	buf_free(&names);
	return rc;
}

int
setargs_parse(
    const struct setarg *tab, void *base, const char *set, const char *args, struct err *e)
{
	while (args && *args) {
		size_t n = strcspn(args, ",:");
		int rc = pair(tab, base, set, (struct str){ args, n }, e);

		if (rc < 0)
			return rc;
		if (args[n] && !args[n + 1])
			return err_set(
			    e, ERR_USAGE, "set %s: nothing follows the last \"%c\"", set, args[n]);
		args += n + (args[n] != '\0');
	}
	return 0;
}

void
setargs_free(const struct setarg *tab, void *base)
{
	for (const struct setarg *a = tab; a->kind; a++)
		if (a->kind == SETARG_STR) {
			char **s = (char **)(void *)((char *)base + a->off);

			free(*s);
			*s = NULL;
		}
}
