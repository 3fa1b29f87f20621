/*
 * The body of dense.c, dense_avx2.c and dense_avx512.c: written once over vectors of VL floats, and
 * compiled once for each width. Included with VL, ROWS (rows a block of the product holds in
 * registers), SQRT (of a vector) and NAME set; everything is static, so the three do not meet.
 *
 * A product walks blocks of ROWS x (VECS * VL) of y with the sums in registers: each step of k
 * loads VECS vectors of w, broadcasts ROWS numbers of x and does ROWS * VECS fused multiply-adds.
 * The sum over k is in order for every element, so blocking does not change the bits.
 */
#include <math.h>
#include <string.h>

typedef float vec __attribute__((vector_size(VL * 4), aligned(4), may_alias));
typedef int32_t veci __attribute__((vector_size(VL * 4), aligned(4), may_alias));

#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

static inline vec
splat(float x)
{
	return x - (vec){ 0 };
}

/* Not by memcpy: GCC 12 copies 32 bytes in two halves through the stack. */
static inline vec
load(const float *p)
{
	return *(const vec *)p;
}

static inline void
store(float *p, vec v)
{
	*(vec *)p = v;
}

static inline vec
choose(veci mask, vec a, vec b)
{
	return (vec)((mask & (veci)a) | (~mask & (veci)b));
}

/* e^x = 2^n e^r with |r| <= log(2)/2: Cephes's polynomial (expf.c). */
static inline vec
exp_vec(vec x)
{
	x = choose(x > 88.0f, splat(88.0f), x);
	x = choose(x < -87.0f, splat(-87.0f), x);
	vec t = x * 1.44269504f, magic = splat(12582912.0f);
	vec n = (t + magic) - magic;
	vec r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
	vec p = splat(1.9875691500e-4f);

	p = p * r + 1.3981999507e-3f;
	p = p * r + 8.3334519073e-3f;
	p = p * r + 4.1665795894e-2f;
	p = p * r + 1.6666665459e-1f;
	p = p * r + 5.0000001201e-1f;
	p = p * r * r + r + 1.0f;
	veci e = (__builtin_convertvector(n, veci) + 127) << 23;
	return p * (vec)e;
}

/*
 * tanh as the quotient of an odd polynomial of degree 13 and an even one of degree 6, which is the
 * minimax pair of Eigen (Eigen/src/Core/MathFunctionsImpl.h, generic_fast_tanh_float): no
 * exponential and one division. Beyond 7.9 it is 1 to the last bit of a float.
 */
static inline vec
tanh_vec(vec x)
{
	x = choose(x > 7.90531110763549805f, splat(7.90531110763549805f), x);
	x = choose(x < -7.90531110763549805f, splat(-7.90531110763549805f), x);
	vec s = x * x, p = splat(-2.76076847742355e-16f), q = splat(1.19825839466702e-06f);

	p = p * s + 2.00018790482477e-13f;
	p = p * s + -8.60467152213735e-11f;
	p = p * s + 5.12229709037114e-08f;
	p = p * s + 1.48572235717979e-05f;
	p = p * s + 6.37261928875436e-04f;
	p = p * s + 4.89352455891786e-03f;
	q = q * s + 1.18534705686654e-04f;
	q = q * s + 2.26843463243900e-03f;
	q = q * s + 4.89352518554385e-03f;
	return x * p / q;
}

static inline vec
act_vec(enum nn_act act, vec x)
{
	if (act == NN_TANH)
		return tanh_vec(x);
	if (act == NN_RELU)
		return choose(x > 0.0f, x, splat(0));
	return x;
}

/* y[rows][vecs] = act(sum_k a[r * ras + k * cas] w[k] + b [+ y]) [* act'(x)] */
struct block {
	size_t k, ras, cas, ldw, ldy, ldx;
	const float *a, *w, *b, *x; /* b, x: NULL where there is none */
	enum nn_act act, back;      /* of y; of x, whose derivative multiplies */
	int add;
	float *y;
};

static inline __attribute__((always_inline)) void
block(const struct block *o, const float *a, const float *w, const float *b, const float *x,
    float *y, const int rows, const int vecs)
{
	vec sum[ROWS][4];

	UNROLL
	for (int r = 0; r < rows; r++)
		UNROLL
	for (int v = 0; v < vecs; v++) {
		sum[r][v] = b ? load(b + v * VL) : splat(0);
		if (o->add)
			sum[r][v] += load(y + (size_t)r * o->ldy + (size_t)(v * VL));
	}
	for (size_t k = 0; k < o->k; k++) {
		vec wv[4];

		UNROLL
		for (int v = 0; v < vecs; v++)
			wv[v] = load(w + k * o->ldw + (size_t)(v * VL));
		UNROLL
		for (int r = 0; r < rows; r++) {
			vec s = splat(a[(size_t)r * o->ras + k * o->cas]);

			UNROLL
			for (int v = 0; v < vecs; v++)
				sum[r][v] += s * wv[v];
		}
	}
	UNROLL
	for (int r = 0; r < rows; r++)
		UNROLL
	for (int v = 0; v < vecs; v++) {
		vec s = act_vec(o->act, sum[r][v]);

		if (x && o->back == NN_TANH) {
			vec h = load(x + (size_t)r * o->ldx + (size_t)(v * VL));

			s *= 1.0f - h * h;
		} else if (x && o->back == NN_RELU) {
			vec h = load(x + (size_t)r * o->ldx + (size_t)(v * VL));

			s = choose(h > 0.0f, s, splat(0));
		}
		store(y + (size_t)r * o->ldy + (size_t)(v * VL), s);
	}
}

/* All rows of one column block of `vecs` vectors. */
#define COLUMN(vecs) \
	static void column##vecs(const struct block *o, size_t m, size_t c) \
	{ \
		const float *b = o->b ? o->b + c : NULL; \
		size_t r = 0; \
		for (; r + ROWS <= m; r += ROWS) \
			block(o, o->a + r * o->ras, o->w + c, b, \
			    o->x ? o->x + r * o->ldx + c : NULL, o->y + r * o->ldy + c, ROWS, \
			    vecs); \
		for (; r < m; r++) \
			block(o, o->a + r * o->ras, o->w + c, b, \
			    o->x ? o->x + r * o->ldx + c : NULL, o->y + r * o->ldy + c, 1, vecs); \
	}
COLUMN(4)
COLUMN(2)
COLUMN(1)
#undef COLUMN

static void
product(const struct block *o, size_t m, size_t n)
{
	size_t c = 0;

#if WIDE == 4
	for (; c + (size_t)4 * VL <= n; c += (size_t)4 * VL)
		column4(o, m, c);
#else
	(void)column4;
#endif
	for (; c + (size_t)2 * VL <= n; c += (size_t)2 * VL)
		column2(o, m, c);
	for (; c < n; c += VL)
		column1(o, m, c);
}

static void
forward(size_t m, size_t n, size_t k, const float *x, size_t ldx, const float *w, size_t ldw,
    const float *b, enum nn_act act, int add, float *y, size_t ldy)
{
	struct block o = { .k = k,
		.ras = ldx,
		.cas = 1,
		.ldw = ldw,
		.ldy = ldy,
		.a = x,
		.w = w,
		.b = b,
		.act = act,
		.add = add,
		.y = y };

	product(&o, m, nn_pad(n));
}

static void
gradient(size_t m, size_t n, size_t k, const float *x, size_t ldx, const float *dy, size_t lddy,
    float *dw, size_t lddw, float *db)
{
	struct block o = { .k = m,
		.ras = 1,
		.cas = ldx,
		.ldw = lddy,
		.ldy = lddw,
		.a = x,
		.w = dy,
		.add = 1,
		.y = dw };

	product(&o, k, nn_pad(n));
	for (size_t c = 0; db && c < nn_pad(n); c += VL) {
		vec sum = load(db + c);

		for (size_t r = 0; r < m; r++)
			sum += load(dy + r * lddy + c);
		store(db + c, sum);
	}
}

static void
backward(size_t m, size_t n, size_t k, const float *dy, size_t lddy, const float *wt, size_t ldwt,
    const float *x, size_t ldx, enum nn_act act, float *dx, size_t lddx)
{
	struct block o = { .k = n,
		.ras = lddy,
		.cas = 1,
		.ldw = ldwt,
		.ldy = lddx,
		.ldx = ldx,
		.a = dy,
		.w = wt,
		.x = x,
		.back = act,
		.y = dx };

	product(&o, m, nn_pad(k));
}

/* Whole vectors in place, the rest through one that is padded. */
#define EACH(name, f) \
	static void name(size_t n, float *x) \
	{ \
		size_t i = 0; \
		for (; i + VL <= n; i += VL) \
			store(x + i, f(load(x + i))); \
		if (i < n) { \
			float t[VL] = { 0 }; \
			memcpy(t, x + i, (n - i) * sizeof *x); \
			store(t, f(load(t))); \
			memcpy(x + i, t, (n - i) * sizeof *x); \
		} \
	}

static inline vec
sigmoid_vec(vec x)
{
	return tanh_vec(x * 0.5f) * 0.5f + 0.5f;
}

EACH(exp_each, exp_vec)
EACH(tanh_each, tanh_vec)
EACH(sigmoid_each, sigmoid_vec)
#undef EACH

static void
adam_each(const struct nn_adam *a, size_t n, float *restrict w, const float *restrict g,
    float *restrict m, float *restrict v)
{
	float b1 = a->beta1, b2 = a->beta2, c1 = 1 - b1, c2 = 1 - b2, scale = a->scale;
	float rate = a->rate, root = a->root, eps = a->eps, keep = 1 - a->shrink;

	size_t i = 0;

	for (; i + VL <= n; i += VL) {
		vec d = load(g + i) * scale;
		vec mi = load(m + i) * b1 + d * c1, vi = load(v + i) * b2 + d * d * c2;

		store(m + i, mi);
		store(v + i, vi);
		store(w + i, load(w + i) * keep - mi * rate / (SQRT(vi) * root + eps));
	}
	for (; i < n; i++) {
		float d = g[i] * scale;

		m[i] = b1 * m[i] + c1 * d;
		v[i] = b2 * v[i] + c2 * d * d;
		w[i] = keep * w[i] - rate * m[i] / (sqrtf(v[i]) * root + eps);
	}
}

static double
sumsq(size_t n, const float *x)
{
	double s[8] = { 0 }, sum = 0;
	size_t i = 0;

	for (; i + 8 <= n; i += 8)
		for (int j = 0; j < 8; j++)
			s[j] += (double)x[i + (size_t)j] * (double)x[i + (size_t)j];
	for (; i < n; i++)
		s[0] += (double)x[i] * (double)x[i];
	for (int j = 0; j < 8; j++)
		sum += s[j];
	return sum;
}

static const struct nn_dense kernels = {
	.name = NAME,
	.forward = forward,
	.gradient = gradient,
	.backward = backward,
	.exp = exp_each,
	.tanh = tanh_each,
	.sigmoid = sigmoid_each,
	.adam = adam_each,
	.sumsq = sumsq,
};
