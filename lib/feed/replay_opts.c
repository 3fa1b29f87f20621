#include <stdlib.h>

#include "feed/replay.h"

#include "base/mem.h"

#define R(field) OPT_OFF(struct replay, field)

const struct opt replay_opts[] = {
	{ OPT_FLAG, 0, "replay", NULL, "replay the files, merged by time", NULL, NULL, NULL,
	    R(replay), 0, 0 },
	{ OPT_STR, 0, "from", "TIME", "only records with ts at or after TIME", NULL, NULL, NULL,
	    R(from_text), 0, 0 },
	{ OPT_STR, 0, "to", "TIME", "only records with ts before TIME", NULL, NULL, NULL,
	    R(to_text), 0, 0 },
	{ OPT_LIST, 0, "symbols", "LIST", "only these symbols", NULL, NULL, NULL, R(symbols), 0,
	    0 },
	{ OPT_STR, 0, "speed", "SPEED", "max, or a multiple of real time such as 1x or 60x", "max",
	    NULL, NULL, R(speed), 0, 0 },
	{ OPT_STR, 'i', "interval", "SPAN",
	    "how long the bars of the files last (else found from their first rows)", NULL, NULL,
	    NULL, R(interval), 0, 0 },
	{ OPT_SPAN, 0, "watermark-interval", "SPAN",
	    "a watermark of ticks each SPAN of their time; 0: none", "1s", NULL, NULL, R(wm_every),
	    0, 0 },
	{ OPT_STR, 0, "columns", "LIST", "foreign CSV: our key=their column, as ts=Date,price=Last",
	    NULL, NULL, NULL, R(columns), 0, 0 },
	{ OPT_STR, 0, "sym", "NAME", "foreign CSV: the symbol of every row", NULL, NULL, NULL,
	    R(sym), 0, 0 },
	{ OPT_STR, 0, "type", "TYPE", "foreign CSV: the record type, where the columns do not tell",
	    NULL, NULL, NULL, R(type), 0, 0 },
	{ OPT_FLAG, 0, "no-header", NULL,
	    "foreign CSV: the first line is data; --columns gives numbers", NULL, NULL, NULL,
	    R(no_header), 0, 0 },
	{ OPT_STR, 0, "tz", "ZONE", "zone of times that carry none (else UTC)", NULL, NULL, NULL,
	    R(tz_name), 0, 0 },
	{ OPT_FLAG, 0, "sort", NULL, "read each file whole and sort it by time", NULL, NULL, NULL,
	    R(sort), 0, 0 },
	{ OPT_FLAG, 0, "skip-bad", NULL, "count and report bad lines and go on (still exit 3)",
	    NULL, NULL, NULL, R(skip_bad), 0, 0 },
	{ OPT_CHOICE, 0, "on-dirty", "ACTION", "what to do with data that breaks a rule of quality",
	    "flag", DIRTY_CHOICES, NULL, R(on_dirty), 0, 0 },
	{ OPT_LIST, 0, "dirty-rule", "RULE=ACTION",
	    "the same for one rule: flag, drop, stop or ignore", NULL, NULL, NULL, R(dirty_rules),
	    0, 0 },
	{ OPT_F64, 0, "spike", "FACTOR",
	    "a move over FACTOR times the median move is a spike; 0: never", "15", NULL, NULL,
	    R(spike), 0, 0 },
	{ OPT_F64, 0, "spike-floor", "MOVE", "no smaller move (of the logarithm) is a spike",
	    "0.01", NULL, NULL, R(spike_floor), 0, 0 },
	{ OPT_INT, 0, "spike-window", "N", "the median is that of the last N moves", "100", NULL,
	    NULL, R(spike_window), SPIKE_WARMUP, SPIKE_WINDOW_MAX },
	{ OPT_SPAN, 0, "gap", "SPAN", "a symbol's hole of more than SPAN is a gap; 0: never", "0",
	    NULL, NULL, R(gap), 0, 0 },
	{ OPT_STR, 0, "stale", "SPAN",
	    "write a status record when nothing came for SPAN; 0: never (default 0; live 60s)",
	    NULL, NULL, NULL, R(stale_text), 0, 0 },
	{ OPT_STR, 0, "session", "NAME",
	    "for --gap and --stale count open hours only (XNYS, FX, ...)", NULL, NULL, NULL,
	    R(session), 0, 0 },
	{ OPT_STR, 0, "calendar", "FILE", "holidays and half days that overrule the session's own",
	    NULL, NULL, NULL, R(calendar), 0, 0 },
	{ 0 },
};

int
replay_failed(struct replay *m)
{
	struct err e = *m->base.env->err;

	return stage_fail(&m->base, e.code, "%s", e.msg);
}

static int64_t
zone_to_utc(void *arg, int64_t local)
{
	return tz_to_utc(arg, local);
}

static int
parse_speed(const char *text, double *speed, struct err *e)
{
	size_t n = strlen(text);

	*speed = 0;
	if (strcmp(text, "max") == 0)
		return 0;
	if (n > 1 && text[n - 1] == 'x' && num_f64(text, n - 1, speed) && *speed > 0)
		return 0;
	return err_set(
	    e, ERR_USAGE, "--speed: '%s' is neither max nor a number with x, as 60x", text);
}

static int
parse_limit(const char *name, const char *text, int64_t dflt, int64_t *t, struct err *e)
{
	*t = dflt;
	if (!text || tim_parse(text, strlen(text), t, NULL))
		return 0;
	return err_set(e, ERR_USAGE, "--%s: '%s' is not a time (RFC 3339 or a date)", name, text);
}

static int
setup_filters(struct replay *m, struct err *e)
{
	int rc = parse_limit("from", m->from_text, INT64_MIN, &m->from, e);

	if (rc == 0)
		rc = parse_limit("to", m->to_text, INT64_MAX, &m->to, e);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < m->symbols.n; i++) {
		const struct sym *y = symtab_get(m->base.env->syms, str_z(m->symbols.v[i]));

		if (!y)
			return err_set(
			    e, ERR_USAGE, "--symbols: '%s' is not a symbol", m->symbols.v[i]);
		*MEM_AT(m->wanted, m->nwanted, y->id) = 1;
	}
	if (m->from >= m->to)
		return err_set(e, ERR_USAGE, "--from is not before --to: are they swapped?");
	m->filtered = m->from_text || m->to_text || m->symbols.n;
	return 0;
}

/* What the stages behind want to read. One that takes everything (the writer, loopback) passes on
 * the lines that it does not know. */
static uint32_t
wanted_behind(const struct stage *st)
{
	uint32_t want = 0;

	for (const struct stage *d = st->down; d; d = d->down)
		if (d->kind->takes != UINT32_MAX)
			want |= d->kind->takes;
	return want;
}

static int
setup_sources(struct replay *m, struct err *e)
{
	struct source_opts *o = &m->source_opts;

	*o = (struct source_opts){
		.layout = { .columns = m->columns,
		    .sym = m->sym,
		    .type = m->type,
		    .no_header = m->no_header,
		    .lenient = m->base.nargs > 1 },
		.want = wanted_behind(&m->base),
		.sort = m->sort,
		.ahead = m->base.env->fused && m->base.nargs == 1 && m->pace.speed == 0,
		.skip_bad = m->skip_bad,
	};
	if (m->interval && !interval_parse(str_z(m->interval), &o->interval))
		return err_set(
		    e, ERR_USAGE, "--interval: '%s' is not like 1m, 1h, 1d or 1mo", m->interval);
	if (m->tz_name) {
		m->tz = tz_open(m->tz_name, e);
		if (!m->tz) {
			e->code = ERR_USAGE;
			return err_wrap(e, "--tz");
		}
		o->layout.zone = zone_to_utc;
		o->layout.zone_arg = m->tz;
	}
	return 0;
}

int
replay_setup_checks(struct replay *m)
{
	struct err *e = m->base.env->err;
	struct check_opts o;
	int rc = dirty_init(&m->dirty, (enum dirty_action)m->on_dirty, &m->dirty_rules, e);

	if (rc < 0)
		return rc;
	if (m->spike < 0 || m->spike_floor < 0)
		return err_set(e, ERR_USAGE, "--spike and --spike-floor cannot be negative");
	if (m->gap < 0 || m->wm_every < 0)
		return err_set(e, ERR_USAGE, "--gap and --watermark-interval cannot be negative");
	if (m->stale_text && !tim_span(m->stale_text, strlen(m->stale_text), &m->stale))
		return err_set(e, ERR_USAGE,
		    "--stale: '%s' is not a span of time such as 250ms, 30s, 5m", m->stale_text);
	if (m->calendar && !m->session)
		return err_set(e, ERR_USAGE, "--calendar needs a --session");
	if (m->session) {
		m->sessions = sessions_open(m->session, m->calendar, e);
		if (!m->sessions)
			return e->code;
	}
	o = (struct check_opts){
		.ignored = dirty_ignored(&m->dirty),
		.gap = m->gap,
		.spike_factor = m->spike,
		.spike_floor = m->spike_floor,
		.spike_window = m->spike_window,
		.sessions = m->sessions,
	};
	if (o.ignored & Q_BIT(Q_SPIKE))
		o.spike_factor = 0;
	if (o.ignored & Q_BIT(Q_GAP))
		o.gap = 0;
	m->check = check_new(&o);
	return 0;
}

int
replay_setup(struct replay *m)
{
	struct err *e = m->base.env->err;
	int rc;

	m->clock = m->watermark = m->bars_at = m->ticks_at = TIM_NONE;
	m->next_boundary = TIM_NONE;
	rec_init(&m->mark, REC_watermark, TIM_NONE, NULL);
	if (m->base.nargs == 0)
		return err_set(
		    e, ERR_USAGE, "--replay needs files to replay (- is standard input)");
	rc = parse_speed(m->speed, &m->pace.speed, e);
	if (rc == 0)
		rc = setup_filters(m, e);
	if (rc == 0)
		rc = setup_sources(m, e);
	if (rc == 0)
		rc = replay_setup_checks(m);
	return rc;
}

void
replay_release(struct replay *m)
{
	check_free(m->check);
	sessions_free(m->sessions);
	tz_free(m->tz);
	free(m->wanted);
}
