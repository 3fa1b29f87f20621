load helper

bars()
{
	ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" --symbols "$1" "${@:2}"
}

regimes()
{
	grep '"type":"regime"' "$@"
}

# a t model of AAPL's first three years
aapl()
{
	bars AAPL >in
	regime-detect --fit aapl.json --states 2 --dist t --until 2016-02-09 <in
}

@test "what it writes for a small file" {
	bars AAPL --to 2015-06-30 >in
	regime-detect --models trend:n=40,vol-quantile:window=120,phase:fast=20:slow=80,bocpd,cusum --on-change <in >out
	regimes out >got
	same got "$DATA/regime-detect/aapl.ndjson"
	grep -v '"type":"regime"' out >rest
	same in rest
}

@test "by default volatility, trend and phase" {
	bars AAPL >in
	regime-detect <in | regimes | jq -r .model | sort -u >models
	[ "$(paste -sd' ' models)" = "phase trend vol-quantile" ]
}

@test "fit writes a model and nothing else, the same twice" {
	bars AAPL >in
	run -0 --separate-stderr stdin_is in regime-detect --fit a.json --states 2 --dist gaussian
	[ -z "$output$stderr" ]
	regime-detect -f b.json --name a <in
	same a.json b.json
	[ "$(jq -r '[.format, .name, .n, .series, .dist] | join(" ")' a.json)" = "tradepipe-regime-1 a 1258 1 gaussian" ]
	jq -e '.sigma[0] < .sigma[1] and .converged' a.json
	[ ! -e a.json.tmp ]
}

@test "a fitted model filters, and the probabilities are probabilities" {
	aapl
	jq -e '.until < "2016-02-09" and .nu[0] > 2' aapl.json
	regime-detect --model aapl.json <in | regimes >out
	[ "$(wc -l <out)" = 1258 ]
	jq -se 'all(.[]; (.probs | add) > 0.999999999 and (.probs | add) < 1.000000001 and
		.probs[.state] >= 0.5 and .model == "hmm:aapl" and .p_leave >= 0 and .p_leave <= 1 and
		.expected_duration > 1)' out
}

@test "ts is when the bar was complete, and the record follows its bar" {
	aapl
	regime-detect --model aapl.json <in | jq -r '[.type, .ts_end // .ts] | join(" ")' |
		awk '$1 == "bar" { end = $2 } $1 == "regime" && $2 != end { bad = 1 } END { exit bad }'
}

@test "returns from a CSV: from a file, from standard input, and the vector's numbers" {
	cat >m.json <<-'END'
		{"format":"tradepipe-regime-1","name":"A","states":2,"dist":"gaussian","return":"given",
		 "mu":[0.0008,-0.0006],"sigma":[0.007,0.014],"transition":[[0.97,0.03],[0.06,0.94]]}
	END
	sed '1s/return/ret/' "$DATA/regime-detect/hmm2_returns_A.csv" >a.csv
	regime-detect --model m.json --returns a.csv >one
	regime-detect --model m.json --returns <a.csv >two
	same one two
	jq -r '.probs[1]' one >got
	tail -n +2 a.csv | cut -d, -f3 >want
	paste got want | awk '{ d = $1 - $2; if (d > 1.1e-12 || d < -1.1e-12) bad++ } END { exit bad || NR != 504 }'
}

@test "returns: symbols, times, gaps, and what cannot be read" {
	printf 'Date,sym,ret\r\n2024-01-02,A,0.01\n2024-01-02,B,-0.01\n2024-01-03,A,\n' >r.csv
	regime-detect --returns -M ewma:cut=0.02 r.csv >out
	[ "$(jq -r '[.ts[0:10], .sym, .value] | join(" ")' out | paste -sd' ')" = \
		"2024-01-02 A 0.01 2024-01-02 B 0.01 2024-01-03 A 0.01" ]
	printf 'ret\n0.01\nx\n' >r.csv
	run -3 --separate-stderr regime-detect --returns r.csv
	[ "$stderr" = "regime-detect: r.csv: line 3: ret must be a number (a return: 0.01 is one per cent), not 'x'" ]
	printf 'price\n0.01\n' >r.csv
	run -3 --separate-stderr regime-detect --returns r.csv
	[[ $stderr == *"r.csv: line 1: the header has no column 'ret'" ]]
	run -2 --separate-stderr regime-detect --returns -M trend r.csv
	[[ $stderr == *"trend needs prices, and --returns has none" ]]
	run -4 --separate-stderr regime-detect --returns none.csv
	run -2 --separate-stderr regime-detect r.csv
	printf 'ts,ret\n2024-01-03,1\n2024-01-02,1\n' >r.csv
	run -3 --separate-stderr regime-detect --returns r.csv
	[[ $stderr == *"line 3: the time goes backward"* ]]
}

@test "the log-likelihood is at least that of statsmodels" {
	need_shared vectors/regime/B3_path0_statsmodels_fit.json
	for f in A2:2 A2t:2 B3:3; do
		gzip -dc "$SHARED/vectors/regime/${f%:*}_path0.csv.gz" |
			regime-detect --returns --fit m.json --states "${f#*:}" --rows 2500
		jq -e --slurpfile s "$SHARED/vectors/regime/${f%:*}_path0_statsmodels_fit.json" \
			'.n == 2500 and .loglik_percent >= $s[0].train_llf_x100 - 0.01' m.json
	done
}

@test "twelve symbols give what each gives alone" {
	aapl
	all=AAPL,CVX,GE,IBM,INTC,JPM,KO,MSFT,PFE,T,WMT,XOM
	bars $all --to 2014-12-31 >twelve
	m='hmm:aapl.json,cusum,bocpd,vol-quantile:window=100,trend,phase,ewma:aapl.json'
	regime-detect -M "$m" <twelve | regimes >together
	for s in ${all//,/ }; do
		grep "\"sym\":\"$s\"" twelve | regime-detect -M "$m" | regimes >alone
		grep "\"sym\":\"$s\"" together >of
		[ "$(wc -l <of)" -gt 2000 ]
		same of alone
	done
}

@test "parameters by symbol" {
	bars AAPL,MSFT,XOM >in
	regime-detect --fit m.json --per-symbol --restarts 2 <in
	[ "$(jq -r '.symbols | keys | join(" ")' m.json)" = "AAPL MSFT XOM" ]
	bars XOM | regime-detect --fit x.json --restarts 2
	[ "$(jq -c .symbols.XOM.sigma m.json)" = "$(jq -c .sigma x.json)" ]
	bars GE >in
	run -0 --separate-stderr stdin_is in regime-detect -m m.json
	[ "$stderr" = "regime-detect: warning: hmm:m has no parameters for GE; nothing is written for such symbols" ]
	[[ $output != *'"type":"regime"'* ]]
}

@test "hysteresis and --on-change make fewer records" {
	aapl
	regime-detect -m aapl.json <in | regimes | jq -r .state | uniq | wc -l >plain
	regime-detect -m aapl.json --on-change <in | regimes -c >changes
	regime-detect -m aapl.json --on-change --enter 0.9 <in | regimes -c >held
	same plain changes
	[ "$(<held)" -lt "$(<changes)" ]
}

@test "constant prices and a gap" {
	for i in {1..400}; do
		printf '{"type":"bar","ts":"2024-01-02T%02d:%02d:00Z","sym":"A","open":5,"high":5,"low":5,"close":5%s}\n' \
			$((i / 60)) $((i % 60)) "$([ $((i % 50)) = 0 ] && echo ',"gap":true')"
	done >in
	regime-detect -M cusum,bocpd,vol-quantile,trend,phase <in >out
	[ "$(jq -r 'select(.type == "regime") | [.model, .label] | join(" ")' out | sort -u | paste -sd,)" = \
		"cusum none,trend flat,vol-quantile normal" ]
	run -3 --separate-stderr stdin_is in regime-detect --fit m.json
	[ "$stderr" = "regime-detect: --fit: the returns do not vary, so there is nothing to fit" ]
	[ ! -e m.json ]
	head -20 in >few
	run -3 --separate-stderr stdin_is few regime-detect --fit m.json
	[[ $stderr == *"18 returns are too few"* || $stderr == *"19 returns are too few"* ]]
}

@test "a split changes nothing" {
	bars AAPL --to 2014-12-31 | grep '"bar"' >whole
	# the same bars at four times the price up to a 4:1 split
	head -300 whole | jq -c '.open *= 4 | .high *= 4 | .low *= 4 | .close *= 4' >in
	printf '{"type":"corporate_action","ts":"2014-04-21T00:00:00Z","sym":"AAPL","action":"split","ratio":4}\n' >>in
	tail -n +301 whole >>in
	m=vol-quantile:window=60,trend,phase:slow=100,cusum
	regime-detect -M $m <whole | regimes | jq -c '[.ts, .model, .label]' >a
	regime-detect -M $m <in | regimes | jq -c '[.ts, .model, .label]' >b
	same a b
}

@test "several intervals: the first counts, or --interval" {
	bars AAPL --to 2014-06-30 | jq -c 'select(.type == "bar") | .interval = "1d"' >day
	jq -c '.interval = "1h" | .close *= 1.5 | .high *= 1.5' day >hour
	paste -d'\n' day hour >in
	run -0 --separate-stderr stdin_is in regime-detect -M trend
	[[ $stderr == *"bars of several intervals came; of AAPL only those of '1d' are used"* ]]
	regimes <<<"$output" >both
	regime-detect -M trend <day | regimes >alone
	same both alone
	regime-detect -M trend -i 1d <in | regimes >chosen
	same chosen alone
}

@test "what is wrong on the command line or in a model is told" {
	run -2 --separate-stderr stdin_is /dev/null regime-detect -M nothing
	[[ $stderr == "regime-detect: no model 'nothing'; there are hmm, "* ]]
	run -2 --separate-stderr stdin_is /dev/null regime-detect -M cusum:q=1
	[[ $stderr == *"cusum: no parameter 'q'"* ]]
	run -2 --separate-stderr stdin_is /dev/null regime-detect -M cusum,cusum:k=1
	[[ $stderr == *"there are two 'cusum'"* ]]
	run -2 --separate-stderr stdin_is /dev/null regime-detect --fit m.json --model m.json
	run -2 --separate-stderr stdin_is /dev/null regime-detect --enter 2
	run -2 --separate-stderr stdin_is /dev/null regime-detect --fit m.json --states 5
	run -2 --separate-stderr stdin_is /dev/null regime-detect --fit m.json --df 4
	[[ $stderr == *"--df goes with --dist t" ]]
	run -4 --separate-stderr stdin_is /dev/null regime-detect --model none.json
	echo '{"format":"tradepipe-regime-1"' >m.json
	run -3 --separate-stderr stdin_is /dev/null regime-detect --model m.json
	[[ $stderr == "regime-detect: m.json: "* ]]
	aapl
	run -2 --separate-stderr stdin_is in regime-detect -m aapl.json --return simple
	[[ $stderr == *"aapl was fitted on log returns; say --return log" ]]
}

@test "each model and each of its parameters stands in the man page" {
	mandoc -T ascii -O width=1000 "$ROOT/man/regime-detect.1" | sed 's/.\x08//g' >page
	for m in ewma vol-quantile cusum bocpd trend phase; do
		run -2 --separate-stderr stdin_is /dev/null regime-detect -M "$m:?=1"
		grep -oE '[a-z-]+=' <<<"${stderr#*defaults}" | tr -d = >keys
		[ -s keys ]
		while read -r key; do
			grep -qw -- "$key" page || { echo "$m: $key"; return 1; }
		done <keys
	done
}

@test "the examples of the man page run" {
	ln -s "$DATA" testdata
	bars AAPL | regime-detect --on-change -O csv >one
	head -1 one | grep -qx ts,sym,model,state,label,probs,expected_duration,p_leave,value
	aapl
	regime-detect --models hmm:aapl.json,bocpd,ewma:aapl.json --on-change -O csv <in >two
	[ "$(wc -l <two)" -gt 5 ]
}

@test "empty input" {
	check_empty
	run -3 --separate-stderr stdin_is /dev/null regime-detect --fit m.json
	[[ $stderr == *"0 returns are too few"* ]]
}

@test "bad option, bad line" {
	check_bad_option
	check_bad_line
	bars AAPL | sed '900s/.*/{"type":"bar"}/' >in
	run -3 --separate-stderr stdin_is in regime-detect --fit half.json
	[ ! -e half.json ]
}

@test "full disk, reader that leaves" {
	bars AAPL >in
	check_dev_full in
	check_reader_leaves in
	run -4 --separate-stderr stdin_is in regime-detect --fit /no/such/directory/m.json
}

@test "unknown records pass byte for byte" {
	check_unknown_passes
}

@test "the options of -h stand in the man page" {
	check_man_options
}

@test "one process gives the same bytes" {
	aapl
	check_pipe_run_same '-M hmm:aapl.json,cusum,bocpd,trend,phase' in
}

@test "chunks do not matter, and nothing looks ahead" {
	aapl
	check_chunks in -M hmm:aapl.json,cusum,bocpd
	check_prefix in -M hmm:aapl.json,ewma:aapl.json,cusum,bocpd,vol-quantile,trend,phase
	sed '1s/return/ret/' "$DATA/regime-detect/hmm2_returns_A.csv" >a.csv
	check_prefix a.csv --returns -M cusum,bocpd
}

@test "ticks without bars are told" {
	echo '{"type":"trade","ts":1704200000,"sym":"A","price":1.00,"size":1}' >in
	run --separate-stderr stdin_is in regime-detect
	[ "$status" = 0 ]
	[[ $stderr == *"1 trades and quotes came but no bars"* ]]
}
