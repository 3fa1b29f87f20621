#!/bin/bash
# test/cover.sh OBJ-DIR: after a run of the suite in flavour `cover`, print line and branch
# coverage per room, and fail when one of the rooms that handle money and input is below 90 %
# of its lines.
set -u
obj=$1
must='rec ledger venue risk'

# gcov's per-file text: "File 'lib/rec/x.c'" then "Lines executed:97.3% of 41" and so on.
find "$obj" -name '*.gcda' -print0 | xargs -0 -r gcov -n -b 2>/dev/null | awk -v must="$must" '
	/^File / { split($0, q, "\047"); n = split(q[2], p, "/"); room = "" }
	/^File .lib\/.*\.c.$/ { room = p[2] }
	/^Lines executed:/ && room != "" { add(lines, lines_of); }
	/^Taken at least once:/ && room != "" { add(branches, branches_of); room = "" }
	/^No branches/ { room = "" }
	function add(hit, all,  a) {
		split($0, a, /[:%]| of /)
		hit[room] += a[2] * a[4] / 100
		all[room] += a[4]
	}
	function pct(hit, all) { return all ? sprintf("%6.1f %% of %5d", 100 * hit / all, all) : "-" }
	END {
		printf "%-10s %-20s %s\n", "room", "lines", "branches taken"
		for (r in lines_of) {
			out = sprintf("%-10s %-20s %s", r, pct(lines[r], lines_of[r]), \
			    pct(branches[r], branches_of[r]))
			print out | "sort"
			hits += lines[r]; all += lines_of[r]
			bhits += branches[r]; ball += branches_of[r]
		}
		close("sort")
		printf "%-10s %-20s %s\n", "all", pct(hits, all), pct(bhits, ball)
		n = split(must, m, " ")
		for (i = 1; i <= n; i++) {
			if (!(m[i] in lines_of)) {
				print "no coverage was recorded for " m[i]
				bad = 1
			} else if (lines[m[i]] < 0.9 * lines_of[m[i]]) {
				printf "%s is below 90 %% of its lines\n", m[i]
				bad = 1
			}
		}
		exit bad
	}'
