#include "sim/sim.h"

int
main(int argc, char **argv)
{
	return ibkr_sim_main(argc, argv);
}
