# shellcheck shell=bash disable=SC2154 # for bench/run.sh
# From bar to view, live: bars of 10 symbols are closed at once, signal-mix says what they come to.
# The latency is from the stamp of the feed to the view of a symbol at the end of the pipe, the ten
# of an instant each for itself. --every 1ms has a view written at each instant.
# The first 1,000 views are left out: in them windows fill.
job_signal()
{
	local r rate
	for rate in 100 1000; do
		say "10 symbols, $rate instants/s live: features, 61 candles, 26 chart patterns, regimes, view"
		echo "live, 10 bars $rate times/s: feat-calc | pattern-scan | regime-detect | signal-mix:" \
			>>"$dir/notes"
		for ((r = 1; r <= runs; r++)); do
			"$tools/latency" source -b -n "$((live_records * rate / 1000))" -r "$rate" -s 10 |
				feat-calc --set core | pattern-scan --candles --chart | regime-detect |
				signal-mix --threshold 0 --change 0 --every 1ms --ttl 10s |
				"$tools/latency" sink -t signal -m '"mix:' -k 1000 | tee -a "$dir/notes"
		done
	done
}
