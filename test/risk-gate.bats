load helper

L='' # a limits file without limits

setup()
{
	tp_setup
	L=$ROOT/examples/limits-open.json
}

targets()
{
	ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" --to "${1:-2014-08-01}" |
		rl-act -p rule:momentum,lookback=60,every=10
}

# A bar, its watermark, and an order of 10.
order_stream()
{
	cat <<-'END'
		{"type":"bar","ts":"2024-01-02T00:00:00.000000000Z","sym":"A","open":10.00,"high":10.00,"low":10.00,"close":10.00,"volume":100}
		{"type":"watermark","ts":"2024-01-03T00:00:00.000000000Z"}
		{"type":"order","ts":"2024-01-03T00:00:00.000000000Z","sym":"A","cl_ord_id":"x-1","side":"buy","qty":10,"ord_type":"market"}
	END
}

# wait_for CMD...: until it succeeds, ten seconds at most.
wait_for()
{
	for _ in {1..500}; do
		"$@" && return
		sleep 0.02
	done
	echo "waited in vain: $*"
	return 1
}

@test "what it writes for a small file" {
	risk-gate -l "$DATA/risk-gate/limits.json" <"$DATA/risk-gate/input.ndjson" >out
	same out "$DATA/risk-gate/output.ndjson"
}

@test "an allowed order passes byte for byte" {
	order_stream | sed 's/"qty":10/"note":[1, 2],"qty": 10.0/' >in
	risk-gate -l "$L" <in >out
	same in out
}

@test "the end tells what was refused" {
	{ order_stream; order_stream | tail -1 | sed 's/x-1/x-2/; s/"qty":10/"qty":0.5/'; } >in
	echo '{}' >l.json
	run -0 --separate-stderr stdin_is in risk-gate -l l.json
	[ "$stderr" = "risk-gate: warning: 1 of 2 orders refused: lot_size 1" ]
	run -0 --separate-stderr stdin_is in risk-gate -q -l l.json
	[ -z "$stderr" ]
}

@test "csv gives the orders" {
	order_stream | risk-gate -l "$L" -O csv >out
	[ "$(head -1 out)" = ts,sym,cl_ord_id,side,qty,ord_type,limit_price,stop_price,tif,strategy ]
	[ "$(tail -1 out)" = 2024-01-03T00:00:00.000000000Z,A,x-1,buy,10,market,,,, ]
	[ "$(wc -l <out)" = 2 ]
}

@test "momentum on 65 stocks trades through examples/limits.json" {
	ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" | rl-act -p rule:momentum |
		risk-gate -l "$ROOT/examples/limits.json" --show-account >out
	[ "$(grep -c '"type":"order"' out)" -gt 500 ]
	run -1 grep '"type":"reject"' out
	run -1 grep '"severity":"critical"' out
}

@test "the shadow account ends where ibkr-exec --paper does" {
	targets >in
	risk-gate -l "$ROOT/examples/limits.json" --show-account <in >gated
	grep -v '"assumed":true' gated | ibkr-exec --paper >executed
	grep '"type":"portfolio"' executed >real
	grep '"type":"portfolio"' gated | sed 's/,"assumed":true//' >shadow
	same real shadow
}

@test "looped in lock-step, in processes and in one: the same bytes" {
	mkfifo back
	head='ibkr-feed -q --replay '$DATA'/daily/sp500_5y.csv.gz --to 2014-08-01'
	tail="rl-act -p rule:momentum,lookback=60,every=10 | risk-gate -l $ROOT/examples/limits.json"
	tail+=' | ibkr-exec --paper --feedback back'
	bash -o pipefail -c "$head | loopback back --lockstep | $tail" >looped
	pipe-run "$head | loopback back --lockstep | $tail" >fused
	same looped fused
	# nothing was refused behind the gate, so the guess of the shadow account was right
	bash -o pipefail -c "$head | ${tail% --feedback back}" | grep '"type":"fill"' >unlooped
	grep '"type":"fill"' looped | same - unlooped
}

@test "--state: the whole history again each day, and it is as if never stopped" {
	day() # UNTIL STATES: one run of the pipe, from the first day on
	{
		ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" --to "$1" |
			rl-act -p rule:momentum,lookback=60,every=10 |
			risk-gate -l "$ROOT/examples/limits.json" --state "gate.$2" |
			ibkr-exec --paper --state "exec.$2"
	}
	looped()
	{
		pipe-run "ibkr-feed --replay $DATA/daily/sp500_5y.csv.gz --to $1 |
			loopback back --lockstep | rl-act -p rule:momentum,lookback=60,every=10 |
			risk-gate -l $ROOT/examples/limits.json --state gate.l$2 |
			ibkr-exec --paper --state exec.l$2 --feedback back"
	}
	for run in day looped; do
		$run 2014-04-01 whole 2>/dev/null | grep -E '"type":"(fill|order_status|alert)"' >want
		for to in 2014-02-11 2014-02-12 2014-03-03 2014-04-01; do
			$run $to parts 2>err
		done | grep -E '"type":"(fill|order_status|alert)"' >out
		same out want
		[ "$(grep -c '"type":"fill"' want)" -gt 100 ]
		grep -q 'risk-gate: warning: [0-9]* records were in the state already' err
		grep -q 'ibkr-exec: warning: [0-9]* records were in the state already' err
	done
}

@test "--state: a target that comes again is seen to be refused while halted" {
	order_stream | sed '3s/.*/{"type":"target","ts":"2024-01-03T00:00:00Z","sym":"A","strategy":"s","position":5}/' >in
	risk-gate -l "$L" --state state <in >out
	grep -q '"type":"order"' out
	run -0 --separate-stderr stdin_is in risk-gate -l "$L" --state state
	[[ $output != *'"type":"order"'* ]]
	[[ $stderr == *"3 records were in the state already"*", 1 targets"* ]]
	touch STOP
	order_stream | sed 2q | sed 's/2024-01-0./2024-01-09/g' | risk-gate -l "$L" --state state --kill-file STOP >/dev/null
	sed 's/2024-01-0[23]/2024-01-09/g' in >in2
	run -0 --separate-stderr stdin_is in2 risk-gate -l "$L" --state state
	[[ $output == *'"rule":"halted"'* ]]
}

@test "limits are needed, and checked" {
	run -2 --separate-stderr stdin_is /dev/null risk-gate
	[[ $stderr == "risk-gate: "*--limits* ]]
	run -4 --separate-stderr stdin_is /dev/null risk-gate -l nowhere.json
	[[ $stderr == *nowhere.json* ]]
	echo '{"symbols":{"AAPL":{"max_order_qt":5}}}' >l.json
	run -2 --separate-stderr stdin_is /dev/null risk-gate -l l.json
	[ "$stderr" = "risk-gate: l.json: symbols.AAPL.max_order_qt: no such key; did you mean max_order_qty?" ]
	printf '{\n\t"max_gross": 5,\n}\n' >l.json
	run -2 --separate-stderr stdin_is /dev/null risk-gate -l l.json
	[[ $stderr == "risk-gate: l.json: "*3* ]]
}

@test "each limit stands in limits.5, and nothing else" {
	sed -n 's/^.It Cm \([a-z_]*\)$/\1/p' "$ROOT/man/limits.5" | sort >in-page
	{
		sed -nE 's/^\tK\(([a-z_]+),.*/\1/p' "$ROOT/lib/risk/limits.h"
		printf '%s\n' restricted allowed symbols strategies
	} | sort >in-code
	[ "$(wc -l <in-code)" -gt 25 ]
	same in-code in-page
}

@test "the example of limits.5 is a limits file" {
	sed -n '/^\.Sh EXAMPLES/,/^\.Ed/p' "$ROOT/man/limits.5" | sed '/^\./d' >l.json
	risk-gate -l l.json </dev/null
}

@test "each check stands in the man page" {
	mandoc -T ascii -O width=1000 "$ROOT/man/risk-gate.1" | sed 's/.\x08//g' >page
	sed -nE 's/^\t\{ "([a-z_]+)", ".*/\1/p' "$ROOT/lib/risk/check.c" >codes
	[ "$(wc -l <codes)" -gt 15 ]
	while read -r code; do
		grep -qw "$code" page || { echo "$code"; return 1; }
	done <codes
}

@test "a kill file halts" {
	touch STOP
	order_stream >in
	run -0 --separate-stderr stdin_is in risk-gate -l "$L" --kill-file STOP
	[[ $output == *'"rule":"kill_file"'*'"action":"halt"'*'"rule":"halted"'* ]]
	[[ $output != *'"type":"order"'* ]]
}

@test "SIGUSR1 halts a gate that waits, and what worked is cancelled" {
	mkfifo in
	risk-gate -l "$L" --state state <in >out 3>&- &
	pid=$!
	exec 9>in
	order_stream >&9
	wait_for grep -q x-1 out
	kill -USR1 "$pid"
	wait_for grep -q '"type":"cancel"' out
	grep -q '"rule":"signal","latches"\|"rule":"signal","state":"halted"' state
	order_stream | sed 's/x-1/x-2/' >&9
	exec 9>&-
	wait "$pid"
	grep '"rule":"signal"' out | grep -q '"action":"halt"'
	grep '"type":"cancel"' out | grep -q '"cl_ord_id":"x-1"'
	grep '"type":"reject"' out | grep -q '"cl_ord_id":"x-2","rule":"halted"'
}

@test "a halt survives kill -9, and only a reason ends it" {
	echo '{"max_drawdown_pct":1}' >l.json
	{
		order_stream
		cat <<-'END'
			{"type":"bar","ts":"2024-01-03T00:00:00.000000000Z","sym":"A","open":10.00,"high":10.00,"low":10.00,"close":10.00,"volume":100}
			{"type":"portfolio","ts":"2024-01-04T00:00:00.000000000Z","cash":100000.00,"equity":100000.00}
			{"type":"portfolio","ts":"2024-01-05T00:00:00.000000000Z","cash":99000.00,"equity":99000.00}
		END
	} >in
	mkfifo pipe
	risk-gate -l l.json --state state <pipe >out 3>&- &
	pid=$!
	exec 9>pipe
	cat in >&9
	wait_for grep -q '"action":"halt"' out
	kill -KILL "$pid"
	wait "$pid" || :
	exec 9>&-
	jq -e '.state == "halted" and .latches[0].rule == "drawdown"' state
	order_stream | sed s/x-1/x-2/ >in
	run -0 --separate-stderr stdin_is in risk-gate -l l.json --state state
	[[ $output == *'"rule":"halted"'* ]]
	run -2 --separate-stderr stdin_is in risk-gate -l l.json --state state --rearm drawdown
	# a gate that dies right after it has left a file that can be read
	cp state copy
	risk-gate -l l.json --state copy --rearm 'drawdown: looked into it' </dev/null
	risk-gate -l l.json --state copy </dev/null
	run -0 --separate-stderr stdin_is in risk-gate -l l.json --state state --rearm 'drawdown: looked into it'
	[[ $output == *'drawdown re-armed: looked into it'* ]]
	[[ $output == *'"type":"order"'* ]]
	run -0 --separate-stderr stdin_is in risk-gate -l l.json --state state
	[[ $output != *'"rule":"halted"'* ]]
}

@test "a state file cut anywhere is refused or means the same, never less" {
	order_stream >in
	echo '{"type":"alert","ts":"2024-01-03T00:00:00.000000000Z","severity":"critical","rule":"stop","action":"halt"}' >>in
	risk-gate -l "$L" --state state <in >/dev/null
	size=$(wc -c <state)
	for n in 0 1 20 $((size / 2)) $((size - 3)); do
		head -c "$n" state >part
		run --separate-stderr stdin_is in risk-gate -l "$L" --state part
		[ "$status" = 3 ] || { echo "$n bytes: $status"; return 1; }
	done
}

@test "a state file with any byte damaged is refused" {
	order_stream >in
	risk-gate -l "$L" --state state <in >/dev/null
	size=$(wc -c <state)
	for n in $(seq 0 $((1 + size / 60)) $((size - 1))) $((size - 1)); do
		damage "$n" state >part
		run --separate-stderr stdin_is in risk-gate -l "$L" --state part
		[ "$status" = 3 ] || { echo "byte $n: $status"; return 1; }
	done
}

@test "a stream that looks ahead is refused" {
	order_stream | sed 's/"ord_type"/"lookahead":true,"ord_type"/' >in
	run -3 --separate-stderr stdin_is in risk-gate -l "$L"
	[[ $stderr == *lookahead* ]]
	[[ $output != *'"type":"order"'* ]]
}

@test "empty input" {
	check_empty -l "$L"
}

@test "bad option, bad line" {
	check_bad_option -l "$L"
	check_bad_line -l "$L"
}

@test "full disk, reader that leaves" {
	targets 2013-06-01 >in
	check_dev_full in -l "$L"
	check_reader_leaves in -l "$L"
}

@test "unknown records pass byte for byte" {
	check_unknown_passes -l "$L"
}

@test "the options of -h stand in the man page" {
	check_man_options
}

@test "one process gives the same bytes" {
	targets >in
	check_pipe_run_same "-l $ROOT/examples/limits.json" in
	check_pipe_run_same "-l $DATA/risk-gate/limits.json --show-account" in
}

@test "chunks do not matter, and nothing looks ahead" {
	targets 2013-09-01 >in
	check_chunks in -l "$ROOT/examples/limits.json" --show-account
	check_prefix in -l "$ROOT/examples/limits.json" --show-account
}
