#include "vision/resnet_train.h"

int
main(int argc, char **argv)
{
	return resnet_train_main(argc, argv);
}
