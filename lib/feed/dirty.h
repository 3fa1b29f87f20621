/* What is done about each rule of data quality, and how often it was. */
#ifndef TP_FEED_DIRTY_H
#define TP_FEED_DIRTY_H

#include "base/buf.h"
#include "base/err.h"
#include "base/opt.h"
#include "feed/check.h"

enum dirty_action { DIRTY_FLAG, DIRTY_DROP, DIRTY_STOP, DIRTY_IGNORE };
#define DIRTY_CHOICES "flag|drop|stop" /* of --on-dirty: the first words of the enum */

struct dirty {
	enum dirty_action action[Q_NRULES];
	uint64_t count[Q_NRULES];
};

/* --on-dirty and the RULE=ACTION list of --dirty-rule. A gap is never dropped: the record behind
 * a hole is as good as any. */
int
dirty_init(struct dirty *d, enum dirty_action all, const struct opt_list *rules, struct err *e);
/* Q_BITs of the rules that are off */
uint32_t
dirty_ignored(const struct dirty *d);
/* The mark that a record came with, Q_CLEAN when it has none we know. */
enum quality_rule
dirty_mark(const struct rec *r);
/* Put the mark on, the record is written anew. */
void
dirty_set_mark(struct rec *r, enum quality_rule q);
/* How many records broke a rule that makes them unusable, the commonest rule, and a hint to it. */
uint64_t
dirty_unusable(const struct dirty *d, enum quality_rule *most);
const char *
dirty_hint(enum quality_rule q);
/* Hold a trade, quote or bar against the rules, count it and mark it as its rule's action says.
 * What is to be done with it: FLAG and IGNORE mean that it goes on; *q is the rule, Q_CLEAN for
 * none. A mark that it came with stands: whoever made it may have known more. */
enum dirty_action
dirty_act(
    struct dirty *d, struct rec *r, enum quality_rule *q); /* the rest, of what is not clean */
static inline enum dirty_action
dirty_judge(struct dirty *d, struct check *c, struct rec *r, bool backward, enum quality_rule *q)
{
	bool marked = r->type == REC_bar     ? rec_has(r, F_bar_dirty)
		      : r->type == REC_trade ? rec_has(r, F_trade_dirty)
					     : rec_has(r, F_quote_dirty);

	*q = check_record(c, r, backward);
	return *q == Q_CLEAN && !marked ? DIRTY_IGNORE : dirty_act(d, r, q);
}
/* "3 dirty: crossed 2 flagged, locked 1 flagged"; false when there were none */
bool
dirty_summary(const struct dirty *d, struct buf *out);

#endif
