/* The rules for requests of history, each by itself, and plans. */
#include "tws/pacing.h"
#include "unit/t.h"

static struct tws_request
history(const char *sym, const char *bar, const char *what, const char *end)
{
	struct tws_request q;

	tws_request_init(&q, TWS_Q_req_historical_data);
	q.req_historical_data.contract.symbol = str_z(sym);
	q.req_historical_data.contract.exchange = str_z("SMART");
	q.req_historical_data.bar_size = str_z(bar);
	q.req_historical_data.what_to_show = str_z(what);
	q.req_historical_data.end_date_time = str_z(end);
	q.req_historical_data.duration = str_z("1800 S");
	return q;
}

static struct tws_pace
of(const char *sym, const char *bar, const char *what, const char *end)
{
	struct tws_request q = history(sym, bar, what, end);

	return tws_pace_of(&q);
}

static void
reading(void)
{
	struct tws_request q = history("A", "1 secs", "TRADES", "1"), r = q;
	struct tws_pace a = tws_pace_of(&q), b;

	r.req_historical_data.req_id = 77;
	b = tws_pace_of(&r);
	ok(a.same == b.same, "the request id makes no other request");
	b = of("A", "1 secs", "TRADES", "2");
	ok(a.same != b.same && a.series == b.series, "another end is, of the same series");
	b = of("B", "1 secs", "TRADES", "1");
	ok(a.series != b.series, "another symbol is another series");
	b = of("A", "1 secs", "BID_ASK", "1");
	ok(a.series != b.series && b.weight == 2, "BID_ASK, too, and counts twice");
	ok(a.small && of("A", "30 secs", "TRADES", "").small, "30 seconds are small");
	ok(!of("A", "1 min", "TRADES", "").small, "a minute is not");
	tws_request_init(&q, TWS_Q_req_historical_ticks);
	ok(tws_pace_of(&q).small, "ticks are");
}

#define N 200

/* n requests, each to its own end time; at[] as planned */
static void
plan(const char *bar, const char *what, bool other_symbols, size_t n, int64_t answer, int64_t *at)
{
	struct tws_pace q[N];
	char sym[16], end[16];

	for (size_t i = 0; i < n; i++) {
		snprintf(sym, sizeof sym, "S%zu", other_symbols ? i : 0);
		snprintf(end, sizeof end, "%zu", i);
		q[i] = of(sym, bar, what, end);
	}
	tws_pacing_plan(q, n, answer, at);
}

/* The most that fall in any window of that length. */
static size_t
most(const int64_t *at, size_t n, int64_t window)
{
	size_t best = 0;

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		for (size_t j = i; j < n && at[j] - at[i] < window; j++)
			k++;
		best = k > best ? k : best;
	}
	return best;
}

static void
rules(void)
{
	struct tws_pace same[3] = { of("A", "1 min", "TRADES", "1"),
		of("A", "1 min", "TRADES", "1"), of("A", "1 min", "TRADES", "2") };
	int64_t at[N];

	tws_pacing_plan(same, 3, 0, at);
	ok(at[1] >= TWS_PACE_SAME && at[1] < TWS_PACE_SAME + TIM_SEC, "the same after 15 s");
	ok(at[2] == at[1], "another one at once");
	plan("1 min", "TRADES", false, 30, 0, at);
	is_i64((int64_t)most(at, 30, TWS_PACE_SERIES), 5, "five of a series in 2 s");
	ok(at[29] < 11 * TIM_SEC, "and not slower: %.2f s for 30", (double)at[29] / 1e9);
	plan("1 min", "BID_ASK", false, 30, 0, at);
	is_i64((int64_t)most(at, 30, TWS_PACE_SERIES), 2, "two of BID_ASK");
	plan("1 secs", "TRADES", true, 150, 0, at);
	is_i64((int64_t)most(at, 150, TWS_PACE_ALL), 60, "60 of small bars in 10 minutes");
	ok(at[59] == 0 && at[60] >= TWS_PACE_ALL, "59 at once, the 61st after 10 minutes");
	plan("1 secs", "BID_ASK", true, 100, 0, at);
	is_i64((int64_t)most(at, 100, TWS_PACE_ALL), 30, "30 of BID_ASK");
	plan("1 min", "TRADES", true, 150, 0, at);
	ok(at[149] == 0, "bars of a minute and more are not counted so");
	plan("1 min", "TRADES", true, 150, TIM_SEC, at);
	ok(at[49] == 0 && at[50] == TIM_SEC && at[149] == 2 * TIM_SEC, "50 unanswered at most");
}

static void
violations(void)
{
	struct tws_pacing p = { 0 };
	struct tws_pace q = of("A", "1 secs", "TRADES", "1");

	tws_pacing_violated(&p, TIM_SEC);
	ok(tws_pacing_when(&p, &q, TIM_SEC) >= 16 * TIM_SEC, "a violation: 15 s of silence");
	for (int i = 0; i < 50; i++)
		tws_pacing_sent(&p, &q, 0);
	ok(tws_pacing_full(&p), "full");
	tws_pacing_answered(&p);
	ok(!tws_pacing_full(&p), "an answer makes room");
	tws_pacing_cut(&p);
	is_i64((int64_t)p.open, 0, "a cut all of it");
	for (int i = 0; i < 1000; i++)
		tws_pacing_sent(&p, &q, i * TIM_MIN);
	ok(p.nsent <= 12, "what no rule looks at is forgotten");
	tws_pacing_free(&p);
}

int
main(void)
{
	reading();
	rules();
	violations();
	return done_testing();
}
