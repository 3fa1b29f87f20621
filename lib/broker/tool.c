/* ibkr-exec: on paper (venue/exec.h) or live (broker/live.h), behind one option table. */
#include "broker/live.h"

#include <stdlib.h>

#include "base/mem.h"
#include "venue/exec.h"

struct tool {
	struct exec paper; /* begins with the stage */
	struct live_exec_opts opts;
	struct live_exec *live; /* NULL: on paper */
	bool halted;            /* on paper */
};

static const struct opt tool_options[] = {
	{ OPT_GROUP, 0, "paper", NULL, NULL, NULL, NULL, exec_options, OPT_OFF(struct tool, paper),
	    0, 0 },
	{ OPT_GROUP, 0, "live", NULL, NULL, NULL, NULL, live_exec_options,
	    OPT_OFF(struct tool, opts), 0, 0 },
	{ OPT_END, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0 },
};

static int
tool_open(struct stage *st)
{
	struct tool *t = (struct tool *)st;

	if (t->paper.paper)
		return exec_paper.open(st);
	if (t->paper.state)
		return stage_fail(
		    st, ERR_USAGE, "--state is of --paper: the live side keeps a --journal");
	return live_exec_open(st, &t->opts, t->paper.feedback, &t->live);
}

/* ---- the kill file and signals, on paper ---- */

struct ids {
	struct buf text; /* each with a newline behind it: no id has one */
	const struct sym **sym;
	size_t n, cap;
};

static void
note_id(void *arg, const struct rec *order, int64_t leaves)
{
	struct ids *ids = arg;

	(void)leaves;
	buf_put(&ids->text, order->order.cl_ord_id.p, order->order.cl_ord_id.n);
	buf_putc(&ids->text, '\n');
	*MEM_AT(ids->sym, ids->cap, ids->n) = order->sym;
	ids->n++;
}

static int
cancel_paper(struct tool *t, int64_t ts)
{
	struct ids ids = { 0 };
	size_t at = 0;
	int rc = 0;

	account_each_order(t->paper.account, note_id, &ids);
	for (size_t i = 0; i < ids.n && !rc; i++) {
		const char *nl = memchr(ids.text.p + at, '\n', ids.text.len - at);
		struct str id = { ids.text.p + at, (size_t)(nl - (ids.text.p + at)) };
		struct rec c;

		at += id.n + 1;
		rec_init(&c, REC_cancel, ts, ids.sym[i]);
		rec_set(&c, F_cancel_cl_ord_id, c.cancel.cl_ord_id, id);
		rc = account_push(t->paper.account, &c);
	}
	buf_free(&ids.text);
	free(ids.sym);
	return rc;
}

static int
refuse(struct stage *st, const struct rec *order)
{
	struct rec r;
	int rc;

	rec_init(&r, REC_reject, order->ts, order->sym);
	rec_set(&r, F_reject_cl_ord_id, r.reject.cl_ord_id, order->order.cl_ord_id);
	rec_set(&r, F_reject_rule, r.reject.rule, str_z("halted"));
	rec_set(&r, F_reject_text, r.reject.text, str_z("no new orders: halted"));
	rec_set(&r, F_reject_source, r.reject.source, str_z("paper"));
	rc = stage_emit(st, &r);
	if (rc)
		return rc;
	rec_init(&r, REC_order_status, order->ts, order->sym);
	rec_set(&r, F_order_status_cl_ord_id, r.order_status.cl_ord_id, order->order.cl_ord_id);
	rec_set(&r, F_order_status_status, r.order_status.status, W_ostat_rejected);
	return stage_emit(st, &r);
}

static int
halt_paper(struct tool *t, const struct rec *alert)
{
	int rc = stage_emit(&t->paper.base, alert);

	t->halted = true;
	return rc || t->opts.broker.on_exit ? rc : cancel_paper(t, alert->ts);
}

static int
tool_push(struct stage *st, const struct rec *r)
{
	struct tool *t = (struct tool *)st;

	if (t->live)
		return live_exec_push(t->live, r);
	if (r->type == REC_alert)
		return halt_paper(t, r);
	if (t->halted && r->type == REC_order && !exec_looks_ahead(r))
		return refuse(st, r);
	return exec_paper.push(st, r);
}

static int
tool_watermark(struct stage *st, const struct rec *wm)
{
	struct tool *t = (struct tool *)st;

	return t->live ? live_exec_watermark(t->live, wm) : exec_paper.watermark(st, wm);
}

static int
tool_flush(struct stage *st)
{
	struct tool *t = (struct tool *)st;

	return t->live ? live_exec_flush(t->live) : exec_paper.flush(st);
}

static int
tool_idle(struct stage *st)
{
	struct tool *t = (struct tool *)st;

	return t->live ? live_exec_idle(t->live) : exec_paper.idle(st);
}

static int
tool_wait(struct stage *st, int fd, int timeout_ms)
{
	return live_exec_wait(((struct tool *)st)->live, fd, timeout_ms);
}

static void
tool_close(struct stage *st)
{
	struct tool *t = (struct tool *)st;

	live_exec_close(t->live);
	t->live = NULL;
	exec_paper.close(st);
}

const struct stage_kind ibkr_exec_kind = {
	.name = "ibkr-exec",
	.about = "execute orders: order_status, fill, position and portfolio records",
	.opts = tool_options,
	.size = sizeof(struct tool),
	.takes = REC_MARKET | EXEC_OWN | REC_BIT(corporate_action) | REC_BIT(order) |
		 REC_BIT(cancel) | REC_BIT(replace) | REC_BIT(target) | REC_BIT(signal) |
		 REC_BIT(features) | REC_BIT(image) | REC_BIT(status),
	.gives = EXEC_OWN | REC_BIT(reject) | REC_BIT(alert) | REC_BIT(status),
	.main_type = REC_fill,
	.csv_columns = "ts,sym,side,last_qty,last_price,commission,cl_ord_id,exec_id",
	.guarded = true,
	.open = tool_open,
	.push = tool_push,
	.watermark = tool_watermark,
	.flush = tool_flush,
	.idle = tool_idle,
	.wait = tool_wait,
	.close = tool_close,
};
