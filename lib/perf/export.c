#include "perf/export.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "io/out.h"
#include "perf/account.h"

#define ENOUGH (64u << 10)

struct perf_export {
	int fd;
	char *path;
	struct buf out;
};

static struct perf_export *
export_open(const char *path, const char *header, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0) {
		err_sys(e, ERR_IO, "%s", path);
		return NULL;
	}
	struct perf_export *x = mem_alloc(sizeof *x);

	x->fd = fd;
	x->path = mem_dup(path, strlen(path));
	buf_puts(&x->out, header);
	return x;
}

struct perf_export *
perf_export_trades_open(const char *path, struct err *e)
{
	return export_open(path,
	    "sym,entry_ts,exit_ts,side,qty,entry_price,exit_price,pnl,commission,mae,mfe,"
	    "entry_value,fills\n",
	    e);
}

struct perf_export *
perf_export_equity_open(const char *path, struct err *e)
{
	return export_open(path, "ts,date,equity,cash,gross,net,drawdown\n", e);
}

static int
enough(struct perf_export *x, struct err *e)
{
	return x->out.len >= ENOUGH ? io_out_flush(x->fd, &x->out, x->path, e) : 0;
}

static void
put(struct buf *b, char *(*fn)(char *, int64_t), int64_t v, char end)
{
	char *at = buf_room(b, NUM_MAX + 1), *to = fn(at, v);

	*to++ = end;
	b->len += (size_t)(to - at);
}

int
perf_export_trade(struct perf_export *x, const struct perf_trade *tr, struct err *e)
{
	struct buf *b = &x->out;

	buf_put(b, tr->sym->name, tr->sym->len);
	buf_putc(b, ',');
	put(b, tim_put, tr->t_in, ',');
	put(b, tim_put, tr->t_out, ',');
	buf_puts(b, tr->qty > 0 ? "long," : "short,");
	put(b, num_put_size, tr->qty < 0 ? -tr->qty : tr->qty, ',');
	put(b, num_put_price, tr->px_in, ',');
	put(b, num_put_price, tr->px_out, ',');
	put(b, num_put_cash, tr->pnl, ',');
	put(b, num_put_cash, tr->commission, ',');
	put(b, num_put_cash, tr->mae, ',');
	put(b, num_put_cash, tr->mfe, ',');
	put(b, num_put_cash, tr->entry_value, ',');
	put(b, num_put_i64, tr->fills, '\n');
	return enough(x, e);
}

int
perf_export_equity(struct perf_export *x, const struct rec *r, struct err *e)
{
	struct buf *b = &x->out;
	char day[TIM_LEN];

	put(b, tim_put, r->ts, ',');
	tim_put(day, (int64_t)perf_day_of(r->ts) * TIM_DAY);
	buf_printf(b, "%.10s,", day);
	put(b, num_put_cash, r->portfolio.equity, ',');
	put(b, num_put_cash, r->portfolio.cash, ',');
	if (rec_has(r, F_portfolio_gross))
		put(b, num_put_cash, r->portfolio.gross, ',');
	else
		buf_putc(b, ',');
	if (rec_has(r, F_portfolio_net))
		put(b, num_put_cash, r->portfolio.net, ',');
	else
		buf_putc(b, ',');
	if (rec_has(r, F_portfolio_drawdown)) {
		char *at = buf_room(b, NUM_MAX);

		b->len += (size_t)(num_put_f64(at, r->portfolio.drawdown) - at);
	}
	buf_putc(b, '\n');
	return enough(x, e);
}

int
perf_export_close(struct perf_export **px, struct err *e)
{
	struct perf_export *x = *px;
	int rc;

	if (!x)
		return 0;
	rc = io_out_flush(x->fd, &x->out, x->path, e);
	if (close(x->fd) < 0 && rc == 0)
		rc = err_sys(e, ERR_IO, "%s", x->path);
	buf_free(&x->out);
	free(x->path);
	free(x);
	*px = NULL;
	return rc;
}
