load helper

sample()
{
	ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" --symbols "${1:-AAPL,MSFT,XOM}" \
	    --from 2013-02-01 --to "${2:-2013-07-31}"
}

# 300 daily bars of symbol A by a small generator of its own; the split comes before bar 150.
# made RATIO: prices and sizes before it are of old units; made 1: the same, adjusted backwards
made()
{
	awk -v ratio="$1" -v full=8 '
		function rnd() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
		function day(i) { return sprintf("2024-%02d-%02dT00:00:00Z", 1 + int(i / 28), 1 + i % 28) }
		BEGIN {
			seed = 42; p = 100
			for (i = 0; i < 300; i++) {
				k = ratio == 1 || i >= 150 ? 1 / full : 1
				if (ratio != 1 && i == 150)
					printf "{\"type\":\"corporate_action\",\"ts\":\"%s\",\"sym\":\"A\",\"action\":\"split\",\"ratio\":%g}\n", day(i), ratio
				o = p * (1 + 0.01 * (rnd() - 0.5)); c = o * (1 + 0.06 * (rnd() - 0.5))
				h = (o > c ? o : c) * (1 + 0.01 * rnd()); l = (o < c ? o : c) * (1 - 0.01 * rnd())
				v = 1000 + int(9000 * rnd()); p = c
				# a multiple of 8e-6: both forms are exact
				o = int(o * 125000) / 125000; h = int(h * 125000 + 1) / 125000
				l = int(l * 125000) / 125000; c = int(c * 125000) / 125000
				printf "{\"type\":\"bar\",\"ts\":\"%s\",\"sym\":\"A\",\"ts_end\":\"%s\",\"interval\":\"1d\",\"open\":%.9f,\"high\":%.9f,\"low\":%.9f,\"close\":%.9f,\"volume\":%d}\n",
				    day(i), day(i + 1), o * k, h * k, l * k, c * k, v / k
			}
		}'
}

# far FILE FILE: lines whose numbers differ by more than 1e-9 of their size (csv)
far()
{
	paste -d, "$1" "$2" | awk -F, '
		{ n = NF / 2
		  for (i = 1; i <= n; i++) {
			a = $i; b = $(i + n); d = a - b; if (d < 0) d = -d
			m = b < 0 ? -b : b; if (m < 1e-3) m = 1e-3
			if ((a == "") != (b == "") || (a != b && d > 1e-9 * m)) { print NR ": column " i ": " a " " b; bad = 1; break }
		  } }
		END { exit !bad }'
}

@test "expressions give what awk computes" {
	sample AAPL >in
	feat-calc -e 'r = pct(close); m5 = mean(close, 5)' -e 's5 = std(close, 5); up = streak(close > lag(close))' \
	    --only 'close,r,m5,s5,up' -O csv <in | tail -n +2 | cut -d, -f4- >out
	jq -r 'select(.type == "bar") | .close' in | awk '{
		c[NR] = $1; r = m = s = up = ""
		if (NR > 1) { r = $1 / c[NR - 1] - 1; k = $1 > c[NR - 1] ? k + 1 : 0; up = k }
		if (NR >= 5) {
			m = (c[NR] + c[NR-1] + c[NR-2] + c[NR-3] + c[NR-4]) / 5; q = 0
			for (i = 0; i < 5; i++) q += (c[NR - i] - m) ^ 2
			s = sqrt(q / 4)
		}
		printf "%.17g,", $1
		printf (r == "" ? "," : "%.17g,"), r
		printf (m == "" ? "," : "%.17g,"), m
		printf (s == "" ? "," : "%.17g,"), s
		print up }' >want
	[ "$(wc -l <out)" -gt 100 ]
	run ! far out want
}

@test "bars pass, and a record follows each that has a column" {
	sample >in
	feat-calc <in >out
	grep -v '"type":"features"' out >rest
	same in rest
	# directly behind its bar: same symbol, known when the bar was
	jq -r 'select(.type != "watermark") | [.type, .sym, .ts_end // .ts] | join(" ")' out >order
	awk '$1 == "bar" { sym = $2; t = $3 } $1 == "features" && ($2 != sym || $3 != t) { exit 1 }' order
	[ "$(grep -c ^features order)" -gt 300 ]
}

@test "what it writes for a small file" {
	sample AAPL,MSFT 2013-03-15 >in
	feat-calc -s core:windows='5;10' -e 'rel = ret_1 - ret_1@MSFT' -e 'rk = cs_pct(ret_5)' -t 1w \
	    --only 'ret_1,ret_5,z_10,rel,rk,ret_1_1w' <in | grep features >out
	same out "$DATA/feat-calc/small.ndjson"
}

@test "csv has the columns of the plan" {
	sample >in
	feat-calc -e 'a = close * 2; _b = a + 1; c = lag(_b, 100)' --prefix f_ -O csv <in >out
	[ "$(head -1 out)" = ts,sym,interval,f_a,f_c ]
	[ "$(sed -n 2p out)" = 2013-02-09T00:00:00.000000000Z,AAPL,1d,135.7084, ]
	# ndjson read back as csv holds the same
	feat-calc -e 'a = close * 2; _b = a + 1; c = lag(_b, 100)' --prefix f_ <in |
	    jq -r 'select(.type == "features") | [.ts, .sym, .interval, .f_a, .f_c] | @csv' | tr -d '"' >again
	tail -n +2 out | run ! far /dev/stdin again
}

@test "only, every, last" {
	sample >in
	run -0 feat-calc --only 'ret_?,close' -O csv <in
	[ "${lines[0]}" = ts,sym,interval,close,ret_1,ret_5 ]
	run -2 --separate-stderr stdin_is in feat-calc --only ret_1,ret_7
	[[ $stderr == "feat-calc: --only: no column is named ret_7; there are ret_1, ret_5, "* ]]
	run -2 --separate-stderr stdin_is in feat-calc --only nothing
	[[ $stderr == *"no column is named nothing; see feat-sets(7), --set" ]]
	feat-calc --only ret_1 -O csv <in | tail -n +2 >all
	feat-calc --only ret_1 --last -O csv <in | tail -n +2 >last
	same last <(tail -3 all)
	feat-calc --only ret_1 --every 10 -O csv <in | tail -n +2 | grep AAPL >every
	same every <(grep AAPL all | awk 'NR % 10 == 9')
}

@test "symbols in one stream give what each gives alone" {
	syms=AAPL,MSFT,XOM,GE,JPM,WMT,CVX,PG,KO,PFE,T,INTC
	sample $syms 2013-05-31 >in
	args=(-s core -s alpha158 -s micro -e 'x = zscore(ret_1, 20) + ema(close, 9)' -t "1w,2d" -O csv)
	feat-calc "${args[@]}" <in >together
	[ "$(cut -d, -f2 together | sort -u | wc -l)" -ge 11 ]
	for s in $(cut -d, -f2 together | tail -n +2 | sort -u); do
		sample "$s" 2013-05-31 | feat-calc "${args[@]}" | tail -n +2 >alone
		same alone <(grep ",$s," together)
	done
}

@test "intervals of one symbol do not mix" {
	ibkr-feed -q --replay "$DATA/ticks/EURUSD.OANDA_2014-05-08.csv.gz" >ticks
	bar-agg -i 15m <ticks >a
	bar-agg -i 1h <ticks >b
	cat a b | grep '"bar"' | jq -cs 'sort_by(.ts_end, .interval)[]' >both
	for i in 15m 1h; do
		feat-calc -O csv <both | grep ",$i," >mixed
		grep "\"$i\"" both | feat-calc -O csv | tail -n +2 >alone
		same alone mixed
	done
	feat-calc -i 1h -O csv <both | tail -n +2 | cut -d, -f3 | sort -u >one
	[ "$(cat one)" = 1h ]
}

@test "timeframes are the bars of bar-agg, and only closed ones" {
	ibkr-feed -q --replay "$DATA/ticks/EURUSD.OANDA_2014-05-08.csv.gz" >ticks
	for s in '' '--session FX'; do
		# shellcheck disable=SC2086 # words
		bar-agg -i 5m $s <ticks | tee five | feat-calc $s -t 45m --only 'close_45m,ret_1_45m,rsi_14_45m' -O csv |
		    tail -n +2 | cut -d, -f1,4- >got
		# shellcheck disable=SC2086
		bar-agg -i 45m $s <five | grep -v '"partial"' | feat-calc --only 'close,ret_1,rsi_14' -O csv |
		    tail -n +2 | cut -d, -f1,4- >higher
		# as of each row: the last higher record known by then
		awk -F, -v OFS=, 'FNR == NR { t[++n] = $1; sub(/^[^,]*,/, ""); v[n] = $0; next }
			{ while (k < n && t[k + 1] <= $1) k++; if (k) print $1, v[k] }' higher got >want
		same got want
		[ "$(wc -l <got)" -gt 200 ]
	done
}

@test "a timeframe shorter than the bars is told about" {
	sample AAPL >in
	run -0 --separate-stderr stdin_is in feat-calc -t 1h
	[[ $stderr == "feat-calc: warning: AAPL: bars of 1d are too long for the timeframe 1h" ]]
	run -2 --separate-stderr stdin_is in feat-calc -t 100t
	[[ $stderr == *"--timeframes: '100t' is no length of time"* ]]
	run -2 --separate-stderr stdin_is in feat-calc -t 1h,1h
	[[ $stderr == *"given twice"* ]]
	run -2 --separate-stderr stdin_is in feat-calc --session XNYS
	[[ $stderr == *"--session is for --timeframes"* ]]
}

@test "other symbols are those of the same instant, whoever comes first" {
	sample AAPL,MSFT >in
	# the two bars of an instant in the other order
	awk '/"bar"/ { if (held) { print; print held; held = "" } else held = $0; next }
		{ if (held) print held; held = ""; print }' in >turned
	run ! cmp -s in turned
	for e in 'r = close - close@MSFT' 'r = mean(pct(close) - pct(close), 2) + close@AAPL' 'r = cs_zscore(pct(close))'; do
		feat-calc -e "$e" -O csv <in | sort >a
		feat-calc -e "$e" -O csv <turned | sort >b
		same a b
	done
	feat-calc -e 'r = close@MSFT' -O csv <in | awk -F, '$2 == "AAPL" { a[$1] = $4 } $2 == "MSFT" && a[$1] != $4 { exit 1 }'
	# known is what was known: a symbol that has no new bar keeps its last
	grep -v '"2013-03-0[4-8].*MSFT' in >hole
	feat-calc -e 'r = close@MSFT' -O csv <hole | grep -E '2013-03-0[5-9].*AAPL' | cut -d, -f4 | sort -u >held
	[ "$(cat held)" = 27.95 ]
}

@test "features that wait go out before their watermark, in the order of the bars" {
	sample >in
	feat-calc -e 'r = cs_rank(close)' <in >out
	grep -v features out | same - in
	jq -r '[.type, .sym // "-", .ts_end // .ts] | join(" ")' out |
	    awk '$1 == "bar" { want[++n] = $2 " " $3 }
		$1 == "features" { if (want[++k] != $2 " " $3) exit 1 }
		$1 == "watermark" && k != n { exit 1 }'
	# the last instant has no watermark when the input ends in it
	grep -v watermark in | feat-calc -e 'r = cs_rank(close)' | grep -c features >n
	[ "$(cat n)" = "$(grep -c '"bar"' in)" ]
}

@test "a file of one symbol behind the other is compared by instants, too" {
	sample >in
	feat-calc -e 'r = cs_zscore(pct(close)) + close@XOM' -O csv <in | sort >a
	for s in AAPL MSFT XOM; do grep "\"bar\".*$s" in; done |
	    feat-calc -e 'r = cs_zscore(pct(close)) + close@XOM' -O csv | sort >b
	same a b
}

@test "a split changes nothing but the unit" {
	made 8 >split.nd
	made 1 >adjusted
	for set in core alpha158 micro; do
		args=(-s "$set" -t 1w -e 'l = log(close); h = highest(high, 30); v = mean(volume, 9); t = cumsum(close * volume)' -O csv)
		feat-calc "${args[@]}" <split.nd >a
		feat-calc "${args[@]}" <adjusted >b
		# the corr of alpha158 are with log(volume + 1), which is no power of the volume
		sed -n 1p a | tr , '\n' | grep -nvE '^corr[0-9]' | cut -d: -f1 | paste -sd, >cols
		cut -d, -f"$(cat cols)" a | sed 1,151d >c && mv c a
		cut -d, -f"$(cat cols)" b | sed 1,151d >c && mv c b
		[ "$(wc -l <a)" = 150 ] || explain "$(wc -l <a) rows"
		run ! far a b
	done
}

@test "a split may be ignored, or begin anew" {
	made 8 >split.nd
	grep bar split.nd >bars
	feat-calc --splits ignore -O csv <split.nd >a
	feat-calc -O csv <bars >b
	same a b
	awk -F, 'NR == 152 { exit !($4 < -0.8) }' a # a crash
	feat-calc --splits reset -O csv <split.nd | tail -n +152 >a
	sed 1,150d bars | feat-calc -O csv | tail -n +2 >b
	run ! far a b
}

@test "partial, revised, late and dirty bars change nothing" {
	sample AAPL >in
	n=$(grep -nm1 '"bar","ts":"2013-04-10' in | cut -d: -f1)
	bar=$(sed -n "${n}p" in)
	{
		head -n "$n" in
		echo "${bar%\}},\"rev\":1}" | sed 's/"close":[0-9.]*/"close":1.00/'
		echo "$bar"
		echo "${bar%\}},\"partial\":true}" | sed 's/2013-04-1/2013-04-2/g'
		echo "${bar%\}},\"dirty\":\"high_lt_low\"}" | sed 's/2013-04-1/2013-04-2/g'
		tail -n "+$((n + 1))" in
	} >more.nd
	feat-calc -q <in | grep features >a
	run -0 --separate-stderr stdin_is more.nd feat-calc
	echo "$output" | grep features >b
	same a b
	[[ $stderr == *"1 revised bars passed on"*"1 bars not used: not newer"*"1 bars not used: marked dirty"* ]]
	echo "$output" | grep -v features | same - more.nd
}

@test "indicators in expressions are those of the set talib" {
	sample AAPL >in
	e='a=rsi(close,14);b=macd.macdsignal(close);c=atr(14);d=obv(close);e=bbands.lowerband(close,5,2,2);f=sma(volume,30);g=stoch.slowk();h=correl(close,open,30);i=linearreg(close)'
	feat-calc -e "$e" -O csv <in | cut -d, -f4- | sed 1d >a
	feat-calc -s talib -s 'talib:sma(30;volume),correl(30;close,open)' --only \
	    'rsi,macd.macdsignal,atr,obv,bbands.lowerband,sma_30_volume,correl_30_close_open,stoch.slowk,linearreg' <in |
	    jq -r 'select(.type == "features") | [.rsi, .["macd.macdsignal"], .atr, .obv, .["bbands.lowerband"],
		.sma_30_volume, .["stoch.slowk"], .correl_30_close_open, .linearreg] | @csv' >b
	run ! far a b
	[ "$(wc -l <a)" -gt 100 ]
	# a hole in the argument is left out
	feat-calc -e 'a = sma(logret(close), 5); b = mean(logret(close), 5)' -O csv <in | awk -F, 'NR > 1 && $4 != $5 { d = $4 - $5; if (d * d > 1e-24) exit 1 }'
	run -2 --separate-stderr stdin_is in feat-calc -e 'a = rsi(close, 1e9)'
	[[ $stderr == *"column "* ]]
	run -2 --separate-stderr stdin_is in feat-calc -e 'a = macd.hist(close)'
	[[ $stderr == *"no function 'macd.hist'"* ]]
	run -2 --separate-stderr stdin_is in feat-calc -e 'a = correl(close)'
	[[ $stderr == *"expected a series for the indicator"* ]]
}

@test "expressions from a file" {
	sample AAPL >in
	printf '# mine\n\nr = pct(close)  # a return\nz = zscore(r, 10); _h = z\n' >my.expr
	feat-calc -s my.expr -O csv <in >a
	[ "$(head -1 a)" = ts,sym,interval,r,z ] || feat-calc -s ./my.expr -O csv <in >a
	feat-calc -e 'r = pct(close); z = zscore(r, 10)' -s core -O csv <in >b
	sed -n 1p b | grep ',ret_1,.*,r,z$'
	printf 'r = 1\nq = clse\n' >bad.expr
	run -2 --separate-stderr stdin_is in feat-calc -s bad.expr
	[[ $stderr == "feat-calc: --set: bad.expr: line 2, column 5: there is no column 'clse'; did you mean close?" ]]
	run -4 --separate-stderr stdin_is in feat-calc -s ./none.expr
	[[ $stderr == *none.expr* ]]
	run -2 --separate-stderr stdin_is in feat-calc -s nothing
	[[ $stderr == *"--set nothing: there is no feature set nothing; there are core"* ]]
}

@test "an expression that is wrong is a usage error that says where" {
	run -2 --separate-stderr stdin_is /dev/null feat-calc -e 'r = mean(close'
	[[ $stderr == "feat-calc: -e: column 15: expected ',' and the number of bars, not the end of the line" ]]
	run -2 --separate-stderr stdin_is /dev/null feat-calc -e 'r = 1' --prefix 'A b'
	[[ $stderr == *"--prefix"* ]]
	for o in 'close ^' '-' 'not' '('; do
		awk -v o="$o " 'BEGIN { printf "r = "; while (i++ < 9999) printf "%s", o; print "close" }' >deep
		run -2 --separate-stderr stdin_is /dev/null feat-calc -s ./deep
		[[ $stderr == *"nested more than 200 deep"* ]]
	done
	run -2 --separate-stderr stdin_is /dev/null feat-calc --prefix ty -e 'pe = close'
	[[ $stderr == *"'type' is a key of every record"* ]]
	run -2 --separate-stderr stdin_is /dev/null feat-calc -e 'label_end = close'
	[[ $stderr == *"'label_end' is a key of every record"* ]]
	run -2 --separate-stderr stdin_is /dev/null feat-calc --cross 'ts=rank(close)'
	[[ $stderr == *"'ts' is a key of every record"* ]]
	run -2 --separate-stderr stdin_is /dev/null feat-calc -e '_r = 1'
	[[ $stderr == *"no column to write"* ]]
}

@test "a compressed file that was cut off is no shorter file" {
	printf '2024-07-04 closed\n2024-12-25 closed\n' | gzip >whole.gz
	head -c 30 whole.gz >cut.gz
	run -4 --separate-stderr stdin_is /dev/null feat-calc -t 1w --session XNYS --calendar cut.gz
	[[ $stderr == *"cut.gz: unexpected end of file" ]]
	damage 25 whole.gz >bad.gz
	run -4 --separate-stderr stdin_is /dev/null feat-calc -t 1w --session XNYS --calendar bad.gz
	[[ $stderr == *"bad.gz: "* ]]
}

@test "rows that wait for a watermark that does not come are told about" {
	awk 'BEGIN { for (i = 0; i < 100001; i++)
		printf "{\"type\":\"bar\",\"ts\":%d,\"sym\":\"A\",\"open\":1,\"high\":1,\"low\":1,\"close\":1}\n", 1.6e9 + i }' >in
	run -0 --separate-stderr stdin_is in feat-calc -e 'x = close@A' --last
	[ "${#lines[@]}" = 100002 ]
	[[ $stderr == "feat-calc: warning: 100000 rows wait for a watermark"* ]]
}

@test "ticks without bars are told about" {
	printf '{"type":"trade","price":10,"size":1,"ts":"2024-01-02T00:00:00Z","sym":"A"}\n' >in
	run -0 --separate-stderr stdin_is in feat-calc
	[ "$output" = "$(cat in)" ]
	[[ $stderr == "feat-calc: warning: 1 trades and quotes came but no bars"*bar-agg ]]
}

@test "each function stands in the man page" {
	mandoc -T ascii -O width=1000 "$ROOT/man/feat-calc.1" | sed 's/.\x08//g' >page
	sed -nE 's/^"([a-z_0-9]+)\("$/\1/p' "$ROOT/test/fuzz/expr.dict" >functions
	[ "$(wc -l <functions)" -gt 60 ]
	while read -r f; do
		grep -qw -- "$f" page || { echo "$f"; return 1; }
	done <functions
}

@test "empty input" {
	check_empty
	check_empty -e 'r = close@SPY'
}

@test "bad option, bad line" {
	check_bad_option
	check_bad_line
}

@test "full disk, reader that leaves" {
	sample >in
	check_dev_full in
	check_reader_leaves in
}

@test "unknown records pass byte for byte" {
	check_unknown_passes
}

@test "the options of -h stand in the man page" {
	check_man_options
}

@test "one process gives the same bytes" {
	sample >in
	check_pipe_run_same '' in
	check_pipe_run_same "-s core -t 1w -e 'x=close@AAPL/close'" in
}

@test "chunks do not matter, and nothing looks ahead" {
	sample AAPL,MSFT,XOM 2013-04-30 >in
	made 8 >split.nd
	for a in '-s core -s micro' '-t 1w,2d --only *_1w,*_2d' '-e r=cs_zscore(pct(close))-close@XOM'; do
		# shellcheck disable=SC2086 # words
		set -f -- $a
		set +f
		check_chunks in "$@"
		check_prefix in "$@"
		check_prefix split.nd "$@"
	done
}

@test "a symbol or an interval that never comes is told" {
	printf '%s\n' ts,sym,interval,open,high,low,close,volume 2024-01-02,A,1d,1,1,1,1,1 >in
	run --separate-stderr stdin_is in feat-calc -e 'd = close - close@SPY; e = open@SPY' --benchmark IDX \
		--factors 'beta(20)'
	[ "$status" = 0 ]
	[[ $stderr == *"no bar of SPY came"*"no bar of IDX came"*"--benchmark"* ]]
	[ "$(grep -c 'no bar of SPY' <<<"$stderr")" = 1 ]
	run --separate-stderr stdin_is in feat-calc -i 1h
	[[ $stderr == *"1 bars came, none of the interval 1h"* ]]
	run --separate-stderr stdin_is in feat-calc -e 'd = close - close@A'
	[ -z "$stderr" ]
}
