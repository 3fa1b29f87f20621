# shellcheck shell=bash disable=SC2034,SC2086,SC2154 # for bench/run.sh
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
	data "bars-$bars-20.csv" $gen --symbols 20 --type bar --ticks "$bars" -O csv
	say "eight tools in eight processes, one-minute bars of 20 symbols"
	cmd[tradepipe]="ibkr-feed --replay $f | $chain >$dir/chain.json"
	contest "chain of eight"
	cmd[tradepipe]="pipe-run 'ibkr-feed --replay $f | $chain' >$dir/chain-fused.json"
	contest "the same, pipe-run"
	cmp "$dir/chain.json" "$dir/chain-fused.json"
}
