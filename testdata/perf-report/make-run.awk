# Makes run.ndjson: 72 weekdays of two symbols and an index, a schedule of fills, and the account
# that follows from them. Prices walk by a small linear congruential generator; money in cents.
#	awk -f make-run.awk >run.ndjson
function rnd(n) { seed = (seed * 16807) % 2147483647; return seed % n }
function stamp(day, hms,    y, m, d, t) {
	# days since 2024-01-01, in a leap year that this run does not leave
	for (m = 1; day >= len[m]; m++) day -= len[m]
	return sprintf("2024-%02d-%02dT%s.000000000Z", m, day + 1, hms)
}
function money(c,    s) { s = c < 0 ? "-" : ""; if (c < 0) c = -c; return sprintf("%s%d.%02d", s, int(c / 100), c % 100) }
function fill(ts, sym, side, qty, px, before,    q) {
	q = side == "buy" ? qty : -qty; no++
	printf "{\"type\":\"order_status\",\"ts\":\"%s\",\"sym\":\"%s\",\"cl_ord_id\":\"t-%d\",\"status\":\"new\"}\n", ts, sym, no
	printf "{\"type\":\"fill\",\"ts\":\"%s\",\"sym\":\"%s\",\"exec_id\":\"P%d.0\",\"cl_ord_id\":\"t-%d\",\"side\":\"%s\",\"last_qty\":%d,\"last_price\":%s,\"commission\":1.00,\"arrival_price\":%s}\n", ts, sym, no, no, side, qty, money(px), money(before)
	printf "{\"type\":\"order_status\",\"ts\":\"%s\",\"sym\":\"%s\",\"cl_ord_id\":\"t-%d\",\"status\":\"filled\",\"cum_qty\":%d,\"leaves_qty\":0}\n", ts, sym, no, qty
	cash -= q * px + 100; fees += 100; pos[sym] += q
}
BEGIN {
	split("31 29 31 30 31 30 31 31 30 31 30 31", len, " ")
	seed = 20240102; cash = start = peak = 10000000
	split("AAA BBB IDX", name, " "); close_["AAA"] = 10000; close_["BBB"] = 5000; close_["IDX"] = 400000
	plan[5] = "AAA buy 300"; plan[10] = "AAA sell 120"; plan[15] = "AAA sell 180"
	plan[8] = "BBB buy 400"; plan[50] = "BBB sell 400"
	plan[20] = "AAA buy 200"; plan[30] = "AAA sell 500"; plan[40] = "AAA buy 300"
	plan[56] = "AAA sell 250"
	for (n = day = 0; n < 72; day++) {
		if (day % 7 > 4) continue	# 2024-01-01 is a Monday
		n++
		split(plan[n], p, " ")
		t = stamp(day, "00:00:00"); end = stamp(day + 1, "00:00:00")
		for (i = 1; i <= 3; i++) {
			s = name[i]; c = close_[s]; w = int(c / 40)
			o = c + rnd(int(w / 2)) - int(w / 4); before = c
			c = o + rnd(w) - int(w / 2) + int(w / 30)
			hi = (o > c ? o : c) + rnd(int(w / 3)); lo = (o < c ? o : c) - rnd(int(w / 3))
			printf "{\"type\":\"bar\",\"ts\":\"%s\",\"sym\":\"%s\",\"ts_end\":\"%s\",\"interval\":\"1d\",\"open\":%s,\"high\":%s,\"low\":%s,\"close\":%s,\"volume\":%d}\n", t, s, end, money(o), money(hi), money(lo), money(c), 1000 + rnd(9000)
			close_[s] = c
			if (p[1] == s) fill(t, s, p[2], p[3], o, before)
		}
		printf "{\"type\":\"watermark\",\"ts\":\"%s\"}\n", end
		if (n == 12) printf "{\"type\":\"reject\",\"ts\":\"%s\",\"sym\":\"AAA\",\"cl_ord_id\":\"t-x\",\"rule\":\"max_position\",\"text\":\"too much\",\"source\":\"risk-gate\"}\n", end
		if (n == 33) printf "{\"type\":\"alert\",\"ts\":\"%s\",\"severity\":\"warn\",\"rule\":\"daily_loss\",\"value\":0.02,\"limit\":0.03}\n", end
		if (n == 44) printf "{\"type\":\"x-weather\",\"ts\":\"%s\",\"temp\":3.5}\n", end
		a = pos["AAA"] * close_["AAA"]; b = pos["BBB"] * close_["BBB"]
		eq = cash + a + b; if (eq > peak) peak = eq
		printf "{\"type\":\"portfolio\",\"ts\":\"%s\",\"cash\":%s,\"equity\":%s,\"gross\":%s,\"net\":%s,\"commission\":%s,\"peak_equity\":%s}\n", end, money(cash), money(eq), money((a < 0 ? -a : a) + b), money(a + b), money(fees), money(peak)
	}
}
