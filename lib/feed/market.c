#include <math.h>
#include <stdlib.h>

#include "feed/market.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "base/tim.h"

/* One "LABEL:DRIFT:VOL[:STAY]". */
static bool
parse_regime(const char *text, int64_t stay, struct market_regime *g)
{
	struct str part[4] = { { NULL, 0 } };
	size_t n = 0;

	for (const char *p = text;; p++) {
		size_t k = strcspn(p, ":");

		if (n == 4)
			return false;
		part[n++] = (struct str){ p, k };
		p += k;
		if (!*p)
			break;
	}
	*g = (struct market_regime){ .stay = stay };
	if (n < 3 || part[0].n == 0 || part[0].n >= sizeof g->label)
		return false;
	memcpy(g->label, part[0].p, part[0].n);
	for (size_t i = 0; i < part[0].n; i++)
		if ((unsigned char)g->label[i] < 0x20)
			return false;
	return num_f64(part[1].p, part[1].n, &g->drift) && num_f64(part[2].p, part[2].n, &g->vol) &&
	       g->vol >= 0 && (n == 3 || (tim_span(part[3].p, part[3].n, &g->stay) && g->stay > 0));
}

int
market_parse_regimes(
    struct market_opts *o, const struct opt_list *list, int64_t stay, struct err *e)
{
	if (list->n > MARKET_REGIMES_MAX)
		return err_set(e, ERR_USAGE, "--regimes: more than %d", MARKET_REGIMES_MAX);
	for (size_t i = 0; i < list->n; i++)
		if (!parse_regime(list->v[i], stay, &o->regimes[i]))
			return err_set(e, ERR_USAGE,
			    "--regimes: '%s' is not LABEL:DRIFT:VOL[:STAY], as bull:0.3:0.15:2h",
			    list->v[i]);
	o->nregimes = list->n;
	return 0;
}

/* Drift and shock of one step of gbm. */
static void
set_gbm(struct market *m, double drift, double vol)
{
	m->trend = (drift - vol * vol / 2) * m->dt;
	m->shock = vol * m->root_dt;
}

static void
init_ou(struct market *m)
{
	double k = (double)m->o.step / (double)m->o.half_life; /* steps in half-lives */
	double ln2 = num_log(2), kappa = ln2 / ((double)m->o.half_life / m->o.year_ns);

	m->theta = num_log(m->o.start_price);
	m->pull = num_exp(-ln2 * k);
	m->shock = m->o.vol * sqrt((1 - m->pull * m->pull) / (2 * kappa));
}

static void
init_merton(struct market *m)
{
	const struct market_opts *o = &m->o;
	double k = num_exp(o->jump_mean + o->jump_vol * o->jump_vol / 2) - 1;

	set_gbm(m, o->drift - o->jump_rate * k, o->vol);
	for (size_t i = 0; i < m->n; i++)
		m->jump[i] = o->jump_rate > 0 ? rng_exponential(&m->rng) / o->jump_rate : INFINITY;
}

void
market_init(struct market *m, const struct market_opts *o, size_t nsymbols, uint64_t seed)
{
	*m = (struct market){ .o = *o, .n = nsymbols };
	rng_seed(&m->rng, seed);
	m->dt = (double)o->step / o->year_ns;
	m->root_dt = sqrt(m->dt);
	m->common = sqrt(o->correlation);
	m->own = sqrt(1 - o->correlation);
	m->x = mem_array(nsymbols, sizeof *m->x);
	m->v = mem_array(nsymbols, sizeof *m->v);
	m->jump = mem_array(nsymbols, sizeof *m->jump);
	for (size_t i = 0; i < nsymbols; i++) {
		m->x[i] = num_log(o->start_price);
		m->v[i] = o->vol * o->vol;
	}
	set_gbm(m, o->drift, o->vol);
	if (o->model == MARKET_OU)
		init_ou(m);
	else if (o->model == MARKET_MERTON)
		init_merton(m);
	else if (o->model == MARKET_REGIME) {
		for (size_t i = 0; i < o->nregimes; i++) {
			struct market_regime *g = &m->o.regimes[i];

			g->leave = 1 - num_exp(-(double)o->switch_step / (double)g->stay);
		}
		set_gbm(m, o->regimes[0].drift, o->regimes[0].vol);
	}
}

void
market_free(struct market *m)
{
	free(m->x);
	free(m->v);
	free(m->jump);
	m->x = m->v = m->jump = NULL;
}

bool
market_switch(struct market *m)
{
	const struct market_regime *g = m->o.regimes;
	size_t to;

	if (m->o.model != MARKET_REGIME || m->o.nregimes < 2)
		return false;
	if (rng_uniform(&m->rng) >= g[m->regime].leave)
		return false;
	to = (size_t)rng_below(&m->rng, m->o.nregimes - 1);
	m->regime = to < m->regime ? to : to + 1;
	set_gbm(m, g[m->regime].drift, g[m->regime].vol);
	return true;
}

static void
step_heston(struct market *m, size_t i, double z)
{
	const struct market_opts *o = &m->o;
	double v = m->v[i] > 0 ? m->v[i] : 0, root = sqrt(v) * m->root_dt;
	double w = o->leverage * z + sqrt(1 - o->leverage * o->leverage) * rng_normal(&m->rng);

	m->x[i] += (o->drift - v / 2) * m->dt + root * z;
	m->v[i] += o->reversion * (o->vol * o->vol - v) * m->dt + o->vol_of_vol * root * w;
}

static void
step_jumps(struct market *m, size_t i)
{
	const struct market_opts *o = &m->o;

	m->jump[i] -= m->dt;
	while (m->jump[i] <= 0) {
		m->x[i] += o->jump_mean + o->jump_vol * rng_normal(&m->rng);
		m->jump[i] += rng_exponential(&m->rng) / o->jump_rate;
	}
}

void
market_step(struct market *m)
{
	double shared = m->common > 0 ? m->common * rng_normal(&m->rng) : 0;

	for (size_t i = 0; i < m->n; i++) {
		double z = shared + m->own * rng_normal(&m->rng);

		switch (m->o.model) {
		case MARKET_OU:
			m->x[i] = m->theta + (m->x[i] - m->theta) * m->pull + m->shock * z;
			break;
		case MARKET_HESTON: step_heston(m, i, z); break;
		case MARKET_MERTON:
			m->x[i] += m->trend + m->shock * z;
			step_jumps(m, i);
			break;
		case MARKET_GBM:
		case MARKET_REGIME: m->x[i] += m->trend + m->shock * z; break;
		}
	}
}

double
market_price(const struct market *m, size_t symbol)
{
	return num_exp(m->x[symbol]);
}
