load helper

setup()
{
	tp_setup
	zcat "$DATA/resnet-train/toy.ndjson.gz" >toy
}

SMALL='--widths 8,16 --blocks 1,1 --epochs 4 --batch 32'

# learn OUT [ARGS...]
learn()
{
	local out=$1
	shift
	# shellcheck disable=SC2086
	resnet-train --train toy --out "$out" $SMALL "$@"
}

card()
{
	# the card is one JSON object among the file's bytes
	grep -aoE '\{"format":"tradepipe-card-1".*\}' "$1" | sed -n 1p
}

@test "it learns three shapes, and says how well" {
	learn m.onnx --epochs 8 --lr 0.005 --report json --metrics m.ndjson >report
	jq -e '.metrics.accuracy[0] >= 0.95 and .metrics.images == 60 and .data.purged == 2' report
	jq -e '[.metrics.confusion[][]] | add == 60' report
	jq -e '.metrics.classes | map(.label) == ["down", "up", "wave"]' report
	[ "$(wc -l <m.ndjson)" = 8 ]
	jq -se '.[0].epoch == 1 and .[7].valid_loss < .[0].valid_loss' m.ndjson
	card m.onnx | jq -e '.classes == ["down", "up", "wave"] and .temperature >= 0.5 and
		.image.encoding == "gadf" and .image.size == 8 and .seed == 1 and
		(.data_sha256 | length == 64) and .metrics.images == 60'
}

@test "labels that say nothing are not learned" {
	# the labels of the images seven before: what is right then is chance
	awk -F'"label":' 'NR > 7 { split(l[NR - 7], was, ","); split($2, is, ","); sub(is[1], was[1], $2)
		print $1 "\"label\":" $2 } { l[NR] = $2 }' toy >others
	mv others toy
	learn m.onnx --report json >report
	jq -e '.metrics.accuracy[0] < 0.6' report
}

@test "the same seed gives the same bytes, whatever the threads; another seed others" {
	learn a.onnx --mixup 0.3 --jitter 0.1 --balance --dropout 0.2 --smoothing 0.1 --hidden 8 >a
	learn b.onnx --mixup 0.3 --jitter 0.1 --balance --dropout 0.2 --smoothing 0.1 --hidden 8 \
	    --threads 3 >b
	same a.onnx b.onnx
	same a b
	learn c.onnx --mixup 0.3 --jitter 0.1 --balance --dropout 0.2 --smoothing 0.1 --hidden 8 --seed 2
	run ! cmp -s a.onnx c.onnx
}

@test "taken up from any checkpoint it ends with the same bytes" {
	local more='--mixup 0.2 --dropout 0.1 --patience 3'
	# shellcheck disable=SC2086
	learn whole.onnx $more --metrics whole.ndjson >whole
	for optimizer in adamw sgd; do
		# shellcheck disable=SC2086
		learn whole.onnx $more --optimizer $optimizer --metrics whole.ndjson >whole
		rm -f ck
		# killed in the middle, several times, until it comes to the end
		for i in 1 2 3 4 5 6; do
			# shellcheck disable=SC2086
			timeout -s KILL 0.0$((i * 3)) resnet-train --train toy --out parts.onnx $SMALL \
			    $more --optimizer $optimizer --checkpoint ck --checkpoint-every 1 --resume \
			    --metrics parts.ndjson >parts 2>err || :
			[ ! -s err ]
			[ ! -e parts.onnx ] || cmp whole.onnx parts.onnx
		done
		# shellcheck disable=SC2086
		learn parts.onnx $more --optimizer $optimizer --checkpoint ck --checkpoint-every 1 \
		    --resume --metrics parts.ndjson >parts
		same whole.onnx parts.onnx
		same whole.ndjson parts.ndjson
		same whole parts
		rm parts.onnx
	done
}

@test "a checkpoint in the middle of an epoch is taken up there" {
	learn whole.onnx --dropout 0.1 >whole
	# the end of the first epoch cannot be told: the checkpoint is that of step 6 of 8
	run -4 --separate-stderr learn a.onnx --dropout 0.1 --checkpoint ck --checkpoint-every 3 \
	    --metrics /dev/full
	[[ $stderr == "resnet-train: writing /dev/full: "* ]]
	[ ! -e a.onnx ]
	learn a.onnx --dropout 0.1 --checkpoint ck --resume --verbose >a 2>err
	[[ $(cat err) == *"26 steps"* ]]
	same whole.onnx a.onnx
	same whole a
}

@test "checkpoints that are damaged or of another run are refused" {
	learn a.onnx --checkpoint ck >/dev/null
	run -3 --separate-stderr learn b.onnx --checkpoint ck --resume --seed 2
	[[ $stderr == "resnet-train: ck: a checkpoint of another run"* ]]
	for at in 3 20 200 5000; do
		(set +o pipefail; damage $at ck) >bad
		run -3 --separate-stderr learn b.onnx --checkpoint bad --resume
		[[ $stderr == "resnet-train: bad: "* ]]
	done
	head -c 10000 ck >bad
	run -3 --separate-stderr learn b.onnx --checkpoint bad --resume
	[[ $stderr == *"checksum"* ]]
	[ ! -e b.onnx ]
}

# An image of 2x8x8 pixels: FILTER sees those that are [channel, row, column].
pixels()
{
	jq -nc "[range(2) as \$c | range(8) as \$y | range(8) as \$x |
		[\$c, \$y, \$x] | (.[0] * 7 + .[1] * 5 + .[2] * 3) % 11 / 8 + ($1)] |
		{shape: [1, 2, 8, 8], data: .}"
}

@test "with --rows the last rows are all that counts, and with --pool rows when it was" {
	local pool
	for pool in mean flat rows; do
		learn m.onnx --epochs 8 --lr 0.005 --rows 3 --pool $pool --report json >report
		jq -e '.metrics.accuracy[0] >= 0.95' report
		card m.onnx | jq -e ".network.rows == 3 and .network.pool == \"$pool\" and .image.size == 8"
		onnx-run --info m.onnx >info
		grep -q 'input image float32\[N,2,8,8\]' info
		grep -q 'Slice 1' info
		# all that follows is still one step
		grep -q 'batch 1: 2 nodes to run' info
		pixels 0 | onnx-run m.onnx >all
		pixels 'if .[1] < 5 then .[2] + 1 else 0 end' | onnx-run m.onnx >above
		pixels 'if .[1] == 5 then .[2] + 1 else 0 end' | onnx-run m.onnx >row
		same all above
		run ! cmp -s all row
		# the same by the operators one by one
		pixels 0 | onnx-run --plain m.onnx >plain
		jq -se '[.[].data] | transpose | all((.[0] - .[1] | fabs) < 1e-4)' all plain
		resnet-classify -m m.onnx <toy >signals
		[ "$(grep -c '"type":"signal"' signals)" = "$(grep -c '"type":"image"' toy)" ]
	done
	# features: 16 channels of the 2 rows that stride 2 leaves of 3
	jq -e ".parameters == $((2 * 8 * 9 + 16 + 2 * (8 * 8 * 9 + 16) + 8 * 16 * 9 + 32 + 8 * 16 + 32 + \
		16 * 16 * 9 + 32 + (16 * 2 + 1) * 3))" report
}

@test "all rows are what it always saw" {
	learn a.onnx >a
	learn b.onnx --rows 0 >b
	learn c.onnx --rows 8 >c
	same a.onnx b.onnx
	same a b
	same a c
	same <(card a.onnx | jq 'del(.command)') <(card c.onnx | jq 'del(.command, .network.rows)')
	same <(onnx-run -r 7 a.onnx) <(onnx-run -r 7 c.onnx)
}

@test "rows: the same bytes whatever the threads, taken up anywhere; other rows are refused" {
	local more='--rows 5 --pool rows --mixup 0.3 --jitter 0.1 --dropout 0.1'
	# shellcheck disable=SC2086
	learn whole.onnx $more >whole
	# shellcheck disable=SC2086
	learn b.onnx $more --threads 3 >b
	same whole.onnx b.onnx
	same whole b
	# shellcheck disable=SC2086
	run -4 --separate-stderr learn a.onnx $more --checkpoint ck --checkpoint-every 3 --metrics /dev/full
	[ ! -e a.onnx ]
	# shellcheck disable=SC2086
	learn a.onnx $more --checkpoint ck --resume >a
	same whole.onnx a.onnx
	same whole a
	for bad in '--rows 4 --pool rows' '--rows 5 --pool mean' '--pool rows'; do
		# shellcheck disable=SC2086
		run -3 --separate-stderr learn c.onnx $bad --mixup 0.3 --jitter 0.1 --dropout 0.1 \
		    --checkpoint ck --resume
		[[ $stderr == "resnet-train: ck: a checkpoint of another run"* ]]
	done
}

@test "what is held out by time is later, and purged of what tells of it" {
	learn m.onnx --report json --embargo 10m >report
	jq -e '.data | .train.to < .valid.from and .purged == 12 and .valid.images == 60 and
		.train.images == 228' report
	jq -e '.data.train.to == "2024-01-01T03:47:00.000000000Z" and
		.data.valid.from == "2024-01-01T04:00:00.000000000Z"' report
}

@test "what is held out by symbol is whole symbols" {
	learn m.onnx --report json --split-by symbol --split 0.4 >report
	jq -e '.data | .purged == 0 and .valid.images == 120 and .train.images == 180' report
	learn m.onnx --report json --split-by both --split 0.4 >report
	jq -e '.data | .train.to < .valid.from and .valid.images == 48 and .train.images < 108' report
}

@test "files held out purge what overlaps with them, symbol by symbol" {
	sed -n '100,199p' toy >v
	# nothing of the test part may choose the epoch either
	run -3 --separate-stderr learn m.onnx --valid v --test v
	[[ $stderr == *"no image is left to be held out: "*" are purged"* ]]
	learn m.onnx --report json --valid v >report
	# the images of a symbol are five minutes apart, and their labels known after two
	jq -e '.data.valid.images == 100 and .data.purged == 100 and .data.held_out_by == "file"' report
	# two images of each symbol before and behind are within ten minutes: 100 + 20 of v, 51 + 10
	learn m.onnx --report json --valid v --embargo 10m --test <(sed -n '250,$p' toy) >report
	jq -e '.data | .test.images == 51 and .valid.images == 100 and .purged == 181' report
}

@test "only one class, no image, no label: nothing to learn from" {
	: >empty
	run -3 --separate-stderr resnet-train --train empty --out m.onnx
	[[ $stderr == "resnet-train: no labelled image came"* ]]
	sed 's/"label":"[a-z]*"/"label":"x"/' toy >one
	run -3 --separate-stderr resnet-train --train one --out m.onnx
	[[ $stderr == *"2 classes or more"* ]]
	sed 's/,"label":"[a-z]*"//' toy >none
	run -3 --separate-stderr resnet-train --train none --out m.onnx
	[[ $stderr == *"no labelled image came, and $(grep -c image toy) without a label; gaf-encode --labels"* ]]
	[ ! -e m.onnx ]
}

@test "nine tenths of one class are told" {
	{
		grep '"label":"up"' toy
		grep -m5 '"label":"down"' toy
		sed 's/"ts":"20/"ts":"21/' toy | grep '"label":"up"'
	} >most
	run --separate-stderr resnet-train --train most --out m.onnx --split 0 --widths 4 --epochs 1
	[[ $status = 0 && $stderr == "resnet-train: note: 9"*"of the class up,"*"--balance"* ]]
	run --separate-stderr resnet-train --train most --out m.onnx --split 0 --widths 4 --epochs 1 --balance
	[[ $status = 0 && -z $stderr ]]
}

@test "a line that is no image of this kind is named" {
	(head -20 toy; echo '{"type":"image"'; tail -n +21 toy) >bad
	run -3 --separate-stderr resnet-train --train bad --out m.onnx --epochs 1
	[[ $stderr == "resnet-train: bad: line 21: "* ]]
	[ ! -e m.onnx ]
	(head -20 toy; sed -n '1s/"size":8/"size":7/p' toy; tail -n +21 toy) >bad
	run -3 --separate-stderr resnet-train --train bad --out m.onnx --epochs 1
	[[ $stderr == "resnet-train: bad: line 21: "*size* ]]
	(head -20 toy; sed -n '1s/"factors":"..../"factors":"!!!!/p' toy; tail -n +21 toy) >bad
	run -3 --separate-stderr resnet-train --train bad --out m.onnx --epochs 1
	[[ $stderr == "resnet-train: bad: line 21: "*factors* ]]
	# shellcheck disable=SC2086
	run -3 --separate-stderr resnet-train --train bad --out m.onnx $SMALL --skip-bad
	[[ $stderr == *"line 21: "* ]]
	[ -s m.onnx ]
}

@test "wrong options are usage errors" {
	run -2 --separate-stderr resnet-train
	[[ $stderr == "resnet-train: --train FILE is missing"* ]]
	run -2 --separate-stderr resnet-train --train toy
	[[ $stderr == *"--out MODEL.onnx is missing"* ]]
	for bad in '--depth 9' '--widths 16,x' '--widths 16,32 --blocks 1' '--strides 3,1,1' '--lr -1' \
	    '--mixup 2' '--resume' '--dropout 1' '--split 1'; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr resnet-train --train toy --out m.onnx $bad
		[[ $stderr == "resnet-train: "* ]]
	done
	run -2 --separate-stderr learn m.onnx --rows 9
	[[ $stderr == *"the last 9 rows of images that have 8"* ]]
	run -2 --separate-stderr learn m.onnx --rows 1
	[[ $stderr == *"nothing is left of 1 rows at stage 2"* ]]
	[ ! -e m.onnx ]
	# a result without a place is told before the work, not after it
	for bad in '--out no/such/m.onnx' '--metrics no/such/m' '--checkpoint no/such/c'; do
		# shellcheck disable=SC2086
		run -4 --separate-stderr timeout 20 resnet-train --train toy --out m.onnx --epochs 1000000 $bad
		[[ $stderr == *"cannot write no/such/"* ]]
	done
	check_bad_option --train toy --out m.onnx
}

@test "a learning rate that is too large is told, not written" {
	run -1 --separate-stderr learn m.onnx --optimizer sgd --lr 100 --weight-decay 100 \
	    --clip 0 --warmup 0
	[[ $stderr == *"no number any more"* ]]
	[ ! -e m.onnx ]
}

@test "a disk that is full, a reader that leaves" {
	report()
	{
		learn m.onnx --epochs 1
	}
	run --separate-stderr into_full_disk /dev/null report
	[ "$status" = 4 ]
	[[ $stderr == "resnet-train: "* ]]
	run --separate-stderr into_broken_pipe /dev/null report
	[ "$status" = 141 ]
	[ -z "$stderr" ]
	run -4 --separate-stderr learn nowhere/m.onnx --epochs 1
	[[ $stderr == "resnet-train: cannot write nowhere/m.onnx: "* ]]
}

@test "images may come on standard input" {
	learn a.onnx >a
	# shellcheck disable=SC2086
	resnet-train --train - --out b.onnx $SMALL <toy >b
	same a b
	same a.onnx b.onnx || cmp <(card a.onnx | jq 'del(.command)') <(card b.onnx | jq 'del(.command)')
}

@test "it is no part of a pipeline" {
	run -2 --separate-stderr stdin_is toy pipe-run 'resnet-train --train x --out y'
	[[ $stderr == *"trains from files"* ]]
}

@test "every option stands in the man page" {
	check_man_options
}
