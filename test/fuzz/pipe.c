/* pipe-run's parser: what is accepted, written again with every word quoted, is the same
 * pipeline. */
#include "fuzz.h"
#include "stage/pipeline.h"

static void
fuzz_quote(struct buf *out, const char *word)
{
	buf_putc(out, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			buf_puts(out, "'\\''");
		else
			buf_putc(out, *word);
	}
	buf_puts(out, "' ");
}

static void
fuzz_print(struct buf *out, const struct pipeline *p)
{
	for (size_t i = 0; i < p->n; i++) {
		if (i > 0)
			buf_puts(out, "|");
		for (int k = 0; k < p->cmds[i].argc; k++)
			fuzz_quote(out, p->cmds[i].argv[k]);
		if (i == 0 && p->input) {
			buf_puts(out, "<");
			fuzz_quote(out, p->input);
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf text = { 0 }, once = { 0 }, twice = { 0 };
	struct pipeline a = { 0 }, b = { 0 };
	struct err e = { 0 };
	int rc;

	buf_put(&text, data, size);
	buf_z(&text);
	if (pipeline_parse(text.p, size, &a, &e) == 0) {
		FUZZ_HOLDS(a.n > 0, "accepted, but nothing to run: %s", text.p);
		for (size_t i = 0; i < a.n; i++)
			FUZZ_HOLDS(
			    a.cmds[i].argc > 0 && !a.cmds[i].argv[a.cmds[i].argc], "%s", text.p);
		fuzz_print(&once, &a);
		buf_z(&once);
		rc = pipeline_parse(once.p, once.len, &b, &e);
		FUZZ_HOLDS(rc == 0, "%s: %s", e.msg, buf_z(&once));
		fuzz_print(&twice, &b);
		FUZZ_HOLDS(str_eq(buf_str(&once), buf_str(&twice)), "once  %s\n  twice %s",
		    buf_z(&once), buf_z(&twice));
	} else {
		FUZZ_HOLDS(e.msg[0], "refused without words: %s", text.p);
	}
	pipeline_free(&a);
	pipeline_free(&b);
	buf_free(&text);
	buf_free(&once);
	buf_free(&twice);
	return 0;
}
