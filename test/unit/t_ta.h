/* Tables of numbers for the tests of indicators: CSV, plain or gzip, first column text. */
#ifndef TP_TEST_T_TA_H
#define TP_TEST_T_TA_H

#include "base/buf.h"
#include "io/out.h"
#include "unit/t.h"

struct t_table {
	struct buf text;
	char *names[256];
	size_t cols, rows;
	double *v; /* rows x cols; an empty field is NAN */
};

static inline void
t_table_free(struct t_table *t)
{
	buf_free(&t->text);
	free(t->v);
	memset(t, 0, sizeof *t);
}

/* `first`: columns of text to pass over at the left */
static inline bool
t_table_read(struct t_table *t, const char *path, size_t first)
{
	struct err e;
	size_t cap = 0;
	char *p, *save;

	memset(t, 0, sizeof *t);
	if (io_file_read(path, 64 << 20, &t->text, &e) != 0) {
		printf("# %s\n", e.msg);
		return false;
	}
	buf_z(&t->text);
	p = t->text.p;
	for (char *q = strtok_r(p, "\n", &save); q; q = strtok_r(NULL, "\n", &save)) {
		for (size_t i = 0; q; i++) {
			char *next = strchr(q, ','), *end;

			if (next)
				*next++ = '\0';
			q[strcspn(q, "\r")] = '\0';
			if (i >= first && !cap && i - first < 256)
				t->names[t->cols++] = q;
			else if (i >= first)
				t->v[t->rows * t->cols + i - first] = *q ? strtod(q, &end) : NAN;
			q = next;
		}
		t->rows += cap > 0;
		if (t->rows >= cap) {
			cap = cap ? 2 * cap : 1024;
			t->v = realloc(t->v, cap * t->cols * sizeof *t->v);
			if (!t->v)
				abort();
		}
	}
	return t->rows > 0;
}

/* Column c as an array of its own; the caller frees it. */
static inline double *
t_table_col(const struct t_table *t, size_t c)
{
	double *v = malloc((t->rows + 1) * sizeof *v);

	if (!v)
		abort();
	for (size_t i = 0; i < t->rows; i++)
		v[i] = t->v[i * t->cols + c];
	return v;
}

#endif
