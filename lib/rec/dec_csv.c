/*
 * CSV rows. Columns are found by the header's names, once; a row without quotes is then read
 * cell by cell straight into the record. Rows with quotes, or cells with white space around
 * them, go through libcsv.
 */
#include <csv.h>
#include <stdlib.h>
#include <strings.h>

#include "base/mem.h"
#include "rec/dec.h"

/* ---- rows by libcsv ---- */

struct split {
	struct rec_dec *d;
	size_t n, rows;
};

static void
on_cell(void *cell, size_t n, void *arg)
{
	struct split *s = arg;
	struct rec_dec *d = s->d;
	char *at = d->cells.p + d->cells.len; /* room was made before: pieces never move */

	if (s->rows)
		return;
	memcpy(at, cell, n);
	d->cells.len += n;
	d->cell_at = mem_grow(d->cell_at, &d->ncell_at, s->n, sizeof *d->cell_at);
	d->cell_at[s->n++] = (struct str){ at, n };
}

static void
on_row(int c, void *arg)
{
	struct split *s = arg;

	(void)c;
	s->rows++;
}

int
dec_csv_split(struct rec_dec *d, const char *p, size_t n, size_t *ncells, struct err *e)
{
	struct csv_parser csv;
	struct split s = { d, 0, 0 };
	int rc = 0;

	buf_clear(&d->cells);
	buf_room(&d->cells, n + 1);
	if (memchr(p, '\0', n))
		return err_set(e, ERR_DATA, "a NUL byte: not a text file");
	if (csv_init(&csv, CSV_STRICT | CSV_STRICT_FINI) != 0)
		return err_set(e, ERR_FAIL, "cannot set up the CSV reader");
	if (csv_parse(&csv, p, n, on_cell, on_row, &s) != n ||
	    csv_fini(&csv, on_cell, on_row, &s) != 0)
		rc = err_set(e, ERR_DATA, "not CSV: %s", csv_strerror(csv_error(&csv)));
	else if (s.rows > 1)
		rc = err_set(e, ERR_DATA, "not CSV: a carriage return inside the row");
	csv_free(&csv);
	*ncells = s.n;
	return rc;
}

/* ---- the header ---- */

static enum rec_type
type_by_names(const struct str *names, size_t n)
{
	static const enum rec_type order[] = { REC_bar, REC_quote, REC_trade, REC_corporate_action,
		REC_order, REC_fill, REC_order_status, REC_portfolio, REC_position, REC_target,
		REC_signal, REC_pattern, REC_regime, REC_correction };

	for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
		uint32_t have = 0, need = rec_schemas[order[k]].required;

		for (size_t i = 0; i < n; i++) {
			const struct field *f = schema_field(order[k], names[i]);

			if (f)
				have |= UINT32_C(1) << f->bit;
		}
		if ((have & need) == need)
			return order[k];
	}
	return REC_unknown;
}

static bool
extra_taken(const struct rec_dec *d, const char *name)
{
	for (size_t i = 0; i < d->ncols; i++)
		if (d->cols[i].name && strcmp(d->cols[i].name, name) == 0)
			return true;
	return false;
}

static int
column_set(struct rec_dec *d, struct column *c, struct str name, bool explicit_, size_t number,
    uint32_t *seen, struct err *e)
{
	static const uint32_t ts_bit = UINT32_C(1) << 31, sym_bit = UINT32_C(1) << 30;
	const struct field *f = schema_field(d->type, name);
	uint32_t bit = f ? UINT32_C(1) << f->bit : 0;

	*c = (struct column){ .role = COL_EXTRA };
	if (name.n && !dec_utf8(name))
		return err_set(e, ERR_DATA, "the name of column %zu is not UTF-8", number + 1);
	if (f && !(*seen & bit)) {
		c->role = COL_FIELD;
		c->field = f;
	} else if (explicit_ && str_eqz(name, DEC_TIME_OF_DAY)) {
		c->role = COL_TIME;
	} else if (schema_is_ts_header(name) && !(*seen & ts_bit)) {
		c->role = COL_TS;
		bit = ts_bit;
	} else if (schema_is_sym_header(name) && !(*seen & sym_bit)) {
		c->role = COL_SYM;
		bit = sym_bit;
	} else if (explicit_) {
		return err_set(e, ERR_USAGE, "--columns: %.*s is no key of a %s", STR_FMT(name),
		    rec_type_name(d->type));
	} else {
		/* a foreign column must not hide one of our own keys */
		bool clash =
		    f || schema_is_ts(name) || schema_is_sym(name) || str_eqz(name, "type");
		struct buf b = { 0 };

		if (clash)
			buf_puts(&b, "csv_");
		if (name.n)
			buf_put(&b, name.p, name.n);
		else
			buf_printf(&b, "csv_%zu", number + 1);
		while (extra_taken(d, buf_z(&b))) /* a JSON key stands once */
			buf_printf(&b, "_%zu", number + 1);
		c->name = mem_dup(b.p, b.len);
		buf_free(&b);
	}
	*seen |= bit;
	return 0;
}

/* Are the columns ts, sym, then just these fields in this order? */
static bool
columns_are(const struct rec_dec *d, enum rec_type type, const uint8_t *bits, size_t n)
{
	if (d->type != type || d->ncols != n + 2 || d->cols[0].role != COL_TS ||
	    d->cols[1].role != COL_SYM)
		return false;
	for (size_t i = 0; i < n; i++)
		if (d->cols[i + 2].role != COL_FIELD || d->cols[i + 2].field->bit != bits[i])
			return false;
	return true;
}

static bool
named(struct str header, const char *name)
{
	return header.n == strlen(name) && strncasecmp(header.p, name, header.n) == 0;
}

/*
 * What names alone did not settle: a date column with a time column beside it, the nameless
 * first column in which pandas writes its index; and whether time and symbol are there at all.
 */
static int
settle_columns(struct rec_dec *d, const struct str *header, const bool *explicit_, struct err *e)
{
	size_t ts = d->ncols, sym = d->ncols;
	struct buf b = { 0 };
	int rc = 0;

	for (size_t i = d->ncols; i-- > 0;) {
		ts = d->cols[i].role == COL_TS ? i : ts;
		sym = d->cols[i].role == COL_SYM ? i : sym;
	}
	if (ts == d->ncols && header[0].n == 0 && d->cols[0].role == COL_EXTRA &&
	    !d->layout.no_header)
		d->cols[ts = 0].role = COL_TS;
	for (size_t i = 0; i < d->ncols; i++)
		if (ts < d->ncols && !explicit_[ts] && named(header[ts], "date") &&
		    d->cols[i].role == COL_EXTRA && named(header[i], "time"))
			d->cols[i].role = COL_TIME;
	for (size_t i = 0; i < d->ncols; i++)
		buf_printf(&b, "%s%.*s", i ? "," : "", STR_FMT(header[i]));
	if (ts == d->ncols)
		rc = err_set(e, ERR_DATA, "no column for ts among '%.200s': try --columns ts=NAME",
		    buf_z(&b));
	else if (sym == d->ncols && !d->layout.sym && schema_needs_sym(d->type))
		rc = err_set(e, ERR_DATA,
		    "no column for sym among '%.200s': give it with --sym NAME, or "
		    "--columns sym=NAME",
		    buf_z(&b));
	buf_free(&b);
	return rc;
}

static const char *
tick_fast(struct rec_dec *d, const char *p, const char *end, struct rec *r);
static const char *
bar_fast(struct rec_dec *d, const char *p, const char *end, struct rec *r);

int
dec_csv_header(struct rec_dec *d, const char *p, size_t n, struct err *e)
{
	size_t ncols = 0;
	struct str *names, *header;
	const char *mapping = NULL;
	bool *explicit_;
	uint32_t seen = 0;
	int rc;

	rc = dec_csv_split(d, p, n, &ncols, e);
	if (rc < 0)
		return rc;
	header = mem_array(ncols, sizeof *header);
	names = mem_array(ncols, sizeof *names);
	explicit_ = mem_array(ncols, sizeof *explicit_);
	for (size_t i = 0; i < ncols; i++)
		if (!d->layout.no_header)
			header[i] = d->cell_at[i];
	rc = dec_columns_fit(d, d->layout.lenient, &mapping, header, ncols, e);
	if (rc < 0)
		goto done;
	for (size_t i = 0; i < ncols; i++) {
		explicit_[i] = dec_columns_name(mapping, header[i], i, &names[i]);
		if (!explicit_[i] && !dec_columns_taken(mapping, header[i]))
			names[i] = header[i];
	}
	d->type = d->layout.type ? rec_type_of(str_z(d->layout.type)) : type_by_names(names, ncols);
	/* no record, perhaps for want of a column that was to be there: say that instead */
	if (d->type == REC_unknown && d->layout.lenient && !d->layout.type) {
		rc = dec_columns_fit(d, false, &mapping, header, ncols, e);
		if (rc < 0)
			goto done;
	}
	if (d->type == REC_unknown) {
		rc = d->layout.type
			 ? err_set(e, ERR_USAGE, "--type: '%s' is no record type", d->layout.type)
			 : err_set(e, ERR_DATA,
			       "neither NDJSON nor a CSV header that tells a record type: '%.*s' "
			       "(see "
			       "--columns, --type)",
			       (int)(n > 100 ? 100 : n), p);
		goto done;
	}
	d->cols = mem_array(ncols, sizeof *d->cols);
	d->ncols = ncols;
	for (size_t pass = 0; pass < 2; pass++) /* what the user mapped wins over mere names */
		for (size_t i = 0; i < ncols; i++) {
			if (explicit_[i] != (pass == 0))
				continue;
			rc = column_set(d, &d->cols[i], names[i].n ? names[i] : header[i],
			    explicit_[i], i, &seen, e);
			if (rc < 0)
				goto done;
		}
	rc = settle_columns(d, header, explicit_, e);
	if (rc < 0)
		goto done;
	if (d->layout.sym) {
		d->fixed_sym = symtab_get(d->syms, str_z(d->layout.sym));
		if (!d->fixed_sym)
			rc = err_set(e, ERR_USAGE, "--sym: '%s' is not a symbol", d->layout.sym);
	}
	if (columns_are(d, REC_trade, (const uint8_t[]){ F_trade_price, F_trade_size }, 2))
		d->plain = tick_fast;
	else if (columns_are(d, REC_bar,
		     (const uint8_t[]){
			 F_bar_open, F_bar_high, F_bar_low, F_bar_close, F_bar_volume },
		     5))
		d->plain = bar_fast;
done:
	if (rc < 0)
		dec_csv_release(d);
	free(header);
	free(names);
	free(explicit_);
	return rc;
}

void
dec_csv_release(struct rec_dec *d)
{
	for (size_t i = 0; i < d->ncols; i++)
		free(d->cols[i].name);
	free(d->cols);
	d->cols = NULL;
	d->ncols = 0;
	d->plain = NULL;
}

/* ---- rows, fast ---- */

/* ts,sym and then plain decimals: most of the world's tick and bar files */
static inline const char *
head_fast(struct rec_dec *d, const char *p, const char *end, struct rec *r)
{
	p = scan_ts(p, &d->date, &r->ts);
	return p && *p == ',' ? dec_sym_cell(d, p + 1, end, &r->sym) : NULL;
}

static const char *
tick_fast(struct rec_dec *d, const char *p, const char *end, struct rec *r)
{
	rec_init(r, REC_trade, 0, NULL);
	if (!(p = head_fast(d, p, end, r)) || !(p = scan_nano(p, &r->trade.price)) || *p++ != ',' ||
	    !(p = scan_nano(p, &r->trade.size)))
		return NULL;
	r->has = UINT32_C(1) << F_trade_price | UINT32_C(1) << F_trade_size;
	return p;
}

static const char *
bar_fast(struct rec_dec *d, const char *p, const char *end, struct rec *r)
{
	struct rec_bar *b = &r->bar;
	int64_t volume;

	rec_init(r, REC_bar, 0, NULL);
	if (!(p = head_fast(d, p, end, r)) || !(p = scan_nano(p, &b->open)) || *p++ != ',' ||
	    !(p = scan_nano(p, &b->high)) || *p++ != ',' || !(p = scan_nano(p, &b->low)) ||
	    *p++ != ',' || !(p = scan_nano(p, &b->close)) || *p++ != ',' ||
	    !(p = scan_nano(p, &volume)))
		return NULL;
	b->volume = volume;
	r->has = UINT32_C(1) << F_bar_open | UINT32_C(1) << F_bar_high | UINT32_C(1) << F_bar_low |
		 UINT32_C(1) << F_bar_close | UINT32_C(1) << F_bar_volume;
	return p;
}

/* Where an unquoted cell ends; NULL when libcsv must look at it (quotes, controls, outer space). */
static inline const char *
cell_end(const char *p, const char *end)
{
	const char *q = p;

	while (q < end && *q != ',') {
		if ((unsigned char)*q < 0x20 || *q == '"' || (unsigned char)*q >= 0x7f)
			return NULL;
		q++;
	}
	if (q > p && (*p == ' ' || q[-1] == ' '))
		return NULL;
	return q;
}

/* The cell at p; returns its end or NULL for the slow half. */
static inline const char *
cell_fast(struct rec_dec *d, const struct column *c, const char *p, const char *end, struct rec *r)
{
	struct err ignored;
	const char *q;

	if (c->role == COL_FIELD && (c->field->kind == K_PRICE || c->field->kind == K_SIZE)) {
		q = scan_nano(p, (int64_t *)(void *)((char *)r + c->field->off));
		if (__builtin_expect(q && (q == end || *q == ','), 1)) {
			rec_mark(r, c->field->bit);
			return q;
		}
	} else if (c->role == COL_FIELD && c->field->kind == K_SUM) {
		int64_t v;

		q = scan_nano(p, &v);
		if (q && (q == end || *q == ',')) {
			*(num_i128 *)(void *)((char *)r + c->field->off) = v;
			rec_mark(r, c->field->bit);
			return q;
		}
	} else if (c->role == COL_TS) {
		q = scan_ts(p, &d->date, &r->ts);
		if (q && (q == end || *q == ','))
			return q;
	}
	q = cell_end(p, end);
	if (!q)
		return NULL;
	if (c->role == COL_SYM) {
		r->sym = dec_sym_at(d, p, (size_t)(q - p));
		return r->sym ? q : NULL;
	}
	if (q == p)
		return q; /* empty: missing */
	if (c->role == COL_FIELD) {
		struct str text = { p, (size_t)(q - p) };

		return dec_value(d, r, c->field, text, &ignored) == 0 ? q : NULL;
	}
	if (c->role == COL_TS)
		return dec_ts(d, (struct str){ p, (size_t)(q - p) }, &r->ts, &ignored) == 0 ? q
											    : NULL;
	return c->role == COL_IGNORE ? q : NULL; /* extras: rare, let one place write them */
}

int
dec_csv_fast(struct rec_dec *d, const char *p, const char *end, struct rec *r)
{
	struct err ignored;
	const char *line = p;

	rec_init(r, d->type, TIM_NONE, d->fixed_sym);
	r->raw = (struct str){ line, (size_t)(end - line) };
	if (!d->cols)
		return 0;
	buf_clear(&d->extra);
	for (size_t i = 0; i < d->ncols; i++) {
		p = cell_fast(d, &d->cols[i], p, end, r);
		if (!p)
			return 0;
		if (i + 1 < d->ncols) {
			if (p >= end || *p != ',')
				return 0;
			p++;
		}
	}
	return p == end && dec_done(d, r, &ignored) == 1;
}

/* ---- rows, slow ---- */

/* An extra column's cell as a JSON value: a number where it is one, else text. */
static int
extra_cell(struct rec_dec *d, const struct column *c, struct str cell, struct err *e)
{
	double ignored;

	if (cell.n == 0)
		return 0;
	if (!dec_utf8(cell))
		return err_set(e, ERR_DATA, "%s: not UTF-8", c->name);
	dec_extra_key(d, str_z(c->name));
	if (num_f64(cell.p, cell.n, &ignored))
		buf_put(&d->extra, cell.p, cell.n);
	else
		rec_put_string(&d->extra, cell);
	return 0;
}

/* A time, or a date and the time of day in another cell. */
static int
ts_cells(struct rec_dec *d, struct str date, struct str time, int64_t *ts, struct err *e)
{
	char both[80];

	if (time.n == 0)
		return dec_ts(d, date, ts, e);
	if (date.n + 1 + time.n > sizeof both)
		return err_set(e, ERR_DATA, "'%.60s' is no time of day", time.p);
	memcpy(both, date.p, date.n);
	both[date.n] = ' ';
	memcpy(both + date.n + 1, time.p, time.n);
	return dec_ts(d, (struct str){ both, date.n + 1 + time.n }, ts, e);
}

int
dec_csv_slow(struct rec_dec *d, const char *p, size_t n, struct rec *r, struct err *e)
{
	size_t ncells = 0;
	int rc;

	if (!d->cols) /* --skip-bad went on behind it */
		return err_set(e, ERR_DATA, "a row without a header line that could be used");
	rc = dec_csv_split(d, p, n, &ncells, e);
	if (rc < 0)
		return rc;
	if (ncells != d->ncols)
		return err_set(e, ERR_DATA, "%zu cells in a row of %zu columns", ncells, d->ncols);
	struct str date_cell = { 0, 0 }, time_cell = { 0, 0 };

	rec_init(r, d->type, TIM_NONE, d->fixed_sym);
	r->raw = (struct str){ p, n };
	buf_clear(&d->extra);
	for (size_t i = 0; i < ncells && rc >= 0; i++) {
		const struct column *c = &d->cols[i];
		struct str cell = d->cell_at[i];

		if (c->role == COL_TIME)
			time_cell = cell;
		else if (c->role == COL_EXTRA)
			rc = extra_cell(d, c, cell, e);
		else if (c->role == COL_SYM)
			rc = dec_sym(d, r, cell, e);
		else if (cell.n == 0 || c->role == COL_IGNORE)
			continue;
		else if (c->role == COL_TS)
			date_cell = cell;
		else
			rc = dec_value(d, r, c->field, cell, e);
	}
	if (rc >= 0 && date_cell.n)
		rc = ts_cells(d, date_cell, time_cell, &r->ts, e);
	return rc < 0 ? rc : dec_done(d, r, e);
}
