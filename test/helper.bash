# shellcheck shell=bash disable=SC2154,SC2094 # bats sets status, output and stderr
# Loaded by every test/TOOL.bats:  load helper
#
# Gives the variables
#	ROOT	top of the source tree		TOOL	the tool under test: the .bats file's name
#	DATA	$ROOT/testdata			SHARED	bigger vectors beside the tree; may not be there
# puts the flavour under test (TP_BIN, default build/bin) first in PATH, and runs each test in a
# directory of its own. A file that needs its own setup() calls tp_setup first.
#
# What every tool shows, one line each. ARGS are what the tool needs to run at all (`--paper`),
# INFILE is input that makes it write something.
#	check_empty [ARGS...]			no input: exit 0, nothing on stdout or stderr
#	check_bad_option [ARGS...]		unknown option: exit 2, named on stderr, stdout empty
#	check_bad_line [ARGS...]		exit 3 with the line number; --skip-bad goes on, exits 3
#	check_dev_full INFILE [ARGS...]		exit 4 with a message when the disk is full
#	check_reader_leaves INFILE [ARGS...]	141 and not a word when nobody reads
#	check_unknown_passes [ARGS...]		records of unknown types pass byte for byte, in order
#	check_man_options			each option of -h stands in man/TOOL.1
#	check_pipe_run_same 'ARGS' INFILE	pipe-run 'TOOL ARGS' writes the same bytes
#	check_chunks INFILE [ARGS...]		input in small pieces: the same bytes
#	check_prefix INFILE [ARGS...]		the first n lines in give a prefix of the output
# and besides
#	need_shared PATH			skip the test when $SHARED/PATH is not there
#	same FILE_A FILE_B			cmp, with a diff when they differ
#	damage N FILE				FILE with its byte N (from 0) changed
#	stdin_is FILE CMD...			run CMD with FILE as its input (for use after `run`)
#	start_sim ARGS...			a gateway (ibkr-sim) that listens on PORT, process SIM_PID;
#						its words in sim.out and sim.err. setup says SIM_PID=
#	drop_sim				for teardown: it is gone, if there is one

bats_require_minimum_version 1.5.0

ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
DATA=$ROOT/testdata
SHARED=${TP_SHARED:-$ROOT/../shared}
TOOL=$(basename "$BATS_TEST_FILENAME" .bats)
PATH=${TP_BIN:-$ROOT/build/bin}:$PATH
export ROOT DATA SHARED TOOL PATH
export LC_ALL=C.UTF-8

tp_setup()
{
	# bats looks at the last command of a pipe only.
	set -o pipefail
	cd "$BATS_TEST_TMPDIR" || return
}

setup()
{
	tp_setup
}

need_shared()
{
	[ -e "$SHARED/$1" ] || skip "no $1 beside the tree"
}

damage()
{
	head -c "$1" "$2"
	tail -c "+$(($1 + 1))" "$2" | head -c 1 | tr '\000-\377' '\001-\377\000'
	tail -c "+$(($1 + 2))" "$2"
}

same()
{
	cmp "$1" "$2" && return
	diff "$1" "$2" | head -20
	return 1
}

stdin_is()
{
	local file=$1
	shift
	"$@" <"$file"
}

start_sim()
{
	PORT=
	: >sim.out
	ibkr-sim --port 0 --exit-after 120s "$@" >>sim.out 2>sim.err 3>&- &
	SIM_PID=$!
	for _ in $(seq 200); do
		PORT=$(sed -n 's/.*"state":"listening","port":\([0-9]*\).*/\1/p' sim.out)
		[ -z "$PORT" ] || return 0
		kill -0 "$SIM_PID" || break
		sleep 0.05
	done
	cat sim.err
	return 1
}

drop_sim()
{
	[ -z "$SIM_PID" ] || kill "$SIM_PID" 2>/dev/null || :
}

# What `run` left, for the log of a test that fails.
explain()
{
	echo "$1"
	echo "status: $status"
	echo "stdout: ${output:0:1000}"
	echo "stderr: ${stderr:0:1000}"
	return 1
}

check_empty()
{
	run --separate-stderr stdin_is /dev/null "$TOOL" "$@"
	[ "$status" = 0 ] || explain "empty input must be no error"
	[ -z "$output" ] || explain "empty input must give empty output"
	[ -z "$stderr" ] || explain "empty input must say nothing"
}

check_bad_option()
{
	run --separate-stderr stdin_is /dev/null "$TOOL" "$@" --no-such-option-here
	[ "$status" = 2 ] || explain "an unknown option must exit 2"
	[ -z "$output" ] || explain "an unknown option must write nothing to stdout"
	[[ $stderr == "$TOOL: "*no-such-option-here* ]] || explain "the option must be named"
}

check_bad_line()
{
	printf '%s\n' '{"type":"x-a","ts":"2024-01-02T00:00:00.000000000Z"}' \
	    '{"type":"x-b","ts":"2024-01-02T00:00:01.000000000Z"}' \
	    '{"type":"trade","ts":"2024-01-02T00:00:02.000000000Z","sym":"A",' \
	    '{"type":"x-c","ts":"2024-01-02T00:00:03.000000000Z"}' >bad-line
	run --separate-stderr stdin_is bad-line "$TOOL" "$@"
	[ "$status" = 3 ] || explain "a bad line must exit 3"
	[[ $stderr == "$TOOL: "*"line 3:"* ]] || explain "the line number must be named"
	run --separate-stderr stdin_is bad-line "$TOOL" "$@" --skip-bad
	[ "$status" = 3 ] || explain "--skip-bad must still exit 3 at the end"
	[[ $stderr == *"line 3:"* ]] || explain "--skip-bad must report the line"
}

into_full_disk()
{
	local in=$1
	shift
	"$@" <"$in" >/dev/full
}

check_dev_full()
{
	local in=$1
	shift
	run --separate-stderr into_full_disk "$in" "$TOOL" "$@"
	[ "$status" = 4 ] || explain "a full disk must exit 4"
	[[ $stderr == "$TOOL: "* ]] || explain "a full disk must be told"
}

# A pipe whose reader is gone for certain before the tool starts: opened for reading and
# writing, then for writing, then the first one closed.
into_broken_pipe()
{
	local in=$1
	shift
	rm -f gone
	mkfifo gone
	exec 8<>gone 7>gone 8<&-
	"$@" <"$in" >&7 7>&-
}

check_reader_leaves()
{
	local in=$1
	shift
	run --separate-stderr into_broken_pipe "$in" "$TOOL" "$@"
	[ "$status" = 141 ] || explain "a reader that leaves must end the tool by SIGPIPE"
	[ -z "$stderr" ] || explain "a reader that leaves must go without a word"
}

check_unknown_passes()
{
	cat >unknown <<-'END'
		{"type":"x-weather","ts":"2024-01-02T00:00:00.000000000Z","sym":"A","temp":3.50}
		{ "type" : "x-news", "ts":"2024-01-02T00:00:01Z", "text":"caf\u00e9 \"q\" é" }
		{"ts":"2024-01-02T00:00:02.5Z","type":"x-late-type","deep":{"a":[1,2.0,{"b":null}]}}
		{"type":"x-weather","ts":"2024-01-02T00:00:02.500000000Z","temp":1e3,"temp2":-0.0}
	END
	"$TOOL" "$@" <unknown >out
	grep -E '"type" ?: ?"x-' out >passed
	same unknown passed
}

# The long options in a tool's -h, one a line, without dashes.
help_options()
{
	"$1" -h | sed -nE 's/^ *(-[A-Za-z0-9], *)?--(\[no-\])?([a-z][a-z0-9-]*).*/\3/p' | sort -u
}

check_man_options()
{
	local page=$ROOT/man/$TOOL.1 o missing=
	# what all tools share is in tradepipe(7)
	mandoc -T ascii -O width=1000 "$page" "$ROOT/man/tradepipe.7" | sed 's/.\x08//g' >page.txt
	help_options "$TOOL" >options
	[ -s options ]
	while read -r o; do
		grep -qE -- "--(\[?no-\]?)?$o([^a-z0-9-]|\$)" page.txt || missing+=" --$o"
	done <options
	[ -z "$missing" ] || { echo "not in $page:$missing"; return 1; }
}

check_pipe_run_same()
{
	eval "$TOOL $1" <"$2" >as-process
	pipe-run "$TOOL $1" <"$2" >in-pipe-run
	same as-process in-pipe-run
}

# 7 bytes a write for the first 2,000, then pieces of 4,093.
in_pieces()
{
	head -c 2000 "$1" | dd ibs=7 obs=7 status=none
	tail -c +2001 "$1" | dd ibs=4093 obs=4093 status=none
}

check_chunks()
{
	local in=$1
	shift
	"$TOOL" "$@" <"$in" >whole
	in_pieces "$in" | "$TOOL" "$@" >pieces
	same whole pieces
}

# No look-ahead: what was written for the first n lines stands when more come. The last lines
# of a short run may come from the end of the input (a bar that had to be closed), so the tool
# is given both inputs on a pipe that stays open and is read when it has gone idle.
check_prefix()
{
	local in=$1 total n
	shift
	total=$(wc -l <"$in")
	"$TOOL" "$@" <"$in" >whole
	for n in $((total / 7)) $((total / 3)) $((total * 4 / 5)); do
		[ "$n" -gt 0 ] || continue
		prefix_output "$n" "$in" "$TOOL" "$@" >short
		head -c "$(wc -c <short)" whole | cmp - short
	done
}

# prefix_output N FILE CMD...: what CMD has written after N lines, its input still open.
prefix_output()
{
	local n=$1 in=$2 size=-1 pid
	shift 2
	rm -f open-input
	mkfifo open-input
	: >so-far
	"$@" <open-input >so-far 2>/dev/null 3>&- &
	pid=$!
	exec 9>open-input
	head -n "$n" "$in" >&9
	# Idle when it sleeps in read and its output has stopped growing.
	while ! tool_waits "$pid" || [ "$(wc -c <so-far)" != "$size" ]; do
		size=$(wc -c <so-far)
		sleep 0.02
	done
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || :
	exec 9>&-
	cat so-far
}

# The pipe is empty and the process asleep.
tool_waits()
{
	local state
	read -r _ _ state _ <"/proc/$1/stat" || return 0
	[ "$state" = S ] || [ "$state" = Z ]
}
