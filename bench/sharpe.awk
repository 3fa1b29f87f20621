# Sharpe ratios and how sure they are: awk -v periods=252 -f bench/sharpe.awk A.csv [B.csv ...]
#
# Each file has a header with the columns ts (or date) and return; a file's first row without a
# return is skipped. A line a file: name, returns, total return, Sharpe ratio, its 95 % interval,
# maximum drawdown. With -v pair=1 the files must have the same times, and a line for each but the
# first says how its Sharpe ratio differs from that of the first: difference, 95 % interval, share
# of the resampled differences that are above 0; the same blocks are drawn of both.
#
# The interval is that of the stationary bootstrap (Politis and Romano, 1994) with blocks of
# n^(1/3) returns in the mean, as in rl-train. Chance is Park and Miller's generator, exact in
# doubles, so any awk gives the same.
function uniform()
{
	state = (state * 16807) % 2147483647
	return state / 2147483647
}

# Of the values x[f, 1..n] at the places at[1..n].
function ratio(f,    i, d, mean, ss)
{
	mean = ss = 0
	for (i = 1; i <= n; i++) {
		d = x[f, at[i]] - mean
		mean += d / i
		ss += d * (x[f, at[i]] - mean)
	}
	return ss > 0 ? mean / sqrt(ss / (n - 1)) * sqrt(periods) : 0
}

function draw(p,    i, k)
{
	for (i = 1; i <= n; i++) {
		k = i == 1 || uniform() < p ? 1 + int(uniform() * n) : k % n + 1
		at[i] = k
	}
}

# The place that a part q of the sorted v[1..m] is below; quicksort by the middle one.
function sort(v, lo, hi,    i, j, mid, t)
{
	if (lo >= hi)
		return
	mid = v[int((lo + hi) / 2)]
	i = lo
	j = hi
	while (i <= j) {
		while (v[i] < mid)
			i++
		while (v[j] > mid)
			j--
		if (i <= j) {
			t = v[i]; v[i] = v[j]; v[j] = t
			i++; j--
		}
	}
	sort(v, lo, j)
	sort(v, i, hi)
}

function quantile(v, m, q,    h, k)
{
	h = (m - 1) * q + 1
	k = int(h)
	return k >= m ? v[m] : v[k] + (h - k) * (v[k + 1] - v[k])
}

function judge(f,    i, b, v, total, top, dd)
{
	n = rows[f]
	state = 12345
	total = top = 1
	dd = 0
	for (i = 1; i <= n; i++) {
		total *= 1 + x[f, i]
		if (total > top)
			top = total
		if (total / top - 1 < dd)
			dd = total / top - 1
		at[i] = i
	}
	sharpe[f] = ratio(f)
	for (b = 1; b <= draws; b++) {
		draw(1 / n ^ (1 / 3))
		v[b] = ratio(f)
	}
	sort(v, 1, draws)
	printf "%s\t%d\t%.4f\t%.3f\t%.3f\t%.3f\t%.4f\n", name[f], n, total - 1, sharpe[f],
	    quantile(v, draws, 0.025), quantile(v, draws, 0.975), dd
}

function compare(f,    i, b, v, above)
{
	n = rows[1]
	if (rows[f] != n) {
		print "sharpe.awk: " name[f] " has other times than " name[1] >"/dev/stderr"
		exit failed = 1
	}
	for (i = 1; i <= n; i++)
		if (time[f, i] != time[1, i]) {
			print "sharpe.awk: " name[f] ": " time[f, i] " is not " time[1, i] >"/dev/stderr"
			exit failed = 1
		}
	state = 54321
	above = 0
	for (b = 1; b <= draws; b++) {
		draw(1 / n ^ (1 / 3))
		v[b] = ratio(f) - ratio(1)
		above += v[b] > 0
	}
	sort(v, 1, draws)
	printf "%s - %s\t%.3f\t%.3f\t%.3f\t%.3f\n", name[f], name[1], sharpe[f] - sharpe[1],
	    quantile(v, draws, 0.025), quantile(v, draws, 0.975), above / draws
}

BEGIN {
	FS = ","
	draws = 2000
	if (!periods)
		periods = 252
}

FNR == 1 {
	files++
	name[files] = FILENAME
	sub(/.*\//, "", name[files])
	sub(/[.]csv$/, "", name[files])
	t = r = 0
	for (i = 1; i <= NF; i++) {
		if ($i == "ts" || $i == "date")
			t = t ? t : i
		if ($i == "return")
			r = i
	}
	if (!t || !r) {
		print "sharpe.awk: " FILENAME ": no columns ts and return" >"/dev/stderr"
		exit failed = 1
	}
	next
}

$r != "" {
	x[files, ++rows[files]] = $r
	time[files, rows[files]] = substr($t, 1, 19)
}

END {
	if (failed)
		exit 1
	for (f = 1; f <= files; f++)
		judge(f)
	if (pair)
		for (f = 2; f <= files; f++)
			compare(f)
}
