/*
 * The scenario file. A line is WHEN: ACTION, `#` begins a comment:
 *
 *	begin:                      before anybody comes
 *	at 90s:  at 2024-01-02T15:00:00Z:   the market's time, since its start or as it is
 *	after 2s:                   the machine's time, since the beginning
 *	on place_order 3:           the third such message came, before it is looked at
 *	after place_order 3..5:     it was answered; from the third to the fifth
 *	on fill every:  on connect 2:  on start 1 client 7:
 *	after place_order 1 in 2s:  so long after that, of the machine's time
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/gate.h"

#include "base/mem.h"
#include "io/out.h"

#define SCRIPT_MAX (1u << 20)
#define LINES_MAX 10000

struct words {
	struct str v[SCRIPT_WORDS], tail[SCRIPT_WORDS];
	size_t n;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The first words of a text; the last tail holds what is left. */
static void
split(struct str s, struct words *w)
{
	const char *p = s.p, *z = s.p + s.n;

	while (z > p && is_blank(z[-1]))
		z--;
	for (w->n = 0; w->n < SCRIPT_WORDS;) {
		const char *b;

		while (p < z && is_blank(*p))
			p++;
		if (p == z)
			break;
		for (b = p; p < z && !is_blank(*p); p++)
			;
		w->v[w->n] = (struct str){ b, (size_t)(p - b) };
		w->tail[w->n++] = (struct str){ b, (size_t)(z - b) };
	}
}

static bool
event_of(struct str s, struct script_line *l)
{
	if (str_eqz(s, "fill"))
		l->when = ON_FILL;
	else if (str_eqz(s, "connect"))
		l->when = ON_CONNECT;
	else if (str_eqz(s, "start"))
		l->when = ON_START;
	else
		for (int k = 0; k < TWS_Q_unknown; k++)
			if (str_eqz(s, tws_request_name((enum tws_req)k))) {
				l->request = k;
				return true;
			}
	return l->when == ON_FILL || l->when == ON_CONNECT || l->when == ON_START;
}

/* "3", "3..5", "3.." or "every" */
static bool
count_of(struct str s, struct script_line *l)
{
	const char *dots = NULL;
	size_t n = s.n;

	if (str_eqz(s, "every")) {
		l->last = UINT64_MAX;
		return true;
	}
	for (size_t i = 0; i + 1 < s.n && !dots; i++)
		if (s.p[i] == '.' && s.p[i + 1] == '.')
			dots = s.p + i;
	if (dots)
		n = (size_t)(dots - s.p);
	if (!num_u64(s.p, n, &l->nth) || l->nth == 0)
		return false;
	l->last = l->nth;
	if (!dots)
		return true;
	if (dots + 2 == s.p + s.n) {
		l->last = UINT64_MAX;
		return true;
	}
	return num_u64(dots + 2, s.n - n - 2, &l->last) && l->last >= l->nth;
}

static int
parse_when(struct str s, struct script_line *l, struct err *e)
{
	struct words w;
	size_t i = 2;

	split(s, &w);
	l->nth = l->last = 1;
	l->client = -1;
	if (w.n == 1 && str_eqz(w.v[0], "begin")) {
		l->when = ON_BEGIN;
		return 0;
	}
	if (w.n == 2 && (str_eqz(w.v[0], "at") || str_eqz(w.v[0], "after")) &&
	    tim_span(w.v[1].p, w.v[1].n, &l->at)) {
		l->when = w.v[0].n == 2 ? ON_TIME : ON_WALL;
		return 0;
	}
	if (w.n == 2 && str_eqz(w.v[0], "at") && tim_parse(w.v[1].p, w.v[1].n, &l->at, NULL)) {
		l->when = ON_TIME;
		l->absolute = true;
		return 0;
	}
	l->when = w.n && str_eqz(w.v[0], "on") ? ON_REQUEST : ON_DONE;
	if (w.n < 2 || (l->when == ON_DONE && !str_eqz(w.v[0], "after")))
		return err_set(e, ERR_USAGE, "'%.*s' is no begin, at, after or on", STR_FMT(s));
	if (!event_of(w.v[1], l))
		return err_set(e, ERR_USAGE, "'%.*s' is no message, span, fill, connect or start",
		    STR_FMT(w.v[1]));
	if (i < w.n && count_of(w.v[i], l))
		i++;
	if (i + 1 < w.n && str_eqz(w.v[i], "client") &&
	    num_i64(w.v[i + 1].p, w.v[i + 1].n, &l->client))
		i += 2;
	if (i + 1 < w.n && str_eqz(w.v[i], "in") && tim_span(w.v[i + 1].p, w.v[i + 1].n, &l->in))
		i += 2;
	return i == w.n
		   ? 0
		   : err_set(e, ERR_USAGE, "'%.*s': want a count, every, client ID, or in SPAN",
			 STR_FMT(w.tail[i]));
}

static int
parse_line(struct script *sc, struct str s, uint64_t lineno, struct err *e)
{
	struct script_line *l;
	const char *colon = NULL;
	struct words w;
	int rc;

	split(s, &w);
	if (w.n == 0 || w.v[0].p[0] == '#')
		return 0;
	/* the colon of WHEN ends a word; those of times stand inside one */
	for (size_t i = 0; i < w.n && !colon; i++)
		if (w.v[i].p[w.v[i].n - 1] == ':')
			colon = w.v[i].p + w.v[i].n - 1;
	if (!colon)
		return err_set(e, ERR_USAGE, "want WHEN: ACTION");
	if (sc->n == LINES_MAX)
		return err_set(e, ERR_USAGE, "more than %d lines", LINES_MAX);
	l = MEM_AT(sc->v, sc->cap, sc->n);
	*l = (struct script_line){ .lineno = lineno };
	rc = parse_when((struct str){ s.p, (size_t)(colon - s.p) }, l, e);
	if (rc < 0)
		return rc;
	split((struct str){ colon + 1, (size_t)(s.p + s.n - colon - 1) }, &w);
	if (w.n == 0)
		return err_set(e, ERR_USAGE, "no action behind the colon");
	memcpy(l->word, w.v, sizeof l->word);
	memcpy(l->tail, w.tail, sizeof l->tail);
	l->nwords = w.n;
	sc->n++;
	return 0;
}

int
script_parse(struct script *sc, const char *text, size_t n, const char *name, struct err *e)
{
	const char *p, *z;
	uint64_t lineno = 0;

	buf_clear(&sc->text);
	buf_put(&sc->text, text, n);
	p = buf_z(&sc->text);
	z = p + n;
	while (p < z) {
		const char *nl = memchr(p, '\n', (size_t)(z - p)), *end = nl ? nl : z;
		int rc;

		lineno++;
		rc = parse_line(sc, (struct str){ p, (size_t)(end - p) }, lineno, e);
		if (rc < 0)
			return err_wrap(e, "%s: line %llu", name, (unsigned long long)lineno);
		p = end + 1;
	}
	return 0;
}

int
script_load(struct script *sc, const char *path, struct err *e)
{
	struct buf text = { 0 };
	int rc = io_file_read(path, SCRIPT_MAX, &text, e);

	if (rc < 0)
		err_wrap(e, "--scenario");
	else
		rc = script_parse(sc, text.p ? text.p : "", text.len, path, e);
	buf_free(&text);
	return rc;
}

void
script_free(struct script *sc)
{
	buf_free(&sc->text);
	free(sc->v);
}

/* ---- running ---- */

static void
do_line(struct sim *s, struct script_line *l, struct cause *c)
{
	struct err e = { 0 };
	char text[160];

	snprintf(text, sizeof text, "line %llu: %.*s", (unsigned long long)l->lineno,
	    (int)(l->tail[0].n > 120 ? 120 : l->tail[0].n), l->tail[0].p);
	wirelog_note(s, c->c, "scenario", text);
	if (!act_do(s, l, c, false, &e))
		wirelog_note(s, c->c, "note", e.msg);
}

struct put_off {
	size_t line;
	uint64_t conn;
	uint32_t order;
	int64_t id;
};

static void
do_put_off(struct sim *s, void *arg)
{
	const struct put_off *p = arg;

	do_line(s, &s->script.v[p->line],
	    &(struct cause){
		.c = conn_by_no(s, p->conn), .order = order_no(s, p->order), .id = p->id });
}

static void
put_off(struct sim *s, size_t line, const struct cause *c)
{
	struct put_off *p = mem_alloc(sizeof *p);

	*p = (struct put_off){ line, c->c ? c->c->no : 0, c->order ? c->order->no : 0, c->id };
	later_put(&s->by_wall, s->wall + s->script.v[line].in, do_put_off, p);
}

void
script_fire(struct sim *s, enum trigger when, struct cause *c)
{
	int64_t client = c->c       ? c->c->state == CONN_STARTED ? c->c->client_id : -1
			 : c->order ? c->order->client_id
				    : -1;

	for (size_t i = 0; i < s->script.n; i++) {
		struct script_line *l = &s->script.v[i];

		if (l->when != when || (l->client >= 0 && l->client != client) ||
		    ((when == ON_REQUEST || when == ON_DONE) && (int)c->q->kind != l->request))
			continue;
		l->seen++;
		if (l->seen < l->nth || l->seen > l->last)
			continue;
		if (l->in > 0)
			put_off(s, i, c);
		else
			do_line(s, l, c);
	}
}

struct to_line {
	size_t i;
};

static void
at_time(struct sim *s, void *arg)
{
	do_line(s, &s->script.v[((struct to_line *)arg)->i], &(struct cause){ .id = -1 });
}

int
script_arm(struct sim *s, const char *name, struct err *e)
{
	struct script *sc = &s->script;

	for (size_t i = 0; i < sc->n; i++)
		if (!act_do(s, &sc->v[i], &(struct cause){ .id = -1 }, true, e))
			return err_wrap(
			    e, "%s: line %llu", name, (unsigned long long)sc->v[i].lineno);
	for (size_t i = 0; i < sc->n; i++) {
		struct script_line *l = &sc->v[i];
		struct to_line *arg;

		if (l->when == ON_BEGIN)
			do_line(s, l, &(struct cause){ .id = -1 });
		if (l->when != ON_TIME && l->when != ON_WALL)
			continue;
		arg = mem_alloc(sizeof *arg);
		arg->i = i;
		if (l->when == ON_WALL)
			later_put(&s->by_wall, s->wall + l->at, at_time, arg);
		else
			later_put(
			    &s->by_market, l->absolute ? l->at : s->start + l->at, at_time, arg);
	}
	return 0;
}
