# shellcheck shell=bash disable=SC2154 # bench/run.sh sets dir, runs, tools
# A learned policy of two layers of 64 live, a bar a symbol each time: what the decision itself takes
# (observe and run, by --timing), and from the feed's stamp to the signal at the end of the pipe.
job_rl_act()
{
	local r n
	say "a 64x64 policy live, one symbol and ten"
	rl-train -a ppo --steps 4000 --hidden 64,64 --eval-episodes 1 -o "$dir/rl_act.onnx" \
	    --pipeline 'ibkr-feed --replay testdata/daily/sp500_5y.csv.gz --symbols KO,XOM' \
	    --env market,each=true,action=levels,window=20 >/dev/null
	echo "a learned policy live, window of 20, 27 numbers in, layers 64 x 64, to its signal:" >>"$dir/notes"
	for ((r = 1; r <= runs; r++)); do
		for n in 1 10; do
			"$tools/latency" source -b -n 3000 -r 500 -s $n |
				rl-act -m "$dir/rl_act.onnx" --signal --timing --status-every 5s |
				tee "$dir/rl_act.$n" | "$tools/latency" sink -t signal -k 100 -e $n |
				sed "s/^/$n symbols: /"
			grep '"type":"status"' "$dir/rl_act.$n" | tail -1 |
				jq -r '"decision alone: \(.decision_us_p50) us median, \(.decision_us_p99) us p99"'
		done
	done | tee -a "$dir/notes"
}
