#!/bin/bash
# bench/peers/talib.sh DIR: build DIR/talib/libta.a and DIR/talib/include from TA-Lib's C code, for
# comparing speed and values (bench/ta.c, bench/candles.c). The code (0.6, BSD-3) comes in the npm
# package talib-binding. libta.a is compiled as our own hot files are, with -O3; libta_native.a
# with -O3 -march=native, as its users may do, and as TA-Lib's test vectors were made.
set -euo pipefail
mkdir -p "$1"
dir=$(cd "$1" && pwd)/talib
package=talib-binding@1.0.2

# library FILE FLAG...: the functions and what they share; not what describes them to others
library()
{
	local out=$1 f
	shift
	rm -rf "$dir/obj"
	mkdir "$dir/obj"
	for f in ta_common/*.c ta_func/*.c; do
		"${CC:-gcc}" -O3 -w -I../include -Ita_common -Ita_func "$@" -c "$f" \
		    -o "$dir/obj/$(basename "$f" .c).o"
	done
	rm -f "$dir/$out.part"
	ar rcs "$dir/$out.part" "$dir"/obj/*.o
	rm -rf "$dir/obj"
	mv "$dir/$out.part" "$dir/$out"
}

if [ ! -s "$dir/libta.a" ] || [ ! -s "$dir/libta_native.a" ] || [ ! -s "$dir/include/ta_libc.h" ]; then
	rm -rf "$dir"
	mkdir -p "$dir/package"
	(cd "$dir" && npm pack --silent "$package" >/dev/null)
	tar -xzf "$dir"/talib-binding-*.tgz -C "$dir/package" --strip-components=1
	cp -r "$dir/package/ta-lib/c/include" "$dir/include"
	cd "$dir/package/ta-lib/c/src"
	library libta.a -ffp-contract=off
	library libta_native.a -march=native
fi
echo "TA-Lib: $dir/libta.a, $dir/libta_native.a, headers in $dir/include"
