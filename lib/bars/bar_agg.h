/* bar-agg: trades, quotes or smaller bars in, bars out. */
#ifndef TP_BARS_BAR_AGG_H
#define TP_BARS_BAR_AGG_H

#include "stage/stage.h"

extern const struct stage_kind bar_agg_kind;

#endif
