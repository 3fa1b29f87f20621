/*
 * pattern-scan --svg: the last bars of each series as candles, and over them the patterns that were
 * found: their corners, the line whose break confirms them, target and stop.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tim.h"
#include "io/out.h"
#include "pattern/scan.h"

#define BARS 240  /* of a panel */
#define EVENTS 64 /* that are remembered */
#define PANELS 12 /* of a file */
#define STEP 6    /* pixels a bar */
#define LEFT 70
#define RIGHT 190
#define TOP 40
#define HEIGHT 420 /* of a panel's prices */
#define BELOW 40
#define SPAN 1440 /* pixels of the bars */
#define STEP_MOST 16
#define WIDTH (LEFT + SPAN + RIGHT)

struct scan_svg {
	uint64_t nbars, nevents;
	struct feat_bar bars[BARS]; /* rings */
	struct chart_event events[EVENTS];
};

struct scan_svg *
scan_svg_new(void)
{
	return mem_alloc(sizeof(struct scan_svg));
}

void
scan_svg_free(struct scan_svg *p)
{
	free(p);
}

void
scan_svg_bar(struct scan_svg *p, const struct feat_bar *b)
{
	p->bars[p->nbars++ % BARS] = *b;
}

/* An instance is drawn in the state it came to. */
void
scan_svg_event(struct scan_svg *p, const struct chart_event *ev)
{
	uint64_t first = p->nevents > EVENTS ? p->nevents - EVENTS : 0;

	for (uint64_t i = first; i < p->nevents; i++)
		if (p->events[i % EVENTS].id == ev->id) {
			p->events[i % EVENTS] = *ev;
			return;
		}
	p->events[p->nevents++ % EVENTS] = *ev;
}

void
scan_svg_split(struct scan_svg *p, double ratio)
{
	for (size_t i = 0; i < BARS; i++) {
		p->bars[i].open /= ratio;
		p->bars[i].high /= ratio;
		p->bars[i].low /= ratio;
		p->bars[i].close /= ratio;
	}
	for (size_t i = 0; i < EVENTS; i++)
		chart_event_split(&p->events[i], ratio);
}

/* ---- drawing ---- */

struct box {
	double x0, y0, x1, y1;
};

struct panel {
	struct buf *b;
	const struct scan_svg *p;
	uint64_t first; /* bar */
	size_t n;
	double top, step; /* pixels; of a bar */
	double low, high; /* prices */
	struct box taken[3 * EVENTS];
	size_t ntaken; /* words that stand: others keep off */
};

static const struct feat_bar *
bar(const struct panel *a, size_t i)
{
	return &a->p->bars[(a->first + i) % BARS];
}

static double
y_of(const struct panel *a, double price)
{
	return a->top + HEIGHT * (a->high - price) / (a->high - a->low);
}

static double
x_of(const struct panel *a, size_t i)
{
	return LEFT + a->step * ((double)i + 0.5);
}

/* Column of the bar that began at ts; false when it is not in the picture. */
static bool
find(const struct panel *a, int64_t ts, size_t *i)
{
	size_t lo = 0, hi = a->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (bar(a, mid)->ts < ts)
			lo = mid + 1;
		else
			hi = mid;
	}
	*i = lo;
	return lo < a->n && bar(a, lo)->ts == ts;
}

static void
line(const struct panel *a, double x1, double p1, double x2, double p2, const char *style)
{
	buf_printf(a->b, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1,
	    y_of(a, p1), x2, y_of(a, p2), style);
}

static void
text(const struct panel *a, double x, double y, const char *style, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

static void
text(const struct panel *a, double x, double y, const char *style, const char *fmt, ...)
{
	char words[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof words, fmt, ap);
	va_end(ap);
	buf_printf(a->b, "<text x=\"%.1f\" y=\"%.1f\" %s>%s</text>\n", x, y, style, words);
}

/* 1, 2 or 5 times a power of ten, x or a little more */
static double
nice(double x)
{
	double p = 1;

	while (p > x)
		p /= 10;
	while (p * 10 <= x)
		p *= 10;
	return x > 5 * p ? 10 * p : x > 2 * p ? 5 * p : x > p ? 2 * p : p;
}

/* "2024-01-02T14:30", or the date alone where bars are days. */
static int
time_len(const struct panel *a)
{
	bool days = a->n && bar(a, 0)->ts % TIM_DAY == 0 && bar(a, a->n - 1)->ts % TIM_DAY == 0;

	return days ? 10 : 16;
}

static void
draw_axes(const struct panel *a)
{
	double step = nice((a->high - a->low) / 6);
	char at[TIM_LEN + 1] = { 0 };

	double first = ceil(a->low / step) * step;

	for (int k = 0; first + k * step <= a->high; k++) {
		double price = first + k * step;

		line(a, LEFT, price, LEFT + SPAN, price, "class=\"grid\"");
		text(a, LEFT - 6, y_of(a, price) + 4, "class=\"axis\" text-anchor=\"end\"", "%.6g",
		    price);
	}
	for (size_t i = 0; i < a->n; i += (size_t)(200 / a->step)) {
		double x = x_of(a, i);

		tim_put(at, bar(a, i)->ts);
		buf_printf(a->b,
		    "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"grid\"/>\n", x,
		    a->top, x, a->top + HEIGHT);
		text(a, x, a->top + HEIGHT + 16, "class=\"axis\" text-anchor=\"middle\"", "%.*s",
		    time_len(a), at);
	}
}

static void
draw_candles(const struct panel *a)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct feat_bar *b = bar(a, i);
		bool up = b->close >= b->open;
		double y1 = y_of(a, up ? b->close : b->open), y2 = y_of(a, up ? b->open : b->close);
		const char *kind = up ? "up" : "down";

		buf_printf(a->b,
		    "<path class=\"%s\" d=\"M%.1f %.1fV%.1f\"/><rect class=\"%s\" x=\"%.1f\" "
		    "y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
		    kind, x_of(a, i), y_of(a, b->high), y_of(a, b->low), kind,
		    x_of(a, i) - a->step / 3, y1, a->step / 1.5, y2 - y1 < 0.8 ? 0.8 : y2 - y1);
	}
}

static const char *
colour(const struct chart_event *ev)
{
	static const char *const up[] = { "#1f5fbf", "#7a3fb0", "#b8860b" }, *const down[] = {
		"#a83279", "#c2571a", "#8a6d3b"
	};

	return (ev->direction > 0 ? up : down)[ev->id % 3];
}

/* ---- words ---- */

static bool
is_free(const struct panel *a, const struct box *q)
{
	for (size_t i = 0; i < a->ntaken; i++) {
		const struct box *o = &a->taken[i];

		if (q->x0 < o->x1 && o->x0 < q->x1 && q->y0 < o->y1 && o->y0 < q->y1)
			return false;
	}
	return q->y0 >= a->top && q->y1 <= a->top + HEIGHT;
}

/* Moves a box by `step` until it covers no other words; false when it would leave the panel. */
static bool
find_room(const struct panel *a, struct box *q, double step)
{
	while (!is_free(a, q)) {
		q->y0 += step;
		q->y1 += step;
		if (q->y1 < a->top || q->y0 > a->top + HEIGHT)
			return false;
	}
	return true;
}

static void
take_box(struct panel *a, const struct box *q)
{
	if (a->ntaken < sizeof a->taken / sizeof *a->taken)
		a->taken[a->ntaken++] = *q;
}

/* A word at the end of a dotted line. */
static void
draw_word(struct panel *a, const char *word, double x, double price, const char *style)
{
	struct box q = { x, y_of(a, price) - 6, x + 5.5 * (double)strlen(word),
		y_of(a, price) + 4 };

	if (!find_room(a, &q, q.y0 > a->top + HEIGHT / 2.0 ? -10 : 10))
		return;
	take_box(a, &q);
	text(a, x, q.y1 - 1, style, "%s", word);
}

/* The name stands over the candles that it is as wide as, or under them where they are a bottom. */
static void
draw_name(struct panel *a, const struct chart_event *ev)
{
	char style[200], words[100];
	double low, high, width;
	size_t i0, i1, from;

	if (!find(a, ev->start, &i0) || !find(a, ev->end, &i1))
		return;
	snprintf(words, sizeof words, "%s %s p %.2f", ev->name, chart_state_name(ev->state), ev->p);
	width = 6.8 * (double)strlen(words);
	struct box q = { .x0 = x_of(a, i0) };
	if (q.x0 + width > WIDTH - 4)
		q.x0 = WIDTH - 4 - width;
	q.x1 = q.x0 + width;
	from = q.x0 > LEFT ? (size_t)((q.x0 - LEFT) / a->step) : 0;
	low = high = bar(a, from < a->n ? from : a->n - 1)->close;
	for (size_t i = from; i < a->n && x_of(a, i) <= q.x1; i++) {
		low = bar(a, i)->low < low ? bar(a, i)->low : low;
		high = bar(a, i)->high > high ? bar(a, i)->high : high;
	}
	struct box over = q, under = q;
	over.y1 = y_of(a, high) - 3;
	over.y0 = over.y1 - 12;
	under.y0 = y_of(a, low) + 3;
	under.y1 = under.y0 + 12;
	bool up = ev->direction > 0;
	struct box *first = up ? &under : &over, *second = up ? &over : &under;
	bool room = find_room(a, first, up ? 13 : -13);
	if (!room && find_room(a, second, up ? -13 : 13))
		first = second;
	take_box(a, first);
	snprintf(style, sizeof style, "class=\"name\" fill=\"%s\"", colour(ev));
	text(a, first->x0, first->y1 - 3, style, "%s", words);
}

static void
draw_event(struct panel *a, const struct chart_event *ev)
{
	size_t i0, i1, k;
	char style[200];
	double x2;

	if (!find(a, ev->start, &i0) || !find(a, ev->end, &i1))
		return; /* it began before the picture does */
	buf_printf(a->b, "<g stroke=\"%s\" fill=\"none\">\n<polyline class=\"shape\" points=\"",
	    colour(ev));
	for (size_t i = 0; i < ev->npivots; i++)
		if (find(a, ev->pivots[i].ts, &k))
			buf_printf(a->b, "%.1f,%.1f ", x_of(a, k), y_of(a, ev->pivots[i].price));
	buf_printf(a->b, "%.1f,%.1f\"/>\n", x_of(a, i1), y_of(a, bar(a, i1)->close));
	for (size_t i = 0; i < ev->npivots; i++)
		if (find(a, ev->pivots[i].ts, &k))
			buf_printf(a->b, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"/>\n",
			    x_of(a, k), y_of(a, ev->pivots[i].price));
	line(a, x_of(a, i0), ev->line[0].price, x_of(a, i1), ev->line[1].price, "class=\"break\"");
	x2 = x_of(a, i1 + 12);
	if (ev->target > 0)
		line(a, x_of(a, i1), ev->target, x2, ev->target, "class=\"target\"");
	line(a, x_of(a, i1), ev->stop, x2, ev->stop, "class=\"stop\"");
	buf_puts(a->b, "</g>\n");
	snprintf(style, sizeof style, "class=\"small\" fill=\"%s\"", colour(ev));
	if (ev->target > 0)
		draw_word(a, "target", x2 + 2, ev->target, style);
	draw_word(a, "stop", x2 + 2, ev->stop, style);
}

/* Prices from the lowest to the highest bar, with the targets and stops that are not far away. */
static void
set_range(struct panel *a)
{
	uint64_t first = a->p->nevents > EVENTS ? a->p->nevents - EVENTS : 0;
	double low = INFINITY, high = -INFINITY, span;
	size_t i;

	for (i = 0; i < a->n; i++) {
		low = bar(a, i)->low < low ? bar(a, i)->low : low;
		high = bar(a, i)->high > high ? bar(a, i)->high : high;
	}
	span = high - low;
	a->low = low;
	a->high = high;
	for (uint64_t k = first; k < a->p->nevents; k++) {
		const struct chart_event *ev = &a->p->events[k % EVENTS];
		const double both[2] = { ev->target, ev->stop };

		for (int j = 0; j < 2 && find(a, ev->start, &i); j++) {
			if (both[j] < a->low && both[j] > low - span / 2)
				a->low = both[j];
			if (both[j] > a->high && both[j] < high + span / 2)
				a->high = both[j];
		}
	}
	span = a->high > a->low ? a->high - a->low : a->high * 0.01 + 1e-9;
	a->low -= 0.08 * span;
	a->high += 0.08 * span; /* room for the names */
}

static void
draw_panel(struct buf *b, const struct scan_series *x, size_t at)
{
	const struct scan_svg *p = x->picture;
	struct panel a = { .b = b, .p = p };
	uint64_t first = p->nevents > EVENTS ? p->nevents - EVENTS : 0;

	a.n = p->nbars < BARS ? (size_t)p->nbars : BARS;
	a.first = p->nbars - a.n;
	a.step = a.n * STEP_MOST < SPAN ? STEP_MOST : (double)SPAN / (double)a.n;
	a.top = TOP + (double)at * (HEIGHT + TOP + BELOW);
	set_range(&a);
	buf_printf(b,
	    "<clipPath id=\"c%zu\"><rect x=\"%d\" y=\"%.1f\" width=\"%d\" "
	    "height=\"%d\"/></clipPath>\n",
	    at, LEFT, a.top, SPAN + RIGHT, HEIGHT);
	/* an interval is text of the stream: nothing that SVG would read */
	text(&a, LEFT, a.top - 8, "class=\"title\"", "%s %.*s", x->sym->name,
	    (int)strcspn(x->interval, "<>&"), x->interval);
	text(&a, LEFT + SPAN, a.top - 8, "class=\"axis\" text-anchor=\"end\"",
	    "dashed: the line whose break confirms; dotted: target and stop; p: that such a shape "
	    "was "
	    "meant, not that it pays");
	draw_axes(&a);
	buf_printf(b, "<g clip-path=\"url(#c%zu)\">\n", at);
	draw_candles(&a);
	for (uint64_t i = first; i < p->nevents; i++)
		draw_event(&a, &p->events[i % EVENTS]);
	for (uint64_t i = first; i < p->nevents; i++)
		draw_name(&a, &p->events[i % EVENTS]);
	buf_puts(b, "</g>\n");
}

int
scan_svg_write(const struct scan *s, struct err *e)
{
	struct buf b = { 0 };
	size_t n = s->nseries < PANELS ? s->nseries : PANELS;
	size_t height = (n ? n : 1) * (HEIGHT + TOP + BELOW);
	int rc;

	buf_printf(&b,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%zu\" "
	    "viewBox=\"0 0 %d %zu\" font-family=\"sans-serif\">\n<style>\n"
	    ".grid{stroke:#e4e4e4}.axis{font-size:11px;fill:#666}.title{font-size:15px;fill:#222}\n"
	    ".name{font-size:11px;font-weight:bold;paint-order:stroke;stroke:#fff;stroke-width:3}\n"
	    ".small{font-size:9px}\n"
	    ".up{fill:#fff;stroke:#2e7d32}.down{fill:#c62828;stroke:#c62828}\n"
	    ".shape{stroke-width:1.6}.break{stroke-width:1.2;stroke-dasharray:6 3}\n"
	    ".target{stroke-width:1.2;stroke-dasharray:2 "
	    "2}.stop{stroke-width:2.2;stroke-dasharray:1 "
	    "3}\n</style>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
	    WIDTH, height, WIDTH, height);
	for (size_t i = 0; i < n; i++)
		draw_panel(&b, s->series[i], i);
	buf_puts(&b, "</svg>\n");
	rc = io_file_replace(s->o.svg, b.p, b.len, e);
	buf_free(&b);
	return rc;
}
