#include "signal/export.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rec/codec.h"

/* The placeholders of TradingView alerts that mean something here are named in man/signal-mix.1. */
static const char webhook[] =
    "{\"ticker\":\"{sym}\",\"time\":\"{ts}\",\"action\":\"{action}\","
    "\"market_position\":\"{position}\",\"prev_market_position\":\"{before}\","
    "\"market_position_size\":{size},\"comment\":\"{source}\"}";

enum slot {
	S_TS,
	S_TS_S,
	S_TS_MS,
	S_SYM,
	S_SOURCE,
	S_LABEL,
	S_DIRECTION,
	S_STRENGTH,
	S_CONFIDENCE,
	S_VIEW,
	S_SIZE,
	S_ACTION,
	S_POSITION,
	S_BEFORE,
	S_EXPIRES,
	S_N
};
static const char *const slot_names[S_N] = { "ts", "ts_s", "ts_ms", "sym", "source", "label",
	"direction", "strength", "confidence", "view", "size", "action", "position", "before",
	"expires" };

/* A piece of the line: text, then a slot (S_N: none). */
struct piece {
	const char *p;
	size_t n;
	enum slot slot;
};

struct exporter {
	const char *header;
	bool headed;
	char *line;
	struct piece *piece;
	size_t n, cap;
	int8_t *was; /* by symbol id + 1: side the last signal took */
	size_t nwas;
};

static enum slot
slot_of(const char *p, size_t n)
{
	enum slot s = 0;

	while (s < S_N && !(strlen(slot_names[s]) == n && memcmp(slot_names[s], p, n) == 0))
		s++;
	return s;
}

static void
add_piece(struct exporter *x, const char *p, const char *end, enum slot slot)
{
	struct piece *v = MEM_AT(x->piece, x->cap, x->n);

	x->n++;
	*v = (struct piece){ p, (size_t)(end - p), slot };
}

/* {word} is a slot; any other brace is a brace, so that JSON can be written plainly. */
static int
cut_line(struct exporter *x, struct err *e)
{
	const char *p = x->line, *from = p;

	while ((p = strchr(p, '{'))) {
		size_t n = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz_");

		if (n == 0 || p[1 + n] != '}') {
			p++;
			continue;
		}
		enum slot s = slot_of(p + 1, n);
		if (s == S_N)
			return err_set(e, ERR_USAGE,
			    "--export-template: {%.*s} is not known; there are {ts} {ts_s} {ts_ms} "
			    "{sym} {source} {label} {direction} {strength} {confidence} {view} "
			    "{size} "
			    "{action} {position} {before} {expires}",
			    (int)n, p + 1);
		add_piece(x, from, p, s);
		p += n + 2;
		from = p;
	}
	add_piece(x, from, from + strlen(from), S_N);
	return 0;
}

struct exporter *
export_new(const char *format, const char *line, struct err *e)
{
	struct exporter *x = mem_alloc(sizeof *x);
	const char *text = NULL;
	int rc = 0;

	if (strcmp(format, "csv") == 0) {
		x->header = "time,symbol,signal\n";
		text = "{ts},{sym},{view}";
	} else if (strcmp(format, "webhook") == 0) {
		text = webhook;
	} else if (strcmp(format, "template") == 0 && line) {
		text = line;
	} else if (strcmp(format, "template") == 0) {
		rc = err_set(e, ERR_USAGE, "--export template needs --export-template");
	} else {
		rc = err_set(
		    e, ERR_USAGE, "--export: '%s' is none of csv, webhook, template", format);
	}
	if (rc == 0) {
		x->line = mem_dup(text, strlen(text));
		rc = cut_line(x, e);
	}
	if (rc < 0) {
		export_free(x);
		return NULL;
	}
	return x;
}

void
export_free(struct exporter *x)
{
	if (!x)
		return;
	free(x->line);
	free(x->piece);
	free(x->was);
	free(x);
}

/* Text as it may stand inside a JSON string. */
static void
put_text(struct buf *out, struct str s)
{
	size_t at = out->len;

	rec_put_string(out, s);
	memmove(out->p + at, out->p + at + 1, out->len - at - 2);
	out->len -= 2;
}

static void
put_f64(struct buf *out, double v)
{
	char text[NUM_MAX];

	buf_put(out, text, (size_t)(num_put_f64(text, v) - text));
}

static void
put_time(struct buf *out, int64_t ts)
{
	char text[TIM_LEN];

	buf_put(out, text, (size_t)(tim_put(text, ts) - text));
}

static void
put_slot(struct buf *out, enum slot slot, const struct rec *r, int before)
{
	static const char *const sides[] = { "short", "flat", "long" };
	const struct rec_signal *s = &r->signal;
	double d = rec_has(r, F_signal_direction) ? s->direction : 0;
	double k = rec_has(r, F_signal_strength) ? s->strength : 1;
	int now = d > 0 ? 1 : d < 0 ? -1 : 0;

	switch (slot) {
	case S_TS: put_time(out, r->ts); break;
	case S_TS_S:
		buf_printf(out, "%lld", (long long)(tim_floor(r->ts, TIM_SEC) / TIM_SEC));
		break;
	case S_TS_MS:
		buf_printf(out, "%lld", (long long)(tim_floor(r->ts, TIM_MS) / TIM_MS));
		break;
	case S_SYM: buf_puts(out, r->sym ? r->sym->name : ""); break;
	case S_SOURCE: put_text(out, s->source); break;
	case S_LABEL: put_text(out, rec_has(r, F_signal_label) ? s->label : str_z("")); break;
	case S_DIRECTION: put_f64(out, d); break;
	case S_STRENGTH: put_f64(out, k); break;
	case S_CONFIDENCE: put_f64(out, rec_has(r, F_signal_confidence) ? s->confidence : 1); break;
	case S_VIEW: put_f64(out, num_shown(d * k) + 0.0); break; /* no -0 */
	case S_SIZE: put_f64(out, fabs(num_shown(d * k))); break;
	case S_ACTION: buf_puts(out, now > before ? "buy" : now < before ? "sell" : "hold"); break;
	case S_POSITION: buf_puts(out, sides[now + 1]); break;
	case S_BEFORE: buf_puts(out, sides[before + 1]); break;
	case S_EXPIRES:
		if (rec_has(r, F_signal_expires))
			put_time(out, s->expires);
		break;
	case S_N: break;
	}
}

void
export_signal(struct exporter *x, const struct rec *r, struct buf *out)
{
	size_t id = r->sym ? (size_t)r->sym->id + 1 : 0;
	int8_t *was = MEM_AT(x->was, x->nwas, id);
	double d = rec_has(r, F_signal_direction) ? r->signal.direction : 0;

	if (!x->headed && x->header)
		buf_puts(out, x->header);
	x->headed = true;
	for (size_t i = 0; i < x->n; i++) {
		buf_put(out, x->piece[i].p, x->piece[i].n);
		put_slot(out, x->piece[i].slot, r, *was);
	}
	buf_putc(out, '\n');
	*was = d > 0 ? 1 : d < 0 ? -1 : 0;
}
