/*
 * How long a live record takes through a pipe.
 *
 *	latency source [-b] -n COUNT -r PER_SECOND -s SYMBOLS |
 *		tools ... | latency sink -t order_status -m new
 *
 * The source stands for a live feed: at a fixed pace it writes a trade and the watermark behind
 * it, both stamped with the wall clock in nanoseconds, in one write. The price of each symbol
 * goes up and down, so that a rule which follows the last price has an order to place all the
 * time. With -b an instant is a closed bar of every symbol and the watermark behind them, in one
 * write; prices walk at random, so that there is something to find.
 *
 * Records that stages make at a watermark carry its ts, so the sink, at the end of the pipe, gets
 * the latency of a record of the wanted type (and holding the text of -m) as now - ts. It leaves
 * the first -k of them out and prints the count and percentiles in microseconds. With -e N only the
 * N-th record of each ts counts: when the last of N symbols was answered.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/rng.h"
#include "base/tim.h"

static int64_t
now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * TIM_SEC + t.tv_nsec;
}

static void
sleep_until(int64_t t)
{
	struct timespec ts = { t / TIM_SEC, t % TIM_SEC };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

static int
write_all(struct buf *b)
{
	for (size_t done = 0; done < b->len;) {
		ssize_t n = write(STDOUT_FILENO, b->p + done, b->len - done);

		if (n < 0) {
			perror("latency: write");
			return 1;
		}
		done += (size_t)n;
	}
	buf_clear(b);
	return 0;
}

static int
source(int64_t count, int64_t per_second, int64_t symbols)
{
	struct buf b = { 0 };
	int64_t start = now(CLOCK_MONOTONIC);

	for (int64_t i = 0; i < count; i++) {
		char ts[TIM_LEN], price[NUM_MAX];
		int64_t round = i / symbols, cents = round % 2 ? 10100 : 10000;
		char *end = num_put_price(price, cents * (NUM_NANO / 100));

		sleep_until(start + i * TIM_SEC / per_second);
		tim_put(ts, now(CLOCK_REALTIME));
		buf_printf(&b,
		    "{\"type\":\"trade\",\"ts\":\"%.*s\",\"sym\":\"S%02d\",\"price\":%.*s,"
		    "\"size\":100}\n{\"type\":\"watermark\",\"ts\":\"%.*s\"}\n",
		    TIM_LEN, ts, (int)(i % symbols), (int)(end - price), price, TIM_LEN, ts);
		if (write_all(&b) != 0)
			return 1;
	}
	buf_free(&b);
	return 0;
}

/* A bar of a random walk in cents: four steps from the close before. */
static void
put_bar(
    struct buf *b, struct rng *rng, const char *start, const char *end, int64_t sym, int64_t *cents)
{
	int64_t at[4] = { *cents }, high = *cents, low = *cents;
	char text[4][NUM_MAX];

	for (int i = 1; i < 4; i++) {
		int64_t step = (int64_t)rng_below(rng, 101) - 50;

		at[i] = at[i - 1] + step < 1000 ? at[i - 1] - step : at[i - 1] + step;
		high = at[i] > high ? at[i] : high;
		low = at[i] < low ? at[i] : low;
	}
	*cents = at[3];
	at[1] = high;
	at[2] = low;
	for (int i = 0; i < 4; i++)
		*num_put_price(text[i], at[i] * (NUM_NANO / 100)) = 0;
	buf_printf(b,
	    "{\"type\":\"bar\",\"ts\":\"%.*s\",\"sym\":\"S%02d\",\"ts_end\":\"%.*s\",\"open\":%s,"
	    "\"high\":%s,\"low\":%s,\"close\":%s,\"volume\":%d}\n",
	    TIM_LEN, start, (int)sym, TIM_LEN, end, text[0], text[1], text[2], text[3],
	    100 + (int)rng_below(rng, 900));
}

static int
source_bars(int64_t count, int64_t per_second, int64_t symbols)
{
	struct buf b = { 0 };
	struct rng rng;
	int64_t start = now(CLOCK_MONOTONIC), *cents = mem_alloc((size_t)symbols * sizeof *cents);
	int rc = 0;

	rng_seed(&rng, 1);
	for (int64_t s = 0; s < symbols; s++)
		cents[s] = 10000;
	for (int64_t i = 0; i < count && rc == 0; i++) {
		char from[TIM_LEN], ts[TIM_LEN];

		sleep_until(start + i * TIM_SEC / per_second);
		int64_t t = now(CLOCK_REALTIME);
		tim_put(ts, t);
		tim_put(from, t - TIM_SEC / per_second / 2); /* behind the bar before */
		for (int64_t s = 0; s < symbols; s++)
			put_bar(&b, &rng, from, ts, s, &cents[s]);
		buf_printf(&b, "{\"type\":\"watermark\",\"ts\":\"%.*s\"}\n", TIM_LEN, ts);
		rc = write_all(&b);
	}
	free(cents);
	buf_free(&b);
	return rc;
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void
report(int64_t *lat, size_t n, const char *type)
{
	if (n)
		qsort(lat, n, sizeof *lat, compare);
#define PCT(p) ((double)lat[(size_t)((double)(n - 1) * (p))] / 1e3)
	if (n)
		printf("%s n=%zu p50_us=%.1f p90_us=%.1f p99_us=%.1f p999_us=%.1f max_us=%.1f\n",
		    type, n, PCT(0.50), PCT(0.90), PCT(0.99), PCT(0.999), PCT(1.0));
	else
		printf("%s n=0\n", type);
#undef PCT
}

static int
sink(const char *type, const char *holding, int64_t skip, int64_t each)
{
	int64_t last = TIM_NONE, nth = 0;
	char want[64], *line = NULL;
	int64_t *lat = NULL;
	size_t cap = 0, lats = 0, n = 0;

	snprintf(want, sizeof want, "{\"type\":\"%s\",\"ts\":\"", type);
	while (getline(&line, &cap, stdin) > 0) {
		size_t head = strlen(want);
		int64_t ts;

		if (strncmp(line, want, head) != 0 || !strstr(line, holding) ||
		    !tim_parse(line + head, TIM_LEN, &ts, NULL))
			continue;
		nth = ts == last ? nth + 1 : 1;
		last = ts;
		if (each && nth != each)
			continue;
		if (skip-- > 0)
			continue;
		*MEM_AT(lat, lats, n) = now(CLOCK_REALTIME) - ts;
		n++;
	}
	report(lat, n, type);
	free(lat);
	free(line);
	return 0;
}

static int64_t
number(const char *text)
{
	int64_t v;

	if (!num_i64(text, strlen(text), &v)) {
		fprintf(stderr, "latency: '%s' is not a number\n", text);
		exit(2);
	}
	return v;
}

int
main(int argc, char **argv)
{
	int64_t count = 10000, rate = 1000, symbols = 20, skip = 0, each = 0;
	const char *type = "order", *holding = "";
	bool bars = false;
	int c;

	while ((c = getopt(argc, argv, "be:k:n:r:s:t:m:")) != -1) {
		switch (c) {
		case 'b': bars = true; break;
		case 'e': each = number(optarg); break;
		case 'k': skip = number(optarg); break;
		case 'n': count = number(optarg); break;
		case 'r': rate = number(optarg); break;
		case 's': symbols = number(optarg); break;
		case 't': type = optarg; break;
		case 'm': holding = optarg; break;
		default: return 2;
		}
	}
	if (optind < argc && strcmp(argv[optind], "source") == 0 && rate > 0 && symbols > 0)
		return (bars ? source_bars : source)(count, rate, symbols);
	if (optind < argc && strcmp(argv[optind], "sink") == 0)
		return sink(type, holding, skip, each);
	fprintf(stderr, "usage: latency source [-b] [-n count] [-r per-second] [-s symbols]\n"
			"       latency sink [-t type] [-m text] [-k skip] [-e nth]\n");
	return 2;
}
