#!/usr/bin/env bats
# The models that are shipped: what their cards say of them holds for the files that are there.

load helper

@test "each model is below 5 MB and has a card" {
	local m n=0
	for m in "$ROOT"/models/*.onnx; do
		[ "$(wc -c <"$m")" -lt 5000000 ]
		[ -s "${m%.onnx}.md" ]
		n=$((n + 1))
	done
	[ "$n" -ge 1 ]
}

# ---- charts: 20 chart patterns ----

CHARTS=$ROOT/models/charts

charts_encode()
{
	sed -n 's/^ *gaf-encode \(.*\) |$/\1/p' "$CHARTS.md"
}

# charts_found PATTERNS...: what the model finds in fresh bars, as models/charts_judge.awk has it
charts_found()
{
	local at
	at=$(sed -n 's/^Threshold: //p' "$CHARTS.md")
	# shellcheck disable=SC2046 # words
	gaf-encode $(charts_encode) <bars | resnet-classify -m "$CHARTS.onnx" | awk -f "$ROOT/models/charts_said.awk" |
		awk -v at="$at" -f "$ROOT/models/charts_emit.awk"
}

@test "charts: the card is that of the file" {
	grep -q "$(sha256sum <"$CHARTS.onnx" | cut -d ' ' -f 1)" "$CHARTS.md"
}

@test "charts: finds fresh patterns, each of its types, and little in random walks" {
	local types
	types=$(onnx-run --info "$CHARTS.onnx" | grep -o '"classes":\["[^]]*\]' | cut -d '[' -f 2 |
		tr -d '"]' | tr , '\n' | grep -v '^none$' | paste -sd,)
	[ "$(tr , '\n' <<<"$types" | wc -l)" = 20 ]
	tick-gen --patterns "$types" --noise 0.04 --seed 90210 --symbols 20 --ticks 16000 \
		--watermark-interval 1s --truth t >bars
	jq -r 'def minute: sub("[.][0-9]+Z$"; "Z") | fromdate / 60 | floor;
	    ["T", .sym, .name, .noise, ([.pivots[][0] | minute | tostring] | join(","))] | @tsv' t >judged
	[ "$(wc -l <judged)" -gt 120 ]
	charts_found >>judged
	awk -f "$ROOT/models/charts_judge.awk" judged >out
	# 0.95 and more in the card; a model that broke finds next to none
	sed -n 's/^network .*0.04: \([0-9.]*\) .*/\1/p' out | awk '{ n++; low += $1 < 0.85 } END { exit low || n != 1 }'
	run ! grep -E '^[a-z_]+ +0\.000' out
	tick-gen --patterns none --seed 90211 --symbols 20 --ticks 10000 --watermark-interval 1s >bars
	# 2 per 1,000 bars in the card
	[ "$(charts_found | wc -l)" -le 50 ]
}

@test "charts: refuses images that are encoded otherwise" {
	tick-gen --patterns double_top --ticks 100 >bars
	# shellcheck disable=SC2046 # words
	gaf-encode $(charts_encode) <bars >images
	resnet-classify -m "$CHARTS.onnx" <images | grep -q '"source":"resnet:charts"'
	# shellcheck disable=SC2046 # words
	gaf-encode $(charts_encode) --method gadf <bars >images
	run --separate-stderr -3 stdin_is images resnet-classify -m "$CHARTS.onnx"
	[[ $stderr == *"encod"* ]]
	# shellcheck disable=SC2046 # words
	gaf-encode $(charts_encode) --size 16 <bars >images
	run --separate-stderr -3 stdin_is images resnet-classify -m "$CHARTS.onnx"
	[[ $stderr == *"size"* ]]
}
