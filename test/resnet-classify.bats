#!/usr/bin/env bats
# resnet-classify with a small hand-made model; what it computes is checked in test/unit/vision_classify.c.

load helper

M=$DATA/resnet-classify/tiny.onnx
IN=$DATA/resnet-classify/images.ndjson

@test "what every tool shows" {
	check_empty -m "$M"
	check_bad_option -m "$M"
	check_bad_line -m "$M"
	check_dev_full "$IN" -m "$M"
	check_reader_leaves "$IN" -m "$M"
	check_unknown_passes -m "$M"
	check_man_options
	check_pipe_run_same "-m $M --status 5d" "$IN"
	check_chunks "$IN" -m "$M"
	check_prefix "$IN" -m "$M"
}

@test "each image becomes a signal in front of its watermark" {
	"$TOOL" -m "$M" <"$IN" >out
	[ "$(grep -c '"image"' "$IN")" = "$(grep -c '"signal"' out)" ]
	run ! grep -q '"image"' out
	jq -r 'select(.type == "signal" or .type == "watermark") | .ts + " " + .type' out >order
	LC_ALL=C sort -c order
	jq -se 'map(select(.type == "signal")) | all((.probs | add | . > 0.99999 and . < 1.00001) and
	    .confidence == ([.probs[]] | max) and .probs[.label] == .confidence and
	    .source == "resnet:tiny" and (.model_hash | length) == 64)' out
	jq -se 'map(select(.type == "signal")) | all(.direction ==
	    {"none": 0, "morning_star": 1, "evening_star": -1}[.label])' out
}

@test "the hash is that of the file" {
	"$TOOL" -m "$M" <"$IN" >out
	[ "$(jq -r 'select(.type == "signal") | .model_hash' out | sort -u)" = "$(sha256sum <"$M" | cut -d' ' -f1)" ]
}

@test "without watermarks: the same signals, image by image" {
	"$TOOL" -m "$M" <"$IN" | grep '"signal"' >marked
	grep -v '"watermark"' "$IN" | "$TOOL" -m "$M" | grep '"signal"' >unmarked
	same marked unmarked
}

@test "--threads changes no bit" {
	"$TOOL" -m "$M" <"$IN" >one
	"$TOOL" -m "$M" --threads 2 <"$IN" >two
	same one two
}

@test "--threshold abstains" {
	"$TOOL" -m "$M" --threshold 0.7 <"$IN" >out
	jq -se 'map(select(.type == "signal")) | (map(select(.confidence < 0.7)) | length > 0 and
	    all(.direction == 0 and .abstained)) and (map(select(.confidence >= 0.7)) | length > 0 and
	    all(has("abstained") | not))' out
}

@test "--max-none abstains by the class none alone" {
	"$TOOL" -m "$M" --max-none 0.2 <"$IN" >out
	jq -se 'map(select(.type == "signal")) | (map(select(.probs.none > 0.2)) | length > 0 and
	    all(.direction == 0 and .strength == 0 and .abstained)) and
	    (map(select(.probs.none < 0.2)) | length > 0 and all(has("abstained") | not))' out
	"$TOOL" -m "$M" --max-none 1 <"$IN" >out
	"$TOOL" -m "$M" <"$IN" | cmp - out
	run --separate-stderr -2 "$TOOL" -m "$M" --max-none 1.5
	[[ $stderr == *"--max-none must be 0 to 1"* ]]
}

@test "two models side by side, one of them a shadow" {
	cp "$M" other.onnx
	"$TOOL" -m "$M" -m other.onnx --shadow other.onnx <"$IN" >out
	jq -se 'map(select(.type == "signal")) | (map(select(.source == "resnet:tiny")) | length) ==
	    (map(select(.source == "shadow:resnet:other" and .shadow)) | length)' out
	# what is named by --shadow alone is a model as well
	"$TOOL" -m "$M" --shadow other.onnx <"$IN" >same
	same same out
	run --separate-stderr -4 stdin_is "$IN" "$TOOL" -m "$M" --shadow nothing.onnx
	[[ $stderr == *"cannot open nothing.onnx"* ]]
	run --separate-stderr -2 stdin_is "$IN" "$TOOL" -m "$M" -m "$M"
	[[ $stderr == *"two models of one name"* ]]
}

@test "images that are encoded otherwise are refused, and it says how" {
	sed 's/"range":"01"/"range":"m11"/' "$IN" >other
	run --separate-stderr -3 stdin_is other "$TOOL" -m "$M"
	[[ $stderr == *"range is m11, want 01; it wants those of gaf-encode --window "*" --range 01 --scale "* ]]
	# the command in the words makes what the model takes
	bars=$DATA/daily/sp500_5y.csv.gz
	args=${stderr#*those of gaf-encode }
	# shellcheck disable=SC2086
	ibkr-feed -q --replay "$bars" --symbols AAPL --to 2013-06-01 | gaf-encode $args | "$TOOL" -m "$M" >out
	[ "$(grep -c '"type":"signal"' out)" -gt 20 ]
	# images that never come are told
	ibkr-feed -q --replay "$bars" --symbols AAPL --to 2013-06-01 >in
	run --separate-stderr -0 stdin_is in "$TOOL" -m "$M"
	[[ $stderr == *"no image came, so there are no signals; resnet:tiny wants those of gaf-encode $args" ]]
	jq -c 'if .type == "image" then del(.window) else . end' "$IN" >other
	run --separate-stderr -3 stdin_is other "$TOOL" -m "$M"
	[[ $stderr == *window* ]]
	sed 's/"factors":"..../"factors":"/' "$IN" >other
	run --separate-stderr -3 stdin_is other "$TOOL" -m "$M"
}

@test "no model, no file, no model in it, no card" {
	run --separate-stderr -2 stdin_is "$IN" "$TOOL"
	[[ $stderr == *--model* ]]
	run --separate-stderr -4 stdin_is "$IN" "$TOOL" -m nowhere.onnx
	[[ $stderr == *nowhere.onnx* ]]
	run --separate-stderr -3 stdin_is "$IN" "$TOOL" -m "$IN"
	[ -z "$output" ]
	head -c 400 "$M" >short.onnx
	run --separate-stderr -3 stdin_is "$IN" "$TOOL" -m short.onnx
}

@test "--status tells answers and drift, and an alert comes when it is high" {
	"$TOOL" -m "$M" --status 1d --drift-window 20 <"$IN" >out
	jq -se 'map(select(.type == "status")) | length > 5 and all(.source == "resnet:tiny" and
	    .state == "alive") and (last | .records > 20 and .psi_classes >= 0 and .psi_pixels >= 0)' out
	[ "$(grep -c '"model_drift"' out)" -ge 1 ]
	"$TOOL" -m "$M" --status 1d --timing <"$IN" | grep '"status"' | jq -se 'any(.run_us > 0)'
}

@test "labels from the future stay marked" {
	sed 's/"type":"image",/&/; s/"factors"/"lookahead":true,"factors"/' "$IN" |
		"$TOOL" -m "$M" | grep '"signal"' | jq -se 'all(.lookahead)'
}

@test "a name of an interval is text, whatever is in it" {
	jq -c 'if .type == "image" then .interval = "a\"b\\" else . end' "$IN" >in
	"$TOOL" -m "$M" <in | jq -se 'map(select(.type == "signal") | .interval) | unique == ["a\"b\\"]'
}

@test "factors whose products are no numbers are refused" {
	one=$(printf '\377\377\177\177' | base64) # the largest float
	all=$(for _ in $(seq 24); do printf '\377\377\177\177'; done | base64 -w0)
	[ "$one" = //9/fw== ]
	grep -m1 '"image"' "$IN" | jq -c --arg f "$all" '.factors = $f' >in
	run -3 --separate-stderr stdin_is in "$TOOL" -m "$M"
	[[ $stderr == "$TOOL: "*"products are not finite"* ]]
	[ -z "$output" ]
}

@test "a status each span without end is one that never comes" {
	"$TOOL" -m "$M" --status 106751d <"$IN" >out
	run ! grep -q '"type":"status"' out
}

@test "images with blanks in their JSON are the same images" {
	sed 's/,/, /g; s/:/: /g; s/\[/[ /; s/]/ ]/' <(grep -m3 '"image"' "$IN" | sed 's/"ts":"[^"]*"/"ts":1507766400/') >in
	grep -q '"channels": \[ "close", "open" ]' in
	"$TOOL" -m "$M" <in >out
	jq -c . in | "$TOOL" -m "$M" >want
	same want out
}
