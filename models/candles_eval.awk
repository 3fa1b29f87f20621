# What a classifier of candlesticks is worth. Lines of tabs: truth, series, answer, likeliest of the
# patterns, its score. -v mode=nine: accuracy over the classes (those with fewer than `least` rows
# are shown, and not counted); -v mode=stream: precision where `recall` of the patterns is found,
# on a stream with all its bars that are none. 95 % intervals by bootstrap over series.
# -v name=WHAT goes in front of each line.
BEGIN { FS = "\t"; seed = 1; resamples = 500; if (!recall) recall = 0.8; if (least == "") least = 50 }
{
	truth[NR] = $1; series[NR] = $2; answer[NR] = $3; best[NR] = $4; score[NR] = $5 + 0
	of[$1]++
	hit[$1] += $1 == $3
	if (!($2 in number)) { number[$2] = nseries; nseries++ }
}

# Park and Miller's generator: the same numbers with every awk
function below(n) {
	seed = (seed * 16807) % 2147483647
	return int(seed / 2147483647 * n)
}

# of rates[1..resamples]: lo and hi
function interval(  i, j, t, gap) {
	for (gap = int(resamples / 2); gap > 0; gap = int(gap / 2))
		for (i = gap + 1; i <= resamples; i++)
			for (j = i; j > gap && rates[j - gap] > rates[j]; j -= gap) {
				t = rates[j]; rates[j] = rates[j - gap]; rates[j - gap] = t
			}
	lo = rates[int(resamples * 0.025) + 1]
	hi = rates[int(resamples * 0.975)]
}

# over[series] / under[series], of series drawn again and again
function bootstrap(  b, i, k, a, n) {
	for (b = 1; b <= resamples; b++) {
		a = n = 0
		for (i = 0; i < nseries; i++) {
			k = below(nseries)
			a += over[k]
			n += under[k]
		}
		rates[b] = n ? a / n : 0
	}
	interval()
}

# Accuracy of the classes that count, without none or with it.
function accuracy(none,  i, k, a, n) {
	for (k = 0; k < nseries; k++)
		over[k] = under[k] = 0
	for (i = 1; i <= NR; i++) {
		if (of[truth[i]] < least || (!none && truth[i] == "none"))
			continue
		k = number[series[i]]
		a += truth[i] == answer[i]
		n++
		over[k] += truth[i] == answer[i]
		under[k]++
	}
	bootstrap()
	return n ? a / n : 0
}

function nine(  a, c, i, names, n, few, t, j) {
	a = accuracy(1)
	printf "%-34s accuracy %.4f (%.4f-%.4f)", name, a, lo, hi
	printf ", none %.3f", of["none"] ? hit["none"] / of["none"] : 0
	printf ", without none %.4f", accuracy(0)
	printf "  [%d images, %d series]\n", NR, nseries
	if (brief)
		return
	for (c in of) {
		if (c != "none")
			names[++n] = c
	}
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && names[j] < names[j - 1]; j--) {
			t = names[j]; names[j] = names[j - 1]; names[j - 1] = t
		}
	printf "%-34s recall", ""
	for (i = 1; i <= n; i++) {
		few = of[names[i]] < least ? "*" : ""
		printf " %s%s %.3f/%d", names[i], few, hit[names[i]] / of[names[i]], of[names[i]]
	}
	print ""
}

# Rows by score, the highest first: heap sort of index[].
function sift(at, n,  c, t) {
	while ((c = 2 * at) <= n) {
		if (c < n && score[idx[c + 1]] < score[idx[c]])
			c++
		if (score[idx[at]] <= score[idx[c]])
			return
		t = idx[at]; idx[at] = idx[c]; idx[c] = t
		at = c
	}
}

function stream(  i, n, t, all, found, cut, at, k, p, f, found_all) {
	for (i = 1; i <= NR; i++) {
		idx[i] = i
		all += truth[i] != "none"
	}
	for (i = int(NR / 2); i >= 1; i--)
		sift(i, NR)
	for (n = NR; n > 1; n--) {
		t = idx[1]; idx[1] = idx[n]; idx[n] = t
		sift(1, n - 1)
	}
	for (at = 1; at <= NR && found < recall * all; at++)
		found += truth[idx[at]] == best[idx[at]]
	cut = at - 1
	for (i = 1; i <= cut; i++) {
		k = number[series[idx[i]]]
		over[k] += truth[idx[i]] == best[idx[i]]
		under[k]++
	}
	for (i = 0; i < nseries; i++) {
		over[i] += 0
		under[i] += 0
	}
	bootstrap()
	for (i = 1; i <= NR; i++) {
		found_all += truth[i] != "none" && truth[i] == answer[i]
		f += answer[i] != "none" && truth[i] != answer[i]
		t = answer[i] != "none" ? p++ : 0
	}
	printf "%-34s precision %.3f (%.3f-%.3f) at recall %.3f (score %.3f), %.2f false per 1,000 bars;", \
	    name, cut ? found / cut : 0, lo, hi, all ? found / all : 0, \
	    cut ? score[idx[cut]] : 0, 1000 * (cut - found) / NR
	printf " by the label: %.3f at %.3f, %.2f  [%d bars, %d patterns, %d series]\n", \
	    p ? found_all / p : 0, all ? found_all / all : 0, 1000 * f / NR, NR, all, nseries
}

END {
	if (NR == 0) {
		printf "%-34s nothing to judge\n", name
		exit
	}
	if (mode == "stream")
		stream()
	else
		nine()
}
