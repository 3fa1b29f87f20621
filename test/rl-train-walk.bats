load helper

# Walk-forward: what is tested has not been seen, and the figures are those of the returns.

# market FROM TO [SEED]: 700 days; the volume of days FROM to TO tells the next day's direction.
market()
{
	awk -v S="${3:-1}" -v N=700 -v A="$1" -v B="$2" -f "$DATA/rl-train/market.awk" >market.csv
}

# The market's training spans end 450 days behind day 1; its tests are of 120 days.
walk()
{
	rl-train --pipeline 'feat-calc -e "v = volume / 1500 - 1"' --data market.csv \
	    --env "market,action=position,reward=log-return,commission=${COMMISSION:-none}" \
	    --steps "${STEPS:-2048}" --envs 8 --n-steps 64 --hidden 8 --gamma 0.5 --entropy 0 \
	    --walk-forward "${KIND:-rolling}" --train-span 450d --test-span 120d "$@"
}

# field FILE [OPTION] FILTER: of the last line
field()
{
	tail -1 "$1" | jq "${@:2}"
}

@test "what only the test span knows is not learned; what the training span knows is" {
	STEPS=20000
	market 0 9999
	walk --folds 1 --test-span 240d >everywhere
	market 452 9999
	walk --folds 1 --test-span 240d >tested
	market 0 0
	walk --folds 1 --test-span 240d >nowhere
	field everywhere '[.sharpe, .total_return]'
	field everywhere -e '.sharpe > 10 and .total_return > 1 and .folds == 1'
	field tested '[.sharpe, .total_return]'
	field tested -e '.sharpe < 2.5 and .total_return < 0.3'
	field nowhere -e '.sharpe < 2.5'
	# all three met the same prices
	[ "$(field everywhere .hold_return)" = "$(field tested .hold_return)" ]
}

@test "a fold's model does not change with data behind its training span" {
	mkdir a b
	market 0 300
	(cd a && ln ../market.csv . && walk --keep-folds -o m.onnx >out)
	# another future from day 452 on: the last that is known before the test is 451
	market 0 9999 2
	tail -n +453 market.csv >future
	market 0 300
	head -n 452 market.csv >b/market.csv
	cat future >>b/market.csv
	(cd b && walk --keep-folds -o m.onnx >out)
	cmp a/m.fold-1.onnx b/m.fold-1.onnx
	run ! cmp -s a/m.fold-2.onnx b/m.fold-2.onnx
	cmp a/m.onnx a/m.fold-2.onnx
	jq -c '[.train_from, .valid_to, .valid_mean, .steps]' a/out | head -1 >x
	jq -c '[.train_from, .valid_to, .valid_mean, .steps]' b/out | head -1 >y
	same x y
	run ! cmp -s a/out b/out
	# nor with episodes that begin anywhere
	for d in a b; do
		(cd $d && walk --folds 1 --env market,action=position,commission=none,steps=100,random-start=true \
		    -o anywhere.onnx >/dev/null)
	done
	cmp a/anywhere.onnx b/anywhere.onnx
}

@test "what is purged is not seen" {
	for d in whole changed; do
		mkdir $d
		market 0 300
		# the ten days before the test: day 442 to 451
		[ $d = whole ] || awk -F, -v OFS=, 'NR > 442 && NR <= 452 { $7 = 3000 - $7 } 1' market.csv >x
		[ $d = whole ] || mv x market.csv
		cp market.csv $d
		(cd $d && walk --folds 1 --purge 10d -o purged.onnx >out && walk --folds 1 -o m.onnx >/dev/null)
	done
	cmp whole/purged.onnx changed/purged.onnx
	run ! cmp -s whole/m.onnx changed/m.onnx
}

@test "folds lie where they should" {
	market 0 0
	walk --purge 5d --embargo 2d >out
	jq -c 'select(.type == "fold") | [.train_from, .train_to, .valid_from, .valid_to, .test_from, .test_to] | map(.[:10])' \
	    out >spans
	cat >want <<-'END'
		["2010-01-04","2010-12-25","2011-01-01","2011-03-25","2011-04-01","2011-07-28"]
		["2010-05-04","2011-04-24","2011-05-01","2011-07-23","2011-07-30","2011-11-25"]
	END
	same want spans
	KIND=anchored walk --from 2010-02-28 --train-span 12mo --test-span 4mo --valid-part 0 >out
	jq -c 'select(.type == "fold") | [.train_from, .train_to, .test_from, .test_to] | map(.[:10])' out >spans
	cat >want <<-'END'
		["2010-02-28","2011-02-28","2011-02-28","2011-06-28"]
		["2010-02-28","2011-06-28","2011-06-28","2011-10-28"]
	END
	same want spans
	jq -se 'length == 3 and all(has("valid_mean") | not)' out
}

@test "the figures are those of the returns that are written" {
	market 0 0
	COMMISSION=rate:0.001 walk --oos oos.csv >out
	n=$(field out .instants)
	[ "$(wc -l <oos.csv)" = $((n + 1)) ]
	p=$(field out .periods_per_year)
	awk -v p="$p" -F, 'BEGIN { e = h = top = 1 } NR > 1 { e *= 1 + $2; top = e > top ? e : top
		dd = e / top - 1; low = dd < low ? dd : low; s += $2; x[NR] = $2; n++; h *= 1 + $3
		if ((e / $4 - 1) ^ 2 > 1e-16 || (h / $5 - 1) ^ 2 > 1e-16) print "equity", NR }
		END { m = s / n; for (i in x) v += (x[i] - m) ^ 2
		printf "[%.9f,%.9f,%.9f,%.9f]\n", e - 1, m / sqrt(v / (n - 1)) * sqrt(p), low, h - 1 }' oos.csv >own
	field out -c '[.total_return, .sharpe, .max_drawdown, .hold_return]' >told
	jq -es '[.[0], .[1]] | transpose | all((.[0] - .[1]) | fabs < 1e-6)' own told
	field out -e '.commission > 0.01 and .trades > 5 and .turnover > 1 and .flat_return == 0 and
	    .sharpe_low < .sharpe and .sharpe < .sharpe_high and .psr > 0 and .psr < 1'
	# 365 days of the week
	field out -e '(.periods_per_year - 365.25) | fabs < 0.01'
	perf-report --returns oos.csv --periods 365.25 -O json | jq .sharpe >report
	jq -es '(.[0] - .[1] | fabs) < 1e-4' report <(field out .sharpe)
}

@test "each symbol has an account, and what is told is their mean" {
	awk -v S=4 -v N=700 -v SYM=AAA -f "$DATA/rl-train/market.awk" >a.csv
	awk -v S=5 -v N=700 -v SYM=BBB -f "$DATA/rl-train/market.awk" >b.csv
	cp a.csv market.csv
	walk >a
	cp b.csv market.csv
	walk >b
	{ head -1 a.csv; tail -qn +2 a.csv b.csv | sort -s -t, -k1,1n; } >market.csv
	rl-train --pipeline 'feat-calc -e "v = volume / 1500 - 1"' --data market.csv \
	    --env market,each=true,action=position,reward=log-return,commission=none \
	    --steps 2048 --envs 8 --n-steps 64 --hidden 8 --walk-forward rolling --train-span 450d \
	    --test-span 120d --oos oos.csv >both
	field both -e '.accounts == 2 and .folds == 2'
	tail -1 oos.csv | cut -d, -f4 | jq -e --argjson r "$(field both .total_return)" '(. - 1 - $r) | fabs < 1e-9'
	for f in 1 2; do
		for x in a b both; do sed -n ${f}p $x | jq .hold_return; done | jq -es '(.[0] + .[1]) / 2 - .[2] | fabs < 1e-9'
	done
}

@test "a ledger deflates the ratio as perf-report does" {
	market 0 9999
	for s in 1 2 3; do
		STEPS=512 walk --seed $s --trials-ledger trials --oos oos.csv >out
	done
	field out -e '.trials == 3 and .trials_stdev > 0'
	perf-report --returns oos.csv -O json --dsr-trials 3 --dsr-stdev "$(field out .trials_stdev)" |
	    jq .deflated_sharpe >report
	jq -es '(.[0] - .[1] | fabs) < 1e-6' report <(field out .deflated_sharpe)
	# the same walk again is no new trial
	STEPS=512 walk --seed 3 --trials-ledger trials >again
	field again -e '.trials == 3'
	[ "$(wc -l <trials)" = 3 ]
}

@test "a walk that was killed and resumed ends as one that was not, whatever the threads" {
	market 0 9999
	walk --keep-folds -o m.onnx --oos oos.csv --trials-ledger l >whole
	mkdir whole.d && mv m.onnx m.fold-*.onnx oos.csv l whole.d
	for i in 1 2 3 4 5 6 7 8; do
		timeout -s KILL "0.$((RANDOM % 2))$((RANDOM % 9 + 1))" bash -c "$(declare -f walk)
		    walk --keep-folds -o m.onnx --oos oos.csv --trials-ledger l --checkpoint ck \
			--checkpoint-every 512 --resume" >/dev/null || :
		for f in m.onnx m.fold-*.onnx; do [ ! -e "$f" ] || grep -aq action_probs "$f"; done
	done
	walk --keep-folds -o m.onnx --oos oos.csv --trials-ledger l --checkpoint ck --checkpoint-every 512 \
	    --resume --threads 3 >resumed
	same whole resumed
	same whole.d/oos.csv oos.csv
	same whole.d/l l
	[ -e ck.1.done ] && [ -e ck.2.done ] && [ ! -e ck.1 ]
	# nothing is learned anew: it takes no time, and says the same
	walk --keep-folds -o m.onnx --oos oos.csv --trials-ledger l --checkpoint ck --resume --metrics curve >resumed
	same whole resumed
	[ ! -s curve ]
}

@test "a fold that cannot be written keeps the checkpoint of its training" {
	market 0 9999
	mkdir ck.1.done.tmp
	run -4 --separate-stderr walk --folds 1 --checkpoint ck --checkpoint-every 512
	[[ $stderr == *ck.1.done.tmp* ]]
	[ -s ck.1 ]
	rmdir ck.1.done.tmp
	# and training goes on from it whatever the test span has become
	awk -F, -v OFS=, 'NR > 460 { $7 = 3000 - $7 } 1' market.csv >x
	mv x market.csv
	walk --folds 1 --checkpoint ck --resume >resumed
	[ -s ck.1.done ] && [ ! -e ck.1 ]
	walk --folds 1 >whole
	same whole resumed
}

@test "what was learned from other data is not gone on with" {
	market 0 9999
	walk --folds 1 --checkpoint ck >whole
	cp market.csv was.csv
	# behind the test, which ends with day 571: the fold is done
	awk -F, -v OFS=, 'NR > 580 { $7 = 3000 - $7 } 1' was.csv >market.csv
	walk --folds 1 --checkpoint ck --resume >resumed
	same whole resumed
	# within the test, and within the training
	for day in 500 200; do
		awk -F, -v OFS=, -v d=$day 'NR == d { $7 = 3000 - $7 } 1' was.csv >market.csv
		run -2 --separate-stderr walk --folds 1 --checkpoint ck --resume
		[[ $stderr == *"ck.1.done is of a run with other"* ]]
	done
}

@test "the model is that of the best validation, its normalisation, too" {
	market 0 0
	STEPS=4096 walk --folds 1 --norm-obs --eval-every 256 --metrics curve >out
	jq -es 'map(select(.type == "valid") | .reward_mean) | length > 5 and max > last' curve
	jq -es 'map(select(.type == "valid") | .reward_mean) | max' curve >best
	head -1 out | jq -e --argjson b "$(cat best)" '.valid_mean == $b'
}

@test "--refit is trained on everything" {
	market 0 9999
	walk --refit -o m.onnx --metrics curve >/dev/null
	grep -aq action_probs m.onnx
	[ "$(jq -s 'map(select(.type == "train") | .fold) | unique | length' curve)" = 3 ]
	walk -o last.onnx >/dev/null
	run ! cmp -s m.onnx last.onnx
}

@test "a training may have a span, and a part of it that validates" {
	market 0 9999
	rl-train --pipeline 'feat-calc -e "v = volume / 1500 - 1"' --data market.csv --env market,commission=none \
	    --steps 2048 --envs 8 --n-steps 64 --from 2010-06-01 --to 2011-06-01 --valid-part 0.25 --metrics - >out
	jq -se 'map(select(.type == "valid")) | length > 2' out
	field out -e '.eval_episodes == 1'
}

@test "what is wrong is told" {
	market 0 0
	run -2 --separate-stderr walk --train-span 2x
	[[ $stderr == *"--train-span: '2x'"* ]]
	run -2 --separate-stderr rl-train --env ou --walk-forward rolling --train-span 1y --test-span 1y
	[[ $stderr == *"market"* ]]
	run -2 --separate-stderr rl-train --env ou --walk-forward rolling
	[[ $stderr == *"--test-span"* ]]
	run -2 --separate-stderr rl-train --env ou --oos x.csv
	run -2 --separate-stderr walk --keep-folds
	[[ $stderr == *"--out"* ]]
	run -2 --separate-stderr walk --from yesterday
	[[ $stderr == *"--from: 'yesterday'"* ]]
	run -3 --separate-stderr walk --train-span 9y
	[[ $stderr == *"no first fold"* ]]
	run -2 --separate-stderr walk --valid-env market
	run -4 --separate-stderr walk --folds 1 --oos no/such/file
	run -4 --separate-stderr walk --folds 1 --trials-ledger /dev/full
	run -4 --separate-stderr walk --folds 1 --checkpoint no/such/ck
	echo '{"type":"fill"}' >l
	run -3 --separate-stderr walk --folds 1 --trials-ledger l
	[[ $stderr == *"line 1"* ]]
}
