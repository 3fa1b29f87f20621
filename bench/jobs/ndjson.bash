# shellcheck shell=bash disable=SC2034,SC2086,SC2154 # for bench/run.sh
job_ndjson()
{
	local f=$dir/ticks-$ticks.ndjson s=$dir/ticks-$ticks-head.ndjson w
	local k=$((ticks < 100000 ? ticks : 100000))
	local -A cmd rows
	local who=(tradepipe duckdb-2-threads jansson-per-line)
	peers
	data "ticks-$ticks.ndjson" $gen --symbols 20 --ticks "$ticks" -O ndjson
	data "ticks-$ticks-head.ndjson" head_lines "$k" "$f"
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
