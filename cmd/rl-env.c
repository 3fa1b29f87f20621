#include "rl/rl_env.h"

int
main(int argc, char **argv)
{
	return rl_env_main(argc, argv);
}
