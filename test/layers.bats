load helper

# A little tree with two rooms.
setup()
{
	tp_setup
	mkdir -p lib/low lib/high cmd
	printf '# comment\nlow\twhat\nhigh\twhat\n' >lib/ORDER
	printf '#include "low/a.h"\n#include <zlib.h>\n' >lib/low/a.c
	printf '#include "low/a.h"\n#include "high/b.h"\n' >lib/high/b.c
	printf '#include "high/b.h"\n' >cmd/tool.c
}

@test "no room of the library includes from a room below it" {
	run -0 "$ROOT/test/layers.sh"
	[ -z "$output" ]
}

@test "includes that follow the order are right" {
	run -0 "$ROOT/test/layers.sh" .
	[ -z "$output" ]
}

@test "an include that points down is named with file and line" {
	printf '\n#include "high/b.h"\n' >>lib/low/a.c
	run -1 "$ROOT/test/layers.sh" .
	[[ $output == "lib/low/a.c:4: room low must not include high/b.h:"* ]]
}

@test "an include without a room is named" {
	echo '#include "b.h"' >>lib/high/b.c
	run -1 "$ROOT/test/layers.sh" .
	[[ $output == "lib/high/b.c:3:"* ]]
}

@test "a room that lib/ORDER does not name is named" {
	mkdir lib/new
	run -1 "$ROOT/test/layers.sh" .
	[[ $output == *"room new"* ]]
}

@test "a third-party header in a second room is named" {
	echo '#include <zlib.h>' >>lib/high/b.c
	run -1 "$ROOT/test/layers.sh" .
	[[ $output == "lib/"*"<zlib.h> is known in room"* ]]
}
