#!/bin/bash
# shellcheck disable=SC2034,SC1090 # what the jobs use
# bench/run.sh DIR [JOB...]: our speed beside that of others, on this machine, now.
#
# Makes 10 M synthetic trades in DIR, checks that all contenders give the same bars, runs them in
# turn (ours, theirs, ours, theirs, ...), prints medians and ratios, and appends them to
# BENCHMARKS.md. Jobs: each bench/jobs/JOB.bash defines job_JOB; default all.
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
jobs=${*:-$(basename -a -s .bash bench/jobs/*.bash | tr '\n' ' ')}
python=/usr/bin/python3
account='--capital 1000000 --commission rate:0.001'
. bench/lib.bash
for f in bench/jobs/*.bash; do
	. "$f"
done
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

gen='tick-gen --model gbm --seed 1'

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
