# shellcheck shell=bash disable=SC2154 # bats sets status, output and stderr
load helper

EURUSD=$BATS_TEST_DIRNAME/../testdata/fx/hour_EURUSD.OANDA.csv.gz

# A year and a half of one stock, small and quick.
stock()
{
	ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" --symbols AAPL --from 2013-02-01 \
	    --to 2014-08-31 >aapl.ndjson
}

# market [KEY=VALUE...] <requests
market()
{
	rl-env market pipeline="ibkr-feed -q --replay aapl.ndjson" "$@"
}

@test "spec, reset and step" {
	stock
	printf '%s\n' '{"cmd":"spec"}' '{"cmd":"reset","seed":1}' '{"cmd":"step","action":[2]}' \
	    '' '{"cmd":"step","action":[2]}' | market weight=0.5 >out
	[ "$(wc -l <out)" = 4 ]
	[ "$(sed -n 1p out | jq -c '[.env, .envs, .obs_size, .action.kind, .action.names]')" = \
	    '["market",1,8,"discrete",["short","flat","long"]]' ]
	[ "$(sed -n 1p out | jq '.obs_names | length')" = 8 ]
	[ "$(sed -n 2p out | jq -c '(.obs[0] | length) == 8 and .equity[0] == 100000')" = true ]
	[ "$(sed -n 3p out | jq -c '[.terminated, .truncated]')" = '[[false],[false]]' ]
	# the reward is the log return of equity
	sed -n 3,4p out | jq -s '(.[1].reward[0] - ((.[1].equity[0] / .[0].equity[0]) | log)) |
		fabs < 1e-9' >ok
	[ "$(cat ok)" = true ]
}

@test "the same requests give the same bytes, in one piece or in many" {
	stock
	{
		echo '{"cmd":"reset","seed":4}'
		for i in 1 2 0 1 2 2 1 0; do echo "{\"cmd\":\"step\",\"action\":[$i,$i]}"; done
	} >in
	market steps=30 random-start=true slip-low=0 slip-high=9 -n 2 <in >one
	while read -r line; do echo "$line"; done <in | market steps=30 random-start=true slip-low=0 \
	    slip-high=9 --envs 2 >two
	same one two
	[ "$(wc -l <one)" = 9 ]
	head -4 in | market steps=30 random-start=true slip-low=0 slip-high=9 -n 2 >prefix
	head -4 one >first
	same prefix first
}

# What rl-act wanted in the shell, done again in the environment.
@test "train = trade: the shell pipeline has the same fills and equity" {
	stock
	cat >limits.json <<'END'
{ "max_position_equity_pct": 70, "max_order_equity_pct": 80, "max_drawdown_pct": 20,
  "drawdown_action": "reduce" }
END
	policy='rl-act -p rule:sma-cross,fast=3,slow=9,size=600,short=1'
	costs='--slippage bps:2 --commission ibkr-fixed'
	# shellcheck disable=SC2086 # words
	$policy -q <aapl.ndjson | tee act.ndjson | risk-gate -q -l limits.json $costs |
	    ibkr-exec -q --paper $costs >shell.ndjson
	# decisions of the shell: the position wanted at each watermark, from the first bar on
	jq -c 'select(.type == "watermark" or .type == "target") | [.type, .ts, .position]' \
	    <act.ndjson | jq -rs '
		reduce .[] as $r ({want: 0, at: null, out: []};
			if $r[0] == "watermark" then
				(if .at then .out += [[.at, .want]] else . end) | .at = $r[1]
			else .want = $r[2] end) | .out[] | "\(.[0]) \(.[1] / 600 + 1)"' >decisions
	# an episode begins at the second bar: the first return is known then
	tail -n +2 decisions | awk 'BEGIN { print "{\"cmd\":\"reset\"}" }
		{ print "{\"cmd\":\"step\",\"action\":[" $2 "]}" }' >in
	# shellcheck disable=SC2086
	market limits=limits.json size=600 slippage=bps:2 commission=ibkr-fixed strategy=sma-cross \
	    --records env.ndjson <in >answers
	for f in shell env; do
		grep '"type":"fill"' $f.ndjson >$f.fills
		jq -r 'select(.type == "portfolio") | "\(.ts) \(.equity) \(.cash)"' <$f.ndjson |
			tail -n +2 >$f.equity
	done
	[ "$(wc -l <shell.fills)" -gt 30 ]
	grep -q '"type":"reject"' shell.ndjson
	same shell.fills env.fills
	tail -n "$(wc -l <env.equity)" shell.equity >shell.tail
	same shell.tail env.equity
	[ "$(wc -l <env.equity)" -gt 380 ]
	# and what the report says of both
	perf-report -q -O json <shell.ndjson | jq -c '[.metrics // . | .. | .final_equity? // empty][0]' >a
	jq -s '.[-1].equity[0]' <answers >b
	[ "$(cat a)" = "$(cat b)" ]
}

@test "requests that are wrong say why, with their line" {
	stock
	bad()
	{
		printf '%s\n' '{"cmd":"reset"}' "$1" >in
		run -3 --separate-stderr stdin_is in market steps=3
		[[ $stderr == "rl-env: line 2: "*"$2"* ]] || explain "wanted: $2"
		[ "$(wc -l <<<"$output")" = 1 ]
	}
	bad 'no' ''
	bad '{"a":1}' 'no "cmd"'
	bad '{"cmd":"jump"}' "'jump' is none of"
	bad '{"cmd":"step"}' '"action" is not a list of 1'
	bad '{"cmd":"step","action":[1,1]}' '"action" is not a list of 1'
	bad '{"cmd":"step","action":[3]}' 'none of 0 to 2'
	bad '{"cmd":"step","action":[0.5]}' 'none of 0 to 2'
	bad '{"cmd":"step","action":["x"]}' 'a whole number'
	bad '{"cmd":"step","action":[1],"env":[1]}' 'no copy'
	bad '{"cmd":"step","action":[1],"env":[]}' 'not a list of 1 to 1'
	bad '{"cmd":"reset","sed":1}' 'a request has no "sed"; there are cmd, env, seed and action'
	bad '{"cmd":"reset","seed":-1}' 'a whole number from 0 up'
	bad '{"cmd":"reset","seed":[1,2]}' '2 numbers for 1 copies'
	echo '{"cmd":"step","action":[1]}' >in
	run -3 --separate-stderr stdin_is in market
	[[ $stderr == *"has no episode"* ]]
}

@test "an ended copy must be reset, the others go on" {
	stock
	printf '%s\n' '{"cmd":"reset"}' '{"cmd":"step","action":[1],"env":[1]}' \
	    '{"cmd":"step","action":[1],"env":[1]}' '{"cmd":"step","action":[1],"env":[0]}' \
	    '{"cmd":"reset","env":[1]}' '{"cmd":"step","action":[1,1]}' '{"cmd":"close"}' 'not read' |
	    market steps=2 -n 2 >out
	[ "$(jq -c .truncated out | tr '\n' ' ')" = 'null [false] [true] [false] null [true,false] ' ]
}

@test "environments and parameters that are wrong" {
	run -2 --separate-stderr stdin_is /dev/null rl-env
	[[ $stderr == *"which environment?"* ]]
	run -2 --separate-stderr stdin_is /dev/null rl-env nowhere
	[[ $stderr == *"'nowhere' is not known; there are "*market* ]]
	run -2 --separate-stderr stdin_is /dev/null rl-env market data
	[[ $stderr == *"'data' is not KEY=VALUE"* ]]
	run -2 --separate-stderr stdin_is /dev/null rl-env market nokey=1
	[[ $stderr == *"no parameter 'nokey'"*slippage=none* ]]
	run -2 --separate-stderr stdin_is /dev/null rl-env --records x cartpole
	[[ $stderr == *"only the market"* ]]
	run -2 --separate-stderr pipe-run 'rl-env cartpole'
	[[ $stderr == *"program of its own"* ]]
}

@test "python: the wrapper and the adapter, with and without numpy" {
	command -v python3 >/dev/null || skip "no python3"
	export PYTHONDONTWRITEBYTECODE=1
	[ "$(python3 "$ROOT/examples/python/test_env.py" "$EURUSD")" = ok ]
	# an interpreter that finds no installed package
	[ "$(cd "$ROOT/examples/python" && python3 -S test_env.py "$EURUSD")" = ok ]
}

@test "no input, bad option, full disk, a reader that leaves, the man page" {
	stock
	check_empty cartpole
	check_bad_option cartpole
	echo '{"cmd":"spec"}' >in
	check_dev_full in cartpole
	for _ in $(seq 2000); do echo '{"cmd":"reset"}'; done >in
	check_reader_leaves in cartpole
	check_man_options
}

@test "a symbol with half-built bars only is none of the market's" {
	for i in 1 2 3 4 5 6; do
		for s in A B; do
			printf '{"type":"bar","ts":"2024-01-0%sT00:00:00Z","sym":"%s","ts_end":"2024-01-0%sT00:00:00Z","open":1%s,"high":19,"low":9,"close":1%s,"volume":1%s}\n' \
			    $i $s $((i + 1)) $i $i "$([ $s = A ] || echo ',"partial":true')"
		done
	done >half
	grep -v partial half >whole
	printf '%s\n' '{"cmd":"spec"}' '{"cmd":"reset","seed":1}' '{"cmd":"step","action":[2]}' \
	    '{"cmd":"step","action":[2]}' >in
	for each in false true; do
		for f in half whole; do
			rl-env market data=$f weight=0.5 each=$each <in | jq -c 'del(.data_hash)' >$f.out
		done
		same whole.out half.out
	done
}
