#include "stage/run.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/in.h"
#include "io/out.h"
#include "stage/loop.h"

#define OUT_ENOUGH (64u << 10) /* write when this much is ready; a pipe holds as much */
#define GUARD_LINES 4096       /* look for the kill file this often when input never pauses */
#define GUARD_MS 200           /* and this often when there is none */

struct run {
	const char *name;
	struct args *stages;
	size_t n;
	const char *input;

	struct stage_env env;
	struct stage writer; /* the end of the chain: encodes what reaches it */
	struct err err;
	struct buf out;
	struct rec_csv *csv;
	enum rec_type csv_type;
	bool csv_started;
	struct rec_dec *dec;
	struct io_in *in;

	int verbosity; /* 0 errors, 1 warnings, 2 all */
	uint64_t bad_lines;
	int64_t last_ts; /* of the stream, for the records that the guard makes */
	bool halted;     /* the kill file or signal was passed on */
};

static volatile sig_atomic_t got_halt, got_stop;

static void
on_signal(int sig)
{
	if (sig == SIGUSR1)
		got_halt = 1;
	else
		got_stop = sig;
}

/* Words to the user. They may quote a line that came from anywhere: nothing in them may steer a
 * terminal. */
void
run_say(const char *name, const char *text)
{
	char t[sizeof((struct err *)0)->msg + 1];
	size_t n = strlen(text), i;

	for (i = 0; i < n && i < sizeof t - 1; i++)
		t[i] = (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? '?' : text[i];
	t[i] = '\0';
	fprintf(stderr, "%s: %s\n", name, t);
}

/* ---- what the stages see of the runner ---- */

static void
note(void *arg, const struct stage *st, int level, const char *text)
{
	struct run *r = arg;

	char t[sizeof r->err.msg];

	if (level > r->verbosity)
		return;
	snprintf(t, sizeof t, "%s%s", level == 1 ? "warning: " : "", text);
	run_say(st->kind->name, t);
}

static int
drain(void *arg)
{
	struct run *r = arg;

	return io_out_flush(1, &r->out, "standard output", &r->err);
}

static int
text_out(void *arg, const char *p, size_t n)
{
	struct run *r = arg;

	buf_put(&r->out, p, n);
	return r->out.len >= OUT_ENOUGH ? drain(r) : 0;
}

/* ---- the writer: last stage of every chain ---- */

static int
write_csv(struct run *r, const struct rec *rec)
{
	if (!r->csv_started) {
		if (!r->csv) {
			/* a feed's main type is what its file holds */
			static const char *const columns[REC_NTYPES] = {
				[REC_trade] = "ts,sym,price,size,side,dirty",
				[REC_quote] = "ts,sym,bid,ask,bid_size,ask_size,dirty",
				[REC_bar] =
				    "ts,sym,ts_end,interval,open,high,low,close,volume,dirty",
				[REC_corporate_action] = "ts,sym,action,amount,ratio,new_sym",
			};

			if (!columns[rec->type])
				return 0;
			r->csv = rec_csv_new(rec->type, columns[rec->type], &r->err);
			if (!r->csv)
				return r->err.code;
			r->csv_type = rec->type;
		}
		rec_csv_header(r->csv, &r->out);
		r->csv_started = true;
	}
	rec_csv_row(r->csv, &r->out, rec);
	return 0;
}

static int
writer_push(struct stage *st, const struct rec *rec)
{
	struct run *r = st->env->arg;

	if (r->csv_type == REC_NTYPES) {
		rec_enc_json(&r->out, rec);
	} else if (rec->type == r->csv_type ||
		   (r->csv_type == REC_unknown && rec->type != REC_watermark &&
		       rec->type != REC_status)) {
		int rc = write_csv(r, rec);

		if (rc < 0)
			return rc;
	}
	return r->out.len >= OUT_ENOUGH ? drain(r) : 0;
}

static const struct stage_kind writer_kind = {
	.name = "output", .takes = UINT32_MAX, .push = writer_push
};

/* ---- setting up ---- */

struct run *
run_new(const char *name)
{
	struct run *r = mem_alloc(sizeof *r);

	r->name = name;
	r->env = (struct stage_env){
		.err = &r->err, .note = note, .text = text_out, .drain = drain, .arg = r
	};
	r->env.syms = symtab_new();
	r->writer = (struct stage){ .kind = &writer_kind, .env = &r->env };
	r->verbosity = 1;
	r->csv_type = REC_NTYPES;
	r->last_ts = TIM_NONE;
	return r;
}

void
run_add(struct run *r, const struct args *a)
{
	r->stages = mem_resize(r->stages, r->n + 1, sizeof *r->stages);
	r->stages[r->n++] = *a;
	if (a->common.verbose)
		r->verbosity = 2;
	if (a->common.quiet)
		r->verbosity = 0;
}

void
run_common(struct run *r, const struct common_opts *c)
{
	struct common_opts *first = &r->stages[0].common, *last = &r->stages[r->n - 1].common;

	if (c->verbose)
		r->verbosity = 2;
	if (c->quiet)
		r->verbosity = 0;
	first->skip_bad |= c->skip_bad;
	first->no_header |= c->no_header;
	first->columns = first->columns ? first->columns : c->columns;
	first->sym = first->sym ? first->sym : c->sym;
	first->type = first->type ? first->type : c->type;
	first->pin = first->pin >= 0 ? first->pin : c->pin;
	last->output = last->output ? last->output : c->output;
}

void
run_input(struct run *r, const char *path)
{
	r->input = path;
}

void
run_free(struct run *r)
{
	for (size_t i = 0; i < r->n; i++)
		args_free(&r->stages[i]);
	free(r->stages);
	rec_dec_free(r->dec);
	rec_csv_free(r->csv);
	io_in_free(r->in);
	loops_free(r->env.loops);
	symtab_free(r->env.syms);
	buf_free(&r->out);
	free(r);
}

/* The words of r->err, once, under the name of the tool that failed. */
static int
complain(struct run *r, int code)
{
	const char *name = r->env.failed ? r->env.failed->kind->name : r->name;

	if (code != ERR_PIPE && r->err.msg[0])
		run_say(name, r->err.msg);
	r->err.msg[0] = '\0';
	return code;
}

static int
set_output(struct run *r, struct err *e)
{
	const struct args *last = &r->stages[r->n - 1];
	const struct stage_kind *k = last->kind;

	for (size_t i = 0; i + 1 < r->n; i++) {
		if (r->stages[i].common.output && !r->stages[i].kind->sink)
			return err_set(e, ERR_USAGE, "%s: -O csv is for the end of a pipe",
			    r->stages[i].kind->name);
		if (r->stages[i].kind->sink)
			return err_set(e, ERR_USAGE,
			    "%s: nothing comes out of it for the next tool to read",
			    r->stages[i].kind->name);
	}
	if (k->sink || last->common.output == 0)
		return 0;
	r->csv_type = k->main_type;
	if (k->csv_columns) {
		r->csv = rec_csv_new(k->main_type, k->csv_columns, e);
		if (!r->csv)
			return e->code;
	}
	return 0;
}

/* The CSV of a stage whose main type depends on its options. */
static int
late_csv(struct run *r)
{
	const struct stage *last = r->stages[r->n - 1].st;

	if (r->csv_type != REC_unknown || !last->csv_columns)
		return 0;
	r->csv_type = last->csv_type;
	r->csv = rec_csv_new(last->csv_type, last->csv_columns, &r->err);
	return r->csv ? 0 : r->err.code;
}

static int
open_stages(struct run *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct stage *st = r->stages[i].st;

		st->env = &r->env;
		st->down = i + 1 < r->n ? r->stages[i + 1].st : st->kind->sink ? NULL : &r->writer;
	}
	for (size_t i = 0; i < r->n; i++) {
		struct stage *st = r->stages[i].st;
		int rc;

		r->env.failed = NULL;
		rc = st->kind->open ? st->kind->open(st) : 0;
		if (rc < 0) {
			if (!r->env.failed)
				r->env.failed = st;
			return rc;
		}
	}
	return late_csv(r);
}

int
run_pin(int64_t cpu, struct err *e)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (sched_setaffinity(0, sizeof set, &set) < 0)
		return err_sys(e, ERR_USAGE, "--pin %lld", (long long)cpu);
	return 0;
}

static int
open_input(struct run *r)
{
	const struct common_opts *c = &r->stages[0].common;
	struct rec_layout layout = {
		.columns = c->columns, .sym = c->sym, .type = c->type, .no_header = c->no_header
	};

	if (r->input) {
		r->in = io_in_open(r->input, &r->err);
		if (!r->in)
			return r->err.code;
	} else {
		if (isatty(0))
			return err_set(&r->err, ERR_USAGE,
			    "reads records from standard input, which is a terminal (see %s -h)",
			    r->stages[0].kind->name);
		r->in = io_in_fd(0, "standard input");
	}
	r->dec = rec_dec_new(r->env.syms, &layout);
	return 0;
}

/* ---- the guard: kill file and signals become records ---- */

static const char *
kill_file(const struct run *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->stages[i].kind->guarded && r->stages[i].common.kill_file)
			return r->stages[i].common.kill_file;
	return NULL;
}

static bool
guarded(const struct run *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->stages[i].kind->guarded)
			return true;
	return false;
}

static int
push_halt(struct run *r, const char *rule, const char *why)
{
	struct rec a;

	r->halted = true;
	if (r->last_ts == TIM_NONE) {
		struct timespec now; /* before the first record only a clock knows the time */

		clock_gettime(CLOCK_REALTIME, &now);
		r->last_ts = now.tv_sec * TIM_SEC + now.tv_nsec;
	}
	rec_init(&a, REC_alert, r->last_ts, NULL);
	rec_set(&a, F_alert_severity, a.alert.severity, W_sev_critical);
	rec_set(&a, F_alert_rule, a.alert.rule, str_z(rule));
	rec_set(&a, F_alert_text, a.alert.text, str_z(why));
	rec_set(&a, F_alert_action, a.alert.action, W_act_halt);
	for (size_t i = 0; i < r->n; i++) {
		struct stage *st = r->stages[i].st;

		if (st->kind->guarded)
			return st->kind->push(st, &a);
	}
	return 0;
}

static int
check_guard(struct run *r, const char *kill)
{
	struct stat sb;

	if (r->halted)
		return 0;
	if (got_halt)
		return push_halt(r, "signal", "halted by SIGUSR1");
	if (kill && (stat(kill, &sb) == 0 || errno != ENOENT))
		return push_halt(r, "kill_file", kill);
	return 0;
}

/* ---- reading ---- */

static int
idle(struct run *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct stage *st = r->stages[i].st;
		int rc = st->kind->idle ? st->kind->idle(st) : 0;

		if (rc < 0)
			return rc;
	}
	return drain(r);
}

/* Wait until there is something to read; the guard looks around meanwhile. 1 when told to stop. */
static int
guard_wait(struct run *r, const char *kill)
{
	struct pollfd pf = { .fd = io_in_fileno(r->in), .events = POLLIN };

	for (;;) {
		int n = poll(&pf, 1, GUARD_MS), rc;

		if (got_stop)
			return 1;
		rc = check_guard(r, kill);
		if (rc == 0)
			rc = drain(r);
		if (rc < 0)
			return rc;
		if (n > 0)
			return 0;
	}
}

/* A bad line: the end of the run, or counted with --skip-bad. */
static int
bad_line(struct run *r)
{
	const struct args *first = &r->stages[0];

	err_wrap(&r->err, "%s%sline %llu", r->input ? r->input : "", r->input ? ": " : "",
	    (unsigned long long)io_in_lineno(r->in));
	if (!first->common.skip_bad || io_in_lineno(r->in) <= 1) {
		r->env.failed = first->st;
		return ERR_DATA;
	}
	if (r->bad_lines++ < 10 && r->verbosity > 0) {
		err_wrap(&r->err, "skipped");
		run_say(first->kind->name, r->err.msg);
	}
	return 0;
}

static uint32_t
wanted_types(const struct run *r)
{
	uint32_t want = REC_BIT(watermark);

	for (size_t i = 0; i < r->n; i++)
		want |= r->stages[i].kind->takes;
	if (r->csv_type < REC_unknown)
		want |= UINT32_C(1) << r->csv_type;
	else if (r->csv_type == REC_unknown)
		want = UINT32_MAX;
	return want;
}

static int
read_all(struct run *r)
{
	struct stage head = { .kind = &writer_kind, .down = r->stages[0].st, .env = &r->env };
	uint32_t want = wanted_types(r);
	const char *kill = kill_file(r), *p;
	bool guard = guarded(r);
	uint64_t lines = 0;
	struct rec rec;
	size_t n;

	for (;;) {
		int rc = io_in_line(r->in, false, &p, &n, &r->err);

		if (rc == 2) {
			rc = idle(r);
			if (rc == 0 && guard)
				rc = guard_wait(r, kill);
			if (rc != 0)
				return rc < 0 ? rc : 0;
			rc = io_in_line(r->in, true, &p, &n, &r->err);
		}
		if (rc <= 0)
			return rc;
		if (guard && ++lines % GUARD_LINES == 0 && (rc = check_guard(r, kill)) < 0)
			return rc;
		rc = rec_dec_line(r->dec, p, n, want, &rec, &r->err);
		if (__builtin_expect(rc == 1, 1)) {
			if (guard && rec.ts > r->last_ts)
				r->last_ts = rec.ts;
			rc = stage_emit(&head, &rec);
		} else if (rc < 0) {
			rc = r->err.code == ERR_DATA ? bad_line(r) : rc;
		}
		if (rc < 0)
			return rc;
	}
}

static int
run_source(struct run *r)
{
	struct stage *st = r->stages[0].st;
	const char *kill = kill_file(r);
	bool guard = guarded(r);

	for (;;) {
		int rc = st->kind->next(st);

		if (rc > 0 && guard)
			rc = check_guard(r, kill) < 0 ? r->err.code : rc;
		if (rc <= 0)
			return rc;
		if (got_stop)
			return 0;
	}
}

/* End of input for the stages from `first` on: what a process sees when the one before it ends. */
static int
flush_from(struct run *r, size_t first)
{
	int worst = 0;

	for (size_t i = first; i < r->n; i++) {
		struct stage *st = r->stages[i].st;
		int rc;

		r->env.failed = NULL;
		rc = st->kind->flush ? st->kind->flush(st) : 0;
		if (rc == ERR_PIPE)
			return rc;
		if (rc < 0) {
			if (!r->env.failed)
				r->env.failed = st;
			worst = complain(r, rc);
		}
	}
	return worst;
}

static int
process(struct run *r)
{
	const struct stage_kind *first = r->stages[0].kind;
	size_t from = 0;
	int rc, rc2, worst = 0;

	if (first->source) {
		rc = run_source(r);
	} else if (r->stages[0].st->no_input) {
		rc = 0;
	} else {
		rc = open_input(r);
		if (rc == 0)
			rc = read_all(r);
	}
	if (rc < 0 && rc != ERR_PIPE) {
		/* a stage that failed is gone; those behind it see the end of their input */
		for (size_t i = 0; i < r->n; i++)
			if (r->env.failed == r->stages[i].st)
				from = i + 1;
		if (!r->env.failed) {
			r->env.failed = r->stages[0].st;
			from = rc == ERR_IO && r->in ? 1 : r->n;
		}
		worst = complain(r, rc);
		rc = 0;
	}
	if (rc == 0)
		rc = flush_from(r, from);
	worst = worst ? worst : rc;
	r->env.failed = NULL;
	rc2 = drain(r);
	if (rc2 == 0 && rc != ERR_PIPE)
		rc2 = idle(r);
	if (rc2 < 0 && worst == 0)
		worst = complain(r, rc2);
	if (worst == 0 && close(1) < 0 && errno != EBADF)
		worst = complain(r, err_sys(&r->err, ERR_IO, "closing standard output"));
	if (r->bad_lines) {
		fprintf(stderr, "%s: %llu bad line%s skipped\n", first->name,
		    (unsigned long long)r->bad_lines, r->bad_lines == 1 ? "" : "s");
		worst = worst ? worst : ERR_DATA;
	}
	return worst;
}

static void
set_signals(const struct run *r)
{
	struct sigaction sa = { .sa_handler = on_signal };

	signal(SIGPIPE, SIG_IGN);
	if (!guarded(r))
		return;
	/* no SA_RESTART: a signal must end the wait */
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
}

int
run_all(struct run *r)
{
	int rc = 0;

	r->env.fused = r->n > 1;
	r->env.tty = isatty(1);
	set_signals(r);
	for (size_t i = 0; i < r->n && rc == 0; i++) {
		if (r->stages[i].common.pin >= 0)
			rc = run_pin(r->stages[i].common.pin, &r->err);
		if (i > 0 && r->stages[i].kind->source)
			rc = err_set(&r->err, ERR_USAGE,
			    "%s reads no records: it can only come first", r->stages[i].kind->name);
	}
	if (rc == 0)
		rc = set_output(r, &r->err);
	if (rc < 0)
		rc = complain(r, rc);
	else if ((rc = open_stages(r)) < 0)
		complain(r, rc);
	else
		rc = process(r);
	for (size_t i = 0; i < r->n; i++)
		if (r->stages[i].st->env && r->stages[i].kind->close)
			r->stages[i].kind->close(r->stages[i].st);
	if (got_stop && rc == 0) {
		signal(got_stop, SIG_DFL);
		raise(got_stop);
	}
	return rc;
}

int
run_status(int code)
{
	if (code == ERR_PIPE) {
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	return -code;
}
