/*
 * The state file: what must survive a restart. Latched breakers, the peak and the day's first
 * equity, and the account: the shadow, or what the executor has told of the real one.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/tim.h"
#include "rec/codec.h"
#include "rec/json.h"
#include "risk/risk.h"

static void
put_key(struct buf *out, const char *key)
{
	buf_printf(out, "\"%s\":", key);
}

static void
put_cash(struct buf *out, const char *key, int64_t micro)
{
	char t[NUM_MAX];

	put_key(out, key);
	buf_put(out, t, (size_t)(num_put_cash(t, micro) - t));
}

static void
put_time(struct buf *out, const char *key, int64_t ns)
{
	char t[TIM_LEN];

	put_key(out, key);
	buf_putc(out, '"');
	buf_put(out, t, (size_t)(tim_put(t, ns) - t));
	buf_putc(out, '"');
}

static void
put_f64(struct buf *out, const char *key, double v)
{
	char t[NUM_MAX];

	put_key(out, key);
	buf_put(out, t, (size_t)(num_put_f64(t, v) - t));
}

static void
put_latch(struct buf *out, const struct risk_latch *l)
{
	buf_puts(out, "{\"rule\":");
	rec_put_string(out, str_z(l->rule));
	buf_printf(out, ",\"state\":\"%s\",", risk_state_name(l->state));
	put_time(out, "ts", l->ts);
	if (isfinite(l->value) && isfinite(l->limit)) {
		buf_putc(out, ',');
		put_f64(out, "value", l->value);
		buf_putc(out, ',');
		put_f64(out, "limit", l->limit);
	}
	buf_puts(out, ",\"text\":");
	rec_put_string(out, str_z(l->text));
	buf_putc(out, '}');
}

void
risk_save(const struct risk *k, bool follow, struct buf *out)
{
	buf_printf(out, "{\"version\":1,\"state\":\"%s\",\"latches\":[", risk_state_name(k->state));
	for (size_t i = 0; i < k->nlatches; i++) {
		if (i)
			buf_putc(out, ',');
		put_latch(out, &k->latches[i]);
	}
	buf_putc(out, ']');
	if (k->now != TIM_NONE) {
		buf_putc(out, ',');
		put_time(out, "now", k->now);
	}
	if (k->based) {
		/* re-armed and not looked at since: what is measured from is not known yet */
		if (k->peak != INT64_MIN) {
			buf_putc(out, ',');
			put_cash(out, "peak_equity", k->peak);
		}
		if (k->day_equity != INT64_MIN) {
			buf_putc(out, ',');
			put_cash(out, "day_equity", k->day_equity);
		}
		buf_putc(out, ',');
		put_cash(out, "last_equity", k->last_equity);
		if (k->day != INT64_MIN)
			buf_printf(out, ",\"day\":%lld", (long long)k->day);
	}
	buf_printf(out, ",\"follow\":%s,\"account\":", follow ? "true" : "false");
	account_save(k->account, out);
	buf_puts(out, "}\n");
}

static bool
load_latch(struct risk_latch *l, const struct json *j)
{
	struct str rule, state, text = { "", 0 }, ts;

	if (!json_text(json_get(j, "rule"), &rule) || !json_text(json_get(j, "state"), &state) ||
	    !json_text(json_get(j, "ts"), &ts) || rule.n >= sizeof l->rule ||
	    !tim_parse(ts.p, ts.n, &l->ts, NULL))
		return false;
	json_text(json_get(j, "text"), &text);
	snprintf(l->rule, sizeof l->rule, "%.*s", STR_FMT(rule));
	snprintf(l->text, sizeof l->text, "%.*s", STR_FMT(text));
	l->value = l->limit = NAN;
	json_f64(json_get(j, "value"), &l->value);
	json_f64(json_get(j, "limit"), &l->limit);
	/* A word that is not known is the worst one. */
	l->state = str_eqz(state, "reducing") ? RISK_REDUCING : RISK_HALTED;
	return true;
}

static bool
load_fields(struct risk *k, const struct json *j)
{
	const struct json *latches = json_get(j, "latches");
	int64_t version;
	struct str now;

	if (!json_i64(json_get(j, "version"), &version) || version != 1 ||
	    json_kind(latches) != JSON_IS_ARRAY || json_len(latches) > RISK_LATCHES)
		return false;
	for (size_t i = 0; i < json_len(latches); i++) {
		struct risk_latch *l = &k->latches[k->nlatches];
		if (!load_latch(l, json_at(latches, i)))
			return false;
		k->nlatches++;
		if (l->state > k->state)
			k->state = l->state;
	}
	if (json_get(j, "now") &&
	    (!json_text(json_get(j, "now"), &now) || !tim_parse(now.p, now.n, &k->now, NULL)))
		return false;
	if (!json_get(j, "last_equity"))
		return !json_get(j, "peak_equity") && !json_get(j, "day_equity");
	k->peak = k->day_equity = k->day = INT64_MIN;
	k->based = json_micro(json_get(j, "last_equity"), &k->last_equity);
	return k->based &&
	       (!json_get(j, "peak_equity") || json_micro(json_get(j, "peak_equity"), &k->peak)) &&
	       (!json_get(j, "day_equity") ||
		   json_micro(json_get(j, "day_equity"), &k->day_equity)) &&
	       (!json_get(j, "day") || json_i64(json_get(j, "day"), &k->day));
}

/* The text of a member that is an object, found by its key and its braces; it was parsed before,
 * so the braces match. */
static struct str
object_text(const char *p, size_t n, const char *key)
{
	struct str out = { NULL, 0 };
	const char *at = memmem(p, n, key, strlen(key)), *end = p + n;
	int depth = 0;
	bool quoted = false;

	if (!at)
		return out;
	at += strlen(key);
	for (const char *c = at; c < end; c++) {
		if (quoted && *c == '\\')
			c++;
		else if (*c == '"')
			quoted = !quoted;
		else if (!quoted && *c == '{')
			depth++;
		else if (!quoted && *c == '}' && --depth == 0)
			return (struct str){ at, (size_t)(c + 1 - at) };
	}
	return out;
}

int
risk_load(struct risk *k, bool *follow, const char *json, size_t n, struct err *e)
{
	struct json *j = json_parse_text(json, n, e);
	int rc = 0;

	if (!j)
		return e->code = ERR_DATA;
	if (!load_fields(k, j) || !json_bool(json_get(j, "follow"), follow))
		rc = err_set(e, ERR_DATA, "this is no state file of risk-gate");
	if (rc == 0) {
		struct str a = object_text(json, n, "\"account\":");
		rc = a.p ? account_load(k->account, a.p, a.n, e)
			 : err_set(e, ERR_DATA, "its account cannot be found");
	}
	json_free(j);
	return rc;
}

static void
drop_latch(struct risk *k, size_t i)
{
	const char *rule = k->latches[i].rule;

	/* What tripped it must not trip it again at once: measure from here. */
	if (!strcmp(rule, "drawdown"))
		k->peak = INT64_MIN;
	if (!strcmp(rule, "daily_loss"))
		k->day_equity = INT64_MIN;
	memmove(&k->latches[i], &k->latches[i + 1], (k->nlatches - i - 1) * sizeof *k->latches);
	k->nlatches--;
	k->state = RISK_ACTIVE;
	for (size_t n = 0; n < k->nlatches; n++)
		if (k->latches[n].state > k->state)
			k->state = k->latches[n].state;
	k->dirty = true;
}

static int
not_latched(const struct risk *k, struct str name, struct err *e)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < k->nlatches; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", k->latches[i].rule);
	err_set(e, ERR_USAGE, "--rearm: '%.*s' is not tripped; tripped: %s", STR_FMT(name),
	    k->nlatches ? buf_z(&b) : "nothing");
	buf_free(&b);
	return ERR_USAGE;
}

int
risk_rearm(struct risk *k, const char *text, struct err *e)
{
	struct str name = { text, strcspn(text, ":") };
	size_t at = k->nlatches;

	/* An alert's rule may have a colon in its name: the longest that fits is meant. */
	for (size_t i = 0; i < k->nlatches; i++) {
		size_t len = strlen(k->latches[i].rule);
		if (strncmp(text, k->latches[i].rule, len) != 0 || text[len] != ':' ||
		    (at < k->nlatches && len < name.n))
			continue;
		at = i;
		name.n = len;
	}
	const char *reason = text + name.n;
	reason += *reason == ':';
	reason += strspn(reason, " \t");
	if ((name.n == 0 && at == k->nlatches) || !*reason)
		return err_set(e, ERR_USAGE, "--rearm wants 'NAME: REASON', both not empty");
	if (at == k->nlatches)
		return not_latched(k, name, e);
	drop_latch(k, at);
	snprintf(k->rearmed, sizeof k->rearmed, "%.*s re-armed: %.*s", STR_FMT(name),
	    STR_FMT(str_cut(str_z(reason), sizeof k->rearmed - RISK_RULE - 16)));
	return 0;
}
