#include "vision/resnet_classify.h"

int
main(int argc, char **argv)
{
	return stage_main(&resnet_classify_kind, argc, argv);
}
