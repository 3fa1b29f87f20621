/* The report as text: for programs (JSON, NDJSON, CSV) and for people (a table with plots). */
#ifndef TP_PERF_WRITE_H
#define TP_PERF_WRITE_H

#include "perf/run.h"

void
perf_write_json(const struct perf_run *run, struct buf *out);
void
perf_write_ndjson(const struct perf_run *run, struct buf *out);
void
perf_write_csv(const struct perf_run *run, struct buf *out);

struct perf_look {
	int width; /* columns */
	bool utf8; /* block and braille characters; else ASCII */
};
void
perf_write_table(const struct perf_run *run, const struct perf_look *look, struct buf *out);

/* Several runs side by side, the later ones compared with the first. */
void
perf_compare_table(
    const struct perf_run *runs, size_t n, const struct perf_look *look, struct buf *out);
void
perf_compare_json(const struct perf_run *runs, size_t n, struct buf *out);
void
perf_compare_csv(const struct perf_run *runs, size_t n, struct buf *out);

#define PERF_LABEL_MAX 12

/* A line of numbers drawn over `rows` text rows and look->width columns, with its axis. */
struct perf_curve {
	const double *y;
	size_t n;
	bool area; /* filled from the top: drawdowns */
	/* text of a value for the axis, at most PERF_LABEL_MAX characters */
	void (*label)(char b[32], double v, double span);
};
void
perf_plot(const struct perf_curve *c, const struct perf_look *look, int rows, struct buf *out);

/* ---- numbers for people, right-aligned by the caller; b takes 48 bytes ---- */
char *
perf_text_percent(char b[48], double ratio);
char *
perf_text_money(char b[48], int64_t micro); /* 1,234,567.89 */
char *
perf_text_count(char b[48], int64_t n);
char *
perf_text_ratio(char b[48], double v);
char *
perf_text_span(char b[48], double seconds); /* 3d 04:05 */
void
perf_put_commas(char *b, const char *digits); /* 1234567.5 -> 1,234,567.5 */
size_t
perf_text_width(const char *z); /* characters of UTF-8 text */
void
perf_trim_zeros(char *digits); /* 100.50 -> 100.5, 100.00 -> 100 */

#endif
