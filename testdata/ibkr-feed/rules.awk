# The rules of data quality a second time, in awk, to count what ibkr-feed must find.
#
#	awk -f rules.awk -v t=1 -v p=2 -v s=3 TRADES	columns of time, price, size
#	awk -f rules.awk -v t=1 -v y=2 -v o=3 BARS	columns of time, symbol, open (then h, l, c)
#
# -v head=1: the first line is a header. -v factor=15 -v floor=0.01 -v window=100: the spike's.
# Prints RULE COUNT lines, sorted by name. A row counts once, for its first rule of the list
# nonpositive_size, high_lt_low, spike, duplicate; rows with an empty price are left out.

BEGIN {
	FS = ","
	if (!factor) factor = 15
	if (!floor) floor = 0.01
	if (!window) window = 100
}

function log_move(a, b,    m) { m = log(a / b); return m < 0 ? -m : m }

# the upper median of the symbol's last moves, by insertion into a sorted list
function median(y,    i, k, n, list, v) {
	n = 0
	for (i = 1; i <= kept[y]; i++) {
		v = moves[y, i]
		for (k = n++; k > 0 && list[k] > v; k--) list[k + 1] = list[k]
		list[k + 1] = v
	}
	return list[int(n / 2) + 1]
}

function keep(y, m,    i) {
	if (kept[y] == window) {
		for (i = 1; i < window; i++) moves[y, i] = moves[y, i + 1]
		kept[y]--
	}
	moves[y, ++kept[y]] = m
}

function farthest(price, high, low, from,    m, x) {
	m = log_move(price, from)
	if ((x = log_move(high, from)) > m) m = x
	if ((x = log_move(low, from)) > m) m = x
	return m
}

function spike(y, price, high, low,    m, limit, is) {
	if (!(y in level)) { level[y] = price; return 0 }
	m = log_move(price, level[y])
	is = 0
	limit = floor
	if (kept[y] >= 5 && factor * median(y) > limit) limit = factor * median(y)
	if (kept[y] >= 5 && farthest(price, high, low, level[y]) > limit) {
		if ((y in odd) && farthest(price, high, low, odd[y]) <= limit) m = log_move(price, odd[y])
		else is = 1
	}
	if (m > 0) keep(y, m)
	if (is && m > limit) odd[y] = price
	else { level[y] = price; delete odd[y] }
	return is
}

head && FNR == 1 { next }

{
	sym = y ? $y : "-"
	rule = ""
	if (o) {
		open = $o; high = $(o + 1); low = $(o + 2); price = $(o + 3)
		if (open == "" || high == "" || low == "") next
		open += 0; high += 0; low += 0; price += 0
		if (high < low || high < open || high < price || low > open || low > price) rule = "high_lt_low"
		values = $t "," open "," high "," low "," price "," $(o + 4)
	} else {
		price = high = low = $p + 0
		if ($s <= 0) rule = "nonpositive_size"
		values = $t "," $p "," $s
	}
	if (!rule && spike(sym, price, high, low)) rule = "spike"
	if (!rule && values == before[sym]) rule = "duplicate"
	before[sym] = values
	if (rule) count[rule]++
}

END {
	for (r in count) print r, count[r] | "sort"
}
