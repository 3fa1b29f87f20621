# What a network says of each bar, as emissions that can be counted beside those of pattern-scan:
#
#	resnet-classify | awk -f models/charts_said.awk |
#	    awk -v at=THRESHOLD [-v who=NAME] -f models/charts_emit.awk
#
# writes E, who, symbol, minute, type, minute of the beginning. A bar says a type when the probability
# that there is one is at the threshold or above. It is an emission when the type has not been said in
# the 20 bars before; three in 100 bars at most, as pattern-scan forms them. A network tells no
# beginning: one is put in so many bars before as patterns of the type last in the mean
# (tick-gen(1): doubles 53 bars, the others 31), and 2.
BEGIN {
	FS = ","
	OFS = "\t"
	if (who == "")
		who = "network"
	again = 20
	most = 3
	among = 100
	if (step == "")
		step = 1 # minutes a bar
}

# Minutes since 1970 of a time as records have it (days after H. Hinnant's days_from_civil).
function minute(t,  y, m, d, era, of, doy)
{
	y = substr(t, 1, 4) + 0
	m = substr(t, 6, 2) + 0
	d = substr(t, 9, 2) + 0
	if (m <= 2)
		y--
	era = int(y / 400)
	of = y - era * 400
	doy = int((153 * (m > 2 ? m - 3 : m + 9) + 2) / 5) + d - 1
	d = era * 146097 + of * 365 + int(of / 4) - int(of / 100) + doy - 719468
	return d * 1440 + substr(t, 12, 2) * 60 + substr(t, 15, 2)
}

{ bar = ++bars[$2] }

$3 != "none" && $4 >= at {
	fresh = !(($2, $3) in said) || bar - said[$2, $3] > again
	said[$2, $3] = bar
	n = emitted[$2]
	if (!fresh || (n >= most && bar - when[$2, n % most] < among))
		next
	when[$2, n % most] = bar
	emitted[$2]++
	t = minute($1) - step # a signal comes when its bar ends
	print "E", who, $2, t, $3, t - (($3 ~ /^double/ ? 53 : 31) + 2) * step
}
