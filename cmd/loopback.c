#include "stage/loopback.h"

int
main(int argc, char **argv)
{
	return loopback_main(argc, argv);
}
