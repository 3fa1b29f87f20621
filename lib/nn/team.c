#include "nn/team.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

/* A step of training has some eighty parts of about a millisecond: looking for so long before
 * sleeping saves most wake-ups, and a busy machine loses nothing worth naming. */
#define LOOKS 4000

struct worker {
	struct nn_team *team;
	pthread_t thread;
	size_t id;
};

struct nn_team {
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	struct worker *workers;
	size_t nworkers;
	/* the job: written under the lock, before `turn` is raised */
	void (*fn)(void *arg, size_t thread, size_t part);
	void *arg;
	size_t parts;
	atomic_size_t next;
	atomic_uint turn;
	atomic_size_t busy; /* workers that have not finished this turn */
	bool over;
};

static void
take_parts(struct nn_team *t, size_t id)
{
	size_t part;

	while ((part = atomic_fetch_add(&t->next, 1)) < t->parts)
		t->fn(t->arg, id, part);
}

static void
pause_a_bit(void)
{
#ifdef __x86_64__
	__builtin_ia32_pause();
#endif
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct nn_team *t = w->team;
	unsigned seen = 0;

	for (;;) {
		for (int i = 0; i < LOOKS && atomic_load(&t->turn) == seen; i++)
			pause_a_bit();
		pthread_mutex_lock(&t->lock);
		while (atomic_load(&t->turn) == seen)
			pthread_cond_wait(&t->work, &t->lock);
		seen = atomic_load(&t->turn);
		bool over = t->over;
		pthread_mutex_unlock(&t->lock);
		if (over)
			return NULL;
		take_parts(t, w->id);
		if (atomic_fetch_sub(&t->busy, 1) == 1) {
			pthread_mutex_lock(&t->lock);
			pthread_cond_signal(&t->done);
			pthread_mutex_unlock(&t->lock);
		}
	}
}

static void
begin_turn(struct nn_team *t)
{
	pthread_mutex_lock(&t->lock);
	atomic_store(&t->busy, t->nworkers);
	atomic_store(&t->next, 0);
	atomic_fetch_add(&t->turn, 1);
	pthread_cond_broadcast(&t->work);
	pthread_mutex_unlock(&t->lock);
}

struct nn_team *
nn_team_new(size_t threads)
{
	struct nn_team *t = mem_alloc(sizeof *t);
	sigset_t all, old;

	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->work, NULL);
	pthread_cond_init(&t->done, NULL);
	t->workers = mem_array(threads, sizeof *t->workers);
	/* signals are for the thread that has the tool's handlers */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (size_t i = 1; i < threads; i++) {
		struct worker *w = &t->workers[t->nworkers];

		w->team = t;
		w->id = i;
		if (pthread_create(&w->thread, NULL, work, w) != 0)
			break;
		t->nworkers++;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return t;
}

void
nn_team_free(struct nn_team *t)
{
	if (!t)
		return;
	t->over = true;
	begin_turn(t);
	for (size_t i = 0; i < t->nworkers; i++)
		pthread_join(t->workers[i].thread, NULL);
	pthread_cond_destroy(&t->work);
	pthread_cond_destroy(&t->done);
	pthread_mutex_destroy(&t->lock);
	free(t->workers);
	free(t);
}

size_t
nn_team_threads(const struct nn_team *t)
{
	return t->nworkers + 1;
}

void
nn_team_run(
    struct nn_team *t, void (*fn)(void *arg, size_t thread, size_t part), void *arg, size_t parts)
{
	t->fn = fn;
	t->arg = arg;
	t->parts = parts;
	if (t->nworkers == 0) {
		for (size_t i = 0; i < parts; i++)
			fn(arg, 0, i);
		return;
	}
	begin_turn(t);
	take_parts(t, 0);
	for (int i = 0; i < LOOKS && atomic_load(&t->busy); i++)
		pause_a_bit();
	pthread_mutex_lock(&t->lock);
	while (atomic_load(&t->busy))
		pthread_cond_wait(&t->done, &t->lock);
	pthread_mutex_unlock(&t->lock);
}
