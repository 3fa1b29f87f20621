#include "stage/args.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/out.h"
#include "stage/config.h"

#define C(field) OPT_OFF(struct common_opts, field)

const struct opt common_options[] = {
	{ OPT_CHOICE, 'O', "output", "FORMAT", "write ndjson, or csv of the main record type",
	    "ndjson", "ndjson|csv", NULL, C(output), 0, 0 },
	{ OPT_STR, 0, "columns", "LIST", "foreign CSV: our key=their column, as ts=Date,price=Last",
	    NULL, NULL, NULL, C(columns), 0, 0 },
	{ OPT_STR, 0, "sym", "NAME", "foreign CSV: the symbol of every row", NULL, NULL, NULL,
	    C(sym), 0, 0 },
	{ OPT_STR, 0, "type", "TYPE", "foreign CSV: the record type, where the columns do not tell",
	    NULL, NULL, NULL, C(type), 0, 0 },
	{ OPT_FLAG, 0, "no-header", NULL,
	    "foreign CSV: the first line is data; --columns gives numbers", NULL, NULL, NULL,
	    C(no_header), 0, 0 },
	{ OPT_FLAG, 0, "skip-bad", NULL, "count and report bad lines and go on (still exit 3)",
	    NULL, NULL, NULL, C(skip_bad), 0, 0 },
	{ OPT_INT, 0, "pin", "CPU",
	    "run on this processor only (a lock-step ring is faster on one)", "-1", NULL, NULL,
	    C(pin), -1, 4095 },
	{ OPT_STR, 0, "config", "FILE", "read options from FILE (NAME = VALUE lines)", NULL, NULL,
	    NULL, C(config), 0, 0 },
	{ OPT_FLAG, 0, "print-config", NULL, "print the options in force and leave", NULL, NULL,
	    NULL, C(print_config), 0, 0 },
	{ OPT_STR, 0, "completion", "SHELL", "print the completion for bash and leave", NULL, NULL,
	    NULL, C(completion), 0, 0 },
	{ OPT_FLAG, 'v', "verbose", NULL, "say more on stderr", NULL, NULL, NULL, C(verbose), 0,
	    0 },
	{ OPT_FLAG, 'q', "quiet", NULL, "say only errors on stderr", NULL, NULL, NULL, C(quiet), 0,
	    0 },
	{ OPT_FLAG, 'h', "help", NULL, "print this help and leave", NULL, NULL, NULL, C(help), 0,
	    0 },
	{ OPT_FLAG, 'V', "version", NULL, "print the version and leave", NULL, NULL, NULL,
	    C(version), 0, 0 },
	{ 0 },
};

const struct opt guarded_options[] = {
	{ OPT_STR, 0, "kill-file", "FILE", "halt when FILE exists", NULL, NULL, NULL, C(kill_file),
	    0, 0 },
	{ 0 },
};

/* Where an option was found and what struct its value lives in. */
struct found {
	const struct opt *o;
	void *base;
	size_t off;
};

static bool
lookup(struct args *a, const char *name, size_t n, char letter, struct found *f)
{
	f->o = opt_find(a->kind->opts, name, n, letter, &f->off);
	f->base = a->st;
	if (f->o)
		return true;
	f->base = &a->common;
	f->o = opt_find(common_options, name, n, letter, &f->off);
	if (!f->o && a->kind->guarded)
		f->o = opt_find(guarded_options, name, n, letter, &f->off);
	return f->o != NULL;
}

static int
set_from_config(void *arg, const char *key, char *value, struct err *e)
{
	struct args *a = arg;
	struct found f;

	if (!lookup(a, key, strlen(key), 0, &f))
		return err_set(e, ERR_USAGE, "no option '%s'", key);
	if (f.base == &a->common && f.off == C(config))
		return err_set(e, ERR_USAGE, "a config file cannot name another");
	return opt_set(f.o, f.base, f.off, value, e);
}

static int
read_config(struct args *a, const char *path, struct err *e)
{
	int rc = io_file_read(path, 1u << 20, &a->config_text, e);

	if (rc < 0)
		return err_wrap(e, "--config");
	buf_z(&a->config_text);
	return config_parse(a->config_text.p, a->config_text.len, path, set_from_config, a, e);
}

/* What is done with each option of the line: `pass` 0 looks for --config, --help and --version
 * only, pass 1 sets everything. */
static int
apply(struct args *a, const struct found *f, const char *value, int pass, struct err *e)
{
	if (pass == 0) {
		bool ours = f->base == &a->common;

		if (!ours || (f->off != C(config) && f->off != C(help) && f->off != C(version)))
			return 0;
	}
	return opt_set(f->o, f->base, f->off, value, e);
}

static int
long_option(struct args *a, int argc, char **argv, int *i, int pass, struct err *e)
{
	const char *name = argv[*i] + 2, *eq = strchr(name, '='), *value;
	size_t n = eq ? (size_t)(eq - name) : strlen(name);
	struct found f;

	if (!lookup(a, name, n, 0, &f)) {
		if (n > 3 && memcmp(name, "no-", 3) == 0 && lookup(a, name + 3, n - 3, 0, &f) &&
		    f.o->kind == OPT_FLAG && !eq)
			return apply(a, &f, "false", pass, e);
		return pass == 0 ? 0
				 : err_set(e, ERR_USAGE, "no option '%.*s' (see %s -h)", (int)n + 2,
				       argv[*i], a->kind->name);
	}
	if (f.o->kind == OPT_FLAG)
		return eq && pass ? err_set(e, ERR_USAGE, "--%s takes no value", f.o->name)
				  : apply(a, &f, "true", pass, e);
	if (eq)
		value = eq + 1;
	else if (f.o->kind != OPT_CHOICE && f.o->choices) {
		value = f.o->choices;
		a->bare = f.o->name;
		a->behind = *i + 1 < argc ? argv[*i + 1] : NULL;
	} else if (*i + 1 < argc)
		value = argv[++*i];
	else
		return pass == 0
			   ? 0
			   : err_set(e, ERR_USAGE, "--%s needs a value: %s", f.o->name, f.o->arg);
	return apply(a, &f, value, pass, e);
}

static int
short_options(struct args *a, int argc, char **argv, int *i, int pass, struct err *e)
{
	for (const char *p = argv[*i] + 1; *p; p++) {
		struct found f;
		int rc;

		if (!lookup(a, "", 0, *p, &f))
			return pass == 0 ? 0
					 : err_set(e, ERR_USAGE, "no option '-%c' (see %s -h)", *p,
					       a->kind->name);
		if (f.o->kind == OPT_FLAG) {
			rc = apply(a, &f, "true", pass, e);
			if (rc < 0)
				return rc;
			continue;
		}
		if (p[1])
			return apply(a, &f, p + 1, pass, e);
		if (*i + 1 >= argc)
			return pass == 0
				   ? 0
				   : err_set(e, ERR_USAGE, "-%c needs a value: %s", *p, f.o->arg);
		return apply(a, &f, argv[++*i], pass, e);
	}
	return 0;
}

static int
parse_line(struct args *a, int argc, char **argv, int pass, struct err *e)
{
	bool only_operands = false;

	for (int i = 1; i < argc; i++) {
		int rc = 0;

		if (!only_operands && strcmp(argv[i], "--") == 0)
			only_operands = true;
		else if (!only_operands && argv[i][0] == '-' && argv[i][1] == '-')
			rc = long_option(a, argc, argv, &i, pass, e);
		else if (!only_operands && argv[i][0] == '-' && argv[i][1])
			rc = short_options(a, argc, argv, &i, pass, e);
		else if (pass == 1)
			a->operands[a->noperands++] = argv[i];
		if (rc < 0)
			return rc;
	}
	return 0;
}

int
args_parse(struct args *a, const struct stage_kind *kind, int argc, char **argv, struct err *e)
{
	int rc;

	*a = (struct args){ .kind = kind };
	a->st = mem_alloc(kind->size > sizeof *a->st ? kind->size : sizeof *a->st);
	a->st->kind = kind;
	a->operands = mem_array((size_t)argc + 1, sizeof *a->operands);
	rc = opt_defaults(common_options, &a->common, e);
	if (rc == 0)
		rc = opt_defaults(kind->opts, a->st, e);
	if (rc == 0)
		rc = parse_line(a, argc, argv, 0, e);
	if (rc < 0 || a->common.help || a->common.version)
		return rc;
	if (a->common.config && (rc = read_config(a, a->common.config, e)) < 0)
		return rc;
	rc = parse_line(a, argc, argv, 1, e);
	if (rc < 0)
		return rc;
	if (a->noperands && !kind->operands && a->behind == a->operands[0])
		return err_set(e, ERR_USAGE,
		    "'%s': no operand is taken; a value for --%s is written --%s=%s",
		    a->operands[0], a->bare, a->bare, a->operands[0]);
	if (a->noperands && !kind->operands)
		return err_set(e, ERR_USAGE,
		    "'%s': takes no operands; records come on standard input (see %s -h)",
		    a->operands[0], kind->name);
	a->st->args = a->operands;
	a->st->nargs = a->noperands;
	return 0;
}

void
args_free(struct args *a)
{
	if (a->st)
		opt_release(a->kind->opts, a->st);
	opt_release(common_options, &a->common);
	free(a->st);
	free(a->operands);
	buf_free(&a->config_text);
}

/* ---- -h ---- */

struct help {
	struct buf *out;
	const struct stage_kind *kind;
	bool common;
};

/* words of `text` into lines that begin at `col` and end before 80 */
static void
wrap(struct buf *out, const char *text, size_t col, size_t at)
{
	while (*text) {
		size_t n = strcspn(text, " ");

		if (at + n > 79 && at > col) {
			while (out->p[out->len - 1] == ' ')
				out->len--;
			buf_printf(out, "\n%*s", (int)col, "");
			at = col;
		}
		buf_put(out, text, n);
		at += n;
		text += n;
		if (*text) {
			buf_putc(out, ' ');
			text++;
			at++;
		}
	}
	while (out->len && out->p[out->len - 1] == ' ')
		out->len--;
	buf_putc(out, '\n');
}

static void
help_option(const struct opt *o, size_t off, void *arg)
{
	struct help *h = arg;
	struct buf left = { 0 }, text = { 0 };
	size_t ignored;

	(void)off;
	if (h->common && opt_find(h->kind->opts, o->name, strlen(o->name), 0, &ignored))
		return; /* the kind has its own */
	if (o->letter)
		buf_printf(&left, "  -%c, ", o->letter);
	else
		buf_puts(&left, "      ");
	/* a flag that is on by default is there to be turned off */
	buf_printf(&left, "--%s%s",
	    o->kind == OPT_FLAG && o->dflt && o->dflt[0] == 't' ? "[no-]" : "", o->name);
	if (o->arg)
		buf_printf(&left, o->kind != OPT_CHOICE && o->choices ? "[=%s]" : " %s", o->arg);
	buf_puts(&text, o->help);
	if (o->kind == OPT_CHOICE && !strstr(o->help, o->choices))
		buf_printf(&text, ": %s", o->choices);
	if (o->dflt && o->kind != OPT_FLAG && strcmp(o->dflt, "-1") != 0)
		buf_printf(&text, " (default %s)", o->dflt);
	buf_put(h->out, left.p, left.len);
	if (left.len > 28)
		buf_printf(h->out, "\n%*s", 30, "");
	else
		buf_printf(h->out, "%*s", (int)(30 - left.len), "");
	wrap(h->out, buf_z(&text), 30, 30);
	buf_free(&left);
	buf_free(&text);
}

void
args_help(const struct stage_kind *kind, struct buf *out)
{
	struct help h = { out, kind, false };

	buf_printf(out, "usage: %s [option ...]%s%s\n", kind->name, kind->operands ? " " : "",
	    kind->operands ? kind->operands : "");
	wrap(out, kind->about, 0, 0);
	buf_puts(out, "\n");
	opt_each(kind->opts, 0, help_option, &h);
	buf_puts(out, "\nOptions of every tool:\n");
	h.common = true;
	if (kind->guarded)
		opt_each(guarded_options, 0, help_option, &h);
	opt_each(common_options, 0, help_option, &h);
	buf_printf(out, "\nSee also: man %s, man records\n", kind->name);
}

/* ---- --print-config ---- */

struct print_config {
	const struct args *a;
	const void *base;
	struct buf *out;
};

static void
print_option(const struct opt *o, size_t off, void *arg)
{
	struct print_config *p = arg;
	struct buf value = { 0 };
	size_t ignored;

	if (p->base == &p->a->common &&
	    (off == C(help) || off == C(version) || off == C(print_config) || off == C(config) ||
		off == C(completion) ||
		opt_find(p->a->kind->opts, o->name, strlen(o->name), 0, &ignored)))
		return;
	if (opt_get(o, p->base, off, &value))
		buf_printf(p->out,
		    strpbrk(buf_z(&value), " \t\r#\"") || !value.len ? "%s = \"%s\"\n"
								     : "%s = %s\n",
		    o->name, buf_z(&value));
	else
		buf_printf(p->out, "# %s =\n", o->name);
	buf_free(&value);
}

void
args_print_config(const struct args *a, struct buf *out)
{
	struct print_config p = { a, a->st, out };

	opt_each(a->kind->opts, 0, print_option, &p);
	p.base = &a->common;
	if (a->kind->guarded)
		opt_each(guarded_options, 0, print_option, &p);
	opt_each(common_options, 0, print_option, &p);
}

/* ---- --completion ---- */

static void
complete_option(const struct opt *o, size_t off, void *arg)
{
	(void)off;
	buf_printf(arg, " --%s", o->name);
}

static void
complete_choice(const struct opt *o, size_t off, void *arg)
{
	struct buf *out = arg;

	(void)off;
	if (o->kind != OPT_CHOICE)
		return;
	buf_printf(out, "\t--%s) COMPREPLY=($(compgen -W '", o->name);
	for (const char *p = o->choices; *p; p++)
		buf_putc(out, *p == '|' ? ' ' : *p);
	buf_puts(out, "' -- \"$cur\")); return ;;\n");
}

void
args_completion(const struct stage_kind *kind, struct buf *out)
{
	struct buf fn = { 0 };

	for (const char *p = kind->name; *p; p++)
		buf_putc(&fn, *p == '-' ? '_' : *p);
	buf_printf(out,
	    "_%s() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	    "\tcase $prev in\n",
	    buf_z(&fn));
	opt_each(kind->opts, 0, complete_choice, out);
	opt_each(common_options, 0, complete_choice, out);
	buf_puts(out, "\tesac\n\tif [[ $cur == -* ]]; then\n\t\tCOMPREPLY=($(compgen -W '");
	opt_each(kind->opts, 0, complete_option, out);
	if (kind->guarded)
		opt_each(guarded_options, 0, complete_option, out);
	opt_each(common_options, 0, complete_option, out);
	buf_printf(out,
	    "' -- \"$cur\"))\n\telse\n\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n\tfi\n}\n"
	    "complete -F _%s %s\n",
	    fn.p, kind->name);
	buf_free(&fn);
}
