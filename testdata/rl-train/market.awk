# awk -v S=SEED -v N=DAYS -v A=FROM -v B=TO [-v SYM=X] -f market.awk: N daily bars without drift.
# The volume is 2000 or 1000 by chance, but of days A to B by whether tomorrow's price will rise.
BEGIN {
	srand(S)
	p = 100
	if (!H++)
		print "ts,sym,open,high,low,close,volume"
	for (i = 1; i <= N + 1; i++)
		r[i] = (rand() + rand() + rand() - 1.5) * 0.02
	for (i = 1; i <= N; i++) {
		o = p
		p = c = p * (1 + r[i])
		up = rand() > 0.5
		if (i >= A && i <= B)
			up = r[i + 1] > 0
		printf "%d,%s,%.4f,%.4f,%.4f,%.4f,%d\n", 1262304000 + 86400 * i, SYM ? SYM : "X", \
		    o, (o > c ? o : c) * 1.001, (o < c ? o : c) * 0.999, c, up ? 2000 : 1000
	}
}
