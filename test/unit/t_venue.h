/*
 * Scripts for the paper venue: one line a record, in a shorthand, and what came of it, one line
 * a record too.
 *
 *	w TIME                           watermark
 *	b SYM FROM TO O H L C [VOLUME]   bar
 *	t SYM TIME PRICE SIZE            trade
 *	q SYM TIME BID ASK [SIZES]       quote
 *	o SYM ID SIDE QTY TYPE [k=v...]  order, at the last watermark
 *	c ID [k=v...]                    cancel
 *	r ID [k=v...]                    replace
 *	x SYM TIME ACTION [k=v...]       corporate action
 *
 * Out come "ID SIDE QTY@PRICE" for fills, "ID STATUS" for order_status, "ID !RULE" for rejects,
 * "alert RULE" and, with `money`, "CASH EQUITY" for each portfolio.
 */
#ifndef TP_TEST_T_VENUE_H
#define TP_TEST_T_VENUE_H

#include "t_stage.h"
#include "venue/exec.h"

static void
tv_pairs(struct buf *b, char **save)
{
	char *w;

	while ((w = strtok_r(NULL, " ", save))) {
		char *eq = strchr(w, '=');
		bool number = eq && (eq[1] == '-' || (eq[1] >= '0' && eq[1] <= '9')) &&
			      !strchr(eq + 2, '-') && !strchr(eq, 'Z');

		number = number || (eq && strcmp(eq, "=true") == 0);
		if (!eq)
			continue;
		*eq = '\0';
		buf_printf(b, number ? ",\"%s\":%s" : ",\"%s\":\"%s\"", w, eq + 1);
	}
}

static void
tv_line(struct buf *b, char *line, char *wm)
{
	char *save, *kind = strtok_r(line, " ", &save), *v[8] = { 0 };
	static const char *const keys[] = { "open", "high", "low", "close", "volume" };
	int want;

	if (!kind)
		return;
	want = strchr("wc", *kind) ? 1 : *kind == 'r' ? 1 : *kind == 'o' ? 5 : *kind == 'x' ? 3 : 8;
	for (int i = 0; i < want; i++)
		v[i] = strtok_r(NULL, " ", &save);
	switch (*kind) {
	case 'w':
		snprintf(wm, 64, "%s", v[0]);
		buf_printf(b, "{\"type\":\"watermark\",\"ts\":\"%s\"", v[0]);
		break;
	case 'b':
		buf_printf(b, "{\"type\":\"bar\",\"ts\":\"%s\",\"sym\":\"%s\",\"ts_end\":\"%s\"",
		    v[1], v[0], v[2]);
		for (int i = 0; i < 5 && v[3 + i]; i++)
			buf_printf(b, ",\"%s\":%s", keys[i], v[3 + i]);
		break;
	case 't':
		buf_printf(b,
		    "{\"type\":\"trade\",\"ts\":\"%s\",\"sym\":\"%s\",\"price\":%s,\"size\":%s",
		    v[1], v[0], v[2], v[3]);
		break;
	case 'q':
		buf_printf(b,
		    "{\"type\":\"quote\",\"ts\":\"%s\",\"sym\":\"%s\",\"bid\":%s,\"ask\":%s", v[1],
		    v[0], v[2], v[3]);
		if (v[5])
			buf_printf(b, ",\"bid_size\":%s,\"ask_size\":%s", v[4], v[5]);
		break;
	case 'o':
		buf_printf(b,
		    "{\"type\":\"order\",\"ts\":\"%s\",\"sym\":\"%s\",\"cl_ord_id\":\"%s\","
		    "\"side\":\"%s\",\"qty\":%s,\"ord_type\":\"%s\"",
		    wm, v[0], v[1], v[2], v[3], v[4]);
		break;
	case 'c':
	case 'r':
		buf_printf(b, "{\"type\":\"%s\",\"ts\":\"%s\",\"cl_ord_id\":\"%s\"",
		    *kind == 'c' ? "cancel" : "replace", wm, v[0]);
		break;
	default:
		buf_printf(b,
		    "{\"type\":\"corporate_action\",\"ts\":\"%s\",\"sym\":\"%s\",\"action\":\"%s\"",
		    v[1], v[0], v[2]);
	}
	tv_pairs(b, &save);
	buf_puts(b, "}\n");
}

/* The script as NDJSON. */
static void
tv_input(struct buf *b, const char *script)
{
	char *copy = mem_dup(script, strlen(script)), *save = NULL, wm[64] = "2024-01-01";

	for (char *l = strtok_r(copy, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		tv_line(b, l, wm);
	free(copy);
}

/* The text of "key":VALUE in a line, without quotes; empty when it is not there. */
static const char *
tv_get(const char *line, size_t n, const char *key)
{
	static char out[6][128];
	static int turn;
	char *o = out[turn = (turn + 1) % 6], pat[64];
	const char *p;
	size_t k;

	snprintf(pat, sizeof pat, "\"%s\":", key);
	p = memmem(line, n, pat, strlen(pat));
	o[0] = '\0';
	if (!p)
		return o;
	p += strlen(pat);
	p += *p == '"';
	k = strcspn(p, ",}\"");
	snprintf(o, 128, "%.*s", (int)k, p);
	return o;
}

static void
tv_output(struct buf *b, const struct buf *out, bool money)
{
	const char *p = out->p, *end = p + out->len;

	while (p && p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)(nl - p);
		const char *type = tv_get(p, n, "type"), *id = tv_get(p, n, "cl_ord_id");

		if (strcmp(type, "fill") == 0)
			buf_printf(b, "%s %s %s@%s\n", *id ? id : "-", tv_get(p, n, "side"),
			    tv_get(p, n, "last_qty"), tv_get(p, n, "last_price"));
		else if (strcmp(type, "order_status") == 0)
			buf_printf(b, "%s %s\n", id, tv_get(p, n, "status"));
		else if (strcmp(type, "reject") == 0)
			buf_printf(b, "%s !%s\n", id, tv_get(p, n, "rule"));
		else if (strcmp(type, "alert") == 0)
			buf_printf(b, "alert %s\n", tv_get(p, n, "rule"));
		else if (money && strcmp(type, "portfolio") == 0)
			buf_printf(b, "%s %s\n", tv_get(p, n, "cash"), tv_get(p, n, "equity"));
		p = nl + 1;
	}
}

/* Run a script; the statuses "new" and "filled" go without saying unless `all`. */
static void
tv_run(
    const char *opts, const char *script, const char *want, bool money, bool all, const char *what)
{
	struct t_stage t;
	struct buf in = { 0 }, got = { 0 }, lean = { 0 };
	char full[256];

	snprintf(
	    full, sizeof full, "--paper --commission none --margin 0 --maintenance 0 %s", opts);
	tv_input(&in, script);
	if (!ok(t_stage_run(&t, &ibkr_exec_kind, full, buf_z(&in)) == 0, "%s runs: %s", what,
		t.err.msg))
		printf("#   %s\n", buf_z(&in));
	tv_output(&got, &t.out, money);
	for (const char *p = buf_z(&got); *p; p = strchr(p, '\n') + 1) {
		size_t n = (size_t)(strchr(p, '\n') - p) + 1;

		if (all || !((n > 5 && memcmp(p + n - 5, " new\n", 5) == 0) ||
			       (n > 8 && memcmp(p + n - 8, " filled\n", 8) == 0)))
			buf_put(&lean, p, n);
	}
	is_str(buf_z(&lean), want, "%s", what);
	buf_free(&in);
	buf_free(&got);
	buf_free(&lean);
	t_stage_free(&t);
}

T_UNUSED static void
fills(const char *opts, const char *script, const char *want, const char *what)
{
	tv_run(opts, script, want, false, false, what);
}

T_UNUSED static void
statuses(const char *opts, const char *script, const char *want, const char *what)
{
	tv_run(opts, script, want, false, true, what);
}

T_UNUSED static void
money(const char *opts, const char *script, const char *want, const char *what)
{
	tv_run(opts, script, want, true, false, what);
}

#endif
