#include "stage/piperun.h"

int
main(int argc, char **argv)
{
	return pipe_run_main(argc, argv);
}
