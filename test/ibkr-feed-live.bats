#!/usr/bin/env bats
# The live feed against the simulated gateway: what comes, how it ends, history, recordings. What
# comes out of which message is tested in memory, by test/unit/feed_live.c.

load helper
load feed_live

# ---- what comes ----

@test "ten symbols, tick by tick: every trade and quote that was sent, then a quiet end" {
	start_sim --seed 1 --symbols 10 --tick 100ms --wire-log w.log
	live 5 --symbols SYM01,SYM02,SYM03,SYM04,SYM05,SYM06,SYM07,SYM08,SYM09,SYM10 \
	    --data trades,quotes
	[ ! -s said ]
	in_order
	[ "$(states)" = "connected eof" ]
	stop_sim
	# what the gateway wrote after we were told to stop was not read
	sent=$(grep -c '"kind":"tick_by_tick"' w.log)
	came=$(($(counts trade) + $(counts quote)))
	[ "$came" -gt 800 ]
	[ $((sent - came)) -le 20 ]
	[ "$(counts watermark)" -ge 4 ]
	[ "$(jq -r 'select(.type == "trade") | .sym' out | sort -u | wc -l)" = 10 ]
	# each second has trades of each symbol
	jq -r 'select(.type == "trade") | .ts[0:19] + .sym' out | sort -u >seconds
	[ "$(wc -l <seconds)" -ge 40 ]
	[ "$(requests cancel_tick_by_tick)" = 20 ]
	grep -q '"delayed"\|"dirty":"crossed"' out && return 1
	true
}

@test "10,000 ticks a second of 100 symbols: none is lost" {
	start_sim --seed 1 --symbols 100 --tick 10ms --wire-log w.log --limits off
	live 4 --symbols "$(seq -f 'SYM%03g' -s, 100)" --rate 1000 --spike 0
	stop_sim
	sent=$(grep -c '"kind":"tick_by_tick"' w.log)
	came=$(counts trade)
	echo "sent $sent, came $came"
	[ "$came" -gt 20000 ]
	# per symbol: what came is what was sent, from its beginning
	jq -r 'select(.kind == "tick_by_tick") | .fields | .[1] + " " + .[5]' w.log >sent.all
	jq -r 'select(.type == "trade") | .sym + " " + (.size | tostring)' out >came.all
	cut -d' ' -f1 came.all | sort | uniq -c | awk '{ print $2, $1 }' >per-symbol
	[ "$(wc -l <per-symbol)" = 100 ]
	sort -s -k1,1 came.all | cut -d' ' -f2 >came.sizes
	# requests are numbered in the order of the symbols
	sort -s -n -k1,1 sent.all >sent.sorted
	awk 'NR == FNR { n[FNR] = $2; next }
		$1 != last { i++; last = $1; k = 0 }
		k++ < n[i] { print $2 }' per-symbol sent.sorted >sent.sizes
	cmp came.sizes sent.sizes
}

@test "sampled data, five-second bars" {
	start_sim --seed 1 --symbols 3 --tick 100ms
	live 3 --symbols SYM01,SYM02 --data mkt
	[ "$(counts trade)" -gt 30 ]
	[ "$(counts quote)" -gt 30 ]
	grep -m 1 '"trade"' out | jq -e '.ts <= .ts_recv'
	in_order
	live 12 --symbols SYM01,SYM02 --data bars5s
	[ "$(counts bar)" -ge 2 ]
	# a bar's end is behind it as a watermark, and not before
	jq -r 'select(.type == "bar") | .ts_end' out | sort -u >ends
	while read -r end; do
		awk -v e="$end" '/"type":"bar"/ && index($0, "\"ts_end\":\"" e) { if (w) exit 1; b++ }
			/"type":"watermark"/ && index($0, e) { w = 1 }
			END { exit !(b == 2 && w) }' out
	done <ends
}

@test "-O csv" {
	start_sim --seed 1 --symbols 2 --tick 100ms
	live 2 --symbols SYM01,SYM02 -O csv
	head -1 out | grep -qx 'ts,sym,price,size,side,dirty'
	[ "$(wc -l <out)" -gt 10 ]
}

# ---- endings ----

@test "a full disk, a reader that leaves, Ctrl-C" {
	start_sim --seed 1 --symbols 2 --tick 50ms --wire-log w.log
	run --separate-stderr into_full_disk /dev/null timeout 20 ibkr-feed --port "$PORT" --symbols SYM01
	[ "$status" = 4 ]
	[[ $stderr == "ibkr-feed: "* ]]
	: >w.log
	run --separate-stderr into_broken_pipe /dev/null timeout 20 ibkr-feed --port "$PORT" --symbols SYM01
	[ "$status" = 141 ]
	[ -z "$stderr" ]
	run --separate-stderr bash -c "timeout --preserve-status -s INT 2 ibkr-feed -q --port $PORT \
	    --symbols SYM01 | head -4 >/dev/null; echo \${PIPESTATUS[0]}"
	[ "$output" = 141 ]
	[ -z "$stderr" ]
	sleep 0.2
	[ "$(requests cancel_tick_by_tick)" -ge 1 ] # in order, then the signal
	run -0 timeout --preserve-status -s INT 2 ibkr-feed -q --port "$PORT" --symbols SYM01
	[[ ${lines[-1]} == *'"state":"eof","text":"told to stop"'* ]]
}

@test "nobody there: --max-down, and why" {
	start_sim --seed 1
	stop_sim
	run --separate-stderr -5 ibkr-feed -q --port "$PORT" --symbols AAPL --max-down 2s
	[[ $stderr == "ibkr-feed: no session with 127.0.0.1:$PORT for 2 s: "*"refused" ]]
	[ "$(states <(echo "$output"))" = "disconnected eof" ]
}

@test "contracts must be exactly one" {
	start_sim --seed 1 --symbols AAPL,MSFT --scenario "$SCN/26-ambiguous-contract.scn"
	run --separate-stderr -2 ibkr-feed -q --port "$PORT" --symbols AAPL
	[[ $stderr == *"AAPL: 2 contracts are meant by STK AAPL SMART USD"*con_id*";"*con_id* ]]
	# and one of them by its number
	id=$(sed -n 's/.*, con_id \([0-9]*\);.*/\1/p' <<<"$stderr")
	printf 'sym,con_id\nAAPL,%s\n' "$id" >contracts.csv
	live 2 --contracts contracts.csv
	[ "$(counts trade)" -ge 1 ]
	run --separate-stderr -2 ibkr-feed -q --port "$PORT" --symbols NOSUCH
	[[ $stderr == *"NOSUCH: the broker knows no such contract"* ]]
}

# ---- history ----

@test "history: what the ticks make of it, each bar once, resumed where it ended" {
	start_sim --ticks "$TICKS" --clock virtual --start 2014-05-08T12:00:00Z --step 1s --steppers 1
	args=(-q --port "$PORT" --symbols EURUSD.OANDA --clock gateway --history 7200S --bar 1m)
	ibkr-feed "${args[@]}" --what BID >all
	ibkr-feed "${args[@]}" --what BID >again
	same all again
	[ "$(counts bar all)" = 120 ]
	ibkr-feed -q --replay --from 2014-05-08T10:00:00Z --to 2014-05-08T12:00:00Z "$TICKS" |
		bar-agg -i 1m --price bid >ours || skip "bar-agg has no --price bid"
	jq -r 'select(.type == "bar") | [.ts, .open, .high, .low, .close] | @csv' all >a
	jq -r 'select(.type == "bar") | [.ts, .open, .high, .low, .close] | @csv' ours >b
	same a b
}

@test "--resume leaves out what an earlier output has" {
	start_sim --seed 1 --symbols 2 --tick 1s --history 4h
	ibkr-feed -q --port "$PORT" --symbols SYM01,SYM02 --history '7200 S' --bar 1m >all
	grep -m 101 '"bar"' all >part # in the middle of an instant
	ibkr-feed -q --port "$PORT" --symbols SYM01,SYM02 --history '7200 S' --bar 1m \
	    --resume part >rest
	grep '"bar"' all >want
	cat part <(grep '"bar"' rest) | awk 'NR <= n' n="$(wc -l <want)" >got
	same want got
	[ "$(counts bar all)" -ge 238 ]
}

@test "--follow: bars behind the history, each once, over a restart, too" {
	echo 'after 8s: restart 1s' >cut.scn
	start_sim --seed 1 --symbols 2 --tick 100ms --scenario cut.scn
	live 17 --symbols SYM01,SYM02 --history '60 S' --bar 5s --follow
	for s in SYM01 SYM02; do
		jq -r 'select(.type == "bar" and .sym == "'$s'" and .rev == null) | .ts' out >ts
		LC_ALL=C sort -uc ts # in order, each once
		first=$(date -d "$(head -1 ts)" +%s) last=$(date -d "$(tail -1 ts)" +%s)
		[ $(((last - first) / 5 + 1)) = "$(wc -l <ts)" ] # and none is missing
		[ "$(wc -l <ts)" -ge 14 ]
	done
	[ "$(states)" = "connected history live disconnected connected eof" ]
	grep -q '"dirty":"time_backward"' out && return 1
	true
}

@test "--follow with ticks: none is missing between the last bar and the first live tick" {
	start_sim --seed 1 --symbols 1 --tick 100ms --wire-log w.log
	sleep 8 # what lies before the start has fewer ticks
	live 6 --symbols SYM01 --history '60 S' --bar 5s --follow --data trades
	in_order
	[ "$(grep -c '"backfill":true' out)" -ge 1 ]
	end=$(jq -r 'select(.type == "bar") | .ts_end' out | tail -1)
	# ten a second, from the end of the last bar on
	jq -r 'select(.type == "trade") | .ts[0:19]' out | sort | uniq -c | awk '{ print $1 }' >n
	[[ $(jq -r 'select(.type == "trade") | .ts' out | sed -n 1p) == "${end%.*}"* ]]
	sed '$d' n | sed '1d' | awk '$1 < 9 || $1 > 11 { exit 1 }'
}

# ---- recordings and time ----

@test "a recording gives the same bytes, over restarts" {
	start_sim --seed 1 --symbols 3 --tick 100ms --scenario "$SCN/04-nothing-resubscribed.scn"
	args=(--symbols "SYM01,SYM02,SYM03" --data "trades,quotes")
	live 12 "${args[@]}" --record wire
	[ "$(states | tr ' ' '\n' | grep -c '^connected')" = 3 ]
	ibkr-feed -q "${args[@]}" --replay-wire wire >again
	same out again
	run --separate-stderr -3 ibkr-feed -q --symbols SYM01,SYM03 --data trades --replay-wire wire
	[[ $stderr == *"the recording is of other options"* ]]
	run --separate-stderr -4 ibkr-feed -q --port "$PORT" "${args[@]}" --record wire
	head -c 5000 wire >half
	run -0 ibkr-feed -q "${args[@]}" --replay-wire half # cut off: it ends there
	pipe-run "ibkr-feed -q --symbols SYM01,SYM02,SYM03 --data trades,quotes --replay-wire wire" >fused
	same out fused
}

@test "--clock gateway: a day's quotes, each of them, the same bytes each time" {
	args=(-q --symbols EURUSD.OANDA --data quotes --clock gateway)
	for i in 1 2; do
		start_sim --ticks "$TICKS" --clock virtual --steppers 1 --step 1s
		ibkr-feed "${args[@]}" --port "$PORT" >out.$i
		stop_sim
	done
	same out.1 out.2
	ibkr-feed -q --replay "$TICKS" | jq -r 'select(.type == "quote") |
		.ts[0:19] + " \(.bid) \(.ask)"' >want
	jq -r 'select(.type == "quote") | .ts[0:19] + " \(.bid) \(.ask)"' out.1 >got
	same want got
	in_order out.1
}
