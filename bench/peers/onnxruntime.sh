#!/bin/bash
# bench/peers/onnxruntime.sh DIR: onnxruntime's shared library as DIR/onnxruntime/libonnxruntime.so,
# for bench/infer.c. It comes in the npm package onnxruntime-node (MIT), without headers.
set -euo pipefail
mkdir -p "$1"
dir=$(cd "$1" && pwd)/onnxruntime
lib=$dir/libonnxruntime.so
case $(uname -m) in
x86_64) arch=x64 ;;
aarch64) arch=arm64 ;;
*)
	echo "onnxruntime.sh: no library for $(uname -m)" >&2
	exit 1
	;;
esac

if [ ! -s "$lib" ]; then
	mkdir -p "$dir"
	# Its script would fetch libraries for graphics processors.
	npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" onnxruntime-node@1.30
	ln -sf "$(find "$dir/node_modules/onnxruntime-node/bin" -path "*/linux/$arch/libonnxruntime.so*" |
		head -1)" "$lib"
fi
[ -s "$lib" ] || {
	echo "onnxruntime.sh: the package holds no library for linux/$arch" >&2
	exit 1
}
echo "onnxruntime: $lib"
