/*
 * Reading and printing a mixing file. Tables of keys drive both; nothing is guessed: an unknown
 * key, a wrong kind or a value out of range names the file, the path of the key and the reason.
 */
#include "signal/config.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/tim.h"
#include "rec/json.h"

const char *const mix_methods[MIX_NMETHODS] = { "weighted", "confidence", "vote", "weighted-vote",
	"unanimous", "hedge", "eg", "bayes", "logistic", "ridge" };
static const char *const by_words[] = { "symbol", "time", "both", NULL };

enum key_kind { KEY_F64, KEY_INT, KEY_SPAN, KEY_BOOL, KEY_TEXT, KEY_METHOD, KEY_BY, KEY_ETA };

struct key {
	const char *name;
	enum key_kind kind;
	size_t off;
	double lo, hi; /* spans in seconds */
};

#define YEARS 3.2e9
#define C(f) offsetof(struct mix_config, f)
#define R(f) offsetof(struct mix_rule, f)
#define G(f) offsetof(struct mix_regime, f)
#define A(f) offsetof(struct mix_arm, f)
/* clang-format off */
static const struct key top_keys[] = {
	{ "name", KEY_TEXT, C(name), 0, 0 },
	{ "ttl", KEY_SPAN, C(ttl), 0, YEARS }, { "half_life", KEY_SPAN, C(half_life), 0, YEARS },
	{ "change", KEY_F64, C(change), 0, 2 }, { "every", KEY_SPAN, C(every), 0, YEARS },
	{ "cooldown", KEY_SPAN, C(cooldown), 0, YEARS }, { "dedupe", KEY_SPAN, C(dedupe), 0, YEARS },
	{ "status", KEY_SPAN, C(status), 0, YEARS },
	{ "max_sources", KEY_INT, C(max_sources), 1, MIX_SOURCES_MAX },
	{ "targets", KEY_BOOL, C(targets), 0, 0 }, { "keep", KEY_BOOL, C(keep), 0, 0 },
	{ "shadow", KEY_BOOL, C(shadow), 0, 0 }, { 0 }
};
static const struct key arm_keys[] = {
	{ "method", KEY_METHOD, A(method), 0, 0 }, { "threshold", KEY_F64, A(threshold), 0, 1 },
	{ "quorum", KEY_F64, A(quorum), 0, 1 }, { "min_sources", KEY_INT, A(min_sources), 1, 1024 }, { 0 }
};
static const struct key confirm_keys[] = {
	{ "k", KEY_INT, A(confirm.k), 0, 1024 }, { "n", KEY_INT, A(confirm.n), 0, 1024 },
	{ "window", KEY_SPAN, A(confirm.window), 0, YEARS }, { 0 }
};
static const struct key learn_keys[] = {
	{ "eta", KEY_ETA, A(learn.eta), 1e-9, 1e6 }, { "share", KEY_F64, A(learn.share), 0, 1 },
	{ "forget", KEY_F64, A(learn.forget), 0.5, 1 }, { "scale", KEY_F64, A(learn.scale), 1e-9, 10 },
	{ "rate", KEY_F64, A(learn.rate), 1e-9, 100 }, { "ridge", KEY_F64, A(learn.ridge), 1e-9, 1e9 },
	{ "warmup", KEY_INT, A(learn.warmup), 0, 1e9 }, { "per_symbol", KEY_BOOL, A(learn.per_symbol), 0, 0 },
	{ 0 }
};
static const struct key rule_keys[] = {
	{ "match", KEY_TEXT, R(match), 0, 0 }, { "weight", KEY_F64, R(weight), 0, 1e9 },
	{ "confidence", KEY_F64, R(confidence), 0, 1 }, { "half_life", KEY_SPAN, R(half_life), 0, YEARS },
	{ "ttl", KEY_SPAN, R(ttl), 0, YEARS }, { "group", KEY_TEXT, R(group), 0, 0 },
	{ "invert", KEY_BOOL, R(invert), 0, 0 }, { "veto", KEY_BOOL, R(veto), 0, 0 },
	{ "keep_on", KEY_BOOL, R(keep_on), 0, 0 }, { 0 }
};
static const struct key regime_keys[] = {
	{ "model", KEY_TEXT, G(model), 0, 0 }, { "label", KEY_TEXT, G(label), 0, 0 },
	{ "state", KEY_INT, G(state), -1, 1e6 }, { "scale", KEY_F64, G(scale), 0, 1e6 },
	{ "soft", KEY_BOOL, G(soft), 0, 0 }, { 0 }
};
static const struct key off_keys[] = {
	{ "window", KEY_INT, C(off.window), 0, 65536 }, { "min_trials", KEY_INT, C(off.min_trials), 1, 1e9 },
	{ "probation", KEY_INT, C(off.probation), 1, 65536 }, { "min_hit", KEY_F64, C(off.min_hit), 0, 1 },
	{ "max_drawdown", KEY_F64, C(off.max_drawdown), 0, 1e6 },
	{ "back_hit", KEY_F64, C(off.back_hit), 0, 1 }, { 0 }
};
static const struct key pattern_keys[] = {
	{ "formed", KEY_F64, C(formed), 0, 1 }, { "confirmed", KEY_F64, C(confirmed), 0, 1 },
	{ "candle_bars", KEY_INT, C(candle_bars), 0, 1e6 }, { 0 }
};
static const struct key split_keys[] = {
	{ "share", KEY_F64, C(b_share), 0, 1 }, { "bucket", KEY_SPAN, C(b_bucket), 1e-9, YEARS },
	{ "seed", KEY_INT, C(b_seed), 0, 9e18 }, { "by", KEY_BY, C(b_by), 0, 0 },
	{ "shadow", KEY_BOOL, C(b_shadow), 0, 0 }, { 0 }
};
/* clang-format on */

struct reader {
	struct mix_config *c;
	const char *file;
	struct err *e;
};

bool
mix_glob(const char *p, struct str s)
{
	size_t i = 0, mark = 0;
	const char *star = NULL;

	while (i < s.n) {
		if (*p == '*') {
			star = ++p;
			mark = i;
		} else if (*p && (*p == '?' || *p == s.p[i])) {
			p++;
			i++;
		} else if (star) {
			p = star;
			i = ++mark;
		} else {
			return false;
		}
	}
	while (*p == '*')
		p++;
	return !*p;
}

const struct mix_rule *
mix_rule_for(const struct mix_config *c, struct str source)
{
	for (size_t i = 0; i < c->nrules; i++)
		if (mix_glob(c->rules[i].match, source))
			return &c->rules[i];
	return NULL;
}

static void
rule_defaults(struct mix_rule *r)
{
	*r = (struct mix_rule){ .weight = 1, .confidence = 1, .half_life = -1, .ttl = -1 };
}

void
mix_config_defaults(struct mix_config *c)
{
	memset(c, 0, sizeof *c);
	strcpy(c->name, "view");
	c->arm[0] = (struct mix_arm){ .method = MIX_WEIGHTED,
		.threshold = 0.05,
		.quorum = 0.5,
		.min_sources = 1,
		.confirm.window = TIM_DAY,
		.learn = { .forget = 1, .scale = 0.02, .rate = 0.05, .ridge = 1, .warmup = 50 } };
	c->b_bucket = TIM_DAY;
	c->formed = 0.5;
	c->confirmed = 1;
	c->candle_bars = 5;
	c->ttl = -1;
	c->change = 0.1;
	c->max_sources = 256;
	c->off = (struct mix_off){ .min_trials = 30,
		.probation = 30,
		.min_hit = 0.45,
		.max_drawdown = 0.2,
		.back_hit = 0.5 };
}

/* ---- reading ---- */

static int
bad(const struct reader *r, const char *path, const char *key, const char *why)
{
	return err_set(r->e, ERR_USAGE, "%s: %s%s: %s", r->file, path, key, why);
}

static const char *
read_word(const struct json *j, const char *const *words, size_t n, int64_t *out)
{
	struct str s;

	if (json_text(j, &s))
		for (size_t i = 0; i < n && words[i]; i++)
			if (str_eqz(s, words[i])) {
				*out = (int64_t)i;
				return NULL;
			}
	return words == by_words ? "must be symbol, time or both"
				 : "must be one of weighted, confidence, vote, weighted-vote, "
				   "unanimous, hedge, eg, bayes, logistic, ridge";
}

static const char *
read_text(const struct json *j, char *out)
{
	struct str s;

	if (!json_text(j, &s))
		return "must be a text";
	if (s.n >= MIX_NAME)
		return "must be shorter than 64 bytes";
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20)
			return "must hold no control characters";
	memset(out, 0, MIX_NAME);
	if (s.n)
		memcpy(out, s.p, s.n);
	return NULL;
}

static const char *
range(const struct key *k, double v, char *text, size_t size)
{
	if (v >= k->lo && v <= k->hi)
		return NULL;
	snprintf(text, size, "must be between %g and %g", k->lo, k->hi);
	return text;
}

/* One value by its kind; NULL, or what it should have been. */
static const char *
read_value(const struct json *j, const struct key *k, void *at, char *text, size_t size)
{
	struct str s;
	int64_t *i64 = at;
	double *f64 = at;

	switch (k->kind) {
	case KEY_ETA:
		if (json_text(j, &s) && str_eqz(s, "auto")) {
			*f64 = 0;
			return NULL;
		}
		if (!json_f64(j, f64))
			return "must be a number or \"auto\"";
		return range(k, *f64, text, size);
	case KEY_F64:
		if (json_kind(j) != JSON_IS_NUMBER || !json_f64(j, f64))
			return "must be a number";
		return range(k, *f64, text, size);
	case KEY_INT:
		if (json_kind(j) != JSON_IS_NUMBER || !json_i64(j, i64))
			return "must be a whole number";
		return range(k, (double)*i64, text, size);
	case KEY_SPAN:
		if (!(json_text(j, &s) && tim_span(s.p, s.n, i64)) &&
		    !(json_kind(j) == JSON_IS_NUMBER && json_nano(j, i64)))
			return "must be a span of time such as \"2h\" or \"5d\"";
		return range(k, (double)*i64 / 1e9, text, size);
	case KEY_BOOL: return json_bool(j, at) ? NULL : "must be true or false";
	case KEY_TEXT: return read_text(j, at);
	case KEY_METHOD: return read_word(j, mix_methods, MIX_NMETHODS, i64);
	case KEY_BY: return read_word(j, by_words, 3, i64);
	}
	return "cannot be read";
}

/* A key of a table; 1 when it is in it and was read, 0 when it is not. */
static int
read_key(const struct reader *r, const char *path, const struct key *tab, void *base,
    struct str name, const struct json *j)
{
	char text[96];

	for (const struct key *k = tab; k->name; k++)
		if (str_eqz(name, k->name)) {
			const char *why =
			    read_value(j, k, (char *)base + k->off, text, sizeof text);
			return why ? bad(r, path, k->name, why) : 1;
		}
	return 0;
}

static int
unknown(const struct reader *r, const char *path, struct str name)
{
	return err_set(
	    r->e, ERR_USAGE, "%s: %s%.*s: no such key", r->file, path, STR_FMT(str_cut(name, 80)));
}

/* An object all of whose keys stand in one table. */
static int
read_object(const struct reader *r, const char *path, const struct key *tab, void *base,
    const struct json *j)
{
	char inner[128];
	int rc = 1;

	if (json_kind(j) != JSON_IS_OBJECT)
		return bad(r, path, "", "must be an object");
	snprintf(inner, sizeof inner, "%s.", path);
	for (size_t i = 0; i < json_len(j) && rc > 0; i++) {
		rc = read_key(r, inner, tab, base, json_key_at(j, i), json_at(j, i));
		if (rc == 0)
			rc = unknown(r, inner, json_key_at(j, i));
	}
	return rc < 0 ? rc : 0;
}

static int
read_weights(
    const struct reader *r, const char *path, const struct json *j, struct mix_weight *w, size_t *n)
{
	if (json_kind(j) != JSON_IS_OBJECT)
		return bad(r, path, "weights", "must be an object of globs and weights");
	if (json_len(j) > MIX_RULES)
		return bad(r, path, "weights", "has more than 64 entries");
	for (*n = 0; *n < json_len(j); ++*n) {
		struct str key = json_key_at(j, *n);
		const struct json *v = json_at(j, *n);

		w[*n] = (struct mix_weight){ .weight = 0 };
		if (key.n == 0 || key.n >= MIX_NAME)
			return bad(r, path, "weights", "names must have 1 to 63 bytes");
		memcpy(w[*n].match, key.p, key.n);
		if (json_kind(v) != JSON_IS_NUMBER || !json_f64(v, &w[*n].weight) ||
		    !(w[*n].weight >= 0 && w[*n].weight <= 1e9))
			return bad(r, path, "weights", "must be numbers from 0 to 1e9");
	}
	return 0;
}

static int
read_rules(const struct reader *r, const struct json *j)
{
	struct mix_config *c = r->c;

	if (json_kind(j) != JSON_IS_ARRAY)
		return bad(r, "", "sources", "must be a list of objects");
	if (json_len(j) > MIX_RULES)
		return bad(r, "", "sources", "has more than 64 entries");
	c->nrules = 0;
	for (size_t i = 0; i < json_len(j); i++) {
		struct mix_rule *rule = &c->rules[c->nrules++];
		char path[32];

		rule_defaults(rule);
		snprintf(path, sizeof path, "sources[%zu]", i);
		int rc = read_object(r, path, rule_keys, rule, json_at(j, i));
		if (rc)
			return rc;
		if (!rule->match[0])
			return bad(r, path, "", "needs \"match\", a name or glob of sources");
	}
	return 0;
}

static int
read_regimes(const struct reader *r, const struct json *j)
{
	struct mix_config *c = r->c;

	if (json_kind(j) != JSON_IS_ARRAY)
		return bad(r, "", "regimes", "must be a list of objects");
	if (json_len(j) > MIX_REGIMES)
		return bad(r, "", "regimes", "has more than 16 entries");
	c->nregimes = 0;
	for (size_t i = 0; i < json_len(j); i++) {
		struct mix_regime *g = &c->regimes[c->nregimes++];
		const struct json *o = json_at(j, i);
		char path[32];

		*g = (struct mix_regime){ .model = "*", .state = -1, .scale = 1 };
		snprintf(path, sizeof path, "regimes[%zu].", i);
		if (json_kind(o) != JSON_IS_OBJECT)
			return bad(r, path, "", "must be an object");
		for (size_t k = 0; k < json_len(o); k++) {
			struct str key = json_key_at(o, k);
			int rc =
			    str_eqz(key, "weights")
				? read_weights(r, path, json_at(o, k), g->weights, &g->nweights)
				: read_key(r, path, regime_keys, g, key, json_at(o, k));

			if (rc == 0 && !str_eqz(key, "weights"))
				rc = unknown(r, path, key);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

/* Keys that either arm may have; 1 read, 0 not one of them. */
static int
read_arm_key(const struct reader *r, const char *path, struct mix_arm *a, struct str key,
    const struct json *j)
{
	char inner[32];
	int rc;

	snprintf(inner, sizeof inner, "%s%s", path, str_eqz(key, "confirm") ? "confirm" : "learn");
	if (str_eqz(key, "confirm"))
		rc = read_object(r, inner, confirm_keys, a, j);
	else if (str_eqz(key, "learn"))
		rc = read_object(r, inner, learn_keys, a, j);
	else
		return read_key(r, path, arm_keys, a, key, j);
	return rc < 0 ? rc : 1;
}

/* Arm b is arm a but for what it says itself, so it is read after the rest of the file. */
static int
read_b(const struct reader *r, const struct json *j)
{
	struct mix_config *c = r->c;

	if (json_kind(j) != JSON_IS_OBJECT)
		return bad(r, "", "b", "must be an object");
	c->has_b = true;
	c->arm[1] = c->arm[0];
	for (size_t i = 0; i < json_len(j); i++) {
		struct str key = json_key_at(j, i);
		const struct json *v = json_at(j, i);
		int rc = str_eqz(key, "weights")
			     ? read_weights(r, "b.", v, c->arm[1].weights, &c->arm[1].nweights)
			     : read_key(r, "b.", split_keys, c, key, v);

		if (rc == 0 && !str_eqz(key, "weights")) {
			rc = read_arm_key(r, "b.", &c->arm[1], key, v);
			if (rc == 0)
				rc = unknown(r, "b.", key);
		}
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int
read_top(const struct reader *r, struct str key, const struct json *j)
{
	struct mix_config *c = r->c;
	int rc;

	if (str_eqz(key, "sources"))
		return read_rules(r, j);
	if (str_eqz(key, "regimes"))
		return read_regimes(r, j);
	if (str_eqz(key, "deactivate"))
		return read_object(r, "deactivate", off_keys, c, j);
	if (str_eqz(key, "patterns"))
		return read_object(r, "patterns", pattern_keys, c, j);
	if (str_eqz(key, "b"))
		return 0;
	rc = read_key(r, "", top_keys, c, key, j);
	if (rc == 0)
		rc = read_arm_key(r, "", &c->arm[0], key, j);
	if (rc == 0)
		rc = unknown(r, "", key);
	return rc < 0 ? rc : 0;
}

int
mix_config_parse(struct mix_config *c, const char *file, const char *text, size_t n, struct err *e)
{
	struct reader r = { c, file, e };
	struct json *root = json_parse_text(text, n, e);

	if (!root) {
		err_wrap(e, "%s", file);
		return e->code = ERR_USAGE;
	}
	int rc = json_kind(root) == JSON_IS_OBJECT
		     ? 0
		     : err_set(e, ERR_USAGE, "%s: must be one JSON object", file);
	for (size_t i = 0; rc == 0 && i < json_len(root); i++)
		rc = read_top(&r, json_key_at(root, i), json_at(root, i));
	if (rc == 0 && json_get(root, "b"))
		rc = read_b(&r, json_get(root, "b"));
	json_free(root);
	return rc;
}

int
mix_config_check(const struct mix_config *c, const char *file, struct err *e)
{
	struct reader r = { NULL, file, e };

	if (!c->name[0])
		return bad(&r, "", "name", "is empty");
	for (int a = 0; a < 1 + c->has_b; a++) {
		const struct mix_confirm *f = &c->arm[a].confirm;
		const char *path = a ? "b." : "";

		if (f->n && f->k > f->n)
			return bad(&r, path, "confirm", "k must not be above n");
		if (f->k && f->window <= 0)
			return bad(&r, path, "confirm", "needs a window above 0");
	}
	if (c->off.window && c->off.min_trials > c->off.window)
		return bad(&r, "", "deactivate", "min_trials must not be above window");
	if (c->off.window && c->off.back_hit < c->off.min_hit)
		return bad(&r, "", "deactivate", "back_hit must not be below min_hit");
	bool speaks = c->nrules == 0;
	for (size_t i = 0; i < c->nrules; i++)
		speaks |= !c->rules[i].veto && c->rules[i].weight > 0;
	if (!speaks)
		return bad(&r, "", "sources", "all of them have weight 0 or only veto");
	return 0;
}

/* ---- printing ---- */

static void
put_span(struct buf *out, int64_t ns)
{
	static const struct {
		const char *unit;
		int64_t ns;
	} units[] = { { "d", TIM_DAY }, { "h", TIM_HOUR }, { "m", TIM_MIN }, { "s", TIM_SEC } };
	char text[NUM_MAX];

	for (size_t i = 0; i < 4; i++)
		if (ns ? ns % units[i].ns == 0 : i == 3) {
			buf_printf(out, "\"%lld%s\"", (long long)(ns / units[i].ns), units[i].unit);
			return;
		}
	/* a number is seconds, exact to the nanosecond */
	buf_put(out, text, (size_t)(num_put_size(text, ns) - text));
}

static void
put_f64(struct buf *out, double v)
{
	char text[NUM_MAX];

	buf_put(out, text, (size_t)(num_put_f64(text, v) - text));
}

static void
put_text(struct buf *out, const char *z)
{
	buf_putc(out, '"');
	for (; *z; z++) {
		if (*z == '"' || *z == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *z);
	}
	buf_putc(out, '"');
}

static void
put_value(struct buf *out, const struct key *k, const void *at)
{
	switch (k->kind) {
	case KEY_ETA:
	case KEY_F64:
		if (k->kind == KEY_ETA && *(const double *)at <= 0)
			buf_puts(out, "\"auto\"");
		else
			put_f64(out, *(const double *)at);
		break;
	case KEY_INT: buf_printf(out, "%lld", (long long)*(const int64_t *)at); break;
	case KEY_SPAN: put_span(out, *(const int64_t *)at); break;
	case KEY_BOOL: buf_puts(out, *(const bool *)at ? "true" : "false"); break;
	case KEY_TEXT: put_text(out, at); break;
	case KEY_METHOD: put_text(out, mix_methods[*(const int64_t *)at]); break;
	case KEY_BY: put_text(out, by_words[*(const int64_t *)at]); break;
	}
}

/* `"key":value` pairs of a table, without braces; a negative span was never given. */
static void
put_keys(struct buf *out, const struct key *tab, const void *base)
{
	const char *sep = "";

	for (const struct key *k = tab; k->name; k++) {
		const void *at = (const char *)base + k->off;

		if (k->kind == KEY_SPAN && *(const int64_t *)at < 0)
			continue;
		buf_printf(out, "%s\"%s\":", sep, k->name);
		put_value(out, k, at);
		sep = ",";
	}
}

static void
put_weights(struct buf *out, const struct mix_weight *w, size_t n)
{
	buf_puts(out, ",\"weights\":{");
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_putc(out, ',');
		put_text(out, w[i].match);
		buf_putc(out, ':');
		put_f64(out, w[i].weight);
	}
	buf_putc(out, '}');
}

static void
put_arm(struct buf *out, const struct mix_arm *a)
{
	put_keys(out, arm_keys, a);
	buf_puts(out, ",\n\"confirm\":{");
	put_keys(out, confirm_keys, a);
	buf_puts(out, "},\n\"learn\":{");
	put_keys(out, learn_keys, a);
	buf_puts(out, "}");
}

void
mix_config_print(const struct mix_config *c, struct buf *out)
{
	buf_puts(out, "{");
	put_keys(out, top_keys, c);
	buf_puts(out, ",\n");
	put_arm(out, &c->arm[0]);
	buf_puts(out, ",\n\"patterns\":{");
	put_keys(out, pattern_keys, c);
	buf_puts(out, "},\n\"deactivate\":{");
	put_keys(out, off_keys, c);
	buf_puts(out, "},\n\"sources\":[");
	for (size_t i = 0; i < c->nrules; i++) {
		buf_puts(out, i ? ",\n\t{" : "\n\t{");
		put_keys(out, rule_keys, &c->rules[i]);
		buf_putc(out, '}');
	}
	buf_puts(out, "],\n\"regimes\":[");
	for (size_t i = 0; i < c->nregimes; i++) {
		buf_puts(out, i ? ",\n\t{" : "\n\t{");
		put_keys(out, regime_keys, &c->regimes[i]);
		put_weights(out, c->regimes[i].weights, c->regimes[i].nweights);
		buf_putc(out, '}');
	}
	buf_puts(out, "]");
	if (c->has_b) {
		buf_puts(out, ",\n\"b\":{");
		put_keys(out, split_keys, c);
		buf_puts(out, ",");
		put_arm(out, &c->arm[1]);
		put_weights(out, c->arm[1].weights, c->arm[1].nweights);
		buf_putc(out, '}');
	}
	buf_puts(out, "}\n");
}
