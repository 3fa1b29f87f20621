/* The configuration file of every tool: the first byte chooses the tool. What is accepted is
 * printed by --print-config, accepted again, and printed the same. */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "stage/args.h"

/* Parse `--config` text; prints the options in force into out. */
static int
fuzz_config(
    const struct stage_kind *kind, const void *text, size_t n, struct buf *out, struct err *e)
{
	int fd = memfd_create("config", 0), rc;
	char tool[] = "tool", option[] = "--config", path[40];
	char *argv[] = { tool, option, path, NULL };
	struct args a = { 0 };

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	FUZZ_HOLDS(fd >= 0 && write(fd, text, n) == (ssize_t)n, "memfd");
	rc = args_parse(&a, kind, 3, argv, e);
	if (rc == 0)
		args_print_config(&a, out);
	args_free(&a);
	close(fd);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf once = { 0 }, twice = { 0 };
	struct err e = { 0 };
	size_t kinds = 0;

	while (stage_kinds[kinds])
		kinds++;
	if (size == 0 || kinds == 0)
		return 0;
	if (fuzz_config(stage_kinds[data[0] % kinds], data + 1, size - 1, &once, &e) == 0) {
		int rc = fuzz_config(stage_kinds[data[0] % kinds], once.p, once.len, &twice, &e);

		FUZZ_HOLDS(rc == 0, "%s\n%s", e.msg, buf_z(&once));
		FUZZ_HOLDS(str_eq(buf_str(&once), buf_str(&twice)), "once\n%s\ntwice\n%s",
		    buf_z(&once), buf_z(&twice));
	} else {
		FUZZ_HOLDS(e.msg[0], "refused without words");
	}
	buf_free(&once);
	buf_free(&twice);
	return 0;
}
