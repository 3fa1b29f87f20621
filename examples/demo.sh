#!/usr/bin/env bash
# The main job on real data, with the commands in sight: `make run` ends here.
# (a) five years of daily bars of 65 US stocks: momentum, risk gate, paper execution, report;
# (b) one day of EUR/USD quotes: one-minute bars, a trend rule, the same tools behind it.
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

cat <<'END'
tradepipe: two pipelines on real data. Each tool reads records on stdin and writes
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

printf '\n== In short ==\n'
printf '%-34s %14s %14s\n' '' '(a) stocks' '(b) EUR/USD'
for m in total_return max_drawdown win_rate; do
	printf '%-34s %14s %14s\n' "$m" "$(percent "$out/stocks.json" $m)" "$(percent "$out/eurusd.json" $m)"
done
for m in final_equity commission; do
	printf "%-34s %'14.2f %'14.2f\n" "$m" "$(figure "$out/stocks.json" $m)" "$(figure "$out/eurusd.json" $m)"
done
for m in sharpe trades profit_factor; do
	printf '%-34s %14s %14s\n' "$m" "$(number "$out/stocks.json" $m)" "$(number "$out/eurusd.json" $m)"
done
cat <<END

These are simulations on past data, not a promise: rules as simple as these show how the
tools fit together. Every record of both runs is in $out/*.ndjson (one JSON object a
line: try \`grep fill $out/stocks.ndjson | head\`). The README goes on from here; each
tool has a man page (man -l man/rl-act.1) and -h.
END
