# shellcheck shell=bash disable=SC2154 # bats sets status, output and stderr
# The rows of tensortrade(7) that no other test shows, and that each row has its test.
load helper

# trades AT: one a second at the prices given, a watermark after each; `order` behind the first
ticks()
{
	local order=$1 n=0 p
	shift
	for p; do
		n=$((n + 1))
		printf '{"type":"trade","ts":"2024-01-02T00:00:0%d.000000000Z","sym":"A","price":%s,"size":100}\n' \
		    "$n" "$p"
		printf '{"type":"watermark","ts":"2024-01-02T00:00:0%d.000000000Z"}\n' "$n"
		[ "$n" != 1 ] || echo "$order"
	done
}

order()
{
	echo "{\"type\":\"order\",\"ts\":\"2024-01-02T00:00:01.000000000Z\",\"sym\":\"A\",\"cl_ord_id\":\"o1\",\"qty\":10,$1}"
}

fills()
{
	jq -r 'select(.type == "fill") | "\(.side) \(.last_qty + 0) \(.last_price + 0)"'
}

@test "a market order fills after its decision" {
	ticks "$(order '"side":"buy","ord_type":"market"')" 100.00 105.00 101.00 |
	    ibkr-exec --paper --commission none | fills >out
	[ "$(cat out)" = "buy 10 105" ]
}

# TensorTrade leaves it open through all of these prices.
@test "a resting limit order fills" {
	ticks "$(order '"side":"buy","ord_type":"limit","limit_price":98,"tif":"gtc"')" 100.00 105.00 \
	    101.00 99.00 95.00 90.00 | ibkr-exec --paper --commission none >out
	[ "$(fills <out)" = "buy 10 95" ]
	[ "$(jq -r 'select(.type == "fill").ts' <out)" = 2024-01-02T00:00:05.000000000Z ]
}

@test "stops down and up" {
	ticks "$(order '"side":"sell_short","ord_type":"stop","stop_price":98')" 100.00 99.00 97.00 96.00 |
	    ibkr-exec --paper --commission none | fills >out
	[ "$(cat out)" = "sell_short 10 97" ]
	ticks "$(order '"side":"buy","ord_type":"stop","stop_price":103')" 100.00 102.00 104.00 105.00 |
	    ibkr-exec --paper --commission none | fills >out
	[ "$(cat out)" = "buy 10 104" ]
}

# TensorTrade's Timed raises a TypeError.
@test "an order ends at its time" {
	ticks "$(order '"side":"buy","ord_type":"limit","limit_price":98,"tif":"gtd","expire_time":"2024-01-02T00:00:03Z"')" \
	    100.00 105.00 101.00 99.00 95.00 | ibkr-exec --paper >out
	[ -z "$(fills <out)" ]
	[ "$(jq -r 'select(.type == "order_status") | .status' <out | tr '\n' ' ')" = "new expired " ]
}

@test "an order tells its states" {
	ticks "$(order '"side":"buy","ord_type":"market"')" 100.00 105.00 |
	    ibkr-exec --paper | jq -r 'select(.type == "order_status") | .status' >out
	[ "$(tr '\n' ' ' <out)" = "new filled " ]
}

@test "a commission is a part of the value, or a schedule with a minimum" {
	ticks "$(order '"side":"buy","ord_type":"market"')" 100.00 100.00 >in
	[ "$(ibkr-exec --paper --commission rate:0.003 <in |
	    jq 'select(.type == "fill").commission == 3')" = true ]
	[ "$(ibkr-exec --paper --commission ibkr-fixed <in |
	    jq 'select(.type == "fill").commission == 1')" = true ]
}

@test "an order that is too large, off its lot or far from the price is refused" {
	echo '{ "max_order_qty": 9, "price_collar_pct": 10 }' >limits.json
	ticks "$(order '"side":"buy","ord_type":"market"')" 100.00 |
	    risk-gate -q -l limits.json | jq -r 'select(.type == "reject").rule' >out
	[ "$(cat out)" = order_qty ]
	echo '{ "lot_size": 4, "price_collar_pct": 10 }' >limits.json
	ticks "$(order '"side":"buy","ord_type":"market"')" 100.00 |
	    risk-gate -q -l limits.json | jq -r 'select(.type == "reject").rule' >out
	[ "$(cat out)" = lot_size ]
	echo '{ "price_collar_pct": 10 }' >limits.json
	ticks "$(order '"side":"buy","ord_type":"limit","limit_price":80')" 100.00 |
	    risk-gate -q -l limits.json | jq -r 'select(.type == "reject").rule' >out
	[ "$(cat out)" = price_collar ]
}

@test "short, with a fee for what is borrowed" {
	{
		ticks "$(order '"side":"sell_short","ord_type":"market"')" 100.00 100.00 90.00
		echo '{"type":"watermark","ts":"2024-01-03T00:00:10.000000000Z"}'
	} | ibkr-exec --paper --commission none --borrow-rate 0.365 | jq -c 'select(.type == "portfolio")' >out
	# 10 short at 100, marked at 90: 100 gained; a day's fee of 0.365/365 of 900, or of /360
	tail -1 out | jq '.equity > 100098.9 and .equity < 100099.3 and .borrow_fee > 0.85' >ok
	[ "$(cat ok)" = true ]
}

@test "the books close: cash and positions make the equity at each watermark" {
	ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" --symbols AAPL,XOM --to 2014-02-01 |
	    rl-act -q -p rule:sma-cross,fast=3,slow=9,size=100,short=1 | risk-gate -q -l "$ROOT/examples/limits-open.json" |
	    ibkr-exec -q --paper >run.ndjson
	jq -s 'map(select(.type == "portfolio")) |
		all(.[]; ((.cash + .net - .equity) | fabs) < 1e-6) and length > 200' <run.ndjson >ok
	[ "$(cat ok)" = true ]
}

@test "a run is drawn, and its equity and trades are tables" {
	ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" --symbols AAPL --to 2014-02-01 |
	    rl-act -q -p rule:sma-cross,fast=3,slow=9,size=100 | risk-gate -q -l "$ROOT/examples/limits-open.json" |
	    ibkr-exec -q --paper | perf-report --ascii --equity equity.csv --trades trades.csv >report
	[ "$(wc -l <report)" -gt 20 ]
	[ "$(wc -l <equity.csv)" -gt 200 ]
	[ "$(wc -l <trades.csv)" -gt 5 ]
	head -1 equity.csv | grep -q equity
}

@test "streams: rolling, expanding and clamped, from standard input" {
	for c in 1 2 4 3 5; do
		n=$((${n:-0} + 1))
		printf '{"type":"bar","ts":"2024-01-0%dT00:00:00Z","ts_end":"2024-01-0%dT00:00:00Z","sym":"A","open":%d,"high":%d,"low":%d,"close":%d}\n' \
		    "$n" $((n + 1)) "$c" "$c" "$c" "$c"
	done >in
	feat-calc -q -e 'm = mean(close, 3)' -e 's = cumsum(close)' -e 'k = min(max(close, 2), 4)' \
	    -e 'd = diff(close, 1)' -O csv <in >out
	# pandas: rolling(3).mean(), cumsum(), clip(2, 4), diff() of the last row
	[ "$(tail -1 out | awk -F, '{ print $(NF-3), $(NF-2), $(NF-1), $NF }')" = "4 15 4 2" ]
}

@test "made-up markets" {
	for m in gbm ou heston merton; do
		tick-gen --model "$m" --ticks 500 --seed 3 >one
		tick-gen --model "$m" --ticks 500 --seed 3 >two
		same one two
		jq -s 'map(select(.price) | .price > 0) | all and length >= 500' one >ok
		[ "$(cat ok)" = true ]
	done
}

@test "a foreign file is read by naming its columns" {
	printf '%s\n' 'unix,symbol,open,high,low,close' '1704153600,BTC/USD,1,3,1,2' \
	    '1704240000,BTC/USD,2,4,2,3' >foreign.csv
	ibkr-feed -q --replay foreign.csv --columns ts=unix,sym=symbol --type bar >out
	jq -s 'map(select(.type == "bar")) | .[0].ts == "2024-01-02T00:00:00.000000000Z" and
		.[1].close == 3' out >ok
	[ "$(cat ok)" = true ]
}

# "test/FILE: WORDS" at the end of a row is in that file; rows without anything here have none.
@test "each row of the page has its test" {
	grep '^\.It' "$ROOT/man/tensortrade.7" | grep -v 'Em theirs' >rows
	[ "$(wc -l <rows)" -gt 40 ]
	while IFS= read -r row; do
		test=${row##* Ta }
		if [[ $row == *" Ta none Ta" ]]; then
			continue
		fi
		file=${test%%:*} words=${test#*: }
		grep -qF "$words" "$ROOT/$file" || { echo "no test for: $row"; return 1; }
	done <rows
}
