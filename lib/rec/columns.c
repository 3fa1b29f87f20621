/* --columns: "ts=Date,price=Last", our key = their column, or its number counted from 1. */
#include "base/mem.h"
#include "rec/dec.h"

bool
dec_columns_name(const char *columns, struct str header, size_t number, struct str *ours)
{
	char num[24];

	*num_put_u64(num, number + 1) = '\0';
	for (const char *p = columns; p && *p;) {
		size_t k = strcspn(p, ","), eq = strcspn(p, "=,");
		struct str from = { p + eq + 1, k > eq ? k - eq - 1 : 0 };

		const char *plus = memchr(from.p, '+', from.n);
		struct str second = { 0, 0 };

		if (eq < k && plus && eq == 2 && memcmp(p, "ts", 2) == 0 && !str_eq(from, header)) {
			second = (struct str){ plus + 1, (size_t)(from.p + from.n - plus - 1) };
			from.n = (size_t)(plus - from.p);
		}
		if (eq < k && (str_eq(from, header) || str_eqz(from, num))) {
			*ours = (struct str){ p, eq };
			return true;
		}
		if (second.n && (str_eq(second, header) || str_eqz(second, num))) {
			*ours = str_z(DEC_TIME_OF_DAY);
			return true;
		}
		p += k + (p[k] == ',');
	}
	return false;
}

bool
dec_columns_taken(const char *columns, struct str name)
{
	for (const char *p = columns; p && *p;) {
		size_t k = strcspn(p, ","), eq = strcspn(p, "=,");

		if (eq < k && str_eq((struct str){ p, eq }, name))
			return true;
		p += k + (p[k] == ',');
	}
	return false;
}

static bool
has_column(struct str name, const struct str *header, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(name, header[i]))
			return true;
	return false;
}

/* Does the file have what a pair names: one column by name or number, or for ts two, "Date+Time"?
 */
static bool
pair_fits(struct str ours, struct str from, const struct str *header, size_t n)
{
	const char *plus = memchr(from.p, '+', from.n);
	uint64_t num;

	if (plus && str_eqz(ours, "ts") &&
	    has_column((struct str){ from.p, (size_t)(plus - from.p) }, header, n) &&
	    has_column((struct str){ plus + 1, (size_t)(from.p + from.n - plus - 1) }, header, n))
		return true;
	return has_column(from, header, n) ||
	       (num_u64(from.p, from.n, &num) && num >= 1 && num <= n);
}

int
dec_columns_fit(struct rec_dec *d, bool lenient, const char **mapping, const struct str *header,
    size_t n, struct err *e)
{
	const char *columns = d->layout.columns;
	int pair = 0;

	buf_clear(&d->fitting);
	d->mapped = 0;
	for (const char *p = columns; p && *p; pair++) {
		size_t k = strcspn(p, ","), eq = strcspn(p, "=,");
		struct str from = { p + eq + 1, k > eq ? k - eq - 1 : 0 };

		if (eq == k || eq == 0 || from.n == 0)
			return err_set(
			    e, ERR_USAGE, "--columns: '%.*s' is not NAME=COLUMN", (int)k, p);
		if (pair_fits((struct str){ p, eq }, from, header, n)) {
			d->mapped |= pair < 64 ? UINT64_C(1) << pair : 0;
			buf_put(&d->fitting, p, k);
			buf_putc(&d->fitting, ',');
		} else if (!lenient) {
			return err_set(e, ERR_DATA, "the file has no column '%.*s'", STR_FMT(from));
		}
		p += k + (p[k] == ',');
	}
	*mapping = lenient ? buf_z(&d->fitting) : columns;
	return 0;
}
