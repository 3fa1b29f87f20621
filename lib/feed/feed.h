/* Where market data comes from: files (ibkr-feed --replay) and made-up markets (tick-gen). */
#ifndef TP_FEED_FEED_H
#define TP_FEED_FEED_H

#include "stage/stage.h"

extern const struct stage_kind ibkr_feed_kind;
extern const struct stage_kind tick_gen_kind;

#endif
