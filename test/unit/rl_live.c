/*
 * The live market against the one that episodes are made of: the same records and the same actions,
 * and at every instant the same observation, bit for bit, and the same targets.
 */
#include "rl/live.h"
#include "t.h"

#include <unistd.h>

#include "base/mem.h"
#include "rl/policy_net.h"
#include "rl/rl_train.h"

static struct err err;
static char data[200], model[200];

/* Days of three symbols; the third comes late, and now and then one has no bar. */
static void
make_data(void)
{
	const char *tmp = getenv("TMPDIR"), *dir = tmp ? tmp : "/tmp";
	double px[3] = { 50, 120, 8 };
	struct rng g;

	snprintf(data, sizeof data, "%s/rl_live.%ld.csv", dir, (long)getpid());
	snprintf(model, sizeof model, "%s/rl_live.%ld.onnx", dir, (long)getpid());
	FILE *f = fopen(data, "w");
	if (!f)
		exit(1);
	rng_seed(&g, 17);
	fprintf(f, "ts,sym,open,high,low,close,volume\n");
	for (int d = 0; d < 300; d++) {
		int y, m, day;

		tim_civil(17000 + d, &y, &m, &day);
		for (int s = 0; s < 3; s++) {
			double o = px[s] * (1 + 0.004 * rng_normal(&g));
			double c = o * (1 + 0.012 * rng_normal(&g));

			px[s] = c;
			if ((s == 2 && d < 20) || (d > 25 && rng_uniform(&g) < 0.03))
				continue;
			fprintf(f, "%04d-%02d-%02dT00:00:00Z,%s,%.2f,%.2f,%.2f,%.2f,%d\n", y, m,
			    day,
			    s == 0   ? "AAA"
			    : s == 1 ? "BBB"
				     : "CCC",
			    o, fmax(o, c) * 1.003, fmin(o, c) * 0.997, c,
			    (int)(1e5 * (1 + rng_uniform(&g))));
		}
	}
	fclose(f);
}

/* A model of an environment, hardly trained: it is its card that counts. */
static struct rl_net *
make_model(const char *text)
{
	struct rl_opts o = { 0 };

	opt_defaults(rl_opts_table, &o, &err);
	o.steps = 400;
	o.envs = 2;
	o.n_steps = 100;
	o.batch = 50;
	o.hidden = "8";
	struct rl_trainer *t = rl_trainer_new(&rl_ppo, &o, rl_env_new(text, 2, &err), &err);
	struct rl_net *n = NULL;
	if (t && rl_iterate(t) >= 0 && rl_model_save(t, model, NULL, &err) == 0)
		n = rl_net_open(model, &err);
	rl_trainer_free(t);
	return n;
}

struct heard {
	size_t n;
	double sum; /* of the weights sent, and where */
};

static int
hear(void *arg, struct rl_view *v, struct rec *r)
{
	struct heard *h = arg;

	(void)v;
	h->n++;
	h->sum += r->type == REC_target ? r->target.weight * (double)(1 + r->sym->id) : 1;
	return 0;
}

/* One instant of a market through the live one. 1: decide. */
static int
feed(struct rl_live *l, const struct rl_market *k, size_t t)
{
	struct rec wm;
	int rc = 0;

	for (uint32_t i = k->at[t].from; i < k->at[t].to && rc == 0; i++) {
		struct rec r = k->ev[i];

		if (r.type == REC_watermark) {
			rc = rl_live_watermark(l, &r);
			continue;
		}
		r.sym = symtab_get(l->env.syms, str_z(r.sym->name));
		rc = rl_live_push(l, &r);
	}
	if (rc == 0) { /* with `each`, an instant may be one for what others said */
		rec_init(&wm, REC_signal, k->at[t].ts, symtab_get(l->env.syms, str_z("OTHER")));
		rc = rl_live_push(l, &wm);
	}
	rec_init(&wm, REC_watermark, k->at[t].ts, NULL);
	return rc ? rc : rl_live_watermark(l, &wm);
}

static void
test_same(const char *more, uint64_t seed, const char *only, double share)
{
	char text[400];
	struct heard heard = { 0 };
	struct rl_card card = { 0 };
	struct account_opts account = { 0 };
	struct opt_list symbols = { .v = &only, .n = only != NULL };
	struct symtab *syms = symtab_new();
	size_t same = 0, steps = 0, sent = 0, holes = 0;
	struct rl_out out = { 0 };
	struct rng g;

	snprintf(text, sizeof text, "market,data=%s,%s", data, more);
	struct rl_net *net = make_model(text);
	struct rl_env *v = net ? rl_env_new(text, 1, &err) : NULL;
	if (!ok(v && rl_card_get(&card, str_z(rl_net_meta(net, RL_CARD_KEY)), &err) == 0,
		"%s: a model with its card: %s", more, err.msg) ||
	    !v)
		return;
	opt_defaults(account_options, &account, &err);
	struct rl_live_opts o = { .account = &account,
		.strategy = "rl-env",
		.symbols = &symbols,
		.share = share,
		.send = hear,
		.arg = &heard };
	struct rl_live *l = rl_live_new(
	    &card, rl_net_meta(net, "obs"), rl_net_acts(net), rl_net_discrete(net), &o, syms, &err);
	if (!ok(l != NULL, "%s: lives: %s", more, err.msg) || !l)
		return;
	struct market_copy *c = rl_env_copy(v, 0);
	float *a = mem_array(v->nobs, sizeof *a), *b = mem_array(v->nobs, sizeof *b), act[8];
	is_i64((int64_t)rl_live_nobs(l), (int64_t)v->nobs, "%s: as many numbers", more);
	rl_env_reset(v, 0, seed, a);
	const struct rl_market *k = c->market; /* of one symbol: a stream of that symbol */
	int decide = 0;
	for (size_t t = 0; t <= c->start; t++) {
		decide = feed(l, k, t);
		if (t < c->start && decide > 0 && l->nviews && rl_view_ready(l->view[0]))
			sent = 999; /* too early */
	}
	is_i64((int64_t)sent, 0, "%s: not ready before the first episode may begin", more);
	rng_seed(&g, 3);
	while (decide == 1) {
		struct rl_view *view = l->view[0];

		rl_view_observe(view, b);
		same += memcmp(a, b, v->nobs * sizeof *a) == 0;
		for (size_t i = 0; i < v->nobs; i++)
			holes += !isfinite(a[i]);
		steps++;
		for (size_t i = 0; i < v->act.n && i < 8; i++)
			act[i] = v->act.kind == RL_BOX ? (float)(rng_uniform(&g) * 2 - 1)
						       : (float)rng_below(&g, v->act.n);
		if (rl_view_apply(view, act) || out.truncated || out.terminated ||
		    rl_env_step(v, 0, act, a, &out) || out.truncated || out.terminated)
			break;
		decide = feed(l, k, c->t);
	}
	ok(steps > 150 && same == steps, "%s: %zu of %zu observations are the same bits", more,
	    same, steps);
	is_i64((int64_t)holes, 0, "%s: a window has no holes", more);
	ok(heard.n > 20, "%s: %zu targets", more, heard.n);
	rl_live_free(l);
	rl_card_free(&card);
	rl_net_free(net);
	rl_env_free(v);
	symtab_free(syms);
	free(a);
	free(b);
}

static struct rl_live *
open_share(const char *text, struct rl_net **net, struct rl_card *card, double share,
    struct heard *heard, struct symtab *syms)
{
	static struct account_opts account;
	static struct opt_list symbols;

	*net = make_model(text);
	opt_defaults(account_options, &account, &err);
	if (!*net || rl_card_get(card, str_z(rl_net_meta(*net, RL_CARD_KEY)), &err))
		return NULL;
	char *obs = mem_dup(rl_net_meta(*net, "obs"), strlen(rl_net_meta(*net, "obs")));
	struct rl_live_opts o = { .account = &account,
		.strategy = "rl-env",
		.symbols = &symbols,
		.share = share,
		.send = hear,
		.arg = heard };
	struct rl_live *l =
	    rl_live_new(card, obs, rl_net_acts(*net), rl_net_discrete(*net), &o, syms, &err);
	obs[0] ^= 1;
	ok(!rl_live_new(card, obs, rl_net_acts(*net), rl_net_discrete(*net), &o, syms, &err) &&
		strstr(err.msg, "disagree"),
	    "another observation is refused: %s", err.msg);
	free(obs);
	return l;
}

/* A share's position and cash are parts of the share; a loop waits for the account that is real. */
static void
test_share_in_loop(void)
{
	char text[400];
	struct heard heard = { 0 };
	struct rl_card card = { 0 };
	struct symtab *syms = symtab_new();
	struct rl_net *net;
	struct rec r;
	float obs[64], act = 1;
	int decide = 0;

	snprintf(text, sizeof text, "market,data=%s,each=true,action=weight,window=1", data);
	struct rl_live *l = open_share(text, &net, &card, 0.25, &heard, syms);
	struct rl_env *v = l ? rl_env_new(text, 1, &err) : NULL;
	if (!ok(v && v->nobs <= 64, "a share of a quarter lives: %s", err.msg) || !v)
		return;
	rl_env_reset(v, 0, 1, obs);
	const struct rl_market *k = ((struct market_copy *)rl_env_copy(v, 0))->market;
	size_t t = 0, at = card.ncolumns;
	while (t < 60 && !(decide == 1 && rl_view_ready(l->view[0])))
		decide = feed(l, k, t++);
	rl_view_observe(l->view[0], obs);
	ok(decide == 1 && obs[at] == 0 && obs[at + 1] == 1, "nothing is held, all is cash");
	rl_view_apply(l->view[0], &act);
	is_f64(heard.sum / (1 + l->view[0]->k.sym[0]->id), 0.25, 0, "a weight of 1 is the share");
	feed(l, k, t++);
	rl_view_observe(l->view[0], obs);
	ok(obs[at] > 0.9F && obs[at] < 1.1F, "the position is the share: %g", (double)obs[at]);
	ok(obs[at + 1] == 1 - obs[at], "the cash is what it leaves: %g", (double)obs[at + 1]);

	rec_init(&r, REC_signal, k->at[t].ts, k->sym[0]);
	r.sym = l->view[0]->k.sym[0];
	rec_set(&r, F_signal_source, r.signal.source, str_z("x"));
	rl_live_push(l, &r);
	rec_init(&r, REC_watermark, k->at[t].ts, NULL);
	rec_set(&r, F_watermark_loop, r.watermark.loop, true);
	is_i64(rl_live_watermark(l, &r), 0, "a loop: not yet");
	rec_init(&r, REC_portfolio, k->at[t].ts, NULL);
	rec_set(&r, F_portfolio_cash, r.portfolio.cash, 5000000);
	rec_set(&r, F_portfolio_equity, r.portfolio.equity, 5000000);
	rec_set(&r, F_portfolio_assumed, r.portfolio.assumed, true);
	is_i64(rl_live_push(l, &r), 0, "a shadow's account is not the one waited for");
	rec_set(&r, F_portfolio_assumed, r.portfolio.assumed, false);
	r.ts--;
	is_i64(rl_live_push(l, &r), 0, "nor is one of before");
	r.ts++;
	rec_set(&r, F_portfolio_equity, r.portfolio.equity, 7000000);
	is_i64(rl_live_push(l, &r), 1, "now it decides");
	is_i64(l->equity, 7000000, "on the real equity");
	rl_live_free(l);
	rl_card_free(&card);
	rl_net_free(net);
	rl_env_free(v);
	symtab_free(syms);
}

/* Not a card: refused with a reason, and freed. */
static void
test_bad_cards(void)
{
	static const char *const bad[] = { "", "[]", "{}", "{\"format\":\"tradepipe-policy-2\"}",
		"{\"format\":\"tradepipe-policy-1\",\"env\":\"market\"}",
		"{\"format\":\"tradepipe-policy-1\",\"env\":\"market\",\"params\":{\"a\":1}}",
		"{\"format\":\"tradepipe-policy-1\",\"env\":\"market\",\"symbols\":[\"A\",2],"
		"\"columns\":[]}",
		"{\"format\":\"tradepipe-policy-1\",\"env\":\"market\",\"symbols\":[\"A\"],"
		"\"columns\":[{\"name\":\"ret\",\"mean\":0,\"dev\":-1}]}",
		"{\"format\":\"tradepipe-policy-1\",\"env\":\"market\",\"symbols\":[\"A\"],"
		"\"columns\":[{\"name\":\"ret\",\"mean\":0,\"dev\":1,\"edges\":[1,2,3,4,5,6,7,8,7],"
		"\"shares\":[1,0,0,0,0,0,0,0,0,0]}]}",
		"{\"format\":\"tradepipe-policy-1\",\"env\":\"market\",\"symbols\":[\"A\"],"
		"\"columns\":[{\"name\":\"ret\",\"mean\":0,\"dev\":1,\"edges\":[1,2,3,4,5,6,7,8,9],"
		"\"shares\":[1,1,0,0,0,0,0,0,0,0]}]}",
		"{\"format\":\"tradepipe-policy-1\",\"env\":\"market\",\"symbols\":[\"A\"],"
		"\"columns\":[{\"name\":\"ret\",\"mean\":0,\"dev\":1,\"edges\":[1,2,3,4,5,6,7,8,9],"
		"\"shares\":[-1,2,0,0,0,0,0,0,0,0]}]}" };
	struct rl_card c;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		is_i64(
		    rl_card_get(&c, str_z(bad[i]), &err), ERR_DATA, "bad card %zu: %s", i, err.msg);
		rl_card_free(&c);
	}
	/* one from elsewhere need not know what its columns were in training */
	static const char bare[] =
	    "{\"format\":\"tradepipe-policy-1\",\"env\":\"market\",\"symbols\":[\"A\"],"
	    "\"columns\":[{\"name\":\"ret\"}]}";
	ok(rl_card_get(&c, str_z(bare), &err) == 0 && c.ncolumns == 1 && !c.columns[0].measured,
	    "a card whose columns have names alone");
	rl_card_free(&c);
	/* columns are floats: one that is an edge's decimal is not below it */
	static const char tenth[] =
	    "{\"format\":\"tradepipe-policy-1\",\"env\":\"market\",\"symbols\":[\"A\"],"
	    "\"columns\":[{\"name\":\"ret\",\"mean\":0,\"dev\":1,\"edges\":[0,0.7,1,2,3,4,5,6,7],"
	    "\"shares\":[1,0,0,0,0,0,0,0,0,0]}]}";
	is_i64(rl_card_get(&c, str_z(tenth), &err), 0, "a card with an edge at .7");
	is_i64((int64_t)rl_card_bin(&c.columns[0], (double)0.7f), 2, "a column of .7 is at it");
	rl_card_free(&c);
}

int
main(void)
{
	make_data();
	test_same("action=weights,window=3,deadband=0.1", 0, NULL, 0);
	test_same("each=true,action=levels,window=2", 1, "BBB", 1);
	test_same("each=true,action=weight,steps=200", 2, "CCC", 1);
	test_share_in_loop();
	test_bad_cards();
	remove(data);
	remove(model);
	return done_testing();
}
