#!/bin/bash
# bench/peers/talib.sh DIR: build DIR/talib/libta.a and DIR/talib/include from TA-Lib's C code, for
# comparing speed and values (bench/ta.c and others). The code (0.6, BSD-3) comes in the npm package
# talib-binding; it is compiled as our own hot files are, with -O3.
set -euo pipefail
mkdir -p "$1"
dir=$(cd "$1" && pwd)/talib
package=talib-binding@1.0.2
flags=(-O3 -w -ffp-contract=off -I../include -Ita_common -Ita_func)

if [ ! -s "$dir/libta.a" ] || [ ! -s "$dir/include/ta_libc.h" ]; then
	rm -rf "$dir"
	mkdir -p "$dir/obj" "$dir/package"
	(cd "$dir" && npm pack --silent "$package" >/dev/null)
	tar -xzf "$dir"/talib-binding-*.tgz -C "$dir/package" --strip-components=1
	cp -r "$dir/package/ta-lib/c/include" "$dir/include"
	# The functions and what they share; not the parts that describe them to other languages.
	(
		cd "$dir/package/ta-lib/c/src"
		for f in ta_common/*.c ta_func/*.c; do
			"${CC:-gcc}" "${flags[@]}" -c "$f" -o "$dir/obj/$(basename "$f" .c).o"
		done
	)
	ar rcs "$dir/libta.a.part" "$dir"/obj/*.o
	rm -rf "$dir/obj"
	mv "$dir/libta.a.part" "$dir/libta.a"
fi
echo "TA-Lib: $dir/libta.a, headers in $dir/include"
