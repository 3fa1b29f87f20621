#include "stage/lookahead.h"

int
main(int argc, char **argv)
{
	return lookahead_main(argc, argv);
}
