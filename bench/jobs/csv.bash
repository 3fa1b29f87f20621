# shellcheck shell=bash disable=SC2034,SC2086,SC2154 # for bench/run.sh
job_csv()
{
	local f=$dir/ticks-$ticks.csv s=$dir/ticks-$ticks-head.csv w
	local m=$((ticks < 1000000 ? ticks : 1000000))
	local -A cmd rows
	local who=(tradepipe duckdb-2-threads pandas mawk)
	peers
	data "ticks-$ticks.csv" $gen --symbols 20 --ticks "$ticks" -O csv
	data "ticks-$ticks-head.csv" head_lines $((m + 1)) "$f"
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
