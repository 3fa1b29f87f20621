#!/usr/bin/env bash
# The main job on real data, with the commands in sight: `make run` ends here.
# (a) five years of daily bars of 65 US stocks: momentum, risk gate, paper execution, report;
# (b) one day of EUR/USD quotes: one-minute bars, a trend rule, the same tools behind it;
# (c) the last 13 months of (a): features, patterns, images, networks and a learned policy.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=${LC_ALL:-C.UTF-8}
out=build/demo
mkdir -p "$out"

# Say a command, then run it.
show()
{
	printf '\n$ %s\n\n' "$1"
	bash -o pipefail -c "$1"
}

# One figure of a perf-report -O json file.
figure()
{
	grep -oE "\"$2\": *[^,}]+" "$1" | head -1 | sed 's/.*: *//; s/"//g'
}

percent()
{
	awk -v x="$(figure "$1" "$2")" 'BEGIN { printf x == "null" ? "n/a" : "%.2f %%", x * 100 }'
}

number()
{
	awk -v x="$(figure "$1" "$2")" 'BEGIN { print x == "null" ? "n/a" : x == int(x) ? x : sprintf("%.2f", x) }'
}

# What (c) came to beside holding the same stocks from the close at which it first decided.
verdict()
{
	local hold
	hold=$(zcat testdata/daily/benchmark_ew65.csv.gz | awk -F, 'substr($1, 1, 7) == "2016-12" { first = $6 }
		substr($1, 1, 4) >= "2017" { last = $6 } END { print last / first - 1 }')
	awk -v got="$(figure "$out/policy.json" total_return)" -v hold="$hold" 'BEGIN {
		printf "The learned policy of (c) made %.1f %% where\n", 100 * got
		printf "holding all 65 in equal parts made %.1f %%: ", 100 * hold
		if (got > hold) print "one span of one rising market is no proof of skill."
		else print "what it learned was no match for doing nothing." }'
}

cat <<'END'
tradepipe: three pipelines on real data. Each tool reads records on stdin and writes
records on stdout; every order passes the risk gate; fills happen on market data
after the decision, never on the bar it was made on.

(a) Five years of daily bars of 65 US stocks (IEX, 2013 to 2018): each month hold the
    ten that rose most over the year before. The first year goes into that comparison.
    (The 65 are companies that were large in 2018, and dividends are not in the prices:
    real results would have been different.)
END
show "ibkr-feed -q --replay testdata/daily/sp500_5y.csv.gz |
    rl-act --policy rule:momentum |
    risk-gate -l examples/limits.json --slippage bps:2 |
    ibkr-exec --paper --slippage bps:2 |
    tee $out/stocks.ndjson | perf-report --benchmark-file testdata/daily/benchmark_ew65.csv.gz"
perf-report -O json --benchmark-file testdata/daily/benchmark_ew65.csv.gz <"$out/stocks.ndjson" >"$out/stocks.json"

cat <<'END'

(b) One day of EUR/USD, every quote (OANDA, 8 May 2014): one-minute bars, long or
    short 8,000 euros by the cross of a 10- and a 40-minute average.
END
show "ibkr-feed -q --replay testdata/ticks/EURUSD.OANDA_2014-05-08.csv.gz |
    bar-agg -i 1m --session FX |
    rl-act --policy rule:sma-cross,fast=10,slow=40,size=8000,short=1 |
    risk-gate -l examples/limits.json --commission rate:0.00002 --slippage half-spread |
    ibkr-exec --paper --commission rate:0.00002 --slippage half-spread |
    tee $out/eurusd.ndjson | perf-report"
perf-report -O json <"$out/eurusd.ndjson" >"$out/eurusd.json"

cat <<'END'

(c) The stocks of (a) again, decided by what the shipped models see: each day features, chart
    patterns, two images of the last bars that two networks read, and a policy that learned on 2013
    to 2016 to hold none, half or all of each stock's share. It is shown three months to get
    ready, and trades 2017 and January 2018, which it never saw.
END
show "ibkr-feed -q --replay testdata/daily/sp500_5y.csv.gz --from 2016-09-30 |
    bar-agg -i 1d --session XNYS |
    feat-calc --set core --only 'ret_1,ret_5,ret_20,clv,rsi_14,macd_hist,ma_dist_20,ma_dist_60,z_20,volume_ratio_20,drawdown_60,efficiency_20,vol_yz_20' |
    pattern-scan --chart |
    gaf-encode --window 52 --last 12 --channels candle --scale true-range --range 01 |
    gaf-encode --window 64 --size 32 --channels close --method gasf --range 01 |
    resnet-classify -m models/candles.onnx -m models/charts.onnx --max-none 0.04 |
    rl-act -m models/stocks.onnx --share 0.0153 -l examples/limits-stocks.json --capital 6500000 --slippage bps:2 |
    risk-gate -l examples/limits-stocks.json --capital 6500000 --slippage bps:2 |
    ibkr-exec --paper --capital 6500000 --slippage bps:2 |
    tee $out/policy.ndjson | perf-report --benchmark-file testdata/daily/benchmark_ew65.csv.gz"
perf-report -O json --benchmark-file testdata/daily/benchmark_ew65.csv.gz <"$out/policy.ndjson" >"$out/policy.json"

printf '\n== In short ==\n'
row() # METRIC FORMAT FUNCTION
{
	printf "%-22s $2 $2 $2\n" "$1" "$($3 "$out/stocks.json" "$1")" "$($3 "$out/eurusd.json" "$1")" \
	    "$($3 "$out/policy.json" "$1")"
}
printf '%-22s %16s %16s %16s\n' '' '(a) stocks' '(b) EUR/USD' '(c) policy'
for m in total_return max_drawdown win_rate; do
	row $m %16s percent
done
for m in final_equity commission; do
	row $m "%'16.2f" figure
done
for m in sharpe trades profit_factor; do
	row $m %16s number
done
cat <<END

These are simulations on past data, not a promise: rules as simple as these show how the
tools fit together. $(verdict)
Every record of the runs is in $out/*.ndjson (one JSON object a
line: try \`grep fill $out/stocks.ndjson | head\`). The README goes on from here; each
tool has a man page (man -l man/rl-act.1) and -h.
END
