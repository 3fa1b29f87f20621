/*
 * The order journal. The lines of the input are entries: written by journal_put, they are read
 * back as they were, wherever the file is torn; applied to a book they are taken or refused
 * with words, and the same entries give the same book. The input as it is, read as a file, is
 * taken or refused with words as well.
 */
#include "broker/book.h"
#include "broker/journal.h"
#include "fuzz.h"

struct fuzz_memory {
	struct buf file;
};

static int
fuzz_write(void *arg, const char *p, size_t n, struct err *e)
{
	(void)e;
	buf_put(&((struct fuzz_memory *)arg)->file, p, n);
	return 0;
}

static int
fuzz_sync(void *arg, struct err *e)
{
	(void)arg, (void)e;
	return 0;
}

struct fuzz_seen {
	struct book *book;
	struct buf entries;
	size_t n;
};

/* A book has a say until it refuses. */
static int
fuzz_apply(void *arg, struct str entry, struct err *e)
{
	struct fuzz_seen *s = arg;

	s->n++;
	buf_put(&s->entries, entry.p, entry.n);
	buf_putc(&s->entries, '\n');
	return book_apply(s->book, entry, e);
}

static int
fuzz_read(const char *p, size_t n, struct fuzz_seen *s, struct symtab *syms, uint64_t *lines)
{
	struct err e = { 0 };
	size_t good;
	int rc;

	memset(s, 0, sizeof *s);
	s->book = book_new(syms);
	rc = journal_read(p, n, &good, lines, fuzz_apply, s, &e);
	FUZZ_HOLDS(good <= n, "%zu of %zu", good, n);
	FUZZ_HOLDS(rc == 0 || (rc < 0 && e.msg[0]), "refused without words");
	return rc;
}

static void
fuzz_seen_free(struct fuzz_seen *s)
{
	book_free(s->book);
	buf_free(&s->entries);
}

/* Write the lines as entries. */
static size_t
fuzz_put(struct fuzz_memory *m, const char *p, size_t n)
{
	struct journal_store store = { .write = fuzz_write, .sync = fuzz_sync, .arg = m };
	struct journal *j = journal_new(&store, 0);
	struct err e = { 0 };
	size_t count = 0;

	for (size_t at = 0; at < n;) {
		const char *nl = memchr(p + at, '\n', n - at);
		size_t len = nl ? (size_t)(nl - (p + at)) : n - at;

		if (len) {
			FUZZ_HOLDS(
			    journal_put(j, (struct str){ p + at, len }, &e) == 0, "%s", e.msg);
			count++;
		}
		at += len + 1;
	}
	FUZZ_HOLDS(journal_sync(j, &e) == 0, "%s", e.msg);
	journal_free(j);
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_memory m = { 0 };
	struct symtab *syms = symtab_new();
	struct fuzz_seen a, b;
	uint64_t lines;
	size_t count, cut;
	int rc;

	fuzz_read((const char *)data, size, &a, syms, &lines);
	fuzz_seen_free(&a);
	if (!size)
		goto done;
	count = fuzz_put(&m, (const char *)data + 1, size - 1);
	rc = fuzz_read(m.file.p, m.file.len, &a, syms, &lines);
	FUZZ_HOLDS(rc < 0 || (lines == count && a.n == count), "%zu of %zu entries", a.n, count);
	/* torn anywhere: what is whole is there, and it is what it was */
	cut = m.file.len ? m.file.len * data[0] / 256 : 0;
	rc = fuzz_read(m.file.p, cut, &b, syms, &lines);
	FUZZ_HOLDS(b.n <= a.n, "more entries than there were");
	FUZZ_HOLDS(b.entries.len == 0 || memcmp(a.entries.p, b.entries.p, b.entries.len) == 0,
	    "other entries: rc %d", rc);
	fuzz_seen_free(&a);
	fuzz_seen_free(&b);
done:
	symtab_free(syms);
	buf_free(&m.file);
	return 0;
}
