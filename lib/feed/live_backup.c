/* Another feed, run as a command: its records stand in for ours when ours is silent. */
#include "feed/live.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "feed/live_backup.h"

#define RESTART_NS (10 * TIM_SEC)
#define MARK "\"source\":\"backup\""

struct backup {
	char *command;
	pid_t pid; /* 0: not running */
	int fd;
	struct buf in;
	int64_t again_at; /* monotonic: start it again */
};

static int
start(struct backup *b, struct err *e)
{
	char sh[] = "sh", c[] = "-c", *argv[] = { sh, c, b->command, NULL };
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	sigset_t none, dflt;
	int fd[2], rc;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return err_sys(e, ERR_IO, "--backup");
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&fa, fd[1], 1);
	posix_spawnattr_init(&attr);
	/* a group of its own: ended as a whole, and not by the terminal */
	posix_spawnattr_setpgroup(&attr, 0);
	sigemptyset(&none);
	sigfillset(&dflt);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &dflt);
	posix_spawnattr_setflags(
	    &attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	rc = posix_spawn(&b->pid, "/bin/sh", &fa, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	posix_spawnattr_destroy(&attr);
	close(fd[1]);
	if (rc != 0) {
		close(fd[0]);
		b->pid = 0;
		errno = rc;
		return err_sys(e, ERR_IO, "--backup '%s'", b->command);
	}
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	b->fd = fd[0];
	return 0;
}

struct backup *
backup_start(const char *command, struct err *e)
{
	struct backup *b = mem_alloc(sizeof *b);

	b->fd = -1;
	b->command = mem_dup(command, strlen(command));
	if (start(b, e) < 0) {
		backup_free(b);
		return NULL;
	}
	return b;
}

static void
stop(struct backup *b)
{
	if (b->fd >= 0)
		close(b->fd);
	b->fd = -1;
	if (b->pid > 0) {
		kill(-b->pid, SIGTERM);
		for (int i = 0; waitpid(b->pid, NULL, WNOHANG) == 0; i++) {
			if (i == 100) { /* a second: enough to end in order */
				kill(-b->pid, SIGKILL);
				waitpid(b->pid, NULL, 0);
				break;
			}
			usleep(10000);
		}
	}
	b->pid = 0;
	buf_clear(&b->in);
}

void
backup_free(struct backup *b)
{
	if (!b)
		return;
	stop(b);
	buf_free(&b->in);
	free(b->command);
	free(b);
}

int
backup_fd(const struct backup *b)
{
	return b->fd;
}

int64_t
backup_due(const struct backup *b)
{
	return b->fd < 0 ? b->again_at : INT64_MAX;
}

int
backup_restart(struct backup *b, struct live *l)
{
	struct err e;

	b->again_at = tim_mono() + RESTART_NS;
	if (start(b, &e) < 0)
		stage_note(l->st, 1, "%s", e.msg);
	return 0;
}

static int
lines(struct backup *b, struct live *l)
{
	size_t at = 0;
	int rc = 0;

	while (rc == 0) {
		const char *p = b->in.p + at, *nl = memchr(p, '\n', b->in.len - at);
		size_t n;

		if (!nl)
			break;
		n = (size_t)(nl - p);
		at += n + 1;
		rc = live_advance(l, tws_now_epoch());
		tws_session_log(l->s, 'B', l->now, p, n);
		if (rc == 0)
			rc = live_backup_line(l, p, n);
	}
	b->in.len -= at;
	memmove(b->in.p, b->in.p + at, b->in.len);
	return rc;
}

int
backup_read(struct backup *b, struct live *l)
{
	ssize_t n = read(b->fd, buf_room(&b->in, 65536), 65536);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0 || b->in.len > REC_LINE_MAX) {
		stage_note(l->st, 1, "the backup ended; again in %lld s",
		    (long long)(RESTART_NS / TIM_SEC));
		stop(b);
		b->again_at = tim_mono() + RESTART_NS;
		return 0;
	}
	b->in.len += (size_t)n;
	return lines(b, l);
}

static bool
is_ours(const struct live *l, const struct sym *sym)
{
	for (size_t i = 0; i < l->nsubs; i++)
		if (l->subs[i].sym == sym)
			return true;
	return false;
}

int
live_backup_line(struct live *l, const char *p, size_t n)
{
	struct rec r, out;
	struct err e;
	int rc;

	if (!l->backup_dec)
		l->backup_dec = rec_dec_new(l->st->env->syms, NULL);
	buf_clear(&l->text);
	memcpy(buf_room(&l->text, n + 1 + REC_PAD), p, n);
	memset(l->text.p + n, 0, 1 + REC_PAD);
	l->text.p[n] = '\n';
	rc = rec_dec_line(l->backup_dec, l->text.p, n, REC_MARKET, &r, &e);
	if (rc < 0) {
		stage_note(l->st, 1, "from the backup: %s", e.msg);
		return 0;
	}
	if (rc == 0 || r.type >= REC_unknown || !(REC_MARKET >> r.type & 1) || !is_ours(l, r.sym))
		return 0;
	l->backup_at = l->now;
	rc = l->source == SOURCE_NONE ? live_check_source(l) : 0;
	if (rc < 0 || l->source != SOURCE_BACKUP)
		return rc;
	rc = live_marks_before(l, r.ts);
	if (rc < 0)
		return rc;
	rec_edit(&out, &r);
	buf_clear(&l->extra);
	if (r.extra.n)
		buf_printf(&l->extra, "%.*s,", STR_FMT(r.extra));
	buf_puts(&l->extra, MARK);
	out.extra = buf_str(&l->extra);
	return live_put_now(l, &out);
}
