#!/usr/bin/env bats
load helper

setup()
{
	tp_setup
	F=$DATA/ibkr-feed
}

# feed ARGS...: a replay; stdout in out, stderr in said, its status.
feed()
{
	ibkr-feed --replay "$@" >out 2>said
}

# counts TYPE: how many records of the type are in out
counts()
{
	grep -c "^{\"type\":\"$1\"" out || :
}

# marked RULE: how many records carry the mark
marked()
{
	grep -c "\"dirty\":\"$1\"" out || :
}

# What every mode must do with a file of N records of a TYPE, UNUSABLE and SUSPECT of them dirty
# (no gaps): flag keeps and marks all, drop leaves the clean ones, stop ends at the first.
modes()
{
	local type=$1 n=$2 dirty=$3
	shift 3
	feed "$@" --on-dirty flag || [ $? = "${bad_status:-0}" ]
	[ "$(counts "$type")" = "$n" ]
	[ "$(grep -c '"dirty":' out)" = "$dirty" ]
	grep -q "$n records, $dirty dirty: .* flagged" said
	feed "$@" --on-dirty drop || [ $? = "${bad_status:-0}" ]
	[ "$(counts "$type")" = $((n - dirty)) ]
	[ "$(grep -c '"dirty":' out)" = 0 ]
	grep -q "$n records, $dirty dirty: .* dropped" said
	run -3 feed "$@" --on-dirty stop
	grep -q "^ibkr-feed: .*: line [0-9]*: dirty: " said
}

@test "golden: bars, ticks and corporate actions are merged by the time they were known" {
	feed "$F/bars.csv" "$F/ticks.csv" "$F/actions.csv"
	same "$F/merged.ndjson.ok" out
	[ ! -s said ]
}

@test "golden: each rule of quality marks its record, and nothing else" {
	feed --gap 1m --stale 30s "$F/rules.ndjson"
	same "$F/rules.ndjson.ok" out
	[ "$(wc -l <said)" = 1 ]
	for rule in negative_price zero_price nonpositive_size crossed time_backward locked spike \
	    duplicate gap; do
		[ "$(marked $rule)" = 1 ]
		grep -q "$rule 1 flagged" said
	done
	[ "$(marked high_lt_low)" = 2 ]
	grep -q '^ibkr-feed: .*23 records, 11 dirty' said
}

@test "a replay of a replay is the same bytes" {
	feed --gap 1m --stale 30s "$F/rules.ndjson"
	cp out first.ndjson
	feed --gap 1m --stale 30s first.ndjson
	same first.ndjson out
	grep -q '23 records, 11 dirty' said
}

@test "what every tool shows" {
	check_empty --replay -
	check_bad_option --replay -
	check_bad_line --replay -
	check_dev_full "$F/ticks.csv" --replay -
	check_reader_leaves "$F/ticks.csv" --replay -
	check_unknown_passes --replay -
	check_man_options
}

@test "in one process: the same bytes" {
	check_pipe_run_same "--replay $F/bars.csv $F/ticks.csv $F/actions.csv" /dev/null
	check_pipe_run_same "--replay --on-dirty drop $F/rules.ndjson" /dev/null
}

@test "input in pieces, and the prefix property" {
	zcat "$F/fxcm_unfiltered_EURUSD_20140507_13h.csv.gz" >quotes.csv
	check_chunks quotes.csv -q --replay -
	check_prefix quotes.csv -q --replay -
	zcat "$F/bitstamp_30min_raw.csv.gz" | sed '1s/Date Time/ts/' >bars.csv
	check_prefix bars.csv -q --replay - --sym X --interval 30m
}

@test "without --replay: usage, and it says that live data is to come" {
	run --separate-stderr -2 ibkr-feed
	[[ $stderr == *"--replay FILE"* ]]
	run -2 ibkr-feed --replay
	run -4 ibkr-feed --replay nowhere.csv
}

# ---- the dirty files ----

@test "crossed_quotes: 1,000 of 1,000 crossed" {
	[ "$(zcat "$F/crossed_quotes.csv.gz" | awk -F, 'NR > 1 && $3 > $4' | wc -l)" = 1000 ]
	modes quote 1000 1000 "$F/crossed_quotes.csv.gz"
	feed "$F/crossed_quotes.csv.gz"
	[ "$(marked crossed)" = 1000 ]
}

@test "fxcm_unfiltered: crossed and locked as awk counts them" {
	zcat "$F/fxcm_unfiltered_EURUSD_20140507_13h.csv.gz" >q.csv
	read -r crossed locked n < <(awk -F, 'NR > 1 { c += $3 > $4; l += $3 == $4; n++ }
		END { print c, l, n }' q.csv)
	[ "$crossed $locked $n" = "1038 1298 7965" ]
	modes quote 7965 2336 q.csv
	feed q.csv
	[ "$(marked crossed)" = 1038 ]
	[ "$(marked locked)" = 1298 ]
	# per rule: crossed go, locked are let be
	feed --dirty-rule crossed=drop,locked=ignore q.csv
	[ "$(counts quote)" = $((7965 - 1038)) ]
	[ "$(marked locked)" = 0 ]
	grep -q '1038 dirty: crossed 1038 dropped' said
}

@test "bitstamp trades: no header, unix seconds; repeats and jumps as awk counts them" {
	zcat "$F/bitstamp_trades_raw_head.csv.gz" >t.csv
	awk -f "$F/rules.awk" -v t=1 -v p=2 -v s=3 t.csv >want
	printf 'duplicate 5\nspike 21\n' | diff - want
	args=(--no-header --columns 'ts=1,price=2,size=3' --sym BTCUSD.BITSTAMP t.csv)
	modes trade 2000 26 "${args[@]}"
	feed "${args[@]}"
	[ "$(marked duplicate) $(marked spike)" = "5 21" ]
	head -1 out | grep -qF '"ts":"2011-09-13T13:53:36.000000000Z","sym":"BTCUSD.BITSTAMP","price":5.80,"size":1}'
}

@test "mtgox: ids are times in us, bid and ask are the aggressor's sides" {
	zcat "$F/mtgox_raw_2013-01-01.csv.gz" >t.csv
	awk -f "$F/rules.awk" -v head=1 -v t=1 -v p=2 -v s=3 t.csv >want
	[ "$(cat want)" = "spike 3" ]
	args=(--columns 'ts=id,size=amount,side=type' --sym BTCUSD.MTGOX t.csv)
	modes trade 2331 3 "${args[@]}"
	feed "${args[@]}"
	[ "$(grep -c '"side":"sell"' out) $(grep -c '"side":"buy"' out)" = "1519 812" ]
	head -1 out | grep -qF '"ts":"2013-01-01T00:04:19.486096000Z"'
	# the clean file has the same trades
	feed "${args[@]}" -O csv
	cut -d, -f1-4 out | tail -n +2 >ours
	ibkr-feed -q --replay "$DATA/ticks/BTCUSD.MTGOX_2013-01-01.csv.gz" -O csv | cut -d, -f1-4 |
		tail -n +2 >clean
	same clean ours
}

@test "bitstamp 30 minutes: zone-less times, an empty last column" {
	zcat "$F/bitstamp_30min_raw.csv.gz" >b.csv
	awk -f "$F/rules.awk" -v head=1 -v t=1 -v o=2 b.csv >want
	[ "$(cat want)" = "spike 2" ]
	args=(--columns 'ts=Date Time' --sym BTCUSD.BITSTAMP b.csv)
	modes bar 1968 2 "${args[@]}"
	feed "${args[@]}"
	[ "$(grep -c '"interval":"30m"' out)" = 1968 ]
	[ "$(counts watermark)" = 1968 ]
	# a zone for times that have none: Tokyo is nine hours ahead, all year
	feed --tz Asia/Tokyo "${args[@]}"
	head -1 out | grep -qF '"ts":"2014-06-23T13:00:00.000000000Z"'
	# holes: the steps of more than 30 minutes, counted from the file's own times
	holes=$(tail -n +2 b.csv | cut -d, -f1 | date -uf - +%s | awk 'NR > 1 && $1 - p > 1800 { n++ }
		{ p = $1 } END { print n + 0 }')
	feed --gap 1m "${args[@]}"
	[ "$(marked gap)" = "$holes" ]
}

@test "coinbase daily: the 0.06 low is a spike, the thin days are not" {
	awk -f "$F/rules.awk" -v head=1 -v t=1 -v y=2 -v o=3 "$F/coinbase_daily_spikes.csv" >want
	[ "$(cat want)" = "spike 1" ]
	modes bar 10 1 "$F/coinbase_daily_spikes.csv"
	feed "$F/coinbase_daily_spikes.csv"
	grep '"dirty":"spike"' out | grep -q '"low":0.06'
	# excerpts of daily bars are daily bars, whatever the holes
	[ "$(grep -c '"interval":"1d"' out)" = 10 ]
	feed --spike 0 "$F/coinbase_daily_spikes.csv"
	[ "$(marked spike)" = 0 ]
	feed --gap 1d "$F/coinbase_daily_spikes.csv"
	[ "$(marked gap)" = 2 ] # 5 days, then 27 months
}

@test "rejected_bars: empty cells are bad lines, the rest breaks a bar's rules" {
	run -3 feed "$F/rejected_bars.csv"
	grep -q 'line 55: bar without open' said
	[ "$(counts bar)" = 53 ] # what was written before stays
	# nine rows lack open, high or low (awk); every other one is high_lt_low
	[ "$(awk -F, '$3 == "" || $4 == "" || $5 == ""' "$F/rejected_bars.csv" | wc -l)" = 9 ]
	awk -f "$F/rules.awk" -v head=1 -v t=1 -v y=2 -v o=3 "$F/rejected_bars.csv" >want
	[ "$(cat want)" = "high_lt_low 57" ]
	bad_status=3 modes bar 57 57 --skip-bad "$F/rejected_bars.csv"
	run -3 feed --skip-bad "$F/rejected_bars.csv"
	grep -q '9 bad lines skipped, the first: .*line 55' said
	# the file's own columns come along
	head -1 out | grep -qF '"reason":"high < max(open,close)"'
}

@test "sp500_raw_windows: symbol last, a file of many symbols one after the other" {
	run -3 feed --columns sym=Name "$F/sp500_raw_windows.csv"
	grep -q 'line 33: bar without open' said
	# unsorted, every bar behind the latest one before it is time_backward
	tail -n +2 "$F/sp500_raw_windows.csv" | awk -F, '$2 == "" || $3 == "" || $4 == "" { next }
		{ n++; if ($1 < max) { b++; next } max = $1; bad = $3 < $2 || $3 < $5 || $4 > $2 || $4 > $5
		  h += bad } END { print n, b, h + 0 }' >want
	run -3 feed --skip-bad --columns sym=Name "$F/sp500_raw_windows.csv"
	read -r n back _ <want
	[ "$(counts bar)" = "$n" ]
	[ "$(marked time_backward)" -le "$back" ] # high_lt_low goes first where both hold
	[ $(($(marked time_backward) + $(marked high_lt_low))) -ge "$back" ]
	# sorted: 10 bad bars, 3 spikes, nothing backward
	tail -n +2 "$F/sp500_raw_windows.csv" | sort -s -t, -k1,1 >s.csv
	awk -f "$F/rules.awk" -v t=1 -v y=7 -v o=2 s.csv >want
	printf 'high_lt_low 10\nspike 3\n' | diff - want
	bad_status=3 modes bar 117 13 --skip-bad --sort --columns sym=Name "$F/sp500_raw_windows.csv"
	run -3 feed --skip-bad --sort --columns sym=Name "$F/sp500_raw_windows.csv"
	[ "$(marked high_lt_low) $(marked spike)" = "10 3" ]
}

@test "wiki_aig: newest first is time_backward, --sort mends it" {
	zcat "$F/wiki_aig_2009_raw.csv.gz" >b.csv
	modes bar 252 251 --columns ts=Date --sym AIG b.csv
	feed --columns ts=Date --sym AIG b.csv
	[ "$(marked time_backward)" = 251 ] # all but the first row
	[ "$(counts watermark)" = 1 ]
	tail -n +2 b.csv | sort | awk -f "$F/rules.awk" -v t=1 -v o=2 >want
	[ "$(cat want)" = "spike 1" ]
	modes bar 252 1 --sort --columns ts=Date --sym AIG b.csv
	feed --sort --columns ts=Date --sym AIG b.csv
	grep '"dirty":"spike"' out | grep -q '"ts":"2009-07-01' # 1:20, unadjusted
	[ "$(counts watermark)" = 252 ]
	grep '^{"type":"bar"' out | cut -d'"' -f8 | sort -c
}

@test "a split that is told is no spike" {
	feed --symbols AIG --from 2009-01-01 --to 2010-01-01 "$DATA/daily/wiki_unadjusted.csv.gz"
	[ "$(grep '"dirty":"spike"' out | cut -d'"' -f8)" = 2009-07-01T00:00:00.000000000Z ]
	feed --symbols AIG --from 2009-01-01 --to 2010-01-01 "$DATA/daily/wiki_unadjusted.csv.gz" \
		"$DATA/daily/wiki_corporate_actions.csv"
	[ "$(counts bar) $(marked spike)" = "252 0" ]
	# behind the last bar before it, ahead of the day's watermark
	grep -A1 '"split"' out | tail -1 | grep -q '"watermark","ts":"2009-07-01T00:00:00.000000000Z"'
}

@test "files that end badly: exit 4, what came before stays" {
	head -c 20000 "$F/fxcm_unfiltered_EURUSD_20140507_13h.csv.gz" >cut.csv.gz
	run -4 feed cut.csv.gz
	[ "$(counts quote)" -gt 1000 ]
	run -4 feed .
	: >empty.csv
	feed empty.csv
	[ ! -s out ]
	[ "$(cat said)" = 'ibkr-feed: warning: empty.csv holds no record' ]
	head -1 "$F/bars.csv" >header.csv
	feed header.csv
	[ ! -s out ]
	[ "$(cat said)" = 'ibkr-feed: warning: header.csv holds no record' ]
	feed -q empty.csv header.csv
	[ ! -s said ]
	feed empty.csv header.csv
	[ "$(cat said)" = 'ibkr-feed: warning: empty.csv and the other files hold no record' ]
	feed empty.csv "$F/bars.csv"
	[ ! -s said ]
}

@test "binance captures fit no type: exit 3, and why" {
	for mode in flag drop stop; do
		run -3 feed --on-dirty $mode "$F/binance_raw_capture.ndjson"
		grep -q 'binance_raw_capture.ndjson: line 1: no key "type"' said
		[ ! -s out ]
		run -3 feed --on-dirty $mode "$F/binance_raw_capture.prefixed"
		grep -q 'binance_raw_capture.prefixed: line 1: ' said
		[ ! -s out ]
	done
	run -3 feed --skip-bad "$F/binance_raw_capture.ndjson"
	grep -q '12 bad lines skipped' said
}

@test "every file of the dirty collection beside the tree goes through in each mode" {
	need_shared data/dirty
	D=$SHARED/data/dirty
	for mode in flag drop stop; do
		for f in "$D"/*; do
			args=()
			case $f in
			*bitstamp_trades*) args=(--no-header --columns 'ts=1,price=2,size=3' --sym B) ;;
			*mtgox*) args=(--columns 'ts=id,size=amount,side=type' --sym B) ;;
			*30min*) args=(--columns 'ts=Date Time' --sym B) ;;
			*sp500*) args=(--columns sym=Name) ;;
			*wiki_aig*) args=(--columns ts=Date --sym AIG) ;;
			esac
			status=0
			feed --on-dirty $mode "${args[@]}" "$f" || status=$?
			echo "$mode $f $status"
			case $mode:$f in
			*binance* | *rejected* | *sp500* | stop:*) [ $status = 3 ] ;;
			*) [ $status = 0 ] ;;
			esac
		done
	done
}

# ---- merging, time, filters ----

@test "equal times: bars as in their files, files as in the arguments" {
	printf 'ts,sym,open,high,low,close\n2024-01-02T00:00:00Z,%s,1,1,1,1\n2024-01-02T00:01:00Z,%s,1,1,1,1\n' \
		B B >b.csv
	sed 's/,B,/,A,/' b.csv >a.csv
	feed b.csv a.csv
	[ "$(grep '"bar"' out | cut -d'"' -f12 | tr -d '\n')" = BABA ]
	feed a.csv b.csv
	[ "$(grep '"bar"' out | cut -d'"' -f12 | tr -d '\n')" = ABAB ]
	[ "$(counts watermark)" = 2 ]
}

@test "the bars of an instant have their watermark before the ticks of it" {
	feed --watermark-interval 0 "$F/bars.csv" "$F/ticks.csv"
	[ "$(grep -n '"watermark"' out | cut -d: -f1 | tr '\n' ' ')" = "4 8 12 " ]
	sed -n 5p out | grep -q '"trade","ts":"2024-03-08T14:31:00.000000000Z"'
}

@test "--sort keeps the order of what was known at once" {
	printf 'ts,sym,price,size\n' >t.csv
	for i in $(seq 40); do
		echo "2024-01-02T00:00:0$((i % 2)).000Z,A,$i,1"
	done >>t.csv
	feed --spike 0 --sort t.csv
	[ "$(grep '"trade"' out | sed 's/.*"price":\([0-9]*\).*/\1/' | tr '\n' ' ')" = \
		"$(seq 2 2 40 | tr '\n' ' ')$(seq 1 2 39 | tr '\n' ' ')" ]
}

@test "a record behind one that was filtered out is not backward" {
	run -3 feed --skip-bad --columns sym=Name --symbols O "$F/sp500_raw_windows.csv"
	[ "$(marked time_backward)" = 0 ]
	[ "$(counts bar)" -gt 10 ]
}

@test "many files merge into what one sorted file gives" {
	tick-gen --symbols 7 --ticks 5000 -O csv >all.csv
	for i in 1 2 3 4 5 6 7; do
		{ head -1 all.csv; grep ",SYM0$i," all.csv; } >"s$i.csv"
	done
	feed s7.csv s3.csv s5.csv s1.csv s2.csv s6.csv s4.csv
	mv out merged
	feed all.csv
	same out merged
	# shuffled and sorted again
	{ head -1 all.csv; tail -n +2 all.csv | sort -t, -k4,4 -k3,3; } >shuffled.csv
	feed --sort shuffled.csv
	same merged out
}

@test "gzip'd or plain, CRLF, no last newline: the same records" {
	feed "$F/ticks.csv"
	mv out want
	gzip -k <"$F/ticks.csv" >t.csv.gz
	feed t.csv.gz
	same want out
	sed 's/$/\r/' "$F/ticks.csv" | head -c -2 >crlf.csv
	feed crlf.csv
	same want out
}

@test "no bar is out before its end: each watermark holds" {
	# no tick before the watermark and no bar that ended at it follows
	feed "$F/bars.csv" "$F/ticks.csv" "$DATA/ticks/BTCUSD.MTGOX_2013-01-01.csv.gz"
	awk -F'"' '
		/^{"type":"watermark"/ { w = $8; next }
		/^{"type":"bar"/ { bad += $16 <= w }
		/^{"type":"trade"/ { bad += $8 < w }
		END { exit bad || !w }' out
}

@test "a day's bar ends at midnight, a month's with its month" {
	printf 'ts,sym,open,high,low,close\n2024-0%s-01T00:00:00Z,A,1,1,1,1\n' 1 2 3 | grep -v '^$' |
		awk '!seen[$0]++' >m.csv
	feed m.csv
	grep -q '"ts":"2024-02-01T00:00:00.000000000Z","sym":"A","ts_end":"2024-03-01T00:00:00.000000000Z","interval":"1mo"' out
	feed --interval 1d m.csv
	grep -q '"ts_end":"2024-02-02T00:00:00.000000000Z","interval":"1d"' out
	printf 'ts,sym,open,high,low,close\n2024-01-05T05:00:00Z,A,1,1,1,1\n2024-01-08T05:00:00Z,A,1,1,1,1\n' >d.csv
	feed --interval 1d d.csv
	grep -q '"ts":"2024-01-05T05:00:00.000000000Z","sym":"A","ts_end":"2024-01-06T00:00:00.000000000Z"' out
	run -2 feed --interval 1000t d.csv
}

@test "--from, --to, --symbols" {
	feed --symbols B "$F/bars.csv" "$F/actions.csv"
	[ "$(counts bar) $(counts corporate_action)" = "2 1" ]
	feed --from 2024-03-08T14:31:00Z --to 2024-03-08T14:32:00Z "$F/bars.csv" "$F/ticks.csv"
	[ "$(counts bar) $(counts trade)" = "1 2" ]
	feed --symbols A,NONE --from 2024-03-09 "$F/bars.csv"
	[ ! -s out ]
	run -2 feed --from yesterday "$F/bars.csv"
	run -2 feed --symbols 'A B' "$F/bars.csv"
}

@test "--watermark-interval" {
	feed --watermark-interval 1m "$F/ticks.csv"
	[ "$(grep '"watermark"' out | cut -d'"' -f8)" = "2024-03-08T14:31:00.000000000Z
2024-03-08T14:32:00.000000000Z
2024-03-08T14:33:00.000000000Z" ]
	feed --watermark-interval 0 "$F/ticks.csv"
	[ "$(counts watermark)" = 0 ]
}

@test "--stale and --gap count open hours with --session" {
	# Friday's close to Monday's open: 65.5 hours of holidays, no minute of the session
	cat >w.csv <<-'END'
		ts,sym,price,size
		2024-03-08T20:59:30Z,A,10,1
		2024-03-11T13:30:20Z,A,10,1
		2024-03-11T13:40:00Z,A,10,1
	END
	feed --gap 5m --stale 5m w.csv
	[ "$(marked gap) $(grep -c '"state":"stale"' out)" = "2 2" ]
	feed --gap 5m --stale 5m --session XNYS w.csv
	[ "$(marked gap) $(grep -c '"state":"stale"' out) $(grep -c '"state":"alive"' out)" = "1 1 1" ]
	grep '"stale"' out | grep -qF '"ts":"2024-03-11T13:35:20.000000000Z"'
	# a gap is never dropped
	feed --gap 5m --on-dirty drop w.csv
	[ "$(counts trade)" = 3 ]
	run -2 feed --dirty-rule gap=drop w.csv
}

@test "--dirty-rule wants a rule and an action" {
	run -2 feed --dirty-rule crossed "$F/ticks.csv"
	run -2 feed --dirty-rule ugly=drop "$F/ticks.csv"
	run -2 feed --on-dirty mend "$F/ticks.csv"
	run -3 feed --dirty-rule locked=stop "$F/rules.ndjson"
	grep -q 'line 6: dirty: locked' said
}

@test "--speed paces by the clock, max does not" {
	printf 'ts,sym,price,size\n2024-01-02T00:00:0%s.000Z,A,1,1\n' 0 1 2 3 | awk '!seen[$0]++' >t.csv
	feed --speed max t.csv
	mv out want
	t0=$(date +%s%N)
	feed --speed 10x t.csv # 3 s in 0.3
	t1=$(date +%s%N)
	same want out
	[ $((t1 - t0)) -ge 300000000 ]
	run -2 feed --speed fast t.csv
	run -2 feed --speed 0x t.csv
}

@test "a paced record is out when it is due, not when the buffer is full" {
	printf 'ts,sym,price,size\n2024-01-02T00:00:0%s.000Z,A,1,1\n' 0 1 9 | awk '!seen[$0]++' >t.csv
	ibkr-feed --replay --speed 4x t.csv >live & # the third at 2.25 s
	pid=$!
	for _ in $(seq 100); do
		[ "$(grep -c trade live)" -ge 2 ] && break
		sleep 0.02
	done
	[ "$(grep -c trade live)" = 2 ]
	kill "$pid"
}

@test "columns that are not there, and a layout that tells no type" {
	run -3 feed --columns ts=When "$F/bars.csv"
	grep -q "no column 'When'" said
	printf 'a,b\n1,2\n' >x.csv
	run -3 feed x.csv
	grep -q 'x.csv: line 1' said
	run -3 feed --skip-bad x.csv # a header that tells nothing is not skipped
	[ ! -s out ]
}

@test "data that is mostly unusable is told even with -q, with what to try" {
	{ echo ts,sym,price,size
	  for i in $(seq 600 -1 1); do echo "$((1700000000 + i)),A,$i,1"; done; } >t.csv
	feed -q --spike 0 t.csv
	[ "$(cat said)" = \
	    'ibkr-feed: warning: 599 of 600 records time_backward: newest first? try --sort' ]
	[ "$(marked time_backward)" = 599 ]
	feed -q --spike 0 --on-dirty drop t.csv
	[ -s said ]
	feed -q --spike 0 --sort t.csv
	[ ! -s said ]
	feed -q --spike 0 --dirty-rule time_backward=ignore t.csv
	[ ! -s said ]
	feed -q "$F/crossed_quotes.csv.gz"
	grep -q 'warning: 1000 of 1000 records crossed: bid and ask the wrong way round? see --columns' said
	# half of them is not most of them; two rules together may be
	printf '%s\n' ts,sym,price,size 1,A,1,1 2,A,0,1 3,A,1,0 4,A,1,1 >t.csv
	feed -q t.csv
	[ ! -s said ]
	echo 5,A,0,1 >>t.csv
	feed -q t.csv
	[ "$(cat said)" = 'ibkr-feed: warning: 3 of 5 records unusable, 2 of them zero_price: is that column the price? see --columns' ]
}

@test "a selection of nothing is told" {
	feed --symbols NONE --from 2020-01-01 --to 2030-01-01 "$F/bars.csv"
	[ ! -s out ]
	n=$(grep -c '^20' "$F/bars.csv")
	[ "$(cat said)" = "ibkr-feed: warning: 0 of $n records selected by --symbols/--from/--to" ]
	feed --from 2030-01-01 "$F/bars.csv"
	[ "$(cat said)" = "ibkr-feed: warning: 0 of $n records selected by --from" ]
	feed --symbols NONE --to 2030-01-01 "$F/bars.csv"
	[[ $(cat said) == *'selected by --symbols/--to' ]]
	feed -q --symbols NONE "$F/bars.csv"
	[ ! -s said ]
	feed --symbols A "$F/bars.csv"
	[ ! -s said ]
	# one of them is misspelt
	feed --symbols A,NONE "$F/bars.csv"
	[ "$(cat said)" = "ibkr-feed: warning: no record of NONE" ]
	run -2 --separate-stderr ibkr-feed --replay "$F/bars.csv" --from 2021-01-01 --to 2020-01-01
	[[ $stderr == "ibkr-feed: --from is not before --to: are they swapped?" ]]
}

@test "--columns is for the files that have the column, and must fit one of them" {
	printf '%s\n' Date,Open,High,Low,Close,Volume 2024-03-07,10,11,9,10,100 2024-03-08,5,6,4,5,100 >own.csv
	printf '%s\n' ts,sym,action,amount,ratio 2024-03-08,A,split,,2 >actions.csv
	feed --sym A --columns ts=Date,close=Close own.csv actions.csv
	[ "$(counts bar) $(counts corporate_action)" = "2 1" ]
	grep -qF '{"type":"corporate_action","ts":"2024-03-08T00:00:00.000000000Z","sym":"A","action":"split","ratio":2}' out
	mv out want
	feed --sym A --columns ts=Date,close=Close actions.csv own.csv # whichever comes first
	same want out
	# a pair that fits no file, alone or beside others that do
	run -3 feed --sym A --columns ts=Date,vwap=Mean own.csv actions.csv
	[ "$(cat said)" = "ibkr-feed: --columns: none of the files has a column 'Mean'" ]
	run -3 feed --sym A --columns ts=When own.csv own.csv
	[ "$(cat said)" = "ibkr-feed: --columns: none of the files has a column 'When'" ]
	# what the mapping should have made a record of is named
	printf '%s\n' a,b,c 2024-03-08,1,2 >t.csv
	run -3 feed --sym A --columns ts=a,price=B,size=c t.csv actions.csv
	[ "$(cat said)" = "ibkr-feed: t.csv: line 1: the file has no column 'B'" ]
	# NDJSON has its names already
	ibkr-feed --replay "$F/bars.csv" >bars.ndjson
	feed --sym A --columns ts=Date bars.ndjson own.csv
	[ "$(counts bar)" -gt 2 ]
}

@test "signals and features in a file are read by the stages behind, in one process as in a pipe" {
	local mix=$DATA/signal-mix
	ibkr-feed -q --replay "$mix/in.ndjson" | signal-mix -q -c "$mix/mix.json" >piped
	pipe-run "ibkr-feed -q --replay $mix/in.ndjson | signal-mix -q -c $mix/mix.json" >fused
	grep -q '"type":"signal"' piped
	same piped fused
}
