#include "regime/regime.h"

int
main(int argc, char **argv)
{
	return stage_main(&regime_detect_kind, argc, argv);
}
