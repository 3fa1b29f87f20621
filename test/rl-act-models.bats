# rl-act -m: what is asked of models, what an explanation is, by the network itself, and what is said
# behind a fallback.

load helper
TOOL=rl-act

# stocks FEATURES [OPTION...]
stocks()
{
	ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" --symbols "${SYMBOL:-AAPL}" "${@:2}" | feat-calc --only "$1"
}

# probability OBS...: of testdata's policy for going long, by its network
probability()
{
	jq -nc '{name: "obs", type: "float32", shape: [1, ($ARGS.positional | length)], data: $ARGS.positional}' \
	    --jsonargs "$@" | onnx-run "$DATA/rl-act/aapl.onnx" | jq -s "map(select(.name == \"action_probs\"))[0].data[$action]"
}

@test "the effect of a feature is what the network loses without it" {
	local action m=$DATA/rl-act/aapl.onnx
	stocks ret_5,rsi_14 | rl-act -m "$m" --explain >out
	grep -m 1 '"type":"target"' out >target
	action=$(onnx-run --info "$m" | sed -n 's/^metadata actions = //p' | tr ',' '\n' | grep -nx "$(jq -r .reason target)" | cut -d: -f1)
	action=$((action - 1))
	value()
	{
		jq "(.explain.top[] | select(.feature == \"$1\") | .value) // 0" target
	}
	average()
	{
		rl-act -m "$m" --card | jq ".columns[] | select(.name == \"$1\") | .mean"
	}
	# nothing is held yet
	local own=(0 1 0 0 0 1 0)
	probability "$(value ret)" "$(value ret_5)" "$(value rsi_14)" "${own[@]}" >all
	jq -e --argjson p "$(cat all)" '(.confidence - $p) | fabs < 1e-4' target
	probability "$(value ret)" "$(value ret_5)" "$(average rsi_14)" "${own[@]}" >less
	jq -e --argjson p "$(cat all)" --argjson q "$(cat less)" '.explain.top[] | select(.feature == "rsi_14") |
		(.effect - ($p - $q)) | fabs < 1e-4' target
	probability "$(average ret)" "$(value ret_5)" "$(value rsi_14)" "${own[@]}" >less
	jq -e --argjson p "$(cat all)" --argjson q "$(cat less)" '.explain.top[] | select(.feature == "ret") |
		(.effect - ($p - $q)) | fabs < 1e-4' target
	# of the day nothing is left: the other account's half is the average
	probability "$(value ret)" "$(value ret_5)" "$(value rsi_14)" 0 1 0 0 0 1 0.5 >less
	jq -e --argjson p "$(cat all)" --argjson q "$(cat less)" '.explain.top[] | select(.feature == "day_left") |
		(.effect - ($p - $q)) | fabs < 1e-4' target
}

@test "the effect is measured with the memory of before the decision" {
	local rsi m=$DATA/rl-act/gru.onnx
	stocks ret_5,rsi_14 | rl-act -m "$m" --explain >out
	# the first instant with all columns, decided on with nothing remembered
	sed '/"rsi_14"/q' out >before
	run ! grep -q '"type":"target"' before
	sed '1,/"rsi_14"/d' out >behind
	head -2 behind | grep '"type":"target"' >target
	for rsi in "$(jq '.explain.top[] | select(.feature == "rsi_14") | .value' target)" \
	    "$(rl-act -m "$m" --card | jq '.columns[] | select(.name == "rsi_14") | .mean')"; do
		jq -c --argjson rsi "$rsi" '[.explain.top[] | {key: .feature, value}] | from_entries |
			{name: "obs", type: "float32", shape: [1, 10], data: [.ret, .ret_5, $rsi, 0, 1, 0, 0, 0, 1, 0]},
			{name: "h_in", type: "float32", shape: [1, 8], data: [range(8) | 0]}' target |
			onnx-run "$m" | jq 'select(.name == "action_probs") | .data[2]'
	done | jq -s '.[0] - .[1]' >effect
	jq -e --argjson e "$(cat effect)" '.reason == "long" and
		(.explain.top[] | select(.feature == "rsi_14") | (.effect - $e) | fabs < 1e-5)' target
}

@test "models that do the same and see something else are not put together" {
	local f feed="ibkr-feed --replay $DATA/daily/sp500_5y.csv.gz --symbols KO --to 2013-08-01"
	for f in ret_5 ret_20; do
		rl-train -a ppo --steps 256 --n-steps 32 --envs 4 --hidden 8 --eval-episodes 1 -o $f.onnx \
		    --env market,action=position --pipeline "$feed | feat-calc --only $f" >/dev/null
	done
	run -3 --separate-stderr stdin_is /dev/null rl-act -m ret_5.onnx -m ret_20.onnx
	[[ $stderr == *"ret_5 and ret_20 do not see and do the same"* ]]
	run -3 --separate-stderr stdin_is /dev/null rl-act -m ret_5.onnx --shadow ret_20.onnx
	[[ $stderr == *"do not see and do the same"* ]]
	run -0 stdin_is /dev/null rl-act -m ret_5.onnx -m ret_5.onnx --shadow ret_5.onnx
}

@test "what was made from the future is refused" {
	stocks ret_5,rsi_14 >all
	head -60 all >in
	{
		cat in
		grep '"type":"features"' in | tail -1 | sed 's/}$/,"lookahead":true}/'
	} >features
	{
		cat in
		echo '{"type":"signal","ts":"2013-04-01T00:00:00Z","sym":"AAPL","source":"x","direction":1,"lookahead":true}'
	} >signal
	for f in features signal; do
		run -3 --separate-stderr stdin_is $f rl-act -m "$DATA/rl-act/aapl.onnx"
		[[ $stderr == *lookahead* ]]
	done
}

@test "the hit rate is of the last decisions alone" {
	stocks ret_5,rsi_14 | rl-act -m "$DATA/rl-act/aapl.onnx" --sample --seed 1 --hit-window 4 --status-every 20d |
		jq 'select(.type == "status") | .hit_rate // empty' | sort -u >rates
	[ "$(wc -l <rates)" -gt 2 ]
	jq -es 'all(IN(0, 1 / 3, 0.333333, 0.666667, 0.25, 0.5, 0.75, 1))' rates
}

@test "several models together are their mean, not their sum" {
	local m=$DATA/rl-act/aapl.onnx
	stocks ret_5,rsi_14 --to 2014-02-08 >in
	rl-act -m "$m" <in | jq 'select(.type == "target") | .confidence' >alone
	rl-act -m "$m" -m "$m" <in | jq 'select(.type == "target") | .confidence' >both
	same alone both
}

@test "behind a fallback the next wish is written at once, though it be that of before" {
	stocks ret_5,rsi_14 --to 2014-02-08 |
		rl-act -m "$DATA/rl-act/aapl.onnx" --max-drawdown 0.01 --reactivate-after 1 >out
	awk '/policy_back/ { n++; back = 1 } /"type":"target"/ { back = 0 } /"type":"watermark"/ && back { late++ }
		END { exit !n || late }' out
}

@test "what is no number for a network is not decided on" {
	local p
	stocks ret_5,rsi_14 --to 2014-02-08 >in
	# a number, but not among floats
	jq -c 'if .type == "features" and .ts > "2013-08" and .ts < "2013-09" then .rsi_14 = 1e300 else . end' in >odd
	for p in aapl gru; do
		rl-act -m "$DATA/rl-act/$p.onnx" <odd >out
		jq -r 'select(.type == "alert") | .rule + " " + .ts[0:7]' out | xargs >rules
		[ "$(cat rules)" = "policy_broken 2013-08 policy_back 2013-09" ]
		# flat, or flat already
		sed -n '/policy_broken/,/policy_back/p' out | jq 'select(.type == "target") | .weight // .position' >during
		[ "$(cat during)" = 0 ] || [ ! -s during ]
	done
}

@test "what is late stays so until ten in a row were in time" {
	stocks ret_5,rsi_14 --to 2014-02-08 >in
	# no decision takes a nanosecond
	rl-act -m "$DATA/rl-act/aapl.onnx" --deadline 1ns <in | jq -r 'select(.type == "alert") | .rule' >rules
	[ "$(cat rules)" = policy_late ]
}

@test "a policy that sends orders is made flat, too" {
	local feed="ibkr-feed --replay $DATA/daily/sp500_5y.csv.gz --symbols KO"
	rl-train -a ppo --steps 512 --hidden 8 --eval-episodes 1 -o p.onnx --env market,action=simple \
	    --pipeline "$feed | feat-calc --only rsi_14" >/dev/null
	SYMBOL=KO stocks rsi_14 | rl-act -m p.onnx --sample --max-drawdown 0.02 >out
	sed '/policy_degraded/q' out >before
	grep -q '"type":"order"' before
	run ! grep -q '"type":"target"' before
	[ "$(sed -n '/policy_degraded/,$p' out | jq 'select(.type == "target") | .position')" = 0 ]
	echo '{}' >limits.json
	risk-gate -q -l limits.json <out | ibkr-exec --paper |
		jq -r 'select(.type == "position") | .qty' | tail -1 >qty
	[ "$(cat qty)" = 0 ]
}
