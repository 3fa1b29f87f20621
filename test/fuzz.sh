#!/bin/bash
# test/fuzz.sh DIR SECONDS TARGET...: run each libFuzzer target of DIR that long, beginning with
# testdata/fuzz/TARGET and what earlier runs kept. A find is written to DIR/TARGET-crash-*.
set -u
dir=$1 seconds=$2
shift 2
top=$(cd "$(dirname "$0")/.." && pwd)
status=0
for t in "$@"; do
	mkdir -p "$dir/corpus/$t"
	args=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096
	    -print_final_stats=1 -artifact_prefix="$dir/$t-")
	[ ! -e "$top/test/fuzz/$t.dict" ] || args+=(-dict="$top/test/fuzz/$t.dict")
	seeds=()
	[ ! -d "$top/testdata/fuzz/$t" ] || seeds+=("$top/testdata/fuzz/$t")
	# models of all operators, where Debian's libonnx-testdata is there
	onnx=/usr/share/libonnx-testdata/data/node
	if [ "$t" = onnx_model ] && [ -d $onnx ] && [ ! -d "$dir/onnx-seeds" ]; then
		mkdir "$dir/onnx-seeds"
		for f in "$onnx"/*/model.onnx; do
			{ printf '\0' && cat "$f"; } >"$dir/onnx-seeds/$(basename "${f%/*}")"
		done
	fi
	[ "$t" != onnx_model ] || [ ! -d "$dir/onnx-seeds" ] || seeds+=("$dir/onnx-seeds")
	printf '%-10s ' "$t"
	if "$dir/$t" "${args[@]}" "$dir/corpus/$t" "${seeds[@]}" >"$dir/$t.log" 2>&1; then
		awk '/stat::number_of_executed_units/ { n = $2 } / cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") c = $(i + 1) }
			END { printf "%d runs, %d edges, no finding\n", n, c }' "$dir/$t.log"
	else
		echo "FINDING, see $dir/$t.log"
		grep -aE 'ERROR|SUMMARY|Test unit written|property' "$dir/$t.log" | sed 's/^/    /'
		status=1
	fi
done
exit $status
