/* Files that are replaced as a whole: what is in them, who may read them, what is left behind. */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/in.h"
#include "io/out.h"
#include "t.h"

static char dir[] = "/tmp/tp-io-files-XXXXXX";

static const char *
in_dir(const char *name)
{
	static char path[2][64];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
	return path[turn];
}

/* The mode's last nine bits; -1: there is no such file. */
static int
mode_of(const char *name)
{
	struct stat sb;

	return stat(in_dir(name), &sb) == 0 ? (int)(sb.st_mode & 0777) : -1;
}

static bool
holds(const char *name, const char *text)
{
	struct buf b = { 0 };
	struct err e = { 0 };
	bool same = io_file_read(in_dir(name), 1000, &b, &e) == 0 && b.len == strlen(text) &&
		    memcmp(b.p, text, b.len) == 0;

	buf_free(&b);
	return same;
}

static int
replace(const char *name, const char *text)
{
	struct err e = { 0 };

	return io_file_replace(in_dir(name), text, strlen(text), &e);
}

static void
test_modes(void)
{
	umask(022);
	is_i64(replace("new", "one"), 0, "a new file");
	is_i64(mode_of("new"), 0644, "has what the umask leaves");
	umask(077);
	is_i64(replace("own", "one"), 0, "a new file under another umask");
	is_i64(mode_of("own"), 0600, "is for its owner");
	is_i64(replace("new", "two"), 0, "a file is replaced");
	is_i64(mode_of("new"), 0644, "and keeps its mode");
	ok(holds("new", "two"), "what is in it is new");
	umask(022);
	chmod(in_dir("own"), 0400);
	is_i64(replace("own", "two"), 0, "one that only its owner may read is replaced");
	is_i64(mode_of("own"), 0400, "and stays so");
	ok(holds("own", "two"), "what is in it is new, too");
}

/* A crash between writing and renaming leaves NAME.tmp. */
static void
test_left_over(void)
{
	int fd = open(in_dir("left.tmp"), O_WRONLY | O_CREAT, 0666);

	ok(fd >= 0 && write(fd, "a longer text", 13) == 13 && close(fd) == 0, "left over");
	chmod(in_dir("left.tmp"), 0606);
	is_i64(replace("left", "short"), 0, "the next one writes it anew");
	ok(holds("left", "short"), "nothing of the old one is left");
	is_i64(mode_of("left"), 0644, "nor its mode");
	is_i64(mode_of("left.tmp"), -1, "nor itself");
}

static void
test_refused(void)
{
	struct err e = { 0 };

	mkdir(in_dir("folder"), 0755);
	ok(io_file_replace(in_dir("folder"), "x", 1, &e) == ERR_IO && strstr(e.msg, "directory"),
	    "a folder is no file: %s", e.msg);
	ok(replace("no/such/file", "x") == ERR_IO, "nor is what lies nowhere");
	is_i64(mode_of("no/such/file.tmp"), -1, "and nothing half-written is there");
}

/* Two that write the same file at once: whoever looks sees one of them whole, and none fails. */
static void
test_at_once(void)
{
	enum { LEN = 300000, TIMES = 30 };
	static char text[LEN], path[64];
	struct err e = { 0 };
	size_t torn = 0;
	int left = 2, bad = 0, status;

	snprintf(path, sizeof path, "%s", in_dir("both"));
	fflush(stdout);
	for (int k = 0; k < 2; k++) {
		if (fork() != 0)
			continue;
		memset(text, 'a' + k, LEN);
		for (int i = 0; i < TIMES; i++)
			bad |= io_file_replace(path, text, LEN - (size_t)k, &e) != 0;
		_exit(bad);
	}
	while (left > 0) {
		struct buf b = { 0 };

		if (access(path, F_OK) == 0 && io_file_read(path, LEN, &b, &e) == 0)
			torn += b.len != LEN - (size_t)(b.p[0] - 'a') || b.p[0] != b.p[b.len - 1];
		buf_free(&b);
		if (waitpid(-1, &status, WNOHANG) > 0) {
			left--;
			bad |= status;
		}
	}
	is_i64(bad, 0, "two that write one file take turns");
	is_i64((int64_t)torn, 0, "and nobody sees half of it");
	is_i64(mode_of("both.tmp"), -1, "nothing is left");
}

/* What stands in the way is no file of ours: a link is not written through. */
static void
test_in_the_way(void)
{
	replace("new", "two");
	ok(symlink(in_dir("new"), in_dir("link.tmp")) == 0,
	    "a link by the name that is written to");
	is_i64(replace("link", "x"), 0, "is no obstacle");
	ok(holds("new", "two") && holds("link", "x"), "and what it points to stays");
	ok(mkfifo(in_dir("pipe.tmp"), 0600) == 0 && replace("pipe", "x") == 0 && holds("pipe", "x"),
	    "nor is a FIFO");
}

int
main(void)
{
	static const char *const made[] = { "new", "own", "left", "both", "link", "pipe" };

	if (!ok(mkdtemp(dir) != NULL, "a place to work in"))
		return done_testing();
	test_modes();
	test_left_over();
	test_refused();
	test_at_once();
	test_in_the_way();
	for (size_t i = 0; i < sizeof made / sizeof *made; i++)
		unlink(in_dir(made[i]));
	rmdir(in_dir("folder"));
	ok(rmdir(dir) == 0, "nothing else was left");
	return done_testing();
}
