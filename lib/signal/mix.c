/* The options of signal-mix, and the stream in. */
#include "signal/mix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/out.h"
#include "rec/codec.h"
#include "stage/args.h"

#define FILE_MAX (16u << 20)

static const struct opt mix_options[] = {
	{ OPT_STR, 'c', "mix", "FILE", "mixing file (JSON); options go over it", NULL, NULL, NULL,
	    OPT_OFF(struct mix, mix_file), 0, 0 },
	{ OPT_STR, 'n', "name", "NAME", "the view's source is mix:NAME (default: view)", NULL, NULL,
	    NULL, OPT_OFF(struct mix, name), 0, 0 },
	{ OPT_STR, 'm', "method", "METHOD",
	    "weighted (default), confidence, vote, weighted-vote, unanimous, hedge, eg, bayes, "
	    "logistic or ridge",
	    NULL, NULL, NULL, OPT_OFF(struct mix, method), 0, 0 },
	{ OPT_LIST, 'w', "weight", "GLOB=W",
	    "mix the sources that match, with this weight (default: all, weight 1)", NULL, NULL,
	    NULL, OPT_OFF(struct mix, weights), 0, 0 },
	{ OPT_STR, 0, "confirm", "K[/N]:SPAN",
	    "a view needs K of the last N sources that spoke within SPAN", NULL, NULL, NULL,
	    OPT_OFF(struct mix, confirm), 0, 0 },
	{ OPT_STR, 0, "ttl", "SPAN", "an opinion without expiry holds so long", NULL, NULL, NULL,
	    OPT_OFF(struct mix, ttl), 0, 0 },
	{ OPT_STR, 0, "half-life", "SPAN", "its weight halves in this time", NULL, NULL, NULL,
	    OPT_OFF(struct mix, half_life), 0, 0 },
	{ OPT_STR, 0, "threshold", "X", "a view smaller than this is none (default: 0.05)", NULL,
	    NULL, NULL, OPT_OFF(struct mix, threshold), 0, 0 },
	{ OPT_STR, 0, "change", "X", "write when it changed by this (default: 0.1)", NULL, NULL,
	    NULL, OPT_OFF(struct mix, change), 0, 0 },
	{ OPT_STR, 0, "every", "SPAN", "write a standing view again so often", NULL, NULL, NULL,
	    OPT_OFF(struct mix, every), 0, 0 },
	{ OPT_STR, 0, "cooldown", "SPAN", "no new direction for this long after a change", NULL,
	    NULL, NULL, OPT_OFF(struct mix, cooldown), 0, 0 },
	{ OPT_STR, 0, "status", "SPAN", "write a status so often", NULL, NULL, NULL,
	    OPT_OFF(struct mix, status), 0, 0 },
	{ OPT_FLAG, 0, "targets", NULL, "mix targets too, as rl:STRATEGY", NULL, NULL, NULL,
	    OPT_OFF(struct mix, targets), 0, 0 },
	{ OPT_FLAG, 'k', "keep", NULL, "let what was mixed go on as well", NULL, NULL, NULL,
	    OPT_OFF(struct mix, keep), 0, 0 },
	{ OPT_FLAG, 0, "shadow", NULL, "mark the views as not to be traded on", NULL, NULL, NULL,
	    OPT_OFF(struct mix, shadow), 0, 0 },
	{ OPT_STR, 'i', "interval", "INTERVAL", "use only bars of this interval, such as 1m", NULL,
	    NULL, NULL, OPT_OFF(struct mix, interval), 0, 0 },
	{ OPT_STR, 0, "in-map", "FILE", "mapping file for signals of other systems", NULL, NULL,
	    NULL, OPT_OFF(struct mix, in_map), 0, 0 },
	{ OPT_LIST, 0, "in", "FILE", "their signals, merged by time", NULL, NULL, NULL,
	    OPT_OFF(struct mix, in_files), 0, 0 },
	{ OPT_FLAG, 0, "convert", NULL,
	    "mix nothing: with --in-map, FILE (or -) to signals; else signals go through", NULL,
	    NULL, NULL, OPT_OFF(struct mix, convert), 0, 0 },
	{ OPT_STR, 0, "export", "FORMAT", "write text for other systems: csv, webhook, template",
	    NULL, NULL, NULL, OPT_OFF(struct mix, export_format), 0, 0 },
	{ OPT_STR, 0, "export-template", "TEXT", "a line of it, with {sym}, {action}, {view}, ...",
	    NULL, NULL, NULL, OPT_OFF(struct mix, export_template), 0, 0 },
	{ OPT_FLAG, 0, "print-mix", NULL, "print the mixing in force as a mixing file and leave",
	    NULL, NULL, NULL, OPT_OFF(struct mix, print_mix), 0, 0 },
	{ 0 },
};

/* ---- the mixing: the file, then the options ---- */

static int
read_mix_file(struct mix *m)
{
	struct err *e = m->base.env->err;
	struct buf text = { 0 };
	int rc;

	if (!m->mix_file)
		return 0;
	rc = io_file_read(m->mix_file, FILE_MAX, &text, e);
	if (rc == 0)
		rc = mix_config_parse(&m->cfg, m->mix_file, text.p ? text.p : "", text.len, e);
	buf_free(&text);
	return rc;
}

/* An option is a key of the file: the same words, the same checks. */
static int
option_key(struct mix *m, const char *key, const char *value, bool number)
{
	struct buf json = { 0 };
	double x;

	if (!value)
		return 0;
	if (number && !num_f64(value, strlen(value), &x))
		return stage_fail(&m->base, ERR_USAGE, "--%s: '%s' is not a number", key, value);
	buf_printf(&json, "{\"%s\":", key);
	if (number)
		buf_puts(&json, value);
	else
		rec_put_string(&json, str_z(value));
	buf_putc(&json, '}');
	int rc =
	    mix_config_parse(&m->cfg, "on the command line", json.p, json.len, m->base.env->err);
	buf_free(&json);
	return rc;
}

/* "2/3:30m" or "2:30m" */
static int
option_confirm(struct mix *m)
{
	struct mix_confirm *f = &m->cfg.arm[0].confirm;
	const char *text = m->confirm, *colon = text ? strchr(text, ':') : NULL;
	const char *slash = text ? strchr(text, '/') : NULL;
	int64_t n = 0;

	if (!text)
		return 0;
	if (!colon || (slash && slash > colon) ||
	    !num_i64(text, (size_t)((slash ? slash : colon) - text), &f->k) ||
	    (slash && !num_i64(slash + 1, (size_t)(colon - slash - 1), &n)) ||
	    !tim_span(colon + 1, strlen(colon + 1), &f->window) || f->k < 1 || n < 0)
		return stage_fail(&m->base, ERR_USAGE,
		    "--confirm: '%s' is not K:SPAN or K/N:SPAN, such as 2/3:30m", text);
	f->n = n;
	return 0;
}

static int
option_weights(struct mix *m)
{
	struct mix_config *c = &m->cfg;

	if (m->weights.n > MIX_RULES)
		return stage_fail(&m->base, ERR_USAGE, "--weight: more than %d", MIX_RULES);
	if (m->weights.n)
		c->nrules = 0;
	for (size_t i = 0; i < m->weights.n; i++) {
		const char *text = m->weights.v[i], *eq = strrchr(text, '=');
		struct mix_rule *r = &c->rules[c->nrules++];
		size_t n = eq ? (size_t)(eq - text) : strlen(text);

		*r = (struct mix_rule){ .weight = 1, .confidence = 1, .half_life = -1, .ttl = -1 };
		if (n == 0 || n >= MIX_NAME ||
		    (eq && (!num_f64(eq + 1, strlen(eq + 1), &r->weight) ||
			       !(r->weight >= 0 && r->weight <= 1e9))))
			return stage_fail(&m->base, ERR_USAGE,
			    "--weight: '%s' is not GLOB=W with W from 0 to 1e9", text);
		memcpy(r->match, text, n);
	}
	return 0;
}

static int
options(struct mix *m)
{
	const struct {
		const char *key, *value;
		bool number;
	} keys[] = { { "name", m->name, false }, { "method", m->method, false },
		{ "ttl", m->ttl, false }, { "half_life", m->half_life, false },
		{ "threshold", m->threshold, true }, { "change", m->change, true },
		{ "every", m->every, false }, { "cooldown", m->cooldown, false },
		{ "status", m->status, false } };
	int rc = 0;

	for (size_t i = 0; i < sizeof keys / sizeof *keys && rc == 0; i++)
		rc = option_key(m, keys[i].key, keys[i].value, keys[i].number);
	if (rc == 0)
		rc = option_confirm(m);
	if (rc == 0)
		rc = option_weights(m);
	if (rc < 0)
		return rc;
	m->cfg.targets |= m->targets;
	m->cfg.keep |= m->keep;
	m->cfg.shadow |= m->shadow;
	if (m->cfg.nrules == 0) {
		m->cfg.rules[m->cfg.nrules++] = (struct mix_rule){
			.match = "*", .weight = 1, .confidence = 1, .half_life = -1, .ttl = -1
		};
	}
	return mix_config_check(
	    &m->cfg, m->mix_file ? m->mix_file : "on the command line", m->base.env->err);
}

static int
open_foreign(struct mix *m)
{
	struct err *e = m->base.env->err;
	struct buf text = { 0 };
	int rc;

	if (m->in_files.n && !m->in_map)
		return stage_fail(&m->base, ERR_USAGE, "--in needs --in-map");
	if (!m->in_map)
		return 0;
	if (!m->convert && !m->in_files.n)
		return stage_fail(&m->base, ERR_USAGE, "--in-map needs --in or --convert");
	rc = io_file_read(m->in_map, FILE_MAX, &text, e);
	if (rc == 0) {
		m->foreign =
		    foreign_new(m->in_map, text.p ? text.p : "", text.len, m->base.env->syms, e);
		rc = m->foreign ? 0 : e->code;
	}
	buf_free(&text);
	for (size_t i = 0; rc == 0 && !m->convert && i < m->in_files.n; i++)
		rc = foreign_load(m->foreign, m->in_files.v[i], e);
	return rc;
}

static const struct stage_kind nowhere_kind = { .name = "nowhere" };

static int
open_export(struct mix *m)
{
	if (!m->export_format) {
		return m->export_template ? stage_fail(&m->base, ERR_USAGE,
						"--export-template needs --export template")
					  : 0;
	}
	if (m->base.common && m->base.common->output)
		return stage_fail(&m->base, ERR_USAGE, "--export and -O csv: one of them");
	if (m->base.down && m->base.down->down)
		return stage_fail(
		    &m->base, ERR_USAGE, "--export writes text: it is for the end of a pipe");
	m->exporter = export_new(m->export_format, m->export_template, m->base.env->err);
	if (!m->exporter)
		return m->base.env->err->code;
	m->nowhere = (struct stage){ .kind = &nowhere_kind, .env = m->base.env };
	m->base.down = &m->nowhere;
	return 0;
}

static int
mix_open(struct stage *st)
{
	struct mix *m = (struct mix *)st;
	int rc;

	mix_config_defaults(&m->cfg);
	rc = read_mix_file(m);
	if (rc == 0)
		rc = options(m);
	if (rc == 0 && !m->print_mix)
		rc = open_foreign(m);
	if (rc == 0)
		rc = open_export(m);
	if (rc == 0 && st->nargs && !(m->convert && m->foreign))
		rc = stage_fail(
		    st, ERR_USAGE, "operands are the files of --convert --in-map; see -h");
	if (rc == 0 && m->convert && m->foreign && m->in_files.n)
		rc = stage_fail(st, ERR_USAGE, "--convert takes its files as operands");
	if (rc < 0)
		return rc;
	snprintf(m->live_name, sizeof m->live_name, "mix:%s", m->cfg.name);
	snprintf(m->shadow_name, sizeof m->shadow_name, "shadow:%s", m->cfg.name);
	st->no_input = m->print_mix || (m->convert && m->foreign);
	return 0;
}

/* ---- the stream ---- */

static int
mix_push(struct stage *st, const struct rec *r)
{
	struct mix *m = (struct mix *)st;
	bool mixed = false;

	if (m->convert && r->type == REC_signal)
		return mix_emit_signal(m, r);
	switch (m->convert ? REC_unknown : r->type) {
	case REC_bar: mix_take_bar(m, r); break;
	case REC_pattern: mix_take_pattern(m, r); break;
	case REC_regime: mix_take_regime(m, r); break;
	case REC_corporate_action: mix_take_split(m, r); break;
	case REC_signal: mixed = mix_take_signal(m, r); break;
	case REC_target:
		mixed = m->cfg.targets && mix_take_target(m, r);
		m->targets_by += !m->cfg.targets;
		break;
	default: break;
	}
	if (m->exporter || (mixed && !m->cfg.keep))
		return 0;
	return stage_emit(st, r);
}

/* Signals of other systems that are known by now enter as if they stood in the stream here. */
static int
merge_foreign(struct mix *m, int64_t t)
{
	struct rec r;

	while (foreign_next(m->foreign, t, &r)) {
		bool mixed = mix_take_signal(m, &r);

		if (m->exporter || (mixed && !m->cfg.keep))
			continue;
		int rc = stage_emit(&m->base, &r);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static void
make_room(struct mix *m)
{
	double **arrays[] = { &m->x, &m->c, &m->w, &m->factor, &m->used, &m->part };

	if (m->caproom >= m->nsrc && m->on)
		return;
	m->caproom = m->nsrc + 8;
	for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
		*arrays[i] = mem_resize(*arrays[i], m->caproom, sizeof **arrays[i]);
	m->on = mem_resize(m->on, m->caproom, sizeof *m->on);
	m->flag = mem_resize(m->flag, m->caproom, sizeof *m->flag);
}

static int
mix_watermark(struct stage *st, const struct rec *wm)
{
	struct mix *m = (struct mix *)st;
	int rc = 0;

	if (m->convert)
		return m->exporter ? 0 : stage_emit(st, wm);
	m->wm = wm->ts;
	if (!m->any_wm)
		m->last_status = wm->ts;
	m->any_wm = true;
	if (m->foreign)
		rc = merge_foreign(m, wm->ts);
	make_room(m);
	if (rc == 0)
		rc = mix_learn(m);
	if (rc == 0)
		rc = mix_decide(m);
	if (rc == 0 && m->cfg.status && wm->ts - m->last_status >= m->cfg.status) {
		m->last_status = wm->ts;
		rc = mix_status(m, false);
	}
	/* the view stands before the watermark at which others act on it */
	return rc < 0 || m->exporter ? rc : stage_emit(st, wm);
}

static int
convert_one(void *arg, const struct rec *r)
{
	return mix_emit_signal(arg, r);
}

static int
convert_idle(void *arg)
{
	return stage_drain(arg);
}

static int
mix_flush(struct stage *st)
{
	struct mix *m = (struct mix *)st;
	bool learns =
	    mix_learns(m->cfg.arm[0].method) || (m->cfg.has_b && mix_learns(m->cfg.arm[1].method));
	int rc = 0;

	if (m->print_mix) {
		buf_clear(&m->why);
		mix_config_print(&m->cfg, &m->why);
		return stage_text(st, m->why.p, m->why.len);
	}
	if (m->convert && m->foreign) {
		const char *standard = "-";

		for (size_t i = 0; i < (st->nargs ? st->nargs : 1) && rc == 0; i++)
			rc = foreign_each(m->foreign, st->nargs ? st->args[i] : standard,
			    convert_one, convert_idle, m, st->env->err);
		return rc;
	}
	if (m->convert)
		return 0;
	if (!m->any_wm && m->taken)
		stage_note(st, 1,
		    "%lld signals came but no watermark, so nothing was mixed; ibkr-feed and "
		    "bar-agg write watermarks",
		    (long long)m->taken);
	if (!m->taken && m->targets_by)
		stage_note(st, 1,
		    "%lld targets came and nothing else to mix, so there is no view; --targets "
		    "mixes them",
		    (long long)m->targets_by);
	if (m->any_wm && m->taken && (learns || m->cfg.status))
		return mix_status(m, true);
	return 0;
}

static void
mix_close(struct stage *st)
{
	struct mix *m = (struct mix *)st;

	mix_sources_free(m);
	foreign_free(m->foreign);
	export_free(m->exporter);
	learner_free(&m->learner[0]);
	learner_free(&m->learner[1]);
	buf_free(&m->name_buf);
	buf_free(&m->why);
	free(m->x);
	free(m->c);
	free(m->w);
	free(m->factor);
	free(m->used);
	free(m->part);
	free(m->on);
	free(m->flag);
}

const struct stage_kind signal_mix_kind = {
	.name = "signal-mix",
	.about = "mix signals, patterns and regimes into one view of each symbol",
	.operands = "[FILE...]",
	.opts = mix_options,
	.size = sizeof(struct mix),
	.takes = REC_BIT(bar) | REC_BIT(signal) | REC_BIT(pattern) | REC_BIT(regime) |
		 REC_BIT(target) | REC_BIT(corporate_action),
	.gives = REC_BIT(signal) | REC_BIT(alert) | REC_BIT(status),
	.main_type = REC_signal,
	.csv_columns = "ts,sym,source,label,direction,strength,confidence,expires,why",
	.open = mix_open,
	.push = mix_push,
	.watermark = mix_watermark,
	.flush = mix_flush,
	.close = mix_close,
};
