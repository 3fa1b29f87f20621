/* What is computed and what of it is written: sets, expressions, steps -> columns. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "feat/calc.h"

#include "base/mem.h"
#include "io/out.h"

static const char *const field_names[BAR_FIELDS] = { [FIELD_OPEN] = "open",
	[FIELD_HIGH] = "high",
	[FIELD_LOW] = "low",
	[FIELD_CLOSE] = "close",
	[FIELD_VOLUME] = "volume",
	[FIELD_VWAP] = "vwap",
	[FIELD_COUNT] = "count",
	[FIELD_BID] = "bid",
	[FIELD_ASK] = "ask",
	[FIELD_SPREAD] = "spread",
	[FIELD_BUY] = "buy_volume",
	[FIELD_SELL] = "sell_volume",
	[FIELD_GAP] = "gap" };

static void
set_columns(struct calc *c)
{
	size_t k = 0;

	for (size_t i = 0; i < c->nsets; i++)
		c->set_cols += c->sets[i].n;
	c->sets_apart = true;
	c->set_at = mem_array(c->set_cols, sizeof *c->set_at);
	c->scratch = mem_array(c->set_cols, sizeof *c->scratch);
	for (size_t i = 0; i < c->nsets; i++) {
		for (size_t j = 0; j < c->sets[i].n; j++, k++) {
			const char *name = c->sets[i].names[j];

			/* Two sets may name the same thing: the first one has it. */
			if (feat_plan_find(&c->plan, str_z(name)) >= 0) {
				stage_note(&c->base, 2, "column %s of set %s is there already",
				    name, c->sets[i].kind->name);
				c->set_at[k] = SIZE_MAX;
				c->sets_apart = false;
			} else {
				c->set_at[k] = feat_plan_add(&c->plan, false, "%s", name);
			}
		}
	}
}

/* What has the name of a set is one; what looks like a path, or is there, is a file. */
static bool
is_file(const char *set)
{
	size_t n = strcspn(set, ":");

	for (const struct feat_set_kind *const *k = feat_set_kinds; *k; k++)
		if (strlen((*k)->name) == n && memcmp((*k)->name, set, n) == 0)
			return false;
	return strchr(set, '/') || access(set, F_OK) == 0;
}

static int
expr_file(struct calc *c, const char *path, struct err *e)
{
	struct buf text = { 0 };
	int rc = io_file_read(path, EXPR_TEXT_MAX, &text, e);

	if (rc == 0 && text.len)
		rc = expr_add(c->prog, text.p, text.len, path, e);
	buf_free(&text);
	return rc < 0 ? err_wrap(e, "--set") : 0;
}

static int
open_exprs(struct calc *c, struct err *e)
{
	const struct expr_ref *refs;
	int rc = 0;

	c->first_late = c->plan.n;
	c->prog = expr_new(&c->plan);
	for (size_t i = 0; i < c->o.sets.n && rc == 0; i++)
		if (is_file(c->o.sets.v[i]))
			rc = expr_file(c, c->o.sets.v[i], e);
	for (size_t i = 0; i < c->o.exprs.n && rc == 0; i++)
		rc = expr_add(c->prog, c->o.exprs.v[i], strlen(c->o.exprs.v[i]), "-e", e);
	if (rc < 0)
		return rc;
	if (!expr_units(c->prog)) {
		expr_free(c->prog);
		c->prog = NULL;
		return 0;
	}
	c->ref_vals = mem_array(expr_refs(c->prog, &refs) + 1, sizeof *c->ref_vals);
	c->waits = expr_waits(c->prog);
	return 0;
}

static int
open_sets(struct calc *c, struct err *e)
{
	static const char *dflt[] = { "core" };
	struct opt_list l = c->o.sets;

	if (!l.n && !c->o.exprs.n)
		l = (struct opt_list){ dflt, 1 };
	c->sets = mem_array(l.n, sizeof *c->sets);
	for (size_t i = 0; i < l.n; i++) {
		int rc;

		if (is_file(l.v[i]))
			continue;
		rc = feat_set_open(&c->sets[c->nsets], l.v[i], e);
		if (rc < 0)
			return err_wrap(e, "--set %s", l.v[i]);
		c->nsets++;
	}
	set_columns(c);
	return 0;
}

static int
open_steps(struct calc *c, struct err *e)
{
	size_t n = 0;

	while (feat_step_kinds[n])
		n++;
	c->steps = mem_array(n, sizeof *c->steps);
	for (size_t i = 0; i < n; i++) {
		struct feat_step *s = &c->steps[c->nsteps];
		int rc;

		*s = (struct feat_step){ .kind = feat_step_kinds[i],
			.opts = &c->o.steps,
			.plan = &c->plan,
			.st = &c->base,
			.index = c->nsteps,
			.calc = c };
		rc = s->kind->open(s, &c->plan, e);
		if (rc <= 0 && s->kind->close)
			s->kind->close(s);
		if (rc < 0)
			return rc;
		if (rc == 0)
			continue;
		c->waits = c->waits || s->kind->instant;
		c->nsteps++;
	}
	return 0;
}

/* ---- what is written ---- */

/* A name that is none, with those that begin like it: `vol_20` is told of vol_gk_20. */
static int
no_column(const struct calc *c, const char *name, struct err *e)
{
	size_t stem = strcspn(name, "_*?") + (strchr(name, '_') ? 1 : 0), n = 0;
	struct buf b = { 0 };

	for (size_t i = 0; i < c->plan.n && n < 8; i++) {
		const char *other = c->plan.cols[i].name;

		if (!c->plan.cols[i].hidden && strncmp(other, name, stem) == 0)
			buf_printf(&b, "%s%s", n++ ? ", " : "", other);
	}
	if (n)
		err_set(
		    e, ERR_USAGE, "--only: no column is named %s; there are %s", name, buf_z(&b));
	else
		err_set(
		    e, ERR_USAGE, "--only: no column is named %s; see feat-sets(7), --set", name);
	buf_free(&b);
	return ERR_USAGE;
}

/* --only: each pattern must find a column, or it is a typing error. */
static int
choose(struct calc *c, struct err *e)
{
	bool *found = mem_array(c->o.only.n + 1, sizeof *found);
	int rc = 0;

	for (size_t i = 0; i < c->plan.n; i++) {
		bool wanted = !c->plan.cols[i].hidden && !c->o.only.n;

		for (size_t k = 0; k < c->o.only.n; k++) {
			if (feat_plan_glob(c->o.only.v[k], c->plan.cols[i].name) &&
			    (i >= BAR_FIELDS || !strpbrk(c->o.only.v[k], "*?")))
				wanted = found[k] = true;
		}
		if (wanted)
			c->out[c->nout++] = i;
	}
	for (size_t k = 0; k < c->o.only.n && rc == 0; k++)
		if (!found[k])
			rc = no_column(c, c->o.only.v[k], e);
	free(found);
	if (rc == 0 && !c->nout)
		rc = err_set(e, ERR_USAGE, "there is no column to write");
	return rc;
}

static int
name_output(struct calc *c, struct err *e)
{
	struct buf csv = { 0 }, name = { 0 };
	int rc;

	c->out = mem_array(c->plan.n, sizeof *c->out);
	if ((rc = choose(c, e)) < 0)
		return rc;
	c->names = mem_array(c->nout, sizeof *c->names);
	c->owned = mem_array(c->nout, sizeof *c->owned);
	c->nums = mem_array(c->nout, sizeof *c->nums);
	buf_puts(&csv, "ts,sym,interval");
	for (size_t i = 0; i < c->nout; i++) {
		buf_clear(&name);
		buf_printf(
		    &name, "%s%s", c->o.prefix ? c->o.prefix : "", c->plan.cols[c->out[i]].name);
		c->owned[i] = mem_dup(name.p, name.len);
		c->names[i] = (struct str){ c->owned[i], name.len };
		if (feat_is_key(c->names[i]))
			rc = err_set(e, ERR_USAGE,
			    "--prefix: '%s' is a key of every record and cannot name a column",
			    c->owned[i]);
		buf_printf(&csv, ",%s", c->owned[i]);
	}
	c->csv = mem_dup(csv.p, csv.len);
	c->base.csv_columns = c->csv;
	c->base.csv_type = REC_features;
	buf_free(&csv);
	buf_free(&name);
	return rc;
}

static int
check_prefix(const struct calc *c, struct err *e)
{
	const char *p = c->o.prefix;

	if (p && (strlen(p) > 32 || p[strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789_.")]))
		return err_set(e, ERR_USAGE,
		    "--prefix: '%s' is not up to 32 characters of a-z, 0-9, _ and .", p);
	return 0;
}

/* Of two that are written to one file only the second one would be there. */
static int
check_files(const struct feat_step_opts *o, struct err *e)
{
	if (o->fit_scaler && o->fit_drift && strcmp(o->fit_scaler, o->fit_drift) == 0)
		return err_set(e, ERR_USAGE, "--fit-scaler and --fit-drift name the same file, %s",
		    o->fit_drift);
	return 0;
}

int
calc_plan_open(struct calc *c, struct err *e)
{
	int rc = check_prefix(c, e);

	for (size_t i = 0; i < BAR_FIELDS; i++)
		feat_plan_add(&c->plan, true, "%s", field_names[i]);
	if (rc == 0)
		rc = open_sets(c, e);
	if (rc == 0)
		rc = frames_open(c, e);
	if (rc == 0)
		rc = open_exprs(c, e);
	if (rc == 0)
		rc = open_steps(c, e);
	if (rc == 0)
		rc = check_files(&c->o.steps, e);
	return rc < 0 ? rc : name_output(c, e);
}

void
calc_plan_close(struct calc *c)
{
	for (size_t i = 0; i < c->nsteps; i++)
		if (c->steps[i].kind->close)
			c->steps[i].kind->close(&c->steps[i]);
	for (size_t i = 0; i < c->nsets; i++)
		feat_set_close(&c->sets[i]);
	for (size_t i = 0; c->owned && i < c->nout; i++)
		free(c->owned[i]);
	frames_close(c);
	expr_free(c->prog);
	units_free(&c->units);
	free(c->ref_vals);
	free(c->steps);
	free(c->sets);
	free(c->set_at);
	free(c->scratch);
	free(c->out);
	free(c->names);
	free(c->owned);
	free(c->nums);
	free(c->csv);
	feat_plan_free(&c->plan);
}
