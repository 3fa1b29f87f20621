#!/bin/bash
# models/candles.sh [images | data | train SEED OUT | judge MODEL | card]: the network that names the
# eight candlestick patterns of Chen and Tsai, models/candles.onnx, and its card, models/candles.md.
#
# The bars are generated (candles.bash) and those of testdata/, up to a day; the labels are those of
# pattern-scan --rules chen-tsai. Most bars are none, and most of those look like nothing, so a
# first network, the scout, learns from some of them, and the second from those that the scout takes
# for patterns, or nearly. `data` makes the images and the scout, in $BUILD/models/candles (`images`:
# without a scout, of another encoding); `train` makes one network from them, which is how
# bench/jobs/candle_model.bash gets one a seed; `judge` says what one is worth on the bars to choose by.
# The tools are looked for in PATH. The numbers of an epoch go to $BUILD/models/candles/*.metrics.
set -euo pipefail
cd "$(dirname "$0")/.."
. models/candles.bash
mkdir -p "${BUILD:-build}/models/candles"
work=$(cd "${BUILD:-build}/models/candles" && pwd)
stocks_until=2015-07-01 fx_until=2010-01-01     # learned from
stocks_chosen=2016-01-01 fx_chosen=2011-01-01   # and from there on to choose by, until these
scout=(--blocks 1 --strides 2 --widths 16 --hidden 128)
network=(--pool flat --blocks 1 --strides 1 --widths 32 --hidden 256 --dropout 0.1 --lr 0.003)

say()
{
	echo "candles: $*" >&2
}

# done_with NAME: NAME.part is whole
done_with()
{
	mv "$work/$1.part" "$work/$1"
	say "$1: $(grep -c . "$work/$1") images"
}

# generated NAME START SEEDS BARS PART
generated()
{
	local k
	for k in $candles_kinds; do
		candles_market "$k" "$3$k" "$2" "$4" | candles_images "$5"
	done >"$work/$1.part"
}

# real STOCKS_FROM STOCKS_TO FX_FROM FX_TO PART
real()
{
	candles_bars testdata/daily/sp500_5y.csv.gz "$1" "$2" | candles_images "$5"
	candles_bars testdata/fx/hour_EURUSD.OANDA.csv.gz "$3" "$4" | candles_images "$5"
}

# Of images on stdin: patterns, and those that are none and get a pattern's probability of 0.1 of the
# scout.
hard()
{
	cat >"$work/all"
	resnet-classify -m "$work/scout.onnx" <"$work/all" | candles_answers >"$work/all.answers"
	awk -F'\t' 'NR == FNR { hard[NR] = $3 >= 0.1; next } hard[FNR] || !/"label":"none"/' \
	    "$work/all.answers" "$work/all"
	rm "$work/all" "$work/all.answers"
}

make_images()
{
	generated base 1971-01-04 1 500000 100
	done_with base
	generated valid 2010-01-04 2 26000 250
	real "$stocks_until" "$stocks_chosen" "$fx_until" "$fx_chosen" 250 >>"$work/valid.part"
	done_with valid
	real 2000-01-01 "$stocks_until" 2000-01-01 "$fx_until" 30 >"$work/real.part"
	done_with real
}

make_hard()
{
	local k
	say "the scout"
	(cd "$work" && resnet-train -q --train base --valid valid --out scout.onnx "${network[@]}" "${scout[@]}" \
	    --epochs 3 --select accuracy --resamples 0 --metrics scout.metrics >/dev/null)
	real 2000-01-01 "$stocks_until" 2000-01-01 "$fx_until" 1 | hard >"$work/real.part"
	done_with real
	for k in $candles_kinds; do
		candles_market "$k" "3$k" 1971-01-04 125000 | candles_images | hard
	done >"$work/hard.part"
	done_with hard
}

# train SEED OUT [OPTION...]: the report is printed. The command becomes a part of the model, so it
# has no paths of this machine.
train()
{
	local seed=$1 out
	out=$(realpath "$2")
	shift 2
	(cd "$work" && resnet-train --train base,hard,real --valid valid --out "$out" --name candles \
	    --seed "$seed" "${network[@]}" --class-weights prior --select accuracy \
	    --epochs "${CANDLES_EPOCHS:-4}" "$@")
}

# ---- the card ----
# judged NAME TAG MODEL: of images on stdin how the nine classes are told apart, and what it is worth
# on all of them
judged()
{
	cat >"$work/test"
	candles_truth "$2" <"$work/test" >"$work/test.truth"
	resnet-classify -m "$3" <"$work/test" | candles_answers | paste "$work/test.truth" - >"$work/test.answers"
	awk -v mode=nine -v name="$1" -f models/candles_eval.awk "$work/test.answers"
	awk -v mode=stream -v name="$1" -f models/candles_eval.awk "$work/test.answers"
	rm "$work/test" "$work/test.truth" "$work/test.answers"
}

# figures MODEL SEEDS START BARS STOCKS_FROM STOCKS_TO FX_FROM FX_TO: of all bars as they come
figures()
{
	local k
	for k in $candles_kinds; do
		candles_market "$k" "$2$k" "$3" "$4" | candles_images | sed "s/\"SYM/\"K$k-SYM/"
	done | judged "generated" "" "$1"
	candles_bars testdata/daily/sp500_5y.csv.gz "$5" "$6" | candles_images |
		judged "65 stocks from ${5%-*}" "" "$1"
	candles_bars testdata/fx/hour_EURUSD.OANDA.csv.gz "$7" "$8" | candles_images |
		judged "EUR/USD, hours, from ${7%-*}" "month:" "$1"
}

card()
{
	cat <<-END
		# candles.onnx

		Names the eight candlestick patterns of Chen and Tsai (Financial Innovation 6:26, 2020), or none, in an
		image of the last 12 bars among 52. It has learned their rules (\`pattern-scan --rules chen-tsai\`), which name
		the same patterns without error: it is worth what a learned answer is worth beside an exact one, a
		probability, and says nothing of what prices do afterwards.

		    ibkr-feed --replay FILE | gaf-encode ${candles_encoding[*]} | resnet-classify -m models/candles.onnx

		| | |
		|---|---|
		| SHA-256 | $(sha256sum <"$1" | cut -d' ' -f1) |
		| classes | none, evening_star, morning_star, bearish_engulfing, bullish_engulfing, shooting_star, inverted_hammer, bearish_harami, bullish_harami |
		| images | gasf, $(printf '%s ' "${candles_encoding[@]}")|
		| made by | \`make models\` (models/candles.sh), seed 1, \`${network[*]} --class-weights prior --select accuracy --epochs ${CANDLES_EPOCHS:-4}\` |
		| generated bars | eight kinds of markets (models/candles.bash), seeds 11 to 18, 500,000 bars each; 125,000 each of 31 to 38: patterns, and none that a first network took for patterns |
		| real bars | testdata/daily/sp500_5y.csv.gz before $stocks_until, testdata/fx/hour_EURUSD.OANDA.csv.gz before $fx_until: patterns, and none that it took for patterns |
		| chosen by | generated bars of seeds 21 to 28; the same stocks from there until $stocks_chosen, EUR/USD until $fx_chosen |
		| SHA-256 of the images | base $(sha256sum <"$work/base" | cut -c1-16), hard $(sha256sum <"$work/hard" | cut -c1-16), real $(sha256sum <"$work/real" | cut -c1-16), valid $(sha256sum <"$work/valid" | cut -c1-16) |

		## Figures

		Bars that nothing was learned from or chosen by: other seeds (41 to 48), or later. All bars as they come, so
		nearly all are none; 95 % intervals by bootstrap over series (months of EUR/USD). A class with fewer
		than 50 patterns is marked * and not counted.

	END
	figures "$1" 4 2016-01-04 12000 "$stocks_chosen" 2019-01-01 "$fx_chosen" 2015-01-01 | sed 's/^/    /'
	cat <<-'END'

		Other underlyings, five seeds, the network of the paper beside it: `bench/run.sh build/bench candle_model`.

		## Limits

		- It needs 52 bars in a row without a hole before it says anything.
		- The ranks in the rules are among the 51 bars up to the one that is ranked, those of the image among its 52; the
		  average true range looks back further. What is near a threshold is a guess.
		- On all bars as they come it gives false alarms: see the precision above. Use the rules where they can be had.
		- Bars without an open of their own (the close before) have neither engulfing nor harami by these rules.
		- The probabilities are calibrated on images four of five of which have a pattern, not one of sixty.
	END
}

case ${1:-all} in
images)
	make_images
	;;
data)
	make_images
	make_hard
	;;
train)
	train "$2" "$3" "${@:4}"
	;;
judge)
	figures "$2" 2 2010-01-04 26000 "$stocks_until" "$stocks_chosen" "$fx_until" "$fx_chosen"
	;;
card)
	card models/candles.onnx >models/candles.md
	;;
all)
	make_images
	make_hard
	say "the network"
	train 1 models/candles.onnx --metrics "$work/candles.metrics" >"$work/report"
	say "its card"
	card models/candles.onnx >"$work/candles.md"
	mv "$work/candles.md" models/candles.md
	;;
*)
	echo "usage: models/candles.sh [images | data | train SEED OUT | judge MODEL | card]" >&2
	exit 2
	;;
esac
