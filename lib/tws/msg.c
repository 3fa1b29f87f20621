#include <string.h>

#include "tws/msg.h"

#include "tws/layout.h"
#include "tws/spell.h"

/* ---- making ---- */

#define SET_STR(d) ((struct str){ "" d, sizeof("" d) - 1 })
#define SET_I64(d) (d)
#define SET_INT(d) (d)
#define SET_BOOL(d) (d)
#define SET_PX(d) (d)
#define SET_MID(d) (d)
#define SET_DEC(d) (d)
#define SET_CASH(d) (d)
#define SET_F64(d) (d)
#define SET(kind, name, dflt) .name = SET_##kind(dflt),

void
tws_order_init(struct tws_order *o)
{
	static const struct tws_order dflt = { TWS_ORDER(SET) };

	*o = dflt;
}

void
tws_order_state_init(struct tws_order_state *s)
{
	static const struct tws_order_state dflt = { TWS_ORDER_STATE(SET) };

	*s = dflt;
}

/* Only the member in use: the union is as large as its largest order, a tick is not. */
void
tws_request_init(struct tws_request *q, enum tws_req kind)
{
	q->kind = kind;
	memset(&q->unknown, 0,
	    kind < TWS_Q_unknown ? tws_request_layouts[kind].size : sizeof q->unknown);
	if (kind == TWS_Q_place_order)
		tws_order_init(&q->place_order.order);
}

void
tws_event_init(struct tws_event *ev, enum tws_ev kind)
{
	ev->kind = kind;
	memset(&ev->unknown, 0,
	    kind < TWS_E_unknown ? tws_event_layouts[kind].size : sizeof ev->unknown);
	if (kind == TWS_E_open_order) {
		tws_order_init(&ev->open_order.order);
		tws_order_state_init(&ev->open_order.state);
	}
}

static void
if_empty(struct str *s, const char *z)
{
	if (s->n == 0)
		*s = str_z(z);
}

static void
if_unset(int64_t *v, int64_t to)
{
	if (!tws_set(*v))
		*v = to;
}

/* The values are those of recorded gateways (PreSubmitted orders of several kinds at 178). */
void
tws_open_order_of(struct tws_e_open_order *ev, const struct tws_q_place_order *q)
{
	struct tws_order *o = &ev->order;

	memset(ev, 0, sizeof *ev);
	tws_order_state_init(&ev->state);
	ev->contract = q->contract;
	ev->order = q->order;
	if_empty(&ev->contract.right, "?");
	if_unset(&o->lmt_price, 0);
	if_unset(&o->aux_price, 0);
	if_empty(&o->tif, "DAY");
	o->open_close = str_z("");
	if (o->display_size == 0)
		o->display_size = TWS_UNSET;
	if (o->oca_group.n == 0)
		o->oca_type = 3;
	if_unset(&o->volatility_type, 0);
	if (o->dn_order_type.n == 0) {
		o->dn_order_type = str_z("None");
		o->dn_open_close = str_z("?");
	}
	if_unset(&o->reference_price_type, 0);
	o->trail_stop_price_first = o->trail_stop_price;
	/* a stop order shows its stop there too, in the second place */
	if (!tws_set(o->trail_stop_price) && str_eqz(o->order_type, "STP"))
		o->trail_stop_price = o->aux_price;
	if_empty(&o->clearing_intent, "IB");
	if_empty(&o->adjusted_order_type, "None");
	if_unset(&o->cash_qty, 0);
	o->dont_use_auto_price_for_hedge = true;
	if_unset(&o->min_compete_size, 100);
	if_unset(&o->compete_against_best_offset, NUM_NANO / 50);
}

/* ---- naming ---- */

const char *
tws_request_name(enum tws_req kind)
{
	return kind < TWS_Q_unknown ? tws_request_layouts[kind].name : "unknown";
}

const char *
tws_event_name(enum tws_ev kind)
{
	return kind < TWS_E_unknown ? tws_event_layouts[kind].name : "unknown";
}

int
tws_request_id(enum tws_req kind)
{
	return kind < TWS_Q_unknown ? tws_request_layouts[kind].id : -1;
}

int
tws_event_id(enum tws_ev kind)
{
	return kind < TWS_E_unknown ? tws_event_layouts[kind].id : -1;
}

/* ---- the codec behind its interface ---- */

static int
text_hello(struct buf *out, const char *options)
{
	tws_hello_put(out, TWS_OFFER_MIN, TWS_OFFER_MAX, options);
	return 0;
}

const struct tws_codec tws_codec_text = {
	.name = "text",
	.min_version = TWS_VERSION_MIN,
	.max_version = TWS_VERSION_MAX,
	.hello = text_hello,
	.encode_request = tws_encode_request,
	.decode_request = tws_decode_request,
	.encode_event = tws_encode_event,
	.decode_event = tws_decode_event,
};

const struct tws_codec *
tws_codec_for(int server_version, struct err *e)
{
	static const struct tws_codec *const codecs[] = { &tws_codec_text };

	for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++)
		if (server_version >= codecs[i]->min_version &&
		    server_version <= codecs[i]->max_version)
			return codecs[i];
	err_set(e, ERR_NET, "server version %d is not spoken here, only %d to %d", server_version,
	    TWS_VERSION_MIN, TWS_VERSION_MAX);
	return NULL;
}

/* ---- what messages say ---- */

static const char *const status_names[TWS_NSTATUS] = { "", "PendingSubmit", "PendingCancel",
	"ApiPending", "PreSubmitted", "Submitted", "ApiCancelled", "Cancelled", "Filled",
	"Inactive" };

enum tws_status
tws_status_of(struct str s)
{
	for (int i = 1; i < TWS_NSTATUS; i++)
		if (str_eqz(s, status_names[i]))
			return (enum tws_status)i;
	return TWS_STATUS_OTHER;
}

const char *
tws_status_name(enum tws_status s)
{
	return s < TWS_NSTATUS ? status_names[s] : "";
}

bool
tws_status_final(enum tws_status s)
{
	return s == TWS_STATUS_FILLED || s == TWS_STATUS_CANCELLED || s == TWS_STATUS_API_CANCELLED;
}

int
tws_tick_live(int64_t tick_type, bool *delayed)
{
	static const uint8_t live[] = { TWS_TICK_BID, TWS_TICK_ASK, TWS_TICK_LAST,
		TWS_TICK_BID_SIZE, TWS_TICK_ASK_SIZE, TWS_TICK_LAST_SIZE, TWS_TICK_HIGH,
		TWS_TICK_LOW, TWS_TICK_VOLUME, TWS_TICK_CLOSE, TWS_TICK_OPEN };

	*delayed = true;
	if (tick_type >= TWS_TICK_DELAYED_BID && tick_type <= TWS_TICK_DELAYED_OPEN)
		return live[tick_type - TWS_TICK_DELAYED_BID];
	if (tick_type == TWS_TICK_DELAYED_LAST_TIMESTAMP)
		return TWS_TICK_LAST_TIMESTAMP;
	if (tick_type == TWS_TICK_DELAYED_HALTED)
		return TWS_TICK_HALTED;
	*delayed = false;
	return tick_type >= 0 && tick_type < INT32_MAX ? (int)tick_type : -1;
}

/* The part up to the next semicolon, which is stepped over. */
static bool
next_part(struct str *s, struct str *part)
{
	const char *semi = s->n ? memchr(s->p, ';', s->n) : NULL;

	*part = (struct str){ s->p, semi ? (size_t)(semi - s->p) : s->n };
	if (!semi)
		return false;
	s->n -= part->n + 1;
	s->p = semi + 1;
	return true;
}

static bool
part_nano(struct str s, int64_t *out)
{
	enum tws_spell how = tws_read_nano(s.p, s.n, false, out);

	if (how == TWS_SPELL_UNSET)
		*out = TWS_UNSET;
	return how == TWS_SPELL_OK || how == TWS_SPELL_UNSET;
}

bool
tws_rt_volume_parse(struct str s, struct tws_rt_volume *v)
{
	struct str price, size, ms, total, vwap, single;
	int64_t t;
	enum tws_spell how;

	if (!next_part(&s, &price) || !next_part(&s, &size) || !next_part(&s, &ms) ||
	    !next_part(&s, &total) || !next_part(&s, &vwap) || next_part(&s, &single))
		return false;
	if (!part_nano(price, &v->price) || !part_nano(size, &v->size) ||
	    !part_nano(vwap, &v->vwap) || tws_read_bool(single.p, single.n, &v->single) != 0)
		return false;
	if (tws_read_i64(ms.p, ms.n, false, &t) != TWS_SPELL_OK || t < 0 ||
	    __builtin_mul_overflow(t, INT64_C(1000000), &v->time_ns))
		return false;
	how = tws_read_nano128(total.p, total.n, &v->total);
	if (how == TWS_SPELL_UNSET)
		v->total = TWS_UNSET_SUM;
	return how == TWS_SPELL_OK || how == TWS_SPELL_UNSET;
}

bool
tws_nano(struct str s, int64_t *out)
{
	return tws_read_nano(s.p, s.n, true, out) == TWS_SPELL_OK;
}

bool
tws_micro(struct str s, int64_t *out)
{
	return tws_read_micro(s.p, s.n, out) == TWS_SPELL_OK;
}

/* Four hex digits behind "\u" at s.p + i, or -1. */
static int
unicode_at(struct str s, size_t i)
{
	int v = 0;

	if (i + 6 > s.n || s.p[i] != '\\' || s.p[i + 1] != 'u')
		return -1;
	for (size_t k = i + 2; k < i + 6; k++) {
		char c = s.p[k];

		if (c >= '0' && c <= '9')
			v = v * 16 + (c - '0');
		else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
			v = v * 16 + ((c | 32) - 'a' + 10);
		else
			return -1;
	}
	return v;
}

static void
put_utf8(struct buf *out, int c)
{
	if (c < 0x80) {
		buf_putc(out, (char)c);
		return;
	}
	if (c < 0x800) {
		buf_putc(out, (char)(0xC0 | c >> 6));
	} else {
		if (c < 0x10000) {
			buf_putc(out, (char)(0xE0 | c >> 12));
		} else {
			buf_putc(out, (char)(0xF0 | c >> 18));
			buf_putc(out, (char)(0x80 | (c >> 12 & 0x3F)));
		}
		buf_putc(out, (char)(0x80 | (c >> 6 & 0x3F)));
	}
	buf_putc(out, (char)(0x80 | (c & 0x3F)));
}

void
tws_unescape(struct str s, struct buf *out)
{
	for (size_t i = 0; i < s.n;) {
		int c = unicode_at(s, i), low;

		/* NUL would end the text of whoever reads it; it stays spelled out */
		if (c <= 0) {
			buf_putc(out, s.p[i++]);
			continue;
		}
		i += 6;
		if (c >= 0xD800 && c < 0xDC00 && (low = unicode_at(s, i)) >= 0xDC00 &&
		    low < 0xE000) {
			c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
			i += 6;
		}
		put_utf8(out, c >= 0xD800 && c < 0xE000 ? 0xFFFD : c);
	}
}
