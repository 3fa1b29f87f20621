/* lookahead-check: the options, the runs, the comparison and the words. */
#include "stage/lookahead.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/rng.h"
#include "io/gz.h"
#include "io/in.h"
#include "io/out.h"
#include "stage/run.h"
#include "stage/stage.h"

#define SHOWN 400 /* bytes of a record in the report */

struct look {
	struct stage base;
	/* options */
	int64_t cuts, seed, tail, lag;
	const char *in_time, *out_time;
	bool strict;

	struct look_file file;
	char dir[256];
	sigset_t ending;                                        /* the signals that end us */
	struct buf input, base_out, other_out, errors, command; /* paths, and the shell's words */
	int64_t compared, declared, runs, leaking;
	/* the earliest record that changed */
	bool found;
	int64_t when, cut;
	enum look_kind kind;
	uint64_t lineno;
	struct buf was, is;
	struct err *e;
};

static const struct opt look_opts[] = {
	{ OPT_INT, 'n', "cuts", "N", "instants at which the future is changed", "10", NULL, NULL,
	    OPT_OFF(struct look, cuts), 1, 100000 },
	{ OPT_INT, 's', "seed", "N", "of the instants and the changes", "1", NULL, NULL,
	    OPT_OFF(struct look, seed), 0, INT64_MAX },
	{ OPT_STR, 't', "time", "COLUMN", "the file's column of the time; DAY+CLOCK for two", NULL,
	    NULL, NULL, OPT_OFF(struct look, in_time), 0, 0 },
	{ OPT_STR, 0, "csv-time", "COLUMN", "the same of what the pipeline writes", NULL, NULL,
	    NULL, OPT_OFF(struct look, out_time), 0, 0 },
	{ OPT_SPAN, 0, "lag", "SPAN",
	    "what it writes is known so long after its time (bars named by their start)", "0", NULL,
	    NULL, OPT_OFF(struct look, lag), 0, 0 },
	{ OPT_INT, 0, "tail", "N",
	    "instants before the end of a cut-off file that may still be open", "1", NULL, NULL,
	    OPT_OFF(struct look, tail), 0, 1000000 },
	{ OPT_FLAG, 0, "strict", NULL, "records that declare \"lookahead\":true count as leaks too",
	    NULL, NULL, NULL, OPT_OFF(struct look, strict), 0, 0 },
	{ 0 },
};

static int
look_not_here(struct stage *st)
{
	return stage_fail(st, ERR_USAGE, "runs pipelines; it is no part of one");
}

const struct stage_kind lookahead_check_kind = {
	.name = "lookahead-check",
	.about = "does a pipeline see the future? change it and look",
	.operands = "PIPELINE FILE",
	.opts = look_opts,
	.size = sizeof(struct look),
	.open = look_not_here,
};

/* ---- a signal: the pipeline ends, the directory goes, then we die of it ---- */

static volatile sig_atomic_t got_signal;
static volatile pid_t running; /* leads the process group of the pipeline; 0: none runs */

static void
on_signal(int sig)
{
	/* who asks again means it */
	if (running > 0)
		kill(-running, got_signal ? SIGKILL : SIGTERM);
	got_signal = sig;
}

static const int ending[] = { SIGHUP, SIGINT, SIGTERM };

static void
catch_signals(sigset_t *set)
{
	struct sigaction sa = { .sa_handler = on_signal }, was;

	sigemptyset(set);
	for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
		sigaction(ending[i], NULL, &was);
		if (was.sa_handler == SIG_IGN) /* nohup */
			continue;
		sigaction(ending[i], &sa, NULL);
		sigaddset(set, ending[i]);
	}
}

/* ---- running the pipeline ---- */

static bool
plain_path(const char *p)
{
	return p[strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/-")] ==
	       '\0';
}

/* A directory of our own, and in it a file of the same name: a tool may tell by the name what is
 * in it. */
static int
make_dir(struct look *k, const char *path)
{
	const char *tmp = getenv("TMPDIR"), *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	if (!tmp || !tmp[0] || strlen(tmp) > 200 || !plain_path(tmp))
		tmp = "/tmp";
	snprintf(k->dir, sizeof k->dir, "%s/lookahead-XXXXXX", tmp);
	if (!mkdtemp(k->dir)) {
		int rc = err_sys(k->e, ERR_IO, "%s", k->dir);

		k->dir[0] = '\0';
		return rc;
	}
	buf_printf(&k->input, "%s/%s", k->dir, plain_path(name) ? name : "input");
	buf_printf(&k->base_out, "%s/.base", k->dir);
	buf_printf(&k->other_out, "%s/.other", k->dir);
	buf_printf(&k->errors, "%s/.errors", k->dir);
	return 0;
}

static int
remove_one(const char *path, const struct stat *sb, int what, struct FTW *where)
{
	(void)sb, (void)what, (void)where;
	remove(path);
	return 0;
}

/* With what the pipeline itself may have put beside the file. */
static void
remove_dir(struct look *k)
{
	if (k->dir[0])
		nftw(k->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* "{}" is the file; without it the file is standard input. */
static bool
make_command(struct look *k, const char *pipeline)
{
	bool named = false;

	for (const char *p = pipeline; *p; p++)
		if (p[0] == '{' && p[1] == '}') {
			buf_put(&k->command, k->input.p, k->input.len);
			named = true;
			p++;
		} else {
			buf_putc(&k->command, *p);
		}
	return named;
}

static int
put_input(struct look *k, const struct buf *text, bool named)
{
	if (named && k->file.gz)
		return io_gzip_write(buf_z(&k->input), text->p, text->len, k->e);
	return io_file_replace(buf_z(&k->input), text->p, text->len, k->e);
}

static void
child(const char *input, const char *output, const char *errors, const char *command)
{
	int in = open(input, O_RDONLY), out, err;

	out = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	err = open(errors, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (in < 0 || out < 0 || err < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(126);
	/* a tool in the middle that fails must be noticed */
	execlp("bash", "bash", "-o", "pipefail", "-c", command, (char *)NULL);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/* The last words of the pipeline on stderr. */
static int
told(struct look *k, int status, const char *what)
{
	struct buf text = { 0 };
	struct err e;
	const char *last = "";

	io_file_read(buf_z(&k->errors), 1u << 20, &text, &e);
	while (text.len && (text.p[text.len - 1] == '\n' || text.p[text.len - 1] == ' '))
		text.len--;
	if (text.len) {
		buf_z(&text);
		last = strrchr(text.p, '\n');
		last = last ? last + 1 : text.p;
	}
	err_set(k->e, ERR_FAIL, "the pipeline ended with status %d %s%s%.300s", status, what,
	    last[0] ? ": " : "", last);
	buf_free(&text);
	return ERR_FAIL;
}

static int
run_pipeline(
    struct look *k, const struct buf *input, bool named, const char *output, const char *what)
{
	int status, rc = put_input(k, input, named);
	pid_t pid;
	sigset_t before;

	if (rc < 0)
		return rc;
	/* held back until the handler knows whom to tell */
	sigprocmask(SIG_BLOCK, &k->ending, &before);
	pid = got_signal ? 0 : fork();
	if (pid == 0 && !got_signal) {
		setpgid(0, 0);
		sigprocmask(SIG_SETMASK, &before, NULL);
		child(named ? "/dev/null" : buf_z(&k->input), output, buf_z(&k->errors),
		    buf_z(&k->command));
	}
	if (pid > 0)
		setpgid(pid, pid);
	running = pid;
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid < 0)
		return err_sys(k->e, ERR_FAIL, "fork");
	while (pid && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(k->e, ERR_FAIL, "waiting for the pipeline");
	running = 0;
	if (got_signal)
		return err_set(k->e, ERR_FAIL, "stopped by a signal");
	k->runs++;
	if (WIFSIGNALED(status))
		return told(k, 128 + WTERMSIG(status), what);
	return WEXITSTATUS(status) ? told(k, WEXITSTATUS(status), what) : 0;
}

/* ---- comparing ---- */

/* One of the two outputs, read to the next record that was known by some instant. */
struct reading {
	struct io_in *in;
	struct look_layout layout;
	struct cells cells;
	const char *p;
	size_t n;
	int64_t known, upto; /* of the record; latest so far */
	bool declared;
	int64_t left_out; /* declared records passed over */
};

static int
open_reading(struct look *k, struct reading *r, const char *path)
{
	memset(r, 0, sizeof *r);
	r->layout.column = k->out_time;
	r->layout.lag = k->lag;
	r->upto = TIM_NONE;
	r->in = io_in_open(path, k->e);
	return r->in ? 0 : k->e->code;
}

static void
close_reading(struct reading *r)
{
	io_in_free(r->in);
	look_layout_free(&r->layout);
	cells_free(&r->cells);
}

/* 1 with the next record known by `cut`, 0 at the end. A line without a time of its own was known
 * when it was written: by the latest time before it. */
static int
next_known(struct look *k, struct reading *r, int64_t cut)
{
	for (;;) {
		int rc = io_in_line(r->in, true, &r->p, &r->n, k->e);

		if (rc <= 0)
			return rc;
		int what = look_time(&r->layout, &r->cells, r->p, r->n, &r->known);
		if (r->layout.started && r->layout.csv && !look_has_time(&r->layout))
			return err_set(k->e, ERR_USAGE,
			    "what the pipeline writes has no column that is a time; name it with "
			    "--csv-time");
		const struct cell *mark =
		    what == 1 && !r->layout.csv ? cells_get(&r->cells, "lookahead") : NULL;
		r->declared = mark && str_eqz(mark->text, "true");
		if (r->known == TIM_NONE)
			r->known = r->upto;
		if (r->known > r->upto)
			r->upto = r->known;
		if (r->known <= cut && (!r->declared || k->strict))
			return 1;
		r->left_out += r->declared && r->known <= cut;
	}
}

static void
copy_record(struct buf *out, const struct reading *r, bool there)
{
	buf_clear(out);
	if (there)
		buf_put(out, r->p, r->n > SHOWN ? SHOWN : r->n);
	else
		buf_puts(out, "(nothing)");
	if (there && r->n > SHOWN)
		buf_puts(out, "...");
}

/* The two outputs up to `cut`. At the end of a file that was cut off a pipeline may write what it
 * still had: more is no leak there, another or less is. */
static int
compare(struct look *k, enum look_kind kind, int64_t limit, int64_t cut, bool *leaks)
{
	struct reading a, b;
	int rc = open_reading(k, &a, buf_z(&k->base_out)), ra, rb;

	*leaks = false;
	if (rc < 0)
		return rc;
	rc = open_reading(k, &b, buf_z(&k->other_out));
	while (rc == 0) {
		ra = next_known(k, &a, limit);
		rb = ra < 0 ? 0 : next_known(k, &b, limit);
		if (ra < 0 || rb < 0) {
			rc = ra < 0 ? ra : rb;
			break;
		}
		if (!ra && (!rb || kind == LOOK_TRUNCATE))
			break;
		k->compared++;
		if (ra && rb && a.n == b.n && memcmp(a.p, b.p, a.n) == 0)
			continue;
		*leaks = true;
		int64_t when = ra ? a.known : b.known;
		if (!k->found || when < k->when) {
			k->found = true;
			k->when = when;
			k->cut = cut;
			k->kind = kind;
			k->lineno = io_in_lineno(ra ? a.in : b.in);
			copy_record(&k->was, &a, ra > 0);
			copy_record(&k->is, &b, rb > 0);
		}
		break;
	}
	if (a.left_out > k->declared)
		k->declared = a.left_out;
	close_reading(&a);
	if (b.in)
		close_reading(&b);
	return rc;
}

static int
same_again(struct look *k)
{
	struct reading a, b;
	int rc = open_reading(k, &a, buf_z(&k->base_out));

	if (rc < 0)
		return rc;
	rc = open_reading(k, &b, buf_z(&k->other_out));
	for (int ra = 1, rb = 1; rc == 0 && (ra || rb);) {
		ra = io_in_line(a.in, true, &a.p, &a.n, k->e);
		rb = ra < 0 ? 0 : io_in_line(b.in, true, &b.p, &b.n, k->e);
		if (ra < 0 || rb < 0)
			rc = ra < 0 ? ra : rb;
		else if (ra != rb || (ra && (a.n != b.n || memcmp(a.p, b.p, a.n) != 0)))
			rc = err_set(k->e, ERR_FAIL,
			    "the pipeline does not write the same twice (line %llu), so what "
			    "changes tells nothing",
			    (unsigned long long)io_in_lineno(ra ? a.in : b.in));
	}
	close_reading(&a);
	if (b.in)
		close_reading(&b);
	return rc;
}

/* ---- the check ---- */

/* Cuts are spread over the middle of the file, one at random in each stretch. */
static size_t
cut_index(const struct look *k, struct rng *r, int64_t i)
{
	double from = 0.05, to = 0.95, width = (to - from) / (double)k->cuts;
	double at = from + width * ((double)i + rng_uniform(r));
	size_t n = (size_t)(at * (double)k->file.ntimes);

	return n + 1 < k->file.ntimes ? n : k->file.ntimes - 2;
}

static int
one_cut(struct look *k, struct rng *r, int64_t i, bool named)
{
	size_t at = cut_index(k, r, i);
	size_t back = at > (size_t)k->tail ? at - (size_t)k->tail : 0;
	int64_t cut = k->file.times[at];
	enum look_kind kinds[] = { (enum look_kind)(i % LOOK_TRUNCATE), LOOK_TRUNCATE };
	bool any = false;

	for (size_t j = 0; j < 2; j++) {
		struct buf text = { 0 };
		bool leaks = false;
		char what[80];

		look_vary(&k->file, kinds[j], cut, rng_u64(r), &text);
		snprintf(what, sizeof what, "when its future was %s", look_kinds[kinds[j]]);
		int rc = run_pipeline(k, &text, named, buf_z(&k->other_out), what);
		buf_free(&text);
		if (rc == 0)
			rc = compare(k, kinds[j],
			    kinds[j] == LOOK_TRUNCATE ? k->file.times[back] : cut, cut, &leaks);
		if (rc < 0)
			return rc;
		any |= leaks;
	}
	k->leaking += any;
	return 0;
}

static int
check(struct look *k, const char *pipeline, const char *path)
{
	struct rng r;
	int rc = look_read(&k->file, path, k->in_time, k->e);

	if (rc == 0)
		rc = make_dir(k, path);
	if (rc < 0)
		return rc;
	bool named = make_command(k, pipeline);
	rc = run_pipeline(k, &k->file.text, named, buf_z(&k->base_out), "on the file as it is");
	if (rc == 0)
		rc = run_pipeline(
		    k, &k->file.text, named, buf_z(&k->other_out), "on the file as it is, again");
	if (rc == 0)
		rc = same_again(k);
	rng_seed(&r, (uint64_t)k->seed);
	for (int64_t i = 0; rc == 0 && i < k->cuts; i++)
		rc = one_cut(k, &r, i, named);
	if (rc == 0 && k->compared == 0 && k->declared == 0)
		rc = err_set(k->e, ERR_FAIL,
		    "nothing that the pipeline writes was known before any of the cuts, so nothing "
		    "was compared");
	return rc;
}

static void
put_time(struct buf *out, int64_t t)
{
	char text[TIM_LEN];

	if (t == TIM_NONE)
		buf_puts(out, "the beginning");
	else
		buf_put(out, text, (size_t)(tim_put(text, t) - text));
}

static void
report(const struct look *k, struct buf *out)
{
	if (k->found) {
		buf_puts(out, "look-ahead: what was known by ");
		put_time(out, k->when);
		buf_printf(out, " (line %llu of the output) changed when what came after ",
		    (unsigned long long)k->lineno);
		put_time(out, k->cut);
		buf_printf(out, " was %s\n  as it was: ", look_kinds[k->kind]);
		buf_put(out, k->was.p, k->was.len);
		buf_puts(out, "\n  then:      ");
		buf_put(out, k->is.p, k->is.len);
		buf_printf(
		    out, "\n%lld of %lld cuts leak", (long long)k->leaking, (long long)k->cuts);
	} else {
		buf_printf(out, "no look-ahead found at %lld cuts", (long long)k->cuts);
	}
	buf_printf(
	    out, "; %lld runs, %lld records compared", (long long)k->runs, (long long)k->compared);
	if (k->declared)
		buf_printf(out, ", %lld declare that they look ahead and were left out",
		    (long long)k->declared);
	buf_putc(out, '\n');
}

static void
look_close(struct look *k)
{
	remove_dir(k);
	look_free(&k->file);
	buf_free(&k->input);
	buf_free(&k->base_out);
	buf_free(&k->other_out);
	buf_free(&k->errors);
	buf_free(&k->command);
	buf_free(&k->was);
	buf_free(&k->is);
}

int
lookahead_main(int argc, char **argv)
{
	const char *name = lookahead_check_kind.name;
	struct buf out = { 0 };
	struct args a;
	struct err e = { 0 };
	int rc;

	run_hold_standard();
	rc = args_parse(&a, &lookahead_check_kind, argc, argv, &e);
	if (rc == 0 &&
	    (a.common.help || a.common.version || a.common.print_config || a.common.completion)) {
		args_free(&a);
		return stage_main(&lookahead_check_kind, argc, argv);
	}
	struct look *k = (struct look *)a.st;
	if (rc == 0 && a.noperands != 2)
		rc = err_set(&e, ERR_USAGE,
		    "takes two operands, the pipeline in quotes and a file (see %s -h)", name);
	if (rc == 0 && k->lag < 0)
		rc = err_set(&e, ERR_USAGE, "--lag must not be below 0");
	if (rc == 0) {
		k->e = &e;
		catch_signals(&k->ending);
		rc = check(k, a.operands[0], a.operands[1]);
		if (rc == 0)
			report(k, &out);
		if (rc == 0 && k->found)
			rc = ERR_GATE;
		look_close(k);
	}
	if (got_signal) {
		signal(got_signal, SIG_DFL);
		raise(got_signal);
	}
	e.code = rc;
	if (rc < 0 && rc != ERR_GATE)
		run_say(name, e.msg);
	if (rc == 0 || rc == ERR_GATE) {
		int wrote = io_out_flush(1, &out, "standard output", &e);

		if (wrote < 0 && wrote != ERR_PIPE)
			run_say(name, e.msg);
		rc = wrote < 0 ? wrote : rc;
	}
	buf_free(&out);
	args_free(&a);
	return run_status(rc);
}
