#include "pattern/pattern_scan.h"

int
main(int argc, char **argv)
{
	return stage_main(&pattern_scan_kind, argc, argv);
}
