/*
 * Risk-gate over a script, for its tests:
 *
 *	g_bar("A", 100);                     a bar whose prices are all 100
 *	g_wm();                              the watermark of the hour
 *	g_put("{\"type\":...}");             any record; %T stands for the time
 *	g_order("A", "x1", "buy", 10, "");   a market order, more keys as the last argument
 *	g_target("A", 10);
 *	is_str(g_run("{\"max_order_qty\":5}", ""), "reject x1 order_qty; ", "...");
 *
 * The answer has what the gate made of it: "order ID SIDE QTY; ", "reject ID RULE; ",
 * "alert RULE ACTION; ", "cancel ID; ", "replace ID; "; or the code and the words of a failure.
 */
#ifndef TP_TEST_T_RISK_H
#define TP_TEST_T_RISK_H

#include <unistd.h>

#include "rec/json.h"
#include "risk/gate.h"
#include "t_stage.h"

static struct buf g_in;
static int g_hour;
static struct buf g_raw; /* NDJSON of the last run */
static struct buf g_notes;

T_UNUSED static void
g_start(void)
{
	buf_clear(&g_in);
	g_hour = 0;
}

static const char *
g_time(void)
{
	static char t[64];

	snprintf(t, sizeof t, "2024-01-%02dT%02d:00:00.000000000Z", 1 + g_hour / 24, g_hour % 24);
	return t;
}

T_UNUSED static void
g_put(const char *line)
{
	const char *at;

	while ((at = strstr(line, "%T")) != NULL) {
		buf_put(&g_in, line, (size_t)(at - line));
		buf_puts(&g_in, g_time());
		line = at + 2;
	}
	buf_puts(&g_in, line);
	buf_putc(&g_in, '\n');
}

T_UNUSED static void
g_bar(const char *sym, double px)
{
	buf_printf(&g_in,
	    "{\"type\":\"bar\",\"ts\":\"%s\",\"sym\":\"%s\",\"open\":%.2f,\"high\":%.2f,"
	    "\"low\":%.2f,\"close\":%.2f,\"volume\":0}\n",
	    g_time(), sym, px, px, px, px);
	g_hour++;
}

T_UNUSED static void
g_wm(void)
{
	buf_printf(&g_in, "{\"type\":\"watermark\",\"ts\":\"%s\"}\n", g_time());
}

T_UNUSED static void
g_loop_wm(void)
{
	buf_printf(&g_in, "{\"type\":\"watermark\",\"ts\":\"%s\",\"loop\":true}\n", g_time());
}

T_UNUSED static void
g_order(const char *sym, const char *id, const char *side, double qty, const char *more)
{
	buf_printf(&g_in,
	    "{\"type\":\"order\",\"ts\":\"%s\",\"sym\":\"%s\",\"cl_ord_id\":\"%s\",\"side\":\"%s\","
	    "\"qty\":%.9g,\"ord_type\":\"%s\"%s}\n",
	    g_time(), sym, id, side, qty,
	    strstr(more, "limit_price")  ? "limit"
	    : strstr(more, "stop_price") ? "stop"
					 : "market",
	    more);
}

T_UNUSED static void
g_target(const char *sym, double position)
{
	buf_printf(&g_in,
	    "{\"type\":\"target\",\"ts\":\"%s\",\"sym\":\"%s\",\"strategy\":\"s\",\"position\":%."
	    "9g}\n",
	    g_time(), sym, position);
}

static void
gate_word(struct buf *out, const struct json *j, const char *key)
{
	struct str s;

	if (json_text(json_get(j, key), &s))
		buf_printf(out, " %.*s", STR_FMT(s));
}

static void
gate_answer(struct buf *out, const struct json *j)
{
	struct str type;
	double qty;

	if (!json_text(json_get(j, "type"), &type))
		return;
	if (!str_eqz(type, "order") && !str_eqz(type, "reject") && !str_eqz(type, "alert") &&
	    !str_eqz(type, "cancel") && !str_eqz(type, "replace"))
		return;
	buf_put(out, type.p, type.n);
	gate_word(out, j, "cl_ord_id");
	gate_word(out, j, "side");
	if (str_eqz(type, "order") && json_f64(json_get(j, "qty"), &qty))
		buf_printf(out, " %.9g", qty);
	gate_word(out, j, "rule");
	gate_word(out, j, "action");
	buf_puts(out, "; ");
}

/* limits NULL: no file of its own, options name one */
T_UNUSED static const char *
g_run(const char *limits, const char *opts)
{
	static struct buf out;
	struct buf all = { 0 };
	struct t_stage t;
	char path[] = "/tmp/t_risk.XXXXXX";
	int fd = mkstemp(path);

	buf_clear(&out);
	if (fd < 0 || write(fd, limits, strlen(limits)) != (ssize_t)strlen(limits) || close(fd) < 0)
		return "no limits file";
	buf_printf(&all, "-l %s %s", path, opts);
	int rc = t_stage_run(&t, &risk_gate_kind, buf_z(&all), buf_z(&g_in));
	unlink(path);
	for (char *p = buf_z(&t.out) ? t.out.p : NULL; p && *p; p = strchr(p, '\n') + 1) {
		struct err e;
		struct json *j = json_parse_text(p, strcspn(p, "\n"), &e);
		if (j)
			gate_answer(&out, j);
		json_free(j);
	}
	if (rc) {
		const char *msg = t.err.msg;
		if (strncmp(msg, path, strlen(path)) == 0)
			msg += strlen(path) + 2;
		buf_printf(&out, "%d %s", rc, msg);
	}
	buf_clear(&g_raw);
	buf_put(&g_raw, t.out.p, t.out.len);
	buf_clear(&g_notes);
	buf_put(&g_notes, t.notes.p, t.notes.len);
	t_stage_free(&t);
	buf_free(&all);
	return buf_z(&out);
}

#endif
