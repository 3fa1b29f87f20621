#!/bin/sh
# shellcheck disable=SC2016 # awk programs
# test/layers.sh [TOP]: a room of lib/ includes only itself and the rooms above its own line in
# lib/ORDER; only cmd/ and tests may include from every room; a third-party header appears in
# one room. Names each offender as file:line and exits 1.
set -eu
cd "${1:-$(dirname "$0")/..}"

status=0
for room in lib/*/; do
	room=${room#lib/}
	room=${room%/}
	grep -q "^${room}[[:space:]]" lib/ORDER || {
		echo "lib/ORDER: does not name the room $room"
		status=1
	}
done
for dir in lib cmd; do
	for f in "$dir"/*/*.[ch] "$dir"/*.[ch]; do
		[ ! -e "$f" ] || echo "$f"
	done
done | xargs awk '
	FILENAME == "lib/ORDER" {
		if ($0 !~ /^#/ && NF)
			level[$1] = ++levels
		next
	}
	/^[ \t]*#[ \t]*include[ \t]*"/ {
		split($0, quoted, "\"")
		n = split(quoted[2], part, "/")
		from = split(FILENAME, path, "/") == 3 ? path[2] : ""
		where = FILENAME ":" FNR ": "
		if (n < 2 || !(part[1] in level))
			bad(where "\"" quoted[2] "\": say \"room/header.h\", of a room in lib/ORDER")
		else if (from != "" && level[part[1]] > level[from])
			bad(where "room " from " must not include " quoted[2] ": " part[1] \
			    " stands below it in lib/ORDER")
	}
	/^[ \t]*#[ \t]*include[ \t]*<(jansson|csv|zlib|cblas|png|onnx\.pb-c|sqlite3|libpq-fe)\.h>/ {
		split($0, angle, /[<>]/)
		split(FILENAME, path, "/")
		lib = angle[2]
		if (lib in home && home[lib] != path[2])
			bad(FILENAME ":" FNR ": <" lib "> is known in room " home[lib] " only")
		else
			home[lib] = path[2]
	}
	function bad(text) { print text; wrong = 1 }
	END { exit wrong }' lib/ORDER || status=1
exit $status
