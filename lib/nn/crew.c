#include <pthread.h>
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

struct nn_crew {
	int n;
	struct member *members; /* [0] is the caller */
	void (*work)(void *arg, int self);
	void *arg;
	bool quit;
	atomic_uint job;     /* number of the job; it changes when there is a new one */
	atomic_int arrived;  /* at the meeting that is going on */
	atomic_uint meeting; /* number of the meeting */
	pthread_mutex_t lock;
	pthread_cond_t changed; /* job or meeting */
};

static void
breathe(void)
{
#if defined __x86_64__ || defined __i386__
	__builtin_ia32_pause();
#endif
}

/* Until *what is no longer `old`. */
static void
wait_change(struct nn_crew *c, atomic_uint *what, unsigned old)
{
	for (int i = 0; i < SPINS; i++) {
		if (atomic_load_explicit(what, memory_order_acquire) != old)
			return;
		breathe();
	}
	pthread_mutex_lock(&c->lock);
	while (atomic_load_explicit(what, memory_order_acquire) == old)
		pthread_cond_wait(&c->changed, &c->lock);
	pthread_mutex_unlock(&c->lock);
}

static void
change(struct nn_crew *c, atomic_uint *what)
{
	pthread_mutex_lock(&c->lock);
	atomic_fetch_add_explicit(what, 1, memory_order_release);
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

void
nn_crew_meet(struct nn_crew *c)
{
	unsigned now;

	if (c->n == 1)
		return;
	now = atomic_load_explicit(&c->meeting, memory_order_acquire);
	if (atomic_fetch_add_explicit(&c->arrived, 1, memory_order_acq_rel) + 1 == c->n) {
		atomic_store_explicit(&c->arrived, 0, memory_order_relaxed);
		change(c, &c->meeting);
	} else {
		wait_change(c, &c->meeting, now);
	}
}

static void *
serve(void *arg)
{
	struct member *m = arg;
	struct nn_crew *c = m->crew;

	for (unsigned job = 0;; job++) {
		wait_change(c, &c->job, job);
		if (c->quit)
			return NULL;
		c->work(c->arg, m->self);
		nn_crew_meet(c);
	}
}

struct nn_crew *
nn_crew_new(int n)
{
	struct nn_crew *c = mem_alloc(sizeof *c);

	c->n = n;
	c->members = mem_array((size_t)n, sizeof *c->members);
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->changed, NULL);
	for (int i = 1; i < n; i++) {
		struct member *m = &c->members[i];

		*m = (struct member){ .crew = c, .self = i };
		if (pthread_create(&m->thread, NULL, serve, m) != 0) {
			c->n = i; /* nobody reads it before the first job */
			break;
		}
	}
	return c;
}

void
nn_crew_free(struct nn_crew *c)
{
	if (!c)
		return;
	c->quit = true;
	change(c, &c->job);
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
nn_crew_run(struct nn_crew *c, void (*work)(void *arg, int self), void *arg)
{
	if (c->n == 1) {
		work(arg, 0);
		return;
	}
	c->work = work;
	c->arg = arg;
	change(c, &c->job);
	work(arg, 0);
	nn_crew_meet(c);
}
