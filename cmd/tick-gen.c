#include "feed/feed.h"

int
main(int argc, char **argv)
{
	return stage_main(&tick_gen_kind, argc, argv);
}
