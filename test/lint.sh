#!/bin/bash
# test/lint.sh: cppcheck, clang-tidy, clang-format, shellcheck and mandoc over the tree; quiet
# when there is nothing to say.
set -u
cd "$(dirname "$0")/.." || exit
status=0

mapfile -t sources < <(find lib cmd test bench -name '*.c')
mapfile -t headers < <(find lib test -name '*.h')
mapfile -t scripts < <(
	grep -lrE '^#!/bin/(ba)?sh' .ci test bench examples models 2>/dev/null
	find test bench -name '*.bash'
)
mapfile -t bats < <(find test -name '*.bats')
mapfile -t pages < <(find man -name '*.[1-8]')
defines=(-D_GNU_SOURCE '-DTP_VERSION="x"')

# knownConditionTrueFalse and the like cry wolf in table-driven code.
cppcheck -q --std=c11 --inline-suppr --error-exitcode=1 --enable=warning,portability,performance \
    --suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches \
    --suppress=unmatchedSuppression -j "$(nproc)" -Ilib -Itest "${defines[@]}" lib cmd || status=1

# One file a run: with more, version 14 takes every va_list of the later ones for uninitialized.
# What is generated lies where `make lint` built. Vector kernels are
# read with the instruction set of their name.
# shellcheck disable=SC2016 # the inner shell's
printf '%s\0' "${sources[@]}" | xargs -0 -n 1 -P "$(nproc)" sh -c '
	case $1 in *_avx2.c) isa="-mavx2 -mfma" ;; *_avx512.c)
		isa="-mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma" ;; *) isa= ;; esac
	clang-tidy --quiet --warnings-as-errors="*" "$@" -- -std=c17 -Ilib -Itest $isa \
	    -isystem "${TP_GEN:-build/lint-gcc/gen}" \
	    -D_GNU_SOURCE "-DTP_VERSION=\"x\"" 2>/dev/null' _ || status=1

clang-format --dry-run -Werror "${sources[@]}" "${headers[@]}" || status=1

shellcheck -x "${scripts[@]}" || status=1
# What `load helper` and bats itself define, and tests that run in subshells, shellcheck cannot see.
[ ${#bats[@]} = 0 ] || shellcheck -e SC1091,SC2030,SC2031,SC2034,SC2154,SC2314,SC2315 "${bats[@]}" || status=1

[ ${#pages[@]} = 0 ] || mandoc -T lint -W warning "${pages[@]}" || status=1

exit $status
