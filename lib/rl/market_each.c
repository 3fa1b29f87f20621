/*
 * A market of many symbols as many markets of one: what a policy that knows no symbol learns in.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rl/market.h"

/* A column without its symbol. */
static const char *
bare(const struct rl_market *m, size_t col)
{
	if (m->nsym < 2)
		return m->names[col];
	return m->names[col] + strlen(symtab_at(m->syms, m->owner[col])->name) + 1;
}

/* The column of `sym` that is called as `name`; ncols: there is none. */
static size_t
column_of(const struct rl_market *m, const struct sym *sym, const char *name, size_t from)
{
	for (size_t k = 0; k < m->ncols; k++) {
		size_t i = (from + k) % m->ncols; /* they mostly come in the same order */

		if (m->owner[i] == sym->id && strcmp(bare(m, i), name) == 0)
			return i;
	}
	return m->ncols;
}

/* The names that any symbol has, in order of first sight. */
static size_t
all_names(const struct rl_market *m, const char **names)
{
	size_t n = 0;

	for (size_t i = 0; i < m->ncols; i++) {
		const char *name = bare(m, i);
		size_t k = 0;

		while (k < n && strcmp(names[k], name) != 0)
			k++;
		if (k == n)
			names[n++] = name;
	}
	return n;
}

static int
part_columns(struct rl_market *p, const struct rl_market *m, const struct sym *sym,
    const char *const *names, size_t n, struct err *e)
{
	size_t *from = mem_array(n, sizeof *from);

	p->ncols = n;
	p->names = mem_array(n, sizeof *p->names);
	p->owner = mem_array(n, sizeof *p->owner);
	p->cols = mem_array(m->n * n, sizeof *p->cols);
	for (size_t i = 0; i < n; i++) {
		p->names[i] = mem_dup(names[i], strlen(names[i]));
		p->owner[i] = sym->id;
		from[i] = column_of(m, sym, names[i], i ? from[i - 1] + 1 : 0);
		/* a pattern that was never seen is none; of anything else nothing is known */
		if (from[i] == m->ncols && strcmp(names[i], "pattern") != 0) {
			free(from);
			return err_set(e, ERR_DATA,
			    "%s has no column %s, which other symbols have: with `each`, all must "
			    "have the same",
			    sym->name, names[i]);
		}
	}
	for (size_t t = 0; t < m->n; t++)
		for (size_t i = 0; i < n; i++)
			p->cols[t * n + i] =
			    from[i] < m->ncols ? m->cols[t * m->ncols + from[i]] : 0;
	free(from);
	return 0;
}

static void
part_records(struct rl_market *p, const struct rl_market *m, const struct sym *sym)
{
	size_t place = (size_t)m->place[sym->id];

	p->at = mem_array(m->n, sizeof *p->at);
	p->open = mem_array(m->n, sizeof *p->open);
	p->close = mem_array(m->n, sizeof *p->close);
	for (size_t t = 0; t < m->n; t++) {
		p->at[t] = (struct rl_instant){ .ts = m->at[t].ts, .from = (uint32_t)p->nev };
		for (uint32_t i = m->at[t].from; i < m->at[t].to; i++) {
			if (m->ev[i].sym != sym && m->ev[i].type != REC_watermark)
				continue;
			*MEM_AT(p->ev, p->capev, p->nev) = m->ev[i];
			p->nev++;
		}
		p->at[t].to = (uint32_t)p->nev;
		p->open[t] = m->open[t * m->nsym + place];
		p->close[t] = m->close[t * m->nsym + place];
	}
}

static int
part_of(struct rl_market *p, const struct rl_market *m, const struct sym *sym,
    const char *const *names, size_t n, struct err *e)
{
	*p = (struct rl_market){ .syms = m->syms, .part = true, .nsym = 1, .n = m->n };
	memcpy(p->hash, m->hash, sizeof p->hash);
	p->sym = mem_array(1, sizeof(struct sym *));
	p->sym[0] = sym;
	p->nplace = m->nplace;
	p->place = mem_array(p->nplace, sizeof *p->place);
	for (size_t i = 0; i < p->nplace; i++)
		p->place[i] = i == sym->id ? 0 : -1;
	part_records(p, m, sym);
	int rc = part_columns(p, m, sym, names, n, e);
	if (rc == 0)
		rl_market_ready(p);
	return rc;
}

int
rl_market_split(const struct rl_market *m, struct rl_market **parts, struct err *e)
{
	const char **names = mem_array(m->ncols, sizeof(char *));
	size_t n = all_names(m, names), done = 0;
	int rc = 0;

	*parts = mem_array(m->nsym, sizeof **parts);
	for (; done < m->nsym && rc == 0; done++)
		rc = part_of(&(*parts)[done], m, m->sym[done], names, n, e);
	free(names);
	if (rc == 0)
		return 0;
	while (done-- > 0)
		rl_market_free(&(*parts)[done]);
	free(*parts);
	*parts = NULL;
	return rc;
}
