# shellcheck shell=bash disable=SC2034
# What models/candles.sh and bench/jobs/candle_model.bash have in common: made-up markets, labels,
# images, answers. Sourced.

# What an image shows: DECISIONS.md, "What the candle model sees". CANDLES_ENCODING: something else.
read -r -a candles_encoding <<<"${CANDLES_ENCODING:---window 52 --last 12 --channels candle \
    --scale true-range --range 01}"

# Kinds of generated markets. Real bars have gaps between them, coarse ticks, dojis, fat tails and
# spells of high volatility, so these have, each more of one.
candles_kinds='1 2 3 4 5 6 7 8'

# candles_market KIND SEED START BARS: bars of 20 series
candles_market()
{
	local all=(--symbols 20 --seed "$2" --start "$3") n=$4
	case $1 in
	1) tick-gen --type bar "${all[@]}" -n "$n" --tick-size 0.00001 ;;
	2) tick-gen --type bar "${all[@]}" -n "$n" ;; # a bar is as high as 4 ticks
	3) tick-gen --type bar "${all[@]}" -n "$n" --step 1d --model heston --vol 0.3 \
	    --vol-of-vol 0.9 --reversion 8 ;;
	4) tick-gen --type bar "${all[@]}" -n "$n" --step 1d --model merton --vol 0.25 \
	    --jump-rate 40 --jump-vol 0.03 ;;
	5) tick-gen --type bar "${all[@]}" -n "$n" --step 5m --model regime --stay 3h \
	    --regimes calm:0.1:0.1,busy:0:0.3,wild:-0.2:0.8 --tick-size 0.001 ;;
	# of few trades: the open is far from the close before
	6) tick-gen "${all[@]}" -n $((n * 5)) --step 12s --tick-size 0.0001 --spread 0.1 |
		bar-agg -i 1m ;;
	# of many, at bid and ask: opens at the close before, and dojis
	7) tick-gen "${all[@]}" -n $((n * 24)) --step 50s --tick-size 0.01 --spread 0.4 |
		bar-agg -i 20m ;;
	8) tick-gen "${all[@]}" -n $((n * 3)) --step 20s --model regime --stay 2h \
	    --regimes a:0:0.1,b:0:0.5 --tick-size 0.001 --spread 0.2 | bar-agg -i 1m ;;
	esac
}

# candles_images [PART]: bars to labelled images; of those labelled none one in PART (1). The first
# 52 bars of a series have no label, as ranks are among 51.
candles_images()
{
	pattern-scan --rules chen-tsai | gaf-encode "${candles_encoding[@]}" --labels patterns |
		awk -v part="${1:-1}" '
			{ match($0, /"sym":"[^"]*"/); sym = substr($0, RSTART, RLENGTH) }
			/"type":"bar"/ { bars[sym]++ }
			!/"type":"image"/ || bars[sym] < 53 { next }
			/"label":"none"/ { if (none++ % part == 0) print; next }
			{ print }'
}

# candles_truth TAG: of images, a line each: label, series (TAG, symbol, and the month if TAG ends
# in "month:")
candles_truth()
{
	awk -v tag="$1" '/"type":"image"/ {
		match($0, /"sym":"[^"]*"/); s = tag substr($0, RSTART + 7, RLENGTH - 8)
		if (tag ~ /month:$/) { match($0, /"ts":"/); s = s substr($0, RSTART + 6, 7) }
		match($0, /"label":"[^"]*"/); print substr($0, RSTART + 9, RLENGTH - 10) "\t" s }'
}

# Of signals, a line each: answer, likeliest pattern, its probability.
candles_answers()
{
	awk '/"type":"signal"/ {
		match($0, /"label":"[^"]*"/); answer = substr($0, RSTART + 9, RLENGTH - 10)
		match($0, /"probs":[{][^}]*[}]/)
		n = split(substr($0, RSTART + 9, RLENGTH - 10), p, ",")
		top = -1
		for (i = 1; i <= n; i++) {
			split(p[i], q, "\"")
			v = substr(q[3], 2) + 0
			if (q[2] != "none" && v > top) { top = v; best = q[2] }
		}
		print answer "\t" best "\t" top }'
}

# candles_bars FILE FROM TO: bars of a file from a day to before another
candles_bars()
{
	ibkr-feed -q --replay --from "$2" --to "$3" "$1"
}
