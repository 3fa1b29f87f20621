# Recall and false alarms of detectors of chart patterns, side by side, by the rule of test/unit/t_chart.h:
# the type (a rectangle may be called a triple), from the last extreme but one to ten bars
# after the end, 40 per cent of the span shared; -v span=0 leaves the span out, -v direction=1 takes
# the direction (up, down or that of the type) for the type, -v brief=1 leaves out the types.
#
# Input, tab-separated, times in bars:
#	T symbol type noise pivot,pivot,...	a pattern that was drawn
#	W symbol bars				a random walk
#	E who symbol at type start		an emission
# Intervals: Wilson's for parts, and Poisson's (Byar's approximation) for counts, 95 %.
BEGIN {
	FS = "\t"
	if (span == "")
		span = 1
}

function family(type)
{
	if (direction)
		return type ~ /_bottom$|^ascending|^falling|^bull|^up$/ ? "up" : "down"
	sub(/^triple_/, "rectangle_", type)
	return type
}

function iou(a, b, c, d,  i, u)
{
	i = (b < d ? b : d) - (a > c ? a : c)
	u = (b > d ? b : d) - (a < c ? a : c)
	return i > 0 && u > 0 ? i / u : 0
}

function wilson(k, n,  p, z, m, w)
{
	if (!n)
		return "-"
	z = 1.959964
	p = k / n
	m = (p + z * z / (2 * n)) / (1 + z * z / n)
	w = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
	return sprintf("%.3f [%.3f, %.3f]", p, m - w > 0 ? m - w : 0, m + w < 1 ? m + w : 1)
}

function rate(k, bars,  lo, hi)
{
	if (!bars)
		return "-"
	lo = k ? k * (1 - 1 / (9 * k) - 1.959964 / (3 * sqrt(k))) ^ 3 : 0
	hi = (k + 1) * (1 - 1 / (9 * (k + 1)) + 1.959964 / (3 * sqrt(k + 1))) ^ 3
	return sprintf("%.2f [%.2f, %.2f]", 1000 * k / bars, 1000 * lo / bars, 1000 * hi / bars)
}

$1 == "T" {
	n = ++count[$2]
	type[$2, n] = $3
	noise[$2, n] = $4
	pivots[$2, n] = $5
	of[$3]++
	of[$3, $4]++
	ofnoise[$4]++
	if (!($4 in seen_noise)) {
		seen_noise[$4]
		noises[++nnoises] = $4
	}
	if (!($3 in seen_type)) {
		seen_type[$3]
		types[++ntypes] = $3
	}
}

$1 == "W" { walk[$2]; walk_bars += $3 }

$1 == "E" {
	if (!($2 in seen_who)) {
		seen_who[$2]
		whos[++nwho] = $2
	}
	if ($3 in walk) {
		alarms[$2]++
		alarms[$2, $5]++
		next
	}
	emitted[$2]++
	# truths of a symbol come in the order of time: those that end before are done with
	for (i = ($2, $3) in first ? first[$2, $3] : 1; i <= count[$3]; i++) {
		m = split(pivots[$3, i], p, ",")
		if (p[m] + 10 < $4) {
			first[$2, $3] = i + 1
			continue
		}
		if (p[m - 2] > $4)
			break
		if (family($5) != family(type[$3, i]))
			continue
		if (span && (iou($6, $4, p[1], p[m]) < 0.4 || iou($6, $4, p[2], p[m - 1]) < 0.4))
			continue
		right[$2]++
		if (found[$2, $3, i]++)
			break
		hit[$2, type[$3, i]]++
		hit[$2, type[$3, i], noise[$3, i]]++
		hitnoise[$2, noise[$3, i]]++
		all[$2]++
		delay[$2] += $4 - p[m - 1]
		break
	}
}

END {
	for (j = 1; j <= nnoises; j++)
		total += ofnoise[noises[j]]
	for (k = 1; k <= nwho; k++) {
		w = whos[k]
		line = sprintf("%-22s", w)
		for (j = 1; j <= nnoises; j++)
			line = line sprintf("  %s: %s", noises[j], wilson(hitnoise[w, noises[j]] + 0, ofnoise[noises[j]]))
		print line
		if (walk_bars)
			printf "%-22s  false alarms per 1,000 of %d bars: %s\n", "", walk_bars, rate(alarms[w] + 0, walk_bars)
		if (emitted[w])
			printf "%-22s  among patterns: %d emissions, right: %s; mean delay after the last extreme %.1f bars\n", "", \
			    emitted[w], wilson(right[w], emitted[w]), all[w] ? delay[w] / all[w] : 0
	}
	if (brief)
		exit
	printf "%-30s", "recall by type, all noise"
	for (k = 1; k <= nwho; k++)
		printf " %22s", whos[k]
	printf "   of; false alarms per 1,000 bars\n"
	for (i = 1; i <= ntypes; i++) {
		printf "%-30s", types[i]
		for (k = 1; k <= nwho; k++)
			printf " %22s", wilson(hit[whos[k], types[i]] + 0, of[types[i]])
		printf " %4d;", of[types[i]]
		for (k = 1; k <= nwho && walk_bars; k++)
			printf " %.2f", 1000 * alarms[whos[k], types[i]] / walk_bars
		printf "\n"
	}
}
