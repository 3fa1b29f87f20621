#include "rl/act.h"

int
main(int argc, char **argv)
{
	return stage_main(&rl_act_kind, argc, argv);
}
