#!/bin/bash
# bench/run.sh DIR [JOB...]: our speed beside that of others, on this machine, now.
#
# Makes 10 M synthetic trades in DIR, checks that all contenders give the same bars, runs them in
# turn (ours, theirs, ours, theirs, ...), prints medians and ratios, and appends them to
# BENCHMARKS.md. Jobs: csv ndjson backtest chain live; default all.
# BENCH_TICKS, BENCH_BARS, BENCH_LIVE, BENCH_RUNS: smaller for a try-out, which is then not appended.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
mkdir -p "$1"
dir=$(cd "$1" && pwd)
shift
export PATH=${TP_BIN:-$root/build/bin}:$PATH TP_PEERS=${TP_PEERS:-$root/build/peers}
tools=${TP_BENCH:-$root/build/release/bench}
ticks=${BENCH_TICKS:-10000000}
bars=${BENCH_BARS:-1000000}
runs=${BENCH_RUNS:-3}
live_records=${BENCH_LIVE:-10000}
jobs=${*:-csv ndjson backtest chain live}
python=/usr/bin/python3
. bench/lib.bash
: >"$dir/results"
: >"$dir/notes"

say()
{
	echo "== $*"
}

peers()
{
	if [ ! -d "$TP_PEERS/node_modules/@duckdb" ]; then
		say "installing DuckDB from npm"
		npm install --silent --no-audit --no-fund --prefix "$TP_PEERS" @duckdb/node-api
	fi
}

# data FILE COMMAND...: make it once, whole or not at all.
data()
{
	local file=$dir/$1
	shift
	[ -s "$file" ] && return
	say "making $(basename "$file")"
	"$@" >"$file.part"
	mv "$file.part" "$file"
}

head_lines()
{
	head -n "$1" "$2"
}

make_data()
{
	local gen=(tick-gen --model gbm --symbols 20 --seed 1)
	local m=$((ticks < 1000000 ? ticks : 1000000)) k=$((ticks < 100000 ? ticks : 100000))
	case " $jobs " in *csv*)
		data "ticks-$ticks.csv" "${gen[@]}" --ticks "$ticks" -O csv
		data "ticks-$ticks-head.csv" head_lines $((m + 1)) "$dir/ticks-$ticks.csv" ;;
	esac
	case " $jobs " in *ndjson*)
		data "ticks-$ticks.ndjson" "${gen[@]}" --ticks "$ticks" -O ndjson
		data "ticks-$ticks-head.ndjson" head_lines "$k" "$dir/ticks-$ticks.ndjson" ;;
	esac
	case " $jobs " in *backtest*)
		data "bars-$bars-1.csv" tick-gen --model gbm --symbols 1 --seed 1 --type bar --ticks "$bars" -O csv ;;
	esac
	case " $jobs " in *chain*)
		data "bars-$bars-20.csv" tick-gen --model gbm --symbols 20 --seed 1 --type bar --ticks "$bars" -O csv ;;
	esac
}

# contest JOB: run every contender of cmd[] `runs` times in turn, in the order of who[].
contest()
{
	local job=$1 r w
	for ((r = 1; r <= runs; r++)); do
		for w in "${who[@]}"; do
			measure "$job" "$w" "${rows[$w]}" "${cmd[$w]}"
		done
	done
}

job_csv()
{
	local f=$dir/ticks-$ticks.csv s=$dir/ticks-$ticks-head.csv w
	local m=$((ticks < 1000000 ? ticks : 1000000))
	local -A cmd rows
	local who=(tradepipe duckdb-2-threads pandas mawk)
	say "ticks to one-minute bars, CSV"
	for w in "${who[@]}"; do rows[$w]=$ticks; done
	cmd[tradepipe]="bar-agg -i 1m -O csv <$f >$dir/ours.csv"
	cmd[duckdb-2-threads]="node bench/peers/duckdb_bars.js csv $f $dir/duckdb.csv 2"
	cmd[pandas]="$python bench/peers/pandas_bars.py $f $dir/pandas.csv"
	cmd[mawk]="mawk -F, -f bench/peers/bars.awk $f >$dir/mawk.csv"
	contest "bars from CSV"
	agree "duckdb" "$dir/ours.csv" "$dir/duckdb.csv"
	agree "pandas" "$dir/ours.csv" "$dir/pandas.csv"
	agree "mawk" "$dir/ours.csv" "$dir/mawk.csv"
	# Miller keeps what it groups: 10 M rows would need 17 GB.
	who=(miller)
	rows[miller]=$m
	cmd[miller]="mlr --icsv --ocsv put -q -f bench/peers/bars.mlr $s >$dir/miller.csv"
	contest "bars from CSV"
	bar-agg -i 1m -O csv <"$s" >"$dir/ours-head.csv"
	agree "miller" "$dir/ours-head.csv" "$dir/miller.csv"
}

job_ndjson()
{
	local f=$dir/ticks-$ticks.ndjson s=$dir/ticks-$ticks-head.ndjson w
	local k=$((ticks < 100000 ? ticks : 100000))
	local -A cmd rows
	local who=(tradepipe duckdb-2-threads jansson-per-line)
	say "ticks to one-minute bars, NDJSON"
	for w in "${who[@]}"; do rows[$w]=$ticks; done
	cmd[tradepipe]="bar-agg -i 1m -O csv <$f >$dir/ours.csv"
	cmd[duckdb-2-threads]="node bench/peers/duckdb_bars.js ndjson $f $dir/duckdb.csv 2"
	cmd[jansson-per-line]="$tools/jansson_bars <$f >$dir/jansson.csv"
	contest "bars from NDJSON"
	agree "duckdb" "$dir/ours.csv" "$dir/duckdb.csv"
	agree "jansson" "$dir/ours.csv" "$dir/jansson.csv"
	who=(jq)
	rows[jq]=$k
	cmd[jq]="jq -nr -f bench/peers/bars.jq $s >$dir/jq.csv"
	contest "bars from NDJSON"
	bar-agg -i 1m -O csv <"$s" >"$dir/ours-head.csv"
	agree "jq" "$dir/ours-head.csv" "$dir/jq.csv"
	# Memory must not grow with the input.
	who=(tradepipe)
	rows[tradepipe]=$k
	cmd[tradepipe]="bar-agg -i 1m -O csv <$s >/dev/null"
	contest "bars from NDJSON, short"
}

account='--capital 1000000 --commission rate:0.001'

job_backtest()
{
	local f=$dir/bars-$bars-1.csv
	local -A cmd rows=([tradepipe]=$bars)
	local who=(tradepipe)
	say "backtest, one process, CSV to report"
	cmd[tradepipe]="pipe-run 'ibkr-feed --replay $f | rl-act --policy rule:sma-cross,fast=20,slow=50,size=1 |
		risk-gate -l examples/limits-open.json $account | ibkr-exec --paper $account |
		perf-report -O json' >$dir/backtest.json"
	contest "backtest, pipe-run"
	jq -c '{final_equity, trades, max_drawdown}' "$dir/backtest.json"
}

# Eight tools, every one of which sees every one-minute bar.
chain="bar-agg -i 1m | rl-act --policy rule:sma-cross,fast=20,slow=50,size=1 |
	rl-act --policy rule:breakout,size=1 | rl-act --policy rule:mean-revert,size=1 |
	risk-gate -l examples/limits-open.json $account | ibkr-exec --paper $account |
	perf-report -O json"

job_chain()
{
	local f=$dir/bars-$bars-20.csv
	local -A cmd rows=([tradepipe]=$bars)
	local who=(tradepipe)
	say "eight tools in eight processes, one-minute bars of 20 symbols"
	cmd[tradepipe]="ibkr-feed --replay $f | $chain >$dir/chain.json"
	contest "chain of eight"
	cmd[tradepipe]="pipe-run 'ibkr-feed --replay $f | $chain' >$dir/chain-fused.json"
	contest "the same, pipe-run"
	cmp "$dir/chain.json" "$dir/chain-fused.json"
}

# A live loop of eight tools: each trade is a bar, on which one of four rules has an order to
# place. The latency is from the stamp of the feed to the order accepted by the (paper) venue.
job_live()
{
	local r back=$dir/back act='rl-act --policy'
	say "1,000 records/s live through eight tools, from feed to order"
	echo "live, 1,000 records/s: loopback | bar-agg -i 1t | 4 x rl-act | risk-gate | ibkr-exec:" \
		>>"$dir/notes"
	for ((r = 1; r <= runs; r++)); do
		rm -f "$back"
		mkfifo "$back"
		"$tools/latency" source -n "$live_records" -r 1000 -s 20 | loopback "$back" | bar-agg -i 1t |
			$act rule:sma-cross,fast=1,slow=2,size=1 | $act rule:breakout,size=1 |
			$act rule:mean-revert,size=1 | $act rule:buy-hold,size=1 |
			risk-gate -l examples/limits-open.json --capital 1000000 |
			ibkr-exec --paper --capital 1000000 --feedback "$back" |
			"$tools/latency" sink -t order_status -m '"status":"new"' | tee -a "$dir/notes"
	done
}

peers
make_data
for j in $jobs; do
	"job_$j"
done
echo
if [ -s "$dir/results" ]; then
	medians
fi | tee "$dir/table"
cat "$dir/notes"
if [ "$ticks" = 10000000 ] && [ "$bars" = 1000000 ]; then
	{
		printf '\n## %s, %s\n\n%s\n\n' "$(date -u +%F)" "$(git describe --always --dirty)" "$(machine)"
		cat "$dir/table"
		[ ! -s "$dir/notes" ] || { echo; sed 's/^/    /' "$dir/notes"; }
	} >>BENCHMARKS.md
fi
