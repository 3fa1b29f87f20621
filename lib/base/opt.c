#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/opt.h"
#include "base/tim.h"

#define AT(type, base, off) (*(type *)(void *)((char *)(base) + (off)))
#define AT_C(type, base, off) (*(type const *)(const void *)((const char *)(base) + (off)))

const struct opt *
opt_find(const struct opt *tab, const char *name, size_t n, char letter, size_t *off)
{
	if (!tab)
		return NULL;
	for (const struct opt *o = tab; o->kind != OPT_END; o++) {
		if (o->kind == OPT_GROUP) {
			const struct opt *in = opt_find(o->group, name, n, letter, off);

			if (in) {
				*off += o->off;
				return in;
			}
		} else if (letter ? o->letter == letter
				  : strlen(o->name) == n && memcmp(o->name, name, n) == 0) {
			*off = o->off;
			return o;
		}
	}
	return NULL;
}

void
opt_each(const struct opt *tab, size_t off, void (*fn)(const struct opt *o, size_t off, void *arg),
    void *arg)
{
	if (!tab)
		return;
	for (const struct opt *o = tab; o->kind != OPT_END; o++) {
		if (o->kind == OPT_GROUP)
			opt_each(o->group, off + o->off, fn, arg);
		else
			fn(o, off + o->off, arg);
	}
}

static int
set_choice(const struct opt *o, int *out, const char *value, struct err *e)
{
	const char *p = o->choices;
	size_t n = strlen(value);

	for (int i = 0; *p; i++) {
		size_t k = strcspn(p, "|");

		if (k == n && memcmp(p, value, n) == 0) {
			*out = i;
			return 0;
		}
		p += k + (p[k] == '|');
	}
	return err_set(e, ERR_USAGE, "--%s: '%s' is none of %s", o->name, value, o->choices);
}

/* "a,b,c": the pieces are kept in one block behind the list's pointers */
static void
list_add(struct opt_list *l, const char *value, const char *sep)
{
	for (;;) {
		size_t k = strcspn(value, sep);

		l->v = mem_resize(l->v, l->n + 1, sizeof *l->v);
		l->v[l->n++] = mem_dup(value, k);
		if (!value[k])
			return;
		value += k + 1;
	}
}

int
opt_set(const struct opt *o, void *base, size_t off, const char *value, struct err *e)
{
	size_t n = strlen(value);
	const char *want = "";
	bool ok = true;

	switch (o->kind) {
	case OPT_FLAG:
		ok = !strcmp(value, "true") || !strcmp(value, "false");
		AT(bool, base, off) = value[0] == 't';
		want = "true or false";
		break;
	case OPT_STR: AT(const char *, base, off) = value; break;
	case OPT_LIST: list_add(&AT(struct opt_list, base, off), value, ","); break;
	case OPT_TEXTS: list_add(&AT(struct opt_list, base, off), value, "|"); break;
	case OPT_INT: {
		int64_t v = 0;

		if (!num_i64(value, n, &v))
			return err_set(
			    e, ERR_USAGE, "--%s: '%s' is not a whole number", o->name, value);
		if ((o->lo || o->hi) && (v < o->lo || v > o->hi))
			return err_set(e, ERR_USAGE, "--%s: %s is not in %lld..%lld", o->name,
			    value, (long long)o->lo, (long long)o->hi);
		AT(int64_t, base, off) = v;
		break;
	}
	case OPT_F64:
		ok = num_f64(value, n, &AT(double, base, off));
		want = "a number";
		break;
	case OPT_SPAN:
		ok = tim_span(value, n, &AT(int64_t, base, off));
		want = "a span of time such as 250ms, 30s, 5m, 1h, 2d";
		break;
	case OPT_TIME:
		ok = tim_parse(value, n, &AT(int64_t, base, off), NULL);
		want = "a time such as 2024-03-08 or 2024-03-08T14:30:00Z";
		break;
	case OPT_CASH:
		ok = num_micro(value, n, &AT(int64_t, base, off));
		want = "an amount of money such as 100000 or 0.35";
		break;
	case OPT_SIZE:
		ok = num_nano(value, n, &AT(int64_t, base, off));
		want = "a decimal number";
		break;
	case OPT_CHOICE: return set_choice(o, &AT(int, base, off), value, e);
	case OPT_GROUP:
	case OPT_END: break;
	}
	if (!ok)
		return err_set(e, ERR_USAGE, "--%s: '%s' is not %s", o->name, value, want);
	return 0;
}

struct defaults {
	void *base;
	struct err *e;
	int rc;
};

static void
set_default(const struct opt *o, size_t off, void *arg)
{
	struct defaults *d = arg;

	if (o->kind == OPT_TIME && !o->dflt)
		AT(int64_t, d->base, off) = TIM_NONE;
	if (d->rc == 0 && o->dflt)
		d->rc = opt_set(o, d->base, off, o->dflt, d->e);
}

int
opt_defaults(const struct opt *tab, void *base, struct err *e)
{
	struct defaults d = { base, e, 0 };

	opt_each(tab, 0, set_default, &d);
	return d.rc;
}

bool
opt_get(const struct opt *o, const void *base, size_t off, struct buf *out)
{
	char t[NUM_MAX], *end = t; /* NOLINT(clang-analyzer-deadcode.DeadStores): gcc wants it */

	switch (o->kind) {
	case OPT_FLAG: buf_puts(out, AT_C(bool, base, off) ? "true" : "false"); return true;
	case OPT_STR: {
		const char *z = AT_C(const char *, base, off);

		if (z)
			buf_puts(out, z);
		return z != NULL;
	}
	case OPT_LIST:
	case OPT_TEXTS: {
		const struct opt_list *l = &AT_C(struct opt_list, base, off);

		for (size_t i = 0; i < l->n; i++) {
			if (i)
				buf_putc(out, o->kind == OPT_LIST ? ',' : '|');
			buf_puts(out, l->v[i]);
		}
		return l->n > 0;
	}
	case OPT_INT: end = num_put_i64(t, AT_C(int64_t, base, off)); break;
	case OPT_F64: end = num_put_f64(t, AT_C(double, base, off)); break;
	case OPT_SPAN: {
		static const struct {
			const char *suffix;
			int64_t unit;
		} units[] = { { "w", 7 * TIM_DAY }, { "d", TIM_DAY }, { "h", TIM_HOUR },
			{ "m", TIM_MIN }, { "s", TIM_SEC }, { "ms", TIM_MS }, { "us", TIM_US },
			{ "ns", 1 } };
		int64_t v = AT_C(int64_t, base, off);
		size_t i = v == 0 ? 4 : 0;

		while (v % units[i].unit != 0)
			i++;
		/* tim_span reads a count as a decimal below 9.2e9 */
		if (v / units[i].unit < 9 * NUM_NANO) {
			end = num_put_i64(t, v / units[i].unit);
			buf_put(out, t, (size_t)(end - t));
			buf_puts(out, units[i].suffix);
		} else {
			end = num_put_size(t, v); /* nanoseconds are seconds in 1e-9 */
			buf_put(out, t, (size_t)(end - t));
			buf_putc(out, 's');
		}
		return true;
	}
	case OPT_TIME:
		if (AT_C(int64_t, base, off) == TIM_NONE)
			return false;
		end = tim_put(t, AT_C(int64_t, base, off));
		break;
	case OPT_CASH: end = num_put_cash(t, AT_C(int64_t, base, off)); break;
	case OPT_SIZE: end = num_put_size(t, AT_C(int64_t, base, off)); break;
	case OPT_CHOICE: {
		const char *p = o->choices;

		for (int i = AT_C(int, base, off); i > 0; i--)
			p += strcspn(p, "|") + 1;
		buf_put(out, p, strcspn(p, "|"));
		return true;
	}
	case OPT_GROUP:
	case OPT_END: return false;
	}
	buf_put(out, t, (size_t)(end - t));
	return true;
}

static void
release(const struct opt *o, size_t off, void *base)
{
	if (o->kind == OPT_LIST || o->kind == OPT_TEXTS) {
		struct opt_list *l = &AT(struct opt_list, base, off);

		for (size_t i = 0; i < l->n; i++)
			free((void *)(uintptr_t)l->v[i]);
		free(l->v);
		*l = (struct opt_list){ 0 };
	}
}

void
opt_release(const struct opt *tab, void *base)
{
	opt_each(tab, 0, release, base);
}
