#!/bin/bash
# shellcheck disable=SC2016 # a program for another shell
# test/run.sh UNIT-PROGRAM... FILE.bats...: run them, JOBS at a time, and count.
#
# Each prints TAP; a program that dies, prints no plan or another number of tests than it
# planned counts as a failure. The last line is `N passed, M failed`. QUICK=1 leaves out the
# bats tests tagged `slow`. TP_BIN: where the tools under test are.
set -u

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export tmp QUICK=${QUICK:-} TEST_TIMEOUT=${TEST_TIMEOUT:-300}

one()
{
	local test=$1 out status
	out=$tmp/$(basename "$test").tap
	case $test in
	*.bats)
		# shellcheck disable=SC2046 # words are wanted
		timeout -k 9 "$TEST_TIMEOUT" bats --tap $([ -z "$QUICK" ] || echo '--filter-tags !slow') \
		    "$test" >"$out" 2>&1 </dev/null
		;;
	*)
		timeout -k 9 "$TEST_TIMEOUT" "$test" >"$out" 2>&1 </dev/null
		;;
	esac
	status=$?
	[ $status != 124 ] || echo "# timed out after $TEST_TIMEOUT s" >>"$out"
	awk -v status=$status -v name="$test" '
		/^ok .*# skip/ { skipped++; run++; next }
		/^ok / { passed++; run++; next }
		/^not ok / { failed++; run++; next }
		/^1\.\.[0-9]+/ { plan = substr($1, 4) + 0; planned = 1 }
		END {
			if (!planned || plan != run || (status != 0 && !failed)) {
				printf "not ok - %s: ran %d of %s, status %d\n", name, run, \
				    planned ? plan : "(no plan)", status
				failed++
			}
			printf "%d %d %d\n", passed, failed, skipped >name_sum
		}' name_sum="$out.sum" "$out" >"$out.end"
	read -r p f s <"$out.sum"
	printf '%-28s %4d passed' "$(basename "$test")" "$p"
	[ "$s" = 0 ] || printf ', %d skipped' "$s"
	[ "$f" = 0 ] || printf ', %d FAILED' "$f"
	printf '\n'
	[ "$f" = 0 ] || { grep -v '^ok ' "$out"; cat "$out.end"; } | sed 's/^/    /' >"$out.fail"
}
export -f one

# bats files first: they take longest.
printf '%s\n' "$@" | awk '{ print (/\.bats$/ ? 0 : 1) "\t" $0 }' | sort -s -k1,1 | cut -f2 |
	xargs -r -P "${JOBS:-2}" -I{} bash -c 'one "$1"' _ {}

for f in "$tmp"/*.fail; do
	[ -e "$f" ] || continue
	echo
	echo "$(basename "$f" .tap.fail):"
	cat "$f"
done
skipped=$(cat "$tmp"/*.sum 2>/dev/null | awk '{ s += $3 } END { print s + 0 }')
[ "$skipped" = 0 ] || { echo; echo "$skipped skipped"; }
cat "$tmp"/*.sum 2>/dev/null | awk '
	{ passed += $1; failed += $2 }
	END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 || passed == 0 }'
