/* rl-env: an environment over stdin and stdout, a request and an answer a line (man/rl-env.1). */
#ifndef TP_RL_RL_ENV_H
#define TP_RL_RL_ENV_H

#include "stage/stage.h"

extern const struct stage_kind rl_env_tool_kind;

int
rl_env_main(int argc, char **argv);

#endif
