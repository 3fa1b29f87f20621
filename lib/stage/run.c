#include "stage/run_private.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/in.h"
#include "io/out.h"
#include "stage/loop.h"

#define GUARD_LINES 4096 /* look for the kill file this often when input never pauses */

/* ---- setting up ---- */

struct run *
run_new(const char *name)
{
	struct run *r = mem_alloc(sizeof *r);

	r->name = name;
	run_output_init(r);
	r->env.syms = symtab_new();
	r->verbosity = 1;
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
open_stages(struct run *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct stage *st = r->stages[i].st;

		st->env = &r->env;
		st->common = &r->stages[i].common;
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
	return run_output_late(r);
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
	return run_drain(r);
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
		want |= r->stages[i].st->kind->takes; /* open may have narrowed it */
	if (r->csv_type < REC_unknown)
		want |= UINT32_C(1) << r->csv_type;
	else if (r->csv_type == REC_unknown)
		want = UINT32_MAX;
	return want;
}

static int
read_all(struct run *r)
{
	struct stage head = { .kind = r->writer.kind, .down = r->stages[0].st, .env = &r->env };
	uint32_t want = wanted_types(r);
	const char *kill = run_kill_file(r), *p;
	struct io_ahead *ahead = io_in_ahead(r->in);
	bool guard = run_guarded(r);
	uint64_t lines = 0;
	struct rec rec;
	size_t n;

	for (;;) {
		int rc;

		/* by far the most rows of a CSV file */
		if (!guard && (n = rec_dec_row(r->dec, ahead->at, ahead->end, &rec)) > 0) {
			ahead->at += n;
			ahead->lines++;
			rc = stage_emit(&head, &rec);
			if (__builtin_expect(rc < 0, 0))
				return rc;
			continue;
		}
		rc = io_in_line(r->in, false, &p, &n, &r->err);
		if (rc == 2) {
			rc = idle(r);
			if (rc == 0 && guard)
				rc = run_guard_wait(r, kill);
			if (rc != 0)
				return rc < 0 ? rc : 0;
			rc = io_in_line(r->in, true, &p, &n, &r->err);
		}
		if (rc <= 0)
			return rc;
		if (guard && ++lines % GUARD_LINES == 0 && (rc = run_guard_check(r, kill)) < 0)
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
	const char *kill = run_kill_file(r);
	bool guard = run_guarded(r);

	for (;;) {
		int rc = st->kind->next(st);

		if (rc > 0 && guard)
			rc = run_guard_check(r, kill) < 0 ? r->err.code : rc;
		if (rc <= 0)
			return rc;
		if (run_stopped())
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
	rc2 = run_drain(r);
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

int
run_all(struct run *r)
{
	int rc = 0;

	r->env.fused = r->n > 1;
	r->env.tty = isatty(1);
	run_guard_signals(r);
	for (size_t i = 0; i < r->n && rc == 0; i++) {
		if (r->stages[i].common.pin >= 0)
			rc = run_pin(r->stages[i].common.pin, &r->err);
		if (i > 0 && r->stages[i].kind->source)
			rc = err_set(&r->err, ERR_USAGE,
			    "%s reads no records: it can only come first", r->stages[i].kind->name);
	}
	if (rc == 0)
		rc = run_output_set(r, &r->err);
	if (rc < 0)
		rc = complain(r, rc);
	else if ((rc = open_stages(r)) < 0)
		complain(r, rc);
	else
		rc = process(r);
	for (size_t i = 0; i < r->n; i++)
		if (r->stages[i].st->env && r->stages[i].kind->close)
			r->stages[i].kind->close(r->stages[i].st);
	if (run_stopped() && rc == 0) {
		signal(run_stopped(), SIG_DFL);
		raise(run_stopped());
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
