#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "nn/crew.h"

#include "base/mem.h"

/* About 10 us: as long as one is late when all have a processor, and less than a time slice. */
enum { SPINS = 400 };

struct member {
	struct nn_crew *crew;
	int self;
	pthread_t thread;
};

/*
 * The state says all that a thread needs to take a chunk, in one number that it changes to do so:
 * the run (12 bits), the step (20) and how many of its chunks nobody has taken (32). What else
 * belongs to a run is read with a chunk in hand only: until that is done the run cannot end.
 */
struct nn_crew {
	int n;
	struct member *members; /* [0] is the caller */
	void (*work)(void *arg, int step, int chunk, int self);
	void *arg;
	int steps, chunks;
	atomic_bool quit;
	atomic_ullong state;
	atomic_int done; /* chunks of the step */
	pthread_mutex_t lock;
	pthread_cond_t changed; /* there are new chunks, or none will be */
};

static void
breathe(void)
{
#if defined __x86_64__ || defined __i386__
	__builtin_ia32_pause();
#endif
}

static unsigned long long
at_step(unsigned long long run, int step, int chunks)
{
	return run << 52 | (unsigned long long)step << 32 | (unsigned)chunks;
}

static bool
still(struct nn_crew *c, unsigned long long old)
{
	return atomic_load_explicit(&c->state, memory_order_acquire) == old &&
	       !atomic_load_explicit(&c->quit, memory_order_relaxed);
}

static void
wait_change(struct nn_crew *c, unsigned long long old)
{
	for (int i = 0; i < SPINS; i++) {
		if (!still(c, old))
			return;
		breathe();
	}
	pthread_mutex_lock(&c->lock);
	while (still(c, old))
		pthread_cond_wait(&c->changed, &c->lock);
	pthread_mutex_unlock(&c->lock);
}

static void
change(struct nn_crew *c, unsigned long long state)
{
	pthread_mutex_lock(&c->lock);
	atomic_store_explicit(&c->state, state, memory_order_release);
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

/* Take a chunk and do it; who does the last one of a step opens the next. False: there is none. */
static bool
take(struct nn_crew *c, unsigned long long s, int self)
{
	int left = (int)(s & 0xffffffffu), step = (int)(s >> 32 & 0xfffff), chunks, steps;

	if (left == 0)
		return false;
	if (!atomic_compare_exchange_strong_explicit(
		&c->state, &s, s - 1, memory_order_acq_rel, memory_order_relaxed))
		return true;
	chunks = c->chunks;
	steps = c->steps;
	c->work(c->arg, step, left - 1, self);
	if (atomic_fetch_add_explicit(&c->done, 1, memory_order_acq_rel) + 1 == chunks) {
		atomic_store_explicit(&c->done, 0, memory_order_relaxed);
		change(c, at_step(s >> 52, step + 1, step + 1 < steps ? chunks : 0));
	}
	return true;
}

static void *
serve(void *arg)
{
	struct member *m = arg;
	struct nn_crew *c = m->crew;

	while (!atomic_load_explicit(&c->quit, memory_order_relaxed)) {
		unsigned long long s = atomic_load_explicit(&c->state, memory_order_acquire);

		if (!take(c, s, m->self))
			wait_change(c, s);
	}
	return NULL;
}

struct nn_crew *
nn_crew_new(int n)
{
	struct nn_crew *c = mem_alloc(sizeof *c);
	sigset_t all, old;

	c->n = n;
	c->members = mem_array((size_t)n, sizeof *c->members);
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->changed, NULL);
	/* signals are for the thread that has the tool's handlers */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (int i = 1; i < n; i++) {
		struct member *m = &c->members[i];

		*m = (struct member){ .crew = c, .self = i };
		if (pthread_create(&m->thread, NULL, serve, m) != 0) {
			c->n = i;
			break;
		}
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return c;
}

void
nn_crew_free(struct nn_crew *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	atomic_store_explicit(&c->quit, true, memory_order_relaxed);
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
	for (int i = 1; i < c->n; i++)
		pthread_join(c->members[i].thread, NULL);
	pthread_cond_destroy(&c->changed);
	pthread_mutex_destroy(&c->lock);
	free(c->members);
	free(c);
}

int
nn_crew_size(const struct nn_crew *c)
{
	return c->n;
}

void
nn_crew_run(struct nn_crew *c, int steps, int chunks,
    void (*work)(void *arg, int step, int chunk, int self), void *arg)
{
	unsigned long long s = atomic_load_explicit(&c->state, memory_order_acquire);

	if (steps < 1 || chunks < 1)
		return;
	c->work = work;
	c->arg = arg;
	c->steps = steps;
	c->chunks = chunks;
	change(c, at_step((s >> 52) + 1, 0, chunks));
	for (;;) {
		s = atomic_load_explicit(&c->state, memory_order_acquire);
		if ((int)(s >> 32 & 0xfffff) == steps)
			return;
		if (!take(c, s, 0))
			wait_change(c, s);
	}
}
