/* What users write to us besides records: the pipeline of pipe-run, configuration files. */
#include "stage/config.h"
#include "stage/pipeline.h"
#include "base/buf.h"
#include "unit/t.h"

/* The parsed pipeline as text: words in [], stages apart by |, the input after <. */
static void
pipeline_case(const char *text, const char *want)
{
	struct pipeline p;
	struct buf b = { 0 };
	struct err e;

	if (pipeline_parse(text, strlen(text), &p, &e) < 0) {
		buf_puts(&b, e.msg);
	} else {
		for (size_t i = 0; i < p.n; i++) {
			buf_puts(&b, i ? "|" : "");
			for (int k = 0; k < p.cmds[i].argc; k++)
				buf_printf(&b, "[%s]", p.cmds[i].argv[k]);
		}
		if (p.input)
			buf_printf(&b, "<%s", p.input);
	}
	if (want)
		is_str(buf_z(&b), want, "%s", text);
	else
		ok(strncmp(buf_z(&b), "pipeline, character", 19) == 0, "%s -> %s", text, buf_z(&b));
	buf_free(&b);
	pipeline_free(&p);
}

static void
pipelines(void)
{
	pipeline_case("bar-agg -i 1m", "[bar-agg][-i][1m]");
	pipeline_case("a|b | c\n|\td", "[a]|[b]|[c]|[d]");
	pipeline_case("a 'x | y' \"p q\" z\\ w ''", "[a][x | y][p q][z w][]");
	pipeline_case("a --k='v w'\"s\"t", "[a][--k=v wst]");
	pipeline_case("a \"q\\\"\\\\ \\n\"", "[a][q\"\\ \\n]");
	pipeline_case("a \\\n b", "[a][b]");
	pipeline_case("< in.csv a -x | b", "[a][-x]|[b]<in.csv");
	pipeline_case("a <'in file' | b", "[a]|[b]<in file");
	pipeline_case("a # all of it\n | b#c", "[a]|[b#c]");
	pipeline_case("rl-act --policy rule:sma-cross,fast=20,slow=50",
	    "[rl-act][--policy][rule:sma-cross,fast=20,slow=50]");
	pipeline_case("", NULL);
	pipeline_case("  ", NULL);
	pipeline_case("a |", NULL);
	pipeline_case("| a", NULL);
	pipeline_case("a || b", NULL);
	pipeline_case("a 'x", NULL);
	pipeline_case("a \"x", NULL);
	pipeline_case("a \\", NULL);
	pipeline_case("a $HOME", NULL);
	pipeline_case("a \"$HOME\"", NULL);
	pipeline_case("a > x", NULL);
	pipeline_case("a; b", NULL);
	pipeline_case("a & b", NULL);
	pipeline_case("a *.csv", NULL);
	pipeline_case("a | b < x", NULL);
	pipeline_case("a <", NULL);
	pipeline_case("a < x < y", NULL);
}

static int
collect(void *arg, const char *key, char *value, struct err *e)
{
	if (strcmp(key, "bad") == 0)
		return err_set(e, ERR_USAGE, "no option '%s'", key);
	buf_printf(arg, "%s=%s;", key, value);
	return 0;
}

static void
config_case(const char *text, const char *want)
{
	struct buf b = { 0 };
	struct err e;
	char *copy = strdup(text);

	if (config_parse(copy, strlen(text), "f.conf", collect, &b, &e) < 0) {
		buf_clear(&b);
		buf_puts(&b, e.msg);
	}
	is_str(buf_z(&b), want, "%s", text);
	buf_free(&b);
	free(copy);
}

static void
configs(void)
{
	config_case("", "");
	config_case("interval = 1m\n# no\n\n  sym=A B \nlast=1", "interval=1m;sym=A B;last=1;");
	config_case("a = \"x # y\"\r\nb =\n", "a=x # y;b=;");
	config_case("a = 1\nbad = 2\n", "f.conf: line 2: no option 'bad'");
	config_case("a 1\n", "f.conf: line 1: 'a 1' is not NAME = VALUE");
	config_case("a = \"1\n", "f.conf: line 1: a: a quote is not closed");
	config_case("= 1\n", "f.conf: line 1: '= 1' is not NAME = VALUE");
}

int
main(void)
{
	pipelines();
	configs();
	return done_testing();
}
