load helper

T=$BATS_TEST_DIRNAME/../testdata/bar-agg

setup()
{
	tp_setup
	# the vectors' ticks as trades of symbol A
	awk -F, 'NR == 1 { print "ts,sym,price,size,side"; next }
	    { print $1 ",A," $2 "," $3 "," ($4 > 0 ? "buy" : "sell") }' "$T/ticks_400.csv" >ticks.csv
	ibkr_feed_like <ticks.csv >ticks.ndjson
}

# the same trades as NDJSON, one watermark after each instant
ibkr_feed_like()
{
	jq -Rnc '[inputs | split(",")] | .[1:][] | (.[0] | tonumber) as $ms |
	    (($ms / 1000 | floor | todate)[0:19] + "." + ("00" + ($ms % 1000 | tostring))[-3:] + "000000Z") as $ts |
	    {type: "trade", ts: $ts, sym: "A", price: (.[2] | tonumber), size: (.[3] | tonumber), side: .[4]},
	    {type: "watermark", ts: $ts}'
}

# bars (NDJSON) as rows of the vectors: ts_first,ts_last,open,high,low,close,volume,n,vwap
rows()
{
	jq -r 'def ms: (.[0:19] + "Z" | fromdateiso8601) * 1000 + (.[20:23] | tonumber);
	    select(.type == "bar") | [(.ts | ms), (.ts_end | ms), .open, .high, .low, .close, .volume,
	    .count, .vwap] | @csv'
}

# same_numbers A B: cell by cell to 1e-9 relative
same_numbers()
{
	awk -F, 'function off(a, b) { return a != b && (a - b > 0 ? a - b : b - a) > 1e-9 * (b < 0 ? -b : b) }
	    NR == FNR { want[FNR] = $0; n = FNR; next }
	    { k = split(want[FNR], w, ","); if (k != NF) bad = 1
	      for (i = 1; i <= NF; i++) if (off($i, w[i])) { print FILENAME ":" FNR ": " $0 " is not " want[FNR]; bad = 1 } }
	    END { exit bad || FNR != n || !n }' "$1" "$2"
}

drop_rest()
{
	jq -c 'select(.type == "bar")'
}

# ---- what every tool shows ----

@test "empty input, bad line, bad option" {
	check_empty
	check_bad_line
	check_bad_option
}

@test "a full disk and a reader that leaves" {
	check_dev_full ticks.csv
	check_reader_leaves ticks.csv
}

@test "unknown records pass" {
	check_unknown_passes
	check_unknown_passes -i 5t
}

@test "options of -h are in the man page" {
	check_man_options
}

@test "in one process the same bytes" {
	for args in '-i 1m' '-i 7m --session XNYS --empty flat' '-i 2000v --whole' \
	    '--runs tick --threshold 4' '-i 1m --style heikin-ashi' '-i 1m --lateness 10s'; do
		check_pipe_run_same "$args" ticks.ndjson
	done
	bar-agg -i 1s <ticks.ndjson | bar-agg -i 1m | bar-agg -i 1h >chain
	pipe-run 'bar-agg -i 1s | bar-agg -i 1m | bar-agg -i 1h' <ticks.ndjson >fused
	same chain fused
}

@test "chunks and prefixes" {
	check_chunks ticks.csv -i 1m
	for args in '-i 1m' '-i 25t' '-i 2000v' '--imbalance tick --threshold 6' '-i 1m --lateness 5s' \
	    '-i 10s --empty flat' '-i 1m --style heikin-ashi'; do
		# shellcheck disable=SC2086
		check_prefix ticks.ndjson $args
	done
}

# ---- vectors ----

@test "one-minute bars of the vectors" {
	bar-agg -i 1m <ticks.csv | rows | cut -d, -f1,3- >got
	tail -n +2 "$T/bars_time_1m.csv" | cut -d, -f1,4- >want
	same_numbers want got
}

@test "the first and last trade of each minute are the vectors'" {
	# bars of a millisecond have the time of each trade; the first and last one in each minute
	bar-agg -i 1ms <ticks.csv | rows | awk -F, '{ m = sprintf("%.0f", $1 - $1 % 60000); if (m != at) { if (at) print at "," first "," last; at = m; first = $1 } last = $1 }
	    END { print at "," first "," last }' >got
	tail -n +2 "$T/bars_time_1m.csv" | cut -d, -f1-3 >want
	same want got
}

@test "tick bars of the vectors" {
	bar-agg -i 25t <ticks.csv | rows >got
	tail -n +2 "$T/bars_tick_25.csv" | cut -d, -f2- >want
	same_numbers want got
}

@test "volume bars of the vectors, split and whole" {
	bar-agg -i 2000v <ticks.csv | rows >got
	tail -n +2 "$T/bars_volume_2000_split.csv" >want
	same_numbers want got
	bar-agg -i 2e3v --whole <ticks.csv | rows >got
	tail -n +2 "$T/bars_volume_2000_whole.csv" >want
	same_numbers want got
}

# FIRST,LAST tick numbers of the vectors (from 0) as times
tick_times()
{
	awk -F, 'NR == FNR { ts[FNR - 2] = $1; next } FNR > 1 { print ts[$1] "," ts[$2] }' \
	    "$T/ticks_400.csv" "$1"
}

@test "imbalance and runs bars of the vectors" {
	bar-agg --imbalance tick --threshold 6 <ticks.csv | rows | cut -d, -f1,2 >got
	tick_times "$T/bars_tick_imbalance_6.csv" >want
	same want got
	bar-agg --runs tick --threshold 4 <ticks.csv | rows | cut -d, -f1,2 >got
	tick_times "$T/bars_tick_runs_4.csv" >want
	same want got
}

@test "adaptive imbalance and runs bars end where the book's formulas say" {
	for kind in imbalance runs; do
		for unit in tick volume value; do
			bar-agg --$kind $unit --threshold ewma:5:20 <ticks.csv | rows | cut -d, -f2 >got
			grep "^$kind,$unit," "$T/ewma.csv" | cut -d, -f3 >want
			[ -s want ]
			same want got
		done
	done
}

@test "golden output" {
	head -150 ticks.ndjson | bar-agg -i 1m >got
	same "$T/minute.ndjson" got
}

# ---- what it is made of ----

@test "a chain of bars equals the bars of trades" {
	for in in ticks.csv ticks.ndjson; do
		for opts in '' '--no-partial' '--session XNYS' '--empty flat' '--session FX --empty flat'; do
			# shellcheck disable=SC2086
			bar-agg -i 1s $opts <$in | bar-agg -i 1m $opts >minutes
			# shellcheck disable=SC2086
			bar-agg -i 1m $opts <$in >direct
			same direct minutes
			# shellcheck disable=SC2086
			bar-agg -i 1h $opts <minutes >hours
			# shellcheck disable=SC2086
			bar-agg -i 1h $opts <$in >direct
			same direct hours
		done
	done
}

@test "a chain whose input ends in the last second of a minute equals the direct bars" {
	printf '%s\n' ts,sym,price,size 2024-03-08T14:30:10Z,B,1,1 2024-03-08T14:30:59.5Z,A,2,1 >end.csv
	for opts in '' '--empty flat'; do
		# shellcheck disable=SC2086
		bar-agg -i 1s $opts <end.csv | bar-agg -i 30s $opts | bar-agg -i 1m $opts >chain
		# shellcheck disable=SC2086
		bar-agg -i 1m $opts <end.csv >direct
		same direct chain
		[ "$(grep -c '"partial":true' chain)" = 2 ]
	done
}

@test "a chain over twenty symbols and eight-digit sizes equals the direct bars" {
	tick-gen --symbols 20 --ticks 20000 --seed 5 -O csv |
	    awk -F, -v OFS=, 'NR > 1 { $4 = $4 / 1e8 "" } 1' OFMT=%.8f CONVFMT=%.8f >t.csv
	bar-agg -i 1s <t.csv | bar-agg -i 1m | bar-agg -i 1h >chain
	bar-agg -i 1h <t.csv >direct
	same direct chain
}

@test "watermarks that come in change when, not what" {
	bar-agg -i 1m <ticks.csv | drop_rest >without
	bar-agg -i 1m <ticks.ndjson | drop_rest >with
	same without with
}

@test "a bad combination of options says so" {
	for args in '-i 1x' '-i 0m' '-i 1.5t' '--imbalance tick' '--imbalance tick --runs tick --threshold 3' \
	    '--imbalance tick --threshold 3 -i 1m' '--threshold 5' '--runs tick --threshold ewma:0' \
	    '--imbalance tick --threshold -1' '--style renko' '--brick 1' '-i 5t --lateness 1s' \
	    '--style heikin-ashi --lateness 1s' '-i 5t --empty flat' '--calendar x' '--session NOPE' \
	    '-i 100v --price mid' '--price bar --runs tick --threshold 4' '--session XNYS --calendar /nowhere'; do
		# shellcheck disable=SC2086
		run --separate-stderr stdin_is /dev/null bar-agg $args
		case $args in
		*nowhere*) [ "$status" = 4 ] || explain "$args" ;;
		*) [ "$status" = 2 ] || explain "$args" ;;
		esac
		[[ $stderr == "bar-agg: "* ]] || explain "$args"
	done
}

@test "late records are counted on stderr" {
	printf '%s\n' ts,sym,price,size 2024-03-08T14:30:30Z,A,1,1 2024-03-08T14:31:30Z,A,2,1 \
	    2024-03-08T14:30:40Z,A,9,1 >late.csv
	run --separate-stderr stdin_is late.csv bar-agg -i 1m -O csv
	[ "$status" = 0 ]
	[ "$stderr" = "bar-agg: warning: 1 late records dropped" ]
	[[ $output != *9* ]]
}

@test "the example calendar is a calendar" {
	bar-agg --session XNYS --calendar "$ROOT/examples/calendar.txt" </dev/null
}

# bats test_tags=slow
@test "real quotes: a day of EUR/USD in five-minute bars" {
	zcat "$DATA/ticks/EURUSD.OANDA_2014-05-08.csv.gz" >q.csv
	bar-agg -i 5m <q.csv >got
	[ "$(drop_rest <got | wc -l)" = 288 ]
	# every open is the mid of the first quote of its interval
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
	    { k = substr($c["ts"], 1, 14) int(substr($c["ts"], 15, 2) / 5); if (!(k in seen)) { seen[k] = 1
	      printf "%.6f\n", ($c["bid"] + $c["ask"]) / 2 } }' q.csv >want
	drop_rest <got | jq .open >opens
	same_numbers want opens
}
