/* Time zones from the system's tzdata (TZif files), DST included. Read once, at open. */
#ifndef TP_MKT_TZ_H
#define TP_MKT_TZ_H

#include <stdint.h>

#include "base/err.h"

struct tz; /* opaque */

/* "America/New_York", "UTC"; looks in $TZDIR or /usr/share/zoneinfo. NULL with the reason. */
struct tz *
tz_open(const char *name, struct err *e);
void
tz_free(struct tz *z);
/* seconds east of UTC at an instant */
int32_t
tz_offset(const struct tz *z, int64_t utc_ns);
/* Wall-clock ns (as if it were UTC) -> instant. A time that DST skips gives the instant after
 * the gap; one that occurs twice gives the first. */
int64_t
tz_to_utc(const struct tz *z, int64_t local_ns);
static inline int64_t
tz_to_local(const struct tz *z, int64_t utc_ns)
{
	return utc_ns + (int64_t)tz_offset(z, utc_ns) * 1000000000;
}

#endif
