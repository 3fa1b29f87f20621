load helper

# Search of settings: what is tried, written down, and gone on with. That TPE finds more than chance
# is shown in test/unit/rl_tune.c.

SPACE='lr=1e-4..1e-1:log,hidden=8|16+16,epochs=2..10,norm-obs=true|false'

search()
{
	rl-train --env almgren-chriss --steps 1024 --n-steps 32 --envs 8 --valid-episodes 20 --search tpe \
	    --trials 14 --space "$SPACE" "$@"
}

@test "every trial is told and entered, the best is the best, and it is learned with" {
	search --trials-ledger l --best best.conf -o m.onnx >out
	[ "$(wc -l <out)" = 16 ]
	head -14 out >told
	same told l
	jq -es 'map(.trial) == [range(1; 15)] and (map(.search) | unique | length) == 1 and
	    all(.type == "trial" and .steps == 1024 and (.settings | keys | length) == 4)' l
	# all settings differ, and are within the space
	jq -es '(map(.settings) | unique | length) == 14 and (map(.settings.lr | tonumber) | min >= 1e-4 and max <= 0.1) and
	    (map(.settings.hidden) | unique - ["8", "16,16"] == []) and
	    (map(.settings.epochs | tonumber) | all(. == floor and . >= 2 and . <= 10))' l
	best=$(jq -s 'map(.objective) | max' l)
	sed -n 15p out | jq -e --argjson b "$best" '.type == "search" and .best_objective == $b and .steps == 14336 and .trials == 14'
	sed -n 15p out | jq -r .config | head -4 >config
	same best.conf config
	rl-train --config best.conf --env almgren-chriss --print-config >c
	lr=$(jq -rs --argjson b "$best" 'map(select(.objective == $b))[0].settings.lr' l) # the first of equals
	grep -qx "lr = $lr" c
	# the model is that of a training with these settings
	rl-train --config best.conf --env almgren-chriss --steps 1024 --n-steps 32 --envs 8 -o n.onnx >plain
	jq -es '.[0].eval_mean == .[1].eval_mean' <(tail -1 out) plain
}

@test "a search that was killed and resumed writes the same ledger" {
	search --trials-ledger whole >out
	for i in 1 2 3 4 5 6 7 8 9 10; do
		timeout -s KILL "0.0$((RANDOM % 9 + 1))" bash -c "$(declare -f search); SPACE='$SPACE'
		    search --trials-ledger l" >/dev/null || :
		[ ! -e l ] || head -c "$(wc -c <l)" whole | cmp - l
	done
	search --trials-ledger l --threads 2 >again
	same whole l
	same out again
	# torn by a crash: the line is made anew, also where what is left is longer than it
	head -c -20 whole >l
	search --trials-ledger l >again
	same whole l
	{ head -13 whole; printf '{"type":"trial",'; head -c 3000 /dev/zero | tr '\0' x; } >l
	search --trials-ledger l >again
	same whole l
	# more of them go on, and do not change what was
	search --trials 16 --trials-ledger l >longer
	head -14 l | cmp - whole
	[ "$(wc -l <l)" = 16 ]
}

@test "searches at the same time share a ledger, and a full disk leaves whole lines" {
	few()
	{
		search --search random --n-steps 8 --steps 64 --valid-episodes 1 "$@"
	}
	for s in 1 2 3 4; do
		few --seed $s --trials 25 --trials-ledger l >out.$s 3>&- &
	done
	wait
	jq -es 'length == 100 and (map(.trial) | sort) == [range(1; 101)]' l
	few --seed 5 --trials 25 --trials-ledger whole >out
	(
		trap '' XFSZ
		ulimit -f 2
		run -4 --separate-stderr few --seed 5 --trials 25 --trials-ledger part
		[[ $stderr == *part* ]]
	)
	head -n "$(wc -l <part)" whole >lines
	[ -s lines ]
	same lines part
}

@test "halving spends what it says, and goes on with the better ones" {
	halving()
	{
		rl-train --env almgren-chriss --steps 6912 --n-steps 32 --envs 8 --valid-episodes 20 \
		    --search halving --trials 9 --eta 3 --space 'lr=1e-4..1e-1:log,gamma=0.9..1' "$@"
	}
	halving --trials-ledger l >out
	# 9 for 768 steps, 3 to 2304, 1 to 6912
	jq -es 'map(select(.rung == 0 and .steps == 768)) | length == 9' l
	jq -es 'map(select(.rung == 1 and .steps == 2304)) | length == 3' l
	jq -es 'map(select(.rung == 2 and .steps == 6912)) | length == 1' l
	tail -1 out | jq -e '.steps == 9 * 768 + 3 * (2304 - 768) + 6912 - 2304 and .trials == 9'
	jq -es '(map(select(.rung == 0)) | sort_by(-.objective) | .[:3] | map(.trial) | sort) ==
	    (map(select(.rung == 1)) | map(.trial) | sort)' l
	[ "$(tail -1 l | jq .try)" = "$(tail -1 out | jq .best_try)" ]
	# cut anywhere, it comes to the same: what goes on is learned again from the beginning
	for n in 4 9 11; do
		head -n "$n" l >part
		halving --trials-ledger part >again
		same l part
		same out again
	done
}

@test "a parameter of the environment can be searched, and a random search is by the seed alone" {
	r()
	{
		rl-train --env ou --steps 512 --search random --trials 3 --space 'env.cost=0.1..0.2,n-steps=16|32' "$@"
	}
	r --seed 5 >a
	r --seed 5 --threads 2 >b
	same a b
	jq -es '.[:3] | all((.env | startswith("ou,cost=0.1")) and .method == "random")' a
	r --seed 6 >b
	run ! cmp -s a b
	[[ $(tail -1 a | jq -r .config) == *'env = "ou,cost=0.1'* ]]
}

@test "a search before a walk-forward sees no test span" {
	m()
	{
		awk -v S="$1" -v N=600 -f "$DATA/rl-train/market.awk"
	}
	w()
	{
		rl-train --pipeline 'feat-calc -e "v = volume / 1500 - 1"' --data market.csv \
		    --env market,action=position --steps 512 --n-steps 32 --envs 8 --hidden 8 --search random --trials 3 \
		    --objective sharpe --space 'lr=1e-3..1e-1:log' --walk-forward rolling --train-span 300d \
		    --test-span 120d --folds 1 --trials-ledger "$1"
	}
	m 1 >market.csv
	w a >out
	jq -es 'map(.method) == ["random", "random", "random", "walk-forward"] and (.[:3] | all(.sharpe == .objective))' a
	tail -1 out | jq -e '.type == "walk-forward" and .trials == 4 and .trials_stdev > 0 and .deflated_sharpe > 0'
	{ head -n 302 market.csv; m 2 | tail -n +303; } >x
	mv x market.csv
	w b >out
	same <(head -3 a) <(head -3 b)
	run ! cmp -s a b
	# the search goes on where it was, the walk is another one
	cp a both
	w both >out
	same <(head -4 both) a
	[ "$(wc -l <both)" = 5 ]
	# other data under the same name are searched anew
	m 3 >market.csv
	w both >out
	[ "$(wc -l <both)" = 9 ]
	[ "$(jq -r 'select(.method == "random") | .search' both | sort -u | wc -l)" = 2 ]
}

@test "a ledger can say when" {
	search --trials 1 --trials-ledger l --trials-time >/dev/null
	jq -e '.ts | startswith("20")' l
}

@test "what is wrong is told" {
	run -2 --separate-stderr search --space ''
	run -2 --separate-stderr rl-train --env ou --search tpe
	[[ $stderr == *"--space"* ]]
	run -2 --separate-stderr search --space 'rate=1..2'
	[[ $stderr == *"'rate' is no setting"* ]]
	run -2 --separate-stderr search --space 'out=a|b'
	[[ $stderr == *"'out' is no setting"* ]]
	run -2 --separate-stderr search --space 'env.x=1..2'
	[[ $stderr == *"no parameter 'x'"* ]]
	run -2 --separate-stderr search --space 'lr=2..1'
	run -2 --separate-stderr search --space 'hidden=8|x'
	[[ $stderr == *"try "*"--hidden"* ]]
	run -2 --separate-stderr search --objective sharpe
	[[ $stderr == *"market"* ]]
	run -2 --separate-stderr search --search halving --space 'steps=1..2'
	run -2 --separate-stderr rl-train --env ou --space 'lr=1..2'
	run -2 --separate-stderr rl-train --env ou --trials-ledger l
	run -2 --separate-stderr search --walk-forward rolling
	[[ $stderr == *"--trials-ledger"* ]]
	run -4 --separate-stderr search --trials-ledger /dev/full
	run -4 --separate-stderr search --trials-ledger no/such/l
	run -4 --separate-stderr search --trials 1 --best no/such/b
	echo 'x' >l
	run -3 --separate-stderr search --trials-ledger l
	[[ $stderr == *"line 1"* ]]
}

@test "a ledger without its last newline loses no trial, and another file is no ledger" {
	try()
	{
		rl-train -q --env ou --steps 200 --valid-episodes 2 --search random --space lr=1e-4..1e-2:log "$@"
	}
	try --trials 2 --trials-ledger whole >/dev/null
	head -c -1 whole >l
	try --trials 3 --trials-ledger l >/dev/null
	[ "$(jq -c .trial l | xargs)" = '1 2 3' ]
	head -2 l | cmp - whole
	for text in 'my notes' '{"format":"x"}' '{"type":"bar"'; do
		printf '%s' "$text" >mine
		run -3 --separate-stderr try --trials 1 --trials-ledger mine
		[[ $stderr == *"mine: line 1 is no line of a ledger"* ]]
		[ "$(cat mine)" = "$text" ]
	done
	sed 's/"trial":2/"trial":9223372036854775807/' whole >l
	run -3 --separate-stderr try --trials 3 --trials-ledger l
	[[ $stderr == *"l: line 2 is no line of a ledger"* ]]
	gzip -c whole >l.gz
	cp l.gz was.gz
	run -4 --separate-stderr try --trials 3 --trials-ledger l.gz
	cmp l.gz was.gz
}
