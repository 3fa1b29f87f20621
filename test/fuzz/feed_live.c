/*
 * The live feed, played. The first byte chooses what is asked for; each further line is a message
 * with its fields between bars (99|1000000001|1|1700000000|10|5|0|X||), the state behind an
 * exclamation mark (!down why), a line of the backup behind a tilde, or +N: N milliseconds pass.
 * Whatever a gateway says, in any order: what comes out can be read, no usable tick goes back
 * in time or before a watermark, no bar ends before one, and the same input gives the same bytes.
 */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "feed/feed.h"
#include "unit/t_stage.h"

#define FUZZ_T0 (INT64_C(1700000000) * TIM_SEC)

static const char *const fuzz_live_options[] = { "--data trades", "--data trades,quotes",
	"--data mkt", "--data bars5s", "--history 600S --bar 1m --follow",
	"--history 600S --bar 5s --follow --data trades", "--data mkt --market-data delayed",
	"--data quotes --clock gateway", "--data bars5s --clock gateway" };

static void
fuzz_live_put(struct buf *w, char kind, int64_t t, const void *p, size_t n)
{
	buf_printf(w, "%c %lld %zu\n", kind, (long long)t, n);
	buf_put(w, p, n);
	buf_putc(w, '\n');
}

static void
fuzz_live_head(struct buf *w)
{
	static const char greeting[] = "178\0"
				       "20231114 17:13:20 EST",
			  id[] = "9\0001\0001", accounts[] = "15\0001\000DU1";

	fuzz_live_put(w, '!', FUZZ_T0, "connecting ", 11);
	fuzz_live_put(w, '!', FUZZ_T0, "greeting ", 9);
	fuzz_live_put(w, '<', FUZZ_T0, greeting, sizeof greeting);
	fuzz_live_put(w, '<', FUZZ_T0, id, sizeof id);
	fuzz_live_put(w, '<', FUZZ_T0, accounts, sizeof accounts);
}

static void
fuzz_live_lines(struct buf *w, const char *p, const char *z)
{
	struct buf frame = { 0 };
	int64_t t = FUZZ_T0, ms;

	while (p < z) {
		const char *nl = memchr(p, '\n', (size_t)(z - p)), *end = nl ? nl : z;
		size_t n = (size_t)(end - p);

		if (n && *p == '+' && num_i64(p + 1, n - 1, &ms) && ms >= 0 && ms < 10000000) {
			t += ms * TIM_MS;
		} else if (n && *p == '!') {
			fuzz_live_put(w, '!', t, p + 1, n - 1);
		} else if (n && *p == '~') {
			fuzz_live_put(w, 'B', t, p + 1, n - 1);
		} else if (n) {
			buf_clear(&frame);
			buf_put(&frame, p, n);
			for (size_t i = 0; i < n; i++)
				if (frame.p[i] == '|')
					frame.p[i] = '\0';
			fuzz_live_put(w, '<', t, frame.p, n);
		}
		p = end + 1;
	}
	fuzz_live_put(w, 'E', t, "end", 3);
	buf_free(&frame);
}

static void
fuzz_live_check(struct t_stage *t)
{
	struct rec_dec *dec = rec_dec_new(t->env.syms, NULL);
	int64_t mark = INT64_MIN, tick = INT64_MIN;
	struct buf line = { 0 };
	struct err e;

	for (const char *p = buf_z(&t->out); *p;) {
		size_t n = strcspn(p, "\n");
		struct rec r;

		buf_clear(&line);
		buf_put(&line, p, n);
		memset(buf_room(&line, REC_PAD), 0, REC_PAD);
		FUZZ_HOLDS(rec_dec_line(dec, line.p, n, UINT32_MAX, &r, &e) == 1, "%.*s: %s",
		    (int)n, p, e.msg);
		p += n + 1;
		if (memmem(line.p, n, "\"dirty\"", 7) || memmem(line.p, n, "\"rev\"", 5))
			continue;
		if (r.type == REC_watermark) {
			FUZZ_HOLDS(r.ts > mark, "a watermark goes back");
			mark = r.ts;
		} else if (r.type == REC_trade || r.type == REC_quote) {
			FUZZ_HOLDS(
			    r.ts >= mark && r.ts >= tick, "a tick goes back: %.*s", (int)n, line.p);
			tick = r.ts;
		} else if (r.type == REC_bar) {
			FUZZ_HOLDS(rec_known(&r) >= mark && r.bar.ts_end > mark,
			    "a bar behind its watermark: %.*s", (int)n, line.p);
		}
	}
	buf_free(&line);
	rec_dec_free(dec);
}

static int
fuzz_live_run(struct t_stage *t, int fd, const char *opts)
{
	char all[300];
	int rc;

	lseek(fd, 0, SEEK_SET);
	snprintf(all, sizeof all, "--symbols A,B --stale 20s --replay-wire /proc/self/fd/%d %s", fd,
	    opts);
	rc = t_stage_run(t, &ibkr_feed_kind, all, "");
	FUZZ_HOLDS(rc == 0 || rc == ERR_USAGE || rc == ERR_NET || rc == ERR_DATA, "code %d: %s", rc,
	    t->err.msg);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	struct buf w = { 0 };
	struct t_stage a, b;
	size_t which;
	int fd;

	if (size == 0)
		return 0;
	which = data[0] % (sizeof fuzz_live_options / sizeof *fuzz_live_options);
	fd = memfd_create("wire", MFD_CLOEXEC);
	FUZZ_HOLDS(fd >= 0, "memfd_create");
	buf_puts(&w, "tws-wire 1\n");
	fuzz_live_head(&w);
	fuzz_live_lines(&w, p + 1, p + size);
	FUZZ_HOLDS(write(fd, w.p, w.len) == (ssize_t)w.len, "write");
	buf_free(&w);
	fuzz_live_run(&a, fd, fuzz_live_options[which]);
	fuzz_live_check(&a);
	fuzz_live_run(&b, fd, fuzz_live_options[which]);
	FUZZ_HOLDS(a.out.len == b.out.len && memcmp(a.out.p, b.out.p, a.out.len) == 0,
	    "twice the same input, and other bytes");
	t_stage_free(&a);
	t_stage_free(&b);
	close(fd);
	return 0;
}
