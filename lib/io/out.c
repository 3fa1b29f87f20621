#include "io/out.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"

static int
write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0 && errno == EAGAIN) {
			struct pollfd pf = { .fd = fd, .events = POLLOUT };

			poll(&pf, 1, -1);
			continue;
		}
		if (w < 0)
			return -1;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

int
io_out_flush(int fd, struct buf *b, const char *name, struct err *e)
{
	if (b->len == 0)
		return 0;
	if (write_all(fd, b->p, b->len) < 0) {
		buf_clear(b);
		return err_sys(e, errno == EPIPE ? ERR_PIPE : ERR_IO, "writing %s", name);
	}
	buf_clear(b);
	return 0;
}

/* A device, a FIFO: written to, not replaced by a file. (Root could do that to /dev/null.) */
static int
write_special(const char *path, const void *p, size_t n, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY), rc = 0;

	if (fd < 0)
		return err_sys(e, ERR_IO, "%s", path);
	if (write_all(fd, p, n) < 0)
		rc = err_sys(e, ERR_IO, "writing %s", path);
	if (close(fd) < 0 && rc == 0)
		rc = err_sys(e, ERR_IO, "closing %s", path);
	return rc;
}

static void
lock(int fd)
{
	while (flock(fd, LOCK_EX) < 0 && errno == EINTR)
		continue; /* a file system without locks: then nobody waits */
}

static bool
is_still(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && lstat(path, &b) == 0 && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

/*
 * A new file to write, locked. Two programs that replace the same file take turns: one that opened
 * what the other is still writing would put it in place half-written. What a crash has left is
 * taken away: it may be for other eyes.
 */
static int
open_new(const char *tmp, mode_t mode)
{
	for (int tries = 0; tries < 1000; tries++) {
		int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
		bool made = fd >= 0;

		if (!made && errno != EEXIST)
			return -1;
		if (!made)
			fd = open(tmp, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0)
			lock(fd); /* waits until the other one is done */
		bool still = fd >= 0 && is_still(fd, tmp);
		if (made && still)
			return fd;
		if (still || fd < 0)
			unlink(tmp);
		if (fd >= 0)
			close(fd);
	}
	errno = EBUSY;
	return -1;
}

int
io_file_replace(const char *path, const void *p, size_t n, struct err *e)
{
	struct stat sb;

	bool old = stat(path, &sb) == 0;
	if (old && !S_ISREG(sb.st_mode))
		return S_ISDIR(sb.st_mode) ? err_set(e, ERR_IO, "%s: Is a directory", path)
					   : write_special(path, p, n, e);
	size_t len = strlen(path);
	char *tmp = mem_alloc(len + 16);
	int fd, rc = 0;

	snprintf(tmp, len + 16, "%s.tmp", path);
	/* Nobody reads the new one before it has the mode of the file it replaces. */
	fd = open_new(tmp, old ? 0600 : 0666);
	if (fd < 0) {
		rc = err_sys(e, ERR_IO, "%s", tmp);
		goto done;
	}
	if (old && fchmod(fd, sb.st_mode & 07777) < 0)
		rc = err_sys(e, ERR_IO, "giving %s the mode of %s", tmp, path);
	else if (write_all(fd, p, n) < 0 || fsync(fd) < 0)
		rc = err_sys(e, ERR_IO, "writing %s", tmp);
	if (rc == 0 && rename(tmp, path) < 0)
		rc = err_sys(e, ERR_IO, "renaming %s", tmp);
	if (rc < 0)
		unlink(tmp);
	close(fd); /* after fsync nothing is left to fail; and now others may write */
done:
	free(tmp);
	return rc;
}

int
io_file_place(const char *path, struct err *e)
{
	struct stat sb;
	int rc = 0;

	if (!path)
		return 0;
	if (stat(path, &sb) == 0 && S_ISDIR(sb.st_mode))
		return err_set(e, ERR_IO, "%s: Is a directory", path);
	if (stat(path, &sb) == 0 && !S_ISREG(sb.st_mode))
		return 0; /* a device: it says itself what it takes */
	const char *slash = strrchr(path, '/');
	char *dir = slash ? mem_dup(path, (size_t)(slash - path) + 1) : mem_dup(".", 1);
	if (access(dir, W_OK | X_OK) < 0)
		rc = err_sys(e, ERR_IO, "cannot write %s", path);
	free(dir);
	return rc;
}

int
io_file_read(const char *path, size_t max, struct buf *out, struct err *e)
{
	gzFile gz;
	int n, rc = 0, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(e, ERR_IO, "%s", path);
	gz = gzdopen(fd, "rb");
	if (!gz) {
		close(fd);
		return err_set(e, ERR_IO, "%s: cannot read", path);
	}
	do {
		int code = Z_OK;

		n = gzread(gz, buf_room(out, 64 << 10), 64 << 10);
		if (n <= 0) /* a compressed file that was cut off reads as a shorter one */
			gzerror(gz, &code);
		if (code == Z_ERRNO)
			rc = err_sys(e, ERR_IO, "%s", path);
		else if (code != Z_OK && code != Z_STREAM_END)
			rc = err_set(e, ERR_IO, "%s: %s", path,
			    code == Z_BUF_ERROR ? "unexpected end of file" : "damaged gzip data");
		if (n < 0)
			rc = rc < 0 ? rc : err_set(e, ERR_IO, "%s: cannot read", path);
		else if (out->len + (size_t)n > max)
			rc = err_set(e, ERR_IO, "%s: larger than %zu bytes", path, max);
		else
			out->len += (size_t)n;
	} while (n > 0 && rc == 0);
	gzclose(gz);
	return rc;
}

#define SUM_KEY ",\"crc32\":\""
#define SUM_LEN (sizeof SUM_KEY - 1 + 8 + 3) /* eight hexadecimal digits, "}\n */

static void
sum_text(char text[SUM_LEN + 1], const char *p, size_t n)
{
	snprintf(text, SUM_LEN + 1, SUM_KEY "%08lx\"}\n",
	    crc32_z(crc32_z(0, NULL, 0), (const unsigned char *)p, n));
}

int
io_state_write(const char *path, struct buf *b, struct err *e)
{
	char text[SUM_LEN + 1];

	while (b->len && (b->p[b->len - 1] == '\n' || b->p[b->len - 1] == '}'))
		if (b->p[--b->len] == '}')
			break;
	sum_text(text, b->p, b->len);
	buf_put(b, text, SUM_LEN);
	return io_file_replace(path, b->p, b->len, e);
}

int
io_state_read(const char *path, size_t max, struct buf *out, struct err *e)
{
	char text[SUM_LEN + 1];
	int rc = io_file_read(path, max, out, e);

	if (rc)
		return rc;
	if (out->len < SUM_LEN)
		return err_set(e, ERR_DATA, "this is no state file");
	sum_text(text, out->p, out->len - SUM_LEN);
	if (memcmp(out->p + out->len - SUM_LEN, text, SUM_LEN) != 0)
		return err_set(e, ERR_DATA, "damaged, or no state file: crc32 does not match");
	return 0;
}
