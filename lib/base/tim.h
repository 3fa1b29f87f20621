/* Instants: int64 nanoseconds since 1970-01-01T00:00:00Z. No time zones here (mkt/tz.h). */
#ifndef TP_BASE_TIM_H
#define TP_BASE_TIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIM_US INT64_C(1000)
#define TIM_MS INT64_C(1000000)
#define TIM_SEC INT64_C(1000000000)
#define TIM_MIN (60 * TIM_SEC)
#define TIM_HOUR (3600 * TIM_SEC)
#define TIM_DAY (86400 * TIM_SEC)
#define TIM_NONE INT64_MIN /* "no time" */

#define TIM_LEN 30 /* 2024-03-08T14:30:00.376000000Z */

/* RFC 3339 ("T" or a space, 0-9 fraction digits, Z or a numeric offset), a bare date
 * (midnight UTC; YYYYMMDD as well), or an epoch integer of seconds, ms, us or ns told apart by its
 * size (< 1e11 s, < 1e14 ms, < 1e17 us, else ns). *zoneless is set when a time of day came without
 * an offset and was read as UTC; may be NULL. Years 1678 to 2261. */
bool
tim_parse(const char *p, size_t n, int64_t *ns, bool *zoneless);
/* TIM_LEN bytes, no NUL; returns the end */
char *
tim_put(char *o, int64_t ns);

/* days since 1970-01-01 of a proleptic Gregorian date, and back */
int64_t
tim_days(int y, int m, int d);
void
tim_civil(int64_t days, int *y, int *m, int *d);

/* floor division, for times before 1970 too */
static inline int64_t
tim_floor(int64_t t, int64_t step)
{
	int64_t q = t / step;

	if (t % step < 0)
		q--;
	return q * step;
}

static inline int64_t
tim_day(int64_t t) /* day number */
{
	return tim_floor(t, TIM_DAY) / TIM_DAY;
}

/* "250ms" "90s" "7m" "1h" "2d" "1w" -> ns; a bare number is seconds. false when not so. */
bool
tim_span(const char *p, size_t n, int64_t *ns);

/* ns of a clock that nobody sets, to tell how long something took. A stage reads no clock for what
 * it decides. */
int64_t
tim_mono(void);

#endif
