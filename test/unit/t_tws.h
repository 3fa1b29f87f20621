/* Recorded bytes of the TWS protocol, and a walk along a message's fields by name. */
#ifndef TP_TEST_T_TWS_H
#define TP_TEST_T_TWS_H

#include "base/mem.h"
#include "io/out.h"
#include "rec/json.h"
#include "t.h"
#include "tws/layout.h"
#include "tws/msg.h"

/* A file of testdata/tws, whole. */
T_UNUSED static void
t_tws_file(struct buf *out, const char *name)
{
	struct err e = { 0 };
	char path[128];

	snprintf(path, sizeof path, "tws/%s", name);
	buf_clear(out);
	if (io_file_read(t_data(path), 1 << 24, out, &e) < 0) {
		printf("Bail out! %s\n", e.msg);
		exit(1);
	}
	buf_z(out);
}

/* The next line of text: false at the end. Takes it off s. */
T_UNUSED static bool
t_line(struct str *s, struct str *line)
{
	const char *nl;

	if (s->n == 0)
		return false;
	nl = memchr(s->p, '\n', s->n);
	*line = (struct str){ s->p, nl ? (size_t)(nl - s->p) : s->n };
	s->n -= line->n + (nl != NULL);
	s->p += line->n + (nl != NULL);
	return true;
}

/* The next line as JSON; NULL at the end. The caller frees it. */
T_UNUSED static struct json *
t_json_line(struct str *s)
{
	struct err e = { 0 };
	struct str line;
	struct json *j;

	if (!t_line(s, &line))
		return NULL;
	j = json_parse_text(line.p, line.n, &e);
	if (!j) {
		printf("Bail out! %s\n", e.msg);
		exit(1);
	}
	return j;
}

T_UNUSED static struct str
t_json_str(const struct json *j, const char *key)
{
	struct str s = { "", 0 };

	json_text(json_get(j, key), &s);
	return s;
}

T_UNUSED static void
t_unhex(struct buf *out, struct str hex)
{
	buf_clear(out);
	for (size_t i = 0; i + 1 < hex.n; i += 2) {
		unsigned v = 0;
		char two[3] = { hex.p[i], hex.p[i + 1], 0 };

		sscanf(two, "%x", &v);
		buf_putc(out, (char)v);
	}
}

/* Fields with bars between, for people. */
T_UNUSED static const char *
t_fields(struct buf *out, const char *p, size_t n)
{
	buf_clear(out);
	for (size_t i = 0; i < n; i++)
		buf_putc(out, p[i] ? p[i] : '|');
	return buf_z(out);
}

/* trailStopPrice -> trail_stop_price */
T_UNUSED static void
t_snake(char *o, size_t cap, struct str s)
{
	size_t k = 0;

	for (size_t i = 0; i < s.n && k + 2 < cap; i++) {
		bool up = s.p[i] >= 'A' && s.p[i] <= 'Z';

		if (up && i && !(s.p[i - 1] >= 'A' && s.p[i - 1] <= 'Z'))
			o[k++] = '_';
		o[k++] = up ? (char)(s.p[i] | 32) : s.p[i];
	}
	o[k] = '\0';
}

/* The name a member has here, from the name that the clients give it. */
T_UNUSED static void
t_member(char *o, size_t cap, struct str s)
{
	static const char *const other[][2] = {
		{ "last_trade_date_or_contract_month", "last_trade_date" },
		{ "rule80_a", "rule80a" },
		{ "average", "wap" },
		{ "bar_count", "count" },
		{ "acct_number", "account" },
		{ "time_zone_id", "time_zone" },
		{ "real_expiration_date", "real_expiration" },
		{ "commission_and_fees", "commission" },
		{ "commission_and_fees_currency", "commission_currency" },
		{ "yield_", "yield" },
		{ "min_commission_and_fees", "min_commission" },
		{ "sec_id_list", "sec_ids" },
	};
	char t[60];
	size_t n;

	if (s.n && memchr(s.p, '[', s.n))
		s.n = (size_t)((const char *)memchr(s.p, '[', s.n) - s.p);
	t_snake(t, sizeof t, s);
	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		if (strcmp(t, other[i][0]) == 0)
			snprintf(t, sizeof t, "%s", other[i][1]);
	n = strlen("delta_neutral_");
	if (strncmp(t, "delta_neutral_", n) == 0)
		snprintf(o, cap, "dn_%s", t + n);
	else
		snprintf(o, cap, "%s", t);
}

/* The last part of a dotted name. */
T_UNUSED static const char *
t_leaf(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

/* ---- every field of a message, in the order of the wire ---- */
struct t_walk {
	int sv;
	/* `depth` 0 is the message itself, lists are 1 and more; a LIST row comes before its
	 * elements */
	void (*visit)(void *arg, const struct tws_row *r, void *at, int depth);
	void *arg;
};

T_UNUSED static void
t_walk(const struct t_walk *w, const struct tws_layout *l, void *base, int depth)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct tws_row *r = &l->row[i];
		char *at = (char *)base + r->off;

		if (!tws_row_is_in(r, w->sv))
			continue;
		if (r->op == TWS_OP_SUB) {
			t_walk(w, r->sub, at, depth);
		} else if (r->op == TWS_OP_WHEN) {
			if (!r->cond(base))
				i = tws_row_after(l, i) - 1;
		} else if (r->op == TWS_OP_LIST) {
			struct tws_any_list list;

			w->visit(w->arg, r, at, depth);
			memcpy(&list, at, sizeof list);
			for (size_t k = 0; k < list.n; k++)
				t_walk(w, r->sub, (char *)list.v + k * r->sub->size, depth + 1);
		} else if (r->op < TWS_OP_SUB) {
			w->visit(w->arg, r, at, depth);
		}
	}
}

static inline const struct tws_layout *
t_layout_q(const struct tws_request *q)
{
	return &tws_request_layouts[q->kind];
}

#endif
