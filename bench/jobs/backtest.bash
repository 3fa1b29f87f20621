# shellcheck shell=bash disable=SC2034,SC2086,SC2154 # for bench/run.sh
job_backtest()
{
	local f=$dir/bars-$bars-1.csv
	local -A cmd rows=([tradepipe]=$bars)
	local who=(tradepipe)
	data "bars-$bars-1.csv" $gen --symbols 1 --type bar --ticks "$bars" -O csv
	say "backtest, one process, CSV to report"
	cmd[tradepipe]="pipe-run 'ibkr-feed --replay $f | rl-act --policy rule:sma-cross,fast=20,slow=50,size=1 |
		risk-gate -l examples/limits-open.json $account | ibkr-exec --paper $account |
		perf-report -O json' >$dir/backtest.json"
	contest "backtest, pipe-run"
	jq -c '{final_equity, trades, max_drawdown}' "$dir/backtest.json"
}
