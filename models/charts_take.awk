# Of the images of a stream those that charts_mark.awk marked.
/^[{]"type":"keep"/ {
	sym = substr($0, 23)
	keep[substr(sym, 1, index(sym, "\"") - 1)] = 1
}

/^[{]"type":"image"/ {
	sym = substr($0, 62)
	sym = substr(sym, 1, index(sym, "\"") - 1)
	if (keep[sym])
		print
	keep[sym] = 0
}
