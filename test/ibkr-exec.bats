load helper

BRACKET=$DATA/ibkr-exec/bracket.ndjson

# Orders that bring the position to each target of one symbol.
as_orders()
{
	awk '
	/"type":"target"/ {
		match($0, /"position":-?[0-9.]+/); p = substr($0, RSTART + 11, RLENGTH - 11) + 0
		match($0, /"ts":"[^"]*"/); ts = substr($0, RSTART, RLENGTH)
		match($0, /"sym":"[^"]*"/); s = substr($0, RSTART, RLENGTH)
		d = p - pos; pos = p
		side = (d > 0) ? "buy" : "sell"; q = (d > 0) ? d : -d
		if (d != 0)
			printf("{\"type\":\"order\",%s,%s,\"cl_ord_id\":\"o%d\",\"side\":\"%s\",\"qty\":%d,\"ord_type\":\"market\",\"tif\":\"day\"}\n", ts, s, ++n, side, q)
		next
	}
	{ print }'
}

@test "a bracket, a duplicate, a short sale and a market-on-close order, checked by hand" {
	ibkr-exec --paper <"$BRACKET" >out
	same out "$DATA/ibkr-exec/bracket.out.ndjson"
}

@test "csv gives the fills" {
	ibkr-exec --paper -O csv <"$BRACKET" >out
	[ "$(head -1 out)" = ts,sym,side,last_qty,last_price,commission,cl_ord_id,exec_id ]
	[ "$(sed -n 2p out)" = 2024-01-03T00:00:00.000000000Z,AAPL,buy,100,184.22,1.00,entry,P1.1 ]
	[ "$(wc -l <out)" = 5 ]
}

@test "without --paper a journal is needed" {
	run -2 --separate-stderr stdin_is "$BRACKET" ibkr-exec
	[ -z "$output" ]
	[[ $stderr == "ibkr-exec: "*--paper* ]]
}

@test "targets that nobody turned into orders are told about" {
	printf '{"type":"target","ts":"2024-01-02T00:00:00Z","sym":"A","strategy":"s","position":%d}\n' 1 2 >in
	run -0 --separate-stderr stdin_is in ibkr-exec --paper
	[ "$output" = "$(cat in)" ]
	[[ $stderr == "ibkr-exec: warning: 2 targets passed by and no order came: is risk-gate in the pipe"* ]]
	cat "$BRACKET" >>in
	run -0 --separate-stderr stdin_is in ibkr-exec --paper
	[ -z "$stderr" ]
}

@test "the numbers of a reject are plain" {
	sed 's/"qty":100,/"qty":10001,/' "$BRACKET" |
		ibkr-exec --paper --capital 100001.10 --margin 0.3 --commission none >out
	jq -c 'select(.rule == "margin") | [.limit, .value]' out >got
	[ -s got ]
	run -1 grep -E '[0-9]\.[0-9]{7}' got
}

@test "wrong options name what is wrong" {
	for o in --capital=0 --commission=cheap --slippage=much --slippage=bps:-1 --latency=soon \
	    --participation=1.5 --margin=-1 --trading-day=NOWHERE --both-in-range=both \
	    --instruments=/no/such/file; do
		run --separate-stderr stdin_is /dev/null ibkr-exec --paper "$o"
		[ "$status" = 2 ] || [ "$status" = 4 ]
		o=${o%%=*}
		[[ $stderr == "ibkr-exec: "* ]]
		[ -z "$output" ]
	done
}

@test "a stream that knows the future is refused with its line" {
	printf '%s\n' '{"type":"watermark","ts":"2024-01-02T00:00:00.000000000Z"}' \
	    '{"type":"order","ts":"2024-01-02T00:00:00.000000000Z","sym":"A","cl_ord_id":"a","side":"buy","qty":1,"ord_type":"market","lookahead":true}' >in
	run -3 --separate-stderr stdin_is in ibkr-exec --paper
	[[ $stderr == *lookahead* ]]
	sed 's/"lookahead":true/"lookahead":false/' in >in2
	ibkr-exec --paper <in2
}

@test "parity: SMA 20/50 on hourly EURUSD ends where three other engines do" {
	ibkr-feed -q --replay "$DATA/fx/hour_EURUSD.OANDA.csv.gz" |
		rl-act --policy rule:sma-cross,fast=20,slow=50,size=1 | as_orders |
		ibkr-exec --paper --capital 1000000 --commission rate:0.001 |
		grep -E '"type":"(fill|portfolio)"' >out
	# backtesting.py, vectorbt, backtrader: 999998.2590, 570 trades, max drawdown 0.000174 %
	[ "$(grep -c '"type":"fill"' out)" = 1140 ]
	tail -1 out | jq -e '(.equity - 999998.2590) | fabs <= 0.0006'
	jq -s -e '[.[] | .drawdown // 0] | min | . * 1e8 | round == -174' out
}

@test "--state: cut at a watermark, the run goes on as if never stopped" {
	ibkr-exec --paper --state whole.json <"$BRACKET" >whole
	for n in 2 5 7 8 11 14; do
		rm -f s.json
		head -n "$n" "$BRACKET" | ibkr-exec --paper --state s.json >parts
		tail -n +$((n + 1)) "$BRACKET" | ibkr-exec --paper --state s.json >>parts
		same whole parts
		same <(jq -S '.ids |= sort' whole.json) <(jq -S '.ids |= sort' s.json)
	done
}

@test "--state: what was in it already changes nothing when it comes again" {
	cat >in <<-'END'
		{"type":"bar","ts":"2024-01-02T00:00:00Z","sym":"A","ts_end":"2024-01-03T00:00:00Z","open":10,"high":10,"low":10,"close":10}
		{"type":"watermark","ts":"2024-01-03T00:00:00Z"}
		{"type":"order","ts":"2024-01-03T00:00:00Z","sym":"A","cl_ord_id":"a","side":"buy","qty":10,"ord_type":"market"}
		{"type":"bar","ts":"2024-01-03T00:00:00Z","sym":"A","ts_end":"2024-01-04T00:00:00Z","open":10,"high":12,"low":10,"close":12}
		{"type":"watermark","ts":"2024-01-04T00:00:00Z"}
		{"type":"corporate_action","ts":"2024-01-04T00:00:00Z","sym":"A","action":"dividend","amount":0.5}
		{"type":"bar","ts":"2024-01-04T00:00:00Z","sym":"A","ts_end":"2024-01-05T00:00:00Z","open":12,"high":12,"low":11,"close":11}
		{"type":"watermark","ts":"2024-01-05T00:00:00Z"}
		{"type":"bar","ts":"2024-01-05T00:00:00Z","sym":"A","ts_end":"2024-01-06T00:00:00Z","open":11,"high":13,"low":11,"close":13}
		{"type":"watermark","ts":"2024-01-06T00:00:00Z"}
	END
	ibkr-exec --paper <in >whole
	for n in 3 5 6 7 8; do
		rm -f s.json
		head -n $n in | ibkr-exec --paper --state s.json >first
		run -0 --separate-stderr stdin_is in ibkr-exec --paper --state s.json
		orders=$((n >= 3))
		[[ $stderr == "ibkr-exec: warning: $n records were in the state already"*", $orders targets and orders among them" ]]
		{ head -n $n in | grep -v '"order"'; tail -n +$(($(wc -l <first) + 1)) whole; } >want
		same <(printf '%s\n' "$output") want
	done
	cp s.json before
	run -0 --separate-stderr stdin_is in ibkr-exec --paper --state s.json
	same <(printf '%s\n' "$output") <(grep -v '"order"' in)
	same before s.json
}

@test "--state: a looped watermark gets its portfolio even when it comes again" {
	sed 's/\("watermark".*\)}/\1,"loop":true}/' "$BRACKET" >in
	ibkr-exec --paper --state s.json <in >first
	ibkr-exec -q --paper --state s.json <in >again
	[ "$(grep -c '"type":"portfolio"' again)" = "$(grep -c '"type":"watermark"' in)" ]
	run -1 grep '"type":"fill"' again
	same <(tail -n 1 again | jq .cash) <(tail -n 1 first | jq .cash)
}

@test "--state: a file that is none is told" {
	echo '{"cash":3}' >s.json
	run -3 --separate-stderr stdin_is /dev/null ibkr-exec --paper --state s.json
	[[ $stderr == *s.json* ]]
	[ "$(cat s.json)" = '{"cash":3}' ]
	run -4 --separate-stderr stdin_is /dev/null ibkr-exec --paper --state /no/such/dir/s.json
}

@test "--state: any byte damaged is refused" {
	head -7 "$BRACKET" | ibkr-exec --paper --state s.json >/dev/null
	size=$(wc -c <s.json)
	for n in $(seq 0 $((1 + size / 60)) $((size - 1))) $((size - 1)); do
		damage "$n" s.json >part
		run -3 --separate-stderr stdin_is /dev/null ibkr-exec --paper --state part
	done
}

@test "--state: kept up to date while the input is open" {
	mkfifo in
	ibkr-exec --paper --state s.json <in >out 3>&- &
	exec 9>in
	head -7 "$BRACKET" >&9
	for _ in $(seq 100); do
		grep -q '"qty":100000000000' s.json 2>/dev/null && break
		sleep 0.05
	done
	kill -KILL $!
	wait $! || true
	exec 9>&-
	jq -e '.positions[0].sym == "AAPL" and .orders[1].id == "stop"' s.json
}

@test "a closed standard output is an error, not the FIFO" {
	mkfifo back
	cat back >came &
	run -4 --separate-stderr bash -c "ibkr-exec --paper --feedback back <'$BRACKET' >&-"
	[[ $stderr == *"standard output"* ]]
	wait
	run -1 grep '"type":"bar"' came
}

@test "--feedback writes the account's records to the FIFO too, and ours end here" {
	mkfifo back
	cat back >came &
	{ cat "$BRACKET"; grep -m 1 '"type":"portfolio"' "$DATA/ibkr-exec/bracket.out.ndjson"; } |
		ibkr-exec --paper --feedback back >out
	wait $!
	same out "$DATA/ibkr-exec/bracket.out.ndjson"
	grep -E '"type":"(order_status|fill|position|portfolio)"' out >want
	same came want
}

@test "its own records end here without --feedback too: a journal holds the last run's" {
	{ cat "$BRACKET"; grep -E '"type":"(order_status|fill|position|portfolio)"' \
	    "$DATA/ibkr-exec/bracket.out.ndjson"; } >in
	ibkr-exec --paper <in >out
	same out "$DATA/ibkr-exec/bracket.out.ndjson"
}

@test "each option of the account reaches it" {
	fills() { ibkr-exec --paper -O csv "$@" <"$BRACKET" | tail -n +2 | cut -d, -f4,5,6,7; }
	[ "$(fills | sed -n 1p)" = 100,184.22,1.00,entry ]
	[ "$(fills --commission none | sed -n 1p)" = 100,184.22,0.00,entry ]
	[ "$(fills --slippage bps:10 --commission none | sed -n 1p)" = 100,184.40422,0.00,entry ]
	[ "$(fills --participation 0.000001 | sed -n 1p)" = 58,184.22,1.00,entry ]
	[ "$(fills --latency 1bars | wc -l)" = 0 ] # day orders of daily bars: too late
	[ "$(fills --no-short | grep -c short)" = 0 ]
	[ "$(fills --capital 500 | wc -l)" = 0 ]
	[ "$(fills --capital 500 --margin 0 --maintenance 0 | wc -l)" = 4 ]
	printf 'sym,class,quote_currency,multiplier,min_tick,lot_size\nAAPL,future,USD,50,0.01,1\n' >i.csv
	ibkr-exec --paper --capital 10000000 --commission none --instruments i.csv <"$BRACKET" >out
	jq -e -s 'map(select(.type == "portfolio"))[1].gross == 921250' out
	ibkr-exec --paper --commission none --borrow-rate 0.36 <"$BRACKET" >out
	jq -e -s 'map(select(.type == "portfolio"))[-1].borrow_fee > 0' out
	ibkr-exec --paper --capital 10000 --margin-rate 0.1 --maintenance 0 <"$BRACKET" >out
	jq -e -s 'map(select(.type == "portfolio"))[-1].interest < 0' out
	ibkr-exec --paper --trading-day XNYS <"$BRACKET" >out
	same out "$DATA/ibkr-exec/bracket.out.ndjson"
	ibkr-exec --paper --both-in-range best <"$BRACKET" >out
	same out "$DATA/ibkr-exec/bracket.out.ndjson"
}

@test "no input, no output" {
	check_empty --paper
}

@test "a bad line is named, with --skip-bad too" {
	check_bad_line --paper
}

@test "an unknown option is a usage error" {
	check_bad_option --paper
}

@test "a full disk" {
	check_dev_full "$BRACKET" --paper
}

@test "a reader that leaves" {
	check_reader_leaves "$BRACKET" --paper
}

@test "records of unknown types pass" {
	check_unknown_passes --paper
}

@test "pipe-run writes the same bytes" {
	check_pipe_run_same "--paper --slippage bps:3" "$BRACKET"
}

@test "pieces of input make no difference" {
	check_chunks "$BRACKET" --paper
}

@test "no look-ahead" {
	check_prefix "$BRACKET" --paper
}

@test "every option is in the man page" {
	check_man_options
}
