/* rl-act -m: how long decisions take, and what is told from time to time. */
#include "base/num.h"
#include "rl/act_int.h"

bool
act_health_took(struct act *a, int64_t ns)
{
	uint64_t n = ns > 1 ? (uint64_t)ns : 1;
	int octave = 63 - __builtin_clzll(n);
	size_t part = octave >= 3 ? (n >> (octave - 3)) & 7 : 0;
	size_t at = (size_t)octave * 8 + part;
	bool late = a->deadline > 0 && ns > a->deadline;

	a->times[at < ACT_TIMES ? at : ACT_TIMES - 1]++;
	a->in_time = late ? 0 : a->in_time + 1;
	a->late += late;
	return late;
}

/* The upper end of the bucket that holds the quantile, us. */
static double
quantile(const struct act *a, double q)
{
	uint64_t all = 0, sum = 0;

	for (size_t i = 0; i < ACT_TIMES; i++)
		all += a->times[i];
	for (size_t i = 0; i < ACT_TIMES; i++) {
		sum += a->times[i];
		if ((double)sum >= q * (double)all)
			return (double)((8 + i % 8 + 1) * (UINT64_C(1) << i / 8)) / 8 / 1e3;
	}
	return 0;
}

void
act_put_number(struct buf *b, const char *key, double v)
{
	char t[NUM_MAX];

	buf_printf(b, ",\"%s\":%.*s", key, (int)(num_put_f64(t, act_round(v)) - t), t);
}

static int
put_status(struct act *a)
{
	struct rec r;

	buf_clear(&a->text);
	buf_printf(&a->text, "\"fallbacks\":%llu", (unsigned long long)a->fallbacks);
	if (a->live && a->drift.n && a->drift.n == a->drift.window && a->drift.worst >= 0) {
		act_put_number(&a->text, "psi", a->drift.worst);
		buf_puts(&a->text, ",\"psi_column\":");
		rec_put_string(&a->text, str_z(a->live->form.names[a->drift.column]));
	}
	if (a->live && a->peak > 0)
		act_put_number(&a->text, "drawdown", 1 - (double)a->live->equity / (double)a->peak);
	if (a->nhit)
		act_put_number(&a->text, "hit_rate", (double)a->hits / (double)a->nhit);
	if (a->timing) {
		act_put_number(&a->text, "decision_us_p50", quantile(a, 0.5));
		act_put_number(&a->text, "decision_us_p99", quantile(a, 0.99));
		act_put_number(&a->text, "late", (double)a->late);
	}
	rec_init(&r, REC_status, a->wm, NULL);
	rec_set(
	    &r, F_status_source, r.status.source, a->policy_name.n ? a->policy_name : a->strategy);
	rec_set(&r, F_status_state, r.status.state, a->ill ? W_sstate_degraded : W_sstate_alive);
	rec_set(&r, F_status_text, r.status.text, str_z(act_ills[a->ill]));
	rec_set(&r, F_status_records, r.status.records, (int64_t)a->decisions);
	r.extra = buf_str(&a->text);
	return stage_emit(&a->base, &r);
}

int
act_health_status(struct act *a, bool end)
{
	if (a->status_every <= 0 || (end && a->status_due == TIM_NONE))
		return 0;
	if (!end && a->status_due == TIM_NONE) {
		a->status_due = num_add(a->wm, a->status_every);
		return 0;
	}
	if (end ? a->wm == a->status_due - a->status_every : a->wm < a->status_due)
		return 0; /* not due; or at the end, and told at this very watermark */
	a->status_due = num_add(a->wm, a->status_every);
	return put_status(a);
}
