/* Rows decoded by a thread: the records, lines and symbols that one gets without. */
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "feed/rows.h"
#include "unit/t.h"

static const char head[] = "ts,sym,open,high,low,close,volume\n";

/* Rows of several symbols, every 700th one not as the scanner knows it, every 900th none at all. */
static void
make_file(const char *path, int rows)
{
	FILE *f = fopen(path, "w");

	fputs(head, f);
	for (int i = 0; i < rows; i++) {
		if (i % 900 == 899)
			fputs(i % 1800 == 899 ? "no row\n" : "\n", f);
		fprintf(f,
		    i % 700 == 699 ? "\"2024-01-02T%02d:%02d:%02dZ\",S%d,%d.5,%d,1,%d.25,7%s"
				   : "2024-01-02T%02d:%02d:%02dZ,S%d,%d.5,%d,1,%d.25,7%s",
		    i / 3600 % 24, i / 60 % 60, i % 60, i / 5000, i % 977, i % 977 + 1, i % 977,
		    i + 1 < rows ? "\n" : ""); /* the last one is not ended */
	}
	fclose(f);
}

struct reader {
	struct symtab *syms;
	struct io_in *in;
	struct rec_dec *dec;
	struct rows *rows;
	struct err e;
};

/* Opened, the header read; with a thread or without. */
static void
begin(struct reader *k, const char *path, bool thread)
{
	const char *p;
	size_t n;
	struct rec r;

	*k = (struct reader){ .syms = symtab_new(), .in = io_in_open(path, &k->e) };
	k->dec = rec_dec_new(k->syms, NULL);
	if (io_in_line(k->in, true, &p, &n, &k->e) == 1)
		rec_dec_line(k->dec, p, n, UINT32_MAX, &r, &k->e);
	if (thread)
		k->rows = rows_start(k->in, k->dec, k->syms);
}

static void
end(struct reader *k)
{
	rows_stop(k->rows);
	rec_dec_free(k->dec);
	io_in_free(k->in);
	symtab_free(k->syms);
}

/* As rec_dec_line: 1 a record, 0 no record, ERR_DATA; 9 at the end. */
static int
next(struct reader *k, struct rec *r)
{
	const char *p;
	size_t n;
	int rc;

	if (!k->rows) {
		rc = io_in_line(k->in, true, &p, &n, &k->e);
	} else {
		do {
			if (rows_row(k->rows, r))
				return 1;
			rc = rows_line(k->rows, false, &p, &n, &k->e);
			if (rc == 2)
				rc = rows_line(k->rows, true, &p, &n, &k->e);
		} while (rc == ROWS_HERE);
	}
	return rc == 1 ? rec_dec_line(k->dec, p, n, UINT32_MAX, r, &k->e) : rc == 0 ? 9 : rc;
}

static void
compare(const char *path)
{
	struct reader a, b;
	int64_t records = 0, bad = 0, differ = 0;
	int ra, rb;

	begin(&a, path, true);
	begin(&b, path, false);
	ok(a.rows != NULL, "there is a thread");
	do {
		struct buf x = { 0 }, y = { 0 };
		struct rec r, s;

		ra = next(&a, &r);
		rb = next(&b, &s);
		records += ra == 1;
		bad += ra == ERR_DATA;
		differ += ra != rb;
		if (ra == 1 && rb == 1) {
			differ += r.sym->id != s.sym->id;
			rec_enc_json(&x, &r);
			rec_enc_json(&y, &s);
			differ += !str_eq(buf_str(&x), buf_str(&y));
		} else if (ra == ERR_DATA) {
			differ += strcmp(a.e.msg, b.e.msg) != 0;
		}
		buf_free(&x);
		buf_free(&y);
	} while (ra != 9 && rb != 9);
	is_i64(differ, 0, "all records, words and numbers of symbols are the same");
	is_i64(records, 40000, "of 40,000 rows");
	is_i64(bad, 22, "and 22 bad lines");
	is_i64(next(&a, &(struct rec){ 0 }), 9, "the end stays the end");
	end(&a);
	end(&b);
}

int
main(void)
{
	char path[] = "/tmp/tp-rows-XXXXXX";
	struct reader k;
	struct rec r;
	cpu_set_t set;

	close(mkstemp(path));
	make_file(path, 100);
	begin(&k, path, true);
	ok(k.rows == NULL, "none for a short file");
	end(&k);
	make_file(path, 40000);
	if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 1)
		compare(path);
	else
		t_skip("one processor: no thread");
	begin(&k, path, true);
	ok(next(&k, &r) == 1 && next(&k, &r) == 1, "two rows, and no more are wanted");
	end(&k);
	begin(&k, path, true);
	end(&k);
	ok(true, "or none");
	unlink(path);
	return done_testing();
}
