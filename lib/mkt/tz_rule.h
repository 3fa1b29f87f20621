/* The POSIX TZ string of a TZif footer, such as "EST5EDT,M3.2.0,M11.1.0". For tz.c alone. */
#ifndef TP_MKT_TZ_RULE_H
#define TP_MKT_TZ_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tz_change {
	char form;   /* 'M' month.week.day, 'J' 1..365 without Feb 29, '0' 0..365 with it */
	int m, w, d; /* for 'J' and '0' only d */
	int32_t sec; /* seconds after local midnight, -167 h..167 h */
};

struct tz_rule {
	int32_t std_off, dst_off; /* seconds east */
	bool dst;
	struct tz_change start, end;
};

bool
tz_rule_parse(const char *p, size_t n, struct tz_rule *r);
/* Wall-clock seconds since 1970 (as if UTC) at which the change happens in year y. */
int64_t
tz_rule_when(const struct tz_change *c, int y);

#endif
