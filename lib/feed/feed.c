/* ibkr-feed: market data into the pipe, from files (--replay) or live from a gateway. */
#include "feed/feed.h"
#include "feed/live.h"

struct feed {
	struct replay replay; /* first: its options are the stage's, too */
	struct live_opts opts;
	struct live *live;
};

static const struct opt feed_opts[] = {
	{ OPT_GROUP, 0, NULL, NULL, NULL, NULL, NULL, live_options, OPT_OFF(struct feed, opts), 0,
	    0 },
	{ OPT_GROUP, 0, NULL, NULL, NULL, NULL, NULL, replay_opts, OPT_OFF(struct feed, replay), 0,
	    0 },
	{ 0 },
};

static int
feed_open(struct stage *st)
{
	struct feed *f = (struct feed *)(void *)st;
	const struct live_opts *o = &f->opts;

	if (f->replay.replay && (o->contracts || o->data.n || o->history || o->replay_wire))
		return stage_fail(st, ERR_USAGE,
		    "--replay is of files: --contracts, --data, --history and --replay-wire are "
		    "of live data");
	if (f->replay.replay)
		return replay_open(st);
	if (st->nargs)
		return stage_fail(
		    st, ERR_USAGE, "'%s': files need --replay (see ibkr-feed -h)", st->args[0]);
	if (f->replay.symbols.n == 0 && !o->contracts)
		return stage_fail(st, ERR_USAGE,
		    "what is to be fed? --symbols LIST or --contracts FILE from a gateway, or "
		    "--replay FILE ...");
	return live_open(st, &f->replay, o, &f->live);
}

static int
feed_next(struct stage *st)
{
	struct feed *f = (struct feed *)(void *)st;

	return f->live ? live_next(f->live) : replay_next(st);
}

static void
feed_close(struct stage *st)
{
	struct feed *f = (struct feed *)(void *)st;

	if (f->live)
		live_close(f->live);
	replay_close(st);
}

const struct stage_kind ibkr_feed_kind = {
	.name = "ibkr-feed",
	.about = "Market data into the pipe, checked, in order of time: live from TWS or IB "
		 "Gateway, or from files.",
	.operands = "[FILE ...]",
	.opts = feed_opts,
	.size = sizeof(struct feed),
	.gives = REC_MARKET | REC_BIT(corporate_action) | REC_BIT(watermark) | REC_BIT(status),
	.main_type = REC_unknown, /* what the files or --data hold */
	.source = true,
	.open = feed_open,
	.next = feed_next,
	.close = feed_close,
};
