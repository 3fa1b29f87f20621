/*
 * A run that continues from a state file may be given records which the run before it has had:
 * a policy needs its history, so the whole file is played again each day. They must not count
 * twice. What is before the state's last watermark is told by its time; what came after that
 * watermark is told by its number, once the watermark has come again. A stream that goes on
 * exactly where the other one was cut is taken from its first record.
 */
#include "mkt/quality.h"
#include "stage/stage.h"
#include "venue/venue.h"

enum sort { NO_MATTER, DATA, REQUEST, TOLD, WATERMARK };

/* Records that the account does not look at, and revisions (which only bring the newest price
 * up to date), do no harm when they come twice. */
static enum sort
sort_of(const struct rec *r)
{
	switch (r->type) {
	case REC_bar:
		if (rec_has(r, F_bar_rev))
			return NO_MATTER;
		__attribute__((fallthrough));
	case REC_trade:
	case REC_quote: return r->sym && quality_ok(r) ? DATA : NO_MATTER;
	case REC_corporate_action: return DATA;
	case REC_target:
	case REC_order:
	case REC_cancel:
	case REC_replace: return REQUEST;
	case REC_fill:
	case REC_order_status:
	case REC_position:
	case REC_portfolio: return TOLD;
	case REC_watermark: return WATERMARK;
	default: return NO_MATTER;
	}
}

/* The first watermark that the record could not follow. */
static int64_t
ends_at(const struct rec *r)
{
	return r->type == REC_bar && rec_has(r, F_bar_ts_end) ? r->bar.ts_end : num_add(r->ts, 1);
}

static bool
repeats_data(struct overlap *v, const struct rec *r)
{
	int64_t end = ends_at(r);

	if (end <= v->upto)
		return v->behind = true;
	if (!v->behind)
		return false;
	if (!v->reached && end == num_add(v->upto, 1) && r->type != REC_bar)
		return true;
	if (v->reached && v->data > 0 &&
	    (r->type == REC_corporate_action || end <= num_add(v->seen, 1))) {
		v->data--;
		return true;
	}
	v->upto = TIM_NONE;
	return false;
}

static bool
repeats_request(struct overlap *v)
{
	if (!v->behind || (v->reached && v->requests == 0))
		return false;
	v->requests -= v->reached;
	v->ignored_requests++;
	return true;
}

/* What an executor tells now, of an order that worked on, is later than all the state knows. */
static bool
repeats_told(struct overlap *v, const struct rec *r)
{
	if (!v->behind || (v->reached && v->told == 0) || (r->ts > v->upto && r->ts > v->seen))
		return false;
	v->told -= v->reached;
	return true;
}

static bool
repeats(struct overlap *v, const struct rec *r, enum sort sort)
{
	switch (sort) {
	case DATA: return repeats_data(v, r);
	case REQUEST: return repeats_request(v);
	case TOLD: return repeats_told(v, r);
	case WATERMARK:
		if (r->ts > v->upto) {
			v->upto = TIM_NONE;
			return false;
		}
		v->behind |= r->ts < v->upto;
		v->reached |= r->ts == v->upto;
		return true;
	default: return false;
	}
}

void
account_overlap_from_state(struct account *a)
{
	a->overlap = (struct overlap){ .upto = a->wm,
		.from = a->wm,
		.seen = a->seen,
		.data = a->past_data,
		.requests = a->past_requests,
		.told = a->past_told };
}

bool
account_repeats(struct account *a, const struct rec *r)
{
	enum sort sort = sort_of(r);

	if (a->overlap.upto != TIM_NONE && repeats(&a->overlap, r, sort)) {
		a->overlap.ignored++;
		return true;
	}
	if (sort == WATERMARK && r->ts > a->wm)
		a->past_data = a->past_requests = a->past_told = 0;
	a->past_data += sort == DATA;
	a->past_requests += sort == REQUEST;
	a->past_told += sort == TOLD;
	return false;
}

void
account_note_repeats(const struct account *a, const struct stage *st)
{
	const struct overlap *v = &a->overlap;
	char t[TIM_LEN];

	if (v->ignored == 0)
		return;
	tim_put(t, v->from);
	stage_note(st, 1,
	    "%llu records were in the state already (up to %.*s) and changed nothing, "
	    "%llu targets and orders among them",
	    (unsigned long long)v->ignored, TIM_LEN, t, (unsigned long long)v->ignored_requests);
}
