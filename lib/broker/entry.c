/* Entries of the journal: words and key=value pairs. */
#include "base/num.h"
#include "broker/journal.h"

void
ent_begin(struct buf *b, const char *kind)
{
	buf_clear(b);
	buf_puts(b, kind);
}

static void
put_key(struct buf *b, const char *key)
{
	buf_putc(b, ' ');
	buf_puts(b, key);
	buf_putc(b, '=');
}

void
ent_i64(struct buf *b, const char *key, int64_t v)
{
	char o[NUM_MAX];

	put_key(b, key);
	buf_put(b, o, (size_t)(num_put_i64(o, v) - o));
}

void
ent_f64(struct buf *b, const char *key, double v)
{
	char o[NUM_MAX];

	put_key(b, key);
	buf_put(b, o, (size_t)(num_put_f64(o, v) - o));
}

void
ent_str(struct buf *b, const char *key, struct str s)
{
	static const char hex[] = "0123456789ABCDEF";

	if (s.n == 0)
		return;
	put_key(b, key);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c > ' ' && c != 0x7f && c != '%' && c != '=') {
			buf_putc(b, (char)c);
		} else {
			char o[3] = { '%', hex[c >> 4], hex[c & 15] };

			buf_put(b, o, 3);
		}
	}
}

static int
digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool
unescape(char *p, size_t *n)
{
	size_t o = 0;

	for (size_t i = 0; i < *n; i++) {
		if (p[i] == '%') {
			if (i + 2 >= *n || digit(p[i + 1]) < 0 || digit(p[i + 2]) < 0)
				return false;
			p[o++] = (char)(digit(p[i + 1]) << 4 | digit(p[i + 2]));
			i += 2;
		} else {
			p[o++] = p[i];
		}
	}
	*n = o;
	return true;
}

bool
ent_parse(struct ent *e, char *text, size_t n)
{
	char *end = text + n, *p = memchr(text, ' ', n);

	e->n = 0;
	if (!p)
		p = end;
	e->kind = (struct str){ text, (size_t)(p - text) };
	while (p < end) {
		char *key = p + 1, *eq, *stop;
		size_t len;

		stop = memchr(key, ' ', (size_t)(end - key));
		if (!stop)
			stop = end;
		eq = memchr(key, '=', (size_t)(stop - key));
		if (!eq || e->n == ENT_FIELDS)
			return false;
		len = (size_t)(stop - eq - 1);
		if (!unescape(eq + 1, &len))
			return false;
		e->f[e->n].key = (struct str){ key, (size_t)(eq - key) };
		e->f[e->n++].value = (struct str){ eq + 1, len };
		p = stop;
	}
	return e->kind.n > 0;
}

bool
ent_is(const struct ent *e, const char *kind)
{
	return str_eqz(e->kind, kind);
}

struct str
ent_get(const struct ent *e, const char *key)
{
	for (size_t i = 0; i < e->n; i++)
		if (str_eqz(e->f[i].key, key))
			return e->f[i].value;
	return (struct str){ NULL, 0 };
}

int64_t
ent_get_i64(const struct ent *e, const char *key, int64_t dflt)
{
	struct str s = ent_get(e, key);
	int64_t v;

	return s.p && num_i64(s.p, s.n, &v) ? v : dflt;
}

double
ent_get_f64(const struct ent *e, const char *key, double dflt)
{
	struct str s = ent_get(e, key);
	double v;

	return s.p && num_f64(s.p, s.n, &v) ? v : dflt;
}
