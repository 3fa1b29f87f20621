#include "bars/bar_agg.h"

int
main(int argc, char **argv)
{
	return stage_main(&bar_agg_kind, argc, argv);
}
