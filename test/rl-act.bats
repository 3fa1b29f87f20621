load helper

# date, symbol and value of each target
values()
{
	jq -r 'select(.type == "target") |
		[.ts[0:10], .sym, ((.weight // .position) | tostring)] | join(" ")'
}

sample()
{
	ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" --symbols AAPL,MSFT,XOM \
	    --from 2013-02-01 --to 2013-06-30
}

@test "what it writes for a small file" {
	sample >in
	rl-act --policy rule:sma-cross,fast=5,slow=20,size=100 <in >out
	grep '"type":"target"' out >targets
	same targets "$DATA/rl-act/sma_small.ndjson"
	grep -v '"type":"target"' out >rest
	same in rest
}

@test "csv gives the targets" {
	sample | rl-act -p rule:buy-hold,weight=0.25 -s mine -O csv >out
	[ "$(head -1 out)" = ts,sym,strategy,position,weight,policy,reason ]
	[ "$(sed -n 2p out)" = 2013-02-09T00:00:00.000000000Z,AAPL,mine,,0.25,rule:buy-hold,hold ]
	[ "$(wc -l <out)" = 4 ]
}

@test "momentum on 65 stocks wants what a second program wants" {
	ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" | rl-act -p rule:momentum | values >out
	same out "$DATA/rl-act/momentum_sp500.txt"
}

@test "breakout and mean-revert want what a second program wants" {
	ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" --symbols AAPL >in
	rl-act -p rule:breakout,short=1 <in | values >out
	same out "$DATA/rl-act/breakout_aapl.txt"
	rl-act -p rule:mean-revert,short=1,exit=0.5 <in | values >out
	same out "$DATA/rl-act/mean-revert_aapl.txt"
}

@test "a wrong policy or key is a usage error that lists the right ones" {
	run -2 --separate-stderr stdin_is /dev/null rl-act
	[[ $stderr == "rl-act: "*--policy* ]]
	run -2 --separate-stderr stdin_is /dev/null rl-act -p rule:sma
	[[ $stderr == *"'rule:sma' is not known"*rule:buy-hold*rule:sma-cross*rule:breakout* ]]
	run -2 --separate-stderr stdin_is /dev/null rl-act -p sma-cross
	[[ $stderr == *"is not known"* ]]
	run -2 --separate-stderr stdin_is /dev/null rl-act -p rule:sma-cross,fsat=3
	[[ $stderr == *"no parameter 'fsat'"*fast=20,\ slow=50* ]]
	run -2 --separate-stderr stdin_is /dev/null rl-act -p rule:sma-cross,fast
	[[ $stderr == *"fast needs a value"* ]]
	run -2 --separate-stderr stdin_is /dev/null rl-act -p rule:sma-cross,fast=3,fast=4
	[[ $stderr == *"given twice"* ]]
	run -2 --separate-stderr stdin_is /dev/null rl-act -p rule:sma-cross,fast=2.5
	[[ $stderr == *"rule:sma-cross: fast: '2.5' is not a whole number"* ]]
	run -2 --separate-stderr stdin_is /dev/null rl-act -p rule:sma-cross,size=1,weight=1
	[[ $stderr == *"size or weight, not both"* ]]
}

@test "each rule and each of its keys stands in the man page" {
	mandoc -T ascii -O width=1000 "$ROOT/man/rl-act.1" | sed 's/.\x08//g' >page
	for rule in buy-hold sma-cross momentum mean-revert breakout signal; do
		grep -q "rule:$rule" page
		run -2 --separate-stderr stdin_is /dev/null rl-act -p "rule:$rule,?"
		grep -oE '[a-z]+=' <<<"${stderr#*defaults}" >keys
		while read -r key; do
			grep -qw -- "${key%=}" page || { echo "$rule: $key"; return 1; }
		done <keys
	done
}

@test "bars without a watermark are told about" {
	sample | grep -v watermark >in
	run -0 --separate-stderr stdin_is in rl-act -p rule:buy-hold
	[[ $stderr == *"no watermark"* ]]
}

# Signals by hand: hour, direction, strength and more keys.
said()
{
	printf '{"type":"signal","ts":"2024-01-01T%s:00:00Z","sym":"A","source":"mix:v","direction":%s,"strength":%s%s}\n' \
	    "$1" "$2" "$3" "${4:+,$4}"
}

clock()
{
	printf '{"type":"watermark","ts":"2024-01-01T%s:00:00Z"}\n' "$@"
}

# hour and position of each target
follows()
{
	rl-act -p "rule:signal,size=10$1" | jq -r 'select(.type == "target") | "\(.ts[11:13]):\(.position)"' | paste -sd' '
}

@test "rule:signal holds what the signals say, without bars" {
	(said 01 1 0.15; clock 01; said 02 1 0.2; clock 02; said 03 1 0.12; clock 03; said 04 1 0.05
		clock 04; said 05 -1 1; clock 05) >in
	[ "$(follows '' <in)" = '02:10 04:0' ]
	[ "$(follows ,short=1 <in)" = '02:10 04:0 05:-10' ]
	[ "$(follows ,exit=0.2 <in)" = '02:10 03:0' ]
	[ "$(follows ,short=1,scale=1,threshold=0.1 <in)" = '01:1 02:2 03:1 04:0 05:-10' ]
	[ "$(follows ,source=rl:* <in)" = '' ]
	[ "$(follows ,source=mix:*,threshold=0.2 <in)" = "$(follows '' <in)" ]
	(said 01 1 1 '"shadow":true'; said 01 1 1 '"lookahead":true'; clock 01) >in
	[ "$(follows '' <in)" = '' ]
}

@test "rule:signal leaves on expiry, and keeps for a while" {
	(said 01 1 1 '"expires":"2024-01-01T03:00:00Z"'; clock 01 02 03 04) >in
	[ "$(follows '' <in)" = '01:10 03:0' ]
	(said 01 1 1; clock 01 02 03 04) >in
	[ "$(follows '' <in)" = 01:10 ]
	[ "$(follows ,ttl=2h <in)" = '01:10 03:0' ]
	(said 01 1 1; clock 01; said 02 0 0; clock 02
		for h in 02 03 04; do
			printf '{"type":"bar","ts":"2024-01-01T%s:00:00Z","sym":"A","open":1,"high":1,"low":1,"close":1}\n' $h
			clock $((10#$h + 1)) | sed 's/T\(.\):/T0\1:/'
		done) >in
	[ "$(follows ,hold=2 <in)" = '01:10 04:0' ]
	run -2 --separate-stderr stdin_is in rl-act -p rule:signal,exit=0.5
	[[ $stderr == *"exit must be at least 0 and not above threshold"* ]]
}

@test "rule:signal that hears nothing says so" {
	sample >in
	run -0 --separate-stderr stdin_is in rl-act -p rule:signal
	[[ $stderr == "rl-act: warning: no signal came that rule:signal follows"*signal-mix* ]]
}

@test "ticks without bars are told about" {
	for r in '"trade","price":10,"size":1' '"quote","bid":9,"ask":10'; do
		printf '{"type":%s,"ts":"2024-01-02T00:00:00Z","sym":"A"}\n' "$r" >in
		run -0 --separate-stderr stdin_is in rl-act -p rule:buy-hold
		[ "$output" = "$(cat in)" ]
		[[ $stderr == "rl-act: warning: 1 trades and quotes came but no bars"*bar-agg ]]
	done
	sample >>in
	run -0 --separate-stderr stdin_is in rl-act -p rule:buy-hold
	[ -z "$stderr" ]
}

@test "a history too short to decide on is told about" {
	sample >in
	n=$(grep -c '"sym":"AAPL"' in)
	for r in "sma-cross,slow=%d" "momentum,skip=1,lookback=%d" "mean-revert,window=%d" "breakout,entry=%d"; do
		less=$n
		[[ $r != momentum* && $r != breakout* ]] || less=$((n - 1))
		# shellcheck disable=SC2059 # a format of ours
		run -0 --separate-stderr stdin_is in rl-act -p "rule:$(printf "$r" "$less")"
		[ -z "$stderr" ] || explain "$r: enough"
		# shellcheck disable=SC2059
		run -0 --separate-stderr stdin_is in rl-act -p "rule:$(printf "$r" $((less + 1)))"
		[[ $stderr == "rl-act: warning: rule:${r%%,*} needs $((n + 1)) bars of a symbol to decide; there were $n at most"* ]] ||
			explain "$r: too few"
		[[ $output != *'"type":"target"'* ]]
	done
}

@test "empty input" {
	check_empty -p rule:momentum
}

@test "bad option, bad line" {
	check_bad_option -p rule:momentum
	check_bad_line -p rule:momentum
}

@test "full disk, reader that leaves" {
	sample >in
	check_dev_full in -p rule:buy-hold
	check_reader_leaves in -p rule:buy-hold
}

@test "unknown records pass byte for byte" {
	check_unknown_passes -p rule:buy-hold
}

@test "the options of -h stand in the man page" {
	check_man_options
}

@test "one process gives the same bytes" {
	ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" --to 2014-08-01 >in
	check_pipe_run_same '-p rule:momentum,lookback=60,every=5' in
	check_pipe_run_same '-p rule:breakout,short=1,weight=0.01' in
}

@test "chunks do not matter, and nothing looks ahead" {
	sample >in
	for p in sma-cross,fast=3,slow=9 mean-revert,short=1 breakout momentum,lookback=20,skip=2,top=2,every=3; do
		check_chunks in -p "rule:$p"
		check_prefix in -p "rule:$p"
	done
}

# ---- learned policies: those of testdata/rl-act/make.sh ----
stocks()
{
	ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" --symbols "$1" "${@:3}" | feat-calc --only "$2"
}

# the last equity of what trades behind a stream of targets
equity()
{
	echo '{}' >limits.json
	risk-gate -q -l limits.json | ibkr-exec --paper |
		jq -r 'select(.type == "portfolio") | .equity' | tail -1
}

# the equity that the evaluation of rl-train ended with: its reward is the log return
trained()
{
	rl-act -m "$DATA/rl-act/$1.onnx" --card |
		jq -r '.run.eval_mean | tonumber | exp * 100000'
}

# Two amounts are the same to the cent. Where weights are numbers, they are so here; another
# processor's last bit may buy one share more or less, so there it is the nearest 100.
same_cent()
{
	jq -ne "($1) - ($2) | fabs < ${3:-0.005}" >same-cent || { echo "$1, trained $2"; return 1; }
}

@test "a policy trades to the cent as rl-train evaluated it: position, memory, three stocks" {
	for p in "aapl AAPL ret_5,rsi_14" "gru AAPL ret_5,rsi_14" "three AAPL,MSFT,XOM ret_5"; do
		read -r name syms features <<<"$p"
		stocks "$syms" "$features" | rl-act -m "$DATA/rl-act/$name.onnx" >out
		[ "$name" = three ] && off=100 || off=
		same_cent "$(equity <out)" "$(trained "$name")" "$off"
		[ "$(grep -c '"type":"target"' out)" -gt 10 ]
	done
}

@test "in a loop the same targets and the same equity come out" {
	echo '{}' >limits.json
	stocks AAPL,MSFT,XOM ret_5 --to 2014-02-08 >in
	rl-act -m "$DATA/rl-act/three.onnx" <in >straight
	pipe-run "loopback --lockstep back | rl-act -m $DATA/rl-act/three.onnx |
		risk-gate -l limits.json | ibkr-exec --paper --feedback back" <in >looped
	grep '"type":"portfolio"' looped | tail -1 | jq -r .equity >a
	equity <straight >b
	same a b
}

@test "a policy for each symbol: one alone with all equity as trained, three with a share each" {
	p="$DATA/rl-act/each.onnx"
	stocks AAPL ret_5,rsi_14 >in
	rl-act -m "$p" --share 1 <in | values | cut -d' ' -f3 | sort -u >out
	printf '%s\n' -0.5 -1 0 0.5 1 | sort >want
	same want out
	stocks AAPL,MSFT,XOM ret_5,rsi_14 --to 2014-02-08 >in
	rl-act -m "$p" <in | values | awk '{ w = $3 < 0 ? -$3 : $3; if (w > m) m = w } END { print (m > .33333 && m < .33334) }' >out
	[ "$(cat out)" = 1 ]
	rl-act -m "$p" --symbols XOM <in | values | cut -d' ' -f2 | sort -u >out
	[ "$(cat out)" = XOM ]
	# shares that are more than there is are told once
	run -0 --separate-stderr stdin_is in rl-act -m "$p"
	[ -z "$stderr" ]
	run -0 --separate-stderr stdin_is in rl-act -m "$p" --share 0.5
	[ "$stderr" = "rl-act: warning: 3 symbols with a share of 0.5 each may want 1.5 times the equity together; see --share and --symbols" ]
}

@test "a model that is none, or of another environment, is refused by name" {
	run -4 --separate-stderr stdin_is /dev/null rl-act -m none.onnx
	[[ $stderr == "rl-act: "*none.onnx* ]]
	rl-train -e ou -a ppo --steps 1000 --eval-episodes 1 -o ou.onnx >/dev/null
	run -3 --separate-stderr stdin_is /dev/null rl-act -m ou.onnx
	[[ $stderr == "rl-act: ou.onnx: this policy was trained in ou"* ]]
	echo no >no.onnx
	run -3 --separate-stderr stdin_is /dev/null rl-act -m no.onnx
	run -3 --separate-stderr stdin_is /dev/null rl-act -m "$DATA/rl-act/aapl.onnx" -m "$DATA/rl-act/each.onnx"
	[[ $stderr == *"aapl and each do not see and do the same"* ]]
	run -2 --separate-stderr stdin_is /dev/null rl-act -m "$DATA/rl-act/three.onnx" --sample
	run -2 --separate-stderr stdin_is /dev/null rl-act -m no.onnx -p rule:buy-hold
	run -2 --separate-stderr stdin_is /dev/null rl-act -m no.onnx --fallback rul
	[[ $stderr == *"there are flat, hold and rule:NAME"* ]]
}

@test "a column that does not come ends it, or lets the fallback decide" {
	stocks AAPL ret_5 --to 2013-06-30 >in
	run -3 --separate-stderr stdin_is in rl-act -m "$DATA/rl-act/aapl.onnx" --patience 50
	[[ $stderr == *"after 51 instants there is no rsi_14"*"feat-calc --only ret_5,rsi_14"* ]]
	run -0 --separate-stderr stdin_is in rl-act -m "$DATA/rl-act/aapl.onnx"
	[[ $stderr == *"its column rsi_14 never came"* ]]
	rl-act -m "$DATA/rl-act/aapl.onnx" --patience 50 --fallback rule:buy-hold,size=7 <in >out
	grep '"rule":"policy_missing"' out >alert
	[ "$(wc -l <alert)" = 1 ]
	[ "$(jq -r 'select(.type == "target") | "\(.position) \(.policy) \(.fallback)"' out)" = "7 buy-hold true" ]
}

@test "without its model, the rule decides and an alert says so" {
	sample >in
	rl-act -m none.onnx -s x --fallback rule:sma-cross,fast=5,slow=20,size=100 <in >out
	rl-act -p rule:sma-cross,fast=5,slow=20,size=100 <in | values >want
	values <out >have
	same want have
	[ "$(grep -c '"rule":"policy_unloaded"' out)" = 1 ]
	rl-act -m none.onnx -s x --fallback flat <in >out
	[ "$(grep -vc '"rule":"policy_unloaded"' out)" = "$(wc -l <in)" ]
}

# train ENV PIPELINE [ACT-OPTIONS...]: a policy of few steps, its evaluation, and what trading it
# through the tools ends with
trains_as_it_trades()
{
	local env=$1 pipeline=$2 eval
	shift 2
	rl-train -a ppo --seed 3 --steps 4000 --hidden 8 --norm-obs --eval-episodes 1 -o p.onnx \
	    --env "market,$env" --pipeline "$pipeline" >line
	eval=$(jq -r '.eval_mean | exp * 100000' line)
	pipe-run -q "$pipeline" >in
	rl-act -m p.onnx "$@" <in >out
	echo '{}' >none.json
	[[ $* == *-l* ]] || set -- -l none.json "$@"
	risk-gate -q "$@" <out >orders
	while [[ $1 != -l ]]; do shift; done
	ibkr-exec --paper "${@:3}" <orders | jq -r 'select(.type == "portfolio") | .equity' | tail -1 >end
	[[ $env == *weight[,s]* ]] && off=100 || off=
	same_cent "$(cat end)" "$eval" "$off"
	[ "$(grep -c '"type":"order"' orders)" -gt 0 ]
}

@test "training and trading agree with costs, limits, orders, signals and one symbol each" {
	replay="ibkr-feed --replay $DATA/daily/sp500_5y.csv.gz --to 2014-08-01 --symbols"
	echo '{"max_position_equity_pct":40,"max_drawdown_pct":8,"drawdown_action":"reduce"}' >tight.json
	trains_as_it_trades action=levels,window=4,slippage=bps:5,commission=rate:0.001 \
	    "$replay AAPL | feat-calc --only ret_5,rsi_14" --slippage bps:5 --commission rate:0.001
	trains_as_it_trades each=true,action=weight,deadband=0.05,limits=tight.json \
	    "$replay MSFT | feat-calc --only rsi_14" -l tight.json
	trains_as_it_trades action=simple "$replay KO | feat-calc --only rsi_14"
	# sessions: a watermark at each opening, which is no instant
	trains_as_it_trades action=position,weight=0.9,slippage=bps:2 \
	    "$replay KO | bar-agg -i 1d --session XNYS | feat-calc --only rsi_14" --slippage bps:2
	trains_as_it_trades action=position,weight=0.9 \
	    "$replay XOM | pattern-scan --candles | signal-mix --keep"
	rl-act -m p.onnx --card | jq -e '[.columns[].name] | any(startswith("signal.mix:"))'
	trains_as_it_trades action=weights,limits=tight.json,slippage=bps:2 \
	    "$replay AAPL,KO,XOM | feat-calc --only ret_5" -l tight.json --slippage bps:2
}

@test "sampled by a seed, together, and A/B" {
	m=$DATA/rl-act/aapl.onnx
	stocks AAPL ret_5,rsi_14 --to 2014-02-08 >in
	for s in 1 1 2; do
		rl-act -m "$m" --sample --seed $s <in | values | md5sum
	done | uniq -c | awk '{ print $1 }' | xargs >counts
	[ "$(cat counts)" = "2 1" ]
	rl-act -m "$m" <in | values >alone
	rl-act -m "$m" -m "$m" <in | values >both
	same alone both
	rl-act -m "$m" -m "$DATA/rl-act/gru.onnx" <in >mixed
	[ "$(jq -r 'select(.type == "target") | .policy | test("^rl:aapl#.*[+]rl:gru#")' mixed | sort -u)" = true ]
	for s in 1 2 3 4 5 6; do
		rl-act -m "$m" -m "$DATA/rl-act/gru.onnx" --ab $s <in | jq -r 'select(.type == "target") | .policy'
	done | cut -d'#' -f1 | sort -u >names
	[ "$(xargs <names)" = "rl:aapl rl:gru" ]
	stocks AAPL,MSFT,XOM ret_5,rsi_14 --to 2013-08-08 >in
	rl-act -m "$DATA/rl-act/each.onnx" -m "$DATA/rl-act/each.onnx" --ab 7 <in | values >ab
	rl-act -m "$DATA/rl-act/each.onnx" <in | values >alone
	same alone ab
}

@test "explained, as signals, with a shadow, and a status" {
	m=$DATA/rl-act/aapl.onnx
	stocks AAPL ret_5,rsi_14 --to 2014-02-08 >in
	rl-act -m "$m" <in | values >plain
	rl-act -m "$m" --explain --signal --shadow "$DATA/rl-act/gru.onnx" --status-every 60d <in >out
	values <out >have
	same plain have
	jq -c 'select(.type == "target") | .explain.top' out >top
	[ "$(wc -l <top)" = "$(wc -l <plain)" ]
	jq -e 'length > 1 and length <= 5 and (map(.effect | fabs) | . == (sort | reverse)) and
		(map(.feature) | all(IN("ret", "ret_5", "rsi_14", "position.AAPL", "cash", "unrealized",
		"drawdown", "risk_state", "episode_left", "day_left")))' top >/dev/null
	jq -r 'select(.type == "signal" and .source == "rl:aapl") | "\(.ts[0:10]) \(.direction * .strength * 0.5)"' out |
		awk '$2 != last { print; last = $2 }' | grep -v "^$(head -1 plain | cut -d' ' -f1) -*0$" >views
	cut -d' ' -f1,3 plain >wants
	same wants views
	[ "$(jq -c 'select(.source == "shadow:rl:gru") | .shadow' out | sort -u)" = true ]
	[ "$(grep -c '"type":"status"' out)" -gt 3 ]
	tail -1 out | jq -e '.type == "status" and .records > 200 and .fallbacks == 0'
	rl-act -m "$m" --signal=only <in | values >none
	[ ! -s none ]
}

@test "explaining changes no decision of a policy that remembers, the first included" {
	stocks AAPL ret_5,rsi_14 --to 2014-02-08 >in
	for p in "-m $DATA/rl-act/gru.onnx" "-m $DATA/rl-act/gru.onnx -m $DATA/rl-act/aapl.onnx"; do
		# shellcheck disable=SC2086 # words of a command line
		rl-act $p --sample --seed 1 <in | values >plain
		# shellcheck disable=SC2086
		rl-act $p --sample --seed 1 --explain <in >out
		values <out >have
		same plain have
		jq -es 'map(select(.type == "target")) | length > 10 and all(.explain.top | length > 0)' out
	done
}

@test "watermarks that nothing new came before count for nothing" {
	stocks AAPL ret_5,rsi_14 --to 2014-02-08 >in
	awk '{ print } /"type":"watermark"/ { for (h = 1; h <= 9; h++) { w = $0
		sub(/T00:00/, "T0" h ":00", w); print w } }' in >often
	# the status of the end is of another time
	local not='"type":("watermark"|"status","ts":"2014-02-08)'
	for o in '--status-every 60d --psi-window 100' '--max-drawdown 0.05 --reactivate-after 20'; do
		# shellcheck disable=SC2086 # words of a command line
		rl-act -m "$DATA/rl-act/aapl.onnx" $o <in | grep -vE "$not" >want
		# shellcheck disable=SC2086
		rl-act -m "$DATA/rl-act/aapl.onnx" $o <often | grep -vE "$not" >have
		same want have
		grep -qE '"psi":|policy_back' want
	done
}

@test "it deactivates itself, says so, and comes back" {
	m=$DATA/rl-act/aapl.onnx
	stocks AAPL ret_5,rsi_14 --to 2014-02-08 >in
	rl-act -m "$m" --max-drawdown 0.05 <in >out
	[ "$(grep -c '"rule":"policy_degraded"' out)" = 1 ]
	grep '"rule":"policy_degraded"' out | jq -e '.value > 0.05 and .limit == 0.05 and (.text | endswith("flat decides"))'
	sed -n '/policy_degraded/,$p' out | values >after
	[ "$(wc -l <after)" = 1 ]
	[ "$(cut -d' ' -f3 after)" = 0 ]
	rl-act -m "$m" --max-drawdown 0.05 --reactivate-after 20 <in >out
	[ "$(grep -c '"rule":"policy_back"' out)" -ge 1 ]
	sed -n '/policy_back/,$p' out | values | grep -q ' 0.5$'
	rl-act -m "$m" --min-hit-rate 1 --hit-window 2 --fallback hold <in >out
	[ "$(grep -c '"rule":"policy_degraded"' out)" = 1 ]
	[ -z "$(sed -n '/policy_degraded/,$p' out | values)" ]
}

@test "drift, stale inputs and a deadline let the fallback decide" {
	m=$DATA/rl-act/aapl.onnx
	stocks AAPL ret_5,rsi_14 >in
	rl-act -m "$m" --max-psi 5 <in >out
	[ "$(grep -c '"type":"alert"' out)" = 0 ]
	jq -c 'if .type == "features" and .ts > "2015" and .ts < "2016" then .rsi_14 /= 100 else . end' in >odd
	rl-act -m "$m" --max-psi 5 <odd >out
	jq -r 'select(.type == "alert") | .rule + " " + .ts[0:4]' out | xargs >rules
	[ "$(cat rules)" = "policy_drift 2015 policy_back 2016" ]
	grep policy_drift out | grep -q 'rsi_14 is not what it learned from'
	# what was so in a history that nothing was traded on is nothing to be told of
	{
		echo '{"type":"status","ts":"2013-02-08T00:00:00Z","state":"history"}'
		grep '"ts":"201[3-6]' odd
		echo '{"type":"status","ts":"2017-01-01T00:00:00Z","state":"live"}'
		grep '"ts":"201[78]' odd
	} | rl-act -m "$m" --max-psi 5 >out
	[ "$(grep -c '"type":"alert"' out)" = 0 ]
	[ "$(grep -c '"type":"target"' out)" -gt 0 ]
	head -200 in >less
	printf '{"type":"watermark","ts":"2013-0%s-01T00:00:00Z"}\n' 7 8 9 >>less
	tail -n +201 in | jq -c 'select(.ts > "2013-10")' >>less
	rl-act -m "$m" --stale 10d <less | jq -r 'select(.type == "alert") | .rule' | xargs >rules
	[ "$(cat rules)" = "policy_stale policy_back" ]
	# bars go on, and a feature, or all of them, came no more
	jq -c 'if .type == "features" and .ts > "2015" and .ts < "2016" then del(.rsi_14) else . end' in >odd
	rl-act -m "$m" --stale 10d <odd | jq -r 'select(.type == "alert") | .rule + " " + .ts[0:7]' | xargs >rules
	[ "$(cat rules)" = "policy_stale 2015-01 policy_back 2016-01" ]
	rl-act -m "$m" --stale 10d <odd | grep policy_stale | grep -q 'no new rsi_14 came; flat decides'
	jq -c 'select(.type != "features" or .ts < "2015")' in >odd
	rl-act -m "$m" --stale 10d <odd >out
	[ "$(grep -c '"rule":"policy_stale"' out)" = 1 ]
	[ "$(sed -n '/policy_stale/,$p' out | grep '"type":"target"' | grep -vc '"fallback":true')" = 0 ]
	# a status that is due at the last watermark is told once
	rl-act -m "$m" --status-every 1ns <in | grep '"type":"status"' >status
	[ "$(jq -r .ts status | sort | uniq -d | wc -l)" = 0 ]
	# bars of something else alone
	stocks MSFT ret_5,rsi_14 --to 2013-06-08 >other
	run --separate-stderr stdin_is other rl-act -m "$m"
	[[ $stderr == *"bars came, but none of what it trades (AAPL)"* ]]
	rl-act -m "$m" --deadline 1ns <in | jq -r 'select(.type == "alert") | .rule' | sort -u >rules
	[ "$(cat rules)" = policy_late ] || [ "$(xargs <rules)" = "policy_back policy_late" ]
	rl-act -m "$m" --deadline 10s <in | grep -c '"type":"alert"' >n || :
	[ "$(cat n)" = 0 ]
}

@test "what is wanted while the feed tells of the past is said when it is live" {
	stocks AAPL ret_5,rsi_14 >all
	half=$(grep -n '"type":"watermark"' all | sed -n '600p' | cut -d: -f1)
	{
		echo '{"type":"status","ts":"2013-02-08T00:00:00Z","state":"history"}'
		head -n "$half" all
		echo '{"type":"status","ts":"2015-06-01T00:00:00Z","state":"live"}'
		tail -n +$((half + 1)) all
	} >in
	for p in "-m $DATA/rl-act/aapl.onnx" "-p rule:sma-cross,short=1" "-p rule:breakout"; do
		# shellcheck disable=SC2086 # words are wanted
		rl-act $p <in >out
		before=$(sed '/"state":"live"/q' out | grep -c '"type":"target"') || :
		[ "$before" = 0 ]
		sed '1,/"state":"live"/d' out >behind
		sed '/"type":"target"/q' behind >first
		grep -q '"type":"target"' first
		[ "$(grep -c '"type":"watermark"' first)" -le 60 ]
	done
	# a rule that was long before says so at the first watermark
	rl-act -p rule:buy-hold <in >out
	sed '1,/"state":"live"/d' out >behind
	sed '/"type":"target"/q' behind >first
	[ "$(grep -c '"type":"watermark"' first)" = 1 ]
}

@test "-m: what every tool shows" {
	m="-m $DATA/rl-act/aapl.onnx"
	stocks AAPL ret_5,rsi_14 --to 2013-12-08 >in
	# shellcheck disable=SC2086 # words of a command line
	{
		check_empty $m
		check_bad_option $m
		check_bad_line $m
		check_dev_full in $m
		check_reader_leaves in $m
		check_unknown_passes $m
		check_chunks in $m --explain
		check_prefix in $m --max-drawdown 0.02 --reactivate-after 5 --signal
		check_prefix in -m "$DATA/rl-act/gru.onnx" --sample --seed 4
	}
	check_pipe_run_same "$m --signal --status-every 30d" in
	stocks AAPL,MSFT,XOM ret_5,rsi_14 --to 2013-08-08 >in
	check_prefix in -m "$DATA/rl-act/each.onnx" --explain
	check_pipe_run_same "-m $DATA/rl-act/each.onnx" in
	check_pipe_run_same "-m $DATA/rl-act/three.onnx --patience 20 --fallback rule:buy-hold" in
}
