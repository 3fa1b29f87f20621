# shellcheck shell=bash disable=SC2034,SC2086,SC2154 # for bench/run.sh
# 43 indicators in memory beside TA-Lib's C code (answers compared first), built in two ways, and
# all 116 default columns.
job_indicators()
{
	local f=$dir/bars-$bars-1.csv b=$dir/indicators lib
	local -A within=([libta_native]=1e-8 [libta]=1e-4)
	[ -s "$TP_PEERS/talib/libta_native.a" ] || bench/peers/talib.sh "$TP_PEERS"
	data "bars-$bars-1.csv" $gen --symbols 1 --type bar --ticks "$bars" -O csv
	# Sums of squares are fused here, as in the native build; without that TA-Lib loses more digits.
	for lib in libta_native libta; do
		say "43 indicators in memory, beside TA-Lib ($lib)"
		"${CC:-gcc}" -std=c17 -D_GNU_SOURCE -O2 -DTP_TALIB -Ilib -isystem "$TP_PEERS/talib/include" \
		    bench/ta.c "$tools/../libtradepipe.a" "$TP_PEERS/talib/$lib.a" -lm -o "$b-$lib"
		{
			echo "indicators, TA-Lib as $lib.a:"
			"$b-$lib" "$bars" 7 256 "${within[$lib]}" <"$f"
		} | tee -a "$dir/notes"
	done
}
