#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "rl/policy_card.h"
#include "rl/rl_train.h"

static void
put_names(struct buf *b, const char *const *names, size_t n)
{
	buf_clear(b);
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s%s", i ? "," : "", names[i]);
}

/* What a reader needs to feed the model and to follow it. */
static void
card(const struct rl_trainer *t, const char *const *more, struct onnx_writer *w)
{
	const struct rl_env *v = t->env;
	const char *const kinds[] = { "mlp", "lstm", "gru" };
	struct buf b = { 0 };
	char num[NUM_MAX];

	onnx_write_meta(w, "kind", "policy");
	onnx_write_meta(w, "env", v->kind->name);
	onnx_write_meta(w, "algo", t->algo->name);
	put_names(&b, v->obs_names, v->nobs);
	onnx_write_meta(w, "obs", buf_z(&b));
	put_names(&b, v->act.names, v->act.n);
	onnx_write_meta(w, "actions", buf_z(&b));
	onnx_write_meta(w, "action_scheme", v->act.kind == RL_DISCRETE ? "discrete" : "box");
	if (v->act.kind == RL_BOX) {
		buf_clear(&b);
		for (size_t i = 0; i < v->act.n; i++) {
			buf_printf(&b, "%s", i ? "," : "");
			buf_put(&b, num, (size_t)(num_put_f64(num, v->act.lo[i]) - num));
			buf_putc(&b, ':');
			buf_put(&b, num, (size_t)(num_put_f64(num, v->act.hi[i]) - num));
		}
		onnx_write_meta(w, "action_bounds", buf_z(&b));
	}
	onnx_write_meta(w, "normalisation", t->norm.on ? "in the graph" : "none");
	onnx_write_meta(w, "net", kinds[t->o.net]);
	buf_clear(&b);
	buf_printf(&b, "%lld", (long long)t->steps);
	onnx_write_meta(w, "steps", buf_z(&b));
	buf_clear(&b);
	buf_printf(&b, "%lld", (long long)t->o.seed);
	onnx_write_meta(w, "seed", buf_z(&b));
	if (v->data_hash)
		onnx_write_meta(w, "data_sha256", v->data_hash);
	buf_clear(&b);
	rl_card_put(t, more, &b);
	onnx_write_meta(w, RL_CARD_KEY, buf_z(&b));
	buf_free(&b);
}

/* normalised = clip((obs - mu) * inv, -10, 10), as rl_norm_apply does it */
static const char *
normalise(const struct rl_trainer *t, struct onnx_writer *w)
{
	int64_t n = (int64_t)t->env->nobs;
	float lo = -10, hi = 10;

	if (!t->norm.on)
		return "obs";
	onnx_write_f32(w, "mu", &n, 1, t->norm.mu);
	onnx_write_f32(w, "inv", &n, 1, t->norm.inv);
	onnx_write_f32(w, "least", NULL, 0, &lo);
	onnx_write_f32(w, "most", NULL, 0, &hi);
	onnx_write_node(w, "Sub", "centre", "obs mu", "centred");
	onnx_write_node(w, "Mul", "scale", "centred inv", "scaled");
	onnx_write_node(w, "Clip", "clip", "scaled least most", "normalised");
	return "normalised";
}

int
rl_model_save(const struct rl_trainer *t, const char *path, const char *const *more, struct err *e)
{
	struct onnx_writer *w = onnx_writer_new("policy");
	int64_t dims[] = { -1, (int64_t)t->env->nobs };
	int rc;

	for (size_t i = 0; i < t->nw; i++)
		if (!isfinite(t->w[i])) {
			onnx_writer_free(w);
			return err_set(e, ERR_FAIL,
			    "the weights are no longer finite: training diverged; try a smaller "
			    "--lr");
		}
	onnx_write_input(w, "obs", dims, 2);
	t->algo->graph(t, w, normalise(t, w));
	card(t, more, w);
	for (; more && more[0]; more += 2)
		onnx_write_meta(w, more[0], more[1]);
	rc = onnx_writer_save(w, path, e);
	onnx_writer_free(w);
	return rc;
}
