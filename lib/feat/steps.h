/* The steps of feat-calc and their options: what works on rows (row.h). */
#ifndef TP_FEAT_STEPS_H
#define TP_FEAT_STEPS_H

#include "base/opt.h"
#include "feat/row.h"

/* Values of the steps' options, part of feat-calc's own. */
struct feat_step_opts {
	const char *sectors, *benchmark, *fundamentals; /* files, a symbol */
	const char *factors, *cross;                    /* lists of calls (call.h) */
	const char *labels;
	const char *fit_scaler, *scaler;
	int scale, scaler_unknown;
	int64_t fit_until; /* TIM_NONE: not given */
	const char *fit_drift, *drift;
	int64_t drift_window, drift_status;
	double drift_psi, drift_ks;
};

/* A group of feat-calc's option table; offsets into struct feat_step_opts. */
extern const struct opt feat_step_options[];

/* A column of a name that no other has yet: 0 and its index, or ERR_USAGE. */
int
feat_step_column(struct feat_plan *plan, const char *name, size_t *at, struct err *e);

extern const struct feat_step_kind feat_step_factor, feat_step_cross, feat_step_drift,
    feat_step_scale, feat_step_label;

#endif
