load helper

# The value of a metric in a CSV report on stdin.
metric()
{
	sed -n "s/^$1,//p"
}

returns_of()
{
	{ echo return; printf '%s\n' "$@"; } >returns.csv
	run --separate-stderr "$TOOL" --returns returns.csv -O csv
}

is()
{
	local got
	got=$(metric "$1" <<<"$output")
	[ "$got" = "$2" ] || { echo "$1: got '$got', want '$2'"; return 1; }
}

golden()
{
	"$TOOL" --benchmark IDX "${@:2}" <"$DATA/perf-report/run.ndjson" >out
	same out "$DATA/perf-report/$1"
}

@test "the small run: table in Unicode and ASCII, JSON, NDJSON, CSV" {
	golden run.txt
	golden run.ascii.txt --ascii
	golden run.json -O json
	golden run.report.ndjson -O ndjson
	golden run.csv -O csv
}

@test "a table of returns" {
	cp "$DATA/perf-report/returns_A.csv" .
	"$TOOL" --returns returns_A.csv --rf 0.02 --dsr-trials 20 --dsr-stdev 0.03 >out
	same out "$DATA/perf-report/returns_A.txt"
}

@test "the input of the small run is what its script makes" {
	awk -f "$DATA/perf-report/make-run.awk" >run.ndjson
	same run.ndjson "$DATA/perf-report/run.ndjson"
}

@test "the table keeps to its width, and ends no line in a space" {
	for w in 80 120 200; do
		"$TOOL" --benchmark IDX --width "$w" <"$DATA/perf-report/run.ndjson" >out
		longest=$(awk '{ if (length($0) > n) n = length($0) } END { print n }' \
		    <(LC_ALL=C sed 's/[\xC0-\xFF][\x80-\xBF]*/x/g' out))
		[ "$longest" -le "$w" ] || { echo "$w: $longest"; return 1; }
		run -1 grep -n ' $' out
	done
}

@test "without a UTF-8 locale the table is ASCII" {
	LC_ALL=C "$TOOL" --benchmark IDX <"$DATA/perf-report/run.ndjson" >out
	same out "$DATA/perf-report/run.ascii.txt"
}

@test "every line of the canonical metrics, both series, both rates" {
	while IFS=, read -r series rf name want; do
		[ "$name" = metric ] && continue
		f=$series-$rf.csv
		[ -e "$f" ] || "$TOOL" --returns "$DATA/perf-report/returns_$series.csv" --periods 252 \
		    --rf "$rf" --dsr-trials 20 --dsr-stdev 0.03 -O csv >"$f"
		echo "$name,$want,$(metric "$name" <"$f")"
	done <"$DATA/perf-report/expected_canonical.csv" >pairs
	[ "$(wc -l <pairs)" -ge 300 ]
	awk -F, '$2 == $3 { next }
		{ d = $2 - $3; if (d < 0) d = -d; w = $2 < 0 ? -$2 : $2
		  if ($3 == "" || d > 1e-9 * w) { print; bad = 1 } } END { exit bad }' pairs
}

@test "JSON has each metric of the canonical list as a key" {
	"$TOOL" --returns "$DATA/perf-report/returns_B.csv" -O json >out
	cut -d, -f3 "$DATA/perf-report/expected_canonical.csv" | sed 1d | sort -u >names
	while read -r name; do
		grep -q "^  \"$name\": " out || { echo "no $name"; return 1; }
	done <names
	run -1 grep -iE ': -?(nan|inf)' out
	if command -v python3 >/dev/null; then python3 -m json.tool out >/dev/null; fi
}

@test "pipeline JSON has the fixed keys" {
	"$TOOL" -O json <"$DATA/perf-report/run.ndjson" >out
	for k in final_equity trades total_return cagr sharpe sortino max_drawdown win_rate \
	    profit_factor turnover commission; do
		grep -qE "^  \"$k\": -?[0-9]" out || { echo "no $k"; return 1; }
	done
	if command -v python3 >/dev/null; then python3 -m json.tool out >/dev/null; fi
}

@test "profits of symbols and of the account are the same money" {
	"$TOOL" -O ndjson <"$DATA/perf-report/run.ndjson" >out
	symbols=$(sed -n 's/.*"report_symbol".*"pnl":\([-0-9.]*\),.*/\1/p' out |
		awk '{ s += $1 * 100 } END { printf "%.0f", s }')
	net=$(sed -nE 's/.*"report".*"net_profit":([-0-9.]*),.*/\1/p' out | awk '{ printf "%.0f", $1 * 100 }')
	[ "$symbols" = "$net" ]
	[ "$net" = -70460 ]
}

@test "open trades are worth what they are in the account: EUR/USD, its last bar half-built" {
	pipe-run "ibkr-feed -q --replay $DATA/ticks/EURUSD.OANDA_2014-05-08.csv.gz |
	    bar-agg -i 1m --session FX | rl-act --policy rule:sma-cross,fast=10,slow=40,size=8000,short=1 |
	    risk-gate -l $ROOT/examples/limits.json |
	    ibkr-exec --paper --commission rate:0.00002 --slippage half-spread" >run.ndjson
	grep -q '"partial":true' run.ndjson
	"$TOOL" -O json <run.ndjson >out
	jq -e '.open_trades == 1 and .by_symbol[0].open_pnl != 0' out
	jq -e '([.by_symbol[].pnl * 1e6 | round] | add) == (.net_profit * 1e6 | round)' out
}

@test "data that the account does not use moves no mark" {
	o='"sym":"A","open":10,"high":'
	cat >in <<-END
		{"type":"fill","ts":"2024-01-02T00:00:00Z","sym":"A","exec_id":"1","side":"buy","last_qty":1,"last_price":10}
		{"type":"bar","ts":"2024-01-02T00:00:00Z",${o}12,"low":10,"close":11}
		{"type":"portfolio","ts":"2024-01-03T00:00:00Z","cash":90,"equity":101}
	END
	for bad in '{"type":"bar","ts":"2024-01-03T00:00:00Z",'"$o"'99,"low":1,"close":50,"partial":true}' \
	    '{"type":"bar","ts":"2024-01-03T00:00:00Z",'"$o"'99,"low":1,"close":50,"gap":true}' \
	    '{"type":"bar","ts":"2024-01-03T00:00:00Z",'"$o"'9,"low":1,"close":50}' \
	    '{"type":"bar","ts":"2024-01-03T00:00:00Z",'"$o"'99,"low":1,"close":50,"dirty":"time_backward"}' \
	    '{"type":"bar","ts":"2024-01-01T00:00:00Z",'"$o"'99,"low":1,"close":50,"rev":1}' \
	    '{"type":"quote","ts":"2024-01-03T00:00:00Z","sym":"A","bid":0,"ask":50,"bid_size":1,"ask_size":1}' \
	    '{"type":"quote","ts":"2024-01-03T00:00:00Z","sym":"A","bid":50,"ask":40,"bid_size":1,"ask_size":1}' \
	    '{"type":"trade","ts":"2024-01-03T00:00:00Z","sym":"A","price":0,"size":1}'; do
		echo "$bad" | cat in - | "$TOOL" -O csv >out
		[ "$(metric open_trades_pnl <out)" = 1.00 ]
	done
	echo '{"type":"bar","ts":"2024-01-02T00:00:00Z",'"$o"'12,"low":10,"close":11.5,"rev":1}' |
		cat in - | "$TOOL" -O csv >out
	[ "$(metric open_trades_pnl <out)" = 1.50 ]
}

@test "edge: no rows is bad data" {
	returns_of
	[ "$status" = 3 ]
	: >returns.csv
	run -3 "$TOOL" --returns returns.csv
}

@test "edge: one row" {
	returns_of 0.01
	is total_return 0.01
	is volatility_ann ''
	is sharpe ''
	is sortino ''
	is max_drawdown 0
	is calmar ''
}

@test "edge: all zero" {
	returns_of 0 0 0 0 0
	is total_return 0
	is volatility_ann 0
	is sharpe ''
	is sortino ''
	is max_drawdown 0
	is omega_0 ''
	is profit_factor ''
	is win_rate_nonzero ''
	is kelly_binary ''
}

@test "edge: the same gain every time" {
	returns_of 0.01 0.01 0.01 0.01 0.01 0.01 0.01 0.01 0.01 0.01
	is volatility_ann 0
	is sharpe ''
	is sortino ''
	is profit_factor ''
	is win_rate_nonzero 1
}

@test "edge: losses only" {
	returns_of -0.01 -0.02 -0.005
	is win_rate_nonzero 0
	is profit_factor 0
	is omega_0 0
	is payoff_ratio ''
	is kelly_binary ''
}

@test "edge: everything is lost" {
	returns_of 0.1 -1.0 0.5
	[ "$status" = 0 ]
	is total_return -1
	is max_drawdown -1
	is cagr -1
	is ruin true
	is ruin_row 2
}

@test "edge: below -100 % is refused with its line, unless allowed" {
	returns_of 0.1 -1.2
	[ "$status" = 3 ]
	[[ $stderr == "perf-report: returns.csv: line 3: "*"--allow-ruin"* ]]
	run -0 --separate-stderr "$TOOL" --returns returns.csv --allow-ruin -O csv
	is total_return -1
	is ruin true
}

@test "edge: gaps are skipped and counted" {
	for gap in '' NaN null nan N/A; do
		printf 'date,return\n2024-01-02,0.01\n2024-01-03,%s\n2024-01-04,0.02\n' "$gap" >returns.csv
		run -0 "$TOOL" --returns returns.csv -O csv
		is n 2
		is missing 1
		is total_return 0.0302
	done
	returns_of 0.01 '' 0.02
	is missing 1
}

@test "edge: prices are taken as the returns they are said to be, with a warning" {
	returns_of 100 101 102
	[ "$status" = 0 ]
	[[ $stderr == *"look like prices"* ]]
	is total_return 1061105
}

@test "columns by name in any order, quoted cells, CRLF, standard input" {
	printf 'Benchmark,"Date",RETURN\r\n0.01,2024-01-02,"0.02"\r\n-0.01,"2024-01-03",-0.01\r\n' |
		"$TOOL" --returns - -O csv >out
	[ "$(metric n <out)" = 2 ]
	[ "$(metric beta <out)" = 1.5 ]
}

@test "returns that cannot be read name the line" {
	printf 'date,return\n2024-01-02,0.01\n2024-01-03,x1\n' >bad
	run -3 "$TOOL" --returns bad
	[[ $output == *"line 3: return \"x1\" is no finite number"* ]]
	printf 'date,return\n2024-01-02,0.01\n2024-01-01,0\n' >bad
	run -3 "$TOOL" --returns bad
	[[ $output == *"line 3: the date goes back"* ]]
	printf 'date,close\n2024-01-02,0.01\n' >bad
	run -3 "$TOOL" --returns bad
	[[ $output == *'no column "return"'* ]]
	printf 'date,return\n"2024-01-02,0.01\n' >bad
	run -3 "$TOOL" --returns bad
	[[ $output == *"line 2: a quoted cell does not end"* ]]
	run -4 "$TOOL" --returns no-such-file
}

@test "a gate that is met, and gates that are not" {
	in=$DATA/perf-report/run.ndjson
	run -0 --separate-stderr stdin_is "$in" "$TOOL" -O csv --require 'trades==4,win_rate>0.7' \
	    --require 'max_drawdown >= -2%'
	[ -z "$stderr" ]
	run -6 --separate-stderr stdin_is "$in" "$TOOL" -O csv --require 'sharpe>1.5,trades>=4,short_win_rate>0'
	[[ $output == metric,value* ]]
	[[ $stderr == "perf-report: gate not met: sharpe is -0.7"*", required > 1.5; short_win_rate is 0, required > 0" ]]
}

@test "a gate on an undefined metric is not met" {
	run -6 --separate-stderr stdin_is "$DATA/perf-report/run.ndjson" "$TOOL" -O csv --require 'beta!=7'
	[[ $stderr == *"beta is null (undefined), required != 7" ]]
}

@test "a gate that makes no sense is a usage error, before anything is read" {
	for g in 'sharp>1' 'sharpe' 'sharpe>' 'sharpe>x' 'sharpe=1' 'mdd_peak_date>3' 'ruin_row~1'; do
		run -2 --separate-stderr stdin_is /dev/null "$TOOL" --require "$g"
		[ -z "$output" ]
		[[ $stderr == "perf-report: --require $g: "* ]]
	done
	run -2 "$TOOL" --returns "$DATA/perf-report/returns_A.csv" --require 'open_trades==0'
}

@test "a gate that always holds, or never, for want of a minus is a usage error with the right form" {
	while IFS='|' read -r gate holds form; do
		run -2 --separate-stderr stdin_is /dev/null "$TOOL" --require "$gate"
		[ -z "$output" ]
		[[ $stderr == "perf-report: --require $gate: "*" is never above 0: this $holds holds"*"$form" ]] ||
			{ echo "$gate: $stderr"; return 1; }
	done <<-'END'
		max_drawdown<10%|always|; write max_drawdown>-0.1 or max_drawdown>-10%
		max_drawdown<=0.1|always|; write max_drawdown>=-0.1
		max_drawdown_daily < 5%|always|; write max_drawdown_daily>-0.05 or max_drawdown_daily>-5%
		max_drawdown>10%|never|; write max_drawdown>-0.1 or max_drawdown>-10%
		largest_loss<500|always|; write largest_loss>-500
		max_drawdown<=0|always|
	END
	in=$DATA/perf-report/run.ndjson
	run -0 stdin_is "$in" "$TOOL" -O csv --require 'max_drawdown>-10%,max_drawdown>-0.1,max_drawdown<0'
	run -6 stdin_is "$in" "$TOOL" -O csv --require 'max_drawdown>-1%'
	run -0 stdin_is "$in" "$TOOL" -O csv --require 'max_drawdown_money<5000,avg_loss<0,max_drawdown!=0'
}

@test "--list-metrics: each name that --require takes, with what it is; others get a hint" {
	"$TOOL" --list-metrics >list
	sed -n 's/^  \([A-Za-z0-9_]*\)  *[^ ].*/\1/p' list | sort >names
	"$TOOL" -O csv </dev/null | sed '1d; s/,.*//' | sort >want
	same names want
	grep -v '^  ' list | grep . >titles
	[ "$(head -5 titles | paste -sd,)" = 'RETURN,RISK,RATIOS,DISTRIBUTION,TRADES (of the returns with --returns)' ]
	"$TOOL" --returns nowhere --list-metrics >list
	sed -n 's/^  \([A-Za-z0-9_]*\)  *[^ ].*/\1/p' list | sort >names
	"$TOOL" --returns "$DATA/perf-report/returns_A.csv" -O csv | sed '1d; s/,.*//' | sort >want
	same names want
	while read -r typed meant; do
		run -2 --separate-stderr stdin_is /dev/null "$TOOL" --require "$typed>1"
		[[ $stderr == *"no metric \"$typed\" in this report; did you mean $meant? (see --list-metrics)" ]] ||
			{ echo "$typed: $stderr"; return 1; }
	done <<-'END'
		sharp sharpe
		Sharpe sharpe
		drawdown max_drawdown
		sharpe_ratio sharpe
		cagr_ cagr
		total_retrun total_return
	END
	run -2 --separate-stderr stdin_is /dev/null "$TOOL" --require 'zzz>1'
	[[ $stderr == *'in this report (see --list-metrics)' ]]
}

@test "a file that is not there is a failure of input" {
	in=$DATA/perf-report/run.ndjson
	for option in --benchmark-file --instruments; do
		run -4 --separate-stderr stdin_is "$in" "$TOOL" "$option" nowhere.csv
		[ -z "$output" ]
		[[ $stderr == *"nowhere.csv: No such file"* ]]
		run -4 stdin_is "$in" pipe-run "perf-report $option nowhere.csv"
	done
	run -4 "$TOOL" --returns nowhere.csv
	run -4 "$TOOL" --returns "$DATA/perf-report/returns_A.csv" --benchmark-file nowhere.csv
}

# account EQUITY...: portfolio records, a day each from 2024-01-03T00:00:00Z on
account()
{
	local day=3 e
	for e; do
		printf '{"type":"portfolio","ts":"2024-01-%02dT00:00:00Z","cash":%s,"equity":%s,"gross":%s,"net":0}\n' \
		    $((day++)) "$e" "$e" "${gross:-0}"
	done
}

fill='{"type":"fill","ts":"2024-01-02T15:00:00Z","sym":"A","exec_id":"1","side":"buy","last_qty":1,"last_price":10}'

@test "annualised figures of a few days: n/a in the table below 5, a warning below 20" {
	account 100 101 102 103 104 >in
	"$TOOL" <in >out
	grep -q '^Note:  only 4 daily returns: .* is n/a$' out
	for m in CAGR 'Volatility (ann.)' Sharpe Sortino Calmar 'P(Sharpe > 0)'; do
		grep -qF "  $m " out
		grep -F "  $m " out | grep -qE "^  ${m//[()]/.} +n/a " || { echo "$m"; return 1; }
	done
	grep -q 'Total return  *4.00 %' out
	"$TOOL" -O csv <in >out
	[ -n "$(metric sharpe <out)" ]
	[ -n "$(metric cagr <out)" ]
	account 100 101 102 103 104 103 | "$TOOL" >out
	grep -q '^Note:  only 5 daily returns: .* guessed from little$' out
	grep -qE '^  CAGR +[0-9,.]+ %' out
	account 100 101 | "$TOOL" | grep -q '^Note:  only 1 daily return: '
	run -1 grep 'only' "$DATA/perf-report/run.txt"
	returns_of 0.01 0.02 0.03
	"$TOOL" --returns returns.csv >out
	grep -q '^Note:  only 3 period returns: ' out
	grep -qE '^  CAGR +n/a ' out
}

@test "refused orders stand at the top, with the limit and the value of the first" {
	r='{"type":"reject","ts":"2024-01-03T00:00:00Z","sym":"A","rule":"'
	{ account 100 101
	  echo "$r"'order_notional","text":"x","limit":60000,"value":94919.2,"source":"risk-gate"}'
	} | "$TOOL" >out
	[ "$(sed -n 4,5p out | sed 's/^ *//' | paste -sd' ')" = 'Note:  1 of 1 orders were refused: order_notional 1 (limit 60000, value 94919.20 the first time)' ]
	# what the venue refuses is an order that it has seen: counted once
	{ account 100 101
	  echo '{"type":"order_status","ts":"2024-01-03T00:00:00Z","sym":"A","cl_ord_id":"1","status":"rejected"}'
	  echo "$r"'margin","text":"x","source":"paper","cl_ord_id":"1"}'
	  echo "$r"'leverage","text":"x","limit":1.5,"source":"risk-gate"}'
	  for i in 1 2 3; do echo "$r"'daily_loss","text":"x","limit":0.03,"value":0.0312,"source":"risk-gate"}'; done
	  echo "$r"'rate","text":"x","source":"risk-gate"}'
	} | "$TOOL" --width 200 >out
	[ "$(sed -n 4p out)" = 'Note:  6 of 6 orders were refused: daily_loss 3 (limit 0.03, value 0.0312 the first time), margin 1, leverage 1 (limit 1.50 the first time), and others' ]
	account 100 101 | "$TOOL" >out
	run -1 grep refused: out
}

@test "an account that hardly traded says so" {
	gross=0.02
	{ echo "$fill"; account 100 101; } | "$TOOL" --width 100 >out
	grep -qE '^Note:  average exposure 0\.0[0-9]* %: results say little \(size= or weight= of the policy\?\)$' out
	gross=2
	{ echo "$fill"; account 100 101; } | "$TOOL" >out
	run -1 grep 'results say little' out
	gross=0.02
	account 100 101 | "$TOOL" >out # no fill: there is nothing to say
	run -1 grep 'results say little' out
}

@test "money has two decimals and thousands, whatever its size" {
	{ echo "$fill"
	  echo '{"type":"bar","ts":"2024-01-02T16:00:00Z","sym":"A","open":10,"high":10,"low":9,"close":9.698516}'
	  account 1234567.891 1234567.589484; } | "$TOOL" >out
	grep -qE 'their P&L, marked +-0\.30$' out
	grep -qE '^  Net profit +-0\.30 ' out
	grep -qE '^  Start equity +1,234,567\.89 ' out
	# the rate of a turnover in thousands
	{ echo '{"type":"fill","ts":"2024-01-02T15:00:00Z","sym":"A","exec_id":"1","side":"buy","last_qty":1000,"last_price":1234.5}'
	  account 100 100; } | "$TOOL" | grep -qE 'Turnover, times +12,345\.0 '
}

@test "what was read is counted by its name" {
	{ echo '{"type":"quote","ts":"2024-01-02T15:00:00Z","sym":"A","bid":1,"ask":2,"bid_size":1,"ask_size":1}'
	  for i in 1 2; do echo '{"type":"trade","ts":"2024-01-02T15:00:00Z","sym":"A","price":1,"size":1}'; done
	  account 100 101; } >in
	"$TOOL" <in | grep -q '^Read:  2 trade ticks, 1 quotes, 2 account records; symbols traded: 0\.$'
	"$TOOL" -O csv <in >out
	[ "$(metric ticks <out)" = 3 ]
}

@test "daily runs are dated by their trading days, others to the minute" {
	account 100 101 102 | "$TOOL" >out
	[[ $(sed -n 1p out) == *' 2024-01-02 to 2024-01-04' ]]
	{ account 100 101; echo '{"type":"portfolio","ts":"2024-01-04T12:30:00Z","cash":1,"equity":100}'; } | "$TOOL" >out
	[[ $(sed -n 1p out) == *' 2024-01-03 00:00 to 2024-01-04 12:30 UTC' ]]
}

@test "months have one decimal, also beside each other; axes have none that say nothing" {
	{ echo date,return
	  echo 2023-01-31,-0.12
	  echo 2023-02-28,-0.1234
	  echo 2023-03-31,0.12
	  echo 2023-04-30,0.0001; } >returns.csv
	"$TOOL" --returns returns.csv >out
	grep -qE '^2023 +-12\.0 +-12\.3 +12\.0 +0\.0 ' out
	grep -qE '^ +0 %┤' out
	longest=$(awk '{ if (length($0) > n) n = length($0) } END { print n }' \
	    <(LC_ALL=C sed 's/[\xC0-\xFF][\x80-\xBF]*/x/g' out))
	[ "$longest" = 80 ]
	account 100000 100050 100100 100200 | "$TOOL" >out
	grep -qE '^ +100,200┤' out
}

@test "a run in a file: the bytes that it gives on standard input, plain or gzip'd" {
	in=$DATA/perf-report/run.ndjson
	gzip -c "$in" >run.ndjson.gz
	for o in table json csv ndjson; do
		"$TOOL" --benchmark IDX -O $o --trades t1 --equity e1 <"$in" >want
		for f in "$in" run.ndjson.gz; do
			run -0 --separate-stderr stdin_is /dev/null "$TOOL" --benchmark IDX -O $o \
			    --trades t2 --equity e2 "$f"
			[ -z "$stderr" ]
			diff want - <<<"$output"
			same t1 t2
			same e1 e2
		done
	done
	"$TOOL" -O csv - <"$in" >out
	"$TOOL" -O csv <"$in" | diff - out
	pipe-run "perf-report -O csv $in" | diff - out
	run -6 --separate-stderr "$TOOL" --require 'sharpe>1' "$in"
	run -4 --separate-stderr "$TOOL" nowhere.ndjson
	[[ $stderr == 'perf-report: nowhere.ndjson: No such file or directory' ]]
	run -2 --separate-stderr pipe-run "ibkr-feed -q --replay $in | perf-report $in"
	[[ $stderr == *"reads $in: nothing can come before it in a pipe"* ]]
	run -2 "$TOOL" --returns "$DATA/perf-report/returns_A.csv" "$in"
}

@test "a bad line in a file ends the report with its place; --skip-bad goes on" {
	{ head -20 "$DATA/perf-report/run.ndjson"; echo '{"type":"fill",'; sed 1,20d "$DATA/perf-report/run.ndjson"; } >bad.ndjson
	run -3 --separate-stderr "$TOOL" -O csv bad.ndjson
	[ -z "$output" ]
	[[ $stderr == 'perf-report: bad.ndjson: line 21: '* ]]
	run -3 --separate-stderr "$TOOL" -O csv --skip-bad bad.ndjson
	diff <(echo "$output") <("$TOOL" -O csv "$DATA/perf-report/run.ndjson")
	[[ $stderr == 'perf-report: 1 bad lines skipped, the first: bad.ndjson: line 21: '* ]]
	run -6 --separate-stderr "$TOOL" -O csv --skip-bad --require 'sharpe>1' bad.ndjson
	[[ $stderr == *'1 bad lines skipped'*'gate not met: sharpe'* ]]
}

# Two accounts over the same days; the second misses 2024-01-06 and goes on a day longer.
two_runs()
{
	account 100 101 100 102 103 102 104 >a.ndjson
	account 200 201 203 202 205 206 208 209 | sed '/01-06T/d' >b.ndjson
}

@test "runs side by side: a table, CSV, one JSON array, NDJSON" {
	two_runs
	"$TOOL" a.ndjson b.ndjson >out
	[ "$(sed -n '1p;3,4p' out)" = 'Comparison of 2 runs
[1] a.ndjson: 2024-01-02 to 2024-01-08
[2] b.ndjson: 2024-01-02 to 2024-01-09' ]
	grep -qE '^ +\[1\] a\.ndjson +\[2\] b\.ndjson$' out
	grep -qE '^  Total return +4\.00 % +4\.50 %$' out
	run -1 grep -n ' $' out
	# each column of CSV and each object of JSON is the report of that file alone
	"$TOOL" -O csv a.ndjson b.ndjson >both.csv
	for i in 2 3; do
		f=$([ $i = 2 ] && echo a || echo b).ndjson
		diff <(cut -d, -f1,$i both.csv | sed '1d; /^paired/d') <("$TOOL" -O csv "$f" | sed 1d)
	done
	[ "$(head -1 both.csv)" = metric,a.ndjson,b.ndjson ]
	"$TOOL" -O json a.ndjson b.ndjson >both.json
	jq -e 'length == 2 and .[0].file == "a.ndjson" and .[1].file == "b.ndjson"' both.json
	diff <(jq '.[1] | del(.file, .paired)' both.json) <("$TOOL" -O json b.ndjson | jq .)
	"$TOOL" -O ndjson a.ndjson b.ndjson >out
	[ "$(grep '"report"' out | jq -r .file | paste -sd,)" = a.ndjson,b.ndjson ]
	# names that CSV must quote
	cp a.ndjson 'x,"y.ndjson'
	"$TOOL" -O csv 'x,"y.ndjson' b.ndjson | head -1 >out
	[ "$(cat out)" = 'metric,"x,""y.ndjson",b.ndjson' ]
}

@test "the paired difference of daily returns: the days that both have, from the same day before" {
	two_runs
	"$TOOL" -O json a.ndjson b.ndjson >out
	# days 3, 4, (5 is missing in b, so 6 is from another day), 7, 8
	awk 'BEGIN {
		split("100 101 100 102 103 102 104", a, " "); split("200 201 203 - 205 206 208", b, " ")
		for (i = 2; i <= 7; i++)
			if (b[i] != "-" && b[i-1] != "-") { d[++n] = a[i]/a[i-1] - b[i]/b[i-1]; s -= d[n] }
		m = s / n; for (i = 1; i <= n; i++) q += (-d[i] - m) ^ 2
		printf "%d %.12g %.12g\n", n, m, m / sqrt(q / (n - 1) / n) }' >want
	read -r n mean t <want
	[ "$n" = 4 ]
	jq -e --argjson n "$n" --argjson m "$mean" --argjson t "$t" '.[0].paired == null and
	    (.[1].paired | .against == "a.ndjson" and .days == $n and
	    (.mean_difference - $m | fabs) < 1e-12 and (.t_value - $t | fabs) < 1e-9)' out
	"$TOOL" -O csv a.ndjson b.ndjson >out
	[ "$(sed -n 's/^paired_days,//p' out)" = ,4 ]
	"$TOOL" a.ndjson a.ndjson >out
	grep -qE '^  Days of both +- +6$' out
	grep -qE '^  t-value +- +n/a$' out # nothing differs
}

@test "gates hold for each of several files" {
	two_runs
	run -0 "$TOOL" -O csv --require 'total_return>0.03' a.ndjson b.ndjson
	run -6 --separate-stderr "$TOOL" -O csv --require 'total_return>0.042,n>1' a.ndjson b.ndjson
	[[ $output == metric,* ]]
	[ "$stderr" = 'perf-report: a.ndjson: gate not met: total_return is 0.04, required > 0.042' ]
	run -6 --separate-stderr "$TOOL" -O csv --require 'total_return>1' a.ndjson b.ndjson
	[[ $stderr == *'a.ndjson: gate not met'*'b.ndjson: gate not met'* ]]
	run -2 "$TOOL" --trades t.csv a.ndjson b.ndjson
	run -2 "$TOOL" --equity e.csv a.ndjson b.ndjson
	run -4 "$TOOL" a.ndjson nowhere.ndjson
}

@test "many runs stand in blocks as wide as the table" {
	two_runs
	mkdir -p a-directory-with-a-name
	cp a.ndjson a-directory-with-a-name/sma-cross-fast-10-slow-50-äöü.ndjson
	"$TOOL" a.ndjson b.ndjson a-directory-with-a-name/*.ndjson b.ndjson a.ndjson >out
	[ "$(grep -c '^ACCOUNT' out)" = 2 ]
	grep -qE '^ +\[5\] a\.ndjson$' out
	for w in 80 120; do
		"$TOOL" --width $w a.ndjson b.ndjson a-directory-with-a-name/*.ndjson b.ndjson a.ndjson | grep -v '^\[' >out
		longest=$(awk '{ if (length($0) > n) n = length($0) } END { print n }' \
		    <(LC_ALL=C sed 's/[\xC0-\xFF][\x80-\xBF]*/x/g' out))
		[ "$longest" -le "$w" ] || { echo "$w: $longest"; return 1; }
	done
}

@test "options that contradict" {
	run -2 "$TOOL" --benchmark A --benchmark-file B </dev/null
	run -2 "$TOOL" --returns x --trades y
	run -2 "$TOOL" --periods -1 </dev/null
	run -2 "$TOOL" --rf -1 </dev/null
	run -2 "$TOOL" --width 79 </dev/null
	run -2 "$TOOL" --dsr-trials 1 </dev/null
}

@test "a benchmark from a file: closes, or the same as returns" {
	sed -nE 's/.*"type":"bar","ts":"([-0-9]*)T.*"sym":"IDX".*"close":([0-9.]*),.*/\1,\2/p' \
	    "$DATA/perf-report/run.ndjson" >closes
	{ echo date,close; cat closes; } >bench.csv
	"$TOOL" --benchmark-file bench.csv -O csv <"$DATA/perf-report/run.ndjson" >out
	same out "$DATA/perf-report/run.csv"
	{ echo date,return
	  awk -F, 'NR == 1 { print $1 ",0" } NR > 1 { printf "%s,%.17g\n", $1, $2 / c - 1 } { c = $2 }' closes
	} >bench.csv
	"$TOOL" --benchmark-file bench.csv -O csv <"$DATA/perf-report/run.ndjson" >out
	[ "$(metric benchmark_total_return <out)" = "$(metric benchmark_total_return <"$DATA/perf-report/run.csv")" ]
	# the benchmark column of a file of returns, moved to a file of its own
	cut -d, -f1,3 "$DATA/perf-report/returns_A.csv" | sed '1s/.*/date,return/' >bench.csv
	cut -d, -f1,2 "$DATA/perf-report/returns_A.csv" >alone.csv
	"$TOOL" --returns alone.csv --benchmark-file bench.csv -O csv >out
	[ "$(metric benchmark_missing <out)" = 1 ] # the first row has no close before it
}

@test "the benchmark that never came is said to be missing" {
	run -0 --separate-stderr stdin_is "$DATA/perf-report/run.ndjson" "$TOOL" --benchmark NOPE -O csv
	[[ $stderr == *"--benchmark NOPE: no price of it came by"* ]]
	is beta ''
}

@test "the closed trades and the path as CSV files" {
	"$TOOL" --trades t.csv --equity e.csv -O csv <"$DATA/perf-report/run.ndjson" >out
	same t.csv "$DATA/perf-report/trades.csv"
	[ "$(wc -l <e.csv)" = 73 ]
	[ "$(sed -n 1p e.csv)" = ts,date,equity,cash,gross,net,drawdown ]
	[[ $(sed -n 2p e.csv) == 2024-01-02T00:00:00.000000000Z,2024-01-01,100000.00,100000.00,0.00,0.00,* ]]
	# the date is that of the bars: each row has its close
	awk -F'"' '/"bar"/ && /"IDX"/ { print substr($8, 1, 10) }' "$DATA/perf-report/run.ndjson" >want
	tail -n +2 e.csv | cut -d, -f2 | diff want -
	run -4 "$TOOL" --trades /no/such/dir/t.csv </dev/null
	run -4 stdin_is "$DATA/perf-report/run.ndjson" "$TOOL" --equity /dev/full
}

@test "--session 24x7 and --periods set the year" {
	"$TOOL" --session 24x7 -O csv <"$DATA/perf-report/run.ndjson" >out
	[ "$(metric periods_per_year <out)" = 365 ]
	"$TOOL" --session 24x7 --periods 12 -O csv <"$DATA/perf-report/run.ndjson" >out
	[ "$(metric periods_per_year <out)" = 12 ]
}

@test "an assumed account stands in until the real one speaks" {
	p='"type":"portfolio","ts":"2024-01-0'
	cat >in <<-END
		{${p}2T00:00:00Z","cash":1,"equity":50,"assumed":true}
		{${p}3T00:00:00Z","cash":1,"equity":100}
		{${p}3T00:00:00Z","cash":1,"equity":1,"assumed":true}
		{${p}4T00:00:00Z","cash":1,"equity":110}
	END
	"$TOOL" -O csv <in >out
	[ "$(metric total_return <out)" = 0.1 ]
	"$TOOL" <<<"{${p}2T00:00:00Z\",\"cash\":1,\"equity\":50,\"assumed\":true}" | grep -q ASSUMED
}

@test "empty input: a report in which all is null, in every format" {
	run -0 --separate-stderr stdin_is /dev/null "$TOOL" -O csv
	[ -z "$stderr" ]
	run -1 grep -E ',.' <(sed 1d <<<"$output")
	run -0 stdin_is /dev/null "$TOOL" -O json
	[ "$(grep -c null <<<"$output")" -gt 100 ]
	run -0 stdin_is /dev/null "$TOOL"
	[[ $output == *"nothing is known of an account"* ]]
}

@test "a bad option" {
	check_bad_option
}

@test "a bad line" {
	check_bad_line
}

@test "a full disk" {
	check_dev_full "$DATA/perf-report/run.ndjson"
	check_dev_full "$DATA/perf-report/run.ndjson" -O json
}

@test "a reader that leaves" {
	check_reader_leaves "$DATA/perf-report/run.ndjson"
}

@test "records of unknown types change nothing" {
	{ echo '{"type":"x-a","ts":"2024-01-02T00:00:00Z","a":[1,{"b":2}]}'
	  grep -v x-weather "$DATA/perf-report/run.ndjson"
	  echo '{"type":"x-b","ts":"2024-01-02T00:00:00Z"}'; } >in
	"$TOOL" --benchmark IDX -O csv <in >out
	same out "$DATA/perf-report/run.csv"
}

@test "in pieces, and in one process, the same bytes" {
	check_chunks "$DATA/perf-report/run.ndjson" -O json
	check_pipe_run_same '--benchmark IDX' "$DATA/perf-report/run.ndjson"
	check_pipe_run_same '-O json' "$DATA/perf-report/run.ndjson"
}

@test "nothing comes out of it for another tool" {
	run -2 pipe-run 'perf-report | perf-report' </dev/null
}

@test "on a terminal --every draws anew while input waits; elsewhere it does not" {
	timeout 5 script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip "no script(1), or no terminals here"
	"$TOOL" --every 1s --benchmark IDX <"$DATA/perf-report/run.ndjson" >out
	same out "$DATA/perf-report/run.txt"
	mkfifo in
	{ head -200 "$DATA/perf-report/run.ndjson"; sleep 0.5
	  sed 1,200d "$DATA/perf-report/run.ndjson"; } >in &
	script -qec "$TOOL --every 1d --benchmark IDX <in" screen </dev/null >/dev/null
	n=$(grep -ac 'Performance report' screen)
	[ "$n" -ge 2 ] || { echo "$n reports on the terminal"; return 1; }
}

@test "options of -h are in the page" {
	check_man_options
}

@test "hourly EURUSD, SMA 20/50: what backtesting.py, vectorbt and backtrader give" {
	need_shared data/fx/hour_EURUSD.OANDA.csv.gz
	pipe-run "ibkr-feed --replay $SHARED/data/fx/hour_EURUSD.OANDA.csv.gz |
	    rl-act --policy rule:sma-cross,fast=20,slow=50,size=1 |
	    risk-gate -l $ROOT/examples/limits-open.json |
	    ibkr-exec --paper --capital 1000000 --commission rate:0.001 | perf-report -O csv" >out
	awk -v e="$(metric final_equity <out)" 'BEGIN { exit !(e > 999998.2584 && e < 999998.2596) }'
	[ "$(metric trades <out)" = 570 ]
	[ "$(metric max_drawdown <out | cut -c1-7)" = -1.7437 ]
}

# curves FILE: how many of them, as the path of each has one beginning
curves()
{
	grep -c '^<path class="line"' "$1"
}

@test "--svg draws a run, and several series with their names and figures" {
	stdin_is "$DATA/perf-report/run.ndjson" "$TOOL" --svg run.svg >table
	[ "$(head -c 4 run.svg)" = "<svg" ] && [ "$(tail -1 run.svg)" = "</svg>" ]
	[ "$(curves run.svg)" = 1 ]
	stdin_is "$DATA/perf-report/run.ndjson" "$TOOL" >plain
	same table plain
	"$TOOL" --svg two.svg -O csv --returns "$DATA/perf-report/returns_A.csv,$DATA/perf-report/returns_B.csv" >both.csv
	"$TOOL" -O csv --returns "$DATA/perf-report/returns_A.csv" >a.csv
	[ "$(curves two.svg)" = 3 ] # and the benchmark of the first
	grep -q '>returns_A</text>' two.svg
	grep -q '>returns_B</text>' two.svg
	grep -q '>benchmark</text>' two.svg
	for m in total_return max_drawdown; do
		want=$(awk -F, -v m=$m '$1 == m { printf "%+.1f%%", $2 * 100 }' a.csv)
		grep -qF -- "${m//_/ } $want" two.svg
	done
	"$TOOL" --svg again.svg --returns "$DATA/perf-report/returns_A.csv" --returns "$DATA/perf-report/returns_B.csv" >/dev/null
	same two.svg again.svg
}

@test "--svg: the curve goes where the returns go; ruin, no dates, nothing at all" {
	printf 'date,return\n2024-01-01,0\n2024-01-02,0.5\n2024-01-03,-0.5\n' >up.csv
	"$TOOL" --svg up.svg --returns up.csv >/dev/null
	# +50 % is the highest point, -50 % from there the lowest: 1.5 * 0.5 = 0.75 in the end
	path=$(sed -n 's/^<path class="line".* d="\([^"]*\)".*/\1/p' up.svg)
	awk -v p="$path" 'BEGIN {
		n = split(p, a, "[ML]")
		for (i = 2; i <= n; i++) { split(a[i], c, " "); x[i - 1] = c[1]; y[i - 1] = c[2] }
		d = (y[3] - y[1]) * 2 - (y[1] - y[2])
		exit !(n == 4 && y[2] < y[1] && x[2] < x[3] && d < 0.3 && d > -0.3) }'
	grep -q 'max drawdown -50.0%' up.svg
	printf 'return\n0.1\n-1\n0.5\n' >'a<&b.csv'
	"$TOOL" --svg ruin.svg --returns 'a<&b.csv' >/dev/null
	grep -q 'a&lt;&amp;b</text>' ruin.svg
	grep -q 'total return -100.0%' ruin.svg
	run -0 stdin_is /dev/null "$TOOL" --svg none.svg
	[ "$(curves none.svg)" = 1 ]
	! grep -qi 'nan\|inf' up.svg ruin.svg none.svg || false
}

@test "--svg: a folder that is not there" {
	run -4 stdin_is "$DATA/perf-report/run.ndjson" "$TOOL" --svg nowhere/x.svg
}
