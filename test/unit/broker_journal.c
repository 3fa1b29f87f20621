/* The journal: what is written comes back, what is torn is cut, what is damaged is refused. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rng.h"
#include "broker/book.h"
#include "broker/journal.h"
#include "t.h"

static char path[64];

struct seen {
	struct buf text;
	int n;
};

static int
see(void *arg, struct str entry, struct err *e)
{
	struct seen *s = arg;

	(void)e;
	s->n++;
	buf_put(&s->text, entry.p, entry.n);
	buf_putc(&s->text, '|');
	return 0;
}

static void
test_entries(void)
{
	struct buf b = { 0 };
	struct ent e;

	ent_begin(&b, "order");
	ent_i64(&b, "id", INT64_MIN);
	ent_str(&b, "ref", str_z("a b=%\n\tc"));
	ent_str(&b, "none", str_z(""));
	ent_f64(&b, "pct", 0.1);
	is_str(
	    buf_z(&b), "order id=-9223372036854775808 ref=a%20b%3D%25%0A%09c pct=0.1", "spelling");
	ok(ent_parse(&e, b.p, b.len), "reads back");
	ok(ent_is(&e, "order") && ent_get_i64(&e, "id", 0) == INT64_MIN, "numbers");
	ok(str_eqz(ent_get(&e, "ref"), "a b=%\n\tc"), "text");
	ok(ent_get(&e, "none").p == NULL && ent_get_f64(&e, "pct", 0) == 0.1, "absence, ratios");
	for (const char *const *bad = (const char *const[]){ "", "x y", "x a=%4", "x a=%zz", NULL };
	     *bad; bad++) {
		buf_clear(&b);
		buf_puts(&b, *bad);
		buf_z(&b);
		ok(!ent_parse(&e, b.p, b.len), "\"%s\" is none", *bad);
	}
	buf_free(&b);
}

static struct journal *
open_it(struct seen *s, size_t *torn, struct err *e)
{
	buf_clear(&s->text);
	s->n = 0;
	return journal_open(path, true, see, s, torn, e);
}

static void
append(const char *text, size_t n)
{
	int fd = open(path, O_WRONLY | O_APPEND);

	if (write(fd, text, n) != (ssize_t)n)
		ok(false, "append");
	close(fd);
}

static void
test_file(void)
{
	struct seen s = { 0 };
	struct err e;
	size_t torn;
	struct journal *j = open_it(&s, &torn, &e), *k;

	if (!ok(j != NULL, "a new one"))
		return;
	ok(journal_put(j, str_z("a x=1"), &e) == 0 && journal_put(j, str_z("b y=2"), &e) == 0 &&
		journal_sync(j, &e) == 0,
	    "two entries");
	k = open_it(&s, &torn, &e);
	ok(!k && strstr(e.msg, "in use"), "a second process is refused: %s", e.msg);
	journal_free(j);
	j = open_it(&s, &torn, &e);
	is_str(buf_z(&s.text), "a x=1|b y=2|", "they come back");
	journal_put(j, str_z("c"), &e);
	journal_free(j);

	append("7d1a0000 4 d z=", 15); /* killed while writing */
	j = open_it(&s, &torn, &e);
	ok(j && s.n == 3 && torn == 15, "a torn entry is cut off");
	journal_put(j, str_z("e"), &e);
	journal_free(j);
	append("7d1a0000 5 d z=3\n", 17); /* whole, but not what its sum says */
	j = open_it(&s, &torn, &e);
	ok(j && torn == 17 && strcmp(buf_z(&s.text), "a x=1|b y=2|c|e|") == 0,
	    "so is a last one that does not sum up");
	journal_free(j);
	buf_free(&s.text);
}

static void
change_byte(long at)
{
	int fd = open(path, O_RDWR);
	char c;

	if (pread(fd, &c, 1, at) != 1)
		ok(false, "read");
	c ^= 1;
	if (pwrite(fd, &c, 1, at) != 1)
		ok(false, "write");
	close(fd);
}

static void
test_damage(void)
{
	struct seen s = { 0 };
	struct err e;
	size_t torn;
	struct stat sb;
	int refused = 0;

	stat(path, &sb);
	/* any byte but those of the last line, and the newline that makes it one */
	for (long at = 0; at < sb.st_size - 14; at++) {
		struct journal *j;

		change_byte(at);
		j = open_it(&s, &torn, &e);
		refused += !j && e.code == ERR_DATA;
		journal_free(j);
		change_byte(at);
	}
	is_i64(refused, sb.st_size - 14, "a changed byte anywhere is refused");
	ok(strstr(e.msg, "line "), "with its line: %s", e.msg);
	buf_free(&s.text);
}

/* ---- a store that fails ---- */

static int fails_at;

static int
bad_write(void *arg, const char *p, size_t n, struct err *e)
{
	(void)arg, (void)p, (void)n;
	return --fails_at == 0 ? err_set(e, ERR_IO, "disk full") : 0;
}

static int
good_sync(void *arg, struct err *e)
{
	(void)arg, (void)e;
	return 0;
}

static void
test_failure(void)
{
	struct journal *j =
	    journal_new(&(struct journal_store){ bad_write, good_sync, NULL, NULL }, 0);
	struct err e;

	fails_at = 2;
	ok(journal_put(j, str_z("a"), &e) == 0, "one goes");
	is_i64(journal_put(j, str_z("b"), &e), ERR_IO, "one fails");
	ok(journal_put(j, str_z("c"), &e) == ERR_IO && journal_sync(j, &e) == ERR_IO,
	    "and then all: nothing may follow a hole");
	journal_free(j);
}

/* ---- the book is a function of its entries ---- */

static void
test_book(void)
{
	static const char *const entries[] = { "head v=1 account=DU1 client=7",
		"hold sym=IBM qty=5000000000 avg=100000000000 mult=1", "base cash=1000000000",
		"order id=4 ref=a sym=AAPL side=buy type=limit qty=10000000000 lmt=9000000000 ts=1",
		"st o=0 st=new perm=77",
		"exec x=e.1.01 o=0 side=buy qty=4000000000 px=9000000000 ts=2",
		"comm x=e.1.01 amt=1000000",
		"exec x=e.1.02 o=0 side=buy qty=4000000000 px=8000000000 ts=2",
		"chg o=0 cl=b qty=4000000000", "chgd o=0 ok=1", "adj cash=5000000 why=x",
		"burn id=9" };
	struct symtab *t = symtab_new();
	struct book *b = book_new(t);
	struct err e;
	int64_t rev;

	for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
		if (book_apply(b, str_z(entries[i]), &e) < 0)
			ok(false, "%s: %s", entries[i], e.msg);
	is_i64(ledger_cash_now(b->ledger), 1000000000 - 32000000 - 1000000 + 5000000, "cash");
	is_i64(ledger_pos(b->ledger, symtab_find(t, str_z("AAPL")))->qty, 4 * NUM_NANO, "position");
	ok(book_by_ref(b, str_z("a")) == book_by_ref(b, str_z("b")) &&
		book_by_id(b, 4) == book_by_perm(b, 77),
	    "an order by any of its names");
	is_i64(book_by_id(b, 4)->st, W_ostat_filled, "a smaller order may be filled by that");
	ok(book_exec(b, str_z("e.1.07"), &rev) != NULL && rev == 7, "an execution in any revision");
	is_i64(b->last_id, 9, "ids are used up");
	for (const char *const *bad = (const char *const[]){ "order id=5 ref=a sym=X side=buy",
		 "order id=5 ref=z side=buy", "st o=9 st=new", "st o=0 st=dead", "exec x=1 o=5",
		 "comm x=none amt=1", "chgd o=0 ok=1", "nonsense", "head v=2", NULL };
	     *bad; bad++)
		is_i64(book_apply(b, str_z(*bad), &e), ERR_DATA, "refused: %s", *bad);
	book_free(b);
	symtab_free(t);
}

int
main(void)
{
	snprintf(path, sizeof path, "/tmp/broker_journal.%d", (int)getpid());
	unlink(path);
	test_entries();
	test_file();
	test_damage();
	test_failure();
	test_book();
	unlink(path);
	return done_testing();
}
