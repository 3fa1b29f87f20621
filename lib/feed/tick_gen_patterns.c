/*
 * tick-gen --patterns: bars with chart patterns of known place and kind (pattern_gen.h), series
 * after series, each symbol from a generator of its own, and the truth for --truth.
 */
#include <stdlib.h>

#include "feed/tick_gen.h"

#include "base/mem.h"
#include "base/num.h"
#include "feed/pattern_gen.h"
#include "io/out.h"

struct gen_pattern_series {
	struct rng rng;
	double price;
	struct pattern_gen_truth truth;
	size_t n, at; /* bars, and how many of them are out */
	struct pattern_gen_bar bars[PATTERN_GEN_BARS];
	int64_t ts[PATTERN_GEN_BARS];
};

struct gen_patterns {
	int *types; /* -1: none */
	size_t ntypes;
	struct pattern_gen_opts opts;
	double stretch[2];                 /* from, to */
	double bridge;                     /* part of the patterns whose noise is a bridge */
	struct gen_pattern_series *series; /* by symbol */
	struct buf truth;
};

static int
parse_types(struct gen_patterns *p, const struct opt_list *list, struct err *e)
{
	bool all = list->n == 1 && strcmp(list->v[0], "all") == 0;

	p->ntypes = all ? PATTERN_GEN_TYPES : list->n;
	p->types = mem_array(p->ntypes, sizeof *p->types);
	for (size_t i = 0; i < p->ntypes; i++) {
		p->types[i] = all ? (int)i : pattern_gen_type(list->v[i], strlen(list->v[i]));
		if (p->types[i] < 0 && strcmp(list->v[i], "none") != 0)
			return err_set(e, ERR_USAGE,
			    "--patterns: '%s' is no chart pattern; all, none or names such as %s, "
			    "%s",
			    list->v[i], pattern_gen_name(0), pattern_gen_name(2));
	}
	return 0;
}

/* A cup of the longest stretch still fits a series. */
#define STRETCH_LO 0.2
#define STRETCH_HI 10

static int
parse_stretch(struct gen_patterns *p, const struct opt_list *list, struct err *e)
{
	p->stretch[0] = p->stretch[1] = 1;
	if (list->n == 0)
		return 0;
	for (size_t i = 0; i < 2; i++)
		if (list->n != 2 || !num_f64(list->v[i], strlen(list->v[i]), &p->stretch[i]) ||
		    p->stretch[i] < STRETCH_LO || p->stretch[i] > STRETCH_HI ||
		    p->stretch[0] > p->stretch[i])
			return err_set(e, ERR_USAGE,
			    "--stretch must be two numbers from 0.2 to 10, the smaller one first");
	return 0;
}

int
gen_patterns_open(struct tick_gen *g, struct err *e)
{
	struct gen_patterns *p;
	int rc;

	if (!(g->noise >= 0 && g->noise <= 1))
		return err_set(e, ERR_USAGE, "--noise must be from 0 to 1");
	if (!(g->bridge >= 0 && g->bridge <= 1))
		return err_set(e, ERR_USAGE, "--bridge must be from 0 to 1");
	if (g->patterns.n == 0)
		return g->truth_file ? err_set(e, ERR_USAGE, "--truth goes with --patterns") : 0;
	p = g->pat = mem_alloc(sizeof *p);
	rc = parse_types(p, &g->patterns, e);
	if (rc == 0)
		rc = parse_stretch(p, &g->stretch, e);
	if (rc < 0)
		return rc;
	p->opts = pattern_gen_usual;
	p->opts.noise = g->noise;
	p->opts.volume = true;
	p->bridge = g->bridge;
	p->series = mem_array(g->n, sizeof *p->series);
	for (size_t i = 0; i < g->n; i++) {
		struct rng r;

		/* symbols apart, and apart from those of the next seed */
		rng_seed(&r, (uint64_t)g->seed);
		rng_seed(&p->series[i].rng, rng_u64(&r) + i);
		p->series[i].price = num_of_nano(g->price);
	}
	return 0;
}

/* A record as pattern-scan would write, with the noise behind it, once the pattern is out. */
static void
tell(struct gen_patterns *p, const struct gen_pattern_series *s, const struct tick_gen *g,
    const struct sym *sym)
{
	const struct pattern_gen_truth *t = &s->truth;
	size_t last = t->npivots - 1;
	char at[TIM_LEN + 1] = { 0 }, num[NUM_MAX];
	struct buf *b = &p->truth;

	tim_put(at, s->ts[t->pivots[last]] + g->step);
	buf_printf(b,
	    "{\"type\":\"pattern\",\"ts\":\"%s\",\"sym\":\"%s\",\"name\":\"%s\",\"state\":"
	    "\"formed\","
	    "\"direction\":%d,",
	    at, sym->name, pattern_gen_name(t->type), t->direction);
	tim_put(at, s->ts[t->pivots[0]]);
	buf_printf(b, "\"start\":\"%s\",", at);
	tim_put(at, s->ts[t->pivots[last]]);
	buf_printf(b, "\"end\":\"%s\",\"pivots\":[", at);
	for (size_t i = 0; i <= last; i++) {
		tim_put(at, s->ts[t->pivots[i]]);
		buf_printf(b, "%s[\"%s\",", i ? "," : "", at);
		buf_put(b, num, (size_t)(num_put_f64(num, t->level[i]) - num));
		buf_putc(b, ']');
	}
	buf_printf(b, "],\"interval\":\"%s\",\"noise\":", g->interval.text);
	buf_put(b, num, (size_t)(num_put_f64(num, p->opts.noise) - num));
	buf_puts(b, "}\n");
}

/* The next series of a symbol. Nothing is drawn for what was not asked for, so that other options
 * leave the bars as they were. */
static void
next_series(struct gen_patterns *p, struct gen_pattern_series *s)
{
	struct pattern_gen_opts o = p->opts;
	int type = p->types[rng_below(&s->rng, p->ntypes)];

	o.stretch = p->stretch[0];
	if (p->stretch[1] > p->stretch[0])
		o.stretch += (p->stretch[1] - p->stretch[0]) * rng_uniform(&s->rng);
	if (p->bridge > 0)
		o.bridge = rng_uniform(&s->rng) < p->bridge;
	s->n = pattern_gen_series(&s->rng, type, s->price, &o, s->bars, &s->truth);
	s->at = 0;
}

/* the nearest number of tick sizes, 1 at least */
static int64_t
ticks(double k)
{
	return k < 1 ? 1 : (int64_t)(k + 0.5);
}

bool
gen_patterns_bar(struct tick_gen *g, size_t symbol, struct gen_bar *b)
{
	struct gen_patterns *p = g->pat;
	struct gen_pattern_series *s = &p->series[symbol];
	const struct pattern_gen_bar *x;
	double to = (double)NUM_NANO / (double)g->tick_size;

	if (s->at == s->n)
		next_series(p, s);
	x = &s->bars[s->at];
	s->ts[s->at++] = g->t;
	s->price = x->close;
	if (!(x->high * to < (double)g->most))
		return false;
	b->open = ticks(x->open * to);
	b->high = ticks(x->high * to);
	b->low = ticks(x->low * to);
	b->close = ticks(x->close * to);
	b->volume = (num_i128)(int64_t)(x->volume + 0.5) * NUM_NANO;
	if (s->truth.type >= 0 && s->at == s->truth.pivots[s->truth.npivots - 1] + 1)
		tell(p, s, g, g->syms[symbol]);
	return true;
}

int
gen_patterns_flush(struct tick_gen *g, struct err *e)
{
	if (!g->truth_file)
		return 0;
	return io_file_replace(g->truth_file, g->pat->truth.p, g->pat->truth.len, e);
}

void
gen_patterns_close(struct tick_gen *g)
{
	if (!g->pat)
		return;
	free(g->pat->types);
	free(g->pat->series);
	buf_free(&g->pat->truth);
	free(g->pat);
	g->pat = NULL;
}
