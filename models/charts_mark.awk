# Which images are learned from: the truth of tick-gen --patterns (first file) into its stream of
# bars (second file), for gaf-encode --labels patterns.
#
# Behind the bar that completes a pattern stands its pattern record; behind each bar whose image is wanted
# a record of type keep, by which charts_take.awk knows it. Wanted are the first, third
# and fifth image from the one on that shows all of a pattern, and one of `every` (-v) others. Left out
# are those in the last leg, where the pattern is all but there, and those of the twenty bars behind
# it, which show it too: whether they are called by its name is a matter of taste, not of truth.
function cut(line, key,  at)
{
	at = index(line, "\"" key "\":\"")
	return substr(line, at + length(key) + 4)
}

FNR == NR {
	sym = cut($0, "sym")
	sym = substr(sym, 1, index(sym, "\"") - 1)
	n = split($0, corner, "\\[\"")
	last_leg[sym, substr(corner[n - 1], 1, 30)]
	complete[sym, substr(cut($0, "end"), 1, 30)] = $0
	next
}

{ print }

/^[{]"type":"bar"/ {
	t = substr($0, 21, 30)
	sym = substr($0, 60)
	sym = substr(sym, 1, index(sym, "\"") - 1)
	if ((sym, t) in last_leg)
		near[sym] = 1
	if ((sym, t) in complete) {
		print complete[sym, t]
		near[sym] = 0
		shown[sym] = 21
	}
	if (near[sym])
		keep = 0
	else if (shown[sym] > 0) {
		keep = shown[sym] > 16 && shown[sym] % 2 == 1
		shown[sym]--
	} else
		keep = ++others[sym] % every == 0
	if (keep)
		print "{\"type\":\"keep\",\"sym\":\"" sym "\"}"
}
