#include "risk/gate.h"

int
main(int argc, char **argv)
{
	return stage_main(&risk_gate_kind, argc, argv);
}
