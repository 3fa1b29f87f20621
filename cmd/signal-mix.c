#include "signal/mix.h"

int
main(int argc, char **argv)
{
	return stage_main(&signal_mix_kind, argc, argv);
}
