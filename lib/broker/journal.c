#include "broker/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "io/out.h"

#define JOURNAL_MAX ((size_t)1 << 32)
#define HEAD 9 /* 8 hex digits and a blank */

struct journal {
	struct journal_store store;
	uint64_t lines;
	bool dirty; /* put and not yet synced */
	struct err broken;
	struct buf line;
};

static uint32_t
crc32(const char *p, size_t n)
{
	static const uint32_t t[16] = { 0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190,
		0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c };
	uint32_t c = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		c ^= (uint8_t)p[i];
		c = t[c & 15] ^ (c >> 4);
		c = t[c & 15] ^ (c >> 4);
	}
	return ~c;
}

/* ---- reading ---- */

static bool
parse_crc(const char *p, uint32_t *out)
{
	uint32_t v = 0;

	for (int i = 0; i < 8; i++) {
		char c = p[i];

		if (c >= '0' && c <= '9')
			v = v << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (uint32_t)(c - 'a' + 10);
		else
			return false;
	}
	*out = v;
	return p[8] == ' ';
}

/* A line without its newline: sum, number, entry. */
static bool
check_line(const char *p, size_t n, uint64_t want, struct str *entry)
{
	const char *blank;
	uint64_t number;
	uint32_t sum;

	if (n <= HEAD || !parse_crc(p, &sum) || sum != crc32(p + HEAD, n - HEAD))
		return false;
	p += HEAD;
	n -= HEAD;
	blank = memchr(p, ' ', n);
	if (!blank || !num_u64(p, (size_t)(blank - p), &number) || number != want)
		return false;
	*entry = (struct str){ blank + 1, n - (size_t)(blank + 1 - p) };
	return true;
}

int
journal_read(
    const char *p, size_t n, size_t *good, uint64_t *lines, journal_fn fn, void *arg, struct err *e)
{
	size_t at = 0;

	*lines = 0;
	for (*good = 0; at < n; *good = at) {
		const char *nl = memchr(p + at, '\n', n - at);
		size_t len = nl ? (size_t)(nl - (p + at)) : n - at;
		struct str entry;
		int rc;

		if (!nl || !check_line(p + at, len, *lines + 1, &entry)) {
			if (!nl || at + len + 1 == n)
				return 0; /* torn: the last one, and nobody relied on it */
			return err_set(
			    e, ERR_DATA, "line %llu is damaged", (unsigned long long)*lines + 1);
		}
		++*lines;
		rc = fn(arg, entry, e);
		if (rc < 0)
			return err_wrap(e, "line %llu", (unsigned long long)*lines);
		at += len + 1;
	}
	return 0;
}

/* ---- the file ---- */

struct file {
	int fd;
	bool sync;
};

static int
file_write(void *arg, const char *p, size_t n, struct err *e)
{
	struct file *f = arg;

	while (n) {
		ssize_t k = write(f->fd, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return err_sys(e, ERR_IO, "writing the journal");
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

static int
file_sync(void *arg, struct err *e)
{
	struct file *f = arg;

	if (f->sync && fdatasync(f->fd) < 0)
		return err_sys(e, ERR_IO, "fsync of the journal");
	return 0;
}

static void
file_close(void *arg)
{
	struct file *f = arg;

	close(f->fd);
	free(f);
}

/* A new file is there after a power cut only when its directory is on disk too. */
static int
sync_directory(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? mem_dup(path, (size_t)(slash - path + 1)) : mem_dup(".", 1);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	if (fd < 0 || fsync(fd) < 0)
		rc = err_sys(e, ERR_IO, "%s", dir);
	if (fd >= 0)
		close(fd);
	free(dir);
	return rc;
}

static int
file_load(int fd, const char *path, bool sync, journal_fn fn, void *arg, uint64_t *lines,
    size_t *torn, struct err *e)
{
	struct buf b = { 0 };
	size_t good = 0;
	int rc = io_file_read(path, JOURNAL_MAX, &b, e);

	if (rc == 0)
		rc = journal_read(b.p ? b.p : "", b.len, &good, lines, fn, arg, e);
	*torn = b.len - good;
	if (rc == 0 && *torn && ftruncate(fd, (off_t)good) < 0)
		rc = err_sys(e, ERR_IO, "%s", path);
	if (rc == 0 && sync && b.len == 0)
		rc = sync_directory(path, e);
	buf_free(&b);
	return rc;
}

struct journal *
journal_open(const char *path, bool sync, journal_fn fn, void *arg, size_t *torn, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600), rc;
	struct journal_store store = { file_write, file_sync, file_close, NULL };
	struct file *f;
	uint64_t lines = 0;

	*torn = 0;
	if (fd < 0) {
		err_sys(e, ERR_IO, "%s", path);
		return NULL;
	}
	rc = flock(fd, LOCK_EX | LOCK_NB);
	if (rc < 0) {
		err_set(e, ERR_IO, "%s: %s", path,
		    errno == EWOULDBLOCK ? "in use by another process" : strerror(errno));
		close(fd);
		return NULL;
	}
	rc = file_load(fd, path, sync, fn, arg, &lines, torn, e);
	if (rc < 0) {
		err_wrap(e, "%s", path);
		close(fd);
		return NULL;
	}
	f = mem_alloc(sizeof *f);
	*f = (struct file){ fd, sync };
	store.arg = f;
	return journal_new(&store, lines);
}

struct journal *
journal_new(const struct journal_store *s, uint64_t lines)
{
	struct journal *j = mem_alloc(sizeof *j);

	j->store = *s;
	j->lines = lines;
	return j;
}

void
journal_free(struct journal *j)
{
	if (!j)
		return;
	if (j->store.close)
		j->store.close(j->store.arg);
	buf_free(&j->line);
	free(j);
}

static int
broken(struct journal *j, int rc, struct err *e)
{
	if (rc < 0) {
		j->broken = *e;
		j->broken.code = rc;
	}
	return rc;
}

int
journal_put(struct journal *j, struct str entry, struct err *e)
{
	char sum[HEAD + 1];

	if (j->broken.code) {
		*e = j->broken;
		return e->code;
	}
	buf_clear(&j->line);
	buf_printf(&j->line, "%08x %llu ", 0u, (unsigned long long)j->lines + 1);
	buf_put(&j->line, entry.p, entry.n);
	snprintf(sum, sizeof sum, "%08x ", crc32(j->line.p + HEAD, j->line.len - HEAD));
	memcpy(j->line.p, sum, HEAD);
	buf_putc(&j->line, '\n');
	j->dirty = true;
	if (broken(j, j->store.write(j->store.arg, j->line.p, j->line.len, e), e) < 0)
		return e->code;
	j->lines++;
	return 0;
}

int
journal_sync(struct journal *j, struct err *e)
{
	if (j->broken.code) {
		*e = j->broken;
		return e->code;
	}
	if (!j->dirty)
		return 0;
	if (broken(j, j->store.sync(j->store.arg, e), e) < 0)
		return e->code;
	j->dirty = false;
	return 0;
}
