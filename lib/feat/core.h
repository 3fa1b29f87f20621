/*
 * The inside of the set `core`: its arguments, its state and its groups of columns. The columns
 * are described in feat-sets(7).
 */
#ifndef TP_FEAT_CORE_H
#define TP_FEAT_CORE_H

#include "feat/calendar.h"
#include "feat/entropy.h"
#include "feat/garch.h"
#include "feat/longmem.h"
#include "feat/set.h"
#include "feat/setargs.h"
#include "feat/smooth.h"
#include "feat/vol.h"

struct core_args {
	unsigned groups; /* bit i: core_groups[i] */
	struct setarg_ints windows, lags, macd;
	int vol, fit, every, rsi, atr, moments, hurst, entropy, order;
	double lambda, annual, d, threshold;
	struct setarg_f64s garch; /* omega, alpha, beta; none: estimated */
	char *session;            /* owned */
	struct sessions *hours;   /* NULL: none */
};

struct core_win {
	uint32_t d;
	struct roll_var close;
	struct roll_ext peak;
	struct roll_sum volume, path;
};

struct core {
	struct roll_past closes;
	struct core_win *win;
	struct rsi rsi;
	struct atr atr;
	struct macd macd;
	struct vol_range vol;
	struct garch garch;
	struct roll_mom moments;
	struct roll_cov pairs; /* a return and the one before it */
	struct dfa hurst;
	struct permutation order;
	struct entropy entropy;
	struct ffd ffd;
	struct calendar_day day;
	/* of the bar at hand */
	double prev, prev_ret, log_close, z; /* z: return over the deviation expected of it */
	struct vol_out v;
};

/* A group names its columns, lays out its state and writes its columns, in the same order.
 * push returns where the next group goes on. */
struct core_group {
	void (*names)(struct feat_set *s, const struct core_args *a);
	void (*init)(struct core *c, const struct core_args *a, struct roll_mem *m);
	double *(*push)(
	    struct core *c, const struct core_args *a, const struct feat_bar *b, double *out);
};

#define CORE_GROUPS "returns|shape|trend|windows|vol|garch|moments|memory|calendar"
#define CORE_NGROUPS 9

extern const struct core_group core_returns, core_shape, core_trend, core_windows, core_vol,
    core_garch, core_moments, core_memory, core_calendar;

#endif
