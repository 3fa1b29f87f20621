# shellcheck shell=bash disable=SC2154 # bench/run.sh sets dir
# Measuring and telling, for bench/run.sh. Results are lines in $dir/results:
#	item <tab> contender <tab> rows <tab> wall s <tab> CPU s <tab> peak kB

# measure ITEM CONTENDER ROWS COMMAND: run a shell command once and note what it took.
measure()
{
	local item=$1 who=$2 rows=$3 cmd=$4 start end cpu
	start=$EPOCHREALTIME
	if ! /usr/bin/time -q -o "$dir/time" -f '%U %S %M' bash -c -o pipefail "$cmd"; then
		echo "bench: failed: $cmd" >&2
		return 1
	fi
	end=$EPOCHREALTIME
	read -r -a cpu <"$dir/time"
	awk -v a="$start" -v b="$end" -v u="${cpu[0]}" -v s="${cpu[1]}" -v m="${cpu[2]}" -v i="$item" \
	    -v w="$who" -v n="$rows" \
	    'BEGIN { printf "%s\t%s\t%d\t%.4f\t%.2f\t%d\n", i, w, n, b - a, u + s, m }' |
		tee -a "$dir/results" |
		awk -F'\t' '{ printf "  %-22s %-16s %8.3f s %8.2f s CPU %7.1f MB\n", $1, $2, $4, $5, $6 / 1024 }'
}

# Bars of any contender in one form: ts,sym,open,high,low,close,volume with six decimals, sorted.
# The columns are found by a header when there is one.
plain_bars()
{
	awk -F, '
		BEGIN { split("ts sym open high low close volume", want, " "); for (i in want) col[i] = i }
		NR == 1 && /(^|,)open(,|$)/ {
			for (i = 1; i <= NF; i++) at[$i] = i
			for (i in want) col[i] = at[want[i]]
			next
		}
		{ printf "%s:00Z,%s", substr($col[1], 1, 16), $col[2]
		  for (i = 3; i <= 7; i++) printf ",%.6f", $col[i]
		  printf "\n" }' "$@" | LC_ALL=C sort
}

# agree WHAT FILE FILE: the same bars, or the bench ends here.
agree()
{
	local what=$1
	plain_bars "$2" >"$dir/a" && plain_bars "$3" >"$dir/b"
	[ -s "$dir/a" ] || { echo "bench: $what: no bars" >&2; return 1; }
	if ! cmp -s "$dir/a" "$dir/b"; then
		echo "bench: $what: the answers differ:" >&2
		diff "$dir/a" "$dir/b" | head -6 >&2
		return 1
	fi
	echo "  $what: the same $(wc -l <"$dir/a") bars"
}

# The medians, and how many times as fast as each contender we are (by rows/s).
medians()
{
	awk -F'\t' '
		function med(list,  v, n, i, j, t) {
			n = split(list, v, " ")
			for (i = 2; i <= n; i++)
				for (j = i; j > 1 && v[j] + 0 < v[j - 1] + 0; j--) {
					t = v[j]; v[j] = v[j - 1]; v[j - 1] = t
				}
			return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
		}
		{ k = $1 FS $2
		  if (!(k in rows)) order[++n] = k
		  rows[k] = $3; wall[k] = wall[k] " " $4; cpu[k] = cpu[k] " " $5
		  if ($6 > rss[k]) rss[k] = $6 }
		END {
			print "| job | who | rows | wall s | CPU s | M rows/s | peak MB | we are |"
			print "|---|---|---|---|---|---|---|---|"
			for (i = 1; i <= n; i++) {
				k = order[i]; split(k, p, FS)
				w = med(wall[k]); rate = rows[k] / w / 1e6
				if (p[2] == "tradepipe") ours[p[1]] = rate
				ratio = p[2] == "tradepipe" || !(p[1] in ours) ? "" : sprintf("%.1fx", ours[p[1]] / rate)
				printf "| %s | %s | %s | %.3f | %.2f | %.3f | %.1f | %s |\n", p[1], p[2], rows[k], \
				    w, med(cpu[k]), rate, rss[k] / 1024, ratio
			}
		}' "$dir/results"
}

machine()
{
	local cpu
	cpu=$(sed -nE 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -1)
	echo "$(nproc) x $cpu, $(awk '/MemTotal/ { printf "%.0f GB", $2 / 1048576 }' /proc/meminfo)," \
	    "$(. /etc/os-release && echo "$PRETTY_NAME"), Linux $(uname -r | cut -d- -f1)," \
	    "$(${CC:-gcc} --version | head -1)"
}
