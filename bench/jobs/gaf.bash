# shellcheck shell=bash disable=SC2034,SC2086,SC2154 # for bench/run.sh
# Windows of 64 bars, four channels, as images: in memory beside NumPy's outer products, in turn,
# and from CSV bars through a pipe as factors, a window a bar.
job_gaf()
{
	local n=300000 r
	((bars >= 1000000)) || n=$((bars / 3))
	say "angular fields in memory, beside NumPy"
	for ((r = 0; r < 5; r++)); do
		"$tools/gaf" 50000 1 2>/dev/null | sed 's/^/tradepipe\t/'
		OPENBLAS_NUM_THREADS=1 $python bench/peers/numpy_gaf.py 4000 | sed 's/^/NumPy\t/'
	done >"$dir/gaf-rates"
	awk -F'\t' '
		{ k = $1 FS $2; if (!(k in n)) order[++m] = k; v[k, ++n[k]] = $3 }
		END {
			for (i = 1; i <= m; i++) {
				k = order[i]
				for (a = 2; a <= n[k]; a++)
					for (b = a; b > 1 && v[k, b] + 0 < v[k, b - 1] + 0; b--) {
						t = v[k, b]; v[k, b] = v[k, b - 1]; v[k, b - 1] = t
					}
				med[k] = v[k, int((n[k] + 1) / 2)]
			}
			for (i = 1; i <= m; i++) {
				split(order[i], p, FS)
				if (p[1] != "tradepipe") continue
				ours = med[order[i]]
				peer = med["NumPy" FS p[2]]
				small = med["NumPy" FS p[2] ", batches of 10"]
				printf "64 x 64 x 4, %s: %d windows/s", p[2], ours
				if (peer) printf "; NumPy %d (%.1fx), in batches of 10 %d (%.1fx)",
				    peer, ours / peer, small, ours / small
				printf "\n"
			}
		}' "$dir/gaf-rates" | tee -a "$dir/notes"
	data "bars-$n-1.csv" $gen --symbols 1 --type bar --ticks "$n" -O csv
	say "CSV bars to factors through a pipe, an image a bar"
	local -A cmd rows=([tradepipe]=$n)
	local who=(tradepipe) f=$dir/bars-$n-1.csv
	cmd[tradepipe]="gaf-encode -n 64 <$f | cat >/dev/null"
	contest "factors through a pipe"
}
