/* Whole windows by vectors of four; the same operations in the same order, so the same bits. */
#define TA_ISA(name) ta_##name##_avx2
#define TA_WIDTH 4

#include "feat/ta_op.h"

TA_RUN(fsum_avx2);
TA_RUN(linreg_avx2);
TA_RUN(avgdev_avx2);
TA_RUN(cci_avx2);
TA_RUN(trend_avx2);

#include "feat/ta_window.h"
