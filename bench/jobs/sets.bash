# shellcheck shell=bash disable=SC2034,SC2086,SC2154 # for bench/run.sh
# Feature sets of one series, in memory, CPU time of one core; Alpha158 beside pandas, which is
# what qlib computes it with.
job_sets()
{
	local r set n=$((bars < 300000 ? bars : 300000))
	# tell WHO: a line of the programs into one of the results
	tell()
	{
		awk -F'\t' -v w="$1" '{ printf "set %s, %d columns\t%s\t%d\t%.4f\t%.2f\t0\n", $1, $2, w, $3, $4, $4 }' |
			tee -a "$dir/results" |
			awk -F'\t' '{ printf "  %-28s %-12s %9.0f bars/s\n", $1, $2, $3 / $4 }'
	}
	say "feature sets of one series, in memory"
	for ((r = 1; r <= runs; r++)); do
		for set in core alpha158 micro; do
			"$tools/feat_sets" "$n" "$set" | tell tradepipe
		done
		$python bench/peers/pandas_alpha158.py $((n / 3)) | tell pandas
	done
}
