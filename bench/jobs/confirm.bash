# shellcheck shell=bash disable=SC2034,SC2086,SC2154 # for bench/run.sh
# Does confirmation work? Single sources of signals against k of n of them that agree: false
# positives and recall, with 95 % bootstrap intervals (2,000 draws of whole series).
#
# (a) chart patterns that tick-gen planted in random walks, with their truth. A signal is right when
#     a pattern of its direction is there: from its middle until 15 bars behind its end.
# (b) five years of 65 real daily stocks. There is no truth, so a signal is right when the close
#     ten days on lies in its direction from the next open.
# Sources: chart patterns, candles, the channel breakout, the cross of two averages. chart+1 are the
# signals of the chart patterns that at least one of the three others confirms within the window,
# chart+2 at least two. All go through the same signal-mix; only weights and confirm differ. A confirmed signal stands as long as its source says so.
confirm_series=${BENCH_CONFIRM:-40}

confirm_base="chart candle breakout sma"
confirm_test="chart+1 chart+2 candle+1 candle+2 breakout+1 breakout+2 sma+1 sma+2"

# confirm_mix DIR TTL: the mixing file of each scheme. A source of weight 0 has no say in the view,
# only in its confirmation.
confirm_mix()
{
	local w k
	for w in $confirm_base; do
		for k in 0 1 2; do
			jq -n --arg w "$w" --arg ttl "$2" --argjson k "$k" '
				def heard($name): if $w == $name then 1 else 0 end;
				{targets: true, threshold: 0.01, change: 2, ttl: $ttl,
				 confirm: {k: (if $k == 0 then 0 else $k + 1 end), window: $ttl},
				 sources: [
					{match: "pattern:CDL*", group: "candle", weight: heard("candle")},
					{match: "pattern:*", group: "chart", weight: heard("chart")},
					{match: "rl:breakout", weight: heard("breakout")},
					{match: "rl:sma-cross", weight: heard("sma")}]}' >"$1/$w+$k.json"
		done
		mv "$1/$w+0.json" "$1/$w.json"
	done
}

# The signals of each scheme from a stream of sources: series, scheme, seconds, direction.
confirm_signals()
{
	local w
	for w in $confirm_base $confirm_test; do
		signal-mix -q -c "$1/$w.json" <"$2" | grep '^{"type":"signal".*"source":"mix:' |
			jq -r --arg w "$w" 'select(.direction != 0) |
				["S", .sym, $w, (.ts | sub("[.][0-9]+Z$"; "Z") | fromdate), .direction] | @tsv'
	done
}

confirm_sources="pattern-scan --chart --candles |
	rl-act -q -p rule:breakout,entry=20,exit=10,short=1 |
	rl-act -q -p rule:sma-cross,fast=5,slow=20,short=1"

confirm_planted()
{
	local noise=$1 d=$dir/confirm s
	rm -rf "$d"
	mkdir -p "$d"
	confirm_mix "$d" 15m
	for ((s = 1; s <= confirm_series; s++)); do
		tick-gen --patterns all --noise "$noise" --seed "$((1000 + s))" --ticks 10000 \
			--watermark-interval 1m --truth "$d/truth" |
			eval "$confirm_sources" | grep -v '"type":"bar"' >"$d/in"
		jq -r --arg s "$s" 'def t: sub("[.][0-9]+Z$"; "Z") | fromdate;
			["T", $s, (((.start | t) + (.end | t)) / 2), ((.end | t) + 900), .direction] | @tsv' "$d/truth"
		confirm_signals "$d" "$d/in" | awk -F'\t' -v s="$s" 'BEGIN { OFS = FS } { $2 = s; print }'
	done >"$d/all"
	awk -v base="$confirm_base" -v test="$confirm_test" -f bench/confirm.awk "$d/all"
}

confirm_real()
{
	local d=$dir/confirm f=testdata/daily/sp500_5y.csv.gz
	confirm_mix "$d" 5d
	ibkr-feed -q --replay "$f" | eval "$confirm_sources" >"$d/in"
	{
		zcat "$f" | awk -F, 'NR > 1 { print "P\t" $2 "\t" $1 "\t" $3 "\t" $6 }' | LC_ALL=C sort -t"$(printf '\t')" -k2,3
		confirm_signals "$d" "$d/in"
	} | awk -F'\t' '
		# a signal at the midnight behind day i is acted on at the open of day i + 1
		$1 == "P" { n[$2]++; day[$2, n[$2]] = $3; open[$2, n[$2]] = $4; close_[$2, n[$2]] = $5; next }
		{
			t = strftime("%Y-%m-%d", $4, 1)
			lo = 1; hi = n[$2] + 1
			while (lo < hi) {
				mid = int((lo + hi) / 2)
				if (substr(day[$2, mid], 1, 10) < t) lo = mid + 1; else hi = mid
			}
			if (lo + 9 <= n[$2] && lo >= 1)
				print "O\t" $2 "\t" $3 "\t" ((close_[$2, lo + 9] - open[$2, lo]) * $5 > 0)
		}' >"$d/all"
	awk -v base="$confirm_base" -v test="$confirm_test" -f bench/confirm.awk "$d/all"
}

job_confirm()
{
	local noise
	say "confirmation: k of n sources against each alone"
	for noise in 0.04 0.08; do
		echo "confirmation, planted chart patterns, noise $noise, $confirm_series series of 10,000 bars:"
		confirm_planted "$noise"
	done | tee -a "$dir/notes"
	{
		echo "confirmation, 65 daily stocks, right: ten days on the close is where the signal said:"
		confirm_real
	} | tee -a "$dir/notes"
}
