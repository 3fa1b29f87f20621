#!/usr/bin/env bats
# The feedback loop: lock-step ring of processes, the same in one process, its journal replayed.

load helper

setup()
{
	tp_setup
	ln -s "$ROOT/testdata" "$ROOT/examples" .
	DAILY=testdata/daily/sp500_5y.csv.gz
	FEED="ibkr-feed -q --replay $DAILY --to 2015-01-01"
	ACT="rl-act --policy rule:momentum | risk-gate -l examples/limits.json"
	mkfifo back
}

@test "lock step: ring, one process and journal replayed give the same bytes" {
	timeout 100 bash -o pipefail -c "$FEED | loopback -l -j journal back | $ACT | ibkr-exec --paper --feedback back" >ring
	pipe-run "$FEED | loopback -l -j journal2 back | $ACT | ibkr-exec --paper --feedback back" >fused
	[ "$(grep -c '"type":"fill"' ring)" -gt 50 ]
	same ring fused
	same journal journal2
	grep -q '"type":"watermark".*"loop":true' journal
	bash -o pipefail -c "$ACT | ibkr-exec --paper" <journal >replayed
	same ring replayed
	pipe-run "$ACT | ibkr-exec --paper" <journal >replayed
	same ring replayed
}

@test "lock step is the same when every process is on one core" {
	timeout 100 bash -o pipefail -c "$FEED | loopback -l --pin 0 back | rl-act --pin 0 --policy rule:momentum | risk-gate --pin 0 -l examples/limits.json | ibkr-exec --pin 0 --paper --feedback back" >ring
	pipe-run "$FEED | loopback -l back | $ACT | ibkr-exec --paper --feedback back" >fused
	same ring fused
}

@test "each portfolio stands right behind its watermark's other answers" {
	pipe-run "$FEED | loopback -l -j journal back | $ACT | ibkr-exec --paper --feedback back" >/dev/null
	# between a watermark and the portfolio of its time: only what ibkr-exec said
	awk -F'"' '$4 == "watermark" { open = $8; next }
		open != "" && $4 == "portfolio" { if ($8 != open) { print "portfolio " $8 " after " open; exit 1 } open = ""; next }
		open != "" && $4 !~ /^(fill|order_status|position|reject)$/ { print "a " $4 " before the portfolio of " open; exit 1 }' journal
}

@test "live: records are merged as they come" {
	printf '%s\n' '{"type":"trade","ts":"2024-01-02T00:00:00.000000000Z","sym":"A","price":1.00,"size":1}' >tick
	{ cat tick; sleep 0.4; cat tick; sleep 0.4; } | timeout 20 loopback -j journal back >out &
	exec 9>back
	sleep 0.2
	printf '{"type":"x-mine","ts":"2024-01-02T00:00:00Z","n":1}\n' >&9
	wait $!
	exec 9>&-
	[ "$(grep -o 'trade\|x-mine' out | tr '\n' ' ')" = "trade x-mine trade " ]
	same out journal
}

@test "much comes back while nothing is read downstream: no deadlock" {
	# one watermark, 2 MB of answers, a slow reader
	printf '%s\n' '{"type":"watermark","ts":"2024-01-02T00:00:00.000000000Z"}' >in
	awk 'BEGIN { for (i = 0; i < 20000; i++) printf "{\"type\":\"x-big\",\"ts\":\"2024-01-02T00:00:00Z\",\"n\":%d,\"pad\":\"%060d\"}\n", i, i
		print "{\"type\":\"portfolio\",\"ts\":\"2024-01-02T00:00:00.000000000Z\",\"cash\":1.00,\"equity\":1.00}" }' >answers
	timeout 20 loopback -l back <in | (sleep 0.5; cat) >out &
	cat answers >back
	wait $!
	[ "$(wc -l <out)" = 20002 ]
	tail -n 20001 out >rest
	same answers rest
}

@test "a FIFO closed before its portfolio came is an error" {
	printf '%s\n' '{"type":"watermark","ts":"2024-01-02T00:00:00.000000000Z"}' >in
	timeout 20 loopback -l back <in >out 2>err &
	printf '{"type":"x-mine","ts":"2024-01-02T00:00:00Z"}\n' >back
	s=0; wait $! || s=$?
	[ "$s" = 4 ]
	[[ $(cat err) == "loopback: back was closed before the portfolio of 2024-01-02T00:00:00.000000000Z came back" ]]
}

@test "the reader leaves while nobody ever opened the FIFO" {
	printf '%s\n' '{"type":"watermark","ts":"2024-01-02T00:00:00.000000000Z"}' >in
	s=0; timeout 20 bash -c 'loopback -l back <in 2>err; echo $? >status' | true || s=$?
	[ "$(cat status)" = 141 ]
	[ ! -s err ]
}

@test "one process without the other end says so" {
	run -2 --separate-stderr pipe-run "tick-gen --ticks 10 | bar-agg | ibkr-exec --paper --feedback back"
	[[ $stderr == *"no loopback back"* ]]
	run -4 --separate-stderr pipe-run "tick-gen --ticks 1000 --symbols 1 | bar-agg | loopback -l back | ibkr-exec --paper"
	[[ $stderr == *"no portfolio came back"* ]]
}

@test "no FIFO, no operand, bad option, bad line" {
	run -4 --separate-stderr loopback nowhere </dev/null
	[[ $stderr == "loopback: nowhere: "* ]]
	run -2 --separate-stderr loopback </dev/null
	: >plain
	run -2 --separate-stderr loopback plain </dev/null
	[[ $stderr == *"no FIFO"*mkfifo* ]]
	check_bad_option back
	printf '%s\n' '{"type":"x-a","ts":"2024-01-02T00:00:00Z"}' '{"type":"watermark","ts":"2024' >in
	run -3 --separate-stderr stdin_is in loopback back
	[[ $stderr == "loopback: line 2: "* ]]
	[ "$output" = '{"type":"x-a","ts":"2024-01-02T00:00:00Z"}' ]
}

@test "empty input, unknown records, chunks, /dev/full, reader that leaves, man page" {
	check_empty back
	check_unknown_passes back
	tick-gen --symbols 2 --ticks 2000 --seed 1 >in
	check_chunks in back
	check_dev_full in back
	check_reader_leaves in back
	check_man_options
}
