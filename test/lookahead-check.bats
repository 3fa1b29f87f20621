# shellcheck disable=SC2016 # programs of awk and the shell
load helper

# Two stocks, 400 days, as CSV.
setup()
{
	tp_setup
	zcat "$DATA/daily/sp500_5y.csv.gz" |
		awk -F, 'NR == 1 || (($2 == "AAPL" || $2 == "MSFT") && $1 < "2014-09")' >two.csv
}

strategy='rl-act -p rule:sma-cross,fast=5,slow=20,short=1 | rl-act -p rule:breakout |
	signal-mix --targets -m hedge | rl-act -p rule:signal,short=1 |
	risk-gate -l limits.json | ibkr-exec --paper'

@test "a whole strategy of ours is clean, alone and in one process" {
	cp "$ROOT/examples/limits.json" .
	run -0 --separate-stderr lookahead-check -n 6 "ibkr-feed -q --replay {} | $strategy" two.csv
	[[ $output == "no look-ahead found at 6 cuts; 14 runs, "*" records compared" ]]
	n=${output#*runs, }
	[ "${n%% *}" -gt 1000 ]
	[ -z "$stderr" ]
	run -0 lookahead-check -n 3 "pipe-run 'ibkr-feed -q --replay {} | $strategy'" two.csv
}

@test "bars made of ticks are clean; by their start they are of the future" {
	run -0 lookahead-check -n 4 'bar-agg -i 1m' "$DATA/prefix/ticks.ndjson.gz"
	run -6 lookahead-check -n 8 'bar-agg -i 1m -O csv' "$DATA/prefix/ticks.ndjson.gz"
	run -0 lookahead-check -n 8 --lag 1m 'bar-agg -i 1m -O csv' "$DATA/prefix/ticks.ndjson.gz"
}

@test "NDJSON in is changed too, and stays valid" {
	ibkr-feed -q --replay two.csv >bars.ndjson
	run -0 lookahead-check -n 6 'rl-act -p rule:mean-revert,short=1' bars.ndjson
	# the first target after the next bar's close: a leak of one bar
	cat >leak.jq <<-'END'
		foreach inputs as $r ({}; if $r.type == "bar" then
			{was: .last, last: $r} else {was: null, last: .last} end;
			if .was then .was + {next: .last.close} else empty end)
	END
	run -6 lookahead-check -n 6 'jq -cn -f leak.jq' bars.ndjson
	[[ $output == "look-ahead: what was known by "*'"next":'*" of 6 cuts leak; "* ]]
}

@test "caught: a centred moving average" {
	cat >centred.awk <<-'END'
		BEGIN { FS = ","; print "ts,sym,mean" }
		NR > 1 {
			if (n[$2]++ > 1) print day[$2] "," $2 "," (a[$2] + b[$2] + $6) / 3
			a[$2] = b[$2]; b[$2] = $6; day[$2] = $1
		}
	END
	run -6 lookahead-check 'awk -f centred.awk' two.csv
	[[ ${lines[0]} == "look-ahead: what was known by 20"*" (line "*" of the output) changed when"* ]]
	[[ ${lines[1]} == "  as it was: 20"* ]]
	[[ ${lines[3]} == "10 of 10 cuts leak; "* ]]
}

@test "not caught: a trailing one" {
	sed 's/print day\[\$2\]/print $1/' <<-'END' >trailing.awk
		BEGIN { FS = ","; print "ts,sym,mean" }
		NR > 1 {
			if (n[$2]++ > 1) print day[$2] "," $2 "," (a[$2] + b[$2] + $6) / 3
			a[$2] = b[$2]; b[$2] = $6
		}
	END
	run -0 lookahead-check 'awk -f trailing.awk' two.csv
}

@test "caught: normalising by the highest price of the whole file" {
	cat >norm.awk <<-'END'
		BEGIN { FS = "," }
		NR == FNR { if (FNR > 1 && $6 + 0 > top) top = $6 + 0; next }
		FNR == 1 { print "ts,sym,part"; next }
		{ print $1 "," $2 "," $6 / top }
	END
	run -6 lookahead-check -n 4 'awk -f norm.awk {} {}' two.csv
	# compressed: the copies are too
	gzip -k two.csv
	run -6 lookahead-check -n 4 'gzip -dc {} >plain; awk -f norm.awk plain plain' two.csv.gz
}

@test "caught: a zigzag whose pivots are stamped at their extreme" {
	cat >zigzag.awk <<-'END'
		BEGIN { FS = ","; print "ts,sym,pivot" }
		NR == 1 || $2 != "AAPL" { next }
		!n++ { hi = lo = $6; hd = ld = $1; next }
		$6 > hi { hi = $6; hd = $1 }
		$6 < lo { lo = $6; ld = $1 }
		dir >= 0 && $6 < 0.95 * hi { print (late ? $1 : hd) ",AAPL," hi; dir = -1; lo = $6; ld = $1; next }
		dir <= 0 && $6 > 1.05 * lo { print (late ? $1 : ld) ",AAPL," lo; dir = 1; hi = $6; hd = $1 }
	END
	run -6 lookahead-check 'awk -f zigzag.awk' two.csv
	run -0 lookahead-check 'awk -v late=1 -f zigzag.awk' two.csv
}

@test "caught: what depends on how long the file is" {
	run -6 lookahead-check -n 3 \
	    'tee all >/dev/null; n=$(wc -l <all); awk -F, -v n="$n" "NR == 1 { print \"ts,n\"; next } { print \$1 \",\" n }" all' two.csv
	[[ $output == *"was cut off"* ]]
}

@test "declared records are left out and told, unless --strict" {
	ibkr-feed -q --replay two.csv >bars.ndjson
	cat >label.jq <<-'END'
		foreach inputs as $r ({}; if $r.type == "bar" then
			{was: .last, last: $r, now: $r} else {last: .last, now: $r} end;
			(if .was then {type: "features", ts: .was.ts_end, sym: .was.sym, up: .last.close, lookahead: true}
			else empty end), .now)
	END
	run -0 lookahead-check -n 4 'jq -cn -f label.jq' bars.ndjson
	[[ $output == "no look-ahead"*" declare that they look ahead and were left out" ]]
	run -6 lookahead-check -n 4 --strict 'jq -cn -f label.jq' bars.ndjson
}

@test "the same seed gives the same words" {
	lookahead-check -n 3 -s 7 'awk -F, "{ print \$1 \",\" l; l = \$6 }"' two.csv >a
	lookahead-check -n 3 -s 7 'awk -F, "{ print \$1 \",\" l; l = \$6 }"' two.csv >b
	same a b
}

@test "columns that are named" {
	sed '1s/ts,/Day,/' two.csv >day.csv
	run -2 --separate-stderr lookahead-check cat day.csv
	[[ $stderr == "lookahead-check: day.csv: no column of its header is a time; name it with --time" ]]
	run -2 --separate-stderr lookahead-check -t Day cat day.csv
	[[ $stderr == *"--csv-time" ]]
	run -0 lookahead-check -n 2 -t Day --csv-time Day cat day.csv
	sed 's/T00:00:00Z,/,09:30,/; 1s/ts,/Date,Time,/' two.csv >split.csv
	run -0 lookahead-check -n 2 cat split.csv
	tail -n +2 two.csv >bare.csv
	run -0 lookahead-check -n 2 -t 1 --csv-time 1 cat bare.csv
}

@test "what cannot be judged is no success" {
	run -1 --separate-stderr lookahead-check 'cat; date +%N' two.csv
	[[ $stderr == *"does not write the same twice"* ]]
	run -1 --separate-stderr lookahead-check 'cat >/dev/null' two.csv
	[[ $stderr == *"nothing was compared" ]]
	run -1 --separate-stderr lookahead-check 'echo no good >&2; false | cat' two.csv
	[[ $stderr == "lookahead-check: the pipeline ended with status 1 on the file as it is: no good" ]]
	run -1 --separate-stderr lookahead-check 'cat; kill -9 $$' two.csv
	[[ $stderr == *"status 137"* ]]
	run -3 --separate-stderr lookahead-check cat <(head -3 two.csv)
	[[ $stderr == *"too few"* ]]
	run -4 --separate-stderr lookahead-check cat no-such-file
	[[ $stderr == "lookahead-check: "*no-such-file* ]]
}

@test "nothing is left behind" {
	mkdir tmp
	TMPDIR=$PWD/tmp run -0 lookahead-check -n 2 cat two.csv
	TMPDIR=$PWD/tmp run -1 lookahead-check -n 2 false two.csv
	[ -z "$(ls -A tmp)" ]
}

@test "a signal ends the pipeline, too, and nothing is left behind" {
	mkdir tmp
	for s in TERM HUP; do
		rm -f pid
		TMPDIR=$PWD/tmp lookahead-check 'echo $$ >pid; touch {}.idx; sleep 60; cat' two.csv 3>&- &
		until [ -s pid ]; do sleep 0.02; done
		kill -"$s" $!
		status=0
		wait $! || status=$?
		[ "$status" = "$((128 + $(kill -l $s)))" ]
		[ -z "$(ls -A tmp)" ]
		run -1 kill -0 "$(cat pid)"
	done
}

@test "wrong use" {
	check_bad_option
	run -2 --separate-stderr lookahead-check cat
	[[ $stderr == *"two operands"* ]]
	run -2 --separate-stderr lookahead-check --lag -1s cat two.csv
	run -2 --separate-stderr pipe-run 'lookahead-check cat two.csv | rl-act -p rule:buy-hold'
	[ -z "$output" ]
}

report_to_full_disk()
{
	lookahead-check -n 2 cat two.csv >/dev/full
}

@test "full disk, reader that leaves" {
	run -4 --separate-stderr report_to_full_disk
	[[ $stderr == "lookahead-check: "* ]]
	check_reader_leaves two.csv -n 2 cat two.csv
}

@test "the options of -h stand in the man page" {
	check_man_options
}
