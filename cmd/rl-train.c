#include "rl/rl_train.h"

int
main(int argc, char **argv)
{
	return rl_train_main(argc, argv);
}
