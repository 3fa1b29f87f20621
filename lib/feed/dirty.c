#include "feed/dirty.h"

static const char *const action_names[] = { "flag", "drop", "stop", "ignore" };
static const char *const action_done[] = { "flagged", "dropped", "stopped at", "ignored" };

static int
set_rule(struct dirty *d, const char *text, struct err *e)
{
	size_t eq = strcspn(text, "=");
	enum quality_rule q = quality_of((struct str){ text, eq });

	if (q == Q_CLEAN)
		return err_set(
		    e, ERR_USAGE, "--dirty-rule: '%.*s' is no rule of data quality", (int)eq, text);
	for (int a = DIRTY_FLAG; a <= DIRTY_IGNORE; a++) {
		if (text[eq] != '=' || strcmp(text + eq + 1, action_names[a]) != 0)
			continue;
		if (q == Q_GAP && a == DIRTY_DROP)
			return err_set(e, ERR_USAGE,
			    "--dirty-rule: gap=drop: the first record after a hole is good data");
		d->action[q] = (enum dirty_action)a;
		return 0;
	}
	return err_set(e, ERR_USAGE, "--dirty-rule: '%s' is not RULE=flag|drop|stop|ignore", text);
}

int
dirty_init(struct dirty *d, enum dirty_action all, const struct opt_list *rules, struct err *e)
{
	*d = (struct dirty){ 0 };
	for (int q = Q_CLEAN; q < Q_NRULES; q++)
		d->action[q] = q == Q_GAP && all == DIRTY_DROP ? DIRTY_FLAG : all;
	for (size_t i = 0; i < rules->n; i++) {
		int rc = set_rule(d, rules->v[i], e);

		if (rc < 0)
			return rc;
	}
	return 0;
}

uint32_t
dirty_ignored(const struct dirty *d)
{
	uint32_t m = 0;

	for (int q = Q_CLEAN + 1; q < Q_NRULES; q++)
		if (d->action[q] == DIRTY_IGNORE)
			m |= Q_BIT(q);
	return m;
}

/* The three types keep the key in three places. */
static struct str *
mark_of(struct rec *r, unsigned *bit)
{
	if (r->type == REC_trade)
		return *bit = F_trade_dirty, &r->trade.dirty;
	if (r->type == REC_quote)
		return *bit = F_quote_dirty, &r->quote.dirty;
	return *bit = F_bar_dirty, &r->bar.dirty;
}

enum quality_rule
dirty_mark(const struct rec *r)
{
	if (r->type == REC_trade && rec_has(r, F_trade_dirty))
		return quality_of(r->trade.dirty);
	if (r->type == REC_quote && rec_has(r, F_quote_dirty))
		return quality_of(r->quote.dirty);
	if (r->type == REC_bar && rec_has(r, F_bar_dirty))
		return quality_of(r->bar.dirty);
	return Q_CLEAN;
}

void
dirty_set_mark(struct rec *r, enum quality_rule q)
{
	unsigned bit;
	struct str *at = mark_of(r, &bit);

	if (rec_has(r, bit) && str_eqz(*at, quality_name(q)))
		return; /* as it came, byte for byte */
	*at = str_z(quality_name(q));
	rec_mark(r, bit);
	r->raw = (struct str){ NULL, 0 };
}

enum dirty_action
dirty_act(struct dirty *d, struct rec *r, enum quality_rule *q)
{
	enum quality_rule was = dirty_mark(r);

	if (was != Q_CLEAN)
		*q = was;
	if (*q == Q_CLEAN || d->action[*q] == DIRTY_IGNORE)
		return DIRTY_IGNORE;
	d->count[*q]++;
	if (d->action[*q] == DIRTY_FLAG)
		dirty_set_mark(r, *q);
	return d->action[*q];
}

bool
dirty_summary(const struct dirty *d, struct buf *out)
{
	uint64_t sum = 0;
	const char *sep = "";

	for (int q = Q_CLEAN + 1; q < Q_NRULES; q++)
		sum += d->count[q];
	if (sum == 0)
		return false;
	buf_printf(out, "%llu dirty: ", (unsigned long long)sum);
	for (int q = Q_CLEAN + 1; q < Q_NRULES; q++) {
		if (!d->count[q])
			continue;
		buf_printf(out, "%s%s %llu %s", sep, quality_name((enum quality_rule)q),
		    (unsigned long long)d->count[q], action_done[d->action[q]]);
		sep = ", ";
	}
	return true;
}

uint64_t
dirty_unusable(const struct dirty *d, enum quality_rule *most)
{
	uint64_t sum = 0;

	*most = Q_CLEAN;
	for (int q = Q_CLEAN + 1; q < Q_NRULES; q++) {
		if (quality_usable((enum quality_rule)q))
			continue;
		sum += d->count[q];
		if (d->count[q] > d->count[*most])
			*most = (enum quality_rule)q;
	}
	return sum;
}

const char *
dirty_hint(enum quality_rule q)
{
	switch (q) {
	case Q_TIME_BACKWARD: return "newest first? try --sort";
	case Q_CROSSED: return "bid and ask the wrong way round? see --columns";
	case Q_HIGH_LT_LOW: return "another order of columns? see --columns";
	case Q_NONPOSITIVE_SIZE: return "is that column the size? see --columns";
	default: return "is that column the price? see --columns";
	}
}
