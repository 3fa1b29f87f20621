/*
 * ibkr-exec --paper: orders -> fills, positions, portfolio. The live side takes the place of the
 * account behind the same records (broker/tool.c).
 *
 * Order of what goes out is part of the contract (man/ibkr-exec.1): a market record goes on
 * first, then what it made of our orders; a watermark first, then what time ended, the positions
 * that changed, and one portfolio, last.
 */
#include "venue/exec.h"

#include <errno.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/out.h"
#include "stage/loop.h"

#define STATE_MAX (256u << 20)

const struct opt exec_options[] = {
	{ OPT_FLAG, 0, "paper", NULL, "simulate: no order leaves this machine", NULL, NULL, NULL,
	    OPT_OFF(struct exec, paper), 0, 0 },
	{ OPT_STR, 0, "feedback", "FIFO",
	    "also write order_status, fill, position and portfolio records there", NULL, NULL, NULL,
	    OPT_OFF(struct exec, feedback), 0, 0 },
	{ OPT_STR, 0, "state", "FILE", "keep the account in FILE and continue from it", NULL, NULL,
	    NULL, OPT_OFF(struct exec, state), 0, 0 },
	{ OPT_GROUP, 0, "account", NULL, NULL, NULL, NULL, account_options,
	    OPT_OFF(struct exec, acct), 0, 0 },
	{ OPT_END, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0 },
};

#define OWN EXEC_OWN

static int
exec_out(void *arg, const struct rec *r)
{
	struct exec *x = arg;
	int rc = stage_emit(&x->base, r);

	if (!rc && x->sink && (OWN >> r->type & 1))
		rc = loop_sink_put(x->sink, r);
	return rc;
}

static int
load_state(struct exec *x)
{
	struct err *e = x->base.env->err;
	struct buf b = { 0 };
	int rc;

	if (access(x->state, F_OK) != 0 && errno == ENOENT)
		return 0; /* the first run makes it */
	rc = io_state_read(x->state, STATE_MAX, &b, e);
	if (!rc)
		rc = account_load(x->account, b.p ? b.p : "", b.len, e);
	buf_free(&b);
	return rc ? err_wrap(e, "--state %s", x->state) : 0;
}

static int
save_state(struct exec *x)
{
	struct err *e = x->base.env->err;
	struct buf b = { 0 };
	int rc;

	account_save(x->account, &b);
	rc = io_state_write(x->state, &b, e);
	buf_free(&b);
	x->saved = account_revision(x->account);
	return rc ? err_wrap(e, "--state %s", x->state) : 0;
}

static int
exec_open(struct stage *st)
{
	struct exec *x = (struct exec *)st;
	int rc = 0;

	x->account = account_new(&x->acct, st->env->syms, exec_out, x, st->env->err);
	if (!x->account)
		return st->env->err->code;
	if (x->state)
		rc = load_state(x);
	if (!rc && x->feedback)
		rc = loop_sink_open(st, x->feedback, &x->sink);
	return rc;
}

bool
exec_looks_ahead(const struct rec *r)
{
	switch (r->type) {
	case REC_order: return rec_has(r, F_order_lookahead) && r->order.lookahead;
	case REC_target: return rec_has(r, F_target_lookahead) && r->target.lookahead;
	case REC_signal: return rec_has(r, F_signal_lookahead) && r->signal.lookahead;
	case REC_features: return rec_has(r, F_features_lookahead) && r->features.lookahead;
	case REC_image: return rec_has(r, F_image_lookahead) && r->image.lookahead;
	default: return false;
	}
}

/* In the state that this run continues from already. */
static bool
repeats(struct exec *x, const struct rec *r)
{
	return x->state && account_repeats(x->account, r);
}

static int
exec_push(struct stage *st, const struct rec *r)
{
	struct exec *x = (struct exec *)st;
	int rc;

	switch (r->type) {
	case REC_order:
	case REC_target:
	case REC_signal:
	case REC_features:
	case REC_image:
		if (exec_looks_ahead(r))
			return stage_fail(st, ERR_DATA,
			    "a %s record says \"lookahead\":true: it was made with knowledge of "
			    "the future",
			    rec_type_name(r->type));
		x->targets += r->type == REC_target;
		x->orders += r->type == REC_order;
		if (r->type != REC_order)
			return stage_emit(st, r);
		__attribute__((fallthrough));
	case REC_cancel:
	case REC_replace:
		if (repeats(x, r) &&
		    (r->type != REC_order || account_id_seen(x->account, r->order.cl_ord_id)))
			return 0;
		return account_push(x->account, r);
	case REC_order_status:
	case REC_fill:
	case REC_position:
	case REC_portfolio:
		/* ours, come round on a loop or out of a journal: said anew below */
		return 0;
	default: break;
	}
	rc = stage_emit(st, r);
	return rc || repeats(x, r) ? rc : account_push(x->account, r);
}

static int
exec_watermark(struct stage *st, const struct rec *wm)
{
	struct exec *x = (struct exec *)st;
	int rc = stage_emit(st, wm);

	if (rc)
		return rc;
	if (!repeats(x, wm))
		return account_watermark(x->account, wm->ts);
	return rec_has(wm, F_watermark_loop) && wm->watermark.loop
		   ? account_portfolio(x->account, wm->ts)
		   : 0;
}

static int
exec_idle(struct stage *st)
{
	struct exec *x = (struct exec *)st;
	int rc = loop_sink_drain(x->sink);

	return !rc && x->state && account_revision(x->account) != x->saved ? save_state(x) : rc;
}

static int
exec_flush(struct stage *st)
{
	struct exec *x = (struct exec *)st;
	int rc = x->state ? save_state(x) : 0, rc2 = loop_sink_close(x->sink);

	x->sink = NULL;
	account_note_repeats(x->account, st);
	if (x->targets > 0 && x->orders == 0)
		stage_note(st, 1,
		    "%llu targets passed by and no order came: is risk-gate in the pipe, before "
		    "ibkr-exec and after rl-act?",
		    (unsigned long long)x->targets);
	return rc ? rc : rc2;
}

static void
exec_close(struct stage *st)
{
	struct exec *x = (struct exec *)st;

	loop_sink_close(x->sink);
	account_free(x->account);
	x->sink = NULL;
	x->account = NULL;
}

const struct stage_kind exec_paper = {
	.name = "ibkr-exec",
	.about = "execute orders: order_status, fill, position and portfolio records",
	.opts = exec_options,
	.size = sizeof(struct exec),
	.takes = REC_MARKET | OWN | REC_BIT(corporate_action) | REC_BIT(order) | REC_BIT(cancel) |
		 REC_BIT(replace) | REC_BIT(target) | REC_BIT(signal) | REC_BIT(features) |
		 REC_BIT(image),
	.gives = OWN | REC_BIT(reject) | REC_BIT(alert),
	.main_type = REC_fill,
	.csv_columns = "ts,sym,side,last_qty,last_price,commission,cl_ord_id,exec_id",
	.open = exec_open,
	.push = exec_push,
	.watermark = exec_watermark,
	.flush = exec_flush,
	.idle = exec_idle,
	.close = exec_close,
};
