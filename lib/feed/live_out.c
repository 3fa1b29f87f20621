/* Records out: their times, their quality, and what is said about the feed itself. */
#include "feed/live.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "feed/feed.h"

#define WORDS_MAX 65536

/* ---- texts ---- */

/* Where a text stands in the table, or the free place where it belongs. */
static struct str *
place_of(struct str *table, size_t cap, struct str s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
	size_t i;

	for (i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	for (i = h & (cap - 1); table[i].p && !str_eq(table[i], s);)
		i = (i + 1) & (cap - 1);
	return &table[i];
}

/* Exchanges and conditions: few, so each is kept once, and equal ones are one pointer. */
const char *
live_keep_text(struct live *l, struct str s)
{
	struct str *at;

	/* the wire is 7-bit; what is not came broken, and must not break our lines */
	buf_clear(&l->word);
	for (size_t i = 0; i < s.n; i++)
		buf_putc(&l->word, (unsigned char)s.p[i] < 0x80 ? s.p[i] : '?');
	s = buf_str(&l->word);
	if (l->nwords * 2 >= l->words_cap) { /* a power of two, at most half full */
		struct str *old = l->words;
		size_t n = l->words_cap;

		l->words_cap = n ? n * 2 : 64;
		l->words = mem_array(l->words_cap, sizeof *l->words);
		for (size_t k = 0; k < n; k++)
			if (old[k].p)
				*place_of(l->words, l->words_cap, old[k]) = old[k];
		free(old);
	}
	at = place_of(l->words, l->words_cap, s);
	if (!at->p && l->nwords < WORDS_MAX) {
		*at = (struct str){ mem_dup(s.p, s.n), s.n };
		l->nwords++;
	}
	return at->p; /* NULL: no market has so many, someone sends noise */
}

/* ---- market data ---- */

static int
judge(struct live *l, struct rec *r, bool backward)
{
	enum quality_rule q;

	switch (dirty_judge(&l->m->dirty, l->m->check, r, backward, &q)) {
	case DIRTY_STOP:
		return stage_fail(l->st, ERR_DATA, "%s: dirty: %s", r->sym->name, quality_name(q));
	case DIRTY_DROP: return 0;
	case DIRTY_FLAG:
	case DIRTY_IGNORE: break;
	}
	return 1;
}

static int
emit(struct live *l, struct rec *r, int64_t key)
{
	/* a watermark spoke of the bars that end with it, too; a revision is a matter of its own */
	bool late = r->type == REC_bar && l->watermark != TIM_NONE && key <= l->watermark &&
		    !rec_has(r, F_bar_rev);
	int rc = judge(l, r, key < l->clock || late);

	l->records++;
	if (rc == 1)
		rc = stage_emit(l->st, r);
	if (key > l->clock)
		l->clock = key;
	return rc < 0 ? rc : 0;
}

int
live_put_now(struct live *l, struct rec *r)
{
	int64_t t = r->ts;

	if (r->type == REC_bar)
		return emit(l, r, rec_known(r));
	/* The stream's time never goes back: a venue's clock that runs behind ours, or ahead of
	 * it, does not show. What is older than the last watermark keeps its time: it is late. */
	if (t == TIM_NONE || (t > l->now && !l->stepped))
		t = l->now;
	if (t < l->clock && (l->watermark == TIM_NONE || t + TIM_SEC > l->watermark))
		t = l->clock;
	r->ts = t;
	return emit(l, r, t);
}

int
live_put(struct live *l, struct rec *r, struct live_stream *x)
{
	struct live_kept *k;

	if (!l->filling)
		return live_put_now(l, r);
	if (l->nkept >= LIVE_KEPT_MAX) {
		int rc = live_fill_give_up(l, "too much came meanwhile");

		return rc < 0 ? rc : live_put_now(l, r);
	}
	k = MEM_AT(l->kept, l->kept_cap, l->nkept);
	l->nkept++;
	*k = (struct live_kept){
		.r = *r, .key = x->second, .stream = x, .remembered = x->hole == TIM_NONE
	};
	return 0;
}

/* ---- about the feed ---- */

int
live_watermark(struct live *l, int64_t t)
{
	struct rec w;

	if (l->watermark != TIM_NONE && t <= l->watermark)
		return 0;
	l->watermark = t;
	if (t > l->clock)
		l->clock = t;
	rec_init(&w, REC_watermark, t, NULL);
	return stage_emit(l->st, &w);
}

int
live_status(
    struct live *l, int state, const struct live_sub *sub, int64_t lag, const char *fmt, ...)
{
	char text[1000];
	struct rec r;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	for (char *p = text; *p; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	buf_clear(&l->word);
	tws_unescape(str_z(text), &l->word);
	rec_init(&r, REC_status, l->now, sub ? sub->sym : NULL);
	rec_set(&r, F_status_source, r.status.source, str_z(ibkr_feed_kind.name));
	rec_set(&r, F_status_state, r.status.state, (uint8_t)state);
	if (text[0])
		rec_set(&r, F_status_text, r.status.text, buf_str(&l->word));
	rec_set(&r, F_status_records, r.status.records, (int64_t)l->records);
	if (lag > 0)
		rec_set(&r, F_status_lag_ms, r.status.lag_ms, (double)lag / 1e6);
	stage_note(l->st, state == W_sstate_degraded || state == W_sstate_disconnected ? 1 : 2,
	    "%s%s%s: %s", sub ? sub->sym->name : "", sub ? ": " : "",
	    rec_word(REC_WL_sstate, (unsigned)state), buf_z(&l->word));
	return stage_emit(l->st, &r);
}

/* ---- sources ---- */

static bool
primary_is_out(const struct live *l)
{
	size_t live = 0;

	if (!l->up || l->broker_lost)
		return true;
	for (size_t i = 0; i < l->nsubs; i++)
		for (size_t k = 0; k < l->subs[i].nstreams; k++) {
			const struct live_stream *x = &l->subs[i].streams[k];

			/* what stands in has its place until there is something */
			live += x->state == STREAM_ON && !x->stale &&
				(x->fresh || (l->source == SOURCE_PRIMARY && !l->degraded));
		}
	return live == 0;
}

/* Is there life in our own data? Not for a while: the backup's, if it has any, else what is
 * known is old, and said to be. */
int
live_check_source(struct live *l)
{
	int64_t wait = l->stale > 0 ? l->stale : LIVE_ALL_STALE;
	bool out = l->phase == PHASE_LIVE && primary_is_out(l);
	int64_t silent;
	int rc = 0;

	l->source_at = INT64_MAX;
	if (!out) {
		l->silent_since = TIM_NONE;
		if (l->source == SOURCE_BACKUP)
			rc = live_status(
			    l, W_sstate_alive, NULL, 0, "own data again, the backup rests");
		else if (l->degraded)
			rc = live_status(l, W_sstate_alive, NULL, 0, "own data again");
		l->source = SOURCE_PRIMARY;
		l->degraded = false;
		return rc;
	}
	if (l->silent_since == TIM_NONE)
		l->silent_since = l->up && !l->broker_lost ? l->now - wait : l->now;
	if (l->now < l->silent_since + wait) {
		l->source_at = l->silent_since + wait;
		return 0;
	}
	silent = l->now - l->silent_since;
	if (l->backup_at != TIM_NONE && l->now - l->backup_at < wait) {
		l->source_at = l->backup_at + wait;
		if (l->source == SOURCE_BACKUP)
			return 0;
		l->source = SOURCE_BACKUP;
		l->degraded = false;
		rc = live_fill_give_up(l, "the backup has it");
		return rc < 0 ? rc
			      : live_status(l, W_sstate_degraded, NULL, silent,
				    "no data of our own for %.3f s: the backup takes over",
				    (double)silent / 1e9);
	}
	l->source = SOURCE_NONE;
	if (l->degraded)
		return 0;
	l->degraded = true;
	return live_status(l, W_sstate_degraded, NULL, silent,
	    "no data for %.3f s: the values known last stand", (double)silent / 1e9);
}
