#!/usr/bin/env bats
# models/candles.onnx: what its card says holds for the file that is there. (models.bats has what holds for
# all models, and the others.)

load helper

# ---- candles: the eight candlestick patterns of Chen and Tsai ----

CANDLES=$ROOT/models/candles

# judge: truth, series, answer ... -> accuracy over nine classes, recall of none
judge()
{
	awk -v mode=nine -v brief=1 -v least=20 -f "$ROOT/models/candles_eval.awk" |
		sed -n 's/.*accuracy \([0-9.]*\) .*none \([0-9.]*\), without.*/\1 \2/p'
}

@test "candles: names what the rules name, on fresh bars and on later ones of the tree" {
	local k
	. "$ROOT/models/candles.bash"
	for k in 1 3 6; do
		candles_market "$k" "90$k" 2030-01-07 16000 | candles_images 80
	done >images
	candles_truth "" <images >truth
	resnet-classify -m "$CANDLES.onnx" <images | candles_answers | paste truth - >made
	[ "$(cut -f1 truth | sort -u | wc -l)" = 9 ]
	[ "$(wc -l <made)" -gt 1000 ]
	candles_bars "$DATA/daily/sp500_5y.csv.gz" 2016-09-01 2018-02-07 | candles_images 60 >images
	candles_truth "" <images >truth
	resnet-classify -m "$CANDLES.onnx" <images | candles_answers | paste truth - >real
	# 0.98 in the card; a model that broke names one class, or any
	judge <made | awk '$1 < 0.97 || $2 < 0.92 { exit 1 } END { exit NR != 1 }'
	judge <real | awk '$1 < 0.95 || $2 < 0.92 { exit 1 } END { exit NR != 1 }'
	# and the measure sees it when the answers belong to other images
	paste <(cut -f1,2 made) <(cut -f3- made | tac) | judge | awk '$1 > 0.5 { exit 1 }'
}

@test "candles: its labels are those of a run before, and do not depend on what is run together" {
	. "$ROOT/models/candles.bash"
	candles_bars "$DATA/daily/sp500_5y.csv.gz" 2017-06-01 2018-02-07 |
		gaf-encode "${candles_encoding[@]}" | sed -n 1,6000p >images
	resnet-classify -m "$CANDLES.onnx" <images >one
	resnet-classify -m "$CANDLES.onnx" --threads 2 <images >two
	same one two
	grep -v watermark images | resnet-classify -m "$CANDLES.onnx" | grep '"signal"' >alone
	grep '"signal"' one >together
	same together alone
	[ "$(wc -l <alone)" -gt 1000 ]
	jq -se 'all(.source == "resnet:candles" and (.probs | length) == 9 and .direction ==
	    ({none: 0, evening_star: -1, morning_star: 1, bearish_engulfing: -1, bullish_engulfing: 1,
	    shooting_star: -1, inverted_hammer: 1, bearish_harami: -1, bullish_harami: 1}[.label]))' alone
}

@test "candles: refuses images that are encoded otherwise" {
	. "$ROOT/models/candles.bash"
	candles_market 1 5 2030-01-07 2000 >bars
	gaf-encode "${candles_encoding[@]}" --window 32 <bars >images
	run --separate-stderr -3 stdin_is images resnet-classify -m "$CANDLES.onnx"
	[[ $stderr == *"window is 32, want 52"* ]]
	gaf-encode "${candles_encoding[@]}" --last 13 <bars >images
	run --separate-stderr -3 stdin_is images resnet-classify -m "$CANDLES.onnx"
	[[ $stderr == *"size is 13, want 12"* && $stderr == *"gaf-encode --window 52 --last 12 "* ]]
	gaf-encode "${candles_encoding[@]}" --channels close,body,gap,upper,lower <bars >images
	run --separate-stderr -3 stdin_is images resnet-classify -m "$CANDLES.onnx"
	[[ $stderr == *"channels"* ]]
	gaf-encode "${candles_encoding[@]}" --scale each <bars >images
	run --separate-stderr -3 stdin_is images resnet-classify -m "$CANDLES.onnx"
	[[ $stderr == *"scale is each, want true-range"* ]]
}
