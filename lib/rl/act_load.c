/* rl-act -m: models, their cards, and the market that they are shown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rl/act_int.h"

static int
open_card(struct act_net *n, const char *path, struct err *e)
{
	const char *text = rl_net_meta(n->net, RL_CARD_KEY), *env = rl_net_meta(n->net, "env");
	int rc = 0;

	if (env && strcmp(env, "market") != 0)
		rc = err_set(e, ERR_DATA,
		    "this policy was trained in %s; only what rl-train --env market made can trade",
		    env);
	else if (!text)
		rc = err_set(e, ERR_DATA,
		    "no card in it (metadata " RL_CARD_KEY "): what should it be shown?");
	if (rc == 0)
		rc = rl_card_get(&n->card, str_z(text), e);
	if (rc == 0 && strcmp(n->card.env, "market") != 0)
		rc = err_set(e, ERR_DATA, "this policy was trained in %s", n->card.env);
	return rc ? err_wrap(e, "%s", path) : 0;
}

static int
open_net(struct act_net *n, const char *path, struct err *e)
{
	n->net = rl_net_open(path, e);
	if (!n->net)
		return e->code;
	buf_printf(&n->policy, "rl:%s#%.8s", rl_net_name(n->net), rl_net_hash(n->net));
	return open_card(n, path, e);
}

static int
same_inputs(const struct act_net *a, const struct act_net *b, struct err *e)
{
	if (rl_card_same_inputs(&a->card, &b->card) &&
	    rl_net_discrete(a->net) == rl_net_discrete(b->net) &&
	    rl_net_acts(a->net) == rl_net_acts(b->net))
		return 0;
	return err_set(e, ERR_DATA,
	    "%s and %s do not see and do the same: their cards have other columns, symbols or "
	    "actions",
	    rl_net_name(a->net), rl_net_name(b->net));
}

static int
open_live(struct act *a, struct err *e)
{
	struct act_net *n = &a->net[0];
	struct rl_live_opts o = { .account = &a->account,
		.limits = a->limits,
		.symbols = &a->symbols,
		.share = a->share,
		.send = act_model_out,
		.arg = a };
	size_t acts = rl_net_acts(n->net);

	/* it lives as long as the stage: texts in the world point to it */
	o.strategy = a->strategy.p;
	a->live = rl_live_new(&n->card, rl_net_meta(n->net, "obs"), acts, rl_net_discrete(n->net),
	    &o, a->base.env->syms, e);
	if (!a->live)
		return e->code;
	if (rl_live_nobs(a->live) != rl_net_obs(n->net))
		return err_set(e, ERR_DATA, "%s sees %zu numbers, and its card says %zu",
		    rl_net_name(n->net), rl_net_obs(n->net), rl_live_nobs(a->live));
	a->obs = mem_array(rl_live_nobs(a->live), sizeof *a->obs);
	a->out = mem_array(acts, sizeof *a->out);
	a->probs = mem_array(acts, sizeof *a->probs);
	a->wants = mem_array(a->live->form.nsym, sizeof *a->wants);
	return 0;
}

static bool
measured(const struct rl_card *c)
{
	for (size_t i = 0; i < c->ncolumns; i++)
		if (c->columns[i].measured)
			return true;
	return false;
}

static int
load(struct act *a, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < a->models.n && rc == 0; i++) {
		a->nnets++;
		rc = open_net(&a->net[i], a->models.v[i], e);
		if (rc == 0 && i)
			rc = same_inputs(&a->net[0], &a->net[i], e);
	}
	if (rc == 0 && a->shadow_path) {
		rc = open_net(&a->shadow, a->shadow_path, e);
		if (rc == 0)
			rc = same_inputs(&a->net[0], &a->shadow, e);
	}
	if (rc)
		return rc;
	if (a->sample && !rl_net_discrete(a->net[0].net))
		return err_set(e, ERR_USAGE,
		    "--sample: %s puts out an action, not probabilities; it can only be asked for "
		    "that",
		    a->models.v[0]);
	if (a->max_psi > 0 && !measured(&a->net[0].card))
		return err_set(e, ERR_USAGE,
		    "--max-psi: the card of %s does not say what its columns were in training "
		    "(edges, shares)",
		    a->models.v[0]);
	for (size_t i = 0; i < a->nnets; i++) {
		buf_puts(&a->name, i ? "+" : "");
		buf_put(&a->name, a->net[i].policy.p, a->net[i].policy.len);
	}
	a->policy_name = str_z(buf_z(&a->name));
	a->strategy = str_z(a->strategy_text ? a->strategy_text : rl_net_name(a->net[0].net));
	return open_live(a, e);
}

static int
check_options(struct act *a)
{
	struct stage *st = &a->base;

	a->sample |= !a->deterministic;
	if (a->models.n > ACT_NETS)
		return stage_fail(st, ERR_USAGE, "--model: at most %d", ACT_NETS);
	if (a->signal_text && strcmp(a->signal_text, "too") != 0 &&
	    strcmp(a->signal_text, "only") != 0)
		return stage_fail(
		    st, ERR_USAGE, "--signal alone, or --signal=only: not '%s'", a->signal_text);
	if (a->max_psi < 0 || a->max_drawdown < 0 || a->max_drawdown >= 1 || a->min_hit_rate < 0 ||
	    a->min_hit_rate > 1)
		return stage_fail(st, ERR_USAGE,
		    "--max-psi must be 0 or more, --max-drawdown and --min-hit-rate 0 to 1");
	if (a->interval)
		return stage_fail(st, ERR_USAGE,
		    "--interval is for rules: a model sees the bars that it learned from");
	return 0;
}

static void
free_net(struct act_net *n)
{
	rl_net_free(n->net);
	rl_card_free(&n->card);
	buf_free(&n->policy);
	free(n->memory);
	*n = (struct act_net){ 0 };
}

static void
unload(struct act *a)
{
	rl_live_free(a->live);
	a->live = NULL;
	for (size_t i = 0; i < a->nnets; i++)
		free_net(&a->net[i]);
	free_net(&a->shadow);
	a->nnets = 0;
}

int
act_model_open(struct act *a)
{
	struct err *e = a->base.env->err;
	int rc = check_options(a);

	a->learned = true;
	a->status_due = TIM_NONE;
	rng_seed(&a->rng, (uint64_t)a->seed);
	if (rc == 0 && a->show_card) {
		struct act_net *n = &a->net[0];

		a->base.no_input = true;
		a->nnets = 1;
		n->net = rl_net_open(a->models.v[0], e);
		if (n->net && !rl_net_meta(n->net, RL_CARD_KEY))
			return err_set(e, ERR_DATA, "%s: no card in it (metadata " RL_CARD_KEY ")",
			    a->models.v[0]);
		return n->net ? 0 : e->code;
	}
	if (rc == 0)
		rc = act_health_open(a);
	if (rc)
		return rc;
	rc = load(a, e);
	/* Who named a fallback has said what to do without the model; a wrong command line is one.
	 */
	if (rc == 0 || rc == ERR_USAGE || !a->fallback_text)
		return rc;
	snprintf(
	    a->load_error, sizeof a->load_error, "%.*s", (int)sizeof a->load_error - 1, e->msg);
	unload(a);
	a->strategy = str_z(a->strategy_text ? a->strategy_text : "rl-act");
	return 0;
}

void
act_model_close(struct act *a)
{
	unload(a);
	act_health_close(a);
	free(a->view);
	free(a->obs);
	free(a->out);
	free(a->probs);
	free(a->wants);
	free(a->remembered);
	free(a->before);
	buf_free(&a->extra);
	buf_free(&a->text);
}
