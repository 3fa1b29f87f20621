#include "feat/steps.h"

const struct opt feat_step_options[] = {
	{ .kind = OPT_END },
};

const struct feat_step_kind *const feat_step_kinds[] = {
	NULL,
};
