#include <stdlib.h>

#include "feed/source.h"

#include "base/mem.h"

/* What is decoded besides source_opts.want; every other type passes as the line that it is. */
#define WANT \
	(REC_MARKET | REC_BIT(corporate_action) | REC_BIT(watermark) | REC_BIT(status) | \
	    REC_BIT(correction) | REC_BIT(regime))

static int
bad_line(const struct source *s, uint64_t lineno, struct err *e)
{
	return err_wrap(e, "%s: line %llu", s->path, (unsigned long long)lineno);
}

/* Nothing but a header that was not understood: no later line can be, and none may be skipped. */
static bool
headless(const struct source *s)
{
	return !s->begun && rec_dec_format(s->dec) == REC_CSV;
}

/* ---- time of knowledge ---- */

static inline void
end_bar(struct source *s, struct rec *r)
{
	struct rec_bar *b = &r->bar;
	struct interval own;

	if (rec_has(r, F_bar_ts_end))
		return;
	if (!rec_has(r, F_bar_interval) && s->step &&
	    !__builtin_add_overflow(r->ts, s->step, &b->ts_end)) {
		rec_mark(r, F_bar_ts_end);
		rec_set(r, F_bar_interval, b->interval, s->step_text);
	} else if (rec_has(r, F_bar_interval)) {
		if (!interval_parse(b->interval, &own))
			return; /* "1000t": its end cannot be told from its start */
		rec_set(r, F_bar_ts_end, b->ts_end, interval_end(&own, r->ts));
	} else if (s->has_interval) {
		rec_set(r, F_bar_ts_end, b->ts_end, interval_end(&s->interval, r->ts));
		rec_set(r, F_bar_interval, b->interval, s->step_text);
	} else {
		return;
	}
	r->raw = (struct str){ NULL, 0 }; /* to be written anew */
}

/* A record whose time is not decoded stays behind the one before it. */
static inline void
place(struct source *s, struct rec *r, int64_t *key, enum source_rank *rank)
{
	if (r->type == REC_bar) {
		end_bar(s, r);
		*key = rec_known(r);
		*rank = RANK_BAR;
		return;
	}
	switch (r->type) {
	case REC_corporate_action:
		*key = r->ts;
		*rank = RANK_ACTION;
		break;
	case REC_trade:
	case REC_quote:
	case REC_regime:
	case REC_correction:
		*key = r->ts;
		*rank = RANK_TICK;
		break;
	default: break;
	}
}

/* ---- lines in memory ---- */

static void
keep_line(struct source *s, const char *p, size_t n, uint64_t lineno)
{
	struct source_line *l = MEM_AT(s->lines, s->lines_cap, s->nlines);

	*l = (struct source_line){ .off = s->text.len, .n = n, .lineno = lineno };
	s->nlines++;
	/* a decoder may look REC_PAD bytes past the end, and stops at the newline */
	char *at = buf_room(&s->text, n + 1 + REC_PAD);
	memcpy(at, p, n);
	at[n] = '\n';
	memset(at + n + 1, 0, REC_PAD);
	s->text.len += n + 1;
}

/*
 * Reads ahead: the first rows of bars without an end, for their interval; everything when the
 * file is to be sorted. Lines that are no records (a header) have done their work in the
 * decoder and are not kept.
 */
static int
read_ahead(struct source *s, struct err *e)
{
	struct interval_probe probe;
	bool probing = s->o->interval.ns == 0;
	size_t rows = 0;
	int rc;

	interval_probe_init(&probe);
	while (probing || s->o->sort) {
		const char *p;
		size_t n;
		struct rec r;

		if (io_in_line(s->in, true, &p, &n, e) <= 0)
			break; /* the end, or an error that source_next will meet again */
		rc = rec_dec_line(s->dec, p, n, WANT, &r, e);
		if (rc < 0 && headless(s)) {
			rc = bad_line(s, io_in_lineno(s->in), e);
			goto done;
		}
		s->begun = true;
		if (rc == 0)
			continue;
		/* a bad line too: it is told in its turn */
		keep_line(s, p, n, io_in_lineno(s->in));
		if (rc < 0 && !s->o->skip_bad)
			break;
		if (rc < 0 || !probing)
			continue;
		if (r.type == REC_bar && !rec_has(&r, F_bar_ts_end) && !rec_has(&r, F_bar_interval))
			interval_probe_add(&probe, r.sym->id, r.ts);
		else if (REC_MARKET >> r.type & 1)
			probing = false;
		if (++rows >= SOURCE_PROBE_ROWS)
			probing = false;
	}
	rc = 0;
done:
	if (interval_probe_done(&probe, &s->interval))
		s->has_interval = true;
	if (s->has_interval && !s->interval.months && s->interval.ns != TIM_DAY)
		s->step = s->interval.ns;
	s->step_text = str_z(s->interval.text);
	return rc;
}

static int
by_key(const void *a, const void *b)
{
	const struct source_line *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->off < y->off ? -1 : x->off > y->off;
}

static void
sort_lines(struct source *s)
{
	int64_t key = TIM_NONE;
	enum source_rank rank = RANK_TICK;

	for (size_t i = 0; i < s->nlines; i++) {
		struct source_line *l = &s->lines[i];
		struct rec r;
		struct err ignored;

		if (rec_dec_line(s->dec, s->text.p + l->off, l->n, WANT, &r, &ignored) == 1)
			place(s, &r, &key, &rank);
		l->key = key; /* of a bad line: where it stood */
		l->rank = rank;
	}
	qsort(s->lines, s->nlines, sizeof *s->lines, by_key);
}

/* ---- the file ---- */

int
source_open(struct source *s, const char *path, const struct source_opts *o, struct symtab *syms,
    struct err *e)
{
	int rc;

	*s = (struct source){
		.path = path, .o = o, .key = TIM_NONE, .rank = RANK_TICK, .syms = syms
	};
	s->in = io_in_open(path, e);
	if (!s->in)
		return e->code;
	s->path = io_in_name(s->in);
	s->dec = rec_dec_new(syms, &o->layout);
	if (o->interval.ns) {
		s->interval = o->interval;
		s->has_interval = true;
	}
	rc = read_ahead(s, e);
	if (rc < 0)
		return rc;
	if (o->sort)
		sort_lines(s);
	return 0;
}

void
source_close(struct source *s)
{
	rows_stop(s->rows);
	io_in_free(s->in);
	rec_dec_free(s->dec);
	buf_free(&s->text);
	free(s->lines);
	*s = (struct source){ 0 };
}

static int
next_line(struct source *s, bool block, const char **p, size_t *n, struct err *e)
{
	int rc;

	if (!s->in_file) {
		if (s->at < s->nlines) {
			const struct source_line *l = &s->lines[s->at++];

			*p = s->text.p + l->off;
			*n = l->n;
			s->lineno = l->lineno;
			return 1;
		}
		s->in_file = true;
		s->ahead = io_in_ahead(s->in);
	}
	if (s->o->ahead && s->begun && !s->rows && !s->asked) {
		s->asked = true;
		s->lineno = io_in_lineno(s->in);
		s->rows = rows_start(s->in, s->dec, s->syms);
	}
	if (s->rows) {
		rc = rows_line(s->rows, block, p, n, e);
		s->lineno += rc == 1;
		return rc;
	}
	rc = io_in_line(s->in, block, p, n, e);
	s->lineno = io_in_lineno(s->in);
	return rc;
}

/* The next row, where it is one of the many: canonical, and read already. */
static bool
next_row(struct source *s)
{
	struct io_ahead *a = s->ahead;
	size_t n;

	if (s->rows) {
		if (!rows_row(s->rows, &s->rec))
			return false;
		s->lineno++;
	} else {
		n = a && s->begun ? rec_dec_row(s->dec, a->at, a->end, &s->rec) : 0;
		if (n == 0)
			return false;
		a->at += n;
		s->lineno = ++a->lines;
	}
	place(s, &s->rec, &s->key, &s->rank);
	return true;
}

int
source_next(struct source *s, bool block, struct err *e)
{
	for (;;) {
		const char *p;
		size_t n;
		int rc;

		if (__builtin_expect(next_row(s), 1))
			return 1;
		rc = next_line(s, block, &p, &n, e);
		if (rc == ROWS_HERE)
			continue;

		if (rc == ERR_DATA)
			return bad_line(s, s->lineno + 1, e);
		if (rc != 1)
			return rc;
		rc = rec_dec_line(s->dec, p, n, WANT | s->o->want, &s->rec, e);
		if (rc < 0) {
			bad_line(s, s->lineno, e);
			if (!s->o->skip_bad || headless(s))
				return e->code;
			if (s->skipped++ == 0)
				s->first_bad = *e;
			continue;
		}
		s->begun = true;
		if (rc == 0)
			continue;
		place(s, &s->rec, &s->key, &s->rank);
		return 1;
	}
}
