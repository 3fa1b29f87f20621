# shellcheck shell=bash disable=SC2016,SC2086,SC2154 # for bench/run.sh
# Chart patterns: the network models/charts.onnx beside the rules of pattern-scan, and both together,
# by one judge (models/charts_judge.awk): recall by noise and type and false alarms on random
# walks, on fresh generated streams and on vectors/chart where it is; what both say of real bars.
#
# The network counts at the threshold of its card, by models/charts_emit.awk; pattern-scan's `formed`
# records count as they are. Both look for the 20 types that the network knows. `both` is where
# they agree on the type, `mix` a view of signal-mix that both must confirm, which knows directions only.

# What is generated besides patterns of the usual lengths (26 to 36 bars, doubles 46 to 60) under white
# noise: shorter and longer ones, and noise that wanders.
declare -A chart_model_other=([short]="--stretch 0.5,0.7" [long]="--stretch 2,3" [wander]="--bridge 1")

# chart_model_bars NOISE|PART SEED BARS: a stream into $d/bars, its truth into $d/truth
chart_model_bars()
{
	local noise=$1 what=$chart_model_types more=
	case $1 in
	walk) noise=0.04 what=none ;;
	short | long | wander) noise=0.04 more=${chart_model_other[$1]} ;;
	esac
	tick-gen --patterns "$what" --noise "$noise" $more --seed "$2" --symbols 50 --ticks "$3" \
		--watermark-interval 1s --truth "$d/truth" >"$d/bars"
}

# chart_model_truth NAME: $d/truth for the judge, symbols marked with NAME
chart_model_truth()
{
	jq -r --arg n "$1" 'def minute: sub("[.][0-9]+Z$"; "Z") | fromdate / 60 | floor;
		["T", $n + "." + .sym, .name, $n, ([.pivots[][0] | minute | tostring] | join(","))] | @tsv' "$d/truth"
}

# chart_model_walk NAME: the bars of $d/bars are a walk
chart_model_walk()
{
	grep '"bar"' "$d/bars" | grep -o '"sym":"[^"]*"' | cut -d '"' -f 4 | sort | uniq -c |
		awk -v n="$1" '{ print "W\t" n "." $2 "\t" $1 }'
}

# chart_model_mix MINUTES: views that both confirm, of $d/bars
chart_model_mix()
{
	jq -n --arg span "$((10 * $1))m" '{name: "both", threshold: 0.01, change: 2, ttl: $span, confirm: {k: 2, window: $span},
		sources: [{match: "pattern:*", group: "rules"}, {match: "resnet:charts", group: "network"}]}' >"$d/mix.json"
	gaf-encode $chart_model_encode <"$d/bars" |
		resnet-classify -m models/charts.onnx --threads "${BENCH_THREADS:-1}" --max-none "$(awk "BEGIN { print 1 - $chart_model_at }")" |
		pattern-scan -q --chart="$chart_model_types" | signal-mix -q -c "$d/mix.json" | grep '"source":"mix:both"' |
		jq -r --argjson step "$1" 'select(.direction != 0) |
			((.ts | sub("[.][0-9]+Z$"; "Z") | fromdate / 60 | floor) - $step) as $t |
			["E", "mix", .sym, $t, (if .direction > 0 then "up" else "down" end), $t - 33 * $step] | @tsv'
}

# chart_model_say NAME [MINUTES]: what both say of $d/bars (bars of so many minutes), and where they agree:
# the same type within 10 bars of each other, at the later one, with the span of the rules
chart_model_say()
{
	local step=${2:-1}
	gaf-encode $chart_model_encode <"$d/bars" |
		resnet-classify -m models/charts.onnx --threads "${BENCH_THREADS:-1}" | awk -f models/charts_said.awk |
		awk -v at="$chart_model_at" -v step="$step" -f models/charts_emit.awk >"$d/network"
	pattern-scan -q --chart="$chart_model_types" <"$d/bars" | grep '"state":"formed"' |
		jq -r --argjson step "$step" 'def minute: sub("[.][0-9]+Z$"; "Z") | fromdate / 60 | floor;
			["E", "pattern-scan", .sym, (.ts | minute) - $step, .name, (.start | minute)] | @tsv' >"$d/rules"
	sort -t "$(printf '\t')" -s -k 3,3 -k 4,4n "$d/network" "$d/rules" |
		awk -v step="$step" 'BEGIN { FS = OFS = "\t" }
			function family(t) { sub(/^triple_/, "rectangle_", t); return t }
			{ k = $3 FS family($5); other = $2 == "network" ? "pattern-scan" : "network"
			  if (((other, k) in at) && $4 - at[other, k] <= 10 * step) {
				print "E", "both", $3, $4, $5, $2 == "network" ? start[k] : $6
				delete at[other, k]
			  } else
				at[$2, k] = $4
			  if ($2 != "network") start[k] = $6 }' >"$d/both"
	chart_model_mix "$step" >"$d/mixed"
	cat "$d/network" "$d/rules" "$d/both" "$d/mixed" | awk -v n="$1" 'BEGIN { FS = OFS = "\t" } { $3 = n "." $3; print }'
}

# chart_model_made "PART...": generated streams, for the judge
chart_model_made()
{
	local s=${BENCH_SEED:-9001} n=${BENCH_CHART_BARS:-120000} part
	for part in $1; do
		s=$((s + 1))
		chart_model_bars "$part" "$s" "$n"
		if [ "$part" = walk ]; then
			chart_model_walk walk
		else
			chart_model_truth "$part"
		fi
		chart_model_say "$part"
	done
}

# vectors/chart as streams: bars of a minute, each series a symbol that begins on 2024-01-01
chart_model_vectors()
{
	local v=$1 f
	local bars='
		BEGIN { OFS = ","; print "ts,sym,ts_end,interval,open,high,low,close" }
		function at(i) { return sprintf("2024-01-%02dT%02d:%02d:00Z", 1 + int(i / 1440), int(i / 60) % 24, i % 60) }
		NR > 1 { i = series ? $2 : NR - 2
			print at(i), series ? "S" $1 : "WALK", at(i + 1), "1m", $(series + 1 + (series > 0)),
			    $(series + 2 + (series > 0)), $(series + 3 + (series > 0)), $(series + 4 + (series > 0)) }'
	jq -r '.[] | ["T", "vectors.S\(.series)", .type, .noise, ([.pivots[] + 28401120 | tostring] | join(","))] | @tsv' "$v/labels.json"
	zcat "$v/labelled_series.csv.gz" | awk -F, -v series=1 "$bars" >"$d/bars.csv"
	ibkr-feed -q --replay --sort "$d/bars.csv" >"$d/bars"
	chart_model_say vectors
	f=$(zcat "$v/random_walk_4000.csv.gz" | wc -l)
	printf 'W\twalk.WALK\t%d\n' $((f - 1))
	zcat "$v/random_walk_4000.csv.gz" | awk -F, -v series=0 "$bars" >"$d/bars.csv"
	ibkr-feed -q --replay "$d/bars.csv" >"$d/bars"
	chart_model_say walk
}

chart_model_real()
{
	ibkr-feed -q --replay testdata/daily/sp500_5y.csv.gz >"$d/bars"
	chart_model_walk real
	chart_model_say real 1440
}

chart_model_judge()
{
	grep -v "^E.mix" "$d/all" | awk -f models/charts_judge.awk
	echo "the same, by type and time alone:"
	grep -v "^E.mix" "$d/all" | awk -v span=0 -v brief=1 -f models/charts_judge.awk
	echo "the same, by direction and time alone:"
	awk -v direction=1 -v span=0 -v brief=1 -f models/charts_judge.awk "$d/all"
}

job_chart_model()
{
	local d=$dir/chart_model shared=${TP_SHARED:-$root/../shared}
	mkdir -p "$d"
	chart_model_at=$(sed -n 's/^Threshold: //p' models/charts.md)
	chart_model_encode=$(sed -n 's/^ *gaf-encode \(.*\) |$/\1/p' models/charts.md)
	chart_model_types=$(onnx-run --info models/charts.onnx | grep -o '"classes":\["[^]]*\]' |
		cut -d '[' -f 2 | tr -d '"]' | tr , '\n' | grep -v '^none$' | paste -sd,)
	[ -n "$chart_model_at" ] && [ -n "$chart_model_types" ]
	say "chart patterns: network (threshold $chart_model_at) beside rules"
	{
		echo "generated streams (seeds from ${BENCH_SEED:-9001} + 1 on):"
		chart_model_made "0.02 0.04 0.08 walk" >"$d/all"
		chart_model_judge
		echo "generated otherwise, noise 0.04: short, half the length and a little more; long, two to three times;"
		echo "wander, noise that wanders from corner to corner:"
		BENCH_SEED=$((${BENCH_SEED:-9001} + 10)) chart_model_made "short long wander" | grep -v "mix" >"$d/all"
		awk -v brief=1 -v span=0 -f models/charts_judge.awk "$d/all"
		if [ -e "$shared/vectors/chart/labels.json" ]; then
			echo "vectors/chart:"
			chart_model_vectors "$shared/vectors/chart" >"$d/all"
			chart_model_judge
		else
			echo "vectors/chart: not here, not measured"
		fi
		echo "five years of 65 real daily stocks; there is no truth, so an alarm is an emission:"
		chart_model_real >"$d/all"
		awk -v brief=1 -f models/charts_judge.awk "$d/all"
	} | tee -a "$dir/notes"
}
