#include "rl/stop.h"

#include "base/num.h"
#include "base/tim.h"

#define S(field) OPT_OFF(struct stop_opts, field)
const struct opt stop_options[] = {
	{ .kind = OPT_F64,
	    .name = "max-loss",
	    .arg = "PART",
	    .help = "end when so much of the capital is lost; 0: never",
	    .dflt = "0",
	    .off = S(max_loss) },
	{ .kind = OPT_F64,
	    .name = "max-drawdown",
	    .arg = "PART",
	    .help = "end when equity fell so far from its peak; 0: never",
	    .dflt = "0",
	    .off = S(max_drawdown) },
	{ .kind = OPT_FLAG,
	    .name = "day-end",
	    .help = "cut the episode at the end of the UTC day",
	    .off = S(day_end) },
	{ .kind = OPT_END },
};

bool
stop_by_account(const struct stop_opts *o, int64_t capital, int64_t peak, int64_t equity)
{
	double e = num_of_micro(equity);

	if (equity <= 0)
		return true;
	if (o->max_loss > 0 && e <= num_of_micro(capital) * (1 - o->max_loss))
		return true;
	return o->max_drawdown > 0 && e <= num_of_micro(peak) * (1 - o->max_drawdown);
}

/* A watermark at midnight closes the day before it. */
bool
stop_by_time(const struct stop_opts *o, int64_t ts, int64_t next)
{
	return o->day_end && tim_day(next - 1) > tim_day(ts - 1);
}
