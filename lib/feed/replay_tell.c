/* What a replay says at its end, and of a mapping that fits nothing. */
#include "feed/replay.h"

/* Most of it useless: even with -q, for whatever is made of it is not what was meant. */
static void
tell_unusable(const struct replay *m)
{
	enum quality_rule most;
	uint64_t bad = dirty_unusable(&m->dirty, &most);

	if (bad <= m->judged / 2)
		return;
	if (bad == m->dirty.count[most])
		stage_note(&m->base, 0, "warning: %llu of %llu records %s: %s",
		    (unsigned long long)bad, (unsigned long long)m->judged, quality_name(most),
		    dirty_hint(most));
	else
		stage_note(&m->base, 0,
		    "warning: %llu of %llu records unusable, %llu of them %s: %s",
		    (unsigned long long)bad, (unsigned long long)m->judged,
		    (unsigned long long)m->dirty.count[most], quality_name(most), dirty_hint(most));
}

/* Standard input may be empty without a word, as for every tool of a pipe. */
static void
tell_nothing(const struct replay *m)
{
	const char *path = NULL;

	for (size_t i = 0; i < m->base.nargs && !path; i++)
		if (strcmp(m->base.args[i], "-") != 0)
			path = m->base.args[i];
	if (m->read > 0 && m->chosen == 0)
		stage_note(&m->base, 1, "0 of %llu records selected by %s%s%s%s%s",
		    (unsigned long long)m->read, m->symbols.n ? "--symbols" : "",
		    m->symbols.n && m->from_text ? "/" : "", m->from_text ? "--from" : "",
		    (m->symbols.n || m->from_text) && m->to_text ? "/" : "",
		    m->to_text ? "--to" : "");
	else if (m->read == 0 && m->records == 0 && path)
		stage_note(&m->base, 1,
		    m->base.nargs == 1 ? "%s holds no record"
				       : "%s and the other files hold no record",
		    path);
}

/* Some of --symbols came, and these did not: misspelt, more often than not. */
static void
tell_missing(const struct replay *m)
{
	struct buf b = { 0 };
	size_t n = 0;

	for (size_t i = 0; m->chosen > 0 && i < m->symbols.n; i++) {
		const struct sym *y = symtab_get(m->base.env->syms, str_z(m->symbols.v[i]));

		if (y && m->wanted[y->id] == 1 && n++ < 10)
			buf_printf(&b, " %s", m->symbols.v[i]);
	}
	if (n)
		stage_note(&m->base, 1, "no record of%s%s", buf_z(&b), n > 10 ? " ..." : "");
	buf_free(&b);
}

void
replay_tell(struct replay *m)
{
	struct buf b = { 0 };

	if (dirty_summary(&m->dirty, &b))
		stage_note(
		    &m->base, 1, "%llu records, %s", (unsigned long long)m->records, buf_z(&b));
	else
		stage_note(&m->base, 2, "%llu records, none dirty", (unsigned long long)m->records);
	buf_free(&b);
	tell_unusable(m);
	tell_nothing(m);
	tell_missing(m);
}

int
replay_check_columns(struct replay *m)
{
	uint64_t fit = 0;
	bool csv = false;
	int pair = 0;

	for (size_t i = 0; i < m->nsources; i++) {
		/* a file that held not even a header tells nothing */
		csv |= m->sources[i].begun && rec_dec_format(m->sources[i].dec) == REC_CSV;
		fit |= rec_dec_mapped(m->sources[i].dec);
	}
	for (const char *p = m->columns; csv && p && *p && pair < 64; pair++) {
		size_t k = strcspn(p, ","), eq = strcspn(p, "=,");

		if (!(fit >> pair & 1))
			return stage_fail(&m->base, ERR_DATA,
			    "--columns: none of the files has a column '%.*s'", (int)(k - eq - 1),
			    p + eq + 1);
		p += k + (p[k] == ',');
	}
	return 0;
}
