/* What bar-agg can be asked for, and which of it goes together. */
#include <string.h>

#include "bars/agg.h"

#include "base/buf.h"

#define O(field) OPT_OFF(struct agg, o.field)

const struct opt agg_options[] = {
	{ .kind = OPT_STR,
	    .letter = 'i',
	    .name = "interval",
	    .arg = "NAME",
	    .off = O(interval),
	    .help = "1s 7m 1h 1d 1w 1mo, 1000t ticks, 5e4v volume, 1e6d value (default: 1m)" },
	{ .kind = OPT_CHOICE,
	    .name = "price",
	    .arg = "SOURCE",
	    .off = O(price),
	    .dflt = "auto",
	    .choices = "auto|trade|mid|bid|ask|bar",
	    .help = "what the bars are made of" },
	{ .kind = OPT_STR,
	    .letter = 's',
	    .name = "session",
	    .arg = "NAME",
	    .off = O(session),
	    .help = "trading hours: XNYS XNYS-ext XNAS CMES FX 24x7" },
	{ .kind = OPT_STR,
	    .name = "calendar",
	    .arg = "FILE",
	    .off = O(calendar),
	    .help = "holidays and half days that overrule the session's own, calendar(5)" },
	{ .kind = OPT_SPAN,
	    .name = "lateness",
	    .arg = "SPAN",
	    .off = O(lateness),
	    .dflt = "0s",
	    .help = "late records within SPAN revise their bar" },
	{ .kind = OPT_CHOICE,
	    .name = "empty",
	    .arg = "HOW",
	    .off = O(empty),
	    .dflt = "none",
	    .choices = "none|flat",
	    .help = "intervals without records" },
	{ .kind = OPT_FLAG,
	    .name = "partial",
	    .off = O(partial),
	    .dflt = "true",
	    .help = "write time bars that the input does not complete (--no-partial: do not)" },
	{ .kind = OPT_FLAG,
	    .name = "whole",
	    .off = O(whole),
	    .help = "volume and value bars never split a trade" },
	{ .kind = OPT_CHOICE,
	    .name = "imbalance",
	    .arg = "OF",
	    .off = O(imbalance),
	    .dflt = "none",
	    .choices = "none|tick|volume|value",
	    .help = "imbalance bars" },
	{ .kind = OPT_CHOICE,
	    .name = "runs",
	    .arg = "OF",
	    .off = O(runs),
	    .dflt = "none",
	    .choices = "none|tick|volume|value",
	    .help = "runs bars" },
	{ .kind = OPT_STR,
	    .name = "threshold",
	    .arg = "N",
	    .off = O(threshold),
	    .help = "of imbalance and runs bars: a number, or ewma[:SPAN[:TICKS]]" },
	{ .kind = OPT_CHOICE,
	    .name = "classify",
	    .arg = "HOW",
	    .off = O(classify),
	    .dflt = "side",
	    .choices = "side|tick-rule",
	    .help = "buyer's or seller's trade: as the record says, or guess where it does not" },
	{ .kind = OPT_CHOICE,
	    .name = "style",
	    .arg = "STYLE",
	    .off = O(style),
	    .dflt = "plain",
	    .choices = "plain|heikin-ashi|renko",
	    .help = "how finished bars are drawn" },
	{ .kind = OPT_SIZE,
	    .name = "brick",
	    .arg = "PRICE",
	    .off = O(brick),
	    .help = "size of a renko brick" },
	{ .kind = OPT_FLAG,
	    .name = "keep",
	    .off = O(keep),
	    .help = "pass the records that went into bars on as well" },
	{ .kind = OPT_END },
};

static int
usage(struct agg *m, const char *text)
{
	return stage_fail(&m->base, ERR_USAGE, "%s", text);
}

static int
open_flow(struct agg *m)
{
	static const char unit[] = "?tvd";
	int which = m->o.runs ? m->o.runs : m->o.imbalance;
	struct err *e = m->base.env->err;
	int n;

	if (m->o.runs && m->o.imbalance)
		return usage(m, "--imbalance and --runs exclude each other");
	if (m->o.interval)
		return usage(m, "--interval has no place with --imbalance or --runs");
	if (!m->o.threshold)
		return usage(m, "--imbalance and --runs need --threshold");
	m->iv.kind = IV_FLOW;
	m->flow.runs = m->o.runs != 0;
	m->flow.unit = (enum flow_unit)(which - 1);
	if (flow_conf_parse(m->o.threshold, &m->flow, e) < 0)
		return e->code;
	/* tib:6, vrb:ewma ... the usual three letters: unit, imbalance or runs, bars */
	n = (int)strlen(m->o.threshold);
	if (n > 32)
		return usage(m, "--threshold is too long");
	m->name[0] = unit[which];
	m->name[1] = m->o.runs ? 'r' : 'i';
	memcpy(m->name + 2, "b:", 2);
	memcpy(m->name + 4, m->o.threshold, (size_t)n + 1);
	return 0;
}

static int
open_interval(struct agg *m)
{
	const char *name = m->o.interval;

	if (m->o.imbalance || m->o.runs)
		return open_flow(m);
	if (m->o.threshold)
		return usage(m, "--threshold is for --imbalance and --runs");
	if (!name)
		name = m->o.style == STYLE_RENKO ? "1t" : "1m";
	if (strlen(name) >= sizeof m->name || !bar_interval_parse(str_z(name), &m->iv))
		return stage_fail(&m->base, ERR_USAGE,
		    "no interval \"%s\" (such as 1s 7m 1h 1d 1w 1mo 1000t 5e4v 1e6d)", name);
	memcpy(m->name, name, strlen(name) + 1);
	return 0;
}

static int
check(struct agg *m)
{
	bool time = bar_interval_is_time(&m->iv);

	if (m->o.style == STYLE_RENKO) {
		struct buf b = { 0 };
		char text[NUM_MAX];

		if (m->o.brick <= 0)
			return usage(m, "--style renko needs --brick, a price above 0");
		buf_printf(&b, "renko:%.*s", (int)(num_put_size(text, m->o.brick) - text), text);
		memcpy(m->name, buf_z(&b), b.len + 1);
		buf_free(&b);
	} else if (m->o.brick) {
		return usage(m, "--brick is for --style renko");
	}
	if (m->o.lateness < 0 || m->o.lateness > 366 * TIM_DAY)
		return usage(m, "--lateness is 0s to 366d");
	if (m->o.lateness && !time)
		return usage(m, "--lateness is for time bars");
	if (m->o.lateness && m->o.style)
		return usage(
		    m, "--lateness: bars of a style build on each other and cannot be revised");
	if (m->o.empty && !time)
		return usage(m, "--empty is for time bars");
	if (m->o.calendar && !m->o.session)
		return usage(m, "--calendar needs --session");
	if (m->iv.kind >= IV_VOLUME && m->o.price >= PRICE_MID && m->o.price <= PRICE_ASK)
		return usage(m, "quotes have no volume: --price trade for such bars");
	if (m->iv.kind == IV_FLOW && m->o.price == PRICE_BAR)
		return usage(m, "bars have no sides: --price trade for such bars");
	return 0;
}

int
agg_open(struct stage *st)
{
	struct agg *m = (struct agg *)st;
	struct err *e = st->env->err;
	struct bar_interval day = { IV_DAYS, 1 };
	bool time;
	int rc;

	if ((rc = open_interval(m)) < 0 || (rc = check(m)) < 0)
		return rc;
	if (m->o.session && !(m->ses = sessions_open(m->o.session, m->o.calendar, e)))
		return e->code;
	time = bar_interval_is_time(&m->iv);
	grid_init(&m->grid, time ? m->iv : day, m->ses);
	m->live = !time; /* time bars: what was before the first record is nobody's business */
	m->clock = m->last_wm = m->pending_wm = m->passing_wm = TIM_NONE;
	m->fast = time && !m->o.lateness && !m->o.classify && !m->o.keep &&
		  (m->o.price == PRICE_AUTO || m->o.price == PRICE_TRADE);
	return 0;
}
