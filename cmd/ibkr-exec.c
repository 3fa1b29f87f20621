#include "venue/exec.h"

int
main(int argc, char **argv)
{
	return stage_main(&ibkr_exec_kind, argc, argv);
}
