#include "perf/orders.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
perf_orders_free(struct perf_orders *o)
{
	free(o->live);
	*o = (struct perf_orders){ 0 };
}

static uint64_t
hash(struct str s)
{
	uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (uint8_t)s.p[i]) * UINT64_C(1099511628211);
	h ^= h >> 32;
	return h ? h : 1;
}

/* Where h is, or the free place where it would go. */
static size_t
place(const struct perf_orders *o, uint64_t h)
{
	size_t i = h & (o->caplive - 1);

	while (o->live[i] != 0 && o->live[i] != h)
		i = (i + 1) & (o->caplive - 1);
	return i;
}

static void
live_add(struct perf_orders *o, uint64_t h)
{
	if (2 * (o->nlive + 1) > o->caplive) {
		uint64_t *old = o->live;
		size_t n = o->caplive;

		o->caplive = n ? 2 * n : 64;
		o->live = mem_array(o->caplive, sizeof *o->live);
		for (size_t i = 0; i < n; i++)
			if (old[i] != 0)
				o->live[place(o, old[i])] = old[i];
		free(old);
	}
	o->live[place(o, h)] = h;
	o->nlive++;
}

/* Closes the hole, so that no probe of another order ends early. */
static void
live_remove(struct perf_orders *o, size_t i)
{
	o->live[i] = 0;
	o->nlive--;
	for (;;) {
		i = (i + 1) & (o->caplive - 1);
		uint64_t h = o->live[i];

		if (h == 0)
			return;
		o->live[i] = 0;
		o->live[place(o, h)] = h;
	}
}

static void
status_push(struct perf_orders *o, const struct rec *r)
{
	uint64_t h = hash(r->order_status.cl_ord_id);
	size_t i = o->caplive ? place(o, h) : 0;
	bool known = o->caplive && o->live[i] == h;

	if (!known)
		o->seen++;
	switch (r->order_status.status) {
	case W_ostat_filled: o->filled++; break;
	case W_ostat_canceled: o->canceled++; break;
	case W_ostat_rejected: o->rejected++; break;
	case W_ostat_expired: o->expired++; break;
	default:
		if (!known)
			live_add(o, h);
		return;
	}
	if (known)
		live_remove(o, i);
}

/* NULL when there are too many */
static struct perf_rule *
rule_count(struct perf_orders *o, struct str name)
{
	size_t n = name.n < sizeof o->rules[0].name ? name.n : sizeof o->rules[0].name - 1;
	struct perf_rule *p;

	for (p = o->rules; p < o->rules + o->nrules; p++)
		if (strlen(p->name) == n && memcmp(p->name, name.p, n) == 0) {
			p->count++;
			return p;
		}
	if (o->nrules == PERF_RULES)
		return NULL;
	o->nrules++;
	memcpy(p->name, name.p, n);
	p->count = 1;
	return p;
}

static void
reject_push(struct perf_orders *o, const struct rec *r)
{
	struct perf_rule *p = rule_count(o, r->reject.rule);

	o->rejects++;
	/* the venue gives an order that it refuses an order_status, too */
	o->stopped += !rec_has(r, F_reject_source) || str_eqz(r->reject.source, "risk-gate");
	if (!p || p->rejects++ > 0)
		return;
	p->limit = rec_has(r, F_reject_limit) ? r->reject.limit : NAN;
	p->value = rec_has(r, F_reject_value) ? r->reject.value : NAN;
}

void
perf_orders_push(struct perf_orders *o, const struct rec *r)
{
	switch (r->type) {
	case REC_order_status: status_push(o, r); break;
	case REC_reject: reject_push(o, r); break;
	case REC_alert:
		o->alerts++;
		rule_count(o, r->alert.rule);
		break;
	default: break;
	}
}

void
perf_orders_values(const struct perf_orders *o, struct perf_values *v)
{
	perf_put_int(v, PM_orders, o->seen);
	perf_put_int(v, PM_orders_filled, o->filled);
	perf_put_int(v, PM_orders_canceled, o->canceled);
	perf_put_int(v, PM_orders_rejected, o->rejected);
	perf_put_int(v, PM_orders_expired, o->expired);
	perf_put(v, PM_fill_rate, (double)o->filled / (double)o->seen);
	perf_put_int(v, PM_rejects, o->rejects);
	perf_put_int(v, PM_alerts, o->alerts);
}
