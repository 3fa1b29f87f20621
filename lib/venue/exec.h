/* The stage kind of ibkr-exec. */
#ifndef TP_VENUE_EXEC_H
#define TP_VENUE_EXEC_H

#include "stage/stage.h"

extern const struct stage_kind ibkr_exec_kind;

#endif
