/*
 * The picture of a report: growth above, drawdown below, over one axis of time. One file of SVG
 * without scripts or fonts of its own, so that a browser, a README and a printer show the same.
 */
#include "perf/svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tim.h"
#include "io/out.h"

#define WIDTH 1000
#define LEFT 64
#define RIGHT 24
#define SPAN (WIDTH - LEFT - RIGHT) /* pixels of the time */
#define LINE 22                     /* of the legend */
#define GROWTH 300                  /* heights */
#define FALL 110
#define GAP 34
#define BELOW 40
#define MOST 8 /* curves */

/* Okabe and Ito's colours, which all eyes tell apart; the benchmark is grey. */
static const char *const colours[] = { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00",
	"#56b4e9", "#000000" };
#define GREY "#8a8f98"

struct curve {
	const char *name;
	const char *colour;
	const struct perf_series *s;
	const double *r;
	double *growth, *fall; /* behind each row, n + 1: the first is the start */
	double total, deepest, sharpe;
};

struct picture {
	struct buf *b;
	struct curve c[MOST + 1];
	size_t n;
	bool dated;
	double x0, x1; /* days, or rows */
	double low, high, deepest;
	double top, under; /* pixels: of growth, of drawdown */
};

/* ---- from returns to curves ---- */
static void
add(struct picture *p, const struct perf_series *s, const double *r, const char *name,
    const char *colour)
{
	struct curve *c = &p->c[p->n++];
	double value = 1, peak = 1;

	*c = (struct curve){ .name = name, .colour = colour, .s = s, .r = r, .sharpe = NAN };
	c->growth = mem_array(s->n + 1, sizeof *c->growth);
	c->fall = mem_array(s->n + 1, sizeof *c->fall);
	c->growth[0] = c->fall[0] = 0;
	for (size_t i = 0; i < s->n; i++) {
		value *= isnan(r[i]) ? 1 : 1 + r[i];
		value = fmax(value, 0); /* ruin: nothing is left */
		peak = fmax(peak, value);
		c->growth[i + 1] = value - 1;
		c->fall[i + 1] = value / peak - 1;
		c->deepest = fmin(c->deepest, c->fall[i + 1]);
		p->low = fmin(p->low, value - 1);
		p->high = fmax(p->high, value - 1);
	}
	c->total = value - 1;
	p->deepest = fmin(p->deepest, c->deepest);
}

/* Row i of a curve, 0 being its start, on the axis. */
static double
at(const struct picture *p, const struct curve *c, size_t i)
{
	const struct perf_series *s = c->s;

	if (!p->dated)
		return (double)i;
	if (i > 0)
		return s->day[i - 1];
	return s->base_day != PERF_NO_DAY && s->base_day < s->day[0] ? s->base_day : s->day[0];
}

static bool
is_dated(const struct perf_series *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->day[i] == PERF_NO_DAY)
			return false;
	return s->n > 0;
}

static void
gather(struct picture *p, const struct perf_run *runs, size_t n)
{
	size_t shown = n < MOST ? n : MOST;

	p->dated = true;
	for (size_t i = 0; i < shown; i++) {
		const struct perf_run *run = &runs[i];
		const char *name = run->file ? run->file : run->source ? run->source : "equity";
		const struct perf_value *sharpe = &run->values.v[PM_sharpe];
		const char *slash = strrchr(name, '/');

		add(p, &run->series, run->series.r, slash ? slash + 1 : name,
		    colours[i % (sizeof colours / sizeof *colours)]);
		p->c[p->n - 1].sharpe = sharpe->set ? sharpe->f : NAN;
		p->dated = p->dated && is_dated(&run->series);
	}
	if (runs[0].series.has_bench)
		add(p, &runs[0].series, runs[0].series.b, "benchmark", GREY);
	p->x0 = INFINITY;
	p->x1 = -INFINITY;
	for (size_t i = 0; i < p->n; i++) {
		p->x0 = fmin(p->x0, at(p, &p->c[i], 0));
		p->x1 = fmax(p->x1, at(p, &p->c[i], p->c[i].s->n));
	}
	if (!(p->x1 > p->x0)) /* one row, or none */
		p->x1 = p->x0 + 1;
}

/* ---- axes ---- */
static double
x_of(const struct picture *p, double x)
{
	return LEFT + SPAN * (x - p->x0) / (p->x1 - p->x0);
}

static double
y_growth(const struct picture *p, double v)
{
	return p->top + GROWTH * (p->high - v) / (p->high - p->low);
}

static double
y_fall(const struct picture *p, double v)
{
	return p->under + FALL * v / p->deepest;
}

/* 1, 2 or 5 times a power of ten, so that the span has at most `most` steps. */
static double
step_of(double span, int most)
{
	static const double times[] = { 2, 2.5, 2 };
	double step = 1e-6;

	for (int i = 0; span / step > most && i < 60; i++)
		step *= times[i % 3];
	return step;
}

static void
grid(const struct picture *p, double y, double value, double step, bool strong)
{
	int digits = step < 0.001 ? 2 : step < 0.01 ? 1 : 0;

	buf_printf(p->b, "<path class=\"%s\" d=\"M%d %.1fH%d\"/>\n", strong ? "zero" : "grid", LEFT,
	    y, LEFT + SPAN);
	buf_printf(p->b,
	    "<text class=\"axis\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s%.*f%%</text>\n",
	    LEFT - 8, y + 4,
	    value > 0   ? "+"
	    : value < 0 ? "−"
			: "",
	    digits, fabs(value) * 100);
}

/* Beginnings of months, quarters or years, whichever are six to twelve or so. */
static void
dates(const struct picture *p, double bottom)
{
	static const char *const month[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov", "Dec" };
	static const int steps[] = { 1, 2, 3, 6, 12, 24, 60, 120 };
	double months = (p->x1 - p->x0) / 30.44;
	size_t k = 0;
	int y, m, d;

	while (k + 1 < sizeof steps / sizeof *steps && months / steps[k] > 11)
		k++;
	tim_civil((int64_t)p->x0, &y, &m, &d);
	for (int i = y * 12 / steps[k] * steps[k];; i += steps[k]) {
		double day = (double)tim_days(i / 12, i % 12 + 1, 1), x = x_of(p, day);

		if (day > p->x1)
			break;
		if (day < p->x0)
			continue;
		buf_printf(
		    p->b, "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>\n", x, p->top, bottom);
		if (x > LEFT + SPAN - 20)
			continue; /* its word would not fit */
		buf_printf(p->b, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
		    i % 12 ? "axis" : "axis year", x, bottom + 18);
		if (i % 12 == 0)
			buf_printf(p->b, "%d</text>\n", i / 12);
		else
			buf_printf(p->b, "%s</text>\n", month[i % 12]);
	}
}

static void
rows(const struct picture *p, double bottom)
{
	double step = fmax(step_of(p->x1 - p->x0, 10), 1);

	for (double v = 0; v <= p->x1; v += step) {
		double x = x_of(p, v);

		buf_printf(
		    p->b, "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>\n", x, p->top, bottom);
		buf_printf(p->b,
		    "<text class=\"axis\" x=\"%.1f\" y=\"%.1f\" "
		    "text-anchor=\"middle\">%.0f</text>\n",
		    x, bottom + 18, v);
	}
}

static void
axes(struct picture *p, size_t head)
{
	double step = step_of(p->high - p->low, 6), fall = step_of(-p->deepest, 3);

	p->high = ceil(p->high / step - 1e-9) * step;
	p->low = floor(p->low / step + 1e-9) * step;
	p->deepest = floor(p->deepest / fall + 1e-9) * fall;
	p->top = (double)head;
	p->under = p->top + GROWTH + GAP;
	if (p->dated)
		dates(p, p->under + FALL);
	else
		rows(p, p->under + FALL);
	for (double k = p->low / step; k <= p->high / step + 0.5; k++)
		grid(p, y_growth(p, k * step), k * step, step, fabs(k) < 0.5);
	for (double k = 0; k >= p->deepest / fall - 0.5; k--)
		grid(p, y_fall(p, k * fall), k * fall, fall, k > -0.5);
	buf_printf(
	    p->b, "<text class=\"part\" x=\"%d\" y=\"%.1f\">Drawdown</text>\n", LEFT, p->under - 9);
}

/* ---- curves ---- */
/* A point where x has moved by half a pixel, and the deepest and highest ones between. */
static void
path(const struct picture *p, const struct curve *c, const double *v,
    double (*y)(const struct picture *, double), double from)
{
	double last = -1e9, low = 0, high = 0;

	for (size_t i = 0; i <= c->s->n; i++) {
		double x = x_of(p, at(p, c, i)), here = y(p, v[i]);

		if (x - last < 0.5 && i > 0 && i < c->s->n) {
			low = fmin(low, here);
			high = fmax(high, here);
			continue;
		}
		if (i > 0 && low < high)
			buf_printf(p->b, "V%.1fV%.1f", low, high);
		buf_printf(p->b, "%c%.1f %.1f", i ? 'L' : 'M', x, here);
		last = x;
		low = high = here;
	}
	if (!isnan(from))
		buf_printf(p->b, "V%.1fH%.1fZ", from, x_of(p, at(p, c, 0)));
}

static void
curves(const struct picture *p)
{
	for (size_t k = p->n; k-- > 0;) { /* the first one lies on top */
		const struct curve *c = &p->c[k];

		buf_printf(p->b, "<path class=\"area\" fill=\"%s\" d=\"", c->colour);
		path(p, c, c->fall, y_fall, y_fall(p, 0));
		buf_printf(p->b, "\"/>\n<path class=\"thin\" stroke=\"%s\" d=\"", c->colour);
		path(p, c, c->fall, y_fall, NAN);
		buf_printf(p->b, "\"/>\n<path class=\"line\" stroke=\"%s\" d=\"", c->colour);
		path(p, c, c->growth, y_growth, NAN);
		buf_puts(p->b, "\"/>\n");
	}
}

static void
text(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		switch (s[i]) {
		case '<': buf_puts(b, "&lt;"); break;
		case '>': buf_puts(b, "&gt;"); break;
		case '&': buf_puts(b, "&amp;"); break;
		default: buf_putc(b, (unsigned char)s[i] < ' ' ? '?' : s[i]);
		}
}

static void
legend(const struct picture *p)
{
	for (size_t k = 0; k < p->n; k++) {
		const struct curve *c = &p->c[k];
		const char *dot = strchr(c->name, '.');
		int y = 30 + (int)k * LINE;

		buf_printf(p->b,
		    "<path stroke=\"%s\" stroke-width=\"3\" d=\"M%d %dh22\"/>\n<text "
		    "class=\"name\" "
		    "x=\"%d\" y=\"%d\">",
		    c->colour, LEFT, y - 4, LEFT + 32, y);
		text(p->b, c->name, dot ? (size_t)(dot - c->name) : strlen(c->name));
		buf_printf(p->b,
		    "</text>\n<text class=\"axis\" x=\"%d\" y=\"%d\">total return %+.1f%%",
		    LEFT + 260, y, c->total * 100);
		buf_printf(p->b,
		    "</text>\n<text class=\"axis\" x=\"%d\" y=\"%d\">max drawdown %.1f%%",
		    LEFT + 420, y, c->deepest * 100);
		if (isfinite(c->sharpe))
			buf_printf(p->b,
			    "</text>\n<text class=\"axis\" x=\"%d\" y=\"%d\">Sharpe %.2f",
			    LEFT + 580, y, c->sharpe);
		buf_puts(p->b, "</text>\n");
	}
}

int
perf_svg_write(const char *path_of, const struct perf_run *runs, size_t n, struct err *e)
{
	struct buf b = { 0 };
	struct picture p = { .b = &b, .low = -0.001, .high = 0.001, .deepest = -0.001 };
	int rc;

	gather(&p, runs, n);
	size_t head = 30 + p.n * LINE, height = head + GROWTH + GAP + FALL + BELOW;

	buf_printf(&b,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%zu\" "
	    "viewBox=\"0 0 %d %zu\" font-family=\"system-ui, Helvetica, Arial, sans-serif\">\n"
	    "<style>\n.grid,.zero,.line,.thin{fill:none}.grid{stroke:#e6e8eb}.zero{stroke:#9aa0a6}"
	    "\n"
	    ".axis{font-size:12px;fill:#5f6368}.year{font-weight:bold;fill:#3c4043}\n"
	    ".name,.part{font-size:13px;font-weight:bold;fill:#202124}.part{font-size:12px}\n"
	    ".line{stroke-width:1.8;stroke-linejoin:round}.thin{stroke-width:1}\n"
	    ".area{fill-opacity:.1}\n</style>\n<rect width=\"100%%\" height=\"100%%\" "
	    "fill=\"#fff\"/>\n",
	    WIDTH, height, WIDTH, height);
	axes(&p, head);
	curves(&p);
	legend(&p);
	buf_puts(&b, "</svg>\n");
	for (size_t i = 0; i < p.n; i++) {
		free(p.c[i].growth);
		free(p.c[i].fall);
	}
	rc = io_file_replace(path_of, b.p, b.len, e);
	buf_free(&b);
	return rc;
}
