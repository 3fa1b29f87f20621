/* rl-act: bars (later: features, signals, images) -> targets, by a policy. */
#ifndef TP_RL_ACT_H
#define TP_RL_ACT_H

#include "stage/stage.h"

extern const struct stage_kind rl_act_kind;

#endif
