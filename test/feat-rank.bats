load helper

# features with a label of some stocks
sample()
{
	ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" --symbols AAPL,MSFT,XOM,GE,PFE,JPM \
	    --from 2013-02-01 --to 2014-06-30 |
		feat-calc -e 'r5 = close / lag(close, 5) - 1' -e 'twice = 2 * r5' \
		    -e 'v20 = std(close / lag(close, 1) - 1, 20)' --labels horizon:5 |
		grep '"type":"features"'
}

# 40 instants of 8 symbols; x decides the label, its copy is a little off, n is noise
planted()
{
	awk 'BEGIN {
		srand(3); s = 12345
		for (d = 0; d < 40; d++)
			for (k = 0; k < 8; k++) {
				for (i = 0; i < 3; i++) {
					s = (s * 16807) % 2147483647
					u[i] = s / 2147483647 - 0.5
				}
				printf "{\"type\":\"features\",\"ts\":%d,\"sym\":\"S%d\",", 1700000000 + 60 * d, k
				printf "\"x\":%.9f,\"copy\":%.9f,\"n\":%.9f,\"label\":%.9f}\n",
				    u[0], u[0] * 3 + 0.01 * u[2], u[1], u[0] + 0.3 * u[2]
			}
	}'
}

@test "what it writes for a small file" {
	planted >in
	feat-rank <in >out
	same out "$DATA/feat-rank/planted.txt"
	feat-rank -O csv <in >out
	same out "$DATA/feat-rank/planted.csv"
}

@test "it finds what was planted" {
	planted | feat-rank -O json >out
	[ "$(jq -r '.columns[] | select(.verdict == "keep") | .column' out | wc -l)" = 1 ]
	[ "$(jq -r '.columns[] | select(.column == "n") | .verdict' out)" = weak ]
	jq -e '.columns[] | select(.verdict == "like") | .rho > 0.99' out
	jq -e '.r2_ridge > 0.85 and .instants == 40 and .rows == 320' out
	jq -e '[.columns[].ic_by_period | length] == [8, 8, 8]' out
}

@test "the information coefficients are those that another program finds" {
	planted >in
	feat-rank --model none -O json <in >out
	# no ties here: 1 - 6 sum d^2 / (n (n^2 - 1)) of each instant, then the mean
	jq -r '[.ts, .x, .label] | @tsv' in | awk '
		function rho(  i, j, a, b, s) {
			for (i = 0; i < n; i++) {
				a = b = 0
				for (j = 0; j < n; j++) { a += x[j] < x[i]; b += y[j] < y[i] }
				s += (a - b) ^ 2
			}
			total += 1 - 6 * s / (n * (n * n - 1)); instants++; n = 0
		}
		$1 != ts && n { rho() }
		{ ts = $1; x[n] = $2 + 0; y[n++] = $3 + 0 }
		END { rho(); printf "%.9f\n", total / instants }' >want
	jq -r '.columns[] | select(.column == "x") | .ic' out | awk '{ printf "%.9f\n", $1 }' >got
	same got want
}

@test "the same seed gives the same bytes, another one others" {
	sample >in
	feat-rank -O json <in >a
	feat-rank -O json <in >b
	same a b
	feat-rank -O json --seed 2 <in >b
	run -1 cmp -s a b
	# the order of the columns in time, not of the lines, counts
	sort -t'"' -k12 in | feat-rank -O json --model none >c
	feat-rank -O json --model none <in >d
	jq -S 'del(.columns[].mi_z)' c >c2
	jq -S 'del(.columns[].mi_z)' d >d2
	same c2 d2
}

@test "columns and rows are chosen" {
	planted >in
	[ "$(feat-rank -O csv --only 'x,n' <in | cut -d, -f1 | sort | xargs)" = "column n x" ]
	[ "$(feat-rank -O csv --ignore 'c*' --model ridge <in | cut -d, -f1 | sort | xargs)" = "column n x" ]
	[ "$(feat-rank -O csv -l n --model none <in | cut -d, -f1 | sort | xargs)" = "column copy x" ]
	feat-rank --model none --max-rows 100 -O json <in >out
	jq -e '.rows <= 100 and .rows >= 8 and .rows % 8 == 0 and .rows_seen == 320' out
}

@test "what cannot be ranked is told" {
	planted | sed 's/,"label":[^}]*//' >in
	run -3 --separate-stderr stdin_is in feat-rank
	[[ $stderr == "feat-rank: "*"no features record has a number 'label'"*--labels* ]]
	[ -z "$output" ]
	planted | sed -n '1,2s/"x"/"interval":"1m","x"/p; $s/"x"/"interval":"1h","x"/p' >in
	run -3 --separate-stderr stdin_is in feat-rank
	[[ $stderr == *"features of 1h behind features of 1m"*--interval* ]]
	run -0 --separate-stderr stdin_is in feat-rank --interval 1m
	echo '{"type":"bar","ts":1,"sym":"A","open":1,"high":1,"low":1,"close":1}' >in
	run -0 --separate-stderr stdin_is in feat-rank
	[[ $stderr == "feat-rank: warning: 1 bars came but no features, so nothing is ranked;"* ]]
	for o in --corr=0 --corr=2 --embargo=0.9 --ridge=0 --folds=1; do
		run -2 --separate-stderr stdin_is /dev/null feat-rank "$o"
		[[ $stderr == "feat-rank: "*"${o%=*}"* ]]
	done
}

@test "labels go no further than training: the gate and the venue refuse them" {
	ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" --symbols AAPL --to 2013-06-30 |
		feat-calc -e 'c = close' --labels triple-barrier:up=1,down=1,horizon=5,vol=10 >in
	grep '"type":"features"' in | jq -e -s 'length > 50 and all(.lookahead and .label_end > .ts)'
	run -3 --separate-stderr stdin_is in risk-gate -l "$ROOT/examples/limits.json"
	[[ $stderr == *lookahead* ]]
	run -3 --separate-stderr stdin_is in pipe-run \
	    "rl-act --policy rule:buy-hold | risk-gate -l $ROOT/examples/limits.json | ibkr-exec --paper"
	[[ $stderr == *lookahead* ]]
}

@test "empty input" {
	check_empty
}

@test "bad option, bad line" {
	check_bad_option
	check_bad_line
}

@test "full disk, reader that leaves" {
	planted >in
	check_dev_full in
	check_reader_leaves in
}

@test "the options of -h stand in the man page" {
	check_man_options
}

@test "one process gives the same bytes" {
	planted >in
	check_pipe_run_same '-O json' in
}

@test "chunks do not matter" {
	planted >in
	check_chunks in --model ridge
}
