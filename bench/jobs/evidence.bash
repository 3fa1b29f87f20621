# shellcheck shell=bash disable=SC2154 # for bench/run.sh
# What learned policies earn out of sample, net of costs: PPO walking forward on columns of prices and
# volumes alone, and on the same with chart patterns, candles and the answers of both image networks;
# beside rules on the same spans, and holding. The settings are chosen once for each, by a search with
# the same budget that sees the training span of the first fold only; three seeds walk with them.
# Everything that was tried is in one ledger for each market, and deflates the Sharpe ratios.
#
# (a) 65 daily stocks, an account of 100,000 each, never short, commissions ibkr-fixed, slippage 2 bp;
# (b) EUR/USD in bars of four hours, long or short, 0.2 bp commission and 0.4 bp (half a pip) slippage;
# (c) with ../shared the same for EUR/USD, NZD/USD and gold, an account each.
# Accounts of RL and of hold begin anew with equal parts at each fold; rules, buy-hold among them, run through.
# EVIDENCE_TRIALS, EVIDENCE_STEPS, EVIDENCE_SEEDS: smaller for a try-out. Curves: $dir/evidence/*.csv.
evidence_trials=${EVIDENCE_TRIALS:-8} evidence_steps=${EVIDENCE_STEPS:-40000}
evidence_seeds=${EVIDENCE_SEEDS:-3}
evidence_space='lr=1e-4..3e-3:log,entropy=1e-3..3e-2:log,gamma=0.5|0.9|0.97,hidden=16|32+32|64+64'
evidence_space+=',env.reward=log-return|diff-sharpe'
evidence_columns=ret_1,ret_5,ret_20,clv,rsi_14,macd_hist,ma_dist_20,ma_dist_60,z_20,drawdown_60,efficiency_20,vol_yz_20

# evidence_data NAME COLUMNS: bars on stdin; NAME.bars, and with columns NAME.plain and NAME.patterns.
# Of pattern-scan's columns those that sum up are kept: 61 candlesticks and 26 charts each by
# itself would be 87 inputs that are nearly always 0.
evidence_data()
{
	gzip -1 >"$w/$1.bars.gz"
	pipe-run "ibkr-feed -q --replay $w/$1.bars.gz | feat-calc --set core --only '$2'" |
		gzip -1 >"$w/$1.plain.gz"
	pipe-run "ibkr-feed -q --replay $w/$1.plain.gz | pattern-scan --chart --candles --features |
		gaf-encode --window 52 --last 12 --channels candle --scale true-range --range 01 |
		gaf-encode --window 64 --size 32 --channels close --method gasf --range 01 |
		resnet-classify -m models/candles.onnx -m models/charts.onnx --max-none 0.04" |
		awk '
			/"type":"pattern"/ && /"name":"CDL/ { next }
			/"type":"features"/ && /"cdl[.]bull"/ {
				n = split(substr($0, 1, length($0) - 1), part, ",")
				line = ""
				for (i = 1; i <= n; i++)
					if (part[i] !~ /^"(cdl|chart)[.]/ || part[i] ~ \
					    /[.](bull|bear|direction|open|age|target_atr|stop_atr)"/)
						line = line (i > 1 ? "," : "") part[i]
				print line "}"
				next
			}
			{ print }' | gzip -1 >"$w/$1.patterns.gz"
}

# evidence_learn NAME VARIANT ENV WALK...: NAME.VARIANT.SEED.csv, the returns, and .json, the figures
evidence_learn()
{
	local name=$1 v=$2 env=$3 s run
	shift 3
	run=(rl-train -q --pipeline "ibkr-feed -q --replay $name.$v.gz" --algo ppo --steps "$evidence_steps"
		--norm-obs --walk-forward rolling "$@" --trials-ledger "$name.ledger")
	for ((s = 1; s <= evidence_seeds; s++)); do
		if ((s == 1)); then
			(cd "$w" && "${run[@]}" --env "$env" --search tpe --trials "$evidence_trials" --objective sharpe \
			    --space "$evidence_space" --best "$name.$v.conf" --oos "$name.$v.1.csv")
		else
			(cd "$w" && "${run[@]}" --config "$name.$v.conf" --seed "$s" --oos "$name.$v.$s.csv")
		fi | tail -1 >"$w/$name.$v.$s.json"
	done
	awk -F, '
		FNR == 1 { if (NR == 1) print "ts,return"; next }
		{ if (!($1 in sum)) order[++n] = $1; sum[$1] += $2; runs[$1]++ }
		END { for (i = 1; i <= n; i++) printf "%s,%.12g\n", order[i], sum[order[i]] / runs[order[i]] }' \
	    "$w/$name.$v".[0-9].csv >"$w/$name.$v.csv"
}

# evidence_cut FROM TO: what a rule wanted before FROM is wanted at the first instant from there on, when
# it begins to trade; from TO on there is nothing. It has seen everything before.
evidence_cut()
{
	awk -v from="$1" -v to="$2" '
		{ match($0, /"ts":"[^"]*"/); ts = substr($0, RSTART + 6, RLENGTH - 7) }
		over { next } # read on: who writes must not be cut off
		on { if (/"type":"watermark"/ && ts >= to) over = 1; else print; next }
		/"type":"target"/ { match($0, /"sym":"[^"]*"/); s = substr($0, RSTART, RLENGTH)
			if (!(s in want)) order[++n] = s
			want[s] = $0
			next }
		/"type":"bar"/ && match($0, /"ts_end":"[^"]*"/) && substr($0, RSTART + 10, RLENGTH - 11) >= from { print; next }
		/"type":"watermark"/ && ts >= from {
			print
			for (i = 1; i <= n; i++) {
				sub(/"ts":"[^"]*"/, "\"ts\":\"" ts "\"", want[order[i]])
				print want[order[i]]
			}
			on = 1
		}'
}

# evidence_rule NAME RULE CAPITAL COSTS...: the returns of a rule at the instants of the walk
evidence_rule()
{
	local name=$1 rule=$2 capital=$3 out=$w/$1.${2%%,*} from to
	shift 3
	from=$(jq -r .test_from "$w/$name.plain.1.json") to=$(jq -r .test_to "$w/$name.plain.1.json")
	echo '{}' >"$w/limits.json"
	ibkr-feed -q --replay "$w/$name.bars.gz" | rl-act -q -p "rule:$rule" | evidence_cut "$from" "$to" |
		risk-gate -q -l "$w/limits.json" --capital "$capital" "$@" |
		ibkr-exec --paper --capital "$capital" "$@" |
		perf-report -O json --equity "$out.equity" >"$out.json"
	awk -F, '
		NR == FNR { if (FNR > 1) at[$1]; else print "ts,return"; next }
		FNR == 1 { for (i = 1; i <= NF; i++) col[$i] = i; next }
		{ ts = $col["ts"]; if (ts != now) { before = value; now = ts }; value = $col["equity"] }
		now in at && before { gain[now] = value / before - 1 }
		END { while ((getline line <ARGV[1]) > 0) { split(line, f, ","); if (f[1] != "ts")
			printf "%s,%.12g\n", f[1], gain[f[1]] } }' "$w/$name.plain.csv" "$out.equity" >"$out.csv"
}

# evidence_days FILE...: returns of UTC days in FILE.day.csv, from those of whatever instants
evidence_days()
{
	local f
	for f; do
		awk -F, '
			NR == 1 { print; next }
			{ day = substr($1, 1, 10); if (!(day in value)) { order[++n] = day; value[day] = 1 } value[day] *= 1 + $2 }
			END { for (i = 1; i <= n; i++) printf "%s,%.12g\n", order[i], value[order[i]] - 1 }' \
		    <(cut -d, -f1,2 "$w/$f.csv") >"$w/$f.day.csv"
	done
}

# evidence_row WHO FILE DEFLATED TRADES...: of FILE.csv; the trades as JSON files, whose mean is told
evidence_row()
{
	local who=$1 file=$2 deflated=$3
	shift 3
	local figures='| | | '
	[ $# = 0 ] || figures=$(jq -rs 'def m(f): map(f // 0) | add / length;
		if m(.trades) == 0 then "0 | | | " else
		"\(m(.trades) | round) | \(m(.win_rate) * 100 | round) % | \(m(.profit_factor) * 100 | round / 100) | \(m(.turnover_ann // .turnover) | round)" end' "$@")
	awk -f bench/sharpe.awk -v periods="$periods" "$w/$file.day.csv" |
		awk -F'\t' -v who="$who" -v d="$deflated" -v t="$figures" '{ printf "| %s | %.1f %% | %.2f [%.2f, %.2f] | %s | %.1f %% | %s |\n", \
			who, 100 * $3, $4, $5, $6, d, 100 * $7, t }'
}

# evidence_deflated FILE: the ratio's chance to be above 0 after all that is in the ledger
evidence_deflated()
{
	perf-report --returns "$w/$1.day.csv" -O json --periods "$periods" --dsr-trials "$trials" \
	    --dsr-stdev "$stdev" 2>/dev/null | jq -r '.deflated_sharpe * 100 | round / 100'
}

# evidence_tell NAME TITLE RULE...: the table of a market
evidence_tell()
{
	local name=$1 title=$2 v s last periods trials stdev r
	shift 2
	last=$w/$name.patterns.$evidence_seeds.json
	awk -F, 'NR == 1 { print "ts,return"; next } { print $1 "," $3 }' "$w/$name.plain.1.csv" >"$w/$name.hold.csv"
	for r in plain patterns hold "$@"; do
		evidence_days "$name.$r"
	done
	for ((s = 1; s <= evidence_seeds; s++)); do
		evidence_days "$name.plain.$s" "$name.patterns.$s"
	done
	# the trials' ratios are those of instants
	trials=$(jq .trials "$last")
	periods=$(awk -v n="$(wc -l <"$w/$name.hold.day.csv")" -v all="$(wc -l <"$w/$name.hold.csv")" \
	    -v p="$(jq .periods_per_year "$last")" 'BEGIN { printf "%.6g", p * (n - 1) / (all - 1) }')
	stdev=$(awk -v s="$(jq .trials_stdev "$last")" -v p="$(jq .periods_per_year "$last")" -v d="$periods" \
	    'BEGIN { printf "%.6g", s * sqrt(p / d) }')
	echo
	jq -r --arg t "$title" --arg n "$trials" '"\($t): \(.folds) folds, \(.instants) returns out of sample, \(.test_from[:10]) to \(.test_to[:10]); \($n) trials in the ledger"' "$last"
	echo
	echo "| | total return | Sharpe, 95 % | deflated | max drawdown | trades | won | profit factor | turnover a year |"
	echo "|---|---|---|---|---|---|---|---|---|"
	for v in plain patterns; do
		evidence_row "RL, $v, mean of $evidence_seeds" "$name.$v" "$(evidence_deflated "$name.$v")" "$w/$name.$v".[0-9].json
		for ((s = 1; s <= evidence_seeds; s++)); do
			evidence_row "seed $s" "$name.$v.$s" "$(evidence_deflated "$name.$v.$s")" "$w/$name.$v.$s.json"
		done
	done
	for r in "$@"; do
		evidence_row "rule:$r" "$name.$r" "" "$w/$name.$r.json"
	done
	evidence_row "hold, anew each fold" "$name.hold" ""
	echo
	awk -f bench/sharpe.awk -v periods="$periods" -v pair=1 "$w/$name."{hold,plain,patterns}.day.csv | tail -2 |
		awk -F'\t' '{ printf "Sharpe, RL %s less hold: %.2f [%.2f, %.2f]\n", NR == 1 ? "plain" : "patterns", $2, $3, $4 }'
	awk -f bench/sharpe.awk -v periods="$periods" -v pair=1 "$w/$name."{plain,patterns}.day.csv |
		awk -F'\t' 'NR == 1 { base = $4 } NR == 3 { printf "Sharpe, RL patterns less RL plain: %.2f [%.2f, %.2f], " \
			"above 0 in %.0f %% of the resampled pairs; hoped for: %.2f (15 %%)\n", $2, $3, $4, 100 * $5, 0.15 * (base < 0 ? -base : base) }'
}

evidence_fx()
{
	local name=$1 title=$2 n=$3 r cost=(--commission rate:0.00002 --slippage bps:0.4)
	local market=market,each=true,action=position,weight=1,commission=rate:0.00002,slippage=bps:0.4,steps=250,random-start=true
	local walk=(--from 2007-06-01 --train-span 2y --test-span 1y --purge 2d --embargo 2d)
	say "$title"
	evidence_data "$name" "$evidence_columns"
	evidence_learn "$name" plain "$market" "${walk[@]}"
	evidence_learn "$name" patterns "$market" "${walk[@]}"
	r=$(awk -v n="$n" 'BEGIN { print 1 / n }')
	evidence_rule "$name" "sma-cross,weight=$r,short=1" "${n}00000" "${cost[@]}"
	evidence_rule "$name" "breakout,weight=$r,short=1" "${n}00000" "${cost[@]}"
	evidence_rule "$name" "mean-revert,weight=$r,short=1" "${n}00000" "${cost[@]}"
	evidence_tell "$name" "$title" sma-cross breakout mean-revert | tee -a "$dir/notes"
}

evidence_stocks()
{
	local cost=(--slippage bps:2) walk=(--from 2013-06-01 --train-span 2y --test-span 6mo --purge 5d --embargo 5d)
	local market=market,each=true,action=levels,levels=3,shorts=false,slippage=bps:2,steps=120,random-start=true r
	say "65 daily stocks"
	ibkr-feed -q --replay testdata/daily/sp500_5y.csv.gz | evidence_data stocks "$evidence_columns,volume_ratio_20"
	evidence_learn stocks plain "$market" "${walk[@]}"
	evidence_learn stocks patterns "$market" "${walk[@]}"
	for r in buy-hold sma-cross breakout mean-revert; do
		evidence_rule stocks "$r,weight=0.0153" 6500000 "${cost[@]}"
	done
	evidence_rule stocks momentum 6500000 "${cost[@]}"
	evidence_tell stocks "65 daily stocks" buy-hold sma-cross breakout mean-revert momentum | tee -a "$dir/notes"
	# the picture of the README
	cp "$w/stocks.plain.day.csv" "$w/RL.csv"
	cp "$w/stocks.patterns.day.csv" "$w/RL with patterns.csv"
	cp "$w/stocks.hold.day.csv" "$w/hold.csv"
	(cd "$w" && perf-report -O csv --svg equity.svg --returns "RL.csv,RL with patterns.csv,hold.csv") >/dev/null
}

job_evidence()
{
	local w=$dir/evidence fx=testdata/fx/hour_EURUSD.OANDA.csv.gz shared=${TP_SHARED:-$root/../shared}/data/fx
	mkdir -p "$w"
	rm -f "$w"/*.ledger
	evidence_stocks
	ibkr-feed -q --replay "$fx" | bar-agg -i 4h --session FX | evidence_fx eurusd "EUR/USD, bars of 4 hours" 1
	[ -d "$shared" ] || return 0
	ibkr-feed -q --replay "$fx" "$shared"/hour_{NZDUSD,XAUUSD}.OANDA.csv.gz --to 2014-01-01 |
		bar-agg -i 4h --session FX | evidence_fx fx3 "EUR/USD, NZD/USD and gold, bars of 4 hours" 3
}
