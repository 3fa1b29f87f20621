/*
 * TAP for unit tests: each is a small program.
 *
 *	int
 *	main(void)
 *	{
 *		ok(1 + 1 == 2, "sums");
 *		is_i64(f(3), 9, "f(%d)", 3);
 *		return done_testing();
 *	}
 *
 * A check returns whether it held, so that a test can stop where going on makes no sense.
 */
#ifndef TP_TEST_T_H
#define TP_TEST_T_H

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T_UNUSED __attribute__((unused))

static int t_run, t_failed;

static bool
t_report(bool good, const char *file, int line, const char *fmt, va_list ap)
{
	printf("%sok %d - ", good ? "" : "not ", ++t_run);
	vprintf(fmt, ap);
	putchar('\n');
	if (!good) {
		t_failed++;
		printf("#   at %s:%d\n", file, line);
	}
	fflush(stdout);
	return good;
}

T_UNUSED __attribute__((format(printf, 4, 5))) static bool
t_ok(bool good, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	t_report(good, file, line, fmt, ap);
	va_end(ap);
	return good;
}

T_UNUSED __attribute__((format(printf, 5, 6))) static bool
t_is_i64(int64_t got, int64_t want, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	t_report(got == want, file, line, fmt, ap);
	va_end(ap);
	if (got != want)
		printf("#   got %" PRId64 ", wanted %" PRId64 "\n", got, want);
	return got == want;
}

/* |got - want| <= tol; tol 0 asks for the same value. NaN equals NaN. */
T_UNUSED __attribute__((format(printf, 6, 7))) static bool
t_is_f64(double got, double want, double tol, const char *file, int line, const char *fmt, ...)
{
	bool good = (isnan(got) && isnan(want)) || got == want || fabs(got - want) <= tol;
	va_list ap;

	va_start(ap, fmt);
	t_report(good, file, line, fmt, ap);
	va_end(ap);
	if (!good)
		printf("#   got %.17g, wanted %.17g within %g\n", got, want, tol);
	return good;
}

T_UNUSED static void
t_diag_text(const char *what, const char *p, size_t n)
{
	printf("#   %s: ", what);
	for (size_t i = 0; i < n && i < 2000; i++) {
		putchar(p[i]);
		if (p[i] == '\n' && i + 1 < n)
			printf("#     ");
	}
	putchar('\n');
}

T_UNUSED __attribute__((format(printf, 7, 8))) static bool
t_is_mem(const char *got, size_t ngot, const char *want, size_t nwant, const char *file, int line,
    const char *fmt, ...)
{
	bool good = got && want ? ngot == nwant && memcmp(got, want, ngot) == 0 : got == want;
	va_list ap;

	va_start(ap, fmt);
	t_report(good, file, line, fmt, ap);
	va_end(ap);
	if (!good) {
		t_diag_text("got", got ? got : "(null)", got ? ngot : 6);
		t_diag_text("wanted", want ? want : "(null)", want ? nwant : 6);
	}
	return good;
}

static inline size_t
t_len(const char *z)
{
	return z ? strlen(z) : 0;
}

#define ok(cond, ...) t_ok((cond), __FILE__, __LINE__, __VA_ARGS__)
#define is_i64(got, want, ...) t_is_i64((got), (want), __FILE__, __LINE__, __VA_ARGS__)
#define is_f64(got, want, tol, ...) t_is_f64((got), (want), (tol), __FILE__, __LINE__, __VA_ARGS__)
/* NUL-terminated text; NULL equals NULL */
#define is_str(got, want, ...) \
	t_is_mem((got), t_len(got), (want), t_len(want), __FILE__, __LINE__, __VA_ARGS__)
#define is_mem(got, ngot, want, nwant, ...) \
	t_is_mem((got), (ngot), (want), (nwant), __FILE__, __LINE__, __VA_ARGS__)
#define t_skip(why) printf("ok %d # skip %s\n", ++t_run, (why))
/* words in the log */
#define t_note(...) (printf("# "), printf(__VA_ARGS__), putchar('\n'))

/* The plan, last; `return done_testing();` from main. */
T_UNUSED static int
done_testing(void)
{
	printf("1..%d\n", t_run);
	return t_failed != 0 || t_run == 0;
}

/* Path of a file of testdata/, from the top of the tree or from TP_ROOT. Not reentrant. */
T_UNUSED static const char *
t_data(const char *name)
{
	static char path[1024];
	const char *root = getenv("TP_ROOT");

	snprintf(path, sizeof path, "%s/testdata/%s", root ? root : ".", name);
	return path;
}

/* Path below ../shared; NULL when it is not there. Not reentrant. */
T_UNUSED static const char *
t_shared(const char *name)
{
	static char path[1024];
	const char *shared = getenv("TP_SHARED"), *root = getenv("TP_ROOT");
	FILE *f;

	if (shared)
		snprintf(path, sizeof path, "%s/%s", shared, name);
	else
		snprintf(path, sizeof path, "%s/../shared/%s", root ? root : ".", name);
	f = fopen(path, "rb");
	if (!f)
		return NULL;
	fclose(f);
	return path;
}

#endif
