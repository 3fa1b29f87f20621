/* feat-rank: features with a label -> what each column is worth. */
#ifndef TP_FEAT_FEAT_RANK_H
#define TP_FEAT_FEAT_RANK_H

#include "stage/stage.h"

extern const struct stage_kind feat_rank_kind;

#endif
