/*
 * The property of the TWS codec, for requests and for events. The first byte is the server
 * version, the second chooses: a payload as it comes from outside, or bytes that a message is
 * made of, field by field along its layout. Whatever is decoded or made is written, read to the
 * same fields, written to the same bytes, and comes out of a reader however it is cut.
 */
#ifndef TP_TEST_FUZZ_TWS_H
#define TP_TEST_FUZZ_TWS_H

#include "fuzz.h"
#include "unit/t_tws.h"

struct fuzz_tws_msg {
	bool request;
	union {
		struct tws_request q;
		struct tws_event ev;
	};
};

static inline int
fuzz_tws_kind(const struct fuzz_tws_msg *m)
{
	return m->request ? (int)m->q.kind : (int)m->ev.kind;
}

static inline int
fuzz_tws_encode(int sv, const struct fuzz_tws_msg *m, struct buf *out)
{
	return m->request ? tws_encode_request(sv, &m->q, out) : tws_encode_event(sv, &m->ev, out);
}

static inline int
fuzz_tws_decode(
    int sv, const char *p, size_t n, struct fuzz_tws_msg *m, struct tws_arena *mem, struct err *e)
{
	return m->request ? tws_decode_request(sv, p, n, &m->q, mem, e)
			  : tws_decode_event(sv, p, n, &m->ev, mem, e);
}

/* ---- the fields of two messages ---- */

#define FUZZ_TWS_FIELDS 8192

struct fuzz_tws_fields {
	const struct tws_row *row[FUZZ_TWS_FIELDS];
	const void *at[FUZZ_TWS_FIELDS];
	size_t n;
};

static inline void
fuzz_tws_note(void *arg, const struct tws_row *r, void *at, int depth)
{
	struct fuzz_tws_fields *f = arg;

	(void)depth;
	if (f->n < FUZZ_TWS_FIELDS) {
		f->row[f->n] = r;
		f->at[f->n++] = at;
	}
}

static inline void
fuzz_tws_fields(int sv, struct fuzz_tws_msg *m, struct fuzz_tws_fields *f)
{
	struct t_walk w = { sv, fuzz_tws_note, f };

	f->n = 0;
	if (m->request)
		t_walk(&w, &tws_request_layouts[m->q.kind], &m->q.unknown, 0);
	else
		t_walk(&w, &tws_event_layouts[m->ev.kind], &m->ev.unknown, 0);
}

static inline bool
fuzz_tws_same_field(const struct tws_row *r, const void *a, const void *b)
{
	switch ((enum tws_op)r->op) {
	case TWS_OP_STR: {
		const struct str *s = a, *t = b;

		return str_eq(*s, *t);
	}
	case TWS_OP_LIST: {
		struct tws_any_list s, t;

		memcpy(&s, a, sizeof s);
		memcpy(&t, b, sizeof t);
		return s.n == t.n;
	}
	case TWS_OP_BOOL: return *(const bool *)a == *(const bool *)b;
	case TWS_OP_F64: {
		double s = *(const double *)a, t = *(const double *)b;

		return !(s < t) && !(s > t);
	}
	case TWS_OP_SUM: return *(const num_i128 *)a == *(const num_i128 *)b;
	case TWS_OP_K: return true;
	default: return *(const int64_t *)a == *(const int64_t *)b;
	}
}

static inline void
fuzz_tws_same(int sv, struct fuzz_tws_msg *x, struct fuzz_tws_msg *y)
{
	static struct fuzz_tws_fields a, b;

	FUZZ_HOLDS(fuzz_tws_kind(x) == fuzz_tws_kind(y), "kinds %d and %d", fuzz_tws_kind(x),
	    fuzz_tws_kind(y));
	if (fuzz_tws_kind(x) == (x->request ? (int)TWS_Q_unknown : (int)TWS_E_unknown)) {
		const struct tws_raw *r = x->request ? &x->q.unknown : &x->ev.unknown;
		const struct tws_raw *s = y->request ? &y->q.unknown : &y->ev.unknown;

		FUZZ_HOLDS(r->id == s->id && r->n == s->n, "an unknown message");
		for (size_t i = 0; i < r->n; i++)
			FUZZ_HOLDS(str_eq(r->v[i], s->v[i]), "field %zu of an unknown message", i);
		return;
	}
	fuzz_tws_fields(sv, x, &a);
	fuzz_tws_fields(sv, y, &b);
	FUZZ_HOLDS(a.n == b.n, "kind %d: %zu and %zu fields", fuzz_tws_kind(x), a.n, b.n);
	for (size_t i = 0; i < a.n; i++)
		FUZZ_HOLDS(fuzz_tws_same_field(a.row[i], a.at[i], b.at[i]), "kind %d: field %s",
		    fuzz_tws_kind(x), a.row[i]->name);
}

/* ---- a reader that gets the frame in pieces ---- */

static inline void
fuzz_tws_cut(const struct buf *frame, const uint8_t *cuts, size_t n)
{
	struct tws_reader r = { 0 };
	struct buf three = { 0 };
	struct err e = { 0 };
	const char *payload;
	size_t at = 0, len, got = 0, k = 0;

	for (int i = 0; i < 3; i++)
		buf_put(&three, frame->p, frame->len);
	while (at < three.len) {
		size_t piece = n ? (size_t)1 + cuts[k++ % n] : three.len;
		int rc;

		if (piece > three.len - at)
			piece = three.len - at;
		tws_reader_put(&r, three.p + at, piece);
		at += piece;
		while ((rc = tws_reader_next(&r, &payload, &len, &e)) == 1) {
			FUZZ_HOLDS(len == frame->len - 4 && memcmp(payload, frame->p + 4, len) == 0,
			    "frame %zu is another", got);
			got++;
		}
		FUZZ_HOLDS(rc == 0, "%s", e.msg);
	}
	FUZZ_HOLDS(got == 3 && tws_reader_pending(&r) == 0, "%zu frames", got);
	tws_reader_free(&r);
	buf_free(&three);
}

/* ---- a message made of bytes ---- */

struct fuzz_tws_src {
	const uint8_t *p, *end;
	struct tws_arena *mem;
};

static inline unsigned
fuzz_tws_byte(struct fuzz_tws_src *s)
{
	return s->p < s->end ? *s->p++ : 0;
}

static inline uint64_t
fuzz_tws_bits(struct fuzz_tws_src *s)
{
	unsigned n = fuzz_tws_byte(s) % 9;
	uint64_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v = v << 8 | fuzz_tws_byte(s);
	return v;
}

/* Words that blocks hang on, and text of any bytes but NUL. */
static inline struct str
fuzz_tws_text(struct fuzz_tws_src *s)
{
	static const char *const words[] = { "BAG", "IBKRATS", "PEG BENCH", "PEG BEST", "PEG MID",
		"PEGMID", "LMT", "None", "?", "" };
	unsigned n = fuzz_tws_byte(s);
	char *p;

	if (n < 10)
		return str_z(words[n]);
	n %= 24;
	p = tws_arena_array(s->mem, n + 1, 1);
	for (unsigned i = 0; i < n; i++) {
		p[i] = (char)fuzz_tws_byte(s);
		if (!p[i])
			p[i] = ' ';
	}
	return (struct str){ p, n };
}

/* Any int64 but those that the wire keeps for "unset". */
static inline int64_t
fuzz_tws_int(struct fuzz_tws_src *s, int64_t unit)
{
	uint64_t u = fuzz_tws_bits(s);
	int64_t v;

	memcpy(&v, &u, sizeof v);
	if (v == INT64_MAX || v == INT32_MAX * unit)
		return 0;
	return v;
}

static inline void
fuzz_tws_fill(void *arg, const struct tws_row *r, void *at, int depth)
{
	struct fuzz_tws_src *s = arg;
	int64_t *i = at;

	switch ((enum tws_op)r->op) {
	case TWS_OP_K: return;
	case TWS_OP_STR: {
		struct str t = fuzz_tws_text(s);

		memcpy(at, &t, sizeof t);
		return;
	}
	case TWS_OP_BOOL: *(bool *)at = fuzz_tws_byte(s) & 1; return;
	case TWS_OP_LIST: {
		struct tws_any_list list = { depth < 2 ? fuzz_tws_byte(s) % 4 : 0, NULL };

		list.v = tws_arena_array(s->mem, list.n, r->sub->size);
		memcpy(at, &list, sizeof list);
		return;
	}
	case TWS_OP_F64: {
		uint64_t u = fuzz_tws_bits(s);
		double v;

		memcpy(&v, &u, sizeof v);
		*(double *)at = isfinite(v) && fabs(v) < 1.797e308 ? v : TWS_UNSET_F64;
		return;
	}
	case TWS_OP_SUM: {
		int64_t v = fuzz_tws_int(s, NUM_NANO);

		*(num_i128 *)at = v == INT64_MIN ? TWS_UNSET_SUM : (num_i128)v * 1000003;
		return;
	}
	case TWS_OP_I64:
		/* orders with conditions are refused */
		*i = strcmp(t_leaf(r->name), "conditions") == 0 ? 0 : fuzz_tws_int(s, 1);
		return;
	case TWS_OP_INT:
	case TWS_OP_INTM: *i = fuzz_tws_int(s, 1); return;
	case TWS_OP_PX0:
	case TWS_OP_DEC0:
		*i = fuzz_tws_int(s, NUM_NANO);
		if (!tws_set(*i))
			*i = 0;
		return;
	default: *i = fuzz_tws_int(s, NUM_NANO);
	}
}

static inline void
fuzz_tws_make(int sv, struct fuzz_tws_msg *m, struct fuzz_tws_src *s)
{
	struct t_walk w = { sv, fuzz_tws_fill, s };
	unsigned k = fuzz_tws_byte(s);

	if (m->request) {
		tws_request_init(&m->q, (enum tws_req)(k % TWS_Q_unknown));
		t_walk(&w, &tws_request_layouts[m->q.kind], &m->q.unknown, 0);
	} else {
		tws_event_init(&m->ev, (enum tws_ev)(k % TWS_E_unknown));
		t_walk(&w, &tws_event_layouts[m->ev.kind], &m->ev.unknown, 0);
	}
}

/* ---- the property ---- */

static inline void
fuzz_tws_holds(int sv, struct fuzz_tws_msg *m, const uint8_t *cuts, size_t ncuts)
{
	struct fuzz_tws_msg back = { .request = m->request };
	struct tws_arena mem = { 0 };
	struct buf once = { 0 }, twice = { 0 };
	struct err e = { 0 };

	/* what was read without the rest of its fields is not written */
	if (fuzz_tws_encode(sv, m, &once) < 0) {
		FUZZ_HOLDS(once.len == 0, "half a frame");
		FUZZ_HOLDS(!m->request && m->ev.kind == TWS_E_open_order &&
			       m->ev.open_order.order.conditions != 0,
		    "kind %d is not written", fuzz_tws_kind(m));
		buf_free(&once);
		return;
	}
	FUZZ_HOLDS(fuzz_tws_decode(sv, once.p + 4, once.len - 4, &back, &mem, &e) == 0,
	    "kind %d: %s", fuzz_tws_kind(m), e.msg);
	fuzz_tws_same(sv, m, &back);
	FUZZ_HOLDS(fuzz_tws_encode(sv, &back, &twice) == 0, "kind %d", fuzz_tws_kind(m));
	FUZZ_HOLDS(str_eq(buf_str(&once), buf_str(&twice)), "kind %d: other bytes the second time",
	    fuzz_tws_kind(m));
	fuzz_tws_cut(&once, cuts, ncuts);
	tws_arena_free(&mem);
	buf_free(&once);
	buf_free(&twice);
}

static inline int
fuzz_tws(bool request, const uint8_t *data, size_t size)
{
	struct fuzz_tws_msg m = { .request = request };
	struct tws_arena mem = { .max = 1 << 22 };
	struct err e = { 0 };
	int sv;

	if (size < 2)
		return 0;
	sv = TWS_VERSION_MIN + data[0] % 3;
	if (data[1] & 1) {
		struct fuzz_tws_src s = { data + 2, data + size, &mem };

		fuzz_tws_make(sv, &m, &s);
		fuzz_tws_holds(sv, &m, data, size);
	} else {
		/* a copy of just its size, so that a step too far is seen */
		char *copy = mem_dup(data + 2, size - 2);

		if (fuzz_tws_decode(sv, copy, size - 2, &m, &mem, &e) == 0)
			fuzz_tws_holds(sv, &m, data, size);
		else
			FUZZ_HOLDS(e.msg[0] && e.code == ERR_DATA, "refused without words");
		free(copy);
	}
	tws_arena_free(&mem);
	return 0;
}

#endif
