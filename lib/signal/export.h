/* Signals in the words of other systems: a line of text for each. */
#ifndef TP_SIGNAL_EXPORT_H
#define TP_SIGNAL_EXPORT_H

#include "base/buf.h"
#include "base/err.h"
#include "rec/rec.h"

struct exporter;

/* format: csv, webhook, or template with the text of one line. NULL with the reason (ERR_USAGE). */
struct exporter *
export_new(const char *format, const char *line, struct err *e);
void
export_free(struct exporter *x);
/* Append the line of a signal; before the first one the header, where the format has one. */
void
export_signal(struct exporter *x, const struct rec *r, struct buf *out);

#endif
