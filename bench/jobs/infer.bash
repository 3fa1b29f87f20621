# shellcheck shell=bash disable=SC2154 # for bench/run.sh
# Networks of random weights beside onnxruntime, both in one process in turn, outputs compared; then
# whole processes that load a model and run it once.
job_infer()
{
	local m=$dir/models lib=$TP_PEERS/onnxruntime/libonnxruntime.so rounds=${BENCH_ROUNDS:-21} k model b t
	[ -s "$lib" ] || bench/peers/onnxruntime.sh "$TP_PEERS"
	mkdir -p "$m"
	"$tools/infer" write "$m"
	say "inference beside onnxruntime"
	{
		echo "inference, ms a run, medians of $rounds rounds (x: onnxruntime's time in ours):"
		for k in avx512 avx2; do
			grep -q "$k" /proc/cpuinfo || continue
			echo "kernels $k:"
			for model in resnet20-32 resnet20-64; do
				for b in 1 32; do
					for t in 1 2; do
						infer_row "$model" "$b" "$t" "$k"
					done
				done
			done
			for b in 1 32; do
				for t in 1 2; do
					infer_row resnet18-224 "$b" "$t" "$k"
				done
			done
			for model in bottlenecks-224 conv1x1-wide conv1x1-narrow conv1x1-deep conv1x1-s2 \
			    conv3x3-s2 conv7x7-s2 mlp lstm; do
				infer_row "$model" 1 1 "$k"
			done
			infer_row mlp 32 1 "$k"
		done
		echo "a process: start, load, one inference (best of 5):"
		for model in resnet20-32 resnet18-224; do
			infer_first "$model" "tradepipe" ""
			infer_first "$model" "onnxruntime" "$lib"
		done
	} | tee -a "$dir/notes"
}

# infer_row MODEL BATCH THREADS KERNELS
infer_row()
{
	local n=$rounds
	case $1-$2 in
	resnet18*-32) n=3 ;;
	resnet18* | bottlenecks*) n=$(((rounds + 1) / 2)) ;;
	esac
	"$tools/infer" run "$m/$1.onnx" "$lib" "$2" "$3" "$n" "$4" | awk -F'\t' '{ printf \
	    "  %-22s batch %2d, threads %d: %9.4f ms, onnxruntime %9.4f, %5.2fx, fastest %5.2fx, differ %s\n",
	    $1, $2, $3, $4, $5, $6, $9 / $8, $7 }'
}

# infer_first MODEL WHO LIB: best wall time and peak memory of five processes
infer_first()
{
	local start
	for _ in 1 2 3 4 5; do
		# shellcheck disable=SC2086 # no LIB, no argument
		start=$EPOCHREALTIME
		/usr/bin/time -q -o "$dir/time" -f '%M' "$tools/infer" first "$m/$1.onnx" ${3:+"$3"}
		echo "$start $EPOCHREALTIME $(cat "$dir/time")"
	done | awk -v model="$1" -v who="$2" '{ t = ($2 - $1) * 1e3; if (NR == 1 || t < best) best = t
		if ($3 > peak) peak = $3 }
		END { printf "  %-22s %-12s %7.1f ms, peak %6.1f MB\n", model, who, best, peak / 1024 }'
}
