/* The run by symbol and by month. */
#include "perf/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static int
best_first(const void *a, const void *b)
{
	const struct perf_by_symbol *x = a, *y = b;

	if (x->pnl != y->pnl)
		return x->pnl < y->pnl ? 1 : -1;
	return strcmp(x->s->sym->name, y->s->sym->name);
}

struct perf_by_symbol *
perf_by_symbol(const struct perf_run *run, size_t *n)
{
	uint32_t ids = run->trades ? perf_trades_symbols(run->trades) : 0;
	struct perf_by_symbol *out = mem_array(ids, sizeof *out);

	*n = 0;
	for (uint32_t id = 0; id < ids; id++) {
		struct perf_by_symbol b = { perf_trades_symbol(run->trades, id), 0, 0, 0 };
		struct perf_trade tr;

		if (!b.s)
			continue;
		b.pnl = b.s->pnl;
		b.commission = b.s->commission;
		if (perf_trades_open(run->trades, id, &tr)) {
			b.open_pnl = tr.pnl;
			b.pnl = num_add(b.pnl, tr.pnl);
			b.commission = num_add(b.commission, tr.commission);
		}
		out[(*n)++] = b;
	}
	if (*n > 1)
		qsort(out, *n, sizeof *out, best_first);
	return out;
}

struct perf_month *
perf_months(const struct perf_series *s, size_t *n)
{
	size_t cap = 0;
	struct perf_month *out = NULL;
	struct perf_sum k = { 0, 0 };
	bool ruined = false;

	*n = 0;
	for (size_t i = 0; i < s->n && s->day[i] != PERF_NO_DAY; i++) {
		int y, m, d;

		tim_civil(s->day[i], &y, &m, &d);
		if (*n == 0 || out[*n - 1].year != y || out[*n - 1].month != m) {
			*MEM_AT(out, cap, *n) = (struct perf_month){ y, m, 0 };
			(*n)++;
			k = (struct perf_sum){ 0, 0 };
		}
		ruined |= s->r[i] <= -1;
		if (!ruined)
			perf_sum_add(&k, log1p(s->r[i]));
		out[*n - 1].r = ruined ? -1 : expm1(perf_sum_of(&k));
	}
	return out;
}
