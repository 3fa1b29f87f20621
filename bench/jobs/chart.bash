# shellcheck shell=bash disable=SC2034,SC2086,SC2154 # for bench/run.sh
# Chart patterns: recall by type and noise beside emissions on random walks, on fresh made-up series
# and on vectors/chart where it is; real bars against the same bars with their returns shuffled; bars
# a second in memory and from CSV.
job_chart()
{
	local f=$dir/bars-$bars-1.csv shared=${TP_SHARED:-$root/../shared}
	local -A cmd rows=([tradepipe]=$bars)
	local who=(tradepipe)
	data "bars-$bars-1.csv" $gen --symbols 1 --type bar --ticks "$bars" -O csv
	say "chart patterns on made-up series (seed ${BENCH_SEED:-9001})"
	"$tools/chart_eval" made "${BENCH_SEED:-9001}" 60 | tee -a "$dir/notes"
	if [ -e "$shared/vectors/chart/labels.json" ]; then
		say "chart patterns on vectors/chart"
		"$tools/chart_eval" vectors "$shared/vectors/chart" | tee -a "$dir/notes"
	fi
	say "chart patterns of real daily bars, and of the same with shuffled returns"
	mkdir -p "$dir/chart"
	zcat testdata/daily/sp500_5y.csv.gz | awk -F, -v d="$dir/chart" '
		NR == 1 { head = $0; next }
		{ f = d "/" $2 ".csv" }
		!(f in seen) { seen[f]; print head >f }
		{ print >f }'
	"$tools/chart_eval" shuffle "$dir"/chart/*.csv | tee -a "$dir/notes"
	say "bars to chart patterns"
	"$tools/chart_eval" speed "$bars" | tee -a "$dir/notes"
	cmd[tradepipe]="pattern-scan --chart -O csv <$f >$dir/chart.csv"
	contest "all 26 chart patterns"
}
