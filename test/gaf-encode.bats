load helper

sample()
{
	ibkr-feed -q --replay "$DATA/daily/sp500_5y.csv.gz" --symbols "${2:-AAPL,MSFT,XOM}" \
	    --from 2013-02-01 --to "${1:-2013-06-30}"
}

images()
{
	grep '"type":"image"' "$@"
}

# bar MINUTE CLOSE [MORE]
bar()
{
	printf '{"type":"bar","ts":"2024-01-02T10:%s:00Z","sym":"A","open":%s,"high":%s,"low":%s,"close":%s%s}\n' \
	    "$1" "$2" "$2" "$2" "$2" "$3"
}

# the doubles of the n-th window of the vectors as bars
vector_bars()
{
	echo ts,sym,open,high,low,close
	# the floats are the end of the file
	od -An -v -w512 -t f8 -j $(($(stat -c %s "$1") - (4 - $2) * 4 * 64 * 8)) -N $((4 * 64 * 8)) "$1" | awk -v n="$3" '
			{ for (i = 1; i <= n; i++) v[NR, i] = $i }
			END { for (i = 1; i <= n; i++)
				print 1000000000 + 60 * i ",S," v[1, i] "," v[2, i] "," v[3, i] "," v[4, i] }'
}

# the floats of an .npy, without its head
pixels()
{
	local head
	head=$(od -An -j8 -N2 -t u2 "$1")
	tail -c +$((10 + head + 1)) "$1"
}

@test "what it writes for a small file" {
	sample 2013-03-15 AAPL >in
	gaf-encode -n 16 -m 8 -s 4 -c ohlcv <in >out
	images out >found
	same "$DATA/gaf-encode/small.ndjson" found
	grep -v '"type":"image"' out | same in -
}

@test "float64 arrays are those of pyts, byte for byte" {
	for f in gasf_n32_m32_m11 gadf_n60_m24_m11 gasf_n60_m24_01_overlap gadf_n64_m32_01; do
		n=${f#*_n} n=${n%%_*} m=${f#*_m} m=${m%%_*}
		range=m11 paa=split
		[[ $f != *_01* ]] || range=01
		[[ $f != *overlap ]] || paa=overlap
		vector_bars "$DATA/gaf-encode/windows_ohlc_64.npy" 0 "$n" >in.csv
		gaf-encode -n "$n" -m "$m" --method "${f%%_*}" --range $range --paa $paa --dtype f64 \
		    --step "$n" -O npy <in.csv >out.npy
		pixels out.npy >got
		pixels "$DATA/gaf-encode/$f.npy" | cmp - got
		head -c 128 out.npy | grep -aq "'shape': (1, 4, $m, $m)"
	done
}

@test "all arrays of the vectors" {
	need_shared vectors/gaf
	v=$SHARED/vectors/gaf
	for f in "$v"/ga[sd]f_n*.npy; do
		b=$(basename "$f" .npy)
		n=${b#*_n} n=${n%%_*} m=${b#*_m} m=${m%%_*}
		range=m11 paa=split
		[[ $b != *_01* ]] || range=01
		[[ $b != *overlap ]] || paa=overlap
		for w in 0 1 2 3; do
			[ -s "in$w.$n" ] || vector_bars "$v/windows_ohlc_64.npy" $w "$n" >"in$w.$n"
			gaf-encode -n "$n" -m "$m" --method "${b%%_*}" --range $range --paa $paa \
			    --dtype f64 -O npy <"in$w.$n" >out.npy
			pixels out.npy
		done >got
		pixels "$f" | cmp - got
	done
}

@test "frames: the head, and the pixels of the array" {
	sample >in
	gaf-encode -n 20 -m 10 -s 5 -O npy <in >out.npy
	gaf-encode -n 20 -m 10 -s 5 -O frames <in >x.bin
	pixels out.npy >want
	one=$((128 + 4 * 10 * 10 * 4))
	n=$(($(wc -c <x.bin) / one))
	[ $((n * one)) = "$(wc -c <x.bin)" ] && [ "$n" -gt 10 ]
	for ((i = 0; i < n; i++)); do
		tail -c +$((i * one + 129)) x.bin >rest
		head -c $((one - 128)) rest
	done >got
	cmp want got
	[ "$(head -c 8 x.bin)" = TPIMAGE1 ]
	[ "$(od -An -j8 -N24 -t u4 -w24 x.bin | tr -s ' ')" = " 128 4 4 10 20 0" ]
	[ "$(dd if=x.bin bs=1 skip=80 count=4 status=none)" = AAPL ]
}

@test "the factors of a record are its image" {
	sample 2013-03-31 AAPL >in
	gaf-encode -n 8 -c close -O npy <in >out.npy
	pixels out.npy | od -An -v -w256 -t f4 >want
	# 8 cosines, 8 sines; c c - s s in doubles is within float's rounding
	gaf-encode -n 8 -c close <in | images | jq -r .factors |
		while read -r f; do base64 -d <<<"$f" | od -An -v -w64 -t f4; done |
		paste -d' ' - want |
		awk '{ for (i = 0; i < 8; i++) for (j = 0; j < 8; j++) {
				d = $(1 + i) * $(1 + j) - $(9 + i) * $(9 + j) - $(17 + 8 * i + j)
				if (d > 1e-6 || d < -1e-6) bad++ }
			n++ } END { exit !(n > 20 && !bad) }'
}

@test "symbols and intervals in one stream give what each gives alone" {
	sample >in
	gaf-encode -n 20 -m 7 <in | images >all
	for s in AAPL MSFT XOM; do
		grep "\"sym\":\"$s\"" in | gaf-encode -n 20 -m 7 | images >alone
		grep "\"sym\":\"$s\"" all >mine
		[ -s mine ]
		same alone mine
	done
	grep '"type":"bar"' in | sed 'p; s/"interval":"1d"/"interval":"2d"/' >both
	gaf-encode -n 20 -m 7 <both | images | grep '"interval":"1d"' | same all -
	gaf-encode -n 20 -m 7 -i 1d <both | images | same all -
}

@test "no window before it is full, none across a hole" {
	for i in 10 11 12 13 14 15 16 17; do bar $i "1$i"; done >in
	[ "$(gaf-encode -n 4 <in | images | jq -r '.ts[14:16]' | xargs)" = "13 14 15 16 17" ]
	[ "$(gaf-encode -n 4 -s 2 <in | images | jq -r '.ts[14:16]' | xargs)" = "13 15 17" ]
	[ "$(gaf-encode -n 9 <in | images | wc -l)" = 0 ] || false
	sed '4s/}$/,"gap":true}/' in | sed '4s/"high":113/"high":114/' >gap
	[ "$(gaf-encode -n 4 <gap | images | jq -r '.ts[14:16]' | xargs)" = "16 17" ]
	# filled in, or dirty: a hole, too
	sed '3s/}$/,"gap":true,"volume":0}/' in >filled
	[ "$(gaf-encode -n 4 <filled | images | jq -r '.ts[14:16]' | xargs)" = "16 17" ]
	sed '3s/}$/,"dirty":"negative_price"}/' in >dirty
	[ "$(gaf-encode -q -n 4 <dirty | images | jq -r '.ts[14:16]' | xargs)" = "16 17" ]
}

@test "partial, revised and old bars change nothing" {
	sample >in
	gaf-encode -n 10 <in | images >want
	sed '/"type":"bar"/{
		p
		s/"open":[0-9.]*/"open":1/
		s/"low":[0-9.]*/"low":1/
		h
		s/}$/,"partial":true}/p
		g
		s/}$/,"rev":1}/p
		g
	}' in >altered
	gaf-encode -q -n 10 <altered | images >got
	same want got
}

@test "a split is no picture" {
	for i in 10 11 12 13; do bar $i "10$i"; done >in
	gaf-encode -n 4 <in | images >want
	{
		head -2 in
		echo '{"type":"corporate_action","ts":"2024-01-02T10:11:30Z","sym":"A","action":"split","ratio":2}'
		bar 12 506
		bar 13 506.5
	} >parted
	gaf-encode -n 4 <parted | images >got
	same want got
	for d in f32 f64; do
		gaf-encode -n 4 --dtype $d -O npy <in >a
		gaf-encode -n 4 --dtype $d -O npy <parted >b
		cmp a b
	done
}

@test "a window that lacks volume has no image" {
	sample 2013-03-15 AAPL | grep '"bar"' >in
	sed '5s/,"volume":[0-9]*//' in >lacks
	all=$(gaf-encode -n 8 -c ohlcv <in | images | wc -l)
	run --separate-stderr stdin_is lacks gaf-encode -n 8 -c ohlcv -O csv
	[ "${#lines[@]}" = $((all - 5 + 1)) ]
	[[ $stderr == *"5 windows without an image"* ]]
	[ "$(gaf-encode -n 8 -c ohlc <lacks | images | wc -l)" = "$all" ]
}

@test "the other encodings and scales say what they are" {
	sample 2013-03-31 AAPL >in
	gaf-encode -n 12 -c culr --range 01 --scale culr-shared <in | images | tail -1 |
		jq -e '.scale == "culr-shared" and .range == "01" and .window == 12 and .size == 12
			and .channels == ["close", "upper", "lower", "body"]'
	gaf-encode -n 12 -m 5 --paa overlap --scale joint --method recurrence -c close,low <in |
		images | tail -1 | jq -e '.encoding == "recurrence" and .paa == "overlap"
			and (.factors | length) == 56 and .channels == ["close", "low"]'
	gaf-encode -n 12 -m 6 --method mtf --bins 4 -c close <in | images | tail -1 >x.ndjson
	jq -e '.bins == 4 and (has("factors") | not)' x.ndjson
	jq -r .data x.ndjson | base64 -d | od -An -v -w144 -t f4 |
		awk '{ for (i = 1; i <= 36; i++) if ($i < 0 || $i > 1) bad++ } END { exit !(NF == 36 && !bad) }'
	for c in ohlc close,open,upper,lower,body; do
		run --separate-stderr -2 stdin_is in gaf-encode --scale culr-shared --range 01 -c $c
		[[ $stderr == *"channels culr, with or without open"* ]]
	done
	gaf-encode -n 12 -l 5 -c close,gap,body-rank --range 01 --scale true-range <in | images | tail -1 |
		jq -e '.scale == "true-range" and .last == 5 and .window == 12 and .size == 5
			and .channels == ["close", "gap", "body-rank"] and (.factors | length) == 160'
	gaf-encode -n 12 -c candle <in | images | tail -1 | jq -e '.channels == ["close", "body", "gap",
		"upper", "lower", "body-rank", "upper-rank", "lower-rank"]'
	gaf-encode -n 12 -l 12 <in >x.ndjson
	gaf-encode -n 12 <in | cmp - x.ndjson
	for c in '-l 5 --scale true-range' '--scale true-range --range 01 -c ohlcv'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr -2 stdin_is in gaf-encode -n 12 $c
		[[ $stderr == *"true-range goes with range 01, and not with volume"* ]]
	done
	run --separate-stderr -2 stdin_is in gaf-encode -n 12 -l 13
	[[ $stderr == *"last 13: want at most the window's 12 bars"* ]]
	run --separate-stderr -2 stdin_is in gaf-encode -n 12 -l 6 --method mtf --bins 4
	[[ $stderr == *"mtf shows all bars"* ]]
	run --separate-stderr -2 stdin_is in gaf-encode -n 8 -m 9
	[[ $stderr == *"size 9"* ]]
	run --separate-stderr -2 stdin_is in gaf-encode -n 1024 --png x.png --png-rows 64
	[[ $stderr == *"million pixels"* ]]
	run --separate-stderr -2 stdin_is in gaf-encode -c close,hat
	[[ $stderr == *"no channel 'hat'"* ]]
	run --separate-stderr -2 stdin_is in pipe-run 'gaf-encode -O npy | loopback x'
	[[ $stderr == *"end of a pipe"* ]]
}

@test "labels: patterns, none of them from the future" {
	sample 2015-12-31 | pattern-scan --rules chen-tsai >in
	gaf-encode -n 10 -c close --labels patterns <in >out
	grep -v '"type":"image"' out | same in -
	# each pattern on the image of its bar, and nothing else
	grep '"type":"pattern"' in | jq -r '"\(.ts) \(.sym)"' | sort -u >want
	images out | jq -r 'select(.label != "none") | "\(.ts) \(.sym)"' | sort >got
	[ "$(wc -l <got)" -gt 5 ]
	[ -z "$(comm -13 want got)" ]
	images out | jq -e -s 'all(.[]; .label_end == .ts and (has("lookahead") | not))'
	# those without an image come before the tenth bar
	[ "$(comm -23 want got | grep -vc 2013-02)" = 0 ]
	# without labels the images are the same
	gaf-encode -n 10 -c close <in | images | jq -c 'del(.label, .label_end)' | sort >plain
	images out | jq -c 'del(.label, .label_end)' | sort | same plain -
	name=$(images out | jq -r 'select(.label != "none") | .label' | sed -n 1p)
	gaf-encode -n 10 -c close --labels patterns --label-names "$name" <in | images |
		jq -r .label | sort -u >names
	printf '%s\n' "$name" none | sort | same - names
	# for three bars
	a=$(grep -c -v '"label":"none"' <(images out))
	b=$(gaf-encode -n 10 -c close --labels patterns --label-bars 3 <in | images | grep -vc '"label":"none"')
	[ "$b" -gt $((2 * a)) ]
	check_prefix in -n 10 -c close --labels patterns
}

@test "labels: a column of features, from the future, and it says so" {
	sample 2013-12-31 AAPL,XOM | feat-calc --only label --labels horizon:3,class=0.01 >in
	gaf-encode -n 10 -c close --labels features:label <in >out
	grep '"type":"features"' in | jq -c '[.ts, .sym, (.label | tostring), .label_end]' | sort >want
	images out | jq -c '[.ts, .sym, .label, .label_end]' | sort >got
	[ "$(wc -l <got)" -gt 300 ]
	[ -z "$(comm -13 want got)" ]
	images out | jq -e -s 'all(.[]; .lookahead)'
	run --separate-stderr stdin_is out risk-gate -l "$ROOT/examples/limits.json"
	[ "$status" != 0 ]
	check_prefix in -n 10 -c close --labels features:label
}

@test "labels that never come are told" {
	sample 2013-12-31 >in
	run --separate-stderr -0 stdin_is in gaf-encode -n 10 --labels patterns
	[[ $stderr == *"no pattern came, so every label is none"* ]]
	feat-calc --only ret_5 <in >features
	run --separate-stderr -0 stdin_is features gaf-encode -n 10 --labels features:label
	[[ $stderr == *"no features with a column label came"* ]]
	run --separate-stderr -0 stdin_is features gaf-encode -n 10 --labels features:ret_5
	[ -z "$stderr" ]
}

@test "a picture" {
	sample >in
	# told before anything is written, not behind a day's stream
	run --separate-stderr -4 stdin_is in gaf-encode -n 20 --png no/such/x.png
	[ -z "$output" ]
	gaf-encode -n 20 -O npy --png x.png --png-rows 3 <in >/dev/null
	[ "$(head -c 4 x.png | tail -c 3)" = PNG ]
	# width and height: margins, 1.25 tiles of 160 of candles, four tiles with margins; three
	# rows of two lines, a tile and the space below, and the legend
	[ "$(png_size x.png)" = "$((24 + 200 + 4 * 172)) $((12 + 3 * (44 + 160 + 12 + 11) + 28))" ]
	run --separate-stderr -4 stdin_is in gaf-encode -n 20 --png no/such/x.png
	[[ $stderr == *"no/such/x.png"* ]]
	# one small image: as wide as the words below it need
	gaf-encode -n 20 -c close -O npy --png y.png --png-rows 1 <in >/dev/null
	read -r w h < <(png_size y.png)
	[ "$w" -gt 600 ] && [ "$h" -lt 300 ]
}

png_size()
{
	od -An -j16 -N8 --endian=big -t u4 "$1" | xargs
}

# What a PNG has packed, whoever packed it: rows of filtered pixels.
png_rows()
{
	local at=8 len type
	while read -r len < <(od -An -j$at -N4 --endian=big -t u4 "$1"); do
		type=$(dd if="$1" iflag=skip_bytes,count_bytes skip=$((at + 4)) count=4 status=none)
		[ "$type" != IDAT ] ||
			dd if="$1" iflag=skip_bytes,count_bytes skip=$((at + 8)) count="$len" status=none
		at=$((at + 12 + len))
	done >packed
	# its checksum is not that of gzip
	{ printf '\037\213\010\0\0\0\0\0\0\0'; tail -c +3 packed; } | gzip -dc 2>/dev/null || :
}

@test "the picture in the README is what its command makes" {
	ln -s "$DATA" testdata
	mkdir examples
	sed -n '/^    \$ ibkr-feed.*/{s/^    \$ //; :more; /|$/{N; b more}; /--png examples/p}' \
	    "$ROOT/README.md" >as-told
	grep -q "gaf-encode.*--png examples/gaf.png" as-told
	bash -e -o pipefail as-told
	[ "$(png_size examples/gaf.png)" = "$(png_size "$ROOT/examples/gaf.png")" ]
	png_rows examples/gaf.png >got
	png_rows "$ROOT/examples/gaf.png" >want
	read -r w h < <(png_size examples/gaf.png)
	[ "$(wc -c <got)" = $((h * (3 * w + 1))) ]
	cmp want got
}

@test "no input" {
	check_empty
	[ "$(gaf-encode -n 4 -O npy </dev/null | head -c 128 | grep -ac "(0, 4, 4, 4)")" = 1 ]
}

@test "a bad option" {
	check_bad_option
}

@test "a bad line" {
	check_bad_line
}

@test "a full disk" {
	sample >in
	check_dev_full in -n 10
	check_dev_full in -n 10 -O npy
}

@test "a reader that leaves" {
	sample >in
	check_reader_leaves in -n 10
}

@test "unknown records pass" {
	check_unknown_passes
}

@test "all options are in the man page" {
	check_man_options
}

@test "in one process the same bytes" {
	sample >in
	check_pipe_run_same '-n 10 -c culr' in
	check_pipe_run_same '-n 10 -O npy' in
	check_pipe_run_same '-n 10 -O csv' in
}

@test "input in pieces" {
	sample >in
	check_chunks in -n 10
}

@test "no look-ahead" {
	sample >in
	check_prefix in -n 10
	check_prefix in -n 10 -O frames
}
