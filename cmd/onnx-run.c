#include "onnx/tool.h"

int
main(int argc, char **argv)
{
	return onnx_run_main(argc, argv);
}
