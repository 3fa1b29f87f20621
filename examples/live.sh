#!/usr/bin/env bash
# The whole live pipeline for a minute against ibkr-sim, an IB Gateway to test against: real EUR/USD
# quotes from testdata/ and ten made-up stocks, ten minutes of history to get ready by, then bars of
# five seconds; features, patterns, images, networks, a learned policy. `make run-live` ends here.
# LIVE_SECONDS=10 is shorter.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=${LC_ALL:-C.UTF-8}
out=build/live
stocks=SYM01,SYM02,SYM03,SYM04,SYM05,SYM06,SYM07,SYM08,SYM09,SYM10
rm -rf "$out"
mkdir -p "$out"

# Nothing of this is left running, however it ends.
sim=
trap '[ -z "$sim" ] || { kill "$sim" 2>/dev/null || :; wait "$sim" 2>/dev/null || :; }' EXIT

echo '$ ibkr-sim --port 0 --ticks testdata/ticks/EURUSD.OANDA_2014-05-08.csv.gz --start 2014-05-08T12:00:00Z --seed 1 --symbols SYM01,... &'
ibkr-sim --port 0 --ticks testdata/ticks/EURUSD.OANDA_2014-05-08.csv.gz \
    --start 2014-05-08T12:00:00Z --seed 1 --symbols "$stocks" --tick 200ms \
    --wire-log "$out/wire.ndjson" >"$out/sim.ndjson" &
sim=$!
port=
for _ in $(seq 100); do
	port=$(sed -n 's/.*"state":"listening","port":\([0-9]*\).*/\1/p' "$out/sim.ndjson")
	[ -z "$port" ] || break
	sleep 0.1
done
[ -n "$port" ] || { echo 'live.sh: the simulator does not listen' >&2; exit 1; }
seconds=${LIVE_SECONDS:-60}
features='ret_1,ret_5,ret_20,clv,rsi_14,macd_hist,ma_dist_20,ma_dist_60,z_20,volume_ratio_20,drawdown_60,efficiency_20,vol_yz_20'
cat <<END
  a gateway on 127.0.0.1:$port; now $seconds seconds of trading on its paper account:

\$ timeout $seconds ibkr-feed --port $port --symbols EURUSD.OANDA,SYM01,... --history '600 S' --bar 5s --follow |
    bar-agg -i 5s |
    feat-calc --set core --only $features |
    pattern-scan --chart |
    gaf-encode --window 52 --last 12 --channels candle --scale true-range --range 01 |
    gaf-encode --window 64 --size 32 --channels close --method gasf --range 01 |
    resnet-classify -m models/candles.onnx -m models/charts.onnx --max-none 0.04 |
    rl-act -m models/stocks.onnx --symbols SYM01,... --share 0.09 |
    risk-gate -l examples/limits-open.json |
    ibkr-exec --port $port --client-id 1 --journal $out/journal --sync 10s | perf-report

  (The policy learned on days and is shown bars of five seconds: that it can be run live is
  what this shows, not that it should be.)

END
# timeout ends the feed as Ctrl-C would; the end of its stream ends the others, in order
(timeout --preserve-status -s TERM "$seconds" ibkr-feed --port "$port" \
    --symbols "EURUSD.OANDA,$stocks" --history '600 S' --bar 5s --follow || [ $? = 143 ]) |
	tee "$out/feed.ndjson" |
	bar-agg -i 5s |
	feat-calc --set core --only "$features" |
	pattern-scan --chart |
	gaf-encode --window 52 --last 12 --channels candle --scale true-range --range 01 |
	gaf-encode --window 64 --size 32 --channels close --method gasf --range 01 |
	resnet-classify -m models/candles.onnx -m models/charts.onnx --max-none 0.04 |
	rl-act -m models/stocks.onnx --symbols "$stocks" --share 0.09 |
	risk-gate -l examples/limits-open.json |
	ibkr-exec --port "$port" --client-id 1 --journal "$out/journal" --sync 10s |
	tee "$out/run.ndjson" |
	perf-report
kill "$sim"
wait "$sim" 2>/dev/null || :
sim=
count()
{
	grep -c "\"type\":\"$1\"" "$2" || :
}
cat <<END

== In short ==
$(count bar "$out/feed.ndjson") bars of five seconds came in, history and live; $(count pattern "$out/run.ndjson") patterns were found, the networks gave
$(count signal "$out/run.ndjson") answers, and $(count fill "$out/run.ndjson") fills came back.
Every frame of the wire is in $out/wire.ndjson, every record in $out/run.ndjson, the order
journal in $out/journal. All processes are gone.
END
