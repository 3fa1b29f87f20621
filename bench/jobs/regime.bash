# shellcheck shell=bash disable=SC2034,SC2086,SC2154 # for bench/run.sh
# Regimes: balanced accuracy on simulated paths with known truth (BENCH_SEEDS of each kind), and
# how many bars a second.
job_regime()
{
	local f=$dir/bars-$bars-1.csv
	local -A cmd rows=([tradepipe]=$bars)
	local who=(tradepipe)
	data "bars-$bars-1.csv" $gen --symbols 1 --type bar --ticks "$bars" -O csv
	say "regimes on ${BENCH_SEEDS:-200} simulated paths of each kind"
	"$tools/regime_eval" accuracy "${BENCH_SEEDS:-200}" | tee -a "$dir/notes"
	"$tools/regime_eval" speed | tee -a "$dir/notes"
	say "bars to regimes, CSV"
	regime-detect --fit "$dir/regime.json" --states 3 --rows 20000 <"$f"
	cmd[tradepipe]="regime-detect -m $dir/regime.json <$f >$dir/regimes.ndjson"
	contest "hmm, 3 states, all printed"
	cmd[tradepipe]="regime-detect -m $dir/regime.json --on-change -O csv <$f >$dir/regimes.csv"
	contest "hmm, changes printed"
	cmd[tradepipe]="regime-detect -m $dir/regime.json --models cusum,vol-quantile,trend,phase --on-change -O csv <$f >$dir/regimes.csv"
	contest "five models, changes printed"
}
