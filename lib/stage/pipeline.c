#include "stage/pipeline.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

struct parser {
	const char *text, *p, *end;
	struct pipeline *out;
	struct err *e;
	struct buf word;
	bool have_word; /* also the empty word of '' */
	bool redirect;  /* the next word is the input file */
};

static int
fail(struct parser *ps, const char *at, const char *what)
{
	return err_set(
	    ps->e, ERR_USAGE, "pipeline, character %zu: %s", (size_t)(at - ps->text) + 1, what);
}

static struct pipeline_cmd *
last_cmd(struct parser *ps)
{
	return &ps->out->cmds[ps->out->n - 1];
}

static void
new_cmd(struct parser *ps)
{
	struct pipeline *o = ps->out;

	o->cmds = mem_resize(o->cmds, o->n + 1, sizeof *o->cmds);
	o->cmds[o->n++] = (struct pipeline_cmd){ .argv = mem_array(1, sizeof(char *)) };
}

static int
end_word(struct parser *ps)
{
	struct pipeline_cmd *c = last_cmd(ps);
	char *w;

	if (!ps->have_word)
		return 0;
	if (memchr(ps->word.p ? ps->word.p : "", '\0', ps->word.len))
		return fail(ps, ps->p, "a NUL byte");
	w = mem_dup(ps->word.p, ps->word.len);
	buf_clear(&ps->word);
	ps->have_word = false;
	if (ps->redirect) {
		ps->redirect = false;
		ps->out->input = w;
		return 0;
	}
	c->argv = mem_resize(c->argv, (size_t)c->argc + 2, sizeof *c->argv);
	c->argv[c->argc++] = w;
	c->argv[c->argc] = NULL;
	return 0;
}

static int
single_quoted(struct parser *ps)
{
	const char *open = ps->p++, *q = memchr(ps->p, '\'', (size_t)(ps->end - ps->p));

	if (!q)
		return fail(ps, open, "this ' is not closed");
	buf_put(&ps->word, ps->p, (size_t)(q - ps->p));
	ps->p = q + 1;
	return 0;
}

static int
double_quoted(struct parser *ps)
{
	const char *open = ps->p++;

	for (; ps->p < ps->end && *ps->p != '"'; ps->p++) {
		if (*ps->p == '$' || *ps->p == '`')
			return fail(ps, ps->p,
			    "$ and ` mean nothing here (let the shell expand them, or "
			    "use single quotes)");
		if (*ps->p == '\\' && ps->p + 1 < ps->end && strchr("\\\"$`", ps->p[1]) && ps->p[1])
			ps->p++;
		buf_putc(&ps->word, *ps->p);
	}
	if (ps->p == ps->end)
		return fail(ps, open, "this \" is not closed");
	ps->p++;
	return 0;
}

static int
bar(struct parser *ps)
{
	int rc = end_word(ps);

	if (rc < 0)
		return rc;
	if (ps->redirect)
		return fail(ps, ps->p, "a file name is missing after <");
	if (last_cmd(ps)->argc == 0)
		return fail(ps, ps->p, "no tool before this |");
	if (ps->p + 1 < ps->end && (ps->p[1] == '|' || ps->p[1] == '&'))
		return fail(ps, ps->p, "|| and |& mean nothing here");
	new_cmd(ps);
	ps->p++;
	return 0;
}

static int
redirect(struct parser *ps)
{
	int rc = end_word(ps);

	if (rc < 0)
		return rc;
	if (ps->out->n != 1 || ps->out->input || ps->redirect)
		return fail(ps, ps->p, "only the first tool reads a file with <, and only one");
	ps->redirect = true;
	ps->p++;
	return 0;
}

/* one step: a piece of a word, a separator, an operator */
static int
step(struct parser *ps)
{
	char c = *ps->p;

	switch (c) {
	case ' ':
	case '\t':
	case '\n': ps->p++; return end_word(ps);
	case '|': return bar(ps);
	case '<': return redirect(ps);
	case '\'': ps->have_word = true; return single_quoted(ps);
	case '"': ps->have_word = true; return double_quoted(ps);
	case '\\':
		if (ps->p + 1 == ps->end)
			return fail(ps, ps->p, "nothing after this \\");
		if (ps->p[1] != '\n') { /* a \ before a line's end joins the lines */
			ps->have_word = true;
			buf_putc(&ps->word, ps->p[1]);
		}
		ps->p += 2;
		return 0;
	case '>':
		return fail(
		    ps, ps->p, "write > after the closing quote of the pipeline, or use tee FILE");
	case ';':
	case '&':
	case '$':
	case '`':
	case '(':
	case ')':
	case '*':
	case '?':
	case '[':
		return fail(ps, ps->p, "the shell's ; & $ ` ( ) * ? [ mean nothing here; quote it");
	case '#':
		if (!ps->have_word) { /* a comment to the end of the line */
			while (ps->p < ps->end && *ps->p != '\n')
				ps->p++;
			return 0;
		}
	/* fallthrough */
	default:
		ps->have_word = true;
		buf_putc(&ps->word, c);
		ps->p++;
		return 0;
	}
}

int
pipeline_parse(const char *text, size_t n, struct pipeline *out, struct err *e)
{
	struct parser ps = { .text = text, .p = text, .end = text + n, .out = out, .e = e };
	int rc = 0;

	*out = (struct pipeline){ 0 };
	new_cmd(&ps);
	while (rc == 0 && ps.p < ps.end)
		rc = step(&ps);
	if (rc == 0)
		rc = end_word(&ps);
	if (rc == 0 && ps.redirect)
		rc = fail(&ps, ps.p, "a file name is missing after <");
	if (rc == 0 && last_cmd(&ps)->argc == 0)
		rc = fail(&ps, ps.p, out->n == 1 ? "empty" : "no tool after the last |");
	buf_free(&ps.word);
	return rc;
}

void
pipeline_free(struct pipeline *p)
{
	for (size_t i = 0; i < p->n; i++) {
		for (int k = 0; k < p->cmds[i].argc; k++)
			free(p->cmds[i].argv[k]);
		free(p->cmds[i].argv);
	}
	free(p->cmds);
	free(p->input);
	*p = (struct pipeline){ 0 };
}
