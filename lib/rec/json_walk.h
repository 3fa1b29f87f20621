/* Steps over JSON text that is known to be valid. */
#ifndef TP_REC_JSON_WALK_H
#define TP_REC_JSON_WALK_H

static inline const char *
walk_space(const char *p)
{
	while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
		p++;
	return p;
}

/* p at a string's quote -> behind its closing quote */
static inline const char *
walk_string(const char *p)
{
	for (p++; *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p + 1;
}

/* p at a value (no space before it) -> behind it */
static inline const char *
walk_value(const char *p)
{
	int depth = 0;

	if (*p == '"')
		return walk_string(p);
	if (*p != '{' && *p != '[') {
		while (*p && *p != ',' && *p != '}' && *p != ']' && *p != ' ' && *p != '\t' &&
		       *p != '\n' && *p != '\r')
			p++;
		return p;
	}
	for (;;) {
		if (*p == '"') {
			p = walk_string(p);
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		else if (*p == '}' || *p == ']')
			depth--;
		p++;
		if (depth == 0)
			return p;
	}
}

#endif
