# One-minute bars of trades: mawk -F, -f bars.awk IN.csv. The header names the columns.
NR == 1 {
	for (i = 1; i <= NF; i++)
		col[$i] = i
	ts = col["ts"]; sym = col["sym"]; price = col["price"]; size = col["size"]
	next
}
{
	s = $sym
	m = substr($ts, 1, 16)
	p = $price + 0
	if (m != minute[s]) {
		if (minute[s] != "")
			show(s)
		minute[s] = m
		open[s] = high[s] = low[s] = p
		volume[s] = 0
	}
	if (p > high[s])
		high[s] = p
	if (p < low[s])
		low[s] = p
	last[s] = p
	volume[s] += $size
}
function show(s) {
	printf "%s:00Z,%s,%.9f,%.9f,%.9f,%.9f,%.9f\n", minute[s], s, open[s], high[s], low[s], \
	    last[s], volume[s]
}
END {
	for (s in minute)
		show(s)
}
