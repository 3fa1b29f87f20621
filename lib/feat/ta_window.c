/* Whole windows: the kernels for any processor, and the operations. */
#define TA_ISA(name) ta_##name##_plain
#define TA_WIDTH 2

#include "feat/ta_op.h"

TA_RUN(fsum_plain);
TA_RUN(fsum_avx2);
TA_RUN(linreg_plain);
TA_RUN(linreg_avx2);
TA_RUN(avgdev_plain);
TA_RUN(avgdev_avx2);
TA_RUN(cci_plain);
TA_RUN(cci_avx2);
TA_RUN(trend_plain);
TA_RUN(trend_avx2);

#include "feat/ta_window.h"

static size_t
cci_state(const struct ta_node *n)
{
	return sizeof(struct cci) + (size_t)n->n * sizeof(double);
}

#define WINDOW(op, outputs) \
	const struct ta_op ta_op_##op = { .name = #op, \
		.nin = 1, \
		.nout = (outputs), \
		.hist = { { 0, 1 } }, \
		.run = ta_##op##_plain, \
		.run_avx2 = TA_AVX2(ta_##op##_avx2) };
WINDOW(fsum, 1)
WINDOW(linreg, 2)
WINDOW(avgdev, 1)
const struct ta_op ta_op_cci = { .name = "cci",
	.nin = 1,
	.nout = 1,
	.state_of = cci_state,
	.run = ta_cci_plain,
	.run_avx2 = TA_AVX2(ta_cci_avx2) };
const struct ta_op ta_op_trend = { .name = "trend",
	.nin = 2,
	.nout = 1,
	.hist = { { TA_CYCLE, 0 } },
	.state = sizeof(struct trend),
	.run = ta_trend_plain,
	.run_avx2 = TA_AVX2(ta_trend_avx2) };
