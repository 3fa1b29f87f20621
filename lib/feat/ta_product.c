/* Rolling products: the kernels for any processor, and the operations. */
#define TA_PRODUCT(name) ta_##name##_plain

#include "feat/ta_op.h"

TA_RUN(rdot_avx2);
TA_RUN(var_avx2);
TA_RUN(stddev_avx2);
TA_RUN(rdot_plain);
TA_RUN(var_plain);
TA_RUN(stddev_plain);

#include "feat/ta_product.h"

const struct ta_op ta_op_rdot = { .name = "rdot",
	.nin = 2,
	.nout = 1,
	.hist = { { 0, 1 }, { 0, 1 } },
	.state = sizeof(struct product),
	.run = ta_rdot_plain,
	.run_avx2 = TA_AVX2(ta_rdot_avx2) };
const struct ta_op ta_op_var = {
	.name = "var", .nin = 2, .nout = 1, .run = ta_var_plain, .run_avx2 = TA_AVX2(ta_var_avx2)
};
const struct ta_op ta_op_stddev = { .name = "stddev",
	.nin = 2,
	.nout = 1,
	.run = ta_stddev_plain,
	.run_avx2 = TA_AVX2(ta_stddev_avx2) };
