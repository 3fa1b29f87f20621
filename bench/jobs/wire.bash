# shellcheck shell=bash disable=SC2154 # for bench/run.sh
# The live side: a tick from the wire to a record on stdout, and whether any is lost.
job_wire()
{
	local load
	say "ticks from the wire to a record, on the loopback"
	for load in '-s 10 -r 1000' '-s 100 -r 10000'; do
		echo "ibkr-feed live, $load (symbols, ticks/s), 10 s:" >>"$dir/notes"
		# shellcheck disable=SC2086 # two options in one
		"$tools/live_feed" -f "$(command -v ibkr-feed)" $load -t "${BENCH_WIRE:-10}" |
			tee -a "$dir/notes"
	done
}
