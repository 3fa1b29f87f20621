/* What vis_judge found, in words and as JSON. */
#include <string.h>

#include "base/num.h"
#include "rec/codec.h"
#include "vision/judge.h"

static void
put_rate(struct buf *out, const struct vis_rate *r)
{
	if (r->v < 0)
		buf_printf(out, "  %-17s", "-");
	else
		buf_printf(out, "  %.3f %.3f-%.3f", r->v, r->lo, r->hi);
}

static int
longest(char *const *names, size_t n)
{
	size_t most = 5;

	for (size_t i = 0; i < n; i++)
		most = strlen(names[i]) > most ? strlen(names[i]) : most;
	return (int)most;
}

void
vis_judged_text(const struct vis_judged *j, char *const *names, struct buf *out)
{
	int w = longest(names, j->classes);

	buf_printf(out, "%zu images", j->n);
	buf_puts(out, "; rates with 95 % intervals\naccuracy");
	put_rate(out, &j->accuracy);
	buf_puts(out, "\nmacro F1");
	put_rate(out, &j->macro_f1);
	buf_printf(out, "\nloss      %.4f, calibrated %.4f; calibration error %.4f, %.4f\n\n",
	    j->loss, j->loss_t, j->ece, j->ece_t);
	buf_printf(
	    out, "%-*s %7s  %-17s  %-17s  %s\n", w, "class", "images", "precision", "recall", "F1");
	for (size_t c = 0; c < j->classes; c++) {
		buf_printf(out, "%-*s %7zu", w, names[c], j->of[c].n);
		put_rate(out, &j->of[c].precision);
		put_rate(out, &j->of[c].recall);
		put_rate(out, &j->of[c].f1);
		while (out->len && out->p[out->len - 1] == ' ')
			out->len--;
		buf_putc(out, '\n');
	}
	buf_printf(out, "\n%-*s  answered\n%*s", w, "is", w, "");
	for (size_t c = 0; c < j->classes; c++)
		buf_printf(out, " %6zu", c + 1);
	buf_putc(out, '\n');
	for (size_t t = 0; t < j->classes; t++) {
		buf_printf(out, "%-*s", w, names[t]);
		for (size_t c = 0; c < j->classes; c++)
			buf_printf(out, " %6zu", j->confusion[t * j->classes + c]);
		buf_putc(out, '\n');
	}
}

static void
json_number(struct buf *out, double v)
{
	char num[NUM_MAX];

	buf_put(out, num, (size_t)(num_put_f64(num, num_shown(v)) - num));
}

static void
json_rate(struct buf *out, const char *name, const struct vis_rate *r)
{
	if (r->v < 0)
		return;
	buf_printf(out, ",\"%s\":[", name);
	json_number(out, r->v);
	buf_putc(out, ',');
	json_number(out, r->lo);
	buf_putc(out, ',');
	json_number(out, r->hi);
	buf_putc(out, ']');
}

void
vis_judged_json(const struct vis_judged *j, char *const *names, struct buf *out)
{
	static const char *const keys[] = { "loss", "loss_calibrated", "ece", "ece_calibrated" };
	double v[] = { j->loss, j->loss_t, j->ece, j->ece_t };

	buf_printf(out, "{\"images\":%zu", j->n);
	json_rate(out, "accuracy", &j->accuracy);
	json_rate(out, "macro_f1", &j->macro_f1);
	for (size_t i = 0; i < 4; i++) {
		buf_printf(out, ",\"%s\":", keys[i]);
		json_number(out, v[i]);
	}
	buf_puts(out, ",\"classes\":[");
	for (size_t c = 0; c < j->classes; c++) {
		buf_printf(out, "%s{\"label\":", c ? "," : "");
		rec_put_string(out, str_z(names[c]));
		buf_printf(out, ",\"images\":%zu", j->of[c].n);
		json_rate(out, "precision", &j->of[c].precision);
		json_rate(out, "recall", &j->of[c].recall);
		json_rate(out, "f1", &j->of[c].f1);
		buf_putc(out, '}');
	}
	buf_puts(out, "],\"confusion\":[");
	for (size_t i = 0; i < j->classes * j->classes; i++)
		buf_printf(out, "%s%zu%s",
		    i == 0           ? "["
		    : i % j->classes ? ","
				     : ",[",
		    j->confusion[i], i % j->classes + 1 == j->classes ? "]" : "");
	buf_puts(out, "]}");
}
