# feat-calc: other symbols, factors, scalers, drift, labels. The rest of it is in feat-calc.bats.
load helper

TOOL=feat-calc

sample()
{
	ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" "$DATA/daily/benchmark_ew65.csv.gz" \
	    --symbols AAPL,MSFT,XOM,GE,PFE,JPM,WMT,EW65 --from 2013-02-01 --to "${1:-2014-06-30}"
}

all=(-e 'ret = close / lag(close, 1) - 1' --benchmark EW65
	--factors 'beta(20),ewma(10),kalman,mom(3,1),sector(10),sector_ret,sectors'
	--cross 'rank(ret),pct(ret),zscore(ret),robust(ret),demean(ret,sector),rs(ret),rs_bench(ret),advance,ad_line,mcclellan,above_ma(10),new_high(20),rank(mom_3_1)')

@test "ranks and scores are those that another program finds" {
	sample >in
	feat-calc -e 'ret = close / lag(close, 1) - 1' --cross 'rank(ret),zscore(ret)' --benchmark EW65 <in |
		grep '"type":"features"' >out
	jq -r 'select(.sym != "EW65" and .ret) | [.ts, .sym, .ret, .ret_rank, .ret_zscore] | @tsv' out >rows
	[ "$(wc -l <rows)" -gt 2000 ]
	awk -F'\t' '
		BEGIN { n = 0 }
		function day(  i, j, m, v, rank, z) {
			for (i = 0; i < n; i++) m += x[i] / n
			for (i = 0; i < n; i++) v += (x[i] - m) ^ 2 / (n - 1)
			for (i = 0; i < n; i++) {
				rank = 0.5
				for (j = 0; j < n; j++) rank += x[j] < x[i] ? 1 : x[j] == x[i] ? 0.5 : 0
				z = (x[i] - m) / sqrt(v)
				if (rank != r[i] || (z - s[i]) ^ 2 > 1e-20) { print line[i], rank, z; bad = 1 }
			}
			n = 0
		}
		$1 != ts && n { day() }
		{ ts = $1; x[n] = $3 + 0; r[n] = $4 + 0; s[n] = $5 + 0; line[n++] = $0 }
		END { day(); exit bad }' rows
}

@test "each symbol's bar is followed by the instant's rows, then its watermark" {
	sample 2013-02-20 >in
	feat-calc "${all[@]}" --sectors "$DATA/daily/sectors.csv" <in |
		jq -r 'if .type == "bar" then "b" elif .type == "features" then "f" else "w" end' |
		tr -d '\n' >out
	run -0 cat out
	[[ $output =~ ^b{8}f+w(b{8}f{8}w)+$ ]]
}

@test "fundamentals are known from their date on" {
	cat >fund.csv <<-'END'
		sym,date,eps,shares
		AAPL,2013-02-13,4,26000000000
		AAPL,2013-02-15T12:00:00Z,5,
	END
	ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" --symbols AAPL --from 2013-02-11 --to 2013-02-20 >in
	feat-calc -e 'c = close' --fundamentals fund.csv --factors 'fund(eps),yield(eps),size(shares)' <in |
		jq -r 'select(.type == "features") | [.ts[0:10], .eps, (.eps_yield * .c | . * 1e9 | round / 1e9)?, (.size // 0 | . * 1e6 | floor)] | @csv' >out
	# a row is stamped with the end of its bar: the bar of the 13th ends as its day is over
	close=$(jq -r 'select(.type == "bar" and .ts[0:10] == "2013-02-13") | .close' in)
	size=$(awk -v c="$close" 'BEGIN { printf "%d", log(c * 26e9) * 1e6 }')
	[ "$(sed -n 2p out | cut -d, -f1,2)" = '"2013-02-13",' ]
	[ "$(sed -n 3p out)" = "\"2013-02-14\",4,4,$size" ]
	[ "$(sed -n 4p out | cut -d, -f1-3)" = '"2013-02-15",4,4' ]
	[ "$(sed -n 5p out | cut -d, -f1-3)" = '"2013-02-16",5,5' ]
}

@test "a split changes neither beta nor momentum" {
	sample >in
	# two for one before the bar of that day: half the prices from there on
	jq -c 'if .type == "bar" and .sym == "AAPL" and .ts >= "2013-09-03" then
		(.open, .high, .low, .close) |= . / 2 else . end' in |
		awk '/"sym":"AAPL"/ && /"ts":"2013-09-03/ {
			print "{\"type\":\"corporate_action\",\"ts\":\"2013-09-03T00:00:00Z\",\"sym\":\"AAPL\",\"action\":\"split\",\"ratio\":2}"
		} { print }' >halved
	for f in in halved; do
		feat-calc "${all[@]}" --sectors "$DATA/daily/sectors.csv" <"$f" |
			jq -r 'select(.type == "features" and .sym == "AAPL" and .ts > "2013-08-20" and .ts < "2013-10-20") |
			[.ts, .beta_20, .mom_3_1, .new_high_20, .sector_ret] | map(if type == "number" then . * 1e8 | round else . end) | @tsv' >"$f.out"
	done
	[ "$(wc -l <in.out)" -gt 30 ]
	same in.out halved.out
}

@test "a scaler learns from its span and is applied to all" {
	sample >in
	feat-calc -e 'ret = close / lag(close, 1) - 1' -e 'r = high - low' <in | grep features >plain
	for kind in standard robust minmax quantile; do
		feat-calc -e 'ret = close / lag(close, 1) - 1' -e 'r = high - low' --fit-scaler s.json \
		    --scale "$kind" --fit-until 2013-12-31 <in | grep features | same - plain
		jq -e ".scaler == \"$kind\" and .interval == \"1d\" and .to <= \"2013-12-31T00:00:00.000000000Z\" and (.columns | keys == [\"r\", \"ret\"])" s.json
		feat-calc -e 'ret = close / lag(close, 1) - 1' -e 'r = high - low' --scaler s.json <in |
			grep features >"$kind"
	done
	jq -s '[.[] | select(.ts <= "2013-12-31T00:00:00.000000000Z" and .ret) | .ret] | (add / length) as $m |
		($m < 1e-9 and $m > -1e-9) and ((map(. * .) | add / length - 1) | . < 1e-9 and . > -1e-9)' standard | grep -x true
	jq -s '[.[] | select(.ts <= "2013-12-31T00:00:00.000000000Z" and .ret) | .ret] | min == 0 and max == 1' minmax | grep -x true
	run -2 --separate-stderr stdin_is in feat-calc -e 'q = close' --scaler s.json
	[[ $stderr == *"--scaler s.json has a column 'ret' that is not computed here"* ]]
	[ -z "$output" ]
}

@test "a scaler is for the interval that it was fitted on, and goes where it is sent" {
	sample >in
	feat-calc -e 'r = high - low' --fit-scaler s.json --fit-until 2013-12-31 <in >/dev/null
	sed 's/"interval":"1d"/"interval":"1h"/' in >hours
	run -3 --separate-stderr stdin_is hours feat-calc -e 'r = high - low' --scaler s.json
	[[ $stderr == *"bars of 1h came, but the scaler is of bars of 1d"* ]]
	run -2 --separate-stderr stdin_is in feat-calc --fit-scaler s.json --fit-drift s.json \
	    --fit-until 2013-12-31
	[[ $stderr == *"name the same file"* ]]
	run -2 --separate-stderr stdin_is in feat-calc --fit-drift d.json --drift-psi 0 \
	    --fit-until 2013-12-31
	[[ $stderr == *"--drift-psi must be above 0"* ]]
	# what is no file is written to, not replaced by one
	mkfifo fifo
	cat fifo >got &
	feat-calc -e 'r = high - low' --fit-scaler fifo --fit-until 2013-12-31 <in >/dev/null
	wait $!
	same s.json got
	[ -p fifo ]
}

@test "drift is told when it begins and when it is over" {
	# a volatility that doubles for a while
	{
		tick-gen --type bar --step 1m --tick-size 0.0001 --symbols A -n 1500 --seed 1
		tick-gen --type bar --step 1m --tick-size 0.0001 --symbols A -n 1000 --seed 2 --vol 0.6 --start 2024-01-03T15:30:00Z
		tick-gen --type bar --step 1m --tick-size 0.0001 --symbols A -n 1500 --seed 3 --start 2024-01-04T08:10:00Z
	} | grep '"bar"' >in
	feat-calc -e 'r = (high - low) / close' --fit-drift ref.json --fit-until 2024-01-03T08:00:00Z <in >plain
	jq -e '.drift_reference == 1 and .columns.r.count > 1000' ref.json
	feat-calc -e 'r = (high - low) / close' --drift ref.json --drift-window 250 <in >out
	grep '"type":"alert"' out | jq -r '[.severity, .rule] | join(" ")' >alerts
	[ "$(grep -c 'warn drift_psi' alerts)" = 1 ]
	[ "$(grep -c 'info drift_psi' alerts)" = 1 ]
	[ "$(grep -c 'warn drift_ks' alerts)" = 1 ]
	grep '"type":"alert"' out | jq -e -s '.[0].ts > "2024-01-03T15:30" and .[0].ts < "2024-01-03T19:00"'
	grep -v '"type":"alert"' out | same - plain
	run -2 --separate-stderr stdin_is in feat-calc -e 'q = close' --drift ref.json
	[[ $stderr == *"none of the columns"* ]]
	printf '{"drift_reference":1,"columns":{"r":{"edges":[2,1],"in":[1,1,1]}}}' >bad.json
	run -3 --separate-stderr stdin_is in feat-calc -e 'r = close' --drift bad.json
	[[ $stderr == *"bad.json: column r: "*"rising order"* ]]
}

@test "each label comes with its row and says when it was known" {
	sample >in
	for l in horizon:5 horizon:5,class=0.01 triple-barrier:up=2,down=2,horizon=10,vol=20 trend-scan:min=5,max=15; do
		feat-calc -e 'c = close' --labels "$l" <in | grep features >out
		jq -e -s 'length > 1000 and all(.lookahead and .label_end > .ts and (.label | type) == "number")' out
	done
	feat-calc -e 'c = close' --labels horizon:2 <in | jq -r 'select(.sym == "XOM" and .type == "features") | [.ts, .c, .label, .label_end] | @tsv' |
		awk -F'\t' '{ c[NR] = $2; l[NR] = $3; ts[NR] = $1; end[NR] = $4 }
			END { for (i = 1; i + 2 <= NR; i++) if ((c[i + 2] / c[i] - 1 - l[i]) ^ 2 > 1e-24 || end[i] != ts[i + 2]) exit 1 }'
}

@test "one process, chunks, prefix" {
	sample 2013-12-31 >in
	check_pipe_run_same "-e ret='close/lag(close,1)-1' --benchmark EW65 --sectors $DATA/daily/sectors.csv --factors 'beta(20),mom(3,1),sector(10)' --cross 'rank(ret),zscore(ret,sector),ad_line'" in
	check_chunks in "${all[@]}" --sectors "$DATA/daily/sectors.csv"
	check_prefix in "${all[@]}" --sectors "$DATA/daily/sectors.csv"
	feat-calc "${all[@]}" --sectors "$DATA/daily/sectors.csv" --fit-scaler s.json --fit-drift d.json --fit-until 2013-06-30 <in >/dev/null
	check_prefix in "${all[@]}" --sectors "$DATA/daily/sectors.csv" --scaler s.json --drift d.json --drift-window 100
}
