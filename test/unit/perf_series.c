/* Files of returns: what is written is read, bit for bit; what is damaged is refused in words. */
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/rng.h"
#include "base/tim.h"
#include "perf/series.h"
#include "t.h"

#define ROWS 40
#define ROUNDS 3000

static struct rng rng;

static int
read_text(const struct buf *text, struct perf_series *s, struct err *e)
{
	struct perf_read how = { true, false };
	int fd = memfd_create("returns", 0), rc;
	char path[64];

	*s = (struct perf_series){ 0 };
	e->msg[0] = '\0';
	if (fd < 0 || write(fd, text->p, text->len) != (ssize_t)text->len)
		return ERR_FAIL;
	snprintf(path, sizeof path, "/dev/fd/%d", fd);
	lseek(fd, 0, SEEK_SET);
	rc = perf_series_read(path, &how, s, e);
	close(fd);
	return rc;
}

/* A cell, now and then in quotes and between spaces. */
static void
put_cell(struct buf *b, const char *p, size_t n, char end)
{
	bool quoted = rng_below(&rng, 4) == 0;

	if (rng_below(&rng, 8) == 0)
		buf_putc(b, ' ');
	if (quoted)
		buf_putc(b, '"');
	buf_put(b, p, n);
	if (quoted)
		buf_putc(b, '"');
	buf_putc(b, end);
}

static void
make(struct buf *b, double *r, double *bench)
{
	char num[NUM_MAX], day[TIM_LEN];

	buf_clear(b);
	buf_puts(b, "benchmark,note,date,return\n");
	for (int i = 0; i < ROWS; i++) {
		r[i] = rng_normal(&rng) * 0.01;
		bench[i] = rng_below(&rng, 5) ? rng_normal(&rng) * 0.01 : NAN;
		if (isnan(bench[i]))
			put_cell(b, "", 0, ',');
		else
			put_cell(b, num, (size_t)(num_put_f64(num, bench[i]) - num), ',');
		buf_puts(b, rng_below(&rng, 2) ? "\"a \"\"b\"\", c\"," : "x,");
		tim_put(day, (19000 + i) * TIM_DAY);
		put_cell(b, day, 10, ',');
		put_cell(b, num, (size_t)(num_put_f64(num, r[i]) - num), '\n');
	}
}

static bool
same(const struct perf_series *s, const double *r, const double *bench)
{
	bool good = s->n == ROWS && s->missing == 0;

	for (size_t i = 0; i < s->n && good; i++)
		good = s->r[i] == r[i] && s->day[i] == 19000 + (int32_t)i &&
		       (s->b[i] == bench[i] || (isnan(s->b[i]) && isnan(bench[i])));
	return good;
}

static void
damage(struct buf *b)
{
	static const char bytes[] = "\",\n\r-.e0 9xN\0\xFF";

	for (uint64_t k = rng_below(&rng, 3) + 1; k > 0; k--)
		b->p[rng_below(&rng, b->len)] = bytes[rng_below(&rng, sizeof bytes - 1)];
	if (rng_below(&rng, 4) == 0)
		b->len = rng_below(&rng, b->len) + 1;
}

int
main(void)
{
	struct buf text = { 0 };
	struct perf_series s;
	struct err e;
	double r[ROWS], bench[ROWS];
	int wrong = 0, unsaid = 0, refused = 0;

	rng_seed(&rng, 7);
	for (int i = 0; i < ROUNDS; i++) {
		make(&text, r, bench);
		if (read_text(&text, &s, &e) != 0 || !same(&s, r, bench))
			wrong++;
		perf_series_free(&s);
		damage(&text);
		int rc = read_text(&text, &s, &e);

		refused += rc != 0;
		if (rc != 0 && (rc != ERR_DATA || !strstr(e.msg, "/dev/fd/")))
			unsaid++;
		for (size_t k = 0; k < s.n; k++)
			if (!isfinite(s.r[k]))
				wrong++;
		perf_series_free(&s);
	}
	is_i64(wrong, 0, "read as written");
	is_i64(unsaid, 0, "refused in words");
	ok(refused > ROUNDS / 4 && refused < ROUNDS, "%d of %d damaged files refused", refused,
	    ROUNDS);
	buf_free(&text);
	return done_testing();
}
