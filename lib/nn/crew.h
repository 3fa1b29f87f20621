/*
 * A few threads that work together on something short, again and again. Waiting is done in two
 * ways: a moment of spinning, since the others are often done within microseconds, then sleep,
 * since these programs share their processors with the rest of a pipe, and who spins keeps the one
 * that he waits for from running.
 */
#ifndef TP_NN_CREW_H
#define TP_NN_CREW_H

struct nn_crew;

/* n threads, the caller one of them; fewer where the system gives no more. 1 makes none. Those made
 * take no signals. */
struct nn_crew *
nn_crew_new(int n);
void
nn_crew_free(struct nn_crew *c);
int
nn_crew_size(const struct nn_crew *c);

/*
 * Steps 0 to steps - 1, one after the other; each is done when work(arg, step, chunk, self) has
 * been called for all of its chunks, 0 to chunks - 1, in any order and on any thread (self: 0, the
 * caller, to size - 1). Whoever is free takes a chunk; nobody waits for a thread that sleeps, only
 * for chunks at work. From one thread at a time; fewer than 2^20 steps.
 */
void
nn_crew_run(struct nn_crew *c, int steps, int chunks,
    void (*work)(void *arg, int step, int chunk, int self), void *arg);

#endif
