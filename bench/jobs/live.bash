# shellcheck shell=bash disable=SC2034,SC2086,SC2154 # for bench/run.sh
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
