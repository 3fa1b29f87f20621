#!/usr/bin/env bats
load helper

setup()
{
	tp_setup
	G=$DATA/tick-gen
}

@test "golden: every model and type, a few records each" {
	for model in gbm ou heston merton regime; do
		tick-gen --model $model --symbols 3 --ticks 9 --seed 7 --vol 2 --correlation 0.4 \
		    --jump-rate 100000 --stay 1s --half-life 10s --watermark-interval 1s
	done >out
	for type in quote bar; do
		tick-gen --type $type --symbols AAPL,EURUSD.FX --ticks 5 --vol 2 -O csv
		tick-gen --type $type --symbols 2 --ticks 5 --vol 2 --session XNYS --step 1h \
		    --watermark-interval 1h
	done >>out
	same "$G/golden.ok" out
}

# The whole pipeline of arithmetic, on a long run: another machine or compiler must agree.
@test "the same bytes everywhere: 200,000 ticks of each model" {
	for model in gbm ou heston merton regime; do
		echo "$model $(tick-gen --model $model --symbols 20 --ticks 200000 --correlation 0.3 -O csv |
			sha256sum | cut -c1-16)"
	done >out
	echo "patterns $(tick-gen --patterns all --symbols 2 --ticks 20000 -O csv | sha256sum | cut -c1-16)" >>out
	same "$G/sums.ok" out
}

@test "what every tool shows" {
	check_bad_option
	check_dev_full /dev/null --ticks 100000
	check_reader_leaves /dev/null --ticks 100000
	check_man_options
	check_pipe_run_same '--symbols 5 --ticks 1000 --model regime --stay 20s' /dev/null
	run --separate-stderr -0 tick-gen --ticks 0
	[ -z "$output$stderr" ]
}

@test "exactly N ticks, time strictly forward, every symbol" {
	tick-gen --symbols 20 --ticks 10007 -O csv >t.csv
	[ "$(head -1 t.csv)" = ts,sym,price,size ]
	[ "$(wc -l <t.csv)" = 10008 ]
	tail -n +2 t.csv | cut -d, -f1 | sort -cu
	# 500 steps of all symbols, and 7 of them once more
	tail -n +2 t.csv | cut -d, -f2 | sort | uniq -c | awk '{ print $1 }' | sort | uniq -c >n
	printf '%7d 500\n%7d 501\n' 13 7 | diff - n
	tail -n +2 t.csv | awk -F, '$3 <= 0 || $4 < 1 || $4 != int($4) { exit 1 }'
	[ "$(tail -n +2 t.csv | cut -d, -f2 | sort -u | tr '\n' ' ')" = "$(printf 'SYM%02d ' $(seq 20))" ]
}

@test "more ticks only add ticks; another seed is another market" {
	tick-gen --symbols 3 --ticks 1000 >long
	tick-gen --symbols 3 --ticks 400 >short
	head -n 400 long | cmp - short
	tick-gen --symbols 3 --ticks 400 --seed 2 >other
	run -1 cmp -s short other
	tick-gen --symbols 3 --ticks 400 --seed 1 >again
	cmp short again
}

# log returns of daily bars: mean and variance within four standard errors
@test "drift and volatility are what was asked for, through to the bars" {
	tick-gen --type bar --step 1d --symbols 50 --ticks 100000 --drift 0.5 --vol 0.3 \
	    --tick-size 0.000001 -O csv >b.csv
	tail -n +2 b.csv | awk -F, '
		{ if ($2 in p) { r = log($6 / p[$2]); n++; s += r; ss += r * r } p[$2] = $6 }
		END {
			dt = 1 / 365; m = (0.5 - 0.3 * 0.3 / 2) * dt; v = 0.3 * 0.3 * dt
			a = s / n - m; b = (ss / n - s * s / n / n) / v - 1
			print n, a / sqrt(v / n), b / sqrt(2 / n)
			exit !(a * a < 16 * v / n && b * b < 16 * 2 / n)
		}'
	# and high and low stand around open and close
	tail -n +2 b.csv | awk -F, '$4 < $3 || $4 < $6 || $5 > $3 || $5 > $6 { exit 1 }'
}

@test "sizes: lognormal, their median and its spread" {
	tick-gen --ticks 50000 --size 1000 --size-vol 0.5 -O csv | tail -n +2 | cut -d, -f4 | sort -n >s
	awk '{ l[NR] = log($1); m += l[NR] }
		END { m /= NR; for (i = 1; i <= NR; i++) v += (l[i] - m) ^ 2
		v = sqrt(v / NR); print m, v; exit !(m > 6.89 && m < 6.925 && v > 0.49 && v < 0.51) }' s
}

@test "sides are fair, buyers pay the ask, sellers get the bid" {
	tick-gen --ticks 20000 --vol 0 --spread 100 --drift 0 >t
	[ "$(grep -c '"side":"buy"' t)" -gt 9700 ]
	[ "$(grep -c '"side":"buy"' t)" -lt 10300 ]
	[ "$(grep '"side":"buy"' t | grep -vc '"price":100.50,')" = 0 ]
	[ "$(grep '"side":"sell"' t | grep -vc '"price":99.50,')" = 0 ]
	tick-gen --type quote --ticks 1000 --vol 5 --spread 0 -O csv >q
	tail -n +2 q | awk -F, '{ d = $4 - $3 } d < 0.0099 || d > 0.0101 { exit 1 }'
}

@test "regimes: the truth goes ahead of what it holds for, at each change" {
	tick-gen --model regime --regimes calm:0:0.1:30s,wild:0:2:10s --symbols 2 --ticks 20000 >r
	[ "$(head -2 r | grep -c '"type":"regime".*"model":"truth","state":0,"label":"calm"')" = 2 ]
	# each symbol is told, and every change is one
	grep '"regime"' r | cut -d'"' -f12 | sort | uniq -c | awk '{ print $1 }' | uniq | wc -l | grep -qx 1
	grep '"regime"' r | grep SYM01 | sed 's/.*"label"://' | uniq -d | wc -l | grep -qx 0
	# occupancy: 30 to 10, half an hour of seconds in stays: 250 of each, so four errors are 0.08
	awk -F'"' '/"regime"/ { label = $(NF - 1); next } { n[label]++ }
		END { f = n["calm"] / (n["calm"] + n["wild"]); print f; exit !(f > 0.67 && f < 0.83) }' r
	# time never goes back, the truth included
	cut -d'"' -f8 r | sort -c
	# CSV writes the ticks alone
	tick-gen --model regime --ticks 50 -O csv >r.csv
	[ "$(wc -l <r.csv)" = 51 ]
}

@test "a session: open hours only, more trade at the open and the close" {
	tick-gen --session XNYS --step 1m --ticks 3900 --start 2024-07-01 -O csv >s.csv # ten days
	[ "$(sed -n 2p s.csv | cut -c1-16)" = 2024-07-01T13:30 ]
	# summer: 13:30 to 20:00 UTC; July 3 closes at 17:00, July 4 is shut
	tail -n +2 s.csv | awk -F'[,T]' '{ h = substr($2, 1, 5); d[$1]++ } h < "13:30" || h >= "20:00" { exit 1 }
		END { exit !(d["2024-07-03"] == 210 && !("2024-07-04" in d) && d["2024-07-05"] == 390) }'
	tick-gen --session XNYS --step 1s --ticks 23400 -O csv | tail -n +2 |
		awk -F, '{ k = int((NR - 1) / 3900); v[k] += $4 }
		END { exit !(v[0] > 1.5 * v[2] && v[5] > 1.5 * v[3]) }'
}

@test "what is made is clean, and a replay takes it" {
	tick-gen --symbols 5 --ticks 5000 -O csv >t.csv
	run --separate-stderr -0 ibkr-feed --replay t.csv -O csv
	[ -z "$stderr" ]
	cut -d, -f1-4 <<<"$output" | cmp - t.csv
	tick-gen --type quote --symbols 5 --ticks 5000 >q
	run --separate-stderr -0 ibkr-feed --replay --watermark-interval 0 q
	[ -z "$stderr" ]
	cmp q - <<<"$output"
	# its watermarks are those of the feed
	tick-gen --type bar --symbols 5 --ticks 500 --watermark-interval 1m >b
	ibkr-feed --replay b | cmp - b
	tick-gen --symbols 5 --ticks 5000 --watermark-interval 1s >w
	ibkr-feed --replay w | cmp - w
	tick-gen --model regime --stay 7s --symbols 3 --step 1100ms --ticks 500 --watermark-interval 2s >w
	ibkr-feed --replay --watermark-interval 2s w | cmp - w
}

@test "options that make no sense are told" {
	for bad in '--symbols 0' '--symbols A,A' '--symbols A/B,x y' '--vol -1' '--correlation 1.5' \
	    '--spread -1' '--tick-size 0' '--price 0' '--step 3ns --symbols 5' '--regimes bull' \
	    '--model arch' '--type tick' '--half-life 0s' '--session MOON' '--ticks -1' \
	    '--leverage 2' '--calendar x' '--type bar --step 3ns'; do
		# shellcheck disable=SC2086 # words are wanted
		run --separate-stderr -2 tick-gen $bad
		[[ $stderr == tick-gen:* ]]
		[ -z "$output" ]
	done
	run --separate-stderr -1 tick-gen --drift 1000000 --vol 0 --step 1d --ticks 100000
	[[ $stderr == *"past what a record can hold"* ]]
	run --separate-stderr -1 tick-gen --step 52w --ticks 100000
	[[ $stderr == *"past the year 2261"* ]]
}

@test "patterns: bars from templates, where they are, and the same again" {
	tick-gen --patterns all --noise 0.02 --symbols 2 --ticks 20000 --seed 3 --truth t >bars
	[ "$(wc -l <bars)" = 20000 ]
	[ "$(grep -c '"type":"bar"' bars)" = 20000 ]
	# about one in 100 bars of a symbol, all 26 kinds
	[ "$(wc -l <t)" -gt 150 ]
	[ "$(jq -r .name t | sort -u | wc -l)" = 26 ]
	# a corner stands where the bar's close is, but for the noise
	jq -r 'select(.sym == "SYM02") | .pivots[1] | "\(.[0]) \(.[1])"' t >corners
	jq -r 'select(.sym == "SYM02") | "\(.ts) \(.close)"' bars >closes
	awk 'NR == FNR { close_at[$1] = $2; next }
	    !($1 in close_at) || (d = close_at[$1] / $2 - 1) > 0.01 || d < -0.01 { exit 1 }' closes corners
	tick-gen --patterns all --noise 0.02 --symbols 2 --ticks 20000 --seed 3 --truth t2 | cmp - bars
	cmp t t2
	# of the series that the bars are
	[ "$(jq -r .interval t | sort -u)" = "$(jq -r .interval bars | sort -u)" ]
	# a symbol is the same without the others
	tick-gen --patterns all --noise 0.02 --ticks 10000 --seed 3 --type trade >alone
	grep SYM01 bars | cmp - alone
}

@test "patterns: longer, shorter, and with noise that wanders" {
	# lengths in minutes: from corner to corner, one bar each
	lengths()
	{
		jq -r 'def t: sub("[.].*"; "Z") | fromdate; ((.end | t) - (.start | t)) / 60' t | sort -n
	}
	tick-gen --patterns bull_flag,rising_wedge --ticks 20000 --seed 3 --truth t >bars
	[ "$(lengths | head -1)" -ge 24 ] && [ "$(lengths | tail -1)" -le 38 ]
	tick-gen --patterns bull_flag,rising_wedge --ticks 20000 --seed 3 --truth t --stretch 1,1 --bridge 0 | cmp - bars
	tick-gen --patterns bull_flag,rising_wedge --ticks 20000 --seed 3 --truth t --stretch 0.8,3 >/dev/null
	[ "$(lengths | head -1)" -le 28 ] && [ "$(lengths | tail -1)" -ge 80 ] && [ "$(lengths | tail -1)" -le 112 ]
	# a close that wanders is nearer to the one before it than one with new noise each bar
	rough()
	{
		tick-gen --patterns bear_pennant --noise 0.08 --ticks 40000 --seed 3 --bridge "$1" |
			jq -r .close | awk 'NR > 2 { d = ($1 - b) - (b - a); s += d < 0 ? -d : d } { a = b; b = $1 } END { print s }'
	}
	awk -v white="$(rough 0)" -v bridge="$(rough 1)" 'BEGIN { exit !(bridge < 0.97 * white) }'
	run --separate-stderr -2 tick-gen --patterns all --stretch 2,1
	[[ $stderr == *"--stretch must be two numbers"* ]]
	run --separate-stderr -2 tick-gen --patterns all --stretch 2
	run --separate-stderr -2 tick-gen --patterns all --stretch 1,11
	run --separate-stderr -2 tick-gen --patterns all --bridge 2
	[[ $stderr == *"--bridge must be from 0 to 1"* ]]
}

@test "patterns: none is a walk, and what makes no sense is told" {
	tick-gen --patterns none --ticks 1000 --truth t >bars
	[ -f t ] && [ ! -s t ]
	run --separate-stderr -2 tick-gen --patterns double_topp
	[[ $stderr == *"'double_topp' is no chart pattern"* ]]
	run --separate-stderr -2 tick-gen --truth t
	[[ $stderr == *"--truth goes with --patterns"* ]]
	run --separate-stderr -2 tick-gen --patterns all --noise -1
	[[ $stderr == *"--noise must be from 0 to 1"* ]]
	run --separate-stderr -4 tick-gen --patterns all --truth no/such/dir
}
