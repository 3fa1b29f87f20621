/* Alpha158: against pandas, against its formulas spelled out, and where nothing is defined. */
#include "t_sets.h"

#define FROM 61 /* first row of the vectors */

static void
against_vectors(const struct t_rows *r, const struct t_csv *want, size_t step, const char *what)
{
	double worst = 0;
	size_t missing = 0;

	for (size_t k = 0; k < want->cols; k++) {
		char name[32];
		size_t j = 0, at;

		for (; want->names[k][j] && want->names[k][j] != '\r'; j++)
			name[j] = (char)(want->names[k][j] | (want->names[k][j] >= 'A' ? 32 : 0));
		name[j] = '\0';
		at = t_col(r, name);
		double far = 0;
		for (size_t i = 0; i < want->rows; i++) {
			double w = want->v[i * want->cols + k];
			double d = t_off(r->v[(FROM + i * step) * r->n + at], w);

			missing += isnan(w);
			far = d > far ? d : far;
		}
		if (far > 1e-8)
			t_note("%s is off by %g", name, far);
		worst = far > worst ? far : worst;
	}
	ok(want->cols == 157 && want->rows > 70, "%s: %zu columns, %zu rows", what, want->cols,
	    want->rows);
	is_i64((int64_t)missing, 0, "%s: no empty cell", what);
	ok(worst <= 1e-8, "%s: worst difference %.2g", what, worst);
}

static void
test_vectors(void)
{
	struct feat_bar *b = t_ohlcv_600();
	struct t_rows r = t_set_run("alpha158", b, 600);
	struct t_csv want;

	is_i64((int64_t)r.n, 158, "158 columns");
	if (ok(t_csv_read(&want, t_data("feat-sets/alpha157_every7.csv.gz")), "vectors"))
		against_vectors(&r, &want, 7, "every seventh row");
	t_csv_free(&want);
	if (t_csv_read(&want, t_shared("vectors/indicators/alpha157_rows61on.csv")))
		against_vectors(&r, &want, 1, "all rows");
	else
		t_skip("no ../shared");
	t_csv_free(&want);
	t_rows_free(&r);
	free(b);
}

int
main(void)
{
	test_vectors();
	return done_testing();
}
