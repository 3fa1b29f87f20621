#include <math.h>
#include <string.h>

#include "base/num.h"
#include "rl/ppo.h"

#define LOG_SQRT_2PI 0.91893853320467274

enum { POLICY_LOSS, VALUE_LOSS, ENTROPY, KL, CLIPPED };

/* One sample's loss by the log probability: the clipped ratio times the advantage. Returns
 * d loss / d logp. */
static double
surrogate(struct ppo *p, double logp, double old, double adv)
{
	const struct rl_opts *o = &p->base.o;
	double clip = o->clip * rl_schedule(&p->base);
	double log_ratio = logp - old, ratio = num_exp(log_ratio > 20 ? 20 : log_ratio);
	double held = ratio < 1 - clip ? 1 - clip : ratio > 1 + clip ? 1 + clip : ratio;
	bool out = held * adv < ratio * adv;

	p->stat[POLICY_LOSS] -= out ? held * adv : ratio * adv;
	p->stat[KL] += ratio - 1 - log_ratio;
	p->stat[CLIPPED] += held != ratio;
	return out ? 0 : -adv * ratio;
}

/* Gradients by the logits of one sample, of loss and of entropy. */
static void
discrete(struct ppo *p, size_t i, const float *out, float *d, double scale, double entropy)
{
	const struct nn_dense *f = nn_dense();
	size_t n = p->net.nout, a = (size_t)p->mb_act[i];
	float e[256], most = out[rl_argmax(out, n)], sum = 0;
	double log_sum, h = 0, dlogp;

	for (size_t j = 0; j < n; j++)
		e[j] = out[j] - most;
	f->exp(n, e);
	for (size_t j = 0; j < n; j++)
		sum += e[j];
	log_sum = num_log((double)sum);
	for (size_t j = 0; j < n; j++) {
		e[j] /= sum;
		h -= (double)e[j] * ((double)(out[j] - most) - log_sum);
	}
	p->stat[ENTROPY] += h;
	dlogp = surrogate(
	    p, (double)(out[a] - most) - log_sum, (double)p->mb_logp[i], (double)p->mb_adv[i]);
	for (size_t j = 0; j < n; j++) {
		double q = (double)e[j], lq = (double)(out[j] - most) - log_sum;

		d[j] = (float)(scale * (dlogp * ((j == a) - q) + entropy * q * (lq + h)));
	}
}

static void
box(struct ppo *p, size_t i, const float *out, float *d, double scale, double entropy)
{
	size_t n = p->net.nout;
	const float *log_std = p->base.w + p->net.log_std;
	float *g = p->g + p->net.log_std;
	double logp = 0, dlogp;

	for (size_t j = 0; j < n; j++) {
		double s = num_exp((double)log_std[j]);
		double z = ((double)p->mb_act[i * n + j] - (double)out[j]) / s;

		logp -= z * z / 2 + (double)log_std[j] + LOG_SQRT_2PI;
		p->stat[ENTROPY] += (double)log_std[j] + LOG_SQRT_2PI + 0.5;
	}
	dlogp = surrogate(p, logp, (double)p->mb_logp[i], (double)p->mb_adv[i]);
	for (size_t j = 0; j < n; j++) {
		double s = num_exp((double)log_std[j]);
		double z = ((double)p->mb_act[i * n + j] - (double)out[j]) / s;

		d[j] = (float)(scale * dlogp * z / s);
		g[j] += (float)(scale * (dlogp * (z * z - 1) - entropy));
	}
}

/* Unit u of the order (a step, or recurrent: a whole sequence) to place m of M of the minibatch. */
static void
gather(struct ppo *p, size_t u, size_t m, size_t M)
{
	size_t n = p->base.env->n, nobs = p->net.nobs, T = p->net.recurrent ? p->T : 1;

	for (size_t k = 0; k < T; k++) {
		size_t from = p->net.recurrent ? k * n + u : u, to = k * M + m;

		memcpy(p->mb_obs + to * nobs, p->obs + from * nobs, nobs * sizeof *p->obs);
		memcpy(p->mb_act + to * p->dim, p->act + from * p->dim, p->dim * sizeof *p->act);
		p->mb_logp[to] = p->logp[from];
		p->mb_adv[to] = p->adv[from];
		p->mb_ret[to] = p->ret[from];
		p->mb_begins[to] = p->begins[from];
	}
	memcpy(p->mb_memory + m * p->net.state, p->memory0 + u * p->net.state,
	    p->net.state * sizeof *p->memory);
}

static void
normalise(float *x, size_t n)
{
	double mean = 0, var = 0;

	for (size_t i = 0; i < n; i++)
		mean += (double)x[i];
	mean /= (double)n;
	for (size_t i = 0; i < n; i++)
		var += ((double)x[i] - mean) * ((double)x[i] - mean);
	double inv = 1 / (sqrt(var / (double)(n > 1 ? n - 1 : 1)) + 1e-8);
	for (size_t i = 0; i < n; i++)
		x[i] = (float)(((double)x[i] - mean) * inv);
}

static double
entropy_now(const struct rl_trainer *t)
{
	double done = (double)t->steps / (double)t->o.steps;

	if (t->o.entropy_end < 0)
		return t->o.entropy;
	return t->o.entropy + (t->o.entropy_end - t->o.entropy) * (done < 1 ? done : 1);
}

/* One minibatch of M units that stand in mb_*. */
static void
learn(struct ppo *p, size_t M)
{
	struct rl_trainer *t = &p->base;
	size_t T = p->net.recurrent ? p->T : 1, rows = T * M, ld = nn_pad(p->net.nout);
	double scale = 1 / (double)rows, entropy = entropy_now(t);
	float *dout = nn_mlp_dout(&p->net.pi, &p->batch.pi);
	float *dval = nn_mlp_dout(&p->net.vf, &p->batch.vf);

	if (t->o.norm_adv && rows > 1)
		normalise(p->mb_adv, rows);
	memset(p->g, 0, t->nw * sizeof *p->g);
	acnet_forward(&p->net, t->w, T, M, p->mb_obs, p->mb_begins, p->mb_memory, true, &p->batch);
	for (size_t i = 0; i < rows; i++) {
		double dv = (double)p->batch.value[i * NN_LANES] - (double)p->mb_ret[i];

		p->stat[VALUE_LOSS] += dv * dv;
		dval[i * NN_LANES] = (float)(2 * scale * t->o.vf_coef * dv);
		(p->net.box ? box : discrete)(
		    p, i, p->batch.out + i * ld, dout + i * ld, scale, entropy);
	}
	p->nstat += (double)rows;
	acnet_backward(&p->net, t->w, T, M, p->mb_obs, p->mb_begins, &p->batch, p->g);
	rl_adam_step(&p->adam, t->w, p->g, t->o.lr * rl_schedule(t), t->o.adam_eps, t->o.max_norm);
}

static void
tell(struct ppo *p)
{
	static const char *const names[] = { "policy_loss", "value_loss", "entropy", "approx_kl",
		"clipped" };

	for (int i = 0; i < 5; i++)
		rl_metric_set(&p->base, names[i], p->stat[i] / p->nstat);
	rl_metric_set(&p->base, "lr", p->base.o.lr * rl_schedule(&p->base));
}

void
ppo_learn(struct ppo *p)
{
	struct rl_trainer *t = &p->base;
	size_t n = t->env->n, units = p->net.recurrent ? n : p->T * n;
	size_t each = p->net.recurrent ? p->mb_rows / p->most : p->mb_rows;
	int64_t epochs = t->algo == &rl_a2c ? 1 : t->o.epochs;

	memset(p->stat, 0, sizeof p->stat);
	p->nstat = 0;
	for (size_t i = 0; i < units; i++)
		p->order[i] = (uint32_t)i;
	for (int64_t e = 0; e < epochs; e++) {
		double kl = p->stat[KL], rows = p->nstat;

		for (size_t i = units; i-- > 1;) {
			size_t j = rng_below(&t->rng, i + 1);
			uint32_t was = p->order[i];

			p->order[i] = p->order[j];
			p->order[j] = was;
		}
		for (size_t at = 0; at < units; at += each) {
			size_t M = units - at < each ? units - at : each;

			for (size_t m = 0; m < M; m++)
				gather(p, p->order[at + m], m, M);
			learn(p, M);
		}
		if (t->o.target_kl > 0 &&
		    (p->stat[KL] - kl) / (p->nstat - rows) > 1.5 * t->o.target_kl)
			break;
	}
	tell(p);
}
