#include "feat/feat_calc.h"

int
main(int argc, char **argv)
{
	return stage_main(&feat_calc_kind, argc, argv);
}
