/*
 * Run a stage kind in-process over text:
 *
 *	struct t_stage t;
 *	int rc = t_stage_run(&t, &bar_agg_kind, "-i 1m --fill flat", input);
 *	is_i64(rc, 0, "runs: %s", t.err.msg);
 *	is_str(buf_z(&t.out), want, "bars");
 *	t_stage_free(&t);
 *
 * What the stage emits is in t.out as NDJSON lines, a sink's text as it is; its notes are in
 * t.notes. rc is 0 or the negative code of the first call that failed. Options are split at
 * white space, without quoting; a word that is no option is an operand.
 */
#ifndef TP_TEST_T_STAGE_H
#define TP_TEST_T_STAGE_H

#include "base/mem.h"
#include "rec/codec.h"
#include "stage/stage.h"
#include "t.h"

#define T_STAGE_WORDS 32

struct t_stage {
	struct err err;
	struct buf out, notes;
	struct stage_env env;
	struct stage head, *st;
	struct {
		struct stage base;
		struct t_stage *t;
	} tail;
	char *opts; /* its words live in here */
	const char *args[T_STAGE_WORDS];
};

static int
t_stage_take(struct stage *st, const struct rec *r)
{
	struct t_stage *t = ((__typeof__(((struct t_stage *)0)->tail) *)(void *)st)->t;

	rec_enc_json(&t->out, r);
	return 0;
}

/* Everything goes into the first by stage_emit; everything that comes out is taken. */
static const struct stage_kind t_stage_head_kind = { .name = "head" };
static const struct stage_kind t_stage_tail_kind = {
	.name = "tail", .takes = UINT32_MAX, .push = t_stage_take, .watermark = t_stage_take
};

static void
t_stage_note(void *arg, const struct stage *st, int level, const char *text)
{
	struct t_stage *t = arg;

	(void)st;
	buf_printf(&t->notes, "%d: %s\n", level, text);
}

static int
t_stage_text(void *arg, const char *p, size_t n)
{
	struct t_stage *t = arg;

	buf_put(&t->out, p, n);
	return 0;
}

static int
t_stage_option(struct t_stage *t, const char *word, char **save)
{
	const char *eq = word[1] == '-' ? strchr(word, '=') : NULL;
	bool is_long = word[1] == '-';
	const char *name = is_long ? word + 2 : word + 1;
	size_t n = eq ? (size_t)(eq - name) : strlen(name);
	bool no = is_long && strncmp(name, "no-", 3) == 0;
	const struct opt *tab = t->st->kind->opts, *o;
	const char *value;
	size_t off;

	o = opt_find(tab, name, n, is_long ? 0 : word[1], &off);
	if (!o && no)
		o = opt_find(tab, name + 3, n - 3, 0, &off);
	else
		no = false;
	if (!o)
		return err_set(&t->err, ERR_USAGE, "no option %s", word);
	if (o->kind == OPT_FLAG)
		value = no ? "false" : "true";
	else if (eq)
		value = eq + 1;
	else if (o->kind != OPT_CHOICE && o->choices)
		value = o->choices;
	else
		value = strtok_r(NULL, " \t\n", save);
	return opt_set(o, t->st, off, value, &t->err);
}

static int
t_stage_options(struct t_stage *t, const char *opts)
{
	char *save = NULL;
	int rc;

	if (!t->st->kind->opts)
		return 0;
	rc = opt_defaults(t->st->kind->opts, t->st, &t->err);
	for (char *w = strtok_r(t->opts = mem_dup(opts, strlen(opts)), " \t\n", &save);
	     w && rc == 0; w = strtok_r(NULL, " \t\n", &save)) {
		if (w[0] == '-' && w[1])
			rc = t_stage_option(t, w, &save);
		else if (t->st->nargs < T_STAGE_WORDS)
			t->args[t->st->nargs++] = w;
	}
	return rc;
}

static int
t_stage_feed(struct t_stage *t, const char *text)
{
	uint32_t want = t->st->kind->takes | (t->st->kind->watermark ? REC_BIT(watermark) : 0);
	struct rec_dec *dec = rec_dec_new(t->env.syms, NULL);
	struct buf line = { 0 };
	int rc = 0;

	while (*text && rc >= 0) {
		size_t n = strcspn(text, "\n");
		struct rec r;

		buf_clear(&line);
		buf_put(&line, text, n);
		memset(buf_room(&line, REC_PAD), 0, REC_PAD);
		rc = rec_dec_line(dec, line.p, n, want, &r, &t->err);
		if (rc == 1)
			rc = stage_emit(&t->head, &r);
		text += n + (text[n] == '\n');
	}
	buf_free(&line);
	rec_dec_free(dec);
	return rc < 0 ? rc : 0;
}

T_UNUSED static int
t_stage_run(struct t_stage *t, const struct stage_kind *kind, const char *opts, const char *input)
{
	int rc;

	memset(t, 0, sizeof *t);
	t->env = (struct stage_env){ .syms = symtab_new(),
		.err = &t->err,
		.note = t_stage_note,
		.text = t_stage_text,
		.arg = t };
	t->st = mem_alloc(kind->size);
	*t->st =
	    (struct stage){ .kind = kind, .down = &t->tail.base, .env = &t->env, .args = t->args };
	t->head = (struct stage){ .kind = &t_stage_head_kind, .down = t->st, .env = &t->env };
	t->tail.base = (struct stage){ .kind = &t_stage_tail_kind, .env = &t->env };
	t->tail.t = t;
	rc = t_stage_options(t, opts ? opts : "");
	if (rc == 0 && kind->open)
		rc = kind->open(t->st);
	if (rc == 0 && kind->source) {
		while ((rc = kind->next(t->st)) > 0)
			;
	} else if (rc == 0) {
		rc = t_stage_feed(t, input);
	}
	if (rc == 0 && kind->flush)
		rc = kind->flush(t->st);
	if (kind->close)
		kind->close(t->st);
	return rc;
}

T_UNUSED static void
t_stage_free(struct t_stage *t)
{
	if (t->st->kind->opts)
		opt_release(t->st->kind->opts, t->st);
	free(t->st);
	free(t->opts);
	symtab_free(t->env.syms);
	buf_free(&t->out);
	buf_free(&t->notes);
}

#endif
