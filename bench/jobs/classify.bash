# shellcheck shell=bash disable=SC2154 # for bench/run.sh
# From bar to signal, live: bars of 10 symbols are closed at once, gaf-encode makes their images and
# resnet-classify says what they show. The latency is from the stamp of the feed, which is taken
# before bars and watermark are written, to the signal of the tenth symbol; the peak memory is that
# of each process. Models: those that are shipped, and one of little learning for four channels of
# 64 x 64. The first 100 answered instants are left out. Beside other work what is measured is the
# wait for a processor, so each run is repeated with real-time priority where that is allowed.
job_classify()
{
	local m=$dir/resnet6-64.onnx model card rate r p
	local -a encode
	if [ ! -s "$m" ]; then
		say "making a ResNet-6 for 4 x 64 x 64"
		tick-gen --model gbm --seed 1 --symbols 1 --type bar --ticks 3000 |
			feat-calc --only label --labels horizon:3,class=0.0001 |
			gaf-encode --window 64 --step 20 --labels features:label | grep '"type":"image"' |
			resnet-train -q --train - --out "$m" --blocks 1,1 --widths 16,32 --epochs 1 \
				--resamples 0 >"$dir/resnet6-64.txt"
	fi
	for model in models/*.onnx "$m"; do
		[ -s "$model" ] || continue
		card=$(onnx-run --info "$model" | sed -n 's/^metadata tradepipe.card = //p')
		[ "$(jq -r .kind <<<"$card")" = image-classifier ] || continue
		mapfile -t encode < <(jq -r '.image | "--window", .window, "--last", (.last // 0),
			"--size", .size, "--method", .encoding, "--channels", (.channels | join(",")),
			"--scale", .scale, "--range", .range, "--paa", (.paa // "split")' <<<"$card")
		say "10 symbols live: gaf-encode ${encode[*]} | resnet-classify -m $(basename "$model")"
		echo "live, 10 bars at once: gaf-encode | resnet-classify -m $(basename "$model")" \
		    "($(jq -r '.image | "\(.channels | length) x \(.size) x \(.size)"' <<<"$card"));" \
		    "the tenth signal:" >>"$dir/notes"
		for p in '' 'chrt -f 20'; do
			$p true 2>/dev/null || continue
			for rate in 10 100; do
				for ((r = 1; r <= runs; r++)); do
					classify_live "$p" "$model" "$rate" "${encode[@]}" |
						tee -a "$dir/notes"
				done
			done
		done
	done
}

# classify_live PRIORITY MODEL RATE --window BARS GAF-OPTIONS...
classify_live()
{
	local p=$1 model=$2 rate=$3 n=$((live_records * $3 / 1000 + $5 + 100))
	shift 3
	printf '  %s instants/s%s, load %s: ' "$rate" "${p:+, $p}" "$(cut -d' ' -f1 /proc/loadavg)"
	# shellcheck disable=SC2086 # no priority, no words
	$p "$tools/latency" source -b -n "$n" -r "$rate" -s 10 |
		$p /usr/bin/time -q -o "$dir/peak-encode" -f %M gaf-encode "$@" |
		$p /usr/bin/time -q -o "$dir/peak-classify" -f %M resnet-classify -m "$model" |
		$p "$tools/latency" sink -t signal -e 10 -k 100 | tr '\n' ' '
	paste "$dir/peak-encode" "$dir/peak-classify" |
		awk '{ printf "peak_MB=%.1f,%.1f\n", $1 / 1024, $2 / 1024 }'
}
