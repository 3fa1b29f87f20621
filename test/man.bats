load helper

# The lines of EXAMPLES that begin with "$ ", as the shell would read them: in a literal
# display, or on a .Dl line; roff escapes undone, lines that end in \ joined.
examples()
{
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh [^E]/p' "$1" |
		sed -E 's/^\.Dl //; s/\\e/\\/g; s/\\-/-/g; s/\\&//g; s/\\\(aq/'"'"'/g; s/\\\(dq/"/g' |
		awk '/^\$ / { on = 1 } on { print } !/\\$/ { on = 0 }' |
		sed -E ':a; /\\$/{ N; s/\\\n *//; ba; }' |
		sed -nE 's/^\$ //p'
}

@test "mandoc finds nothing to warn about in any page" {
	run -0 mandoc -T lint -W warning "$ROOT"/man/*.[1-8]
	[ -z "$output" ]
}

@test "every tool has a man page and a bats file" {
	missing=
	for c in "$ROOT"/cmd/*.c; do
		t=$(basename "$c" .c)
		[ -e "$ROOT/man/$t.1" ] || missing+=" man/$t.1"
		[ -e "$ROOT/test/$t.bats" ] || missing+=" test/$t.bats"
	done
	[ -z "$missing" ] || { echo "missing:$missing"; return 1; }
}

@test "every page of section 1 has what a reader looks for, and is of a tool" {
	for p in "$ROOT"/man/*.1; do
		t=$(basename "$p" .1)
		[ -e "$ROOT/cmd/$t.c" ] || { echo "$p: no such tool"; return 1; }
		for s in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' EXAMPLES; do
			grep -q "^\.Sh $s" "$p" || { echo "$p: no $s"; return 1; }
		done
	done
}

@test "every page of section 1 has at least two examples" {
	for p in "$ROOT"/man/*.1; do
		n=$(examples "$p" | wc -l)
		[ "$n" -ge 2 ] || { echo "$p: $n examples"; return 1; }
	done
}

# In a copy of what a user would have around: testdata/ and examples/ of the tree.
@test "the examples of the pages run" {
	ln -s "$ROOT/testdata" "$ROOT/examples" .
	failed=0
	for p in "$ROOT"/man/*.1; do
		while IFS= read -r line; do
			timeout 60 bash -o pipefail -c "$line" >out 2>err </dev/null || {
				echo "$(basename "$p"): $line: exit $?"
				head -5 err
				failed=1
			}
		done < <(examples "$p")
	done
	[ "$failed" = 0 ]
}

@test "records.5 knows every record type and every field of it" {
	# type and field of types.h, one pair a line
	awk '/^#define REC_FIELDS_/ { sub(/\(.*/, "", $2); sub(/REC_FIELDS_/, "", $2); t = $2 }
		t != "" {
			line = $0
			while (match(line, /F\(T, [A-Z0-9]+, [a-z_]+/)) {
				n = split(substr(line, RSTART, RLENGTH), w, " ")
				print t, w[n]
				line = substr(line, RSTART + RLENGTH)
			}
		}
		!/\\$/ { t = "" }' "$ROOT/lib/rec/types.h" | sort >in-code
	[ "$(cut -d' ' -f1 in-code | uniq | wc -l)" -ge 22 ]
	sed -n '/^\.Sh TYPES/,/^\.Sh B/p' "$ROOT/man/records.5" |
		awk '/^\.It Cm/ { t = $3 }
			t != "" && $0 ~ /^\.(Op )?Cm [a-z_]+ Pq/ { sub(/^\.(Op )?Cm /, ""); print t, $1 }' |
		sort >in-page
	same in-code in-page
}
