/* Numbers for people. */
#include "perf/write.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void
perf_put_commas(char *b, const char *digits)
{
	size_t whole;

	if (*digits == '-')
		*b++ = *digits++;
	whole = strspn(digits, "0123456789");
	for (size_t i = 0; i < whole; i++) {
		if (i > 0 && (whole - i) % 3 == 0)
			*b++ = ',';
		*b++ = digits[i];
	}
	strcpy(b, digits + whole);
}

/* To the cent, half-even. */
char *
perf_text_money(char b[48], int64_t micro)
{
	int64_t cents = (int64_t)num_div_even(micro, 10000);
	uint64_t a = cents < 0 ? -(uint64_t)cents : (uint64_t)cents;
	char d[NUM_MAX];

	snprintf(d, sizeof d, "%s%llu.%02llu", cents < 0 ? "-" : "", (unsigned long long)(a / 100),
	    (unsigned long long)(a % 100));
	perf_put_commas(b, d);
	return b;
}

char *
perf_text_count(char b[48], int64_t n)
{
	char d[32];

	snprintf(d, sizeof d, "%lld", (long long)n);
	perf_put_commas(b, d);
	return b;
}

/* Two decimals, or as many as three digits need: a drawdown of 0.000174 % is not 0.00 %. */
char *
perf_text_percent(char b[48], double ratio)
{
	double x = ratio * 100, a = fabs(x);
	int decimals = a >= 0.1 || a == 0 ? 2 : a >= 0.01 ? 4 : a >= 0.001 ? 5 : 6;
	char d[32];

	if (a >= 1e9 || (a > 0 && a < 1e-4))
		snprintf(d, sizeof d, "%.3g %%", x);
	else
		snprintf(d, sizeof d, "%.*f %%", decimals, a > 0 ? x : 0.0);
	perf_put_commas(b, d);
	return b;
}

char *
perf_text_ratio(char b[48], double v)
{
	double a = fabs(v);
	char d[32];

	if (a >= 1e7 || (a > 0 && a < 1e-3))
		snprintf(d, sizeof d, "%.3g", v);
	else
		snprintf(d, sizeof d, "%.*f", a >= 1000 ? 1 : a >= 100 ? 2 : 3, a > 0 ? v : 0.0);
	perf_put_commas(b, d);
	return b;
}

char *
perf_text_span(char b[48], double seconds)
{
	double days = floor(seconds / 86400), rest = seconds - days * 86400;
	int h = (int)(rest / 3600), m = (int)(rest / 60) % 60;
	char d[40];

	if (seconds < 60)
		snprintf(b, 48, "%.3g s", seconds);
	else if (days >= 1) {
		snprintf(d, sizeof d, "%.0f d %02d:%02d", days, h, m);
		perf_put_commas(b, d);
	} else
		snprintf(b, 48, "%02d:%02d:%02d", h, m, (int)rest % 60);
	return b;
}

/* 0.50 -> 0.5, 100,000.00 -> 100,000 */
void
perf_trim_zeros(char *digits)
{
	char *dot = strchr(digits, '.'), *end = digits + strlen(digits);

	if (!dot || strspn(dot + 1, "0123456789") != (size_t)(end - dot - 1))
		return;
	while (end > dot && (end[-1] == '0' || end[-1] == '.'))
		*--end = '\0';
}

size_t
perf_text_width(const char *z)
{
	size_t n = 0;

	for (; *z; z++)
		n += (*z & 0xC0) != 0x80;
	return n;
}
