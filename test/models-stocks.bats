#!/usr/bin/env bats
# models/stocks.onnx: what its card says holds for the file that is there, and the pipeline of the card trades.

load helper

STOCKS=$ROOT/models/stocks

setup()
{
	tp_setup
	# the card's own pipeline, up to the paper account, on five of the stocks; paths are those of the tree
	sed -n '/^    ibkr-feed/,/perf-report$/p' "$STOCKS.md" |
		sed "s|models/|$ROOT/models/|g; s|testdata/|$ROOT/testdata/|; s|examples/|$ROOT/examples/|g
			s/ibkr-feed --replay/ibkr-feed -q --symbols AAPL,AMZN,JPM,WMT,XOM --replay/; s/ | perf-report\$//
			s/rl-act -m/rl-act -q -m/; s/risk-gate -l/risk-gate -q -l/" >card
	grep -q 'rl-act' card && grep -q 'ibkr-exec --paper' card
}

@test "stocks: the card is that of the file, and says that it is no advice" {
	grep -q "$(sha256sum <"$STOCKS.onnx" | cut -d ' ' -f 1)" "$STOCKS.md"
	grep -q 'Advice: none' "$STOCKS.md"
	rl-act -m "$STOCKS.onnx" --card >own
	[ "$(jq -r .data.sha256 own)" = "$(sed -n 's/^| SHA-256 of the market records | \(.*\) |$/\1/p' "$STOCKS.md")" ]
	jq -e '.data.end < "2017"' own # nothing later was learned from
}

@test "stocks: the pipeline of the card trades from the last close of 2016 on, within its limits" {
	bash -o pipefail -c "$(cat card)" >run
	jq -r 'select(.type == "fill") | .ts' run | sort >fills
	[ "$(wc -l <fills)" -ge 20 ]
	[[ $(head -1 fills) == 2017-01-0* ]]
	[ "$(grep -c '"type":"reject"' run)" = 0 ]
	grep -q '"source":"resnet:candles"' run
	grep -q '"source":"resnet:charts"' run
	perf-report -O json <run | jq -e '.max_drawdown > -0.05 and .trades > 5'
}

@test "stocks: the same in one process" {
	bash -o pipefail -c "$(cat card)" >piped
	pipe-run "$(tr '\n' ' ' <card)" >fused
	same piped fused
}
