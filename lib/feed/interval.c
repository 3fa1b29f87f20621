#include <stdio.h>
#include <stdlib.h>

#include "feed/interval.h"

#include "base/mem.h"
#include "base/num.h"

bool
interval_parse(struct str s, struct interval *iv)
{
	int64_t n;

	*iv = (struct interval){ 0 };
	if (s.n == 0 || s.n >= sizeof iv->text)
		return false;
	if (s.n > 2 && memcmp(s.p + s.n - 2, "mo", 2) == 0) {
		if (!num_i64(s.p, s.n - 2, &n) || n < 1 || n > 1200)
			return false;
		iv->months = (int)n;
		iv->ns = n * 28 * TIM_DAY;
	} else if (s.p[s.n - 1] >= '0' && s.p[s.n - 1] <= '9') {
		return false; /* a span of seconds is not a bar's name */
	} else if (!tim_span(s.p, s.n, &iv->ns) || iv->ns <= 0) {
		iv->ns = 0;
		return false;
	}
	memcpy(iv->text, s.p, s.n);
	return true;
}

void
interval_of(int64_t ns, struct interval *iv)
{
	static const struct {
		int64_t ns;
		const char *unit;
	} units[] = { { 7 * TIM_DAY, "w" }, { TIM_DAY, "d" }, { TIM_HOUR, "h" }, { TIM_MIN, "m" },
		{ TIM_SEC, "s" }, { TIM_MS, "ms" }, { TIM_US, "us" }, { 1, "ns" } };
	size_t i = 0;

	while (ns % units[i].ns)
		i++;
	*iv = (struct interval){ .ns = ns };
	snprintf(iv->text, sizeof iv->text, "%lld%s", (long long)(ns / units[i].ns), units[i].unit);
}

static int64_t
months_later(int64_t ts, int months)
{
	int y, m, d;

	tim_civil(tim_day(ts), &y, &m, &d);
	m += months - 1;
	return tim_days(y + m / 12, m % 12 + 1, 1) * TIM_DAY;
}

int64_t
interval_end(const struct interval *iv, int64_t ts)
{
	if (iv->months)
		return months_later(ts, iv->months);
	if (iv->ns == TIM_DAY)
		ts = tim_floor(ts, TIM_DAY);
	return ts > INT64_MAX - iv->ns ? INT64_MAX : ts + iv->ns;
}

void
interval_probe_init(struct interval_probe *p)
{
	*p = (struct interval_probe){ .midnights = true, .firsts = true };
}

void
interval_probe_add(struct interval_probe *p, uint32_t sym, int64_t ts)
{
	int y, m, d;

	if (sym >= p->nlast) {
		size_t was = p->nlast;

		p->last = mem_grow(p->last, &p->nlast, sym, sizeof *p->last);
		for (size_t i = was; i < p->nlast; i++)
			p->last[i] = TIM_NONE;
	}
	if (p->last[sym] != TIM_NONE) {
		/* newest-first files step backward */
		uint64_t a = (uint64_t)ts, b = (uint64_t)p->last[sym];
		int64_t step = (int64_t)(ts > p->last[sym] ? a - b : b - a);

		if (step > 0 && (p->step == 0 || step < p->step))
			p->step = step;
	}
	p->last[sym] = ts;
	if (ts != tim_floor(ts, TIM_DAY))
		p->midnights = p->firsts = false;
	tim_civil(tim_day(ts), &y, &m, &d);
	if (d != 1)
		p->firsts = false;
}

bool
interval_probe_done(struct interval_probe *p, struct interval *iv)
{
	int64_t step = p->step;

	free(p->last);
	p->last = NULL;
	p->nlast = 0;
	if (step <= 0)
		return false;
	if (p->firsts && step >= 28 * TIM_DAY && step <= 31 * TIM_DAY)
		return interval_parse(str_z("1mo"), iv);
	if (p->midnights && step >= TIM_DAY && step < 7 * TIM_DAY)
		step = TIM_DAY;
	interval_of(step, iv);
	return true;
}
