#include "feat/feat_rank.h"

int
main(int argc, char **argv)
{
	return stage_main(&feat_rank_kind, argc, argv);
}
