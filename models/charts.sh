#!/bin/sh
# Makes models/charts.onnx, which names 20 chart patterns in images of the last 64 closes, and its
# card models/charts.md, from generated series alone. Run by `make models` with the tools on PATH; the
# same bytes come out on every machine with the same instruction set. What it was doing goes to
# stderr. TP_CHARTS_BARS and TP_CHARTS_EPOCHS make a smaller one, for trying things out.
set -eu
cd "$(dirname "$0")/.."
work=${BUILD:-build}/models/charts
bars=${TP_CHARTS_BARS:-1000000}
epochs=${TP_CHARTS_EPOCHS:-5}
out=${TP_CHARTS_OUT:-models}
mkdir -p "$work"

types=
for t in head_shoulders_top head_shoulders_bottom double_top double_bottom triple_top triple_bottom \
    rectangle_top rectangle_bottom ascending_triangle descending_triangle \
    symmetrical_triangle_top symmetrical_triangle_bottom broadening_top broadening_bottom \
    rising_wedge falling_wedge bull_flag bear_flag bull_pennant bear_pennant; do
	types=$types${types:+,}$t
done
encode="--window 64 --size 32 --channels close --method gasf --range 01"
# Own seeds for what is learned from, chosen by, judged by; noise with it.
noises="0.02 0.04 0.06 0.08"
train="--widths 16,32,64 --strides 2,2,2 --pool flat --dropout 0.2 --epochs $epochs --seed 1"

say()
{
	echo "charts: $*" >&2
}

# series SEED NOISE BARS PATTERNS [OPTION...]: bars into $work/bars, the truth into $work/truth
series()
{
	seed=$1 noise=$2 n=$3 what=$4
	shift 4
	# a year for each set: resnet-train drops images of a symbol that overlap with those held out
	year=$((1980 + seed % 1000 / 100))
	tick-gen --patterns "$what" --noise "$noise" --seed "$seed" --symbols 50 --ticks "$n" "$@" \
	    --start "$year-01-02" --watermark-interval 1s --truth "$work/truth" >"$work/bars"
}

# images EVERY SEED NOISE BARS PATTERNS [OPTION...]: labelled images, one of EVERY of those without a pattern
images()
{
	every=$1
	shift
	series "$@"
	# shellcheck disable=SC2086 # words
	awk -v every="$every" -f models/charts_mark.awk "$work/truth" "$work/bars" |
		gaf-encode $encode --labels patterns --label-bars 5 |
		awk -f models/charts_take.awk
}

# Patterns of other lengths, and with noise that wanders.
other="--stretch 0.7,1.05 --bridge 0.25"

# set_of SEED BARS FILE: images of all noises, and of random walks
set_of()
{
	s=$1
	: >"$3"
	for part in $noises; do
		s=$((s + 1))
		say "images for $(basename "$3"), noise $part"
		images 29 "$s" "$part" "$2" "$types" >>"$3"
		# shellcheck disable=SC2086 # words
		images 29 $((s + 10)) "$part" $(($2 / 2)) "$types" $other >>"$3"
	done
	say "images for $(basename "$3"), random walks"
	images 13 $((s + 1)) 0.04 $(($2 * 6 / 5)) none >>"$3"
}

# stream FIRST_SEED BARS: what the network says on streams, and what was drawn, to $work/said.*
# and $work/drawn, for models/charts_judge.awk
stream()
{
	s=$1
	: >"$work/drawn"
	: >"$work/said"
	for part in 0.02 0.04 0.08 other walk; do
		s=$((s + 1))
		say "what the model says of a stream, $part"
		# shellcheck disable=SC2086 # words
		case $part in
		walk)
			series "$s" 0.04 $((2 * $2)) none
			rules=$(pattern-scan -q --chart="$types" <"$work/bars" | grep -c '"state":"formed"')
			;;
		other) series "$s" 0.04 "$2" "$types" $other ;;
		*) series "$s" "$part" "$2" "$types" ;;
		esac
		{
			jq -r --arg part "$part" 'def minute: sub("[.][0-9]+Z$"; "Z") | fromdate / 60 | floor;
			    ["T", .sym, .name, $part, ([.pivots[][0] | minute | tostring] | join(","))] | @tsv' "$work/truth"
			[ "$part" != walk ] || grep '"bar"' "$work/bars" | cut -d '"' -f 12 | sort | uniq -c |
				awk '{ print "W\t" $2 "\t" $1 }'
		} | awk -v n="$part" 'BEGIN { FS = OFS = "\t" } { $2 = n "." $2; print }' >>"$work/drawn"
		# shellcheck disable=SC2086 # words
		gaf-encode $encode <"$work/bars" | resnet-classify -m "$work/charts.onnx" | awk -f models/charts_said.awk |
			awk -v n="$part" 'BEGIN { FS = OFS = "," } { $2 = n "." $2; print }' >>"$work/said"
	done
}

# judged THRESHOLD: the figures of the last stream
judged()
{
	{
		cat "$work/drawn"
		awk -v at="$1" -f models/charts_emit.awk "$work/said"
	} | awk -f models/charts_judge.awk
}

set_of 7100 "$bars" "$work/train.ndjson"
set_of 7200 $((bars / 8)) "$work/valid.ndjson"
set_of 7300 $((bars / 4)) "$work/test.ndjson"
say "training; about $((epochs * bars / 1000000 + 1)) minutes on an idle core"
# In its folder, so that the command that the model carries is the same wherever it was made.
# shellcheck disable=SC2086 # words
(cd "$work" &&
	resnet-train --train train.ndjson --valid valid.ndjson --test test.ndjson --name charts --out charts.onnx \
	    $train --threads "${TP_CHARTS_THREADS:-2}" --metrics metrics.ndjson --report json >report.json)

# The threshold: the lowest one with at most as many false alarms on random walks as pattern-scan's
# rules for the same types, on streams of their own seeds.
stream 7400 "$((bars / 7))"
threshold=
for at in 0.50 0.60 0.65 0.70 0.75 0.80 0.85 0.88 0.90 0.92 0.94 0.95 0.96 0.97 0.98 0.99 0.995 0.999; do
	alarms=$(awk -v at="$at" -f models/charts_emit.awk "$work/said" | grep -c '	walk[.]')
	say "threshold $at: $alarms false alarms, the rules $rules"
	threshold=$at
	if [ "$alarms" -le "$rules" ]; then break; fi
done
allowed=$rules
stream 7500 "$((bars / 4))"
judged "$threshold" >"$work/stream.txt"

card()
{
	cat <<-END
		# charts.onnx

		Names 20 chart patterns, or none, in an image of the last 64 closes. Made by models/charts.sh (\`make models\`);
		this page, too.

		File: SHA-256 $(sha256sum <"$work/charts.onnx" | cut -c1-64), $(wc -c <"$work/charts.onnx") bytes, $(onnx-run --info "$work/charts.onnx" | sed -n 's/^\([0-9]*\) parameters.*/\1/p') parameters

		Threshold: $threshold

		    gaf-encode $encode |
		        resnet-classify -m models/charts.onnx --max-none $(awk "BEGIN { print 1 - $threshold }")

		A type is said where the probability that there is one of the 20, 1 - that of none, is at the threshold or
		above. It was chosen as the lowest of a list that gives no more false alarms on random walks than pattern-scan
		--chart with the same types ($allowed on $((2 * (bars / 7))) bars), on streams of its own seeds. The network says its answer
		anew at each bar; what is counted is an emission: a type that was not said in the 20 bars before, three in
		100 bars at most (models/charts_emit.awk).

		## What it is

		$(jq -r '"Residual network, three stages of one block, 16, 32 and 64 wide, each of stride 2; every pixel of the last\none goes into a dense layer. Kept: epoch \(.epoch), temperature \(.temperature * 1000 | round / 1000)."' "$work/report.json" 2>/dev/null)
		The image is 32 pixels a side, each the mean of two closes, GASF of 0..1: on -1..1 a GASF shows a top and its mirror image
		alike. 64 bars show all of a pattern of up to 60, and a series gives its first answer with its 64th bar.

		## Data

		Generated: tick-gen --patterns, noise $noises of the amplitude, and random walks; nothing real. Patterns of the
		usual lengths, and half as many with $other. Seeds 7101 to 7114 to
		learn from, 7201 to 7214 to choose the epoch and the temperature, 7301 to 7314 to judge single images, 7401 to 7405 to
		choose the threshold, 7501 to 7505 to judge streams: no series is in two of them. Learned from: the first, third
		and fifth image from the bar on that completes a pattern, one of 29 images without one, one of 13 of random walks.
		$(jq -r '"Images: \(.data.train.images) to learn from, \(.data.valid.images) to choose by, \(.data.test.images) to judge by."' "$work/report.json" 2>/dev/null)
		SHA-256 of images and labels: $(onnx-run --info "$work/charts.onnx" | grep -o '"data_sha256":"[0-9a-f]*"' | cut -d '"' -f 4)

		    resnet-train $train

		## Streams: test

		Own test seeds 7501 to 7505, $((bars / 4)) bars for each noise and for the others ($other, noise 0.04), and
		$((2 * (bars / 4))) of random walks. Right: the type (a rectangle may be called a triple), from the last extreme
		but one until ten bars behind the end, 40 % of the span shared, the span being the mean one of the type;
		95 % intervals (Wilson's, Byar's). bench/jobs/chart_model.bash has pattern-scan beside it.

		$(sed 's/^/    /' "$work/stream.txt")

		## Single images: test

		$(jq -r 'def s: map(. * 10000 | round / 10000) | "\(.[0]) [\(.[1]), \(.[2])]"; .metrics | "\(.images) images; accuracy \(.accuracy | s), macro F1 \(.macro_f1 | s), calibration error \(.ece_calibrated * 10000 | round / 10000)."' "$work/report.json")
		The intervals take images for independent; three at a time show one pattern, so they are too narrow.

		| class | images | precision | recall |
		|---|---|---|---|
		$(jq -r 'def r: if . then map(. * 1000 | round / 1000) | "\(.[0]) [\(.[1]), \(.[2])]" else "-" end;
		    .metrics | .classes[] | "| \(.label) | \(.images) | \(.precision | r) | \(.recall | r) |"' "$work/report.json")

		## Limits

		- A network that names what a generator draws has learned the generator. pattern-scan's tables were fitted on
		  the same templates; neither figure says how often people would agree.
		- It knows patterns as tick-gen draws them: 18 to 38 bars, doubles 32 to 63, of 64 closes. Of patterns two
		  to three times the usual length it finds none, of those half as long three in four; pattern-scan finds nine
		  in ten of both. Larger ones may be seen in longer bars (bar-agg).
		- It answers two bars later than pattern-scan: it learned patterns that are complete.
		- It says a type, not where the pattern begins, its corners, target or stop, nor whether it was confirmed.
		- Only closes: volume, highs and lows are not seen.
		- Channels, cups and range breakouts were not learned; they get the name of something else or none.
		- Real bars were neither learned from nor is there a truth for them. That a pattern is there says little about
		  what comes next.
	END
}
card >"$work/charts.md"
mv "$work/charts.md" "$out/charts.md"
mv "$work/charts.onnx" "$out/charts.onnx"
rm -f "$work"/*.ndjson "$work/bars" "$work/truth" "$work/said" "$work/drawn"
say "wrote $out/charts.onnx and $out/charts.md"
