# shellcheck shell=bash disable=SC2034,SC2086,SC2154 # for bench/run.sh
# The 61 candle functions beside TA-Lib's C code, in memory (answers compared first), and
# pattern-scan from CSV.
job_candles()
{
	local f=$dir/bars-$bars-20.csv b=$dir/candles-talib r
	local -A cmd rows=([tradepipe]=$bars)
	local who=(tradepipe)
	[ -s "$TP_PEERS/talib/libta.a" ] || bench/peers/talib.sh "$TP_PEERS"
	say "61 candle functions in memory, beside TA-Lib"
	"${CC:-gcc}" -std=c17 -D_GNU_SOURCE -O2 -DTP_TALIB -Ilib -isystem "$TP_PEERS/talib/include" \
	    bench/candles.c "$tools/../libtradepipe.a" "$TP_PEERS/talib/libta.a" -lm -o "$b"
	zcat testdata/fx/hour_EURUSD.OANDA.csv.gz | "$b" "$bars" "$runs" | tee -a "$dir/notes"
	data "bars-$bars-20.csv" $gen --symbols 20 --type bar --ticks "$bars" -O csv
	say "all candles, CSV to CSV and to NDJSON"
	cmd[tradepipe]="pattern-scan --candles -O csv <$f >/dev/null"
	contest "candles, CSV to CSV"
	cmd[tradepipe]="pattern-scan --candles <$f >/dev/null"
	contest "candles, CSV to NDJSON"
}
