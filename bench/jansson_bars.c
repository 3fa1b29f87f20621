/*
 * The peer that most C programs would be: one-minute bars from NDJSON trades with jansson, line
 * by line (getline, json_loadb, strtod-made doubles). Reads stdin; prints ts,sym,open,high,low,
 * close,volume of each minute and symbol, in no order. For the benchmark only.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SYMS = 1024, MINUTE = 16 }; /* "2024-03-08T14:30" */

struct bar {
	char sym[40], minute[MINUTE + 1];
	double open, high, low, close, volume;
};

static struct bar bars[SYMS];
static size_t nbars;

static struct bar *
find(const char *sym)
{
	for (size_t i = 0; i < nbars; i++)
		if (strcmp(bars[i].sym, sym) == 0)
			return &bars[i];
	if (nbars == SYMS || strlen(sym) >= sizeof bars[0].sym) {
		fprintf(stderr, "jansson_bars: more symbols than there is room for\n");
		exit(1);
	}
	memcpy(bars[nbars].sym, sym, strlen(sym) + 1);
	return &bars[nbars++];
}

static void
print(const struct bar *b)
{
	if (b->minute[0])
		printf("%s:00Z,%s,%.9f,%.9f,%.9f,%.9f,%.9f\n", b->minute, b->sym, b->open, b->high,
		    b->low, b->close, b->volume);
}

static void
add(const char *ts, const char *sym, double price, double size)
{
	struct bar *b = find(sym);

	if (strncmp(b->minute, ts, MINUTE) != 0) {
		print(b);
		memcpy(b->minute, ts, MINUTE);
		b->open = b->high = b->low = price;
		b->volume = 0;
	}
	if (price > b->high)
		b->high = price;
	if (price < b->low)
		b->low = price;
	b->close = price;
	b->volume += size;
}

int
main(void)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, stdin)) > 0) {
		json_error_t e;
		json_t *o = json_loadb(line, (size_t)n, 0, &e);
		const char *type = json_string_value(json_object_get(o, "type"));
		const char *ts = json_string_value(json_object_get(o, "ts"));
		const char *sym = json_string_value(json_object_get(o, "sym"));

		if (!type || !ts) {
			fprintf(stderr, "jansson_bars: %s\n", o ? "no type or ts" : e.text);
			return 1;
		}
		if (sym && strlen(ts) > MINUTE && strcmp(type, "trade") == 0)
			add(ts, sym, json_number_value(json_object_get(o, "price")),
			    json_number_value(json_object_get(o, "size")));
		json_decref(o);
	}
	for (size_t i = 0; i < nbars; i++)
		print(&bars[i]);
	free(line);
	return fflush(stdout) != 0;
}
