#include "feed/feed.h"

int
main(int argc, char **argv)
{
	return stage_main(&ibkr_feed_kind, argc, argv);
}
