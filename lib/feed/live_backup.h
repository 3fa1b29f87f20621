/* The command of --backup. */
#ifndef TP_FEED_LIVE_BACKUP_H
#define TP_FEED_LIVE_BACKUP_H

#include <stdint.h>

#include "base/err.h"

struct backup; /* opaque */
struct live;

struct backup *
backup_start(const char *command, struct err *e);
void
backup_free(struct backup *b); /* ends the command */
int
backup_fd(const struct backup *b); /* to poll; -1: it does not run */
/* Reads what is there and hands each line to live_backup_line. */
int
backup_read(struct backup *b, struct live *l);
/* when it is to be started again, having ended; monotonic ns */
int64_t
backup_due(const struct backup *b);
int
backup_restart(struct backup *b, struct live *l);
/* A line of its output. */
int
live_backup_line(struct live *l, const char *p, size_t n);

#endif
