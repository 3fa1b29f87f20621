load helper

sample()
{
	ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" --symbols AAPL,MSFT,XOM \
	    --from 2013-02-01 --to "${1:-2013-12-31}"
}

# made SEED NOISE [N]: bars with chart patterns in them, their truth in ./truth
made()
{
	tick-gen --patterns all --seed "$1" --noise "$2" --ticks "${3:-4000}" --truth truth
}

# bar TS OPEN HIGH LOW CLOSE [MORE]
bar()
{
	printf '{"type":"bar","ts":"2024-01-02T%s:00Z","sym":"A","open":%s,"high":%s,"low":%s,"close":%s%s}\n' \
	    "$1" "$2" "$3" "$4" "$5" "$6"
}

# name and time of each pattern
names()
{
	jq -r 'select(.type == "pattern") | .ts[11:16] + " " + .name'
}

@test "what it writes for a small file" {
	sample 2013-06-30 >in
	pattern-scan --candles=engulfing,morningstar,hikkake,doji --features <in >out
	grep -E '"type":"(pattern|features)"' out >found
	zcat "$DATA/pattern-scan/small.ndjson.gz" >want
	same want found
	grep -vE '"type":"(pattern|features)"' out >rest
	same in rest
}

@test "the values of TA-Lib, all functions, every row" {
	zcat "$DATA/pattern-scan/synth.csv.gz" |
		awk -F, -v OFS=, 'NR == 1 { print "ts,sym,open,high,low,close"; next }
			{ print 1000000000 + $1 * 60, "S", $2, $3, $4, $5 }' >in.csv
	# row, function, value: the row by the time of the bar
	pattern-scan <in.csv | jq -r 'select(.type == "pattern") |
		"\(((.end[0:19] + "Z" | fromdate) - 1000000000) / 60),\(.name),\(.value)"' | sort >values
	zcat "$DATA/pattern-scan/synth.cdl.csv.gz" | sed 1d | sort >want
	[ "$(wc -l <want)" = 12159 ]
	same want values
}

@test "a pattern follows its bar and says when it could be known" {
	sample | pattern-scan --candles=engulfing >out
	jq -c 'select(.type == "bar" or .type == "pattern")' out |
		awk '/"pattern"/ && !/"bar"/ { if (prev !~ /"type":"(bar|pattern)"/) bad++ }
		     { prev = $0 } END { exit bad > 0 }'
	jq -e -s 'def bars: map(select(.type == "bar"));
		(bars | map({key: (.sym + .ts), value: .}) | from_entries) as $b |
		map(select(.type == "pattern")) | length > 20 and
		all(.[]; $b[.sym + .end].ts_end == .ts and .start < .end)' out
}

@test "symbols in one stream give what each gives alone" {
	sample >in
	pattern-scan --candles --rules chen-tsai --features <in |
		grep -E '"type":"(pattern|features)"' >all
	for s in AAPL MSFT XOM; do
		grep -E "\"type\":\"watermark\"|\"sym\":\"$s\"" in |
			pattern-scan --candles --rules chen-tsai --features |
			grep -E '"type":"(pattern|features)"' >alone
		grep "\"sym\":\"$s\"" all >mine
		[ -s mine ]
		same mine alone
	done
}

@test "intervals of one symbol are series of their own" {
	sample >in
	sed 's/"interval":"1d"/"interval":"2d"/' in >other
	pattern-scan --candles=engulfing <in | grep '"type":"pattern"' >want
	# each bar twice, at two intervals
	grep -h '"type":"bar"' in | sed 'p; s/"interval":"1d"/"interval":"2d"/' >both
	pattern-scan --candles=engulfing <both >out
	grep '"type":"pattern"' out | grep '"interval":"1d"' >one
	same want one
	pattern-scan --candles=engulfing -i 2d <both | grep '"type":"pattern"' | sed 's/"2d"/"1d"/' >two
	same want two
}

@test "chen-tsai: the patterns of daily stocks" {
	sample 2018-01-01 | pattern-scan --rules chen-tsai -O csv >out
	same "$DATA/pattern-scan/chen_tsai.csv" out
	run -0 cut -d, -f4 out
	[[ $output != *CDL* ]]
}

@test "chen-tsai: fitted on the training span only, and kept" {
	sample 2018-01-01 >in
	pattern-scan --rules chen-tsai --fit-until 2015-01-01 --save-params p.json <in |
		grep '"type":"pattern"' >fitted
	[ -s fitted ]
	run ! grep -q '"ts":"201[34]' fitted
	# the kept parameters say the same of what comes after
	pattern-scan --rules chen-tsai --params p.json <in | grep '"type":"pattern"' >kept
	grep -v '"ts":"201[34]' kept | same fitted -
	# and what comes after says nothing to the fit
	sample 2015-06-30 | pattern-scan --rules chen-tsai --fit-until 2015-01-01 --save-params q.json >/dev/null
	same p.json q.json
	jq -e '.series | length == 3 and all(.slope_atr > 0 and .bars > 400)' p.json
	# an entry for all others
	echo '{"rules":"chen-tsai","series":[{"sym":"*","slope_atr":1000}]}' >never.json
	pattern-scan --rules chen-tsai --params never.json <in >out
	run ! grep -q '"type":"pattern"' out
}

@test "partial, revised and dirty bars change nothing" {
	sample >in
	sed '/"type":"bar"/{
		/dirty/b
		p
		s/"open":[0-9.]*/"open":1/
		s/"low":[0-9.]*/"low":1/
		h; s/}$/,"partial":true}/p
		g; s/}$/,"rev":1}/p
		g; s/}$/,"dirty":"high_lt_low"}/
	}' in >changed
	pattern-scan --candles <in | grep '"type":"pattern"' >want
	run -0 --separate-stderr stdin_is changed pattern-scan --candles
	grep '"type":"pattern"' <<<"$output" | same want -
	[[ $stderr == *"revised bars came"*"were not used"* ]]
}

@test "no pattern spans a hole" {
	{
		bar 10:00 10 11 8 9
		bar 10:01 10 11 8 9
		bar 10:02 8 11 7 10 "$1"
	} >in
	pattern-scan --candles=engulfing <in | names >out
	[ "$(cat out)" = "10:02 CDLENGULFING" ]
	sed '3s/}$/,"gap":true}/' in | pattern-scan --candles=engulfing | names >out
	[ ! -s out ]
	# a bar made to fill an interval is no bar, and a hole
	{
		head -2 in
		bar 10:02 9 9 9 9 ',"volume":0,"gap":true'
		bar 10:03 8 11 7 10
		bar 10:04 11 12 6 7
	} | pattern-scan --candles=engulfing | names >out
	[ "$(cat out)" = "10:04 CDLENGULFING" ]
}

@test "a split is no pattern" {
	sample 2014-12-31 | grep -E '"(AAPL)"|watermark' >in
	pattern-scan --candles --rules chen-tsai <in | grep '"type":"pattern"' >want
	# as it was traded: 4:1 at the 200th bar
	jq -c 'if .type == "bar" then (input_line_number as $n | .n = $n) else . end' in |
		jq -c 'if .type != "bar" then .
			elif .n < 400 then (.open, .high, .low, .close) |= . * 4 | del(.n)
			else del(.n) end' >traded
	first=$(jq -r 'select(.type == "bar") | .close' traded | awk 'p && $1 < p / 2 { print NR; exit } { p = $1 }')
	awk -v n="$first" '/"type":"bar"/ && ++bars == n {
		print "{\"type\":\"corporate_action\",\"ts\":\"2013-09-01T00:00:00Z\",\"sym\":\"AAPL\",\"action\":\"split\",\"ratio\":4}" }
		{ print }' traded >told
	[ "$(grep -c corporate_action told)" = 1 ]
	pattern-scan --candles --rules chen-tsai <told | grep '"type":"pattern"' >out
	same want out
	pattern-scan --candles --rules chen-tsai <traded | grep '"type":"pattern"' >out
	run ! cmp -s want out
}

@test "a ratio that cannot be one begins the series anew" {
	made 6 0.03 900 >in
	tail -n +601 in >rest
	opts='--candles --chart --rules chen-tsai --features'
	# shellcheck disable=SC2086 # several options
	pattern-scan $opts <rest | grep -E '"(pattern|features)"' >want
	[ -s want ]
	for ratio in 1e-300 1e300 1e-7 1e7; do
		sed "600a {\"type\":\"corporate_action\",\"ts\":\"2024-01-02T00:00:00Z\",\"sym\":\"SYM01\",\"action\":\"split\",\"ratio\":$ratio}" \
		    in >told
		# shellcheck disable=SC2086
		pattern-scan $opts --svg $ratio.svg <told | sed '1,/corporate_action/d' |
			grep -E '"(pattern|features)"' >out
		# what had faded goes on fading; the patterns are those of a beginning
		same <(grep '"pattern"' want) <(grep '"pattern"' out)
		run -1 grep -qiE '[ ,"](nan|-?inf)[ ,"]' $ratio.svg out
	done
}

@test "features: the last values, faded" {
	{
		for m in 10 11 12 13 14 15 16 17 18 19 20 21 22; do bar "10:$m" 10 11 8 9; done
		bar 10:23 8 11 7 10
		for m in 24 25 26; do bar "10:$m" 10 11 8 9; done
	} >in
	pattern-scan --candles=engulfing,matchinglow --features --half-life 1 <in |
		jq -c 'select(.type == "features") | [.ts[14:16], ."cdl.engulfing", ."cdl.matchinglow",
			."cdl.bull", ."cdl.bear"]' >out
	# engulfing: 80 at 10:23, as its close is the open before; matching low: at 10:22 and from 10:25
	printf '%s\n' '["24",0.4,0.25,0.65,0]' '["25",0.2,1,1.2,0]' '["26",0.1,1,1.1,0]' >want
	same want out
}

@test "chart: what it writes for made-up patterns" {
	made 4 0.02 1000 | pattern-scan --chart | grep '"type":"pattern"' >out
	zcat "$DATA/pattern-scan/chart.ndjson.gz" >want
	same want out
}

@test "chart: the patterns that were drawn, in time, few others" {
	made 5 0.03 | pattern-scan --chart -q >out
	jq -c 'select(.state == "formed")' out >found
	jq -s -r '[.[] | {n: (.name | sub("rectangle"; "triple")), s: (.start | .[0:19] + "Z" | fromdate),
			e: (.end | .[0:19] + "Z" | fromdate)}] | .[] | "\(.n) \(.s) \(.e)"' found >f
	jq -s -r '[.[] | {n: (.name | sub("rectangle"; "triple")), s: (.start | .[0:19] + "Z" | fromdate),
			e: (.end | .[0:19] + "Z" | fromdate)}] | .[] | "\(.n) \(.s) \(.e)"' truth >t
	# same type, told at most ten bars after the end, the spans shared to 40 %
	awk 'NR == FNR { n[FNR] = $1; s[FNR] = $2; e[FNR] = $3; m = FNR; next }
	    { all++
	      for (i = 1; i <= m; i++) {
		a = s[i] > $2 ? s[i] : $2; b = e[i] < $3 ? e[i] : $3
		c = s[i] < $2 ? s[i] : $2; d = e[i] > $3 ? e[i] : $3
		if (n[i] == $1 && e[i] <= $3 + 600 && b - a >= 0.4 * (d - c)) { hit++; break }
	      } }
	    END { print hit, all, m; exit !(hit >= 0.75 * all && m <= 2 * all) }' f t
	# pivots, target and stop stand where they should
	jq -e -s 'length > 20 and all(.[]; (.pivots | length) >= 2 and .pivots[0][0] >= .start and
		(.pivots | map(.[0])) == (.pivots | map(.[0]) | sort) and .pivots[-1][0] < .end and
		.score > 0 and .score < 1 and .p >= 0 and .p <= 1 and
		(.direction * (.target - .stop)) > 0 and .ts > .end)' found
	# each is formed once, and has one end at most
	jq -r 'select(.type == "pattern" and .state != "formed") | .name + .start + .end' out |
		sort | uniq -d >twice
	[ ! -s twice ]
}

@test "chart: a list of types, a score" {
	made 5 0.03 >in
	pattern-scan --chart=double_top,bull_flag <in | jq -r 'select(.type == "pattern") | .name' |
		sort -u >out
	printf 'bull_flag\ndouble_top\n' | diff - out
	pattern-scan --chart --min-score 0.9 <in | jq -e -s 'map(select(.type == "pattern")) |
		length > 10 and all(.[]; .score >= 0.9)'
	# chart patterns alone: no candles
	pattern-scan --chart <in >out
	[ "$(grep -c '"name":"CDL' out)" = 0 ]
	pattern-scan --chart --candles <in >out
	[ "$(grep -c '"name":"CDL' out)" -gt 100 ]
}

@test "chart: symbols in one stream give what each gives alone" {
	tick-gen --patterns all --symbols 10 --ticks 8000 >in
	pattern-scan --chart <in | grep '"type":"pattern"' >all
	for s in SYM01 SYM07; do
		grep "\"sym\":\"$s\"" in | pattern-scan --chart | grep '"type":"pattern"' >alone
		grep "\"sym\":\"$s\"" all >mine
		[ -s mine ]
		same mine alone
	done
}

@test "chart: a split is no pattern" {
	made 6 0.03 1200 >in
	pattern-scan --chart <in | jq -r 'select(.type == "pattern") | .name + .state + .ts' >want
	jq -c 'if input_line_number > 700 then ((.open, .high, .low, .close) |= . / 8) | (.volume |= . * 8) else . end' in |
		sed '700a {"type":"corporate_action","ts":"2024-01-02T00:00:00Z","sym":"SYM01","action":"split","ratio":8}' |
		pattern-scan --chart | jq -r 'select(.type == "pattern") | .name + .state + .ts' >out
	[ -s want ]
	same want out
}

@test "chart: features have the same columns in every row" {
	made 5 0.03 600 | pattern-scan --chart --features | jq -c 'select(.type == "features")' >out
	[ "$(jq -r 'keys_unsorted | map(select(startswith("chart."))) | length' out | sort -u)" = 31 ]
	jq -e -s 'any(.[]; ."chart.open" > 0) and any(.[]; ."chart.open" == 0)' out
}

@test "chart: a picture" {
	tick-gen --patterns all --seed 9 --noise 0.03 --ticks 480 --symbols 2 >in
	pattern-scan --chart --svg out.svg <in >out
	[ "$(head -c 4 out.svg)" = '<svg' ]
	[ "$(tail -n 1 out.svg)" = '</svg>' ]
	# a panel a symbol, each with 240 candles, a shape, a label and its lines for each instance
	[ "$(grep -c 'class="title"' out.svg)" = 2 ]
	[ "$(grep -o '<rect class="\(up\|down\)"' out.svg | wc -l)" = 480 ]
	n=$(jq -c 'select(.state == "formed")' out | wc -l)
	[ "$n" -gt 1 ]
	for c in shape break target stop name; do
		[ "$(grep -c "class=\"$c\"" out.svg)" = "$n" ]
	done
	[ "$(grep -ciE 'nan|inf' out.svg)" = 0 ]
	cp out.svg first.svg
	pattern-scan --chart --svg out.svg <in >/dev/null
	cmp first.svg out.svg
	pattern-scan --chart --svg empty.svg </dev/null
	grep -q '</svg>' empty.svg
}

@test "wrong options are told" {
	run -2 --separate-stderr stdin_is /dev/null pattern-scan --candles=engulfing,dojo
	[[ $stderr == *"no candle function 'dojo'"* ]]
	run -2 --separate-stderr stdin_is /dev/null pattern-scan --candles=doji=0.5
	[[ $stderr == *"CDLDOJI takes no penetration"* ]]
	run -2 --separate-stderr stdin_is /dev/null pattern-scan --candles=mathold=x
	[[ $stderr == *"mathold=x"* ]]
	run -2 --separate-stderr stdin_is /dev/null pattern-scan --fit-until 2015-01-01
	[[ $stderr == *"--fit-until goes with --rules chen-tsai"* ]]
	run -2 --separate-stderr stdin_is /dev/null pattern-scan --rules chen-tsai --save-params x
	[[ $stderr == *"--save-params needs --fit-until"* ]]
	echo '{"rules":"chen-tsai","series":[{"sym":"A"}]}' >p.json
	run -2 --separate-stderr stdin_is /dev/null pattern-scan --rules chen-tsai --params p.json
	[[ $stderr == *p.json*slope_atr* ]]
	echo '[]' >p.json
	run -2 --separate-stderr stdin_is /dev/null pattern-scan --rules chen-tsai --params p.json
	[[ $stderr == *p.json*--save-params* ]]
	run -2 --separate-stderr stdin_is /dev/null pattern-scan --chart=double_top,triple_tap
	[[ $stderr == *"'triple_tap' is no chart pattern"* ]]
	run -2 --separate-stderr stdin_is /dev/null pattern-scan --svg x.svg
	[[ $stderr == *"--svg goes with --chart"* ]]
	run -2 --separate-stderr stdin_is /dev/null pattern-scan --chart --min-score 1
	[[ $stderr == *"--min-score must be"* ]]
	run -4 --separate-stderr stdin_is /dev/null pattern-scan --chart --svg nowhere/x.svg
	run -4 --separate-stderr stdin_is /dev/null pattern-scan --rules chen-tsai --params nowhere
	run -4 --separate-stderr stdin_is /dev/null pattern-scan --rules chen-tsai \
	    --fit-until 2015-01-01 --save-params nowhere/p.json
}

@test "no bars, said at the end" {
	echo '{"type":"trade","ts":"2024-01-02T10:00:00Z","sym":"A","price":1,"size":1}' >in
	run -0 --separate-stderr stdin_is in pattern-scan
	[[ $stderr == *"no bars"* ]]
}

@test "empty input is no error" {
	check_empty
	check_empty --rules chen-tsai --features
}

@test "an unknown option is named" {
	check_bad_option
}

@test "a bad line is named" {
	check_bad_line
}

@test "a full disk" {
	sample >in
	check_dev_full in
}

@test "a reader that leaves" {
	sample >in
	check_reader_leaves in
}

@test "unknown records pass" {
	check_unknown_passes
}

@test "every option of -h is in the man page" {
	check_man_options
}

@test "pipe-run gives the same bytes" {
	sample >in
	check_pipe_run_same '--candles --rules chen-tsai --features' in
	check_pipe_run_same '--candles=doji,hammer -O csv' in
	check_pipe_run_same '--chart --features' in
}

@test "pieces of input give the same bytes" {
	sample 2013-04-30 >in
	check_chunks in --candles --rules chen-tsai --chart --features
}

@test "no look-ahead" {
	sample >in
	check_prefix in --candles
	check_prefix in --rules chen-tsai --fit-until 2013-06-01
	check_prefix in --candles=hikkake,engulfing --features
	check_prefix in --chart --features
	made 20 0.04 3000 >in
	check_prefix in --chart
}

@test "a list behind a blank is told how to be written" {
	run --separate-stderr stdin_is /dev/null pattern-scan --candles engulfing
	[ "$status" = 2 ]
	[[ $stderr == *"'engulfing': no operand is taken"*"--candles=engulfing"* ]]
}
