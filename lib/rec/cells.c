#include "rec/cells.h"

#include <stdlib.h>

#include "base/mem.h"

void
cells_free(struct cells *c)
{
	free(c->v);
	buf_free(&c->text);
}

static struct cell *
next_cell(struct cells *c)
{
	struct cell *v = MEM_AT(c->v, c->cap, c->n);

	c->n++;
	*v = (struct cell){ .key = { "", 0 } };
	return v;
}

/* p at a field's opening quote; where its closing quote is, or NULL. */
static const char *
csv_quoted_end(const char *p, const char *end, bool *doubled)
{
	for (p++; p < end; p++) {
		if (*p != '"')
			continue;
		if (p + 1 == end || p[1] != '"')
			return p;
		*doubled = true;
		p++;
	}
	return NULL;
}

/* The text of a field with doubled quotes goes into c->text; its cells are made to point there
 * when the row is done, for the buffer may move meanwhile. */
static size_t
csv_undouble(struct cells *c, const char *p, const char *end)
{
	size_t at = c->text.len;

	for (; p < end; p++) {
		buf_putc(&c->text, *p);
		p += *p == '"';
	}
	return at;
}

bool
cells_csv(struct cells *c, const char *p, size_t n, char delimiter)
{
	const char *start = p, *end = p + n;

	c->n = 0;
	buf_clear(&c->text);
	for (;;) {
		struct cell *v = next_cell(c);
		const char *stop, *close = NULL;
		bool doubled = false;

		v->at = (size_t)(p - start);
		if (p < end && *p == '"') {
			close = csv_quoted_end(p, end, &doubled);
			if (!close)
				return false;
		}
		stop = close ? close : p;
		while (stop < end && *stop != delimiter)
			stop++;
		v->len = (size_t)(stop - p);
		v->quoted = close != NULL;
		v->text = (struct str){ p, v->len };
		if (close)
			v->text = (struct str){ p + 1, (size_t)(close - p - 1) };
		if (doubled) {
			size_t at = csv_undouble(c, p + 1, close);

			v->text = (struct str){ NULL, c->text.len - at };
			v->key.n = at;
		}
		if (stop == end)
			break;
		p = stop + 1;
	}
	for (size_t i = 0; i < c->n; i++)
		if (!c->v[i].text.p) {
			c->v[i].text.p = c->text.p + c->v[i].key.n;
			c->v[i].key.n = 0;
		}
	return true;
}

static const char *
skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
		p++;
	return p;
}

/* Behind the closing quote of the string at p, or NULL. */
static const char *
skip_string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p < end ? p + 1 : NULL;
}

static const char *
skip_value(const char *p, const char *end)
{
	int depth = 0;

	if (p < end && *p == '"')
		return skip_string(p, end);
	while (p < end) {
		if (*p == '"') {
			p = skip_string(p, end);
			if (!p)
				return NULL;
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		else if ((*p == '}' || *p == ']') && depth-- == 0)
			return p;
		else if (*p == ',' && depth == 0)
			return p;
		p++;
	}
	return p;
}

bool
cells_json(struct cells *c, const char *p, size_t n)
{
	const char *start = p, *end = p + n;

	c->n = 0;
	p = skip_space(p, end);
	if (p == end || *p != '{')
		return false;
	p = skip_space(p + 1, end);
	if (p < end && *p == '}')
		return skip_space(p + 1, end) == end;
	for (;;) {
		struct cell *v = next_cell(c);
		const char *key = p, *stop;

		if (p == end || *p != '"' || !(p = skip_string(p, end)))
			return false;
		v->key = (struct str){ key + 1, (size_t)(p - key - 2) };
		p = skip_space(p, end);
		if (p == end || *p != ':')
			return false;
		p = skip_space(p + 1, end);
		stop = skip_value(p, end);
		if (!stop || stop == p || stop == end)
			return false;
		const char *last = stop;
		while (last[-1] == ' ' || last[-1] == '\t')
			last--;
		v->at = (size_t)(p - start);
		v->len = (size_t)(last - p);
		v->quoted = *p == '"';
		v->text = v->quoted && v->len >= 2 ? (struct str){ p + 1, v->len - 2 }
						   : (struct str){ p, v->len };
		p = skip_space(stop, end);
		if (p == end)
			return false;
		if (*p == '}')
			return skip_space(p + 1, end) == end;
		if (*p != ',')
			return false;
		p = skip_space(p + 1, end);
	}
}

const struct cell *
cells_get(const struct cells *c, const char *key)
{
	for (size_t i = 0; i < c->n; i++)
		if (str_eqz(c->v[i].key, key))
			return &c->v[i];
	return NULL;
}
