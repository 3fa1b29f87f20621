#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "feed/progress.h"

#include "base/tim.h"

static bool shown;

bool
progress_due(int64_t since_ns)
{
	return since_ns >= 2 * TIM_SEC && isatty(2) && tcgetpgrp(2) == getpgrp();
}

void
progress_say(const char *fmt, ...)
{
	va_list ap;

	shown = true;
	fputs("\r\033[K", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
}

void
progress_end(void)
{
	if (shown)
		fputs("\r\033[K", stderr);
	shown = false;
}
