load helper

# What the algorithms learn and that their bits repeat is tested in test/unit/rl_learn.c and
# rl_train.c; here, the program.

learn()
{
	rl-train --env almgren-chriss --steps 6000 --n-steps 32 "$@"
}

@test "standard options are in order" {
	check_bad_option --env ou
	check_man_options
}

@test "the last line says what was learned, and the model is written" {
	learn --seed 3 --out m.onnx >out
	[ "$(wc -l <out)" = 1 ]
	jq -e '.env == "almgren-chriss" and .algo == "ppo" and .steps == 6000 and .seed == 3 and
	    .eval_episodes == 400 and (.optimum + 5.48 | fabs) < 1e-9 and .eval_mean <= .optimum + 1e-9 and
	    (.regret - (.optimum - .eval_mean) | fabs) < 1e-9' out
	[ -s m.onnx ]
	[ ! -e m.onnx.part ]
	[ ! -e m.onnx.tmp ]
	grep -aq action_probs m.onnx
	grep -aq 'left,time' m.onnx
}

@test "same command, same bytes; another seed, others" {
	learn --seed 1 --out a.onnx >a
	learn --seed 1 --threads 3 --out a.onnx >b
	same a b
	learn --seed 2 --out b.onnx >b
	run ! cmp -s a b
}

@test "a run that was killed and resumed ends as one that was not" {
	learn --out whole.onnx --steps 24000 >whole
	for i in 1 2 3 4 5 6 7 8; do
		timeout -s KILL "0.0$((RANDOM % 8 + 1))" rl-train --env almgren-chriss --n-steps 32 \
		    --steps 24000 --checkpoint ck --checkpoint-every 1000 --resume -o part.onnx >/dev/null || :
	done
	learn --steps 24000 --checkpoint ck --checkpoint-every 1000 --resume --out whole.onnx >resumed
	same whole resumed
}

@test "killed at any time, the model is the old one or the new one" {
	learn --seed 1 --out m.onnx >/dev/null
	cp m.onnx old
	for i in $(seq 12); do
		timeout -s KILL "0.0$((RANDOM % 9 + 1))" rl-train --env almgren-chriss --n-steps 32 \
		    --steps 3000 --seed 1 --out m.onnx >/dev/null || :
		grep -aq action_probs m.onnx
		[ "$(wc -c <m.onnx)" -ge "$(($(wc -c <old) - 200))" ]
	done
}

@test "metrics are lines of NDJSON with a reward" {
	learn --metrics m.ndjson --metrics-every 1000 --eval-every 2000 >/dev/null
	jq -e . m.ndjson >/dev/null
	[ "$(jq -s 'map(select(.type == "train")) | length' m.ndjson)" -ge 5 ]
	[ "$(jq -s 'map(select(.type == "valid")) | length' m.ndjson)" -ge 2 ]
	jq -es 'map(select(.type == "train")) | last | .reward_mean < -5.4 and .entropy >= 0' m.ndjson
	learn --metrics - | tail -1 | jq -e '.type == "rl-train"'
}

@test "learning ends early when validation gets no better" {
	rl-train --env noise --steps 200000 --eval-every 2000 --valid-episodes 20 --patience 2 >out
	jq -e '.steps < 200000' out
	# after so many in a row, not so many in all
	for s in 1 2 3; do
		rl-train --env noise --seed $s --steps 40000 --eval-every 128 --n-steps 32 --envs 4 --hidden 8 \
		    --valid-episodes 10 --patience 6 --metrics - | jq -rs 'map(select(.type == "valid") | .reward_mean) |
			reduce .[] as $x ({}; if .best == null or $x > .best then .best = $x | .s += "+" else .s += "-" end) | .s'
	done >course
	[ "$(grep -cE '^([+]|-{1,5}[+])*------$' course)" = 3 ]
	grep -q -- '-[+].*------$' course
}

@test "presets show, and what is given wins" {
	rl-train --env cartpole --print-config >c
	grep -qx 'gamma = 0.98' c
	rl-train --env cartpole --gamma 0.9 --print-config >c
	grep -qx 'gamma = 0.9' c
	printf 'env = cartpole\nlambda = 0.5\n' >f
	rl-train --config f --print-config >c
	grep -qx 'lambda = 0.5' c
	grep -qx 'gamma = 0.98' c
}

@test "a policy with memory has its state as inputs and outputs" {
	rl-train --env recall --steps 3000 --out l.onnx >/dev/null
	grep -aq c_out l.onnx
	rl-train --env recall --steps 3000 --net gru --out g.onnx >/dev/null
	grep -aq h_out g.onnx
	run ! grep -aq c_out g.onnx
}

@test "what is wrong is told" {
	run -2 --separate-stderr rl-train
	[[ $stderr == *"--env is missing"* ]]
	run -2 --separate-stderr rl-train --env chess
	[[ $stderr == *"cartpole"* ]]
	run -2 --separate-stderr rl-train --env ou --algo x
	[[ $stderr == *"cma-es"* ]]
	run -2 --separate-stderr rl-train --env ou --algo sac
	[[ $stderr == *"continuous"* || $stderr == *"discrete"* ]]
	run -2 --separate-stderr rl-train --env ou --resume
	run -2 --separate-stderr rl-train --env ou --patience 3
	run -2 --separate-stderr rl-train --env ou file
	run -2 --separate-stderr rl-train --env ou --data x.csv
	head -c 100 /dev/urandom >ck
	run -3 --separate-stderr rl-train --env ou --checkpoint ck --resume
	[[ $stderr == *"no checkpoint"* ]]
	learn --checkpoint ck --seed 1 >/dev/null
	run -2 --separate-stderr learn --checkpoint ck --seed 2 --resume
	[[ $stderr == *"other options"* ]]
}

@test "a market that cannot be made says which stage, and spans what there is" {
	bars=$DATA/daily/sp500_5y.csv.gz
	market()
	{
		run --separate-stderr timeout 60 rl-train --data "$bars" --env market,each=true "$@"
	}
	market --pipeline 'feat-calc --only ret_7'
	[[ $status = 2 && $stderr == *"feat-calc: --only: no column is named ret_7; there are ret_1, "* ]]
	market --pipeline 'feat-calk --only ret_5'
	[[ $status = 2 && $stderr == *"no tool is named 'feat-calk'"* ]]
	market --pipeline 'feat-calc --only ret_5' --from 2017-01-01 --to 2014-01-01
	[[ $status = 2 && $stderr == *"--from is not before --to: are they swapped?" ]]
	market --pipeline 'feat-calc --only ret_5' --from 2027-01-01
	[[ $status = 3 && $stderr == *"are there from 2013-02-"*" to 2018-02-08" ]]
}

@test "a full disk is told, by every file" {
	run -4 --separate-stderr learn --out no/such/m.onnx
	[[ $stderr == "rl-train: "* ]]
	# before the work, not after it
	for o in '--out no/m' '--checkpoint no/m' '--search random --space lr=1e-4..1e-2:log --best no/m' \
	    '--search random --space lr=1e-4..1e-2:log --trials-ledger no/m'; do
		# shellcheck disable=SC2086
		run -4 --separate-stderr timeout 20 rl-train --env ou --steps 1000000000 $o
		[[ $stderr == "rl-train: --"*": cannot write no/m: "* ]]
	done
	run -4 --separate-stderr learn --metrics /dev/full
	run -4 --separate-stderr learn --checkpoint no/such/ck
	run -4 bash -c 'rl-train --env almgren-chriss --steps 3000 --n-steps 32 >/dev/full'
	touch in
	check_reader_leaves in --env almgren-chriss --steps 3000 --n-steps 32
}

@test "a model goes into a FIFO, which stays one" {
	learn --seed 1 --steps 500 --out file.onnx >/dev/null
	mkfifo m.onnx
	cat m.onnx >got 3>&- &
	learn --seed 1 --steps 500 --out m.onnx >/dev/null
	wait $!
	[ -p m.onnx ]
	grep -aq action_probs got
	onnx-run --info got | grep -q 'metadata env = almgren-chriss'
}

@test "the model has the same bytes whatever --threads says" {
	learn --seed 1 --steps 500 -o m.onnx >/dev/null
	mv m.onnx one
	for more in "--threads 2" --threads=3; do
		# shellcheck disable=SC2086 # words of a command line
		learn --seed 1 --steps 500 $more -o m.onnx >/dev/null
		cmp m.onnx one
	done
}
