load helper

@test "the real data files are the ones that SOURCES.md describes" {
	sed -nE 's/^\| ([a-z]+\/[^ ]+) \|.*\| ([0-9a-f]{64}) \|$/\2  \1/p' "$DATA/SOURCES.md" >sums
	[ "$(wc -l <sums)" -ge 8 ]
	cd "$DATA"
	sha256sum --quiet -c "$OLDPWD/sums"
}

@test "every real data file is in SOURCES.md" {
	cd "$DATA"
	for f in daily/* fx/* ticks/*; do
		grep -qF "| $f |" SOURCES.md || { echo "$f"; return 1; }
	done
}
