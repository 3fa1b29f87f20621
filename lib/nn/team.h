/*
 * A team of threads for work that is cut into parts. Who does which part is chance, so a part must
 * depend on its number alone: then the bits do not depend on how many threads there are.
 */
#ifndef TP_NN_TEAM_H
#define TP_NN_TEAM_H

#include <stddef.h>

struct nn_team;

/* `threads` counts the caller, at least 1; fewer are used where threads cannot be had. */
struct nn_team *
nn_team_new(size_t threads);
void
nn_team_free(struct nn_team *t);
size_t
nn_team_threads(const struct nn_team *t);

/* fn(arg, thread, part) for each part of 0..parts-1, `thread` being 0..threads-1; returns when all
 * are done. */
void
nn_team_run(
    struct nn_team *t, void (*fn)(void *arg, size_t thread, size_t part), void *arg, size_t parts);

#endif
