/*
 * The small layers: each set of kernels against plain sums, gradients against differences, the
 * functions against libm, the optimiser against nn/optim.h, and that the bits of a row do not
 * depend on the batch it stands in.
 */
#include "base/mem.h"
#include "base/rng.h"
#include "nn/mlp.h"
#include "nn/optim.h"
#include "nn/rnn.h"
#include "unit/t.h"

static struct rng rng;

static float *
random_floats(size_t n)
{
	float *x = mem_array(n, sizeof *x);

	for (size_t i = 0; i < n; i++)
		x[i] = (float)rng_normal(&rng);
	return x;
}

static void
test_products(const struct nn_dense *f)
{
	double worst = 0;
	bool rows = true;

	for (int round = 0; round < 40; round++) {
		size_t m = 1 + rng_below(&rng, 40), k = 1 + rng_below(&rng, 70);
		size_t n = 1 + rng_below(&rng, 130), p = nn_pad(n);
		float *x = random_floats(m * k), *w = random_floats(k * p), *b = random_floats(p);
		float *y = mem_array(m * p, sizeof *y), *z = mem_array(p, sizeof *z);

		f->forward(m, n, k, x, k, w, p, b, NN_TANH, 0, y, p);
		for (size_t i = 0; i < m; i++)
			for (size_t j = 0; j < n; j++) {
				double s = (double)b[j];

				for (size_t l = 0; l < k; l++)
					s += (double)x[i * k + l] * (double)w[l * p + j];
				worst = fmax(worst, fabs(tanh(s) - (double)y[i * p + j]));
			}
		f->forward(1, n, k, x + (m - 1) * k, k, w, p, b, NN_TANH, 0, z, p);
		rows &= memcmp(z, y + (m - 1) * p, p * sizeof *z) == 0;
		free(x), free(w), free(b), free(y), free(z);
	}
	ok(worst < 1e-5, "%s: products and tanh, worst %.2g", f->name, worst);
	ok(rows, "%s: a row's bits do not depend on its batch", f->name);
}

static void
test_functions(const struct nn_dense *f)
{
	enum { N = 4003 };
	float x[N], e[N], t[N], s[N];
	double we = 0, wt = 0, ws = 0;

	for (int i = 0, middle = N / 2; i < N; i++)
		x[i] = e[i] = t[i] = s[i] = (float)(i - middle) / 25.0f;
	f->exp(N, e);
	f->tanh(N, t);
	f->sigmoid(N, s);
	for (int i = 0; i < N; i++) {
		we = fmax(we, fabs((double)e[i] / exp((double)x[i]) - 1));
		wt = fmax(wt, fabs((double)t[i] - tanh((double)x[i])));
		ws = fmax(ws, fabs((double)s[i] - 1 / (1 + exp(-(double)x[i]))));
	}
	ok(we < 3e-7 && wt < 4e-7 && ws < 4e-7, "%s: exp %.2g, tanh %.2g, sigmoid %.2g of libm",
	    f->name, we, wt, ws);
}

static void
test_adam(const struct nn_dense *f)
{
	enum { N = 1000 };
	float *w = random_floats(N), *u = mem_dup(w, N * sizeof *w), *m = mem_array(N, 4),
	      *v = mem_array(N, 4);
	struct nn_optim o;
	struct nn_optim_opts opts = {
		.kind = NN_ADAMW, .beta1 = 0.9f, .beta2 = 0.999f, .eps = 1e-5f
	};
	double worst = 0;

	nn_optim_init(&o, &opts, N);
	for (int i = 1; i <= 20; i++) {
		float *g = random_floats(N);
		struct nn_adam a = { .beta1 = 0.9f, .beta2 = 0.999f, .eps = 1e-5f, .scale = 1 };

		a.rate = (float)(0.01 / (1 - pow((double)0.9f, i)));
		a.root = (float)(1 / sqrt(1 - pow((double)0.999f, i)));
		f->adam(&a, N, w, g, m, v);
		nn_optim_step(&o, u, g, NULL, 0.01f);
		free(g);
	}
	for (int i = 0; i < N; i++)
		worst = fmax(worst, fabs((double)(w[i] - u[i])));
	ok(worst < 1e-5, "%s: Adam is that of optim.h, worst %.2g", f->name, worst);
	nn_optim_free(&o);
	free(w), free(u), free(m), free(v);
}

/* d sum(c . out) / d weights by central differences, at a sample of the weights. */
static void
test_mlp(enum nn_act act)
{
	enum { M = 7, IN = 5, OUT = 3 };
	struct nn_mlp p;
	struct nn_mlp_work k;
	size_t hidden[] = { 24, 19 };
	float *x = random_floats((size_t)M * IN), *c = random_floats((size_t)M * OUT);
	double worst = 0;
	float dx[M * NN_LANES];

	nn_mlp_shape(&p, 0, IN, hidden, 2, OUT, act);
	float *w = mem_array(p.nweights, sizeof *w), *g = mem_array(p.nweights, sizeof *g);
	nn_mlp_init(&p, w, &rng, 1.4, 1);
	nn_mlp_work_init(&k, &p, M);
	nn_mlp_forward(&p, w, M, x, IN, &k);
	for (size_t i = 0; i < M; i++)
		for (size_t j = 0; j < OUT; j++)
			nn_mlp_dout(&p, &k)[i * NN_LANES + j] = c[i * OUT + j];
	nn_mlp_backward(&p, w, M, x, IN, &k, g, dx);
	for (int probe = 0; probe < 120; probe++) {
		bool input = probe % 4 == 0;
		size_t i = input ? rng_below(&rng, (size_t)M * IN) : rng_below(&rng, p.nweights);
		float *at = input ? x + i : w + i, was = *at, h = 2e-3f;
		double sum[2] = { 0 };
		double got = (double)(input ? dx[i / IN * NN_LANES + i % IN] : g[i]);

		if (!input && was == 0 && g[i] == 0)
			continue; /* padding */
		for (int s = 0; s < 2; s++) {
			*at = s ? was + h : was - h;
			const float *y = nn_mlp_forward(&p, w, M, x, IN, &k);
			for (size_t r = 0; r < M; r++)
				for (size_t j = 0; j < OUT; j++)
					sum[s] += (double)(y[r * NN_LANES + j] * c[r * OUT + j]);
		}
		*at = was;
		worst =
		    fmax(worst, fabs((sum[1] - sum[0]) / 2 / (double)h - got) / (1 + fabs(got)));
	}
	ok(worst < (act == NN_RELU ? 0.15 : 6e-3), "gradients of a perceptron, %s: worst %.2g",
	    act == NN_RELU ? "ReLU" : "tanh", worst);
	nn_mlp_work_free(&k);
	free(w), free(g), free(x), free(c);
}

/* The recurrent layers once more in double, written from their definitions. */
static double
rnn_sum(const struct nn_rnn *p, const float *w, size_t T, size_t M, const float *x,
    const uint8_t *begins, const float *c)
{
	double total = 0;

	for (size_t m = 0; m < M; m++) {
		double h[32] = { 0 }, cell[32] = { 0 };

		for (size_t t = 0; t < T; t++) {
			double a[4][32] = { { 0 } }, rec[32] = { 0 }, next[32];
			size_t ng = p->gates / p->hp;

			if (begins[t * M + m])
				memset(h, 0, sizeof h), memset(cell, 0, sizeof cell);
			for (size_t q = 0; q < ng; q++)
				for (size_t j = 0; j < p->hidden; j++) {
					size_t at = q * p->hp + j;
					double r = 0, s = (double)w[p->b + at];

					for (size_t i = 0; i < p->in; i++)
						s += (double)x[(t * M + m) * p->in + i] *
						     (double)w[p->wx + i * p->gates + at];
					for (size_t i = 0; i < p->hidden; i++)
						r += h[i] * (double)w[p->wh + i * p->gates + at];
					rec[j] = r + (double)w[p->bn + j];
					a[q][j] = p->kind == NN_GRU && q == 2 ? s : s + r;
				}
			for (size_t j = 0; j < p->hidden; j++) {
				double g0 = 1 / (1 + exp(-a[0][j])), g1 = 1 / (1 + exp(-a[1][j]));

				if (p->kind == NN_LSTM) {
					cell[j] = g1 * cell[j] + g0 * tanh(a[2][j]);
					next[j] = tanh(cell[j]) / (1 + exp(-a[3][j]));
				} else
					next[j] =
					    (1 - g1) * tanh(a[2][j] + g0 * rec[j]) + g1 * h[j];
			}
			for (size_t j = 0; j < p->hidden; j++) {
				h[j] = next[j];
				total += h[j] * (double)c[(t * M + m) * p->hp + j];
			}
		}
	}
	return total;
}

static void
test_rnn(enum nn_rnn_kind kind)
{
	enum { T = 6, M = 3, IN = 4, H = 11 };
	struct nn_rnn p;
	struct nn_rnn_work k;
	uint8_t begins[T * M] = { 0 };
	float *x = random_floats((size_t)T * M * IN), *dh, *state;
	double worst = 0, got = 0, want;

	nn_rnn_shape(&p, 0, kind, IN, H);
	float *c = random_floats((size_t)T * M * p.hp);
	for (size_t i = 0; i < (size_t)T * M; i++)
		for (size_t j = H; j < p.hp; j++)
			c[i * p.hp + j] = 0;
	dh = mem_dup(c, (size_t)T * M * p.hp * sizeof *c);
	state = mem_array(M * p.state, sizeof *state);
	float *w = mem_array(p.nweights, sizeof *w), *g = mem_array(p.nweights, sizeof *g);
	nn_rnn_init(&p, w, &rng);
	begins[3 * M + 1] = 1;
	nn_rnn_work_init(&k, &p, T, M);
	const float *h = nn_rnn_forward(&p, w, T, M, x, begins, state, &k);
	for (size_t i = 0; i < (size_t)T * M * p.hp; i++)
		got += (double)(h[i] * c[i]);
	want = rnn_sum(&p, w, T, M, x, begins, c);
	is_f64(got, want, 1e-4, "%s: the sum of outputs", kind == NN_LSTM ? "LSTM" : "GRU");
	nn_rnn_backward(&p, w, T, M, x, begins, dh, &k, g);
	for (int probe = 0; probe < 150; probe++) {
		size_t i = rng_below(&rng, p.nweights);
		float was = w[i], d = 1e-3f;
		double up, down;

		if (kind == NN_LSTM && i >= p.bn)
			continue;
		w[i] = was + d;
		up = rnn_sum(&p, w, T, M, x, begins, c);
		w[i] = was - d;
		down = rnn_sum(&p, w, T, M, x, begins, c);
		w[i] = was;
		worst = fmax(worst, fabs((up - down) / 2e-3 - (double)g[i]));
	}
	ok(worst < 2e-3, "%s: gradients through time, worst %.2g", kind == NN_LSTM ? "LSTM" : "GRU",
	    worst);
	nn_rnn_work_free(&k);
	free(x), free(c), free(dh), free(state), free(w), free(g);
}

static void
test_orthogonal(void)
{
	float a[9 * 16];
	double worst = 0;

	nn_orthogonal(a, 9, 5, 16, &rng, 2);
	for (size_t i = 0; i < 5; i++)
		for (size_t j = 0; j < 5; j++) {
			double dot = 0;

			for (size_t k = 0; k < 9; k++)
				dot += (double)a[k * 16 + i] * (double)a[k * 16 + j];
			worst = fmax(worst, fabs(dot - (i == j ? 4 : 0)));
		}
	ok(worst < 1e-5, "orthogonal columns of length 2: worst %.2g", worst);
}

int
main(void)
{
	const struct nn_dense *sets[3] = { nn_dense_plain(), NULL, NULL };

	rng_seed(&rng, 1);
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		sets[1] = nn_dense_avx2();
	if (__builtin_cpu_supports("avx512f"))
		sets[2] = nn_dense_avx512();
#endif
	for (int i = 0; i < 3; i++) {
		if (!sets[i])
			continue;
		test_products(sets[i]);
		test_functions(sets[i]);
		test_adam(sets[i]);
	}
	test_mlp(NN_TANH);
	test_mlp(NN_RELU);
	test_rnn(NN_LSTM);
	test_rnn(NN_GRU);
	test_orthogonal();
	return done_testing();
}
