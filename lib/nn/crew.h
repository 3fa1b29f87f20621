/*
 * A few threads that work together on something short, again and again. Waiting is done in two
 * ways: a moment of spinning, since the others are often done within microseconds, then sleep,
 * since these programs share their processors with the rest of a pipe, and who spins keeps the one
 * that he waits for from running.
 */
#ifndef TP_NN_CREW_H
#define TP_NN_CREW_H

struct nn_crew;

/* n threads, the caller one of them; fewer where the system gives no more. 1 makes none. */
struct nn_crew *
nn_crew_new(int n);
void
nn_crew_free(struct nn_crew *c);
int
nn_crew_size(const struct nn_crew *c);

/* work(arg, self) on all threads, self 0 (the caller) to size - 1; returns when all are back. From
 * one thread at a time. */
void
nn_crew_run(struct nn_crew *c, void (*work)(void *arg, int self), void *arg);
/* Inside work: go on when all threads have come here. */
void
nn_crew_meet(struct nn_crew *c);

#endif
