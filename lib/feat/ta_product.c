/* Rolling products: the kernels for any processor, and the choice. */
#define TA_PRODUCT(name) ta_##name##_plain

#include "feat/ta_op.h"

TA_RUN(rdot_plain);
TA_RUN(var_plain);
TA_RUN(stddev_plain);

#include "feat/ta_product.h"

#ifdef __x86_64__
TA_RUN(rdot_avx2);
TA_RUN(var_avx2);
TA_RUN(stddev_avx2);

#define CHOOSE(op) \
	static void op##_run(const struct ta_job *j, size_t k, size_t n) \
	{ \
		if (__builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2")) \
			ta_##op##_avx2(j, k, n); \
		else \
			ta_##op##_plain(j, k, n); \
	}
#else
#define CHOOSE(op) \
	static void op##_run(const struct ta_job *j, size_t k, size_t n) \
	{ \
		ta_##op##_plain(j, k, n); \
	}
#endif

CHOOSE(rdot)
CHOOSE(var)
CHOOSE(stddev)

const struct ta_op ta_op_rdot = { .name = "rdot",
	.nin = 2,
	.nout = 1,
	.hist = { { 0, 1 }, { 0, 1 } },
	.state = sizeof(struct product),
	.run = rdot_run };
const struct ta_op ta_op_var = { .name = "var", .nin = 2, .nout = 1, .run = var_run };
const struct ta_op ta_op_stddev = { .name = "stddev", .nin = 2, .nout = 1, .run = stddev_run };
