# ibkr-exec without --paper, against ibkr-sim: each way in which sessions with real gateways are
# known to fail is a scenario of examples/scenarios/, and here is what it must not do to us.

load helper
TOOL=ibkr-exec

setup()
{
	tp_setup
	command -v ibkr-sim >/dev/null || skip "no ibkr-sim"
	SIM_PID='' EXEC_PID=''
}

teardown()
{
	exec 9>&-
	[ -z "$EXEC_PID" ] || kill -KILL "$EXEC_PID" 2>/dev/null || :
	drop_sim
}

# sim [ARGS...]: a gateway with two stocks, at PORT; every frame in the file wire
sim()
{
	start_sim --seed 7 --symbols AAPL,MSFT --wire-log wire "$@"
}

scenario()
{
	local f
	f=$(echo "$ROOT"/examples/scenarios/"$1"-*.scn)
	shift
	sim --scenario "$f" "$@"
}

# executor [ARGS...]: ibkr-exec in the background; its input is descriptor 9, its output `out`. Orders
# of the tests have fixed times of long ago.
executor()
{
	rm -f in
	mkfifo in
	ibkr-exec --port "$PORT" --client-id 5 --journal journal --ack-timeout 1s --linger 0s \
	    --max-age 0 -q "$@" \
	    <in >>out 2>>err 3>&- &
	EXEC_PID=$!
	exec 9>in
	says '"state":"connected"'
}

# says PATTERN [COUNT]: wait until `out` has a line like it (so many)
says()
{
	for _ in $(seq 300); do
		[ "$(grep -c -- "$1" out)" -lt "${2:-1}" ] || return 0
		sleep 0.05
	done
	echo "it does not say $1:"
	tail -20 out
	cat err
	return 1
}

# order ID QTY [KEY:VALUE,...]: a market order unless it says otherwise
order()
{
	local rest=${3:-}
	[[ $rest == *ord_type* ]] || rest='"ord_type":"market"'${rest:+,$rest}
	echo '{"type":"order","ts":"2024-03-08T14:30:00Z","sym":"'"${SYM:-AAPL}"'","cl_ord_id":"'"$1"'","side":"buy","qty":'"$2"','"$rest"'}' >&9
}

cancel()
{
	echo '{"type":"cancel","ts":"2024-03-08T14:30:00Z","sym":"AAPL","cl_ord_id":"'"$1"'"}' >&9
}

LOW='"ord_type":"limit","limit_price":10'

# the end of input: exit 0, and ended is what it told
finish()
{
	exec 9>&-
	wait "$EXEC_PID"
	EXEC_PID=
}

ends_with()
{
	local rc=0
	wait "$EXEC_PID" || rc=$?
	EXEC_PID=
	[ "$rc" = "$1" ] || { echo "exit status $rc"; return 1; }
}

# A fresh look at the account agrees with the last portfolio and position of `out`.
account_agrees()
{
	ibkr-exec --port "$PORT" --client-id 6 --read-only -q </dev/null >fresh
	same <(money out) <(money fresh)
}
money()
{
	jq -sc '[.[] | select(.type == "portfolio")][-1].cash' "$1"
	jq -sc '[.[] | select(.type == "position")] | group_by(.sym) | map(.[-1] | select(.qty != 0) | [.sym, .qty])' "$1"
}

# Every order id was used for one order, every name sent once.
nothing_twice()
{
	grep '"kind":"place_order"' wire | grep '"dir":"in"' | jq -r '.fields[1]' >ids
	[ "$(sort ids | uniq -d | wc -l)" = 0 ]
}

@test "an order: taken, filled, in the portfolio; the account agrees" {
	sim
	executor
	order a 10
	says '"cl_ord_id":"a".*"status":"filled","cum_qty":10'
	finish
	grep -q '"type":"fill".*"commission":1.00' out
	account_agrees
	nothing_twice
}

@test "what is not for us passes byte for byte, before we are asked about anything" {
	sim
	cat >unknown <<-'END'
		{"type":"x-weather","ts":"2024-01-02T00:00:00.000000000Z","sym":"A","temp":3.50}
		{ "type" : "x-news", "ts":"2024-01-02T00:00:01Z", "text":"caf\u00e9 \"q\" é" }
	END
	ibkr-exec --port "$PORT" --journal journal <unknown >out
	grep '"x-' out >passed
	same unknown passed
}

@test "1: an order lost in a restart is not sent again, and ids go on" {
	scenario 01
	executor
	order a 1 "$LOW"
	order b 1 "$LOW"
	says '"status":"new"' 2
	order c 1
	says '"state":"connected"' 2
	says '"cl_ord_id":"c".*"status":"canceled"'
	order d 1
	says '"cl_ord_id":"d".*"status":"filled"'
	finish
	account_agrees
	nothing_twice
	[ "$(tail -1 ids)" -gt "$(sed -n 3p ids)" ]
}

@test "2: ids are raised over a reconnect" {
	scenario 02
	executor
	order a 1
	says '"cl_ord_id":"a".*"filled"'
	order b 1
	says '"state":"connected"' 2
	order c 1
	says '"cl_ord_id":"c".*"filled"'
	[ "$(grep -c '"type":"reject"' out)" = 0 ]
	finish
	account_agrees
	nothing_twice
}

@test "3, 6: fills during 1100 are counted, announced or not" {
	scenario 03 --fill next --tick 1h
	executor
	order a 10
	says '"state":"disconnected"'
	says '"state":"connected"' 2
	says '"cl_ord_id":"a".*"filled"'
	finish
	account_agrees
	kill "$SIM_PID"
	rm -f journal out
	scenario 06 --fill next --tick 1h
	executor
	order a 10
	says '"state":"connected"' 2
	says '"cl_ord_id":"a".*"filled"'
	finish
	account_agrees
}

@test "8: a broker that stays away: --max-down gives up" {
	scenario 08
	executor --max-down 1s
	says '"state":"disconnected"'
	ends_with 5
}

@test "9: a client id that is still in use is waited for" {
	scenario 09
	executor
	says '"state":"disconnected"'
	says '"state":"connected"' 2
	order a 1
	says '"cl_ord_id":"a".*"filled"'
	finish
}

@test "10: a handshake that ends nowhere is given up at each of its stages, then all is well" {
	scenario 10
	: >out
	ibkr-exec --port "$PORT" --client-id 5 --journal journal --linger 0s </dev/null >out 2>err 3>&- &
	EXEC_PID=$!
	for _ in 1 2 3 4; do
		says '"state":"connected"' && break
	done
	wait "$EXEC_PID"
	cat err
	# it said what it waited for, each reason once, and told nothing before all was known
	[ "$(grep -c '"state":"disconnected"' out)" -ge 3 ]
	[[ $(tail -n 2 out) == *'"state":"connected"'* ]]
	tail -n 1 out | grep -q '"type":"portfolio"'
	[ "$(grep -c '"type":"portfolio"' out)" = 1 ]
}

@test "12, 20: statuses that never come, or come again without a price" {
	scenario 12
	executor
	order a 10
	says '"cl_ord_id":"a".*"filled","cum_qty":10'
	finish
	account_agrees
	kill "$SIM_PID"
	rm -f journal out
	scenario 20
	executor
	order a 10
	says '"cl_ord_id":"a".*"filled","cum_qty":10'
	finish
	[ "$(grep -c '"status":"filled"' out)" = 1 ]
	account_agrees
}

@test "13: codes that are no end do not end an order" {
	scenario 13 --fill next --tick 1h
	executor
	order a 1
	order b 1
	order c 1
	says broker_10349
	says broker_399
	says broker_404
	sleep 2
	[ "$(grep -cE '"status":"(canceled|rejected)"' out)" = 0 ]
	finish
	nothing_twice
}

@test "14: no answer: the one that lives is found, the other one is proven lost" {
	scenario 14
	executor
	order a 10
	order b 10
	says '"cl_ord_id":"a".*"filled"'
	says '"order_lost"'
	says '"cl_ord_id":"b".*"canceled"'
	finish
	account_agrees
	nothing_twice
}

@test "15: codes of data requests reject an order at once" {
	scenario 15
	executor --ack-timeout 60s
	order a 1
	order b 1
	says '"cl_ord_id":"a","rule":"broker_200"'
	says '"cl_ord_id":"b","rule":"broker_460"'
	says '"status":"rejected"' 2
	finish
}

@test "16: a second order of one name is told" {
	scenario 16
	executor --sync 1s
	order a 5 "$LOW"
	says '"status":"new"'
	echo '{"type":"replace","ts":"2024-03-08T14:30:00Z","sym":"AAPL","cl_ord_id":"a","limit_price":11}' >&9
	says twin_order
	says external_order
	exec 9>&-
	wait "$EXEC_PID"
}

@test "17: the fill that beats the cancel" {
	scenario 17
	executor
	order a 5 "$LOW"
	says '"status":"new"'
	cancel a
	says '"cl_ord_id":"a".*"filled","cum_qty":5'
	[ "$(grep -c '"cl_ord_id":"a".*"canceled"' out)" = 0 ]
	finish
	account_agrees
}

@test "18: a part, a restart, the rest: counted once" {
	scenario 18 --fill next --tick 1h
	executor
	order a 100 "$LOW"
	says '"cum_qty":40'
	says '"state":"connected"' 2
	says '"status":"partially_filled","cum_qty":40,"leaves_qty":60' 2
	[ "$(grep -c '"type":"fill"' out)" = 1 ]
	finish
	account_agrees
}

@test "19: late, missing and early commissions, a correction, a bust" {
	scenario 19
	executor --sync 2s
	order a 10
	says '"cl_ord_id":"a".*"filled"'
	says '"last_price":99.50.*"correction_of"'
	order b 10
	says '"cl_ord_id":"b".*"filled"'
	order c 10
	says '"cl_ord_id":"c".*"filled"'
	says '"last_qty":0.*"correction_of"'
	sleep 1
	finish
	jq -e -s '[.[] | select(.type == "fill" and .correction_of)] | length >= 3' out
	ibkr-exec --port "$PORT" --client-id 6 --read-only -q </dev/null >fresh
	same <(money out | tail -1) <(money fresh | tail -1)
}

@test "26: a symbol with several contracts is not traded" {
	scenario 26
	executor
	order a 1
	says no_contract
	finish
	grep -q several err || ! grep -q place_order wire
}

@test "killed at any moment, it goes on where it was" {
	sim
	executor
	for i in 1 2 3 4 5; do
		order "k$i" 10
		order "l$i" 5 "$LOW"
		sleep "0.0$i"
		kill -KILL "$EXEC_PID"
		wait "$EXEC_PID" || :
		exec 9>&-
		: >out
		executor
		order "k$i" 10
		order "l$i" 5 "$LOW"
	done
	says '"status":"new"'
	sleep 1
	finish
	account_agrees
	nothing_twice
	grep '"kind":"place_order"' wire | grep '"dir":"in"' | jq -r '.fields[26]' | sort | uniq -d >twice
	[ ! -s twice ]
}

@test "what was decided long ago, or on history, is not sent" {
	sim
	executor --max-age 5m
	order old 1
	says '"cl_ord_id":"old","rule":"stale_order"'
	now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
	fresh() { echo '{"type":"order","ts":"'"$(now)"'","sym":"AAPL","cl_ord_id":"'"$1"'","side":"buy","qty":1,"ord_type":"market"}' >&9; }
	echo '{"type":"status","ts":"'"$(now)"'","source":"ibkr-feed","state":"history"}' >&9
	fresh past
	says '"cl_ord_id":"past","rule":"history"'
	echo '{"type":"status","ts":"'"$(now)"'","source":"ibkr-feed","state":"live"}' >&9
	fresh new
	says '"cl_ord_id":"new".*"status":"filled"'
	finish
	[ "$(grep '"kind":"place_order"' wire | grep -c '"dir":"in"')" = 1 ]
}

@test "a read-only gateway" {
	sim --read-only
	executor
	order a 1
	says '"rule":"broker_321"'
	says '"status":"rejected"'
	finish
}

@test "other accounts, real money, other hosts" {
	sim --account U1234567
	run -2 --separate-stderr stdin_is /dev/null ibkr-exec --port "$PORT" --journal journal
	[[ $stderr == *"--live U1234567"* ]]
	ibkr-exec --port "$PORT" --journal journal --live U1234567 </dev/null >out
	run -2 --separate-stderr stdin_is /dev/null ibkr-exec --port 4001 --journal journal
	[[ $stderr == *--live* ]]
	run -2 --separate-stderr stdin_is /dev/null ibkr-exec --host 10.0.0.1 --journal journal
	[[ $stderr == *--allow-remote* ]]
	run -2 --separate-stderr stdin_is /dev/null ibkr-exec
	[[ $stderr == *--journal* ]]
	run -2 --separate-stderr stdin_is /dev/null ibkr-exec --journal journal --state s
	[[ $stderr == *--state* ]]
}

@test "a damaged journal is refused with its line" {
	sim
	executor
	order a 1
	says '"filled"'
	finish
	sed -i '2s/=/-/' journal
	run -3 --separate-stderr stdin_is /dev/null ibkr-exec --port "$PORT" --client-id 5 --journal journal
	[[ $stderr == *"journal: line 2"* ]]
}

@test "the kill file and SIGUSR1 cancel and refuse" {
	sim
	executor --kill-file stop
	order a 5 "$LOW"
	says '"status":"new"'
	touch stop
	says '"rule":"kill_file"'
	says '"cl_ord_id":"a".*"canceled"'
	order b 5
	says '"rule":"halted"' 2
	finish
	rm stop
	executor --on-exit keep
	order c 5 "$LOW"
	says '"cl_ord_id":"c".*"new"'
	kill -USR1 "$EXEC_PID"
	says '"rule":"signal"'
	[ "$(grep -c '"cl_ord_id":"c".*"canceled"' out)" = 0 ]
	finish
}

@test "--cancel-all and --flatten-all" {
	sim
	executor --on-exit keep --linger 0s
	order a 10
	says '"cl_ord_id":"a".*"filled"'
	order b 5 "$LOW"
	says '"cl_ord_id":"b".*"new"'
	finish
	ibkr-exec --port "$PORT" --client-id 9 --cancel-all -q >all
	grep -q '"status":"canceled"' all
	ibkr-exec --port "$PORT" --client-id 9 --flatten-all -q >flat
	grep -q '"cl_ord_id":"flatten-AAPL-.*"filled","cum_qty":10' flat
	tail -2 flat | jq -e -s '.[0].qty == 0 and .[1].gross == 0'
	ibkr-exec --port "$PORT" --client-id 9 --flatten-all -q >flat2
	[ "$(grep -c place_order wire)" -gt 0 ]
}

@test "--whatif asks and sends nothing" {
	sim
	executor --whatif
	order a 10
	says '"rule":"whatif".*commission'
	finish
	[ "$(grep -c '"type":"fill"' out)" = 0 ]
}

@test "--feedback gets what is told" {
	sim
	mkfifo back
	cat back >came &
	executor --feedback back
	order a 10
	says '"filled"'
	finish
	wait $!
	grep -E '"type":"(order_status|fill|position|portfolio)"' out >want
	same came want
}

@test "a full disk, a reader that leaves: orders do not stay behind" {
	sim
	order_line='{"type":"order","ts":"2024-03-08T14:30:00Z","sym":"AAPL","cl_ord_id":"a","side":"buy","qty":5,'$LOW'}'
	echo "$order_line" >one
	run -4 --separate-stderr into_full_disk one ibkr-exec --port "$PORT" --journal j1
	run --separate-stderr into_broken_pipe one ibkr-exec --port "$PORT" --journal j2
	[ "$status" = 141 ]
	[ -z "$stderr" ]
	ibkr-exec --port "$PORT" --client-id 6 --read-only -q </dev/null >fresh
	[ "$(grep -c ext- fresh)" = 0 ]
}

@test "bad input: exit 3, and working orders are cancelled" {
	sim
	executor
	order a 5 "$LOW"
	says '"status":"new"'
	echo '{"type":"trade","ts":' >&9
	ends_with 3
	ibkr-exec --port "$PORT" --client-id 6 --read-only -q </dev/null >fresh
	[ "$(grep -c ext- fresh)" = 0 ]
}

@test "algorithms: children at the broker, one order to the pipe" {
	sim
	executor
	order t 30 '"algo":"twap","duration":"3m","slices":3'
	for m in 31 32 33; do
		says '"type":"fill"' $((m - 30))
		echo '{"type":"watermark","ts":"2024-03-08T14:'$m':00.000000000Z"}' >&9
	done
	says '"cl_ord_id":"t","status":"filled","cum_qty":30'
	finish
	[ "$(grep -c '"cl_ord_id":"t\.' out)" = 0 ]
	[ "$(grep '"kind":"place_order"' wire | grep -c '"dir":"in"')" = 3 ]
	account_agrees
}

# stream.ndjson: bars of two stocks, a watermark a minute, orders of all kinds behind some
@test "paper is live: the same stream, the same fills, the same portfolio" {
	grep '"type":"bar"' "$DATA/ibkr-exec/live-stream.ndjson" >bars
	ibkr-exec --paper <"$DATA/ibkr-exec/live-stream.ndjson" >paper
	: >sim.out
	ibkr-sim --port 0 --exit-after 60s --clock virtual --steppers 1 --ticks bars >>sim.out 3>&- &
	SIM_PID=$!
	for _ in $(seq 100); do
		PORT=$(sed -n 's/.*"port":\([0-9]*\).*/\1/p' sim.out)
		[ -z "$PORT" ] || break
		sleep 0.05
	done
	ibkr-exec --port "$PORT" --journal journal --clock step --linger 0s -q \
	    <"$DATA/ibkr-exec/live-stream.ndjson" >live
	fills() { jq -c 'select(.type == "fill") | [.ts, .sym, .cl_ord_id, .side, .last_qty, .last_price, .commission, .arrival_price]' "$1" | sort; }
	fills paper >p
	fills live >l
	[ "$(wc -l <p)" -gt 50 ]
	same p l
	same <(grep '"type":"portfolio"' paper | tail -1) <(grep '"type":"portfolio"' live | tail -1)
}
