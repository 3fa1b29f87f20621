/* The input of lookahead-check, and its variants with another future. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/rng.h"
#include "io/in.h"
#include "stage/lookahead.h"

const char *const look_kinds[LOOK_NKINDS] = { "scaled", "shaken", "shuffled", "cut off" };

/* What a number is, by its name. */
enum role { ROLE_PRICE, ROLE_SIZE, ROLE_UNIT, ROLE_SIGN, ROLE_KEEP };

static enum role
role_of(struct str name)
{
	static const struct {
		const char *name;
		enum role role;
	} known[] = { { "volume", ROLE_SIZE }, { "vol", ROLE_SIZE }, { "size", ROLE_SIZE },
		{ "qty", ROLE_SIZE }, { "amount", ROLE_SIZE }, { "bid_size", ROLE_SIZE },
		{ "ask_size", ROLE_SIZE }, { "bid_sz", ROLE_SIZE }, { "ask_sz", ROLE_SIZE },
		{ "buy_volume", ROLE_SIZE }, { "sell_volume", ROLE_SIZE }, { "p", ROLE_UNIT },
		{ "score", ROLE_UNIT }, { "strength", ROLE_UNIT }, { "confidence", ROLE_UNIT },
		{ "direction", ROLE_SIGN }, { "value", ROLE_SIGN }, { "seq", ROLE_KEEP },
		{ "ref_seq", ROLE_KEEP }, { "rev", ROLE_KEEP }, { "count", ROLE_KEEP },
		{ "state", ROLE_KEEP }, { "ratio", ROLE_KEEP }, { "id", ROLE_KEEP },
		{ "ts_recv", ROLE_KEEP }, { "expires", ROLE_KEEP }, { "start", ROLE_KEEP },
		{ "end", ROLE_KEEP }, { "channels", ROLE_KEEP } };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (name.n == strlen(known[i].name) &&
		    strncasecmp(name.p, known[i].name, name.n) == 0)
			return known[i].role;
	return ROLE_PRICE;
}

/* ---- reading ---- */

static uint64_t
mixed(uint64_t h, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	return (h ^ 0xff) * UINT64_C(0x100000001b3);
}

static uint64_t
group_of(const struct look_layout *l, const struct cells *c)
{
	static const char *const names[] = { "type", "sym", "symbol", "ticker" };
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	if (l->csv)
		return l->sym && l->sym <= c->n ? mixed(h, c->v[l->sym - 1].text) : h;
	/* which keys, in which order; and the text of type and symbol */
	for (size_t i = 0; i < c->n; i++) {
		h = mixed(h, c->v[i].key);
		for (size_t k = 0; k < 4; k++)
			if (str_eqz(c->v[i].key, names[k]))
				h = mixed(h, c->v[i].text);
	}
	return h;
}

static int
by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void
distinct_times(struct look_file *f)
{
	f->times = mem_array(f->n ? f->n : 1, sizeof *f->times);
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		if (f->line[i].known != TIM_NONE)
			f->times[n++] = f->line[i].known;
	qsort(f->times, n, sizeof *f->times, by_value);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || f->times[i] != f->times[i - 1])
			f->times[f->ntimes++] = f->times[i];
}

static bool
is_gzip(const char *path)
{
	unsigned char magic[2] = { 0, 0 };
	FILE *in = fopen(path, "rb");

	if (!in)
		return false;
	bool gz = fread(magic, 1, 2, in) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
	fclose(in);
	return gz;
}

int
look_read(struct look_file *f, const char *path, const char *column, struct err *e)
{
	struct io_in *in = io_in_open(path, e);
	const char *p;
	size_t n;
	int rc;

	if (!in)
		return e->code;
	f->gz = is_gzip(path);
	f->layout.column = column;
	while ((rc = io_in_line(in, true, &p, &n, e)) == 1) {
		struct look_line *l = MEM_AT(f->line, f->cap, f->n);

		f->n++;
		*l = (struct look_line){ .at = f->text.len, .n = n };
		if (look_time(&f->layout, &f->cells, p, n, &l->known) == 1)
			l->group = group_of(&f->layout, &f->cells);
		buf_put(&f->text, p, n);
		buf_putc(&f->text, '\n');
	}
	io_in_free(in);
	if (rc < 0)
		return rc;
	distinct_times(f);
	if (f->layout.csv && !look_has_time(&f->layout))
		return err_set(e, ERR_USAGE,
		    "%s: no column of its header is a time; name it with --time", path);
	if (f->ntimes < 4)
		return err_set(
		    e, ERR_DATA, "%s: %zu instants are too few to cut between", path, f->ntimes);
	return 0;
}

void
look_free(struct look_file *f)
{
	buf_free(&f->text);
	free(f->line);
	free(f->times);
	look_layout_free(&f->layout);
	cells_free(&f->cells);
}

/* ---- varying ---- */

/* Is the cell a number that may change, and what is it? */
static bool
changes(const struct look_layout *l, const struct cells *c, size_t i, double *v, enum role *role)
{
	const struct cell *x = &c->v[i];

	if (l->csv &&
	    (i + 1 == l->ts[0] || i + 1 == l->ts[1] || i + 1 == l->end || i + 1 == l->sym))
		return false;
	if ((!l->csv && x->quoted) || x->text.n > 40 || !num_f64(x->text.p, x->text.n, v))
		return false;
	struct str name = x->key;
	if (l->csv)
		name = i < l->head.n ? l->head.v[i].text : (struct str){ "", 0 };
	*role = role_of(name);
	for (size_t k = 0; !l->csv && k < 6; k++) {
		static const char *const times[] = { "ts", "timestamp", "ts_event", "datetime",
			"date", "time" };

		if (str_eqz(name, times[k]))
			return false;
	}
	return *role != ROLE_KEEP;
}

/* v as the text it replaces: with as many decimals; what was above 0 stays so. */
static void
put_like(struct buf *out, struct str was, double before, double v)
{
	const char *dot = memchr(was.p, '.', was.n);
	int decimals = dot ? (int)(was.p + was.n - dot - 1) : 0;
	char text[400];

	if (memchr(was.p, 'e', was.n) || memchr(was.p, 'E', was.n) || decimals > 9)
		decimals = 9;
	snprintf(text, sizeof text, "%.*f", decimals, v);
	if (before > 0 && strspn(text, "0.") == strlen(text))
		text[strlen(text) - 1] = '1';
	buf_puts(out, text);
}

static double
varied(enum role role, double v, double price, double size)
{
	switch (role) {
	case ROLE_SIZE: return v * size;
	case ROLE_UNIT: return v * (price < 1 ? price : 1 / price);
	case ROLE_SIGN: return -v;
	default: return v * price;
	}
}

/* The line with its numbers changed: by factors, or to those of another line of its group. */
static void
put_line(struct look_file *f, const struct look_line *l, double price, double size,
    const struct cells *other, struct buf *out)
{
	const char *p = f->text.p + l->at;
	size_t from = 0;
	int64_t known;

	/* lines were understood once; the layout has started */
	look_time(&f->layout, &f->cells, p, l->n, &known);
	for (size_t i = 0; i < f->cells.n; i++) {
		const struct cell *c = &f->cells.v[i];
		enum role role;
		double v;

		if (!changes(&f->layout, &f->cells, i, &v, &role))
			continue;
		buf_put(out, p + from, c->at - from);
		from = c->at + c->len;
		if (other && i < other->n && num_f64(other->v[i].text.p, other->v[i].text.n, &v))
			buf_put(out, other->v[i].text.p, other->v[i].text.n);
		else
			put_like(out, c->text, v, varied(role, v, price, size));
	}
	buf_put(out, p + from, l->n - from);
	buf_putc(out, '\n');
}

/* ---- shuffling: which line's numbers each line gets ---- */

struct place {
	uint64_t group;
	size_t line;
};

static int
by_group(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

/* from[i]: the line whose numbers line i gets */
static size_t *
shuffled(const struct look_file *f, int64_t cut, struct rng *r)
{
	size_t *from = mem_array(f->n, sizeof *from), n = 0;
	struct place *place = mem_array(f->n, sizeof *place);

	for (size_t i = 0; i < f->n; i++) {
		from[i] = i;
		if (f->line[i].known != TIM_NONE && f->line[i].known > cut)
			place[n++] = (struct place){ f->line[i].group, i };
	}
	qsort(place, n, sizeof *place, by_group);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i; end < n && place[end].group == place[i].group; end++)
			;
		for (size_t k = end - i; k > 1; k--) {
			size_t a = place[i + k - 1].line;
			size_t b = place[i + (size_t)rng_below(r, k)].line, t = from[a];

			from[a] = from[b];
			from[b] = t;
		}
	}
	free(place);
	return from;
}

void
look_vary(struct look_file *f, enum look_kind kind, int64_t cut, uint64_t seed, struct buf *out)
{
	struct cells other = { 0 };
	struct rng r;
	size_t *from = NULL;
	double up, price, size;

	rng_seed(&r, seed);
	up = rng_uniform(&r) < 0.5 ? -1 : 1;
	price = num_exp(up * (0.2 + 0.5 * rng_uniform(&r)));
	size = num_exp(rng_uniform(&r) - 0.5);
	if (kind == LOOK_SHUFFLE)
		from = shuffled(f, cut, &r);
	for (size_t i = 0; i < f->n; i++) {
		const struct look_line *l = &f->line[i];
		int64_t known;

		if (l->known == TIM_NONE || l->known <= cut) {
			buf_put(out, f->text.p + l->at, l->n + 1);
			continue;
		}
		if (kind == LOOK_TRUNCATE)
			continue;
		if (kind == LOOK_NOISE) {
			price = num_exp(0.15 * rng_normal(&r));
			size = num_exp(0.3 * rng_normal(&r));
		}
		if (from)
			look_time(&f->layout, &other, f->text.p + f->line[from[i]].at,
			    f->line[from[i]].n, &known);
		put_line(f, l, price, size, from ? &other : NULL, out);
	}
	free(from);
	cells_free(&other);
}
