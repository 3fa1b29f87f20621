/* Rolling products with the FMA instruction. */
#define TA_PRODUCT(name) ta_##name##_avx2

#include "feat/ta_op.h"

TA_RUN(rdot_avx2);
TA_RUN(var_avx2);
TA_RUN(stddev_avx2);

#include "feat/ta_product.h"
