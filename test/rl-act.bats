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
	risk-gate -q -l limits.json "$@" | ibkr-exec --paper "$@" |
		jq -r 'select(.type == "portfolio") | .equity' | tail -1
}

# the equity that the evaluation of rl-train ended with: its reward is the log return
trained()
{
	rl-act -m "$DATA/rl-act/$1.onnx" --card |
		jq -r '.run.eval_mean | tonumber | exp * 100000 * 100 | round / 100'
}

cents()
{
	jq -n "$1 * 100 | round / 100"
}

@test "a policy trades to the cent as rl-train evaluated it: position, memory, three stocks" {
	for p in "aapl AAPL ret_5,rsi_14" "gru AAPL ret_5,rsi_14" "three AAPL,MSFT,XOM ret_5"; do
		read -r name syms features <<<"$p"
		stocks "$syms" "$features" | rl-act -m "$DATA/rl-act/$name.onnx" >out
		[ "$(cents "$(equity <out)")" = "$(trained "$name")" ] ||
			{ echo "$name: $(equity <out), trained $(trained "$name")"; return 1; }
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
