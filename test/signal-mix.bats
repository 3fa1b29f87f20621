load helper

# What signal-mix wrote itself.
views()
{
	grep -E '^\{"type":"signal".*"source":"(mix|shadow):'
}

# Three rules on three stocks as targets, two years.
sample()
{
	ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" --symbols AAPL,MSFT,XOM --to 2015-03-01 |
		rl-act -p rule:sma-cross,fast=5,slow=20,short=1 | rl-act -p rule:breakout,short=1 |
		rl-act -p rule:mean-revert,short=1
}

@test "what it writes for a small file" {
	signal-mix -c "$DATA/signal-mix/mix.json" <"$DATA/signal-mix/in.ndjson" >out
	same out "$DATA/signal-mix/out.ndjson"
}

@test "what is mixed is consumed, all else passes in order; --keep keeps it" {
	in=$DATA/signal-mix/in.ndjson
	signal-mix -w 'resnet:*' <"$in" >out
	grep -vE '"source":"(mix|resnet):' out >rest
	grep -v '"source":"resnet:' "$in" >want
	same rest want
	signal-mix -k -w 'resnet:*' <"$in" | grep -v '"source":"mix:' >rest
	same rest "$in"
}

@test "every view says why, and the parts add up to it" {
	sample | signal-mix --targets -m hedge --change 0.01 >out
	[ "$(views <out | wc -l)" -gt 100 ]
	views <out | jq -e 'select((.why.stopped | not) and
		((([.why.sources[].part] | add) - .why.view) | fabs) > 1e-5)' >wrong || :
	[ ! -s wrong ]
	views <out | jq -e -s 'all(.why.view * .direction == .strength)'
}

@test "weighted and confidence mixing are what a second program makes of it" {
	awk 'BEGIN {
		srand(5)
		for (h = 0; h < 300; h++) {
			for (k = 1; k <= 4; k++)
				if (rand() < 0.3)
					printf "{\"type\":\"signal\",\"ts\":%d,\"sym\":\"A\",\"source\":\"s%d\",\"direction\":%d,\"strength\":%.2f,\"confidence\":%.2f}\n",
					    1700000000 + h * 60, k, rand() < 0.5 ? -1 : 1, rand(), rand()
			printf "{\"type\":\"watermark\",\"ts\":%d}\n", 1700000000 + h * 60
		} }' >in
	for m in weighted confidence; do
		signal-mix -m "$m" --change 0 --every 1s --threshold 0.000001 <in | views |
			jq -r '[.ts, (.direction * .strength)] | @tsv' >ours
		jq -r --arg m "$m" -n '
			foreach inputs as $r ({};
				if $r.type == "signal" then .op[$r.source] = {x: ($r.direction * $r.strength),
					w: (if $m == "weighted" then 1 else $r.confidence end)} | .out = null
				else .out = {ts: $r.ts, v: (if .op then ([.op[] | .x * .w] | add) / ([.op[] | .w] | add) else 0 end)} end;
				.out // empty) | select(.v | fabs >= 0.000001)
			| [(.ts | todate | sub("Z$"; ".000000000Z")), .v] | @tsv' in >theirs
		[ "$(wc -l <ours)" -gt 290 ]
		paste ours theirs | awk '$1 != $3 || ($2 - $4) ^ 2 > 1e-11 { print; bad = 1 } END { exit bad }'
	done
}

@test "the view stands before its watermark, and a rule trades on it at once" {
	sample | signal-mix --targets >out
	v=$(grep -n -m1 '"source":"mix:' out)
	ts=$(jq -r .ts <<<"${v#*:}")
	w=$(grep -n -m1 "\"watermark\",\"ts\":\"$ts\"" out)
	[ "${v%%:*}" -lt "${w%%:*}" ]
	[ "$(rl-act -p rule:signal <out | grep '"type":"target"' | sed -n 1p | jq -r .ts)" = "$ts" ]
}

@test "from the feed to the report" {
	sample | signal-mix --targets -m hedge --confirm 2:10d |
		rl-act -p rule:signal,weight=0.3,short=1 |
		risk-gate -l "$ROOT/examples/limits-open.json" | ibkr-exec --paper |
		perf-report -O json >report.json
	jq -e '.trades > 20' report.json
}

@test "the regret is told at the end, and within its bound" {
	sample | signal-mix --targets -m hedge -v 2>words >out
	text=$(tail -1 out | jq -r 'select(.type == "status" and .state == "eof") | .text')
	[[ $text =~ regret\ (-?[0-9.]+)\ of\ at\ most\ ([0-9.]+)\; ]]
	awk -v r="${BASH_REMATCH[1]}" -v b="${BASH_REMATCH[2]}" 'BEGIN { exit !(r <= b && b > 10) }'
	[[ $(cat words) == "signal-mix: "*"$text" ]]
	sample | signal-mix --targets -m hedge --status 100d | grep -c '"state":"alive"' >n
	[ "$(cat n)" = 7 ]
}

@test "a mixing file printed is the same mixing file" {
	signal-mix -c "$DATA/signal-mix/mix.json" --print-mix >once.json
	jq -e '.b.method == "confidence" and .sources[1].half_life == "1d"' once.json
	signal-mix -c once.json --print-mix >twice.json
	same once.json twice.json
	signal-mix -c once.json <"$DATA/signal-mix/in.ndjson" >out
	same out "$DATA/signal-mix/out.ndjson"
	signal-mix -m vote --ttl 90s -w 'x:*=2' --confirm 2/3:5m --print-mix |
		jq -e '.method == "vote" and .ttl == "90s" and .sources[0].weight == 2 and .confirm.n == 3'
}

bad_mix()
{
	printf '%s' "$1" >mix.json
	run -2 --separate-stderr stdin_is /dev/null signal-mix -c mix.json
	# shellcheck disable=SC2053 # a pattern
	[[ $stderr == "signal-mix: mix.json: "$2 ]] || explain "$1"
	[ -z "$output" ]
}

@test "a wrong mixing file is told by key" {
	bad_mix '{"methd":"vote"}' 'methd: no such key'
	bad_mix '{"threshold":2}' 'threshold: must be between 0 and 1'
	bad_mix '{"ttl":"soon"}' 'ttl: must be a span of time such as "2h" or "5d"'
	bad_mix '{"sources":[{"weight":1}]}' '*needs "match"*'
	bad_mix '{"sources":[{"match":"a","wieght":1}]}' '*wieght: no such key'
	bad_mix '{"sources":[{"match":"a","veto":true}]}' 'sources: all of them have weight 0 or only veto'
	bad_mix '{"learn":{"eta":"fast"}}' 'learn.eta: must be a number or "auto"'
	bad_mix '{"b":{"share":3}}' 'b.share: must be between 0 and 1'
	bad_mix '{"deactivate":{"window":5}}' 'deactivate: min_trials must not be above window'
	bad_mix '{' 'line 1: *'
	bad_mix '[]' 'must be one JSON object'
	run -4 --separate-stderr stdin_is /dev/null signal-mix -c no-such-file
}

@test "wrong options" {
	for o in '--confirm 2' '--confirm x:5m' '-m best' '--ttl soon' '--threshold x' '-w =2' '-w a=-1' \
	    '--in x' '--in-map x' '--export text' '--export template' '--export-template x' 'operand'; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr stdin_is /dev/null signal-mix $o
		[[ $stderr == "signal-mix: "* ]] || explain "$o"
	done
	run -2 --separate-stderr pipe-run 'signal-mix --export csv | rl-act -p rule:signal'
}

@test "signals of other systems: CSV, converted and merged by time" {
	map=$DATA/signal-mix/alerts.map.json csv=$DATA/signal-mix/alerts.csv
	signal-mix --convert --in-map "$map" "$csv" >out
	same out "$DATA/signal-mix/alerts.ndjson"
	signal-mix --convert --in-map "$map" <"$csv" >out
	same out "$DATA/signal-mix/alerts.ndjson"
	for t in 15:30:00 15:30:01 15:59 16:01; do
		echo "{\"type\":\"watermark\",\"ts\":\"2024-01-02T${t}Z\"}"
	done >wm
	signal-mix --in "$csv" --in-map "$map" <wm | views | jq -r '[.ts[11:19], .sym, .label] | join(" ")' >out
	printf '%s\n' '15:30:01 AAPL long' '15:59:00 BRK.B short' '16:01:00 AAPL flat' >want
	same out want
	# the same as if they had stood in the stream
	(sed -n 1p wm; sed -n 1p "$DATA/signal-mix/alerts.ndjson"; sed -n 2p wm
		sed -n 2p "$DATA/signal-mix/alerts.ndjson"; sed -n 3p wm
		sed -n 3p "$DATA/signal-mix/alerts.ndjson"; sed -n 4p wm) | signal-mix >a
	signal-mix --in "$csv" --in-map "$map" <wm >b
	same a b
}

@test "signals of other systems: JSON with paths, epoch times, percents" {
	cat >map.json <<-'END'
		{"source":"ext:tv","columns":{"ts":"time","sym":"data.ticker","direction":"data.score","strength":"data.pct"},
		 "direction_scale":0.01,"strength_scale":0.01}
	END
	echo '{"time":1704209400000,"data":{"ticker":"ES-202403.CME","score":-50,"pct":"20"}}' >in
	run -0 signal-mix --convert --in-map map.json in
	[ "$output" = '{"type":"signal","ts":"2024-01-02T15:30:00.000000000Z","sym":"ES-202403.CME","source":"ext:tv","direction":-0.5,"strength":0.2}' ]
	echo '{"time":1704209400000,"data":{"ticker":"A","score":-500}}' >>in
	run -3 --separate-stderr signal-mix --convert --in-map map.json in
	[[ $stderr == "signal-mix: in: line 2: direction '-500' is not within -1 and 1 (direction_scale?)" ]]
	echo '{"columns":{"ts":"t"}}' >map.json
	run -2 --separate-stderr signal-mix --convert --in-map map.json in
	[[ $stderr == "signal-mix: map.json: columns: needs direction" ]]
	printf 'time,ticker\n1,A\n' >in.csv
	echo '{"source":"x","columns":{"ts":"time","sym":"ticker","direction":"side"}}' >map.json
	run -3 --separate-stderr signal-mix --convert --in-map map.json in.csv
	[[ $stderr == "signal-mix: in.csv: line 1: there is no column 'side'" ]]
}

@test "export: csv, webhook, template; nothing else on stdout" {
	(cat "$DATA/signal-mix/alerts.ndjson"; echo '{"type":"watermark","ts":"2024-01-02T16:00:01Z"}'
		echo '{"type":"x-other","ts":"2024-01-02T16:00:01Z"}'
		echo '{"type":"trade","ts":"2024-01-02T16:00:01Z","sym":"A","price":1,"size":1}') >in
	run -0 stdin_is in signal-mix --convert --export csv
	[ "${lines[0]}" = time,symbol,signal ]
	[ "${lines[2]}" = 2024-01-02T15:35:01.000000000Z,BRK.B,-1 ]
	[ "${#lines[@]}" = 4 ]
	run -0 stdin_is in signal-mix --convert --export webhook
	jq -e -s '.[0].action == "buy" and .[2].prev_market_position == "long" and .[2].market_position_size == 0' <<<"$output"
	run -0 stdin_is in signal-mix --convert --export template --export-template '{"s":"{sym}","v":{view},"l":"{label}","t":{ts_ms}}'
	[ "${lines[0]}" = '{"s":"AAPL","v":1,"l":"breakout; volume","t":1704209401000}' ]
	run -2 --separate-stderr stdin_is in signal-mix --export template --export-template '{what}'
	[[ $stderr == *"{what} is not known"* ]]
	# views, without the shadows
	run -0 stdin_is "$DATA/signal-mix/in.ndjson" signal-mix -c "$DATA/signal-mix/mix.json" --export csv
	[ "${#lines[@]}" = "$(($(grep -c '"mix:core","label"' "$DATA/signal-mix/out.ndjson") + 1))" ]
}

@test "shadows are not traded on" {
	sample | signal-mix --targets --shadow >out
	[ "$(views <out | grep -c '"shadow":true')" -gt 20 ]
	run -0 --separate-stderr stdin_is out rl-act -p 'rule:signal,source=*'
	[[ $output != *'"type":"target"'* ]]
}

@test "csv gives the views" {
	signal-mix -O csv <"$DATA/signal-mix/in.ndjson" >out
	[ "$(head -1 out)" = ts,sym,source,label,direction,strength,confidence,expires,why ]
	[[ $(sed -n 2p out) == '2024-01-02T00:00:00.000000000Z,A,mix:view,long,1,'* ]]
}

@test "signals without a watermark are told about" {
	grep -v watermark "$DATA/signal-mix/in.ndjson" >in
	run -0 --separate-stderr stdin_is in signal-mix
	[[ $stderr == *"no watermark"* ]]
}

@test "many sources are bounded" {
	awk 'BEGIN { for (i = 0; i < 500; i++)
		printf "{\"type\":\"signal\",\"ts\":1700000000,\"sym\":\"A\",\"source\":\"ext:%d\",\"direction\":1}\n", i
		print "{\"type\":\"watermark\",\"ts\":1700000000}" }' >in
	run -0 --separate-stderr stdin_is in signal-mix
	[[ $stderr == "signal-mix: warning: more than 256 sources; 'ext:256'"* ]]
	[ "$(grep -c '"source":"mix:' <<<"$output")" = 1 ]
	[ "$(grep -c '^{"type":"signal".*"source":"ext:4' <<<"${output%%mix:view*}")" -gt 50 ]
}

@test "empty input" {
	check_empty -m hedge
}

@test "bad option, bad line" {
	check_bad_option
	check_bad_line
}

@test "full disk, reader that leaves" {
	check_dev_full "$DATA/signal-mix/in.ndjson"
	check_reader_leaves "$DATA/signal-mix/in.ndjson"
}

@test "unknown records pass byte for byte" {
	check_unknown_passes -m hedge
}

@test "the options of -h stand in the man page" {
	check_man_options
}

@test "one process gives the same bytes" {
	sample >in
	check_pipe_run_same '--targets -m hedge --confirm 2:10d' in
	check_pipe_run_same "-c $DATA/signal-mix/mix.json --targets" in
	check_pipe_run_same '--targets -m ridge --status 50d' in
}

@test "chunks do not matter, and nothing looks ahead" {
	sample >in
	check_chunks in --targets -m logistic
	for m in weighted hedge eg bayes logistic ridge; do
		check_prefix in --targets -m "$m"
	done
	run -0 lookahead-check -n 4 "signal-mix --targets -m hedge --confirm 2:10d" in
}

@test "symbols together are as each alone, where weights are learned for each" {
	sample >in
	echo '{"method":"hedge","targets":true,"learn":{"per_symbol":true}}' >mix.json
	signal-mix -c mix.json <in | views >together
	for s in AAPL MSFT XOM; do
		grep -E "\"watermark\"|\"sym\":\"$s\"" in | signal-mix -c mix.json | views >alone
		grep "\"sym\":\"$s\"" together >of-it
		jq -c 'del(.why)' alone >a
		jq -c 'del(.why)' of-it >b
		[ -s a ]
		same a b
	done
}

@test "targets that nobody asked for are told, when there is nothing else to mix" {
	sample >in
	run --separate-stderr stdin_is in signal-mix
	[ "$status" = 0 ]
	[[ $stderr == "signal-mix: warning: "*"targets came and nothing else to mix"*"--targets"* ]]
	run --separate-stderr stdin_is in signal-mix --targets
	[ -z "$stderr" ]
}

@test "candles of long ago are no opinion any more" {
	ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" --symbols AAPL |
		pattern-scan --candles | signal-mix --change 0 >out
	views <out | jq -e -s 'length > 100 and all((.expires // .ts) as $e | .direction == 0 or
		([$e, .ts] | map(sub("[.].*"; "Z") | fromdate) | .[0] - .[1] <= 5 * 86400))'
}
