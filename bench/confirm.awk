# False positives and recall of signals, one source against k of n, with bootstrap intervals.
#
# Input, tab-separated, series being what is drawn again:
#	T series start stop direction		an instance: signals of its direction in here are right
#	S series scheme time direction		a signal
#	O series scheme right			a signal that is right (1) or not (0) by itself
# -v base="a b": the single schemes; -v test="a+1 b+1": those that are compared, each with the one
# of its name before the +. Recall: instances found (T), or right signals as a part of those of the
# single scheme (O).
function tally(s, w,   k, i)
{
	fp[w] += mult[s] * wrong[s, w]; tp[w] += mult[s] * good[s, w]; hit[w] += mult[s] * found[s, w]
}
function figures(   s, i, w)
{
	for (i = 1; i <= nschemes; i++) { fp[scheme[i]] = tp[scheme[i]] = hit[scheme[i]] = 0 }
	all = 0
	for (s in isseries) {
		all += mult[s] * instances[s]
		for (i = 1; i <= nschemes; i++) tally(s, scheme[i])
	}
}
function alone(w) { sub(/[+].*/, "", w); return w }
function recall(w) { return all ? hit[w] / all : tp[alone(w)] ? tp[w] / tp[alone(w)] : 0 }
function down(w, b) { return fp[b] ? 1 - fp[w] / fp[b] : 0 }
function share(w) { return fp[w] + tp[w] ? fp[w] / (fp[w] + tp[w]) : 0 }
function quantile(a, n, q,   i, j, t) { return a[int(q * (n - 1)) + 1] }
function sort(a, n,   i, j, t, gap)
{
	for (gap = int(n / 2); gap > 0; gap = int(gap / 2))
		for (i = gap + 1; i <= n; i++) {
			t = a[i]
			for (j = i; j > gap && a[j - gap] > t; j -= gap) a[j] = a[j - gap]
			a[j] = t
		}
}
BEGIN { FS = "\t"; nb = split(base, single, " "); nt = split(test, mixed, " ")
	for (i = 1; i <= nb; i++) scheme[++nschemes] = single[i]
	for (i = 1; i <= nt; i++) scheme[++nschemes] = mixed[i] }
{ if (!($2 in isseries)) { isseries[$2] = 1; name[++nseries] = $2 } }
$1 == "T" { n = ++instances[$2]; from[$2, n] = $3; to[$2, n] = $4; dir[$2, n] = $5 }
$1 == "S" {
	right = 0
	for (i = 1; i <= instances[$2]; i++)
		if ($4 >= from[$2, i] && $4 <= to[$2, i] && $5 == dir[$2, i]) {
			right = 1
			if (!(($2, $3, i) in seen)) { seen[$2, $3, i] = 1; found[$2, $3]++ }
		}
	if (right) good[$2, $3]++; else wrong[$2, $3]++
}
$1 == "O" { if ($4) good[$2, $3]++; else wrong[$2, $3]++ }
END {
	for (s in isseries) mult[s] = 1
	figures()
	printf "  %d series%s\n", nseries, all ? sprintf(", %d instances", all) : ""
	for (i = 1; i <= nschemes; i++) {
		w = scheme[i]
		printf "  %-10s %6d signals, false %6d (%.1f %%), recall %.3f\n", w, fp[w] + tp[w], fp[w], 100 * share(w), recall(w)
	}
	draws = 2000
	srand(20261120)
	for (d = 1; d <= draws; d++) {
		for (s in isseries) mult[s] = 0
		for (k = 1; k <= nseries; k++) mult[name[int(rand() * nseries) + 1]]++
		figures()
		for (i = 1; i <= nt; i++) {
			dn[i, d] = down(mixed[i], alone(mixed[i]))
			kept[i, d] = recall(alone(mixed[i])) > 0 ? recall(mixed[i]) / recall(alone(mixed[i])) : 0
		}
	}
	for (s in isseries) mult[s] = 1
	figures()
	for (i = 1; i <= nt; i++) {
		w = mixed[i]; b = alone(w)
		for (d = 1; d <= draws; d++) { x[d] = dn[i, d]; y[d] = kept[i, d] }
		sort(x, draws); sort(y, draws)
		printf "  %-11s false positives down %.1f %% [%.1f, %.1f], recall kept %.3f [%.3f, %.3f]\n", w ":", \
		    100 * down(w, b), 100 * quantile(x, draws, 0.025), 100 * quantile(x, draws, 0.975), \
		    recall(b) ? recall(w) / recall(b) : 0, quantile(y, draws, 0.025), quantile(y, draws, 0.975)
	}
}
