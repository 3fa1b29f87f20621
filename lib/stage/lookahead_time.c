#include <strings.h>

#include "base/num.h"
#include "stage/lookahead.h"

static const char *const time_names[] = { "ts", "timestamp", "ts_event", "datetime", "date", "time",
	NULL };
static const char *const sym_names[] = { "sym", "symbol", "ticker", NULL };

void
look_layout_free(struct look_layout *l)
{
	cells_free(&l->head);
	buf_free(&l->head_line);
}

static bool
same(struct str s, const char *z)
{
	return s.n == strlen(z) && strncasecmp(s.p, z, s.n) == 0;
}

/* The column of a name (or of one of several, the first that is there); +1, 0: none. */
static size_t
column_of(const struct cells *c, const char *const *names)
{
	for (; *names; names++)
		for (size_t i = 0; i < c->n; i++)
			if (same(c->v[i].text, *names))
				return i + 1;
	return 0;
}

static size_t
column_named(const struct cells *c, struct str name)
{
	uint64_t number;

	for (size_t i = 0; i < c->n; i++)
		if (str_eq(c->v[i].text, name))
			return i + 1;
	if (num_u64(name.p, name.n, &number) && number >= 1 && number <= c->n)
		return number;
	return 0;
}

static bool
cell_time(struct str s, int64_t *t)
{
	return tim_parse(s.p, s.n, t, NULL);
}

/* The first line of CSV: names, or data already (then a number names the column). */
static bool
read_header(struct look_layout *l, const struct cells *c)
{
	static const char *const end_names[] = { "ts_end", NULL };
	static const char *const day[] = { "date", NULL }, *const clock[] = { "time", NULL };
	int64_t t;

	if (l->column) {
		const char *plus = strchr(l->column, '+');
		size_t n = plus ? (size_t)(plus - l->column) : strlen(l->column);

		l->ts[0] = column_named(c, (struct str){ l->column, n });
		l->ts[1] = plus ? column_named(c, str_z(plus + 1)) : 0;
	} else if (column_of(c, day) && column_of(c, clock)) {
		l->ts[0] = column_of(c, day);
		l->ts[1] = column_of(c, clock);
	} else {
		l->ts[0] = column_of(c, time_names);
	}
	l->end = l->column ? 0 : column_of(c, end_names);
	l->sym = column_of(c, sym_names);
	return !(l->ts[0] && cell_time(c->v[l->ts[0] - 1].text, &t));
}

bool
look_has_time(const struct look_layout *l)
{
	return l->ts[0] || l->end;
}

static int64_t
csv_time(const struct look_layout *l, const struct cells *c)
{
	char both[80];
	int64_t t;

	if (l->end && l->end <= c->n && cell_time(c->v[l->end - 1].text, &t))
		return t;
	if (!l->ts[0] || l->ts[0] > c->n)
		return TIM_NONE;
	struct str s = c->v[l->ts[0] - 1].text;
	if (l->ts[1] && l->ts[1] <= c->n) {
		struct str u = c->v[l->ts[1] - 1].text;

		if (s.n + u.n + 1 > sizeof both)
			return TIM_NONE;
		memcpy(both, s.p, s.n);
		both[s.n] = ' ';
		memcpy(both + s.n + 1, u.p, u.n);
		s = (struct str){ both, s.n + 1 + u.n };
	}
	return cell_time(s, &t) ? num_add(t, l->lag) : TIM_NONE;
}

static int64_t
json_time(const struct look_layout *l, const struct cells *c)
{
	const struct cell *v = l->column ? NULL : cells_get(c, "ts_end");
	int64_t t;

	if (v && cell_time(v->text, &t))
		return t;
	v = l->column ? cells_get(c, l->column) : NULL;
	for (size_t i = 0; !l->column && !v && time_names[i]; i++)
		v = cells_get(c, time_names[i]);
	return v && cell_time(v->text, &t) ? num_add(t, l->lag) : TIM_NONE;
}

int
look_time(struct look_layout *l, struct cells *c, const char *p, size_t n, int64_t *known)
{
	bool first = !l->started;

	*known = TIM_NONE;
	c->n = 0;
	if (n == 0)
		return -1;
	if (first)
		l->csv = p[0] != '{';
	l->started = true;
	if (!l->csv) {
		if (!cells_json(c, p, n)) {
			c->n = 0;
			return -1;
		}
		*known = json_time(l, c);
		return 1;
	}
	if (first) {
		buf_put(&l->head_line, p, n);
		cells_csv(&l->head, l->head_line.p, n, ',');
	}
	if (!cells_csv(c, p, n, ',')) {
		c->n = 0;
		return -1;
	}
	if (first && read_header(l, c))
		return 0;
	*known = csv_time(l, c);
	return 1;
}
