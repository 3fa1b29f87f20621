#include "stage/config.h"

#include <string.h>

static char *
trim(char *p, char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	while (end > p && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		end--;
	*end = '\0';
	return p;
}

/* "..." -> its inside, in place; NULL when the closing quote is missing or not last */
static char *
unquote(char *p)
{
	size_t n = strlen(p);

	if (*p != '"')
		return strchr(p, '"') ? NULL : p;
	if (n < 2 || p[n - 1] != '"' || memchr(p + 1, '"', n - 2))
		return NULL;
	p[n - 1] = '\0';
	return p + 1;
}

static int
setting(char *p, char *end, int (*fn)(void *, const char *, char *, struct err *), void *arg,
    struct err *e)
{
	char *eq, *key, *value;

	p = trim(p, end);
	if (*p == '\0' || *p == '#')
		return 0;
	eq = strchr(p, '=');
	if (!eq || eq == p)
		return err_set(e, ERR_USAGE, "'%.60s' is not NAME = VALUE", p);
	value = trim(eq + 1, eq + 1 + strlen(eq + 1));
	key = trim(p, eq);
	value = unquote(value);
	if (!value)
		return err_set(e, ERR_USAGE, "%.60s: a quote is not closed", key);
	return fn(arg, key, value, e);
}

int
config_parse(char *text, size_t n, const char *name,
    int (*fn)(void *arg, const char *key, char *value, struct err *e), void *arg, struct err *e)
{
	char *p = text, *end = text + n;

	if (memchr(text, '\0', n))
		return err_set(e, ERR_USAGE, "%s: a NUL byte: not a text file", name);
	for (unsigned line = 1; p < end; line++) {
		char *nl = memchr(p, '\n', (size_t)(end - p)), *stop = nl ? nl : end;
		int rc;

		*stop = '\0'; /* the caller gives one byte behind the text */
		rc = setting(p, stop, fn, arg, e);
		if (rc < 0)
			return err_wrap(e, "%s: line %u", name, line);
		p = stop + 1;
	}
	return 0;
}
