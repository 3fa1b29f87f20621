load helper

# Models that lie, records that know the future, numbers at their bounds: what rl-act does then.

stocks()
{
	ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" --symbols "$1" "${@:3}" | feat-calc --only "$2"
}

# aapl.onnx with one parameter of its card written otherwise, in as many bytes
card_says()
{
	LC_ALL=C sed "s/$1/$2/" "$DATA/rl-act/aapl.onnx" >lies.onnx
	[ "$(wc -c <lies.onnx)" = "$(wc -c <"$DATA/rl-act/aapl.onnx")" ]
	run ! cmp -s lies.onnx "$DATA/rl-act/aapl.onnx"
}

@test "a card that asks for what cannot be is no model: an error, or the fallback" {
	stocks AAPL ret_5,rsi_14 --to 2013-04-08 >in
	for lie in 's/"weight":"0.5"/-0.5' 's/"weight":"0.5"/9e99' 's/"window":"1"/0'; do
		from=${lie#s/}
		from=${from%/*}
		key=${from%:*}
		value=${lie##*/}
		old=${from##*:\"}
		printf -v value "%-$((${#old} - 1))s" "$value"
		card_says "$from" "$key:\"${value%% *}\"${value#"${value%% *}"}" || return 1
		run -3 --separate-stderr stdin_is in rl-act -m lies.onnx
		[[ $stderr == "rl-act: "* ]]
		rl-act -m lies.onnx --fallback rule:buy-hold,size=7 <in >out
		[ "$(jq -r 'select(.type == "alert") | .rule' out)" = policy_unloaded ]
		[ "$(jq -c 'select(.type == "target") | [.position, .fallback]' out)" = '[7,true]' ]
	done
}

@test "a target, a pattern, a regime or a bar that knows the future stops a learned policy" {
	stocks AAPL ret_5,rsi_14 --to 2013-04-08 >in
	for more in '"type":"target",%s,"strategy":"x","weight":1' '"type":"pattern",%s,"name":"x","direction":1' \
	    '"type":"regime",%s,"model":"x","state":1'; do
		# shellcheck disable=SC2059 # a format of ours
		more=$(printf "$more" '"ts":"2013-02-20T00:00:00Z","sym":"AAPL"')
		(head -20 in; echo "{$more,\"lookahead\":true}"; tail -n +21 in) >future
		run -3 --separate-stderr stdin_is future rl-act -m "$DATA/rl-act/aapl.onnx"
		[[ $stderr == "rl-act: "*"record says \"lookahead\":true"* ]]
		run -3 --separate-stderr stdin_is /dev/null rl-env market pipeline="ibkr-feed -q --replay future"
		[[ $stderr == "rl-env: "*"record says \"lookahead\":true"* ]]
	done
}

@test "spans without end are spans" {
	stocks AAPL ret_5,rsi_14 --to 2013-04-08 >in
	rl-act -m "$DATA/rl-act/aapl.onnx" --status-every 106751d --stale 106751d <in >out
	[ "$(grep -c '"type":"status"' out)" = 1 ]
	[ "$(grep -c '"type":"alert"' out)" = 0 ]
}
