/* The card of a policy, as it is written: see policy_card.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tim.h"
#include "rec/codec.h"
#include "rl/market_env.h"
#include "rl/policy_card.h"
#include "rl/train.h"

static void
put_text(struct buf *b, const char *key, const char *value)
{
	buf_printf(b, ",\"%s\":", key);
	rec_put_string(b, str_z(value));
}

static void
put_time(struct buf *b, const char *key, int64_t ts)
{
	char t[TIM_LEN];

	tim_put(t, ts);
	buf_printf(b, ",\"%s\":\"%.*s\"", key, TIM_LEN, t);
}

/* ---- parameters, but for those that say where files lie, and of when ---- */
struct params {
	struct buf *out;
	const void *now;
	size_t n;
};

static void
put_param(const struct opt *o, size_t off, void *arg)
{
	static const char *const not [] = { "data", "limits", "pipeline", "from", "to", "strategy",
		"instruments", NULL };
	struct params *p = arg;
	struct buf value = { 0 };

	for (size_t i = 0; not [i]; i++)
		if (strcmp(o->name, not [i]) == 0)
			return;
	if (opt_get(o, p->now, off, &value)) {
		buf_printf(p->out, "%s", p->n++ ? "," : "");
		rec_put_string(p->out, str_z(o->name));
		buf_putc(p->out, ':');
		rec_put_string(p->out, buf_str(&value));
	}
	buf_free(&value);
}

static void
put_params(struct buf *b, const struct rl_env *v)
{
	struct params p = { .out = b, .now = v };

	buf_puts(b, ",\"params\":{");
	opt_each(v->kind->opts, 0, put_param, &p);
	buf_putc(b, '}');
}

/* ---- columns ---- */
static int
by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? -1 : x > y;
}

/* The values of column i at the instants that episodes use, of all markets. */
static size_t
values(const struct market_env *m, size_t col, float *x)
{
	size_t n = 0;

	for (size_t k = 0; k < m->nmarkets; k++) {
		const struct rl_market *at = &m->market[k];

		for (size_t t = at->first; t <= at->last; t++)
			x[n++] = at->cols[t * at->ncols + col];
	}
	return n;
}

static void
describe(struct rl_card_column *c, float *x, size_t n)
{
	double sum = 0, square = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)x[i];
	c->mean = n ? sum / (double)n : 0;
	for (size_t i = 0; i < n; i++)
		square += ((double)x[i] - c->mean) * ((double)x[i] - c->mean);
	c->dev = n ? sqrt(square / (double)n) : 0;
	qsort(x, n, sizeof *x, by_value);
	for (size_t i = 0; i + 1 < RL_CARD_BINS; i++)
		c->edges[i] = n ? (double)x[n * (i + 1) / RL_CARD_BINS] : 0;
	for (size_t i = 0; i < n; i++)
		c->shares[rl_card_bin(c, (double)x[i])] += 1 / (double)n;
}

/* Edges are floats, and nine digits give the same float again; of the rest six are plenty. */
static void
put_column(struct buf *b, const struct rl_card_column *c)
{
	buf_puts(b, "\"name\":");
	rec_put_string(b, str_z(c->name));
	buf_printf(b, ",\"mean\":%.6g,\"dev\":%.6g,\"edges\":[", c->mean, c->dev);
	for (size_t i = 0; i + 1 < RL_CARD_BINS; i++)
		buf_printf(b, "%s%.9g", i ? "," : "", c->edges[i]);
	buf_puts(b, "],\"shares\":[");
	for (size_t i = 0; i < RL_CARD_BINS; i++)
		buf_printf(b, "%s%.5g", i ? "," : "", c->shares[i]);
	buf_puts(b, "]}");
}

static void
put_columns(struct buf *b, const struct market_env *m)
{
	const struct rl_market *k = m->market;
	size_t most = 0;

	for (size_t i = 0; i < m->nmarkets; i++)
		most += m->market[i].last - m->market[i].first + 1;
	float *x = mem_array(most, sizeof *x);
	buf_puts(b, ",\"columns\":[");
	for (size_t i = 0; i < k->ncols; i++) {
		const char *sym = symtab_at(k->syms, k->owner[i])->name;
		struct rl_card_column c = { .name = k->names[i] };

		describe(&c, x, values(m, i, x));
		buf_printf(b, "%s\n{", i ? "," : "");
		if (k->nsym > 1) {
			buf_printf(b, "\"sym\":\"%s\",", sym);
			c.name += strlen(sym) + 1;
		}
		put_column(b, &c);
	}
	buf_puts(b, "\n]");
	free(x);
}

static void
put_market(struct buf *b, struct rl_env *v, const struct market_env *m)
{
	const struct rl_market *all = m->each ? &m->whole : m->market;
	int64_t from, to, n = rl_market_span(v, &from, &to);

	put_text(b, "pipeline", m->pipeline ? m->pipeline : "");
	buf_puts(b, ",\"symbols\":[");
	for (size_t i = 0; i < all->nsym; i++)
		buf_printf(b, "%s\"%s\"", i ? "," : "", all->sym[i]->name);
	buf_printf(b, "],\"data\":{\"instants\":%lld", (long long)n);
	if (v->data_hash)
		put_text(b, "sha256", v->data_hash);
	put_time(b, "from", from);
	put_time(b, "to", to);
	put_time(b, "end", all->at[all->n - 1].ts);
	buf_putc(b, '}');
	put_columns(b, m);
}

void
rl_card_put(const struct rl_trainer *t, const char *const *more, struct buf *b)
{
	static const char *const nets[] = { "mlp", "lstm", "gru" };
	struct rl_env *v = t->env;
	const struct market_env *m = rl_market_of(v);

	buf_puts(b, "{\"format\":\"tradepipe-policy-1\"");
	put_text(b, "env", v->kind->name);
	put_params(b, v);
	put_text(b, "algo", t->algo->name);
	put_text(b, "net", nets[t->o.net]);
	put_text(b, "hidden", t->o.hidden ? t->o.hidden : "");
	buf_printf(b, ",\"seed\":%lld,\"steps\":%lld", (long long)t->o.seed, (long long)t->steps);
	buf_puts(b, ",\"run\":{");
	for (size_t i = 0; more && more[2 * i]; i++) {
		buf_puts(b, i ? "," : "");
		rec_put_string(b, str_z(more[2 * i]));
		buf_putc(b, ':');
		rec_put_string(b, str_z(more[2 * i + 1]));
	}
	buf_putc(b, '}');
	if (m)
		put_market(b, v, m);
	buf_putc(b, '}');
}
