#include "gaf/gaf_encode.h"

int
main(int argc, char **argv)
{
	return stage_main(&gaf_encode_kind, argc, argv);
}
