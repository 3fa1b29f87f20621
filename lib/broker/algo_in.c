/*
 * An order that is to be worked through children. Its parameters are extra keys of the order
 * record:
 *	algo		twap, vwap, pov, iceberg
 *	duration	twap, vwap: how long ("10m", or seconds); pov: at most so long
 *	slices		twap, vwap: how many children, 2 to 100, 10 when not said
 *	profile		vwap: volume of each slice, a list of numbers of which only the ratios count
 *	participation	pov: part of the market's volume, above 0, at most 1
 *	display		iceberg: quantity that shows; pov: least quantity of a child
 */
#include "broker/engine.h"

#include "rec/json.h"

struct params {
	enum algo_kind kind;
	int64_t duration, slices, display;
	double participation;
	double weight[ALGO_SLICES];
};

static bool
span_of(const struct json *j, int64_t *ns)
{
	struct str s;
	double v;

	if (json_text(j, &s))
		return tim_span(s.p, s.n, ns) && *ns > 0;
	if (!json_f64(j, &v) || !(v > 0 && v < 1e9))
		return false;
	*ns = (int64_t)(v * 1e9);
	return true;
}

/*
 * The day's volume is a U: w(x) = 1 + 2 (2x - 1)^2 over the duration, three times as much at its
 * ends as in its middle. Who knows better says so in `profile`.
 */
static void
weigh(struct params *p)
{
	for (int64_t i = 0; i < p->slices; i++) {
		double x = (2 * (double)i + 1) / (double)p->slices - 1;

		p->weight[i] = 1 + 2 * x * x;
	}
}

static bool
profile(const struct json *j, struct params *p)
{
	double sum = 0;

	if (json_kind(j) != JSON_IS_ARRAY || json_len(j) < 2 || json_len(j) > ALGO_SLICES)
		return false;
	p->slices = (int64_t)json_len(j);
	for (size_t i = 0; i < json_len(j); i++) {
		if (!json_f64(json_at(j, i), &p->weight[i]) || p->weight[i] < 0)
			return false;
		sum += p->weight[i];
	}
	return sum > 0;
}

static const char *
read_slices(const struct json *j, struct params *p)
{
	p->slices = 10;
	if (!span_of(json_get(j, "duration"), &p->duration))
		return "duration is no span";
	if (json_get(j, "slices") && (!json_i64(json_get(j, "slices"), &p->slices) ||
					 p->slices < 2 || p->slices > ALGO_SLICES))
		return "slices must lie between 2 and 100";
	if (p->kind == ALGO_VWAP) {
		weigh(p);
		if (json_get(j, "profile") && !profile(json_get(j, "profile"), p))
			return "profile must be 2 to 100 numbers that are not all zero";
	}
	return NULL;
}

static const char *
read_params(const struct json *j, const struct rec *r, struct params *p)
{
	static const char *const names[] = { "", "twap", "vwap", "pov", "iceberg" };
	struct str name = { NULL, 0 };

	*p = (struct params){ 0 };
	json_text(json_get(j, "algo"), &name);
	for (int i = 1; i <= ALGO_ICEBERG; i++)
		if (str_eqz(name, names[i]))
			p->kind = (enum algo_kind)i;
	if (!p->kind)
		return "algo is none of twap, vwap, pov, iceberg";
	if (json_get(j, "display") &&
	    (!json_nano(json_get(j, "display"), &p->display) || p->display <= 0))
		return "display must be above zero";
	switch (p->kind) {
	case ALGO_TWAP:
	case ALGO_VWAP: return read_slices(j, p);
	case ALGO_POV:
		if (json_get(j, "duration") && !span_of(json_get(j, "duration"), &p->duration))
			return "duration is no span";
		if (!json_f64(json_get(j, "participation"), &p->participation) ||
		    !(p->participation > 0 && p->participation <= 1))
			return "participation must be above 0 and at most 1";
		return NULL;
	case ALGO_ICEBERG:
		if (p->display <= 0)
			return "an iceberg needs display";
		return r->order.ord_type == W_ord_limit ? NULL : "an iceberg is a limit order";
	}
	return NULL;
}

static const char *
read_order(const struct rec *r, struct params *p)
{
	struct buf text = { 0 };
	struct err e = { 0 };
	struct json *j;
	const char *wrong;

	buf_putc(&text, '{');
	buf_put(&text, r->extra.p, r->extra.n);
	buf_putc(&text, '}');
	j = json_parse_text(text.p, text.len, &e);
	wrong = j ? read_params(j, r, p) : "its extra keys are no JSON";
	json_free(j);
	buf_free(&text);
	if (wrong)
		return wrong;
	if (r->order.ord_type != W_ord_market && r->order.ord_type != W_ord_limit)
		return "an algorithm works market and limit orders";
	if (rec_has(r, F_order_parent_id) || rec_has(r, F_order_oca_group))
		return "an algorithm's order stands alone: no parent_id, no oca_group";
	return NULL;
}

static void
log_algo(struct broker *b, const struct rec *r, const struct params *p)
{
	const struct rec_order *f = &r->order;
	int64_t arrival = broker_sym(b, r->sym)->px;

	ent_begin(&b->ent, "algo");
	ent_str(&b->ent, "ref", f->cl_ord_id);
	ent_str(&b->ent, "sym", (struct str){ r->sym->name, r->sym->len });
	ent_str(&b->ent, "side", str_z(rec_word(REC_WL_side, f->side)));
	ent_i64(&b->ent, "qty", f->qty);
	ent_i64(&b->ent, "kind", p->kind);
	if (f->ord_type == W_ord_limit)
		ent_i64(&b->ent, "lmt", f->limit_price);
	if (rec_has(r, F_order_tif))
		ent_str(&b->ent, "tif", str_z(rec_word(REC_WL_tif, f->tif)));
	if (rec_has(r, F_order_outside_rth) && f->outside_rth)
		ent_i64(&b->ent, "orth", 1);
	if (rec_has(r, F_order_strategy))
		ent_str(&b->ent, "strat", f->strategy);
	ent_i64(&b->ent, "start", r->ts);
	ent_i64(&b->ent, "dur", p->duration);
	ent_i64(&b->ent, "n", p->slices);
	ent_i64(&b->ent, "disp", p->display);
	if (p->participation > 0)
		ent_f64(&b->ent, "part", p->participation);
	if (arrival)
		ent_i64(&b->ent, "arr", arrival);
	if (p->kind == ALGO_VWAP) {
		struct buf w = { 0 };
		char o[NUM_MAX];

		for (int64_t i = 0; i < p->slices; i++) {
			if (i)
				buf_putc(&w, ',');
			buf_put(&w, o, (size_t)(num_put_f64(o, p->weight[i]) - o));
		}
		ent_str(&b->ent, "prof", buf_str(&w));
		buf_free(&w);
	}
}

static bool
mentions_algo(struct str extra)
{
	static const char key[] = "\"algo\":";

	return extra.n && memmem(extra.p, extra.n, key, sizeof key - 1);
}

bool
algo_enter(struct broker *b, const struct rec *r, int *rc)
{
	struct bk_algo *a;
	struct params p;
	const char *wrong;

	if (!mentions_algo(r->extra))
		return false;
	wrong = b->o.whatif ? "an algorithm has no --whatif" : read_order(r, &p);
	if (wrong) {
		*rc = enter_refuse(b, r, r->order.cl_ord_id, "bad_algo", wrong, true);
		return true;
	}
	log_algo(b, r, &p);
	*rc = broker_log(b);
	if (*rc)
		return true;
	a = book_algo(b->book, r->order.cl_ord_id);
	a->got_at = b->mono;
	*rc = report_algo(b, a, W_ostat_new, (struct str){ NULL, 0 });
	if (!*rc)
		*rc = algo_step(b);
	return true;
}
