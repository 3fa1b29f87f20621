#include "signal/foreign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/in.h"
#include "rec/cells.h"
#include "rec/json.h"

#define WORDS 64

enum part {
	P_TS,
	P_SYM,
	P_SOURCE,
	P_LABEL,
	P_DIRECTION,
	P_STRENGTH,
	P_CONFIDENCE,
	P_HORIZON,
	P_EXPIRES,
	P_N
};
static const char *const part_names[P_N] = { "ts", "sym", "source", "label", "direction",
	"strength", "confidence", "horizon", "expires" };

struct word {
	char text[MIX_NAME];
	double v;
	bool out; /* null: such lines are left out */
};

struct alias {
	char from[MIX_NAME];
	const struct sym *sym;
};

/* A kept signal; text as offsets into the arena. */
struct kept {
	int64_t ts, expires;
	uint64_t order;
	const struct sym *sym;
	double direction, strength, confidence;
	uint32_t has;
	size_t source, nsource, label, nlabel, horizon, nhorizon;
};

struct foreign {
	struct symtab *syms;
	int format; /* 0 by the first byte, 1 csv, 2 ndjson */
	char delimiter;
	bool header;
	char column[P_N][MIX_NAME]; /* "": not mapped */
	char source[MIX_NAME], strip[MIX_NAME];
	const struct sym *sym;
	struct word words[WORDS];
	size_t nwords;
	struct alias aliases[WORDS];
	size_t naliases;
	double direction_scale, strength_scale, confidence_scale;
	int64_t delay, ttl;

	/* the file at hand */
	bool started, is_csv;
	size_t at[P_N]; /* column of each part + 1; 0: not there */
	struct cells cells;
	struct json *doc;

	struct kept *kept;
	size_t nkept, capkept, next;
	bool sorted;
	struct buf arena;
};

/* ---- the mapping file ---- */

static int
bad(struct err *e, const char *file, const char *key, const char *why)
{
	return err_set(e, ERR_USAGE, "%s: %s: %s", file, key, why);
}

static bool
copy_name(char *out, const struct json *j)
{
	struct str s;

	if (!json_text(j, &s) || s.n >= MIX_NAME)
		return false;
	memset(out, 0, MIX_NAME);
	if (s.n)
		memcpy(out, s.p, s.n);
	return true;
}

static int
read_columns(struct foreign *f, const char *file, const struct json *j, struct err *e)
{
	if (json_kind(j) != JSON_IS_OBJECT)
		return bad(e, file, "columns", "must be an object: our key, their column");
	for (size_t i = 0; i < json_len(j); i++) {
		struct str key = json_key_at(j, i);
		size_t k = 0;
		int64_t number;

		while (k < P_N && !str_eqz(key, part_names[k]))
			k++;
		if (k == P_N)
			return err_set(e, ERR_USAGE,
			    "%s: columns.%.*s: no such key; there are ts, sym, source, label, "
			    "direction, strength, confidence, horizon, expires",
			    file, STR_FMT(str_cut(key, 60)));
		if (json_kind(json_at(j, i)) == JSON_IS_NUMBER &&
		    json_i64(json_at(j, i), &number) && number > 0 && number < 100000)
			snprintf(f->column[k], MIX_NAME, "%d", (int)number);
		else if (!copy_name(f->column[k], json_at(j, i)) || !f->column[k][0])
			return bad(
			    e, file, "columns", "must be names of columns, or numbers from 1");
	}
	return 0;
}

static int
read_directions(struct foreign *f, const char *file, const struct json *j, struct err *e)
{
	if (json_kind(j) != JSON_IS_OBJECT || json_len(j) > WORDS)
		return bad(e, file, "directions", "must be an object of at most 64 words");
	for (size_t i = 0; i < json_len(j); i++) {
		struct word *w = &f->words[f->nwords++];
		struct str key = json_key_at(j, i);
		const struct json *v = json_at(j, i);

		if (key.n >= MIX_NAME)
			return bad(e, file, "directions", "words must be shorter than 64 bytes");
		memcpy(w->text, key.p, key.n);
		w->out = json_kind(v) == JSON_IS_NULL;
		if (!w->out && (json_kind(v) != JSON_IS_NUMBER || !json_f64(v, &w->v) ||
				   !(w->v >= -1 && w->v <= 1)))
			return bad(e, file, "directions", "must be numbers from -1 to 1, or null");
	}
	return 0;
}

static int
read_symbols(struct foreign *f, const char *file, const struct json *j, struct err *e)
{
	if (json_kind(j) != JSON_IS_OBJECT || json_len(j) > WORDS)
		return bad(e, file, "symbols", "must be an object of at most 64 names");
	for (size_t i = 0; i < json_len(j); i++) {
		struct alias *a = &f->aliases[f->naliases++];
		struct str key = json_key_at(j, i), name;

		if (key.n >= MIX_NAME)
			return bad(e, file, "symbols", "names must be shorter than 64 bytes");
		memcpy(a->from, key.p, key.n);
		a->sym = json_text(json_at(j, i), &name) ? symtab_get(f->syms, name) : NULL;
		if (!a->sym)
			return bad(e, file, "symbols", "must be symbols of ours");
	}
	return 0;
}

static bool
read_span(const struct json *j, int64_t *ns)
{
	struct str s;
	bool ok = json_text(j, &s) ? tim_span(s.p, s.n, ns)
				   : json_kind(j) == JSON_IS_NUMBER && json_nano(j, ns);

	return ok && *ns >= 0;
}

static bool
read_scale(const struct json *j, double *v)
{
	return json_kind(j) == JSON_IS_NUMBER && json_f64(j, v) && *v > 0 && *v <= 1e9;
}

static int
read_map_key(
    struct foreign *f, const char *file, struct str key, const struct json *j, struct err *e)
{
	struct str s = { "", 0 };

	if (str_eqz(key, "columns"))
		return read_columns(f, file, j, e);
	if (str_eqz(key, "directions"))
		return read_directions(f, file, j, e);
	if (str_eqz(key, "symbols"))
		return read_symbols(f, file, j, e);
	if (str_eqz(key, "format")) {
		f->format = !json_text(j, &s)   ? 0
			    : str_eqz(s, "csv") ? 1
						: str_eqz(s, "ndjson") * 2;
		return f->format ? 0 : bad(e, file, "format", "must be csv or ndjson");
	}
	if (str_eqz(key, "delimiter")) {
		if (!json_text(j, &s) || s.n != 1 || s.p[0] == '"')
			return bad(e, file, "delimiter", "must be one character, no quote");
		f->delimiter = s.p[0];
		return 0;
	}
	if (str_eqz(key, "header"))
		return json_bool(j, &f->header) ? 0
						: bad(e, file, "header", "must be true or false");
	if (str_eqz(key, "source"))
		return copy_name(f->source, j) && f->source[0]
			   ? 0
			   : bad(e, file, "source", "must be a name of at most 63 bytes");
	if (str_eqz(key, "strip"))
		return copy_name(f->strip, j) ? 0
					      : bad(e, file, "strip", "must be a text to take off");
	if (str_eqz(key, "sym")) {
		f->sym = json_text(j, &s) ? symtab_get(f->syms, s) : NULL;
		return f->sym ? 0 : bad(e, file, "sym", "must be a symbol");
	}
	if (str_eqz(key, "direction_scale"))
		return read_scale(j, &f->direction_scale)
			   ? 0
			   : bad(e, file, "direction_scale", "must be a number above 0");
	if (str_eqz(key, "strength_scale"))
		return read_scale(j, &f->strength_scale)
			   ? 0
			   : bad(e, file, "strength_scale", "must be a number above 0");
	if (str_eqz(key, "confidence_scale"))
		return read_scale(j, &f->confidence_scale)
			   ? 0
			   : bad(e, file, "confidence_scale", "must be a number above 0");
	if (str_eqz(key, "delay"))
		return read_span(j, &f->delay) ? 0
					       : bad(e, file, "delay", "must be a span of time");
	if (str_eqz(key, "ttl"))
		return read_span(j, &f->ttl) ? 0 : bad(e, file, "ttl", "must be a span of time");
	return err_set(e, ERR_USAGE, "%s: %.*s: no such key", file, STR_FMT(str_cut(key, 60)));
}

static int
read_map(struct foreign *f, const char *file, const char *text, size_t n, struct err *e)
{
	struct json *root = json_parse_text(text, n, e);
	int rc = 0;

	if (!root) {
		err_wrap(e, "%s", file);
		return e->code = ERR_USAGE;
	}
	if (json_kind(root) != JSON_IS_OBJECT)
		rc = err_set(e, ERR_USAGE, "%s: must be one JSON object", file);
	for (size_t i = 0; rc == 0 && i < json_len(root); i++)
		rc = read_map_key(f, file, json_key_at(root, i), json_at(root, i), e);
	json_free(root);
	if (rc == 0 && !f->column[P_TS][0])
		rc = bad(e, file, "columns", "needs ts, the column of the time");
	if (rc == 0 && !f->column[P_DIRECTION][0])
		rc = bad(e, file, "columns", "needs direction");
	if (rc == 0 && !f->column[P_SYM][0] && !f->sym)
		rc = bad(e, file, "columns", "needs sym, or the key sym beside it");
	if (rc == 0 && !f->column[P_SOURCE][0] && !f->source[0])
		rc = bad(e, file, "source", "is missing: what the signals are called, ext:NAME");
	return rc;
}

struct foreign *
foreign_new(const char *file, const char *text, size_t n, struct symtab *syms, struct err *e)
{
	struct foreign *f = mem_alloc(sizeof *f);

	f->syms = syms;
	f->delimiter = ',';
	f->header = true;
	f->direction_scale = f->strength_scale = f->confidence_scale = 1;
	if (read_map(f, file, text, n, e) < 0) {
		foreign_free(f);
		return NULL;
	}
	return f;
}

void
foreign_free(struct foreign *f)
{
	if (!f)
		return;
	cells_free(&f->cells);
	json_free(f->doc);
	free(f->kept);
	buf_free(&f->arena);
	free(f);
}

void
foreign_start(struct foreign *f)
{
	f->started = false;
	memset(f->at, 0, sizeof f->at);
}

/* ---- a line ---- */

/* Where the columns stand, by the header or by their numbers. */
static int
find_columns(struct foreign *f, struct err *e)
{
	for (size_t k = 0; k < P_N; k++) {
		const char *want = f->column[k];
		uint64_t number;

		if (!want[0])
			continue;
		for (size_t i = 0; f->header && i < f->cells.n && !f->at[k]; i++)
			if (str_eqz(f->cells.v[i].text, want))
				f->at[k] = i + 1;
		if (!f->at[k] && num_u64(want, strlen(want), &number) && number >= 1 &&
		    number <= f->cells.n)
			f->at[k] = number;
		if (!f->at[k])
			return err_set(e, ERR_DATA, "there is no column '%s'", want);
	}
	return 0;
}

/* "data.action": members of members */
static const struct json *
by_path(const struct json *j, const char *path)
{
	const struct json *whole = json_get(j, path);
	const char *dot = strchr(path, '.');
	char head[MIX_NAME];

	if (whole || !dot)
		return whole;
	snprintf(head, sizeof head, "%.*s", (int)(dot - path), path);
	return by_path(json_get(j, head), dot + 1);
}

/* The text of a part in the line at hand; false: not there. scratch is for booleans. */
static bool
part_text(const struct foreign *f, enum part k, struct str *out)
{
	if (!f->column[k][0])
		return false;
	if (f->is_csv) {
		if (f->at[k] == 0 || f->at[k] > f->cells.n)
			return false;
		*out = f->cells.v[f->at[k] - 1].text;
		while (out->n && (out->p[0] == ' ' || out->p[0] == '\t'))
			out->p++, out->n--;
		while (out->n && (out->p[out->n - 1] == ' ' || out->p[out->n - 1] == '\t'))
			out->n--;
		return out->n > 0;
	}
	const struct json *j = by_path(f->doc, f->column[k]);
	bool b;

	if (json_text(j, out))
		return out->n > 0;
	if (json_bool(j, &b)) {
		*out = str_z(b ? "true" : "false");
		return true;
	}
	if (json_kind(j) != JSON_IS_NUMBER)
		return false;
	*out = json_number_text(j);
	return true;
}

static bool
same_word(const char *z, struct str s)
{
	size_t n = strlen(z);

	if (n != s.n)
		return false;
	for (size_t i = 0; i < n; i++) {
		char a = z[i], b = s.p[i];

		a = a >= 'A' && a <= 'Z' ? (char)(a + 32) : a;
		b = b >= 'A' && b <= 'Z' ? (char)(b + 32) : b;
		if (a != b)
			return false;
	}
	return true;
}

static int
wrong(struct err *e, const char *what, struct str s, const char *why)
{
	return err_set(e, ERR_DATA, "%s '%.*s' %s", what, STR_FMT(str_cut(s, 60)), why);
}

/* A text that goes into the record as it is: the record is written as valid JSON whatever comes. */
static bool
plain_text(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || (unsigned char)s.p[i] > 0x7e)
			return false;
	return s.n < MIX_NAME;
}

static int
line_direction(struct foreign *f, struct rec *r, struct err *e)
{
	struct str s;
	double v;

	if (!part_text(f, P_DIRECTION, &s))
		return err_set(e, ERR_DATA, "no direction");
	for (size_t i = 0; i < f->nwords; i++)
		if (same_word(f->words[i].text, s)) {
			if (f->words[i].out)
				return 0;
			rec_set(r, F_signal_direction, r->signal.direction, f->words[i].v);
			return 1;
		}
	if (!num_f64(s.p, s.n, &v))
		return wrong(e, "direction", s, "is neither a number nor one of directions");
	v *= f->direction_scale;
	if (!(v >= -1 && v <= 1))
		return wrong(e, "direction", s, "is not within -1 and 1 (direction_scale?)");
	rec_set(r, F_signal_direction, r->signal.direction, v);
	return 1;
}

static int
line_unit(struct foreign *f, enum part k, double scale, double *out, struct err *e)
{
	struct str s;

	if (!part_text(f, k, &s))
		return 0;
	if (!num_f64(s.p, s.n, out))
		return wrong(e, part_names[k], s, "is not a number");
	*out *= scale;
	if (!(*out >= 0 && *out <= 1))
		return wrong(e, part_names[k], s, "is not within 0 and 1 (its scale?)");
	return 1;
}

static int
line_symbol(struct foreign *f, struct rec *r, struct err *e)
{
	struct str s;
	size_t strip = strlen(f->strip);

	r->sym = f->sym;
	if (!part_text(f, P_SYM, &s))
		return r->sym ? 0 : err_set(e, ERR_DATA, "no symbol");
	for (size_t i = 0; i < f->naliases; i++)
		if (str_eqz(s, f->aliases[i].from)) {
			r->sym = f->aliases[i].sym;
			return 0;
		}
	if (strip && s.n > strip && memcmp(s.p, f->strip, strip) == 0)
		s = (struct str){ s.p + strip, s.n - strip };
	r->sym = symtab_get(f->syms, s);
	return r->sym ? 0 : wrong(e, "symbol", s, "is none of ours; map it under symbols");
}

static int
line_times(struct foreign *f, struct rec *r, struct err *e)
{
	struct str s;

	if (!part_text(f, P_TS, &s))
		return err_set(e, ERR_DATA, "no time");
	if (!tim_parse(s.p, s.n, &r->ts, NULL) || r->ts > INT64_MAX - f->delay)
		return wrong(e, "time", s, "is no time");
	r->ts += f->delay;
	if (part_text(f, P_EXPIRES, &s)) {
		if (!tim_parse(s.p, s.n, &r->signal.expires, NULL))
			return wrong(e, "expires", s, "is no time");
		rec_mark(r, F_signal_expires);
	} else if (f->ttl && r->ts <= INT64_MAX / 2) {
		rec_set(r, F_signal_expires, r->signal.expires, num_add(r->ts, f->ttl));
	}
	return 0;
}

static int
line_texts(struct foreign *f, struct rec *r, struct err *e)
{
	struct str s;

	rec_set(r, F_signal_source, r->signal.source, str_z(f->source));
	if (part_text(f, P_SOURCE, &s)) {
		if (!plain_text(s))
			return wrong(e, "source", s, "must be at most 63 plain characters");
		r->signal.source = s;
	}
	if (!r->signal.source.n)
		return err_set(e, ERR_DATA, "no source");
	if (part_text(f, P_LABEL, &s) && plain_text(s))
		rec_set(r, F_signal_label, r->signal.label, s);
	if (part_text(f, P_HORIZON, &s) && plain_text(s))
		rec_set(r, F_signal_horizon, r->signal.horizon, s);
	return 0;
}

static int
line_record(struct foreign *f, struct rec *r, struct err *e)
{
	double v;

	rec_init(r, REC_signal, 0, NULL);
	r->signal = (struct rec_signal){ 0 };
	int rc = line_direction(f, r, e);
	if (rc <= 0)
		return rc;
	if ((rc = line_symbol(f, r, e)) < 0 || (rc = line_times(f, r, e)) < 0 ||
	    (rc = line_texts(f, r, e)) < 0)
		return rc;
	rc = line_unit(f, P_STRENGTH, f->strength_scale, &v, e);
	if (rc > 0)
		rec_set(r, F_signal_strength, r->signal.strength, v);
	if (rc < 0)
		return rc;
	rc = line_unit(f, P_CONFIDENCE, f->confidence_scale, &v, e);
	if (rc > 0)
		rec_set(r, F_signal_confidence, r->signal.confidence, v);
	return rc < 0 ? rc : 1;
}

int
foreign_line(struct foreign *f, const char *p, size_t n, struct rec *r, struct err *e)
{
	if (n == 0)
		return 0;
	if (!f->started)
		f->is_csv = f->format ? f->format == 1 : p[0] != '{';
	if (!f->is_csv) {
		f->started = true;
		json_free(f->doc);
		f->doc = json_parse_text(p, n, e);
		if (!f->doc)
			return e->code;
		if (json_kind(f->doc) != JSON_IS_OBJECT)
			return err_set(e, ERR_DATA, "is no JSON object");
		return line_record(f, r, e);
	}
	if (!cells_csv(&f->cells, p, n, f->delimiter))
		return err_set(e, ERR_DATA, "a quote is not closed");
	if (!f->started) {
		int rc = find_columns(f, e);

		f->started = true;
		if (rc < 0 || f->header)
			return rc;
	}
	return line_record(f, r, e);
}

/* ---- files ---- */

static size_t
keep_text(struct foreign *f, struct str s)
{
	size_t at = f->arena.len;

	buf_put(&f->arena, s.p, s.n);
	return at;
}

static int
keep(void *arg, const struct rec *r)
{
	struct foreign *f = arg;
	const struct rec_signal *s = &r->signal;
	struct kept *k = MEM_AT(f->kept, f->capkept, f->nkept);

	*k = (struct kept){ .ts = r->ts, .order = f->nkept, .sym = r->sym, .has = r->has };
	k->direction = s->direction;
	if (rec_has(r, F_signal_strength))
		k->strength = s->strength;
	if (rec_has(r, F_signal_confidence))
		k->confidence = s->confidence;
	if (rec_has(r, F_signal_expires))
		k->expires = s->expires;
	k->source = keep_text(f, s->source);
	k->nsource = s->source.n;
	if (rec_has(r, F_signal_label)) {
		k->label = keep_text(f, s->label);
		k->nlabel = s->label.n;
	}
	if (rec_has(r, F_signal_horizon)) {
		k->horizon = keep_text(f, s->horizon);
		k->nhorizon = s->horizon.n;
	}
	f->nkept++;
	f->sorted = false;
	return 0;
}

int
foreign_each(struct foreign *f, const char *path, int (*fn)(void *arg, const struct rec *r),
    int (*idle)(void *arg), void *arg, struct err *e)
{
	struct io_in *in = io_in_open(path, e);
	const char *p;
	size_t n;
	int rc;

	if (!in)
		return e->code;
	foreign_start(f);
	for (;;) {
		struct rec r = { .type = REC_signal };

		rc = io_in_line(in, false, &p, &n, e);
		if (rc == 2) {
			rc = idle ? idle(arg) : 0;
			if (rc == 0)
				rc = io_in_line(in, true, &p, &n, e);
		}
		if (rc <= 0)
			break;
		rc = foreign_line(f, p, n, &r, e);
		if (rc < 0) {
			err_wrap(e, "%s: line %llu", io_in_name(in),
			    (unsigned long long)io_in_lineno(in));
			break;
		}
		if (rc == 1 && (rc = fn(arg, &r)) < 0)
			break;
	}
	io_in_free(in);
	return rc;
}

int
foreign_load(struct foreign *f, const char *path, struct err *e)
{
	if (strcmp(path, "-") == 0)
		return err_set(e, ERR_USAGE, "--in -: standard input is the stream");
	return foreign_each(f, path, keep, NULL, f, e);
}

static int
by_time(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	if (x->ts != y->ts)
		return x->ts < y->ts ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

bool
foreign_next(struct foreign *f, int64_t t, struct rec *r)
{
	if (!f->sorted && f->nkept)
		qsort(f->kept, f->nkept, sizeof *f->kept, by_time);
	f->sorted = true;
	if (f->next == f->nkept || f->kept[f->next].ts > t)
		return false;
	const struct kept *k = &f->kept[f->next++];
	const char *text = f->arena.p;

	rec_init(r, REC_signal, k->ts, k->sym);
	r->has = k->has;
	r->signal.direction = k->direction;
	r->signal.strength = k->strength;
	r->signal.confidence = k->confidence;
	r->signal.expires = k->expires;
	r->signal.source = (struct str){ text + k->source, k->nsource };
	r->signal.label = (struct str){ text + k->label, k->nlabel };
	r->signal.horizon = (struct str){ text + k->horizon, k->nhorizon };
	return true;
}
