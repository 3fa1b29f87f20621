#!/usr/bin/env bats
# A pipeline in one process against the same pipeline in the shell.

load helper

setup()
{
	tp_setup
	ln -s "$ROOT/testdata" "$ROOT/examples" .
	DAILY=testdata/daily/sp500_5y.csv.gz
}

# The pipeline through the shell and through pipe-run: same bytes, same status.
both_ways()
{
	local a=0 b=0
	bash -o pipefail -c "$1" >shell.out 2>shell.err || a=$?
	pipe-run "$1" >fused.out 2>fused.err || b=$?
	[ "$a" = "$b" ] || { echo "status $a in the shell, $b in one process"; cat shell.err fused.err; return 1; }
	same shell.out fused.out
}

@test "a backtest of daily bars: every record the same" {
	both_ways "ibkr-feed -q --replay $DAILY | rl-act --policy rule:momentum | risk-gate -l examples/limits.json | ibkr-exec --paper"
	[ "$(grep -c '"type":"fill"' fused.out)" -gt 100 ]
}

@test "and its report" {
	both_ways "ibkr-feed -q --replay $DAILY | rl-act --policy rule:momentum | risk-gate -l examples/limits.json | ibkr-exec --paper | perf-report -O json"
	grep -q '"final_equity":' fused.out
}

@test "ticks to bars to a report" {
	both_ways "ibkr-feed -q --replay testdata/ticks/EURUSD.OANDA_2014-05-08.csv.gz | bar-agg -i 1m --session FX | rl-act --policy rule:sma-cross,fast=10,slow=40,size=1000,short=1 | risk-gate -l examples/limits-open.json | ibkr-exec --paper --commission rate:0.00002 | perf-report"
	[ -s fused.out ]
}

@test "a synthetic market to CSV" {
	both_ways "tick-gen --symbols 3 --ticks 5000 --seed 4 | bar-agg -i 1m -O csv"
	[ "$(wc -l <fused.out)" -gt 10 ]
}

@test "CSV on standard input, read as the first tool would" {
	tick-gen --symbols 3 --ticks 5000 --seed 4 -O csv >ticks.csv
	bar-agg -i 1m <ticks.csv | rl-act --policy rule:breakout >shell.out
	pipe-run 'bar-agg -i 1m | rl-act --policy rule:breakout' <ticks.csv >fused.out
	same shell.out fused.out
	pipe-run '< ticks.csv bar-agg -i 1m | rl-act --policy rule:breakout' >fused.out </dev/null
	same shell.out fused.out
}

@test "tee keeps what passes" {
	both_ways "tick-gen --symbols 2 --ticks 900 --seed 4 | tee a.ndjson | bar-agg -i 1m | tee b.ndjson"
	[ "$(grep -c '"trade"' a.ndjson)" = 900 ]
	same b.ndjson fused.out
	tick-gen --symbols 2 --ticks 900 --seed 4 >c.ndjson
	same a.ndjson c.ndjson
	pipe-run 'tick-gen --symbols 2 --ticks 900 --seed 4 | tee -a a.ndjson' >/dev/null
	[ "$(grep -c '"trade"' a.ndjson)" = 1800 ]
}

@test "a bad line ends both alike: the first tool is named, the rest is reported" {
	tick-gen --symbols 2 --ticks 900 --seed 4 | sed '500s/price/prise/' >bad.ndjson
	both_ways "bar-agg -i 1m <bad.ndjson | rl-act --policy rule:buy-hold,size=1"
	[[ $(cat fused.err) == "bar-agg: "*"line 500: trade without price"* ]]
	[ -s fused.out ]
}

# The same pipeline with a thread that decodes ahead, and on one processor, where there is none.
with_and_without_thread()
{
	local a=0 b=0
	pipe-run "$1" >two.out 2>two.err || a=$?
	pipe-run --pin 0 "$1" >one.out 2>one.err || b=$?
	[ "$a" = "$b" ] || { echo "status $a and $b"; cat two.err one.err; return 1; }
	same one.out two.out
	same one.err two.err
}

@test "a long file, decoded ahead: the same as without, and as in the shell" {
	local chain="rl-act --policy rule:sma-cross,fast=5,slow=15 | risk-gate -l examples/limits-open.json | ibkr-exec --paper"
	tick-gen --symbols 3 --type bar --ticks 30000 --seed 8 -O csv >bars.csv
	tick-gen --symbols 3 --ticks 60000 --seed 8 -O csv >ticks.csv
	[ "$(stat -c %s bars.csv)" -gt 1200000 ] && [ "$(stat -c %s ticks.csv)" -gt 1200000 ]
	both_ways "ibkr-feed --replay bars.csv | $chain"
	with_and_without_thread "ibkr-feed --replay bars.csv | $chain"
	both_ways "ibkr-feed --replay ticks.csv | bar-agg -i 1m"
	with_and_without_thread "ibkr-feed --replay ticks.csv | bar-agg -i 1m"
	with_and_without_thread "ibkr-feed -v --replay bars.csv | perf-report -O json"
	# other lines among the rows: quotes, CR LF, symbols that come late and are long, no newline
	awk -v OFS=, -F, 'NR % 997 == 0 { $2 = "\"" $2 "\"" } NR % 1009 == 0 { $0 = $0 "\r" }
		NR % 5003 == 0 { $2 = "A.RATHER.LONG.NAME-" NR } NR > 20000 { sub("SYM01", "LATE") }
		{ print }' bars.csv | head -c -1 >mixed.csv
	both_ways "ibkr-feed --replay mixed.csv | $chain | perf-report -O json"
	with_and_without_thread "ibkr-feed --replay mixed.csv | $chain"
	gzip -1 -c mixed.csv >mixed.csv.gz
	tick-gen --symbols 3 --type bar --ticks 90000 --seed 9 -O csv | gzip -1 >big.csv.gz
	[ "$(stat -c %s big.csv.gz)" -gt 1200000 ]
	both_ways "ibkr-feed --replay big.csv.gz | perf-report -O json"
	with_and_without_thread "ibkr-feed --replay big.csv.gz | perf-report -O json"
}

@test "a long file, decoded ahead: errors with their lines, and an end before its end" {
	tick-gen --symbols 3 --type bar --ticks 30000 --seed 8 -O csv >bars.csv
	sed -e '20001s/,[0-9]*$/,x/' -e '25007s/^2/x/' bars.csv >bad.csv
	with_and_without_thread "ibkr-feed --replay bad.csv | perf-report -O json"
	grep -q "ibkr-feed: bad.csv: line 20001: volume: 'x'" two.err
	both_ways "ibkr-feed --replay bad.csv | rl-act --policy rule:buy-hold"
	with_and_without_thread "ibkr-feed --skip-bad --replay bad.csv | perf-report -O json"
	grep -q "2 bad lines skipped, the first: bad.csv: line 20001:" two.err
	sed '1500s/,[0-9.]*,[0-9.]*,[0-9]*$/,1,1,1/' bars.csv >dirty.csv
	with_and_without_thread "ibkr-feed --on-dirty stop --replay dirty.csv | perf-report -O json"
	grep -q "dirty.csv: line 1500: dirty: spike" two.err
	gzip -1 -c bars.csv bars.csv bars.csv bars.csv >whole.csv.gz
	head -c 1300000 whole.csv.gz >cut.csv.gz
	with_and_without_thread "ibkr-feed --replay cut.csv.gz | perf-report -O json"
	run -141 bash -c "pipe-run 'ibkr-feed --replay bars.csv | rl-act --policy rule:buy-hold' | head -n 1 >/dev/null; exit \${PIPESTATUS[0]}"
}

@test "a gate that is not met gives its status" {
	both_ways "tick-gen --symbols 1 --ticks 900 --seed 4 | bar-agg -i 1m | rl-act --policy rule:buy-hold,size=1 | risk-gate -l examples/limits-open.json | ibkr-exec --paper | perf-report -O json --require 'total_return>5'"
	run -6 pipe-run "tick-gen --symbols 1 --ticks 900 --seed 4 | bar-agg -i 1m | rl-act --policy rule:buy-hold,size=1 | risk-gate -l examples/limits-open.json | ibkr-exec --paper | perf-report -O json --require 'total_return>5'"
}

@test "what is no pipeline is refused with the place" {
	run -2 --separate-stderr pipe-run 'bar-agg | '
	[[ $stderr == "pipe-run: pipeline, character "* ]]
	run -2 --separate-stderr pipe-run 'bar-agg > x'
	[[ $stderr == *">"* ]]
	run -2 --separate-stderr pipe-run "bar-agg 'x"
	run -2 --separate-stderr pipe-run 'awk 1 | bar-agg'
	[[ $stderr == *"'awk' is none of the tools"*"bar-agg"* ]]
	run -2 --separate-stderr pipe-run 'bar-agg --nonsense | rl-act'
	[[ $stderr == "pipe-run: bar-agg: "*--nonsense* ]]
	run -2 --separate-stderr pipe-run 'bar-agg -i 1m | tick-gen'
	[[ $stderr == *"can only come first"* ]]
	run -2 --separate-stderr pipe-run 'perf-report | bar-agg'
	[[ $stderr == *"nothing comes out of it"* ]]
	run -2 --separate-stderr pipe-run 'bar-agg -O csv | rl-act --policy rule:buy-hold'
	[[ $stderr == *"end of a pipe"* ]]
	run -2 --separate-stderr pipe-run 'bar-agg -h'
	run -2 --separate-stderr pipe-run
	run -2 --separate-stderr pipe-run a b
}

@test "the pipeline from a file" {
	printf '%s\n' '# ticks to bars' 'tick-gen --symbols 1 --ticks 500 --seed 2 |' '	bar-agg -i 1m -O csv' >job
	pipe-run -f job >out
	tick-gen --symbols 1 --ticks 500 --seed 2 | bar-agg -i 1m -O csv >want
	same want out
	run -4 --separate-stderr pipe-run -f nowhere
	[[ $stderr == *nowhere* ]]
}

@test "-h, -V, completion; options of -h in the man page" {
	run -0 pipe-run --help
	[[ $output == "usage: pipe-run"* ]]
	run -0 pipe-run -V
	run -0 pipe-run --completion bash
	bash -n <(pipe-run --completion bash)
	check_man_options
}

@test "empty input, /dev/full, a reader that leaves" {
	run -0 --separate-stderr pipe-run 'bar-agg -i 1m | rl-act --policy rule:buy-hold' </dev/null
	[ -z "$output$stderr" ]
	tick-gen --symbols 1 --ticks 5000 --seed 2 >in
	run -4 --separate-stderr bash -c "pipe-run 'bar-agg -i 1m | rl-act --policy rule:buy-hold' <in >/dev/full"
	run --separate-stderr into_broken_pipe in pipe-run 'bar-agg -i 1m | rl-act --policy rule:buy-hold'
	[ "$status" = 141 ] && [ -z "$stderr" ]
}

@test "unknown records pass through a whole chain byte for byte, in order" {
	cat >in <<-'END'
		{"type":"x-news","ts":"2024-01-02T00:00:00Z","text":"caf\u00e9 é", "n" : 1.0}
		{"type":"trade","ts":"2024-01-02T00:00:01.000000000Z","sym":"A","price":1,"size":1}
		{"ts":"2024-01-02T00:00:02Z","type":"x-odd","deep":[1,{"a":null}]}
	END
	pipe-run 'bar-agg -i 1m | rl-act --policy rule:buy-hold | risk-gate -l examples/limits-open.json | ibkr-exec --paper' <in >out
	grep x- out >passed
	grep x- in >want
	same want passed
}
