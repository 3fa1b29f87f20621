/* A market that is run once: a copy is all of it, and its own. Without rl_market_keep the file is
 * read anew. */
#include <unistd.h>

#include "rl/market.h"
#include "t.h"

static char path[] = "/tmp/rl_market_keep.XXXXXX";
static const char *const files[] = { path };

static void
write_file(int days, const char *close)
{
	FILE *f = fopen(files[0], "w");

	fputs("ts,sym,open,high,low,close,volume\n", f);
	for (int i = 0; i < days; i++)
		fprintf(f, "2024-01-%02dT00:00:00Z,A,1,9,1,%s,100\n", i + 1, i ? close : "2");
	fclose(f);
}

static bool
load(struct rl_market *m)
{
	struct err e = { 0 };

	return ok(rl_market_load(m, "feat-calc -e 'd = close - open' --only d", files, 1, &e) == 0,
	    "loads %s", e.msg);
}

int
main(void)
{
	struct rl_market a, b, c;
	struct rl_market *parts;
	struct err e = { 0 };

	int fd = mkstemp(path);

	if (!ok(fd >= 0, "a file to write"))
		return done_testing();
	close(fd);
	write_file(9, "3");
	load(&a);
	write_file(5, "4");
	load(&b);
	is_i64((int64_t)a.n, 9, "nine days");
	is_i64((int64_t)b.n, 5, "not kept: five days, read anew");
	rl_market_free(&a);
	rl_market_free(&b);

	rl_market_keep();
	load(&a);
	write_file(9, "3");
	load(&b);
	is_i64((int64_t)b.n, 5, "kept: five days still");
	ok(strcmp(a.hash, b.hash) == 0 && a.ncols == b.ncols && a.nev == b.nev && a.nsym == b.nsym,
	    "a copy has the same sizes");
	ok(memcmp(a.cols, b.cols, a.n * a.ncols * sizeof *a.cols) == 0, "the same columns");
	ok(memcmp(a.close, b.close, a.n * sizeof *a.close) == 0, "the same closes");
	ok(memcmp(a.at, b.at, a.n * sizeof *a.at) == 0, "the same instants");
	ok(strcmp(a.names[0], b.names[0]) == 0 && a.names[0] != b.names[0], "names of its own");
	a.cols[0] = 77;
	a.close[0] = 77;
	rl_market_free(&a);
	load(&c);
	ok(c.cols[0] != 77 && c.close[0] != 77 && b.cols[0] != 77, "nobody changes another's copy");
	if (ok(rl_market_split(&c, &parts, &e) == 0, "a copy can be split")) {
		is_i64((int64_t)parts[0].nev, (int64_t)c.nev, "into all that one symbol has");
		rl_market_free(&parts[0]);
		free(parts);
	}
	rl_market_free(&b);
	rl_market_free(&c);
	remove(files[0]);
	return done_testing();
}
