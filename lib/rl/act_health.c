/*
 * When a learned policy must not decide, and who does then. What is wrong with all views (no
 * model, bad results, drift, lateness) and with one of them (a column that does not come, nothing
 * new, no number) is told once a change, as an alert.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rl/act_int.h"
#include "vision/card.h"

#define BACK_PSI 0.8    /* of --max-psi: below it drift is over */
#define BACK_IN_TIME 10 /* decisions in a row, and lateness is over */

static const char *const words[ACT_ILLS] = { "well", "unloaded", "degraded", "drift", "late",
	"missing", "stale", "broken" };

/* ---- opening ---- */
static bool
is_rule(const struct act *a)
{
	return a->policy != NULL;
}

static const char *
fallback_name(const struct act *a)
{
	return a->fallback_text ? a->fallback_text : "flat";
}

int
act_health_open(struct act *a)
{
	const char *f = fallback_name(a);

	if (strcmp(f, "flat") != 0 && strcmp(f, "hold") != 0) {
		if (strncmp(f, "rule:", 5) != 0)
			return err_set(a->base.env->err, ERR_USAGE,
			    "--fallback: '%s' is not known; there are flat, hold and rule:NAME", f);
		a->policy = rl_policy_new(f, a->base.env->err);
		if (!a->policy)
			return err_wrap(a->base.env->err, "--fallback");
	}
	a->hit = mem_alloc((size_t)a->hit_window);
	return 0;
}

void
act_health_close(struct act *a)
{
	free(a->hit);
	free(a->drift.bin);
	free(a->drift.count);
}

/* ---- telling ---- */
static int
alert(struct act *a, enum act_ill ill, const struct sym *sym, const char *more)
{
	char rule[40];
	struct rec r;

	rec_init(&r, REC_alert, a->wm, sym);
	rec_set(&r, F_alert_severity, r.alert.severity,
	    (uint8_t)(ill == ACT_WELL ? W_sev_info : W_sev_warn));
	snprintf(rule, sizeof rule, "policy_%s", ill == ACT_WELL ? "back" : words[ill]);
	rec_set(&r, F_alert_rule, r.alert.rule, str_z(rule));
	buf_clear(&a->text);
	buf_printf(&a->text, "%.*s: %s", STR_FMT(a->strategy), more);
	if (ill != ACT_WELL)
		buf_printf(&a->text, "; %s decides", fallback_name(a));
	rec_set(&r, F_alert_text, r.alert.text, buf_str(&a->text));
	if (ill == ACT_DEGRADED || ill == ACT_DRIFTED) {
		rec_set(&r, F_alert_value, r.alert.value, act_round(a->figure));
		rec_set(&r, F_alert_limit, r.alert.limit, a->bound);
	}
	return stage_emit(&a->base, &r);
}

/* What is wrong with all views has changed. */
static int
change(struct act *a, enum act_ill ill, const char *more)
{
	if (a->ill == ill)
		return 0;
	a->ill = ill;
	return alert(a, ill, NULL, ill == ACT_WELL ? "it decides again" : more);
}

/* ---- the rule behind ---- */
static int
note_rule(void *arg, const struct rl_target *t)
{
	struct act *a = arg;
	struct act_wanted *w = MEM_AT(a->want, a->nwant, t->sym->id);

	w->rule = true;
	w->said = *t;
	return 0;
}

static int
emit_fallback(struct act *a, const struct rl_target *t, const char *policy)
{
	struct act_wanted *w = MEM_AT(a->want, a->nwant, t->sym->id);
	int64_t position = t->is_weight ? 0 : t->position;
	double weight = t->is_weight ? t->weight : 0;
	struct rec r;

	if (w->position == position && w->weight == weight)
		return 0;
	rec_init(&r, REC_target, a->wm, t->sym);
	rec_set(&r, F_target_strategy, r.target.strategy, a->strategy);
	if (t->is_weight)
		rec_set(&r, F_target_weight, r.target.weight, weight);
	else
		rec_set(&r, F_target_position, r.target.position, position);
	rec_set(&r, F_target_policy, r.target.policy, str_z(policy));
	rec_set(&r, F_target_fallback, r.target.fallback, true);
	rec_set(&r, F_target_reason, r.target.reason, str_z(t->reason));
	int rc = act_emit_target(a, &r);
	return rc || !a->live ? rc : rl_live_tell(a->live, &r);
}

/* Orders leave no wish behind: then it is the position that says whether there is something. */
static bool
holds(struct act *a, const struct sym *sym)
{
	const struct ledger_pos *p = ledger_pos(account_ledger(a->live->gate.risk.account), sym);

	return p && p->qty != 0;
}

static int
fall_flat(struct act *a, const struct sym *sym, bool begins, const char *why)
{
	struct act_wanted *w = MEM_AT(a->want, a->nwant, sym->id);
	struct rl_target t = { .sym = sym, .is_weight = w->weight != 0, .reason = why };

	if (begins && w->weight == 0 && w->position == 0 && holds(a, sym))
		w->position = 1; /* so that 0 is news */
	return emit_fallback(a, &t, "flat");
}

static int
fall_back(struct act *a, struct rl_view *v, bool begins, enum act_ill ill)
{
	int rc = 0;

	a->fallbacks++;
	if (strcmp(fallback_name(a), "hold") == 0)
		return 0;
	for (size_t i = 0; i < v->k.nsym && rc == 0; i++) {
		const struct sym *sym = v->k.sym[i];
		struct act_wanted *w = MEM_AT(a->want, a->nwant, sym->id);

		if (!is_rule(a))
			rc = fall_flat(a, sym, begins, words[ill]);
		else if (w->rule)
			rc = emit_fallback(a, &w->said, a->policy->rule->name);
	}
	return rc;
}

/* Without a model there are no views: the rule decides about what it sees. */
static int
rule_alone(struct act *a)
{
	int rc = change(a, ACT_UNLOADED, a->load_error);

	if (rc == 0 && is_rule(a)) {
		a->fallbacks++;
		for (size_t i = 0; i < a->nwant && rc == 0; i++)
			if (a->want[i].rule)
				rc = emit_fallback(a, &a->want[i].said, a->policy->rule->name);
	}
	return rc;
}

/* ---- drift ---- */
static void
drift_row(struct act *a, const struct rl_view *v)
{
	const struct rl_card *card = &a->net[0].card;
	struct act_drift *d = &a->drift;
	const float *row = v->k.cols + v->c.t * v->k.ncols;
	size_t n = card->ncolumns;

	if (!d->bin) {
		d->window = (size_t)a->psi_window;
		d->bin = mem_array(d->window, n);
		d->count = mem_array(n * RL_CARD_BINS, sizeof *d->count);
	}
	uint8_t *bin = d->bin + d->next * n;
	for (size_t i = 0; i < n; i++) {
		if (d->n == d->window)
			d->count[i * RL_CARD_BINS + bin[i]]--;
		bin[i] = (uint8_t)rl_card_bin(&card->columns[i], (double)row[i]);
		d->count[i * RL_CARD_BINS + bin[i]]++;
	}
	d->next = (d->next + 1) % d->window;
	d->n += d->n < d->window;
	d->since++;
}

/* The largest PSI, made anew ten times a window. */
static void
drift_measure(struct act *a)
{
	const struct rl_card *card = &a->net[0].card;
	struct act_drift *d = &a->drift;

	if (!d->bin || d->n < d->window || d->since * 10 < d->window)
		return;
	d->since = 0;
	d->worst = -1;
	for (size_t i = 0; i < card->ncolumns; i++) {
		double share[RL_CARD_BINS], psi;

		for (size_t k = 0; k < RL_CARD_BINS; k++)
			share[k] = (double)d->count[i * RL_CARD_BINS + k] / (double)d->window;
		psi = vision_psi(share, card->columns[i].shares, RL_CARD_BINS);
		if (psi > d->worst) {
			d->worst = psi;
			d->column = i;
		}
	}
}

static enum act_ill
drift(struct act *a)
{
	bool was = a->ill == ACT_DRIFTED;

	if (a->max_psi <= 0 && a->status_every <= 0)
		return ACT_WELL;
	for (size_t i = 0; i < a->live->nviews; i++)
		if (rl_view_ready(a->live->view[i]))
			drift_row(a, a->live->view[i]);
	drift_measure(a);
	if (a->max_psi <= 0 || a->drift.n < a->drift.window || a->drift.n == 0)
		return ACT_WELL;
	a->figure = a->drift.worst;
	a->bound = a->max_psi;
	return a->drift.worst > a->max_psi * (was ? BACK_PSI : 1) ? ACT_DRIFTED : ACT_WELL;
}

/* ---- results ---- */
void
act_health_side(struct act *a, struct act_wanted *w, int side, int64_t price)
{
	size_t n = (size_t)a->hit_window;

	if (w->side == side)
		return;
	if (w->side != 0 && w->price > 0 && price > 0) {
		uint8_t hit = w->side > 0 ? price > w->price : price < w->price;

		if (a->nhit == n)
			a->hits -= a->hit[a->next_hit];
		a->hit[a->next_hit] = hit;
		a->hits += hit;
		a->next_hit = (a->next_hit + 1) % n;
		a->nhit += a->nhit < n;
	}
	w->side = side;
	w->price = price;
}

static void
begin_anew(struct act *a)
{
	a->peak = 0;
	a->nhit = a->next_hit = a->hits = 0;
	a->inactive = 0;
}

/* Words of what is too bad, or NULL. */
static const char *
too_bad(struct act *a)
{
	int64_t equity = a->live->equity;

	if (equity > a->peak)
		a->peak = equity;
	a->figure = a->peak > 0 ? 1 - (double)equity / (double)a->peak : 0;
	a->bound = a->max_drawdown;
	if (a->max_drawdown > 0 && a->figure > a->bound)
		return "equity fell too far from its peak";
	a->figure = a->nhit ? (double)a->hits / (double)a->nhit : 1;
	a->bound = a->min_hit_rate;
	if (a->min_hit_rate > 0 && a->nhit == (size_t)a->hit_window && a->figure < a->bound)
		return "too few of the last decisions went the right way";
	return NULL;
}

int
act_health_instant(struct act *a)
{
	const char *bad = NULL;
	int rc = is_rule(a) ? a->policy->rule->decide(a->policy, note_rule, a) : 0;

	if (rc || !a->live)
		return rc ? rc : rule_alone(a);
	if (!a->live->any)
		return 0;
	if (a->ill == ACT_DEGRADED) {
		a->inactive++;
		if (a->reactivate == 0 || a->inactive < a->reactivate)
			return 0;
		begin_anew(a);
	}
	bad = too_bad(a);
	if (bad)
		return change(a, ACT_DEGRADED, bad);
	enum act_ill drifted = drift(a);
	if (drifted) {
		char more[200];

		snprintf(more, sizeof more, "%.100s is not what it learned from",
		    a->live->form.names[a->drift.column]);
		return change(a, drifted, more);
	}
	if (a->ill == ACT_LATE && a->in_time < BACK_IN_TIME)
		return 0;
	return change(a, ACT_WELL, NULL);
}

/* ---- one view ---- */
enum act_ill
act_health_view(struct act *a, struct rl_view *v)
{
	if (!rl_view_ready(v))
		return v->instants > a->patience ? ACT_MISSING : ACT_WELL;
	if (a->stale > 0 && v->fresh_ts != TIM_NONE && a->wm - v->fresh_ts > a->stale)
		return ACT_STALE;
	return ACT_WELL;
}

/* The words of what is wrong with a view alone. */
static const char *
view_words(struct act *a, const struct rl_view *v, enum act_ill ill, char *to, size_t n)
{
	const char *column = v->missing < v->k.ncols ? a->live->form.names[v->missing] : "a window";

	if (ill == ACT_MISSING)
		snprintf(to, n,
		    "after %lld instants there is no %s%s%s; it was trained behind '%.300s'",
		    (long long)v->instants, column, a->live->world.each ? " of " : "",
		    a->live->world.each ? v->k.sym[0]->name : "", a->net[0].card.pipeline);
	else if (ill == ACT_STALE)
		snprintf(to, n, "nothing new came");
	else if (ill == ACT_BROKEN)
		snprintf(to, n, "what it saw or said is no number");
	else
		snprintf(to, n, "it decides again");
	return to;
}

int
act_health_settle(struct act *a, struct rl_view *v, enum act_ill ill)
{
	struct act_view *own = &a->view[v->index];
	const struct sym *sym = a->live->world.each ? v->k.sym[0] : NULL;
	char text[500];
	int rc = 0;

	if (ill == ACT_LATE) /* is all views' */
		rc = change(a, ACT_LATE, "a decision took too long");
	else if (ill != own->before) {
		view_words(a, v, ill, text, sizeof text);
		if (ill == ACT_MISSING && !a->fallback_text)
			return stage_fail(
			    &a->base, ERR_DATA, "%.*s: %s", STR_FMT(a->strategy), text);
		own->before = ill;
		rc = alert(a, ill, sym, text);
	}
	enum act_ill now = a->ill ? a->ill : ill;
	if (rc == 0 && now != ACT_WELL)
		rc = fall_back(a, v, !own->off, now);
	else if (rc == 0 && own->off)
		rl_view_forget(v);
	own->off = now != ACT_WELL;
	return rc;
}

/* ---- time ---- */
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

static void
put_number(struct buf *b, const char *key, double v)
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
	if (a->live && a->drift.n && a->drift.n == a->drift.window) {
		put_number(&a->text, "psi", a->drift.worst);
		buf_puts(&a->text, ",\"psi_column\":");
		rec_put_string(&a->text, str_z(a->live->form.names[a->drift.column]));
	}
	if (a->live && a->peak > 0)
		put_number(&a->text, "drawdown", 1 - (double)a->live->equity / (double)a->peak);
	if (a->nhit)
		put_number(&a->text, "hit_rate", (double)a->hits / (double)a->nhit);
	if (a->timing) {
		put_number(&a->text, "decision_us_p50", quantile(a, 0.5));
		put_number(&a->text, "decision_us_p99", quantile(a, 0.99));
		put_number(&a->text, "late", (double)a->late);
	}
	rec_init(&r, REC_status, a->wm, NULL);
	rec_set(
	    &r, F_status_source, r.status.source, a->policy_name.n ? a->policy_name : a->strategy);
	rec_set(&r, F_status_state, r.status.state, a->ill ? W_sstate_degraded : W_sstate_alive);
	rec_set(&r, F_status_text, r.status.text, str_z(words[a->ill]));
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
		a->status_due = a->wm + a->status_every;
		return 0;
	}
	if (!end && a->wm < a->status_due)
		return 0;
	a->status_due = a->wm + a->status_every;
	return put_status(a);
}
