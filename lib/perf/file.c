#include "perf/file.h"

#include "io/in.h"

static int
each_line(struct io_in *in, struct rec_dec *d, struct perf_file *f,
    int (*fn)(void *arg, const struct rec *r), void *arg, struct err *e)
{
	const char *p;
	size_t n;
	struct rec r;

	for (;;) {
		int rc = io_in_line(in, true, &p, &n, e);

		if (rc <= 0)
			return rc;
		rc = rec_dec_line(d, p, n, f->want | REC_BIT(watermark), &r, e);
		bool bad_line = rc < 0;

		if (rc == 1)
			rc = fn(arg, &r);
		if (rc >= 0)
			continue;
		if (rc == ERR_DATA)
			err_wrap(e, "%s: line %llu", io_in_name(in),
			    (unsigned long long)io_in_lineno(in));
		if (!bad_line || !f->skip_bad || io_in_lineno(in) <= 1) /* never a header */
			return rc;
		if (f->skipped++ == 0)
			f->first_bad = *e;
	}
}

int
perf_file_each(const char *path, struct perf_file *f, int (*fn)(void *arg, const struct rec *r),
    void *arg, struct err *e)
{
	struct io_in *in = io_in_open(path, e);
	struct rec_dec *d;
	int rc;

	if (!in)
		return e->code;
	d = rec_dec_new(f->syms, &f->layout);
	rc = each_line(in, d, f, fn, arg, e);
	rec_dec_free(d);
	io_in_free(in);
	return rc;
}
