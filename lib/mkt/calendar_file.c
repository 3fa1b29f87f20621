/*
 * The editable calendar (man/calendar.5). A line is
 *
 *	2024-11-29  half    13:00        day after Thanksgiving
 *	2001-09-17  half    09:33-16:00  two minutes of silence
 *	2025-01-09  closed               mourning for President Carter
 *	2018-12-05  open                 we trade on this day
 *
 * with `#` comments. Kept sorted by date; of two lines about a date the later one wins.
 */
#include <stdlib.h>
#include <string.h>

#include "mkt/calendar.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/tim.h"
#include "io/out.h"

#define CAL_FILE_MAX (4u << 20)
#define CAL_REASON_MAX 79

struct entry {
	int64_t date;
	size_t line;
	enum cal_kind kind;
	int32_t open_s, close_s;
	char reason[CAL_REASON_MAX + 1];
};

struct cal_file {
	struct entry *v;
	size_t n, cap;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct str
next_word(struct str *rest)
{
	struct str w;

	while (rest->n && is_blank(*rest->p)) {
		rest->p++;
		rest->n--;
	}
	w = (struct str){ rest->p, 0 };
	while (w.n < rest->n && !is_blank(rest->p[w.n]))
		w.n++;
	rest->p += w.n;
	rest->n -= w.n;
	return w;
}

/* HH:MM, 00:00 to 24:00 */
static bool
clock_of(struct str s, int32_t *out)
{
	int h, m;

	if (s.n != 5 || s.p[2] != ':')
		return false;
	for (size_t i = 0; i < 5; i++)
		if (i != 2 && (s.p[i] < '0' || s.p[i] > '9'))
			return false;
	h = (s.p[0] - '0') * 10 + s.p[1] - '0';
	m = (s.p[3] - '0') * 10 + s.p[4] - '0';
	*out = h * 3600 + m * 60;
	return m < 60 && *out <= 86400;
}

/* "13:00" or "09:33-16:00" */
static bool
hours_of(struct str s, struct entry *x)
{
	if (s.n == 11 && s.p[5] == '-')
		return clock_of((struct str){ s.p, 5 }, &x->open_s) &&
		       clock_of((struct str){ s.p + 6, 5 }, &x->close_s) && x->open_s < x->close_s;
	return clock_of(s, &x->close_s) && x->close_s > 0;
}

static bool
date_of(struct str s, int64_t *date)
{
	int64_t t;

	if (s.n != 10 || s.p[4] != '-' || !tim_parse(s.p, s.n, &t, NULL))
		return false;
	*date = tim_day(t);
	return true;
}

static const char *
parse_line(struct str rest, struct entry *x)
{
	struct str kind;

	if (!date_of(next_word(&rest), &x->date))
		return "no date like 2024-11-29";
	kind = next_word(&rest);
	x->open_s = x->close_s = CAL_USUAL;
	if (str_eqz(kind, "closed"))
		x->kind = CAL_CLOSED;
	else if (str_eqz(kind, "open"))
		x->kind = CAL_OPEN;
	else if (str_eqz(kind, "half"))
		x->kind = CAL_HALF;
	else
		return "the kind of day is closed, half or open";
	if (x->kind == CAL_HALF && !hours_of(next_word(&rest), x))
		return "a half day needs its close, 13:00, or its hours, 09:33-16:00";
	while (rest.n && is_blank(*rest.p)) {
		rest.p++;
		rest.n--;
	}
	while (rest.n && is_blank(rest.p[rest.n - 1]))
		rest.n--;
	if (rest.n > CAL_REASON_MAX)
		rest.n = CAL_REASON_MAX;
	if (rest.n)
		memcpy(x->reason, rest.p, rest.n);
	x->reason[rest.n] = 0;
	return NULL;
}

static int
by_date(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->date != y->date)
		return x->date < y->date ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

struct cal_file *
cal_file_parse(const char *text, size_t n, const char *name, struct err *e)
{
	struct cal_file *f = mem_alloc(sizeof *f);
	const char *p = text, *end = text + n;

	for (size_t line = 1; p < end; line++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		struct str s = { p, (size_t)((nl ? nl : end) - p) };
		const char *hash = memchr(s.p, '#', s.n), *why;
		struct str probe;
		struct entry *x;

		p = nl ? nl + 1 : end;
		if (hash)
			s.n = (size_t)(hash - s.p);
		probe = s;
		if (next_word(&probe).n == 0)
			continue;
		x = MEM_AT(f->v, f->cap, f->n);
		x->line = line;
		if ((why = parse_line(s, x))) {
			err_set(e, ERR_USAGE, "%s: line %zu: %s", name, line, why);
			cal_file_free(f);
			return NULL;
		}
		f->n++;
	}
	if (f->n)
		qsort(f->v, f->n, sizeof *f->v, by_date);
	return f;
}

struct cal_file *
cal_file_open(const char *path, struct err *e)
{
	struct buf b = { 0 };
	struct cal_file *f = NULL;

	if (io_file_read(path, CAL_FILE_MAX, &b, e) < 0)
		err_wrap(e, "calendar");
	else
		f = cal_file_parse(b.p ? b.p : "", b.len, path, e);
	buf_free(&b);
	return f;
}

void
cal_file_free(struct cal_file *f)
{
	if (!f)
		return;
	free(f->v);
	free(f);
}

bool
cal_file_get(const struct cal_file *f, int64_t date, struct cal_day *out)
{
	size_t lo = 0, hi = f->n;

	while (lo < hi) { /* the last entry with that date */
		size_t mid = lo + (hi - lo) / 2;

		if (f->v[mid].date <= date)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0 || f->v[lo - 1].date != date)
		return false;
	*out = (struct cal_day){ f->v[lo - 1].kind, f->v[lo - 1].open_s, f->v[lo - 1].close_s,
		f->v[lo - 1].reason };
	return true;
}
