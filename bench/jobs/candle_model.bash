# shellcheck shell=bash disable=SC2154,SC1091 # for bench/run.sh
# What the candle model is worth, beside the network of Chen and Tsai (2020) on their own images:
# nine classes on generated bars of other seeds and on real bars of underlyings and times that
# nothing was learned from, five training seeds; streams of all bars as they come; the same under
# noise, beside the rules themselves. BENCH_SEEDS: how many seeds (5); 0 judges the shipped model.
# Training takes about five minutes a seed; what is in DIR/models already is not made again.
job_candle_model()
{
	local w=$dir/candle-model shared=${TP_SHARED:-$root/../shared} s seeds=${BENCH_SEEDS:-5}
	mkdir -p "$w"
	rm -f "$w/seeds"
	. models/candles.bash
	say "test images"
	cm_generated "$w"
	cm_real "$w"
	{
		echo "candlesticks, nine classes, 350 images a class and 700 of none, or all there are"
		echo "(95 % intervals by series; * fewer than 50 images, not counted):"
		cm_judge shipped models/candles.onnx
		for ((s = 1; s <= seeds; s++)); do
			cm_seed "$s"
		done
		((seeds < 1)) || cm_mean
		cm_paper
		echo "all bars as they come (a rule detector: precision 1 at recall 1, as it made the labels):"
		cm_streams
		echo "noise on each price, in parts of the mean range; truth: the rules on bars without noise:"
		cm_noise
	} | tee -a "$dir/notes"
}

# cm_take FILE: 350 images of a class, 700 of none, evenly spread, or all there are
cm_take()
{
	awk '{ match($0, /"label":"[^"]*"/); c = substr($0, RSTART, RLENGTH) }
		NR == FNR { of[c]++; next }
		{ want = c ~ /"none"/ ? 700 : 350; i = seen[c]++ }
		of[c] <= want || int((i + 1) * want / of[c]) > int(i * want / of[c])' "$1" "$1"
}

# cm_both NAME PART: bars on stdin; images for our network and for the paper's, NAME and NAME.p, of the
# same bars: behind a hole the paper's shorter window is full again before ours
cm_both()
{
	cat >"$w/bars"
	candles_images "$2" <"$w/bars" >"$w/$1"
	(candles_encoding=(--window 10 --channels culr --range 01); candles_images <"$w/bars") |
		awk 'function key() {
				match($0, /"ts":"[^"]*","sym":"[^"]*"/)
				return substr($0, RSTART, RLENGTH)
			}
			NR == FNR { want[key()]; next } key() in want' "$w/$1" - >"$w/$1.p"
	rm "$w/bars"
}

cm_generated()
{
	local k
	[ ! -s "$w/gen.truth" ] || return 0
	for k in $candles_kinds; do
		candles_market "$k" "6$k" 2020-01-06 40000 | cm_both k 20
		cat "$w/k" >>"$w/gen.all"
		cat "$w/k.p" >>"$w/gen.all.p"
		candles_truth "$k-" <"$w/k" >>"$w/gen.all.t"
		candles_market "$k" "7$k" 2020-01-06 12000 | cm_both "stream-gen-$k" 1
		candles_truth "$k-" <"$w/stream-gen-$k" >"$w/stream-gen-$k.truth"
	done
	cm_chosen gen
	# the paper's own setting: geometric Brownian motion alone
	candles_market 1 81 2020-01-06 300000 | cm_both gbm.all 40
	candles_truth 1- <"$w/gbm.all" >"$w/gbm.all.t"
	cm_chosen gbm
}

# cm_chosen NAME: of NAME.all, .all.p and .all.t those of cm_take, by the lines of the first
cm_chosen()
{
	local f
	awk '{ print "\"label\":\"" $1 "\"\t" NR }' "$w/$1.all.t" >"$w/lines"
	cm_take "$w/lines" | cut -f2 >"$w/chosen"
	for f in '' .p .t; do
		awk 'NR == FNR { want[$1]; next } FNR in want' "$w/chosen" "$w/$1.all$f" >"$w/$1$f"
		rm "$w/$1.all$f"
	done
	mv "$w/$1.t" "$w/$1.truth"
}

# Underlyings that are in no file that was learned from, later than what was: stocks of 2016 and
# 2017, New Zealand dollar and gold of 2011 to 2014, minutes of currencies and coins.
cm_real()
{
	local f tag
	[ ! -s "$w/real.truth" ] || return 0
	if [ ! -e "$shared/data/daily/sp500_to_2017-06.csv.gz" ]; then
		say "no real bars beside the tree: $shared/data"
		return 0
	fi
	cm_family stocks "" 2016-01-01 "$shared/data/daily/sp500_to_2017-06.csv.gz"
	cm_family rates month: 2011-01-01 "$shared"/data/fx/hour_{NZDUSD,XAUUSD}.OANDA.csv.gz
	cm_family minutes month: 2014-01-01 "$shared"/data/minute/{crypto,fx,india,cfd,perp}_*.csv.gz
	for f in stocks rates minutes; do
		cat "$w/$f" >>"$w/real.all"
		cat "$w/$f.p" >>"$w/real.all.p"
		cat "$w/$f.truth" >>"$w/real.all.t"
	done
	cm_chosen real
}

# cm_family NAME TAG FROM FILE...: every image there is; that of EURUSD and BTCUSD is left out, as bars or
# ticks of these ship with the tree
cm_family()
{
	local name=$1 tag=$2 from=$3
	shift 3
	ibkr-feed -q --replay --from "$from" "$@" | grep -v '"sym":"EURUSD\|"sym":"BTCUSD' | cm_both "$name" 1
	candles_truth "$tag" <"$w/$name" >"$w/$name.truth"
}

# cm_answer MODEL NAME: truth, series, answer, likeliest, probability of the images NAME
cm_answer()
{
	resnet-classify -m "$1" <"$w/$2" | candles_answers | paste "$w/$2.truth" -
}

# cm_judge WHO MODEL [brief]
cm_judge()
{
	local t
	for t in gen gbm real; do
		[ -s "$w/$t.truth" ] || continue
		cm_answer "$2" "$t" | awk -v mode=nine -v name="$1, $t" -v brief="${3:-}" -f models/candles_eval.awk
	done
}

cm_seed()
{
	[ -s "$dir/models/candles/hard" ] || BUILD=$dir models/candles.sh data
	[ -s "$w/seed$1.onnx" ] ||
		BUILD=$dir models/candles.sh train "$1" "$w/seed$1.onnx" -q --resamples 0 >/dev/null
	if [ "$1" = 1 ]; then
		cmp -s models/candles.onnx "$w/seed1.onnx" && echo "seed 1 is the shipped model, byte for byte" ||
			echo "seed 1 differs from the shipped model: another instruction set?"
	fi
	cm_judge "seed $1" "$w/seed$1.onnx" brief | tee -a "$w/seeds"
}

cm_mean()
{
	awk '{ match($0, /, (gen|gbm|real)/); t = substr($0, RSTART + 2, RLENGTH - 2)
		match($0, /accuracy [0-9.]*/); v = substr($0, RSTART + 9, RLENGTH - 9) + 0
		n[t]++; sum[t] += v; square[t] += v * v }
		END { for (t in n) printf("mean of %d seeds, %s: %.4f, sd %.4f\n", n[t], t, sum[t] / n[t],
		    (n[t] > 1) * sqrt((square[t] - sum[t] ^ 2 / n[t]) / (n[t] - (n[t] > 1)) + 1e-12)) }' "$w/seeds"
}

# The network of the paper: on the same series as ours, and on 1,000 images a class.
cm_paper()
{
	local t files=() k
	if ! $python -c 'import torch, numpy' 2>/dev/null; then
		say "no torch here (apt-get install python3-torch): the paper's network is left out"
		return 0
	fi
	for t in gen gbm real stream-gen stream-real; do
		[ "$t" != stream-gen ] || cat "$w"/stream-gen-?.p >"$w/stream-gen.p"
		[ "$t" != stream-real ] || cat "$w"/{stocks,rates,minutes}.p >"$w/stream-real.p" 2>/dev/null
		[ ! -s "$w/$t.p" ] || files+=("$w/$t.p" "$w/$t.paper")
	done
	(
		# shellcheck disable=SC2030
		export CANDLES_ENCODING='--window 10 --channels culr --range 01' BUILD=$dir/paper
		[ -s "$dir/paper/models/candles/valid" ] || models/candles.sh images
	)
	k=$dir/paper/models/candles
	$python bench/peers/torch_chen_tsai.py 1 0 "${BENCH_PAPER_EPOCHS:-8}" "$k/base,$k/real" "$k/valid" "${files[@]}"
	for t in gen gbm real; do
		[ -s "$w/$t.paper" ] || continue
		paste "$w/$t.truth" "$w/$t.paper" |
			awk -v mode=nine -v name="paper's network, $t" -f models/candles_eval.awk
	done
	candles_market 1 91 2000-01-03 1500000 |
		(candles_encoding=(--window 10 --channels culr --range 01); candles_images 200) >"$w/own.p"
	candles_market 1 92 2000-01-03 300000 |
		(candles_encoding=(--window 10 --channels culr --range 01); candles_images 200) >"$w/own.valid.p"
	files=()
	for t in gen gbm real; do
		[ ! -s "$w/$t.p" ] || files+=("$w/$t.p" "$w/$t.own")
	done
	$python bench/peers/torch_chen_tsai.py 1 1000 50 "$w/own.p" "$w/own.valid.p" "${files[@]}"
	for t in gen gbm real; do
		[ -s "$w/$t.own" ] || continue
		paste "$w/$t.truth" "$w/$t.own" |
			awk -v mode=nine -v name="paper's, 1,000 a class, $t" -f models/candles_eval.awk
	done
}

cm_streams()
{
	local t
	cat "$w"/stream-gen-?.truth >"$w/stream-gen.truth"
	for t in "$w"/stream-gen-?; do
		resnet-classify -m models/candles.onnx <"$t" | candles_answers
	done | paste "$w/stream-gen.truth" - >"$w/stream-gen.answers"
	cm_stream "ours, generated" <"$w/stream-gen.answers"
	[ ! -s "$w/stream-gen.paper" ] || paste "$w/stream-gen.truth" "$w/stream-gen.paper" |
		cm_stream "paper's network, generated"
	[ -s "$w/real.truth" ] || return 0
	cat "$w"/{stocks,rates,minutes}.truth >"$w/stream-real.truth"
	for t in stocks rates minutes; do
		cm_answer models/candles.onnx "$t" >"$w/$t.answers"
		cm_stream "ours, $t" <"$w/$t.answers"
	done
	cat "$w"/{stocks,rates,minutes}.answers | cm_stream "ours, real"
	[ ! -s "$w/stream-real.paper" ] || paste "$w/stream-real.truth" "$w/stream-real.paper" |
		cm_stream "paper's network, real"
}

cm_stream()
{
	awk -v mode=stream -v name="$1" -v recall="${2:-0.8}" -f models/candles_eval.awk
}

# cm_shake SD: bars on stdin with normal noise on open, high, low and close
cm_shake()
{
	awk -v sd="$1" '
		function below1() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
		function normal(  i, x) { for (i = 0; i < 12; i++) x += below1(); return x - 6 }
		function get(key) { match($0, "\"" key "\":[0-9.]+"); return substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 3) + 0 }
		function put(key, v) { sub("\"" key "\":[0-9.]+", "\"" key "\":" sprintf("%.9f", v)) }
		BEGIN { seed = 7 }
		!/"type":"bar"/ { print; next }
		{
			match($0, /"sym":"[^"]*"/); s = substr($0, RSTART, RLENGTH)
			o = get("open"); h = get("high"); l = get("low"); c = get("close")
			range[s] = n[s]++ ? range[s] + (h - l - range[s]) / (n[s] < 50 ? n[s] : 50) : h - l
			k = sd * range[s]
			o += k * normal(); c += k * normal(); h += k * normal(); l += k * normal()
			if (h < o) h = o
			if (h < c) h = c
			if (l > o) l = o
			if (l > c) l = c
			put("open", o); put("high", h); put("low", l); put("close", c)
			print
		}'
}

cm_noise()
{
	local sd k at
	for sd in 0.02 0.05 0.1; do
		: >"$w/noisy.rules"
		: >"$w/noisy.ours"
		for k in 1 3 5 6; do
			candles_market "$k" "7$k" 2020-01-06 12000 >"$w/bars"
			cm_shake "$sd" <"$w/bars" | candles_images >"$w/noisy"
			candles_truth "$k-" <"$w/noisy" | cut -f1 |
				paste "$w/stream-gen-$k.truth" - | awk -F'\t' '{ print $1 "\t" $2 "\t" $3 "\t" \
				    ($3 == "none" ? "-" : $3) "\t" ($3 != "none") }' >>"$w/noisy.rules"
			resnet-classify -m models/candles.onnx <"$w/noisy" | candles_answers |
				paste "$w/stream-gen-$k.truth" - >>"$w/noisy.ours"
		done
		at=$(awk -F'\t' '$1 != "none" { n++; r += $1 == $3 } END { printf "%.4f", r / n }' "$w/noisy.rules")
		awk -F'\t' -v sd="$sd" -v at="$at" '$3 != "none" { n++; r += $1 == $3 }
			END { printf "%-34s precision %.3f at recall %.3f\n", "rules, noise " sd, r / n, at }' "$w/noisy.rules"
		cm_stream "ours, noise $sd" "$at" <"$w/noisy.ours"
	done
	rm -f "$w/bars" "$w/noisy"
}
