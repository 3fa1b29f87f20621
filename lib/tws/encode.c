/* Structs to frames: a walk along the rows of the message's layout. */
#include <math.h>
#include <string.h>

#include "tws/msg.h"

#include "tws/layout.h"
#include "tws/spell.h"

#define DBL_MAX_TEXT "1.7976931348623157E308" /* as Java spells it */
#define INT_MAX_TEXT "2147483647"

struct enc {
	struct buf *out;
	int sv;
	bool request; /* spelled as a client does */
};

/* a field: n bytes and its NUL; false when the text has one already */
static bool
put_text(struct enc *c, const char *p, size_t n)
{
	char *o;

	if (n && memchr(p, '\0', n))
		return false;
	o = buf_room(c->out, n + 1);
	if (n)
		memcpy(o, p, n);
	o[n] = '\0';
	c->out->len += n + 1;
	return true;
}

static bool
put_z(struct enc *c, const char *z)
{
	return put_text(c, z, strlen(z));
}

static bool
put_i64(struct enc *c, int64_t v, const char *unset)
{
	char t[NUM_MAX], *end;

	if (!tws_set(v))
		return put_z(c, unset);
	end = num_put_i64(t, v);
	return put_text(c, t, (size_t)(end - t));
}

static bool
put_nano(struct enc *c, num_i128 v, bool point)
{
	char t[NUM_MAX], *end = tws_write_nano(t, v, point, c->request);

	return put_text(c, t, (size_t)(end - t));
}

static bool
put_px(struct enc *c, int64_t v, bool point, const char *unset)
{
	return tws_set(v) ? put_nano(c, v, point) : put_z(c, unset);
}

static bool
put_f64(struct enc *c, double v)
{
	char t[NUM_MAX], *end;

	if (v == TWS_UNSET_F64)
		return put_z(c, "");
	if (!isfinite(v))
		return false;
	end = tws_write_f64(t, v);
	return put_text(c, t, (size_t)(end - t));
}

/* Money in micro is nano / 1000, and 128 bits hold that of any int64. */
static bool
put_cash(struct enc *c, int64_t v, const char *unset)
{
	return tws_set(v) ? put_nano(c, (num_i128)v * 1000, true) : put_z(c, unset);
}

static bool
put_field(struct enc *c, const struct tws_row *r, const void *at)
{
	const int64_t *i = at;

	switch ((enum tws_op)r->op) {
	case TWS_OP_I64:
	case TWS_OP_INT: return put_i64(c, *i, "");
	case TWS_OP_INTM: return put_i64(c, *i, INT_MAX_TEXT);
	case TWS_OP_BOOL: return put_z(c, *(const bool *)at ? "1" : "0");
	case TWS_OP_STR: {
		const struct str *s = at;

		return put_text(c, s->p, s->n);
	}
	case TWS_OP_MID:
		if (*i == TWS_UP_TO_MID)
			return put_z(c, c->request ? "Infinite" : "Infinity");
		return put_px(c, *i, true, "");
	case TWS_OP_PX: return put_px(c, *i, true, "");
	case TWS_OP_PX0: return put_px(c, tws_set(*i) ? *i : 0, true, "");
	case TWS_OP_PXM: return put_px(c, *i, true, DBL_MAX_TEXT);
	case TWS_OP_DEC: return put_px(c, *i, false, "");
	case TWS_OP_DEC0: return put_px(c, tws_set(*i) ? *i : 0, false, "");
	case TWS_OP_SUM: {
		num_i128 v = *(const num_i128 *)at;

		return v == TWS_UNSET_SUM ? put_z(c, "") : put_nano(c, v, false);
	}
	case TWS_OP_CASH: return put_cash(c, *i, "");
	case TWS_OP_CASHM: return put_cash(c, *i, DBL_MAX_TEXT);
	case TWS_OP_F64: return put_f64(c, *(const double *)at);
	case TWS_OP_K: return put_z(c, r->name);
	default: return true;
	}
}

static bool
put_rows(struct enc *c, const struct tws_layout *l, const char *base);

static bool
put_list(struct enc *c, const struct tws_layout *l, const char *at)
{
	struct tws_any_list list;

	memcpy(&list, at, sizeof list);
	if (list.n > TWS_FRAME_MAX || !put_i64(c, (int64_t)list.n, ""))
		return false;
	for (size_t k = 0; k < list.n; k++)
		if (!put_rows(c, l, (const char *)list.v + k * l->size))
			return false;
	return true;
}

static bool
put_rows(struct enc *c, const struct tws_layout *l, const char *base)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct tws_row *r = &l->row[i];
		bool good = true;

		if (!tws_row_is_in(r, c->sv))
			continue;
		switch ((enum tws_op)r->op) {
		case TWS_OP_SUB: good = put_rows(c, r->sub, base + r->off); break;
		case TWS_OP_LIST: good = put_list(c, r->sub, base + r->off); break;
		case TWS_OP_WHEN:
			if (!r->cond(base))
				i = tws_row_after(l, i) - 1;
			break;
		case TWS_OP_STOP:
		case TWS_OP_REFUSE: good = !r->cond(base); break;
		case TWS_OP_END: break;
		default: good = put_field(c, r, base + r->off);
		}
		if (!good)
			return false;
	}
	return true;
}

/* The fields of a message that no list knows. */
static bool
put_raw(struct enc *c, const struct tws_raw *raw)
{
	bool good = put_i64(c, raw->id, "");

	for (size_t i = 0; good && i < raw->n; i++)
		good = put_text(c, raw->v[i].p, raw->v[i].n);
	return good;
}

/* l is NULL for an unknown message */
static int
put_frame(struct enc *c, const struct tws_layout *l, const void *msg)
{
	size_t start = c->out->len, n;
	bool good;

	buf_put(c->out, "\0\0\0", 4);
	good = l ? put_i64(c, l->id, "") && put_rows(c, l, msg) : put_raw(c, msg);
	n = c->out->len - start - 4;
	if (!good || n > TWS_FRAME_MAX) {
		c->out->len = start;
		return ERR_DATA;
	}
	for (int k = 0; k < 4; k++)
		c->out->p[start + (size_t)k] = (char)(n >> (24 - 8 * k));
	return 0;
}

int
tws_encode_request(int server_version, const struct tws_request *q, struct buf *out)
{
	struct enc c = { out, server_version, true };

	if (q->kind >= TWS_Q_unknown)
		return put_frame(&c, NULL, &q->unknown);
	return put_frame(&c, &tws_request_layouts[q->kind], &q->unknown);
}

int
tws_encode_event(int server_version, const struct tws_event *ev, struct buf *out)
{
	struct enc c = { out, server_version, false };

	if (ev->kind >= TWS_E_unknown)
		return put_frame(&c, NULL, &ev->unknown);
	return put_frame(&c, &tws_event_layouts[ev->kind], &ev->unknown);
}
