/* feat-calc: bars -> features, by sets, expressions and steps. */
#ifndef TP_FEAT_FEAT_CALC_H
#define TP_FEAT_FEAT_CALC_H

#include "stage/stage.h"

extern const struct stage_kind feat_calc_kind;

#endif
