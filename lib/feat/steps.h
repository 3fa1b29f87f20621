/* The steps of feat-calc and their options: what works on rows (row.h). */
#ifndef TP_FEAT_STEPS_H
#define TP_FEAT_STEPS_H

#include "base/opt.h"
#include "feat/row.h"

/* Values of the steps' options, part of feat-calc's own. */
struct feat_step_opts {
	char none;
};

/* A group of feat-calc's option table; offsets into struct feat_step_opts. */
extern const struct opt feat_step_options[];

#endif
