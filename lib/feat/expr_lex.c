#include "feat/expr_lex.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* ---- what is wrong ---- */

/* Lines are counted in texts that have more than one. */
static int
wrong_at(struct expr_parser *s, size_t at, const char *fmt, va_list ap)
{
	size_t line = 1, from = 0;
	char msg[400];

	for (size_t i = 0; i < at && i < s->n; i++) {
		if (s->text[i] == '\n') {
			line++;
			from = i + 1;
		}
	}
	vsnprintf(msg, sizeof msg, fmt, ap);
	if (memchr(s->text, '\n', s->n))
		return err_set(s->e, ERR_USAGE, "%s: line %zu, column %zu: %s", s->where, line,
		    at - from + 1, msg);
	return err_set(s->e, ERR_USAGE, "%s: column %zu: %s", s->where, at + 1, msg);
}

int
expr_wrong_at(struct expr_parser *s, size_t at, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = wrong_at(s, at, fmt, ap);
	va_end(ap);
	return rc;
}

int
expr_wrong(struct expr_parser *s, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = wrong_at(s, s->at, fmt, ap);
	va_end(ap);
	return rc;
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.';
}

int
expr_expected(struct expr_parser *s, const char *what)
{
	size_t n = 0;

	expr_space_skip(s);
	while (s->at + n < s->end && n < 30 && is_word(s->text[s->at + n]))
		n++;
	if (s->at == s->end)
		return expr_wrong(s, "expected %s, not the end of the line", what);
	return expr_wrong(s, "expected %s, not '%.*s'", what, (int)(n ? n : 1), s->text + s->at);
}

int
expr_expect(struct expr_parser *s, const char *sign, const char *what)
{
	char text[100];

	if (expr_next_is(s, sign))
		return 0;
	snprintf(text, sizeof text, "'%s'%s%s", sign, what ? " and " : "", what ? what : "");
	return expr_expected(s, text);
}

int
expr_deeper(struct expr_parser *s)
{
	if (++s->depth > EXPR_DEPTH_MAX)
		return expr_wrong(s, "nested more than %d deep", EXPR_DEPTH_MAX);
	return 0;
}

/* ---- lines ---- */

void
expr_space_skip(struct expr_parser *s)
{
	while (s->at < s->end &&
	       (s->text[s->at] == ' ' || s->text[s->at] == '\t' || s->text[s->at] == '\r'))
		s->at++;
}

bool
expr_at_end(struct expr_parser *s)
{
	expr_space_skip(s);
	return s->at == s->end;
}

bool
expr_next_line(struct expr_parser *s)
{
	while (s->next < s->n) {
		size_t i = s->next;

		s->at = i;
		while (i < s->n && s->text[i] != '\n' && s->text[i] != ';' && s->text[i] != '#')
			i++;
		s->end = i;
		while (i < s->n && s->text[i] == '#') /* to the end of the line */
			while (i < s->n && s->text[i] != '\n')
				i++;
		s->next = i + 1;
		s->depth = 0;
		s->nlate = 0;
		if (!expr_at_end(s))
			return true;
	}
	return false;
}

/* ---- words ---- */

bool
expr_next_is(struct expr_parser *s, const char *sign)
{
	size_t n = strlen(sign);

	expr_space_skip(s);
	if (s->end - s->at < n || memcmp(s->text + s->at, sign, n) != 0)
		return false;
	/* "=" is not the beginning of "==", nor "*" of "**" */
	if (n == 1 && (*sign == '=' || *sign == '*') && s->at + 1 < s->end &&
	    s->text[s->at + 1] == *sign)
		return false;
	s->at += n;
	return true;
}

static struct str
word_here(struct expr_parser *s)
{
	size_t i;

	expr_space_skip(s);
	for (i = s->at; i < s->end && is_word(s->text[i]); i++)
		;
	return (struct str){ s->text + s->at, i - s->at };
}

bool
expr_next_word(struct expr_parser *s, const char *word)
{
	struct str w = word_here(s);

	if (!str_eqz(w, word))
		return false;
	s->at += w.n;
	return true;
}

bool
expr_name(struct expr_parser *s, struct str *name)
{
	struct str w = word_here(s);

	if (!w.n || (w.p[0] >= '0' && w.p[0] <= '9') || w.p[0] == '.' || str_eqz(w, "and") ||
	    str_eqz(w, "or") || str_eqz(w, "not"))
		return false;
	*name = w;
	s->at += w.n;
	return true;
}

bool
expr_number(struct expr_parser *s, double *v, int *rc)
{
	struct str w = word_here(s);
	size_t n = w.n;

	*rc = 0;
	if (!n || ((w.p[0] < '0' || w.p[0] > '9') && w.p[0] != '.'))
		return false;
	/* 1e-3: the sign belongs to the number */
	if ((w.p[n - 1] == 'e' || w.p[n - 1] == 'E') && s->at + n + 1 < s->end &&
	    (w.p[n] == '-' || w.p[n] == '+'))
		for (n++; s->at + n < s->end && w.p[n] >= '0' && w.p[n] <= '9'; n++)
			;
	if (!num_f64(w.p, n, v)) {
		*rc = expr_wrong(s, "'%.*s' is not a number%s", (int)(n < 40 ? n : 40), w.p,
		    *w.p == '.' ? ": a digit stands before the point" : "");
		return false;
	}
	s->at += n;
	return true;
}

static bool
is_symbol_char(char c)
{
	return is_word(c) || c == '-' || c == '/';
}

int
expr_symbol(struct expr_parser *s, struct str *sym)
{
	size_t i;

	if (expr_next_is(s, "'")) {
		for (i = s->at; i < s->end && is_symbol_char(s->text[i]); i++)
			;
		*sym = (struct str){ s->text + s->at, i - s->at };
		s->at = i;
		if (!expr_next_is(s, "'"))
			return expr_expected(s, "the ' that closes the symbol");
	} else {
		*sym = word_here(s);
		s->at += sym->n;
	}
	if (!sym->n || sym->n > 32)
		return expr_expected(s, "a symbol of 1 to 32 characters, such as close@SPY");
	return 0;
}

size_t
expr_keyword(struct expr_parser *s, const char *a, const char *b, const char *c, const char *d)
{
	const char *words[] = { a, b, c, d };
	struct str w = word_here(s);
	size_t at = s->at;

	for (size_t k = 0; k < 4; k++) {
		if (!str_eqz(w, words[k]))
			continue;
		s->at += w.n;
		if (expr_next_is(s, "="))
			return k;
		s->at = at;
	}
	return 0;
}

/* ---- names ---- */

static const struct expr_op *const tables[] = { expr_plain_ops, expr_memory_ops, expr_window_ops };

const struct expr_op *
expr_op_named(struct str name)
{
	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
		for (const struct expr_op *o = tables[t]; o->name; o++)
			if (str_eqz(name, o->name))
				return o;
	return NULL;
}

int
expr_cross_named(struct str name)
{
	if (name.n < 4 || memcmp(name.p, "cs_", 3) != 0)
		return -1;
	for (int k = 0; k < FEAT_CROSS_N; k++)
		if (str_eqz((struct str){ name.p + 3, name.n - 3 }, feat_cross_names[k]))
			return k;
	return -1;
}

const char *const *
expr_function_names(void)
{
	static const char *names[100];
	static char cross[FEAT_CROSS_N][32];
	size_t n = 0;

	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
		for (const struct expr_op *o = tables[t]; o->name; o++)
			names[n++] = o->name;
	for (int k = 0; k < FEAT_CROSS_N; k++) {
		snprintf(cross[k], sizeof cross[k], "cs_%s", feat_cross_names[k]);
		names[n++] = cross[k];
	}
	names[n] = NULL;
	return names;
}

/* Letters to insert, leave out or change, to make b of a; long ones count as far apart. */
static unsigned
distance(struct str a, const char *b)
{
	size_t nb = strlen(b);
	unsigned row[41];

	if (a.n > 40 || nb > 40)
		return 100;
	for (size_t j = 0; j <= nb; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= a.n; i++) {
		unsigned diag = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned change = diag + (a.p[i - 1] != b[j - 1]);

			diag = row[j];
			row[j] = row[j - 1] < row[j] ? row[j - 1] + 1 : row[j] + 1;
			if (change < row[j])
				row[j] = change;
		}
	}
	return row[nb];
}

static void
nearer(struct str name, const char *other, const char **best, unsigned *far)
{
	unsigned d = distance(name, other);

	if (d < *far && d <= 1 + name.n / 4) {
		*far = d;
		*best = other;
	}
}

int
expr_no_column(struct expr_parser *s, struct str name, size_t at)
{
	const char *best = NULL;
	unsigned far = 100;

	for (size_t i = 0; i < s->p->plan->n; i++)
		nearer(name, s->p->plan->cols[i].name, &best, &far);
	if (expr_op_named(name) || expr_cross_named(name) >= 0)
		return expr_wrong_at(s, at, "%.*s is a function: '(' expected behind it",
		    STR_FMT(str_cut(name, 40)));
	return expr_wrong_at(s, at, "there is no column '%.*s'%s%s%s", STR_FMT(str_cut(name, 40)),
	    best ? "; did you mean "
		 : ": expected a field of the bar, a column of a --set or an "
		   "earlier name",
	    best ? best : "", best ? "?" : "");
}

int
expr_no_function(struct expr_parser *s, struct str name, size_t at)
{
	const char *best = NULL;
	unsigned far = 100;

	for (const char *const *f = expr_function_names(); *f; f++)
		nearer(name, *f, &best, &far);
	return expr_wrong_at(s, at, "there is no function '%.*s'%s%s%s", STR_FMT(str_cut(name, 40)),
	    best ? "; did you mean " : "", best ? best : "",
	    best ? "?" : ", feat-calc(1) lists them");
}

int
expr_name_free(struct expr_parser *s, struct str name, size_t at)
{
	bool lower = name.n <= 64 && name.p[0] != '.';

	for (size_t i = 0; i < name.n; i++)
		lower = lower && !(name.p[i] >= 'A' && name.p[i] <= 'Z');
	if (!lower)
		return expr_wrong_at(s, at,
		    "'%.*s' is no name for a column: up to 64 of a-z, 0-9, _ and . expected",
		    STR_FMT(str_cut(name, 40)));
	if (feat_is_key(name))
		return expr_wrong_at(
		    s, at, "'%.*s' is a key of every record: expected another name", STR_FMT(name));
	if (feat_plan_find(s->p->plan, name) >= 0)
		return expr_wrong_at(s, at, "there is a column '%.*s' already", STR_FMT(name));
	return 0;
}
