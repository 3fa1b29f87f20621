# Of the signals of resnet-classify what is counted of them: a line of time, symbol, the likeliest type
# that is not none, and the probability that there is one (1 - that of none).
/^[{]"type":"signal"/ {
	none = $0
	sub(/.*"none":/, "", none)
	sym = substr($0, 63)
	type = $0
	sub(/.*"label":"/, "", type)
	type = substr(type, 1, index(type, "\"") - 1)
	print substr($0, 24, 30) "," substr(sym, 1, index(sym, "\"") - 1) "," type "," 1 - (none + 0)
}
