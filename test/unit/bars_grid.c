/* Interval names and the grid of time bars. */
#include "base/rng.h"
#include "base/tim.h"
#include "base/num.h"
#include "bars/grid.h"
#include "unit/t.h"

static void
names(void)
{
	static const struct {
		const char *name;
		enum interval_kind kind;
		int64_t n;
	} good[] = {
		{ "250ms", IV_FIXED, 250 * TIM_MS },
		{ "7m", IV_FIXED, 7 * TIM_MIN },
		{ "24h", IV_FIXED, TIM_DAY },
		{ "1d", IV_DAYS, 1 },
		{ "2w", IV_WEEKS, 2 },
		{ "12mo", IV_MONTHS, 12 },
		{ "1000t", IV_TICKS, 1000 },
		{ "1e3t", IV_TICKS, 1000 },
		{ "5e4v", IV_VOLUME, 50000 * NUM_NANO },
		{ "0.25v", IV_VOLUME, NUM_NANO / 4 },
		{ "1e6d", IV_VALUE, 1000000 * NUM_NANO },
		{ "1000.0d", IV_VALUE, 1000 * NUM_NANO },
	};
	static const char *const bad[] = { "", "m", "1", "1x", "0m", "-1m", "1.5m", "01m", "1e3m",
		"0t", "1.5t", "0v", "-5v", "1e30v", "1M", "1 m", "1mm", "100000000000d", "400d0" };
	struct bar_interval iv;

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		ok(bar_interval_parse(str_z(good[i].name), &iv) && iv.kind == good[i].kind &&
			iv.n == good[i].n,
		    "%s", good[i].name);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(!bar_interval_parse(str_z(bad[i]), &iv), "no interval: \"%s\"", bad[i]);
}

/* What must hold of the interval of any instant. */
static bool
holds(struct grid *g, int64_t t)
{
	struct span s, again, next;

	grid_at(g, t, &s);
	if (t < s.lo || t >= s.hi || s.from > s.till)
		return false;
	/* either there is trading now, inside the interval, or the window is empty */
	if (t >= s.from && t < s.till && !(s.in && s.from >= s.lo && s.till <= s.hi))
		return false;
	grid_at(g, s.lo, &again);
	if (again.lo != s.lo || again.hi != s.hi || again.label != s.label)
		return false;
	grid_at(g, s.hi - 1, &again);
	if (again.lo != s.lo || again.hi != s.hi || again.in != s.in)
		return false;
	if (!s.in)
		return true;
	grid_next(g, &s, &next);
	return next.in && next.lo >= s.hi && next.label > s.label;
}

static void
random_instants(const char *name, const char *session)
{
	struct err e;
	struct sessions *ses = session ? sessions_open(session, NULL, &e) : NULL;
	struct bar_interval iv;
	struct grid g;
	struct rng r;
	int bad = 0;

	bar_interval_parse(str_z(name), &iv);
	grid_init(&g, iv, ses);
	rng_seed(&r, 11);
	for (int i = 0; i < 3000; i++) {
		/* 1990 to 2030 */
		int64_t t = (int64_t)(rng_uniform(&r) * 40 * 365.25 * 86400 + 631152000) * TIM_SEC +
			    (int64_t)rng_below(&r, 1000000000);

		if (!holds(&g, t) && bad++ < 3)
			printf("# at %" PRId64 "\n", t);
	}
	is_i64(bad, 0, "%s, %s: instants lie in their intervals", name,
	    session ? session : "no session");
	sessions_free(ses);
}

static void
edges(void)
{
	struct bar_interval iv = { IV_MONTHS, 1200 };
	struct grid g;
	struct span s;
	int64_t t;

	grid_init(&g, iv, NULL);
	tim_parse("2261-12-31T00:00:00Z", 20, &t, NULL);
	grid_at(&g, t, &s);
	ok(s.lo < t && s.hi == INT64_MAX, "a bar that ends after the end of time");
	iv = (struct bar_interval){ IV_FIXED, 7 * TIM_MIN };
	grid_init(&g, iv, NULL);
	grid_at(&g, -1, &s);
	ok(s.lo == -7 * TIM_MIN && s.hi == 0, "before 1970");
}

int
main(void)
{
	static const char *const intervals[] = { "1s", "7m", "1h", "24h", "1d", "2d", "1w", "1mo",
		"3mo" };
	static const char *const sessions[] = { "XNYS", "XNYS-ext", "CMES", "FX", "24x7" };

	names();
	for (size_t i = 0; i < sizeof intervals / sizeof intervals[0]; i++) {
		random_instants(intervals[i], NULL);
		for (size_t k = 0; k < sizeof sessions / sizeof sessions[0]; k++)
			random_instants(intervals[i], sessions[k]);
	}
	edges();
	return done_testing();
}
