/* The head of the loop: merges what came back into the stream. */
#ifndef TP_STAGE_LOOPBACK_H
#define TP_STAGE_LOOPBACK_H

#include "stage/stage.h"

extern const struct stage_kind loopback_kind;

/* The program: its own poll loop over stdin and the FIFO. Exit status. */
int
loopback_main(int argc, char **argv);

/* The queue of a name in one process. */
struct stage_loop *
loop_get(struct stage_env *env, const char *name);
bool
loop_has_reader(const struct stage_loop *l);
void
loop_set_reader(struct stage_loop *l);
/* Next line without its newline, valid until the next record is put; false when empty. */
bool
loop_take_line(struct stage_loop *l, const char **p, size_t *n);

#endif
