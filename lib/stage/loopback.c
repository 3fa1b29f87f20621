#include "stage/loopback.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/in.h"
#include "io/out.h"
#include "rec/codec.h"
#include "stage/args.h"
#include "stage/run.h"

struct loopback {
	struct stage base;
	bool lockstep;
	const char *journal;

	struct stage_loop *queue;
	struct rec_dec *dec;
	int journal_fd;
	struct buf line, jbuf;
};

#define OFF(f) OPT_OFF(struct loopback, f)

static const struct opt loopback_opts[] = {
	{ OPT_FLAG, 'l', "lockstep", NULL,
	    "wait after each watermark for the portfolio it leads to (history)", NULL, NULL, NULL,
	    OFF(lockstep), 0, 0 },
	{ OPT_STR, 'j', "journal", "FILE", "keep the merged stream in FILE", NULL, NULL, NULL,
	    OFF(journal), 0, 0 },
	{ 0 },
};

static int
open_journal(const char *path, int *fd, struct err *e)
{
	*fd = -1;
	if (!path)
		return 0;
	*fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	return *fd < 0 ? err_sys(e, ERR_IO, "--journal %s", path) : 0;
}

/* Is r the portfolio that a wait for watermark `ts` is over with? */
static bool
is_answer(const struct rec *r, int64_t ts)
{
	return r->type == REC_portfolio && r->ts == ts;
}

static void
mark_looped(struct rec *out, const struct rec *wm)
{
	rec_edit(out, wm);
	rec_set(out, F_watermark_loop, out->watermark.loop, true);
}

/* ---- in one process ---- */

static int
loopback_open(struct stage *st)
{
	struct loopback *l = (struct loopback *)st;

	l->journal_fd = -1;
	if (st->nargs != 1)
		return stage_fail(st, ERR_USAGE, "takes one operand: the FIFO (see loopback -h)");
	l->queue = loop_get(st->env, st->args[0]);
	loop_set_reader(l->queue);
	l->dec = rec_dec_new(st->env->syms, NULL);
	if (open_journal(l->journal, &l->journal_fd, st->env->err) < 0) {
		st->env->failed = st;
		return ERR_IO;
	}
	return 0;
}

static int
out_record(struct loopback *l, const struct rec *r)
{
	if (l->journal_fd >= 0) {
		rec_enc_json(&l->jbuf, r);
		if (l->jbuf.len > 64u << 10) {
			int rc =
			    io_out_flush(l->journal_fd, &l->jbuf, l->journal, l->base.env->err);

			if (rc < 0)
				return rc;
		}
	}
	return stage_emit(&l->base, r);
}

static int
loopback_push(struct stage *st, const struct rec *r)
{
	return out_record((struct loopback *)st, r);
}

/* What ibkr-exec said since the last watermark, up to and including this one's portfolio. */
static int
loopback_watermark(struct stage *st, const struct rec *wm)
{
	struct loopback *l = (struct loopback *)st;
	int64_t ts = wm->ts;
	bool answered = false;
	struct rec r;
	const char *p;
	size_t n;
	int rc;

	if (l->lockstep) {
		mark_looped(&r, wm);
		rc = out_record(l, &r);
	} else {
		rc = out_record(l, wm);
	}
	while (rc >= 0 && !answered && loop_take_line(l->queue, &p, &n)) {
		/* the queue grows while the record is pushed: the line needs a place of its own */
		buf_clear(&l->line);
		buf_room(&l->line, n + 1 + REC_PAD);
		buf_put(&l->line, p, n);
		memset(l->line.p + n, 0, REC_PAD);
		rc = rec_dec_line(l->dec, l->line.p, n, UINT32_MAX, &r, st->env->err);
		if (rc < 0)
			break;
		answered = l->lockstep && is_answer(&r, ts);
		rc = out_record(l, &r);
	}
	if (rc >= 0 && l->lockstep && !answered)
		return stage_fail(st, ERR_IO,
		    "no portfolio came back for a watermark: is ibkr-exec "
		    "--feedback %s in the pipeline?",
		    st->args[0]);
	return rc < 0 ? rc : 0;
}

static int
loopback_flush(struct stage *st)
{
	struct loopback *l = (struct loopback *)st;

	return l->journal_fd < 0 ? 0
				 : io_out_flush(l->journal_fd, &l->jbuf, l->journal, st->env->err);
}

static void
loopback_close(struct stage *st)
{
	struct loopback *l = (struct loopback *)st;

	if (l->journal_fd >= 0)
		close(l->journal_fd);
	rec_dec_free(l->dec);
	buf_free(&l->line);
	buf_free(&l->jbuf);
}

const struct stage_kind loopback_kind = {
	.name = "loopback",
	.about =
	    "merge what ibkr-exec reports on a FIFO into the stream: the head of the feedback loop",
	.operands = "FIFO",
	.opts = loopback_opts,
	.size = sizeof(struct loopback),
	.takes = UINT32_MAX,
	.gives = UINT32_MAX,
	.main_type = REC_bar,
	.open = loopback_open,
	.push = loopback_push,
	.watermark = loopback_watermark,
	.flush = loopback_flush,
	.close = loopback_close,
};

/* ---- the program ---- */

struct ring {
	struct loopback *l;
	const char *fifo_name;
	struct err err;
	struct io_in *in;
	struct symtab *syms;
	struct rec_dec *dec, *back_dec;
	int fifo;        /* < 0: closed */
	bool connected;  /* a writer was seen */
	struct buf back; /* read from the FIFO, not yet merged */
	size_t back_at;
	struct buf out;
	bool quiet;
};

#define PIPE_SURE \
	4096 /* a pipe that polls writable takes this much without blocking (PIPE_BUF) \
	      */

/* Read what the FIFO has, without waiting. */
static int
fifo_read(struct ring *g)
{
	while (g->fifo >= 0) {
		ssize_t n;

		if (g->back_at == g->back.len) {
			buf_clear(&g->back);
			g->back_at = 0;
		} else if (g->back_at > 64u << 10) {
			memmove(g->back.p, g->back.p + g->back_at, g->back.len - g->back_at);
			g->back.len -= g->back_at;
			g->back_at = 0;
		}
		n = read(g->fifo, buf_room(&g->back, (16u << 10) + REC_PAD), 16u << 10);
		if (n > 0) {
			g->connected = true;
			g->back.len += (size_t)n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			g->connected = true;
			return 0;
		}
		if (n < 0)
			return err_sys(&g->err, ERR_IO, "%s", g->fifo_name);
		if (g->connected) {
			close(g->fifo);
			g->fifo = -1;
		}
		return 0; /* nobody has opened it for writing yet, or the end */
	}
	return 0;
}

/* Write all of out; the FIFO is drained meanwhile, or the ring would lock up. */
static int
ring_flush(struct ring *g)
{
	size_t done = 0;

	if (g->l->journal_fd >= 0 && g->out.len) {
		struct buf copy = { 0 };
		int rc;

		buf_put(&copy, g->out.p, g->out.len);
		rc = io_out_flush(g->l->journal_fd, &copy, g->l->journal, &g->err);
		buf_free(&copy);
		if (rc < 0)
			return rc;
	}
	while (done < g->out.len) {
		struct pollfd pf[2] = { { .fd = 1, .events = POLLOUT },
			{ .fd = g->fifo, .events = POLLIN } };
		size_t n = g->out.len - done;
		ssize_t w;

		if (poll(pf, 2, -1) < 0 && errno != EINTR)
			return err_sys(&g->err, ERR_IO, "poll");
		if (pf[1].revents && fifo_read(g) < 0)
			return ERR_IO;
		if (!pf[0].revents)
			continue;
		w = write(1, g->out.p + done, n < PIPE_SURE ? n : PIPE_SURE);
		if (w < 0 && errno != EINTR && errno != EAGAIN)
			return err_sys(
			    &g->err, errno == EPIPE ? ERR_PIPE : ERR_IO, "writing standard output");
		done += w > 0 ? (size_t)w : 0;
	}
	buf_clear(&g->out);
	return 0;
}

/* Next whole line of the FIFO into out; 1 taken (*r decoded as far as needed), 0 none. */
static int
merge_line(struct ring *g, struct rec *r)
{
	const char *p = g->back.p + g->back_at;
	const char *nl =
	    g->back_at < g->back.len ? memchr(p, '\n', g->back.len - g->back_at) : NULL;
	size_t n;
	int rc;

	if (!nl)
		return 0;
	n = (size_t)(nl - p);
	rc = rec_dec_line(g->back_dec, p, n, REC_BIT(portfolio), r, &g->err);
	if (rc < 0)
		return err_wrap(&g->err, "%s", g->fifo_name);
	buf_put(&g->out, p, n + 1);
	g->back_at += n + 1;
	return 1;
}

/* Lock step: everything up to the portfolio of watermark ts. */
static int
await(struct ring *g, int64_t ts)
{
	unsigned waits = 0;

	for (;;) {
		struct pollfd pf[2] = { { .fd = g->fifo, .events = POLLIN },
			{ .fd = 1, .events = 0 } };
		struct rec r;
		int rc;

		while ((rc = merge_line(g, &r)) > 0)
			if (is_answer(&r, ts))
				return 0;
		if (rc < 0)
			return rc;
		rc = fifo_read(g);
		if (rc < 0)
			return rc;
		if (memchr(g->back.p ? g->back.p + g->back_at : "", '\n', g->back.len - g->back_at))
			continue;
		if (g->fifo < 0) {
			char t[TIM_LEN + 1];

			*tim_put(t, ts) = '\0';
			return err_set(&g->err, ERR_IO,
			    "%s was closed before the portfolio of %s came back", g->fifo_name, t);
		}
		if (!g->connected && ++waits == 2500 && !g->quiet) /* some five seconds */
			run_say("loopback",
			    "waiting for the feedback: is there an ibkr-exec --feedback on "
			    "this FIFO?");
		/* before the writer is there poll would not wake: look again soon */
		if (poll(pf, 2, g->connected ? -1 : 2) < 0 && errno != EINTR)
			return err_sys(&g->err, ERR_IO, "poll");
		if (pf[1].revents & (POLLERR | POLLHUP))
			return err_set(&g->err, ERR_PIPE, "the reader left");
	}
}

static int
forward(struct ring *g, const char *p, size_t n)
{
	struct rec r, marked;
	int rc = rec_dec_line(g->dec, p, n, REC_BIT(watermark), &r, &g->err);

	if (rc < 0)
		return err_wrap(&g->err, "line %llu", (unsigned long long)io_in_lineno(g->in));
	if (rc == 0)
		return 0;
	if (r.type != REC_watermark || !g->l->lockstep) {
		rec_enc_json(&g->out, &r);
		return g->out.len > 64u << 10 ? ring_flush(g) : 0;
	}
	mark_looped(&marked, &r);
	rec_enc_json(&g->out, &marked);
	rc = ring_flush(g);
	return rc < 0 ? rc : await(g, r.ts);
}

/* Nothing whole is buffered: write out, and (live) see which side speaks first. */
static int
wait_input(struct ring *g)
{
	for (;;) {
		struct pollfd pf[2] = { { .fd = 0, .events = POLLIN },
			{ .fd = g->fifo, .events = POLLIN } };
		struct rec r;
		int rc = ring_flush(g);

		if (rc < 0 || g->l->lockstep)
			return rc;
		if (poll(pf, 2, g->connected || g->fifo < 0 ? -1 : 50) < 0 && errno != EINTR)
			return err_sys(&g->err, ERR_IO, "poll");
		rc = fifo_read(g);
		while (rc >= 0 && (rc = merge_line(g, &r)) > 0)
			;
		if (rc < 0)
			return rc;
		if (pf[0].revents)
			return 0;
	}
}

static int
ring_run(struct ring *g)
{
	const char *p;
	size_t n;

	for (;;) {
		int rc = io_in_line(g->in, false, &p, &n, &g->err);

		if (rc == 2) {
			rc = wait_input(g);
			if (rc == 0)
				rc = io_in_line(g->in, true, &p, &n, &g->err);
			else if (rc > 0)
				rc = 0;
		}
		if (rc < 0)
			return rc;
		if (rc == 0)
			return ring_flush(g);
		rc = forward(g, p, n);
		if (rc < 0) {
			int rc2 = rc == ERR_DATA ? ring_flush(g) : 0;

			return rc2 < 0 ? rc2 : rc;
		}
	}
}

static int
ring_open(struct ring *g, const struct args *a)
{
	struct stat sb;

	g->l = (struct loopback *)a->st;
	g->l->journal_fd = -1;
	g->fifo = -1;
	if (a->noperands != 1)
		return err_set(&g->err, ERR_USAGE, "takes one operand: the FIFO (see loopback -h)");
	g->fifo_name = a->operands[0];
	g->quiet = a->common.quiet;
	if (isatty(0))
		return err_set(
		    &g->err, ERR_USAGE, "reads records from standard input, which is a terminal");
	if (a->common.pin >= 0 && run_pin(a->common.pin, &g->err) < 0)
		return g->err.code;
	/* does not wait for the writer: if that never starts, we must still see our reader leave */
	g->fifo = open(g->fifo_name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (g->fifo < 0)
		return err_sys(&g->err, ERR_IO, "%s", g->fifo_name);
	if (fstat(g->fifo, &sb) < 0 || !S_ISFIFO(sb.st_mode))
		return err_set(&g->err, ERR_USAGE, "%s is no FIFO: make one with mkfifo %s",
		    g->fifo_name, g->fifo_name);
	g->syms = symtab_new();
	g->dec = rec_dec_new(g->syms, &(struct rec_layout){ .columns = a->common.columns,
					  .sym = a->common.sym,
					  .type = a->common.type,
					  .no_header = a->common.no_header });
	g->back_dec = rec_dec_new(g->syms, NULL);
	g->in = io_in_fd(0, "standard input");
	return open_journal(g->l->journal, &g->l->journal_fd, &g->err);
}

int
loopback_main(int argc, char **argv)
{
	struct ring g = { 0 };
	struct args a;
	int rc;

	run_hold_standard();
	rc = args_parse(&a, &loopback_kind, argc, argv, &g.err);
	if (rc < 0 || a.common.help || a.common.version || a.common.print_config ||
	    a.common.completion) {
		args_free(&a);
		return stage_main(&loopback_kind, argc, argv); /* says what there is to say */
	}
	signal(SIGPIPE, SIG_IGN);
	rc = ring_open(&g, &a);
	if (rc == 0)
		rc = ring_run(&g);
	if (rc < 0 && rc != ERR_PIPE)
		run_say("loopback", g.err.msg);
	if (g.fifo >= 0)
		close(g.fifo);
	if (g.l->journal_fd >= 0 && close(g.l->journal_fd) < 0 && rc == 0) {
		fprintf(stderr, "loopback: closing %s: %s\n", g.l->journal, strerror(errno));
		rc = ERR_IO;
	}
	rec_dec_free(g.dec);
	rec_dec_free(g.back_dec);
	symtab_free(g.syms);
	io_in_free(g.in);
	buf_free(&g.back);
	buf_free(&g.out);
	args_free(&a);
	return run_status(rc);
}
