/* Frames to structs: the same walk as in encode.c. */
#include <string.h>

#include "tws/msg.h"

#include "tws/layout.h"
#include "tws/spell.h"

struct dec {
	const char *p, *end;
	int sv;
	int field; /* position of the field last taken; the id is 0 */
	struct tws_arena *mem;
	const char *msg; /* name of the message */
	struct err *e;
};

/* The next field, empty when there is none. */
static struct str
take(struct dec *d)
{
	struct str s = { d->p, 0 };
	const char *nul;

	d->field++;
	if (d->p == d->end)
		return s;
	nul = memchr(d->p, '\0', (size_t)(d->end - d->p));
	s.n = (size_t)((nul ? nul : d->end) - d->p);
	d->p = nul ? nul + 1 : d->end;
	return s;
}

static int
bad_field(const struct dec *d, const char *name, struct str s, const char *why)
{
	char shown[64];
	size_t n = s.n < sizeof shown ? s.n : sizeof shown - 1;

	/* what came from outside goes to a terminal */
	for (size_t i = 0; i < n; i++)
		shown[i] = s.p[i] >= ' ' && s.p[i] <= '~' ? s.p[i] : '?';
	shown[n] = '\0';
	return err_set(d->e, ERR_DATA, "%s: field %d (%s): \"%s\"%s %s", d->msg, d->field, name,
	    shown, n < s.n ? "..." : "", why);
}

static int
spelled(const struct dec *d, const struct tws_row *r, struct str s, enum tws_spell how)
{
	if (how == TWS_SPELL_BAD)
		return bad_field(d, r->name, s, "is not what belongs there");
	if (how == TWS_SPELL_RANGE)
		return bad_field(d, r->name, s, "does not fit");
	return 0;
}

/* kinds whose C type is int64 */
static enum tws_spell
read_int(const struct tws_row *r, struct str s, int64_t *out)
{
	enum tws_spell how;

	switch ((enum tws_op)r->op) {
	case TWS_OP_I64: how = tws_read_i64(s.p, s.n, false, out); break;
	case TWS_OP_INT:
	case TWS_OP_INTM: how = tws_read_i64(s.p, s.n, true, out); break;
	case TWS_OP_CASH:
	case TWS_OP_CASHM: how = tws_read_micro(s.p, s.n, out); break;
	case TWS_OP_MID:
		if (tws_is_infinite(s.p, s.n)) {
			*out = TWS_UP_TO_MID;
			return TWS_SPELL_OK;
		}
		how = tws_read_nano(s.p, s.n, true, out);
		break;
	default: how = tws_read_nano(s.p, s.n, true, out);
	}
	if (how != TWS_SPELL_OK)
		*out = r->op == TWS_OP_PX0 || r->op == TWS_OP_DEC0 ? 0 : TWS_UNSET;
	return how;
}

static int
get_field(struct dec *d, const struct tws_row *r, void *at)
{
	struct str s = take(d);
	enum tws_spell how = TWS_SPELL_OK;

	switch ((enum tws_op)r->op) {
	case TWS_OP_K: break;
	case TWS_OP_STR: memcpy(at, &s, sizeof s); break;
	case TWS_OP_BOOL: how = tws_read_bool(s.p, s.n, at); break;
	case TWS_OP_F64: {
		double *v = at;

		how = tws_read_f64(s.p, s.n, v);
		if (how != TWS_SPELL_OK)
			*v = TWS_UNSET_F64;
		break;
	}
	case TWS_OP_SUM: {
		num_i128 *v = at;

		how = tws_read_nano128(s.p, s.n, v);
		if (how != TWS_SPELL_OK)
			*v = TWS_UNSET_SUM;
		break;
	}
	default: how = read_int(r, s, at);
	}
	return spelled(d, r, s, how);
}

/* Fields that one element takes at least. */
static size_t
least_fields(const struct tws_layout *l, int sv)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += tws_row_is_in(&l->row[i], sv);
	return n ? n : 1;
}

static int
get_rows(struct dec *d, const struct tws_layout *l, char *base);

static int
get_list(struct dec *d, const struct tws_row *r, char *at)
{
	const struct tws_layout *l = r->sub;
	struct tws_any_list list = { 0, NULL };
	struct str s = take(d);
	size_t most, each = least_fields(l, d->sv);
	int64_t n;
	enum tws_spell how = tws_read_i64(s.p, s.n, true, &n);
	int rc = 0;

	if (how == TWS_SPELL_UNSET)
		n = 0;
	else if (how != TWS_SPELL_OK || n < 0)
		return bad_field(d, r->name, s, "is no count");
	/* A field is a byte at least: a count beyond what can follow takes no memory. */
	most = ((size_t)(d->end - d->p) + each - 1) / each;
	if ((uint64_t)n > most)
		n = (int64_t)most;
	if (n && !(list.v = tws_arena_array(d->mem, (size_t)n, l->size)))
		return bad_field(d, r->name, s, "elements take more memory than allowed");
	while (rc == 0 && list.n < (size_t)n && d->p < d->end)
		rc = get_rows(d, l, (char *)list.v + list.n++ * l->size);
	memcpy(at, &list, sizeof list);
	return rc;
}

static int
get_rows(struct dec *d, const struct tws_layout *l, char *base)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct tws_row *r = &l->row[i];
		int rc = 0;

		if (!tws_row_is_in(r, d->sv))
			continue;
		switch ((enum tws_op)r->op) {
		case TWS_OP_SUB: rc = get_rows(d, r->sub, base + r->off); break;
		case TWS_OP_LIST: rc = get_list(d, r, base + r->off); break;
		case TWS_OP_WHEN:
			if (!r->cond(base))
				i = tws_row_after(l, i) - 1;
			break;
		case TWS_OP_STOP:
			if (r->cond(base))
				return 0;
			break;
		case TWS_OP_REFUSE:
			if (r->cond(base))
				return err_set(d->e, ERR_DATA,
				    "%s: field %d: orders with "
				    "conditions are not supported",
				    d->msg, d->field);
			break;
		case TWS_OP_END: break;
		default: rc = get_field(d, r, base + r->off);
		}
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int
get_raw(struct dec *d, int64_t id, struct tws_raw *raw)
{
	size_t n = 0;

	for (const char *p = d->p; p < d->end; n++) {
		const char *nul = memchr(p, '\0', (size_t)(d->end - p));

		p = nul ? nul + 1 : d->end;
	}
	*raw = (struct tws_raw){ id, n, n ? tws_arena_array(d->mem, n, sizeof *raw->v) : NULL };
	if (n && !raw->v)
		return err_set(d->e, ERR_DATA,
		    "message %lld: %zu fields take more memory than allowed", (long long)id, n);
	for (size_t i = 0; i < n; i++)
		raw->v[i] = take(d);
	return 0;
}

/* The id in front, into *id. */
static int
get_id(struct dec *d, int64_t *id)
{
	struct str s = take(d);

	d->field = 0;
	if (tws_read_i64(s.p, s.n, false, id) != TWS_SPELL_OK)
		return bad_field(d, "id", s, "is no message id");
	return 0;
}

int
tws_decode_request(int server_version, const char *payload, size_t n, struct tws_request *q,
    struct tws_arena *mem, struct err *e)
{
	struct dec d = { payload, payload + n, server_version, -1, mem, "request", e };
	int64_t id;
	int rc = get_id(&d, &id);

	tws_request_init(q, TWS_Q_unknown);
	if (rc < 0)
		return rc;
	for (size_t k = 0; k < TWS_Q_unknown; k++)
		if (tws_request_layouts[k].id == id) {
			tws_request_init(q, (enum tws_req)k);
			d.msg = tws_request_layouts[k].name;
			return get_rows(&d, &tws_request_layouts[k], (char *)&q->unknown);
		}
	return get_raw(&d, id, &q->unknown);
}

int
tws_decode_event(int server_version, const char *payload, size_t n, struct tws_event *ev,
    struct tws_arena *mem, struct err *e)
{
	struct dec d = { payload, payload + n, server_version, -1, mem, "event", e };
	int64_t id;
	int rc = get_id(&d, &id);

	tws_event_init(ev, TWS_E_unknown);
	if (rc < 0)
		return rc;
	for (size_t k = 0; k < TWS_E_unknown; k++)
		if (tws_event_layouts[k].id == id) {
			tws_event_init(ev, (enum tws_ev)k);
			d.msg = tws_event_layouts[k].name;
			return get_rows(&d, &tws_event_layouts[k], (char *)&ev->unknown);
		}
	return get_raw(&d, id, &ev->unknown);
}
