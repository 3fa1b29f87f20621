/* How far it is, for a person who waits: on a terminal, in the foreground, after two seconds. */
#ifndef TP_FEED_PROGRESS_H
#define TP_FEED_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

bool
progress_due(int64_t since_ns);
/* one line, over the one before */
void
progress_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* takes the line away */
void
progress_end(void);

#endif
