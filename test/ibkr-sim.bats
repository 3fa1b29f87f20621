#!/usr/bin/env bats
# The gateway to test against, as a program: its port, its wire, its end. What it answers is
# tested in memory, by test/unit/sim_*.c.

load helper

setup()
{
	tp_setup
	ln -s "$ROOT/testdata" "$ROOT/examples" .
	SIM_PID=
}

teardown()
{
	drop_sim
}

# stop_sim: SIGTERM, and it is gone at once, with status 0
stop_sim()
{
	kill -TERM "$SIM_PID"
	wait "$SIM_PID"
	SIM_PID=
	[ ! -s sim.err ]
}

# frame FIELD...: a message of these fields
frame()
{
	local n
	printf '%s\0' "$@" >frame.tmp
	n=$(wc -c <frame.tmp)
	# shellcheck disable=SC2059
	printf "$(printf '\\x00\\x00\\x%02x\\x%02x' $((n / 256)) $((n % 256)))"
	cat frame.tmp
}

hello()
{
	printf 'API\0\0\0\0\011v157..178'
}

# until_log PATTERN: wait until the wire log has a line like it
until_log()
{
	for _ in $(seq 100); do
		! grep -q -- "$1" wire || return 0
		sleep 0.05
	done
	echo "no $1 in the wire log:"
	tail -5 wire
	return 1
}

@test "first line: where it listens; SIGTERM ends it at once" {
	start_sim --seed 1
	[ "$(head -1 sim.out | cut -c1-14)" = '{"type":"statu' ]
	grep -qE '^\{"type":"status","ts":"[^"]{30}","source":"ibkr-sim","state":"listening","port":[0-9]+\}$' sim.out
	[ "$PORT" -gt 0 ]
	stop_sim
}

@test "it listens on the loopback address only" {
	start_sim --seed 1
	hex=$(printf '%04X' "$PORT")
	awk -v p="$hex" '$4 == "0A" && substr($2, index($2, ":") + 1) == p { print $2 }' /proc/net/tcp /proc/net/tcp6 >where
	[ "$(cat where)" = "0100007F:$hex" ]
	stop_sim
}

@test "a session: hello, greeting, startApi, what comes of its own accord, a request" {
	start_sim --seed 1 --wire-log wire --next-id 101 --clock virtual
	exec 9<>"/dev/tcp/127.0.0.1/$PORT"
	hello >&9
	frame 71 2 7 '' >&9
	frame 49 1 >&9
	until_log '"kind":"current_time"'
	exec 9>&-
	stop_sim
	grep -oE '"dir":"(in|out)","kind":"[a-z_]*"' wire | sed 's/.*kind":"//; s/"//' | tr '\n' ' ' >kinds
	[ "$(cat kinds)" = "greeting start_api managed_accounts next_valid_id error error error req_current_time current_time " ]
	grep -q '"fields":\["178","20240102 09:30:00 EST"\]' wire
	grep -q '"fields":\["15","1","DU1234567"\]' wire
	grep -q '"fields":\["9","1","101"\]' wire
	grep -q '"fields":\["4","2","-1","2104","Market data farm connection is OK:usfarm",""\]' wire
}

@test "the greeting byte for byte, and the version that both know" {
	start_sim --seed 1 --clock virtual --server-version 176
	exec 9<>"/dev/tcp/127.0.0.1/$PORT"
	hello >&9
	head -c 30 <&9 | od -An -c | tr -d ' \n' >got
	exec 9>&-
	stop_sim
	[ "$(cat got)" = '\0\0\0032176\02024010209:30:00EST\0' ]
}

@test "a client without a version from 176 on is hung up on, and so is one that is no client" {
	start_sim --seed 1 --wire-log wire
	exec 9<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'API\0\0\0\0\011v100..150' >&9
	[ -z "$(head -c 10 <&9)" ]
	exec 9>&-
	exec 9<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'GET / HTTP/1.0\r\n\r\n' >&9
	[ -z "$(head -c 10 <&9)" ]
	exec 9>&-
	stop_sim
	grep -q 'up to 150, the oldest here is 176' wire
	grep -q 'first bytes are not' wire
}

@test "the same client id twice: 326, and the second connection ends" {
	start_sim --seed 1 --wire-log wire
	exec 9<>"/dev/tcp/127.0.0.1/$PORT"
	{ hello; frame 71 2 7 ''; } >&9
	until_log next_valid_id
	exec 8<>"/dev/tcp/127.0.0.1/$PORT"
	{ hello; frame 71 2 7 ''; } >&8
	cat <&8 | tr '\0' '\n' >second
	exec 8>&- 9>&-
	grep -qx 326 second
	stop_sim
}

@test "one byte a write, one byte a read: the same messages" {
	echo 'begin: dribble 1' >s.scn
	start_sim --seed 1 --wire-log wire --scenario s.scn
	exec 9<>"/dev/tcp/127.0.0.1/$PORT"
	{ hello; frame 71 2 7 ''; } >one
	for i in $(seq "$(wc -c <one)"); do
		tail -c +"$i" one | head -c 1
	done >&9
	until_log next_valid_id
	head -c 100 <&9 | tr '\0' '\n' >got
	exec 9>&-
	grep -qx DU1234567 got
	stop_sim
}

@test "garbage, half a frame, a frame that claims to be too long: it lives on" {
	start_sim --seed 1 --wire-log wire
	for bytes in '\xff\xff\xff\xff' '\0\0\0\5ab' '\0\0\0\1\0' '\0\0\0\0' '\0\0\0\4999\0'; do
		exec 9<>"/dev/tcp/127.0.0.1/$PORT"
		{ hello; frame 71 2 7 ''; } >&9
		# shellcheck disable=SC2059
		printf "$bytes" >&9 || :
		exec 9>&-
	done
	exec 9<>"/dev/tcp/127.0.0.1/$PORT"
	{ hello; frame 71 2 8 ''; } >&9
	until_log '"client":8,"dir":"out","kind":"next_valid_id"'
	exec 9>&-
	stop_sim
}

@test "a gateway that takes connections and says nothing: forty clients that give up leave no trace" {
	printf '%s\n' 'on connect 1..40: handshake no-greeting' 'on connect 41: handshake normal' >s.scn
	start_sim --seed 1 --wire-log wire --scenario s.scn
	for i in $(seq 40); do
		exec 9<>"/dev/tcp/127.0.0.1/$PORT"
		hello >&9
		until_log "\"conn\":$i,\"dir\":\"hello\""
		exec 9>&-
	done
	exec 9<>"/dev/tcp/127.0.0.1/$PORT"
	{ hello; frame 71 2 7 ''; } >&9
	until_log next_valid_id
	exec 9>&-
	stop_sim
}

@test "a restart resets the connection, and the port is back after the time it takes" {
	printf '%s\n' 'on start 1: restart 500ms next-id 50' >s.scn
	start_sim --seed 1 --wire-log wire --scenario s.scn
	exec 9<>"/dev/tcp/127.0.0.1/$PORT"
	{ hello; frame 71 2 7 ''; } >&9
	until_log '"dir":"close"'
	exec 9>&-
	run ! bash -c "exec 9<>/dev/tcp/127.0.0.1/$PORT"
	sleep 0.7
	exec 9<>"/dev/tcp/127.0.0.1/$PORT"
	{ hello; frame 71 2 7 ''; } >&9
	until_log '"fields":\["9","1","50"\]'
	exec 9>&-
	stop_sim
}

@test "more than 50 messages a second: error 100; three such seconds end the connection" {
	start_sim --seed 1 --wire-log wire
	exec 9<>"/dev/tcp/127.0.0.1/$PORT"
	{ hello; frame 71 2 7 ''; } >&9
	until_log next_valid_id
	frame 49 1 >ask
	for _ in $(seq 60); do cat ask; done >burst
	cat burst >&9
	until_log '"4","2","-1","100","Max rate'
	[ "$(grep -c '"kind":"too-many"' wire)" = 10 ] || sleep 0.3
	for _ in 1 2; do
		sleep 1.1
		cat burst >&9
	done
	until_log '"dir":"close"'
	exec 9>&-
	stop_sim
	[ "$(grep -c '"100","Max rate' wire)" = 3 ]
}

@test "the same run of a virtual market gives the same wire log" {
	for i in 1 2; do
		start_sim --seed 7 --clock virtual --steppers 1 --symbols AAPL --wire-log wire --participation 1
		exec 9<>"/dev/tcp/127.0.0.1/$PORT"
		{ hello; frame 71 2 7 ''; frame 97 1001 0 AAPL STK '' 0.0 '' '' SMART '' USD '' '' AllLast 0 0; } >&9
		for _ in $(seq 200); do frame 49 1; done >&9
		until_log '"dir":"out","kind":"current_time","fields":\["49","1","1704205999"\]'
		exec 9>&-
		stop_sim
		grep '"dir":"out"' wire >"wire$i" # what comes in comes when it does
		rm wire
	done
	[ "$(grep -c tick_by_tick wire1)" -gt 150 ]
	same wire1 wire2
}

# start_market NAME: a gateway that its client moves; its port in port.NAME, its pid in pid.NAME
start_market()
{
	: >"sim.$1"
	ibkr-sim --port 0 --ticks ticks.ndjson --clock virtual --steppers 1 --step 1m --exit-after 100s >>"sim.$1" 3>&- &
	echo $! >"pid.$1"
	until grep -q listening "sim.$1"; do sleep 0.05; done
	sed -n 's/.*"port":\([0-9]*\).*/\1/p' "sim.$1" >"port.$1"
}

# the fills of a run, less what is the broker's own to name
fills()
{
	grep '"type":"fill"' "$1" | jq -c '[.ts,.sym,.side,.last_qty,.last_price,.commission,.cl_ord_id]'
}

@test "paper = live: feed and executor at gateways of their own give the fills of paper" {
	tick-gen --symbols AAA,BBB --type trade -n 4000 --seed 3 --step 1s >ticks.ndjson
	middle="bar-agg -i 1m | rl-act --policy rule:sma-cross,fast=3,slow=8,size=10,short=1 | risk-gate -l examples/limits-open.json"
	ibkr-feed -q --replay ticks.ndjson --watermark-interval 1m | bash -o pipefail -c "$middle | ibkr-exec --paper" >paper
	[ "$(grep -c '"type":"fill"' paper)" -ge 5 ]
	fills paper >paper.fills
	for i in 1 2; do
		start_market feed
		start_market exec
		timeout 100 ibkr-feed -q --port "$(cat port.feed)" --symbols AAA,BBB --data trades --clock gateway --client-id 2 |
			timeout 100 bash -o pipefail -c "$middle | ibkr-exec -q --port $(cat port.exec) --client-id 1 --journal journal$i --clock step" >live
		kill "$(cat pid.feed)" "$(cat pid.exec)"
		fills live >live.fills
		same paper.fills live.fills
	done
}

@test "exit-at-end, exit-after, data of a file" {
	printf '%s\n' 'ts,sym,price,size' 2024-01-02T15:00:00Z,AAPL,187.15,100 2024-01-02T15:00:01Z,AAPL,187.16,50 >t.csv
	run -0 --separate-stderr timeout 10 ibkr-sim --port 0 --ticks t.csv --clock virtual --await-lines 0 --exit-at-end
	[ "${#lines[@]}" = 2 ]
	[[ ${lines[0]} == *'"ts":"2024-01-02T15:00:00.000000000Z"'*listening* ]]
	[[ ${lines[1]} == '{"type":"status","ts":"2024-01-02T15:00:01'*'"state":"eof"}' ]]
	run -0 timeout 10 ibkr-sim --port 0 --ticks t.csv --exit-after 300ms
}

@test "a bad line in a file: exit 3 with its number" {
	printf '%s\n' '{"type":"trade","ts":"2024-01-02T15:00:00Z","sym":"A","price":1.00,"size":1}' '{"type":"trade","ts' >t.ndjson
	run -3 --separate-stderr timeout 10 ibkr-sim --port 0 --ticks t.ndjson --clock virtual --await-lines 0
	[[ $stderr == *"t.ndjson: line 2"* ]]
}

@test "options that make no sense: exit 2, with words" {
	check_bad_option
	run -2 --separate-stderr ibkr-sim --port 0
	[[ $stderr == *"--ticks FILE or --seed S"* ]]
	for o in "--speed 0" "--speed max" "--steppers 1" "--server-version 175" "--port 70000" "--symbols 0" \
	    "--account ," "--start never" "--vol -1" "--capital 0" "--commission x"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr ibkr-sim --port 0 --seed 1 $o
		[[ $stderr == "ibkr-sim: "* ]]
	done
	run -4 --separate-stderr ibkr-sim --port 0 --seed 1 --zone Nowhere/Atall
	[[ $stderr == "ibkr-sim: --zone: "* ]]
}

@test "a scenario that cannot be understood: exit 2 with the line" {
	printf '%s\n' '# fine' 'begin: handshake never' >s.scn
	run -2 --separate-stderr ibkr-sim --port 0 --seed 1 --scenario s.scn
	[[ $stderr == "ibkr-sim: s.scn: line 2: handshake: want "* ]]
	for line in 'begin' 'when: close' 'begin:' 'begin: jump' 'at never: close' 'on nothing 1: close' \
	    'on fill 0: close' 'on fill 3..1: close' 'on fill 1 2: close' 'begin: drop' 'after place_order: drop' \
	    'begin: halt NOSUCH' 'begin: restart' 'begin: fill' 'begin: correct 1' 'begin: data all' \
	    'begin: quote SYM01 1' 'begin: dribble x'; do
		echo "$line" >s.scn
		run -2 --separate-stderr ibkr-sim --port 0 --seed 1 --scenario s.scn
		[[ $stderr == "ibkr-sim: s.scn: line 1: "* ]] || { echo "$line: $stderr"; return 1; }
	done
	run -4 ibkr-sim --port 0 --seed 1 --scenario nowhere
}

@test "every shipped scenario is understood" {
	for f in examples/scenarios/*.scn; do
		run -0 --separate-stderr timeout 10 ibkr-sim --port 0 --seed 1 --symbols SYM01 --scenario "$f" --exit-after 10ms
		[ -z "$stderr" ]
	done
	set -- examples/scenarios/*.scn
	[ $# -ge 28 ]
}

@test "a port that is taken: exit 5" {
	start_sim --seed 1
	run -5 --separate-stderr timeout 10 ibkr-sim --port "$PORT" --seed 1
	[[ $stderr == "ibkr-sim: 127.0.0.1:$PORT: "* ]]
	stop_sim
}

@test "full disk, no reader, unwritable wire log" {
	check_dev_full /dev/null --port 0 --seed 1 --exit-after 5s
	check_reader_leaves /dev/null --port 0 --seed 1 --exit-after 5s
	run -4 --separate-stderr ibkr-sim --port 0 --seed 1 --wire-log /nowhere/at/all
	[[ $stderr == *"--wire-log /nowhere/at/all"* ]]
	run -4 --separate-stderr timeout 10 ibkr-sim --port 0 --seed 1 --wire-log /dev/full --clock virtual --await-lines 0 --scenario <(echo 'begin: log full') --exit-after 1s
}

@test "in one process there is no gateway" {
	run -2 --separate-stderr pipe-run "ibkr-sim --seed 1 | bar-agg"
	[[ $stderr == *"run it as a program of its own"* ]]
}

@test "man page: every option" {
	check_man_options
	# and every action
	sed -n 's/^	{ "\([a-z-]*\)", act_.*/\1/p' "$ROOT"/lib/sim/act_*.c >actions
	[ "$(wc -l <actions)" -gt 40 ]
	while read -r a; do
		grep -qE -- "(^|[ ,])$a([ ,:.]|$)" page.txt || { echo "no $a"; return 1; }
	done <actions
}
