/* pattern-scan: bars -> candlestick and chart patterns (man/pattern-scan.1). */
#ifndef TP_PATTERN_PATTERN_SCAN_H
#define TP_PATTERN_PATTERN_SCAN_H

#include "stage/stage.h"

extern const struct stage_kind pattern_scan_kind;

#endif
