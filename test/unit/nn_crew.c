/* Threads that work together: every chunk once, steps in order, and no signal taken. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "nn/crew.h"
#include "unit/t.h"

enum { STEPS = 40, CHUNKS = 7, THREADS = 4, RUNS = 200 };

struct count {
	atomic_int done[STEPS][CHUNKS];
	atomic_bool early; /* a chunk began before all of the step in front were done */
	atomic_bool stranger;
};

static void
count(void *arg, int step, int chunk, int self)
{
	struct count *c = arg;

	if (self < 0 || self >= THREADS)
		atomic_store(&c->stranger, true);
	for (int i = 0; i < CHUNKS && step > 0; i++)
		if (atomic_load(&c->done[step - 1][i]) <= atomic_load(&c->done[step][chunk]))
			atomic_store(&c->early, true);
	atomic_fetch_add(&c->done[step][chunk], 1);
}

static void
test_counts(int threads)
{
	struct nn_crew *crew = nn_crew_new(threads);
	static struct count c;
	bool once = true;

	c = (struct count){ 0 };
	for (int r = 1; r <= RUNS; r++) {
		nn_crew_run(crew, STEPS, CHUNKS, count, &c);
		for (int s = 0; s < STEPS; s++)
			for (int i = 0; i < CHUNKS; i++)
				once &= atomic_load(&c.done[s][i]) == r;
	}
	nn_crew_run(crew, 0, CHUNKS, count, &c);
	nn_crew_run(crew, STEPS, 0, count, &c);
	ok(once && atomic_load(&c.done[0][0]) == RUNS, "%d thread(s): every chunk once", threads);
	ok(!atomic_load(&c.early), "%d thread(s): a step after the other", threads);
	ok(!atomic_load(&c.stranger) && nn_crew_size(crew) <= threads, "threads have numbers");
	nn_crew_free(crew);
}

struct meet {
	atomic_int there;
	int size;
	atomic_int open; /* signals that a thread other than the caller would take */
	atomic_int other;
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Whoever has a chunk waits for the others to have theirs, so that each thread has one. */
static void
meet(void *arg, int step, int chunk, int self)
{
	struct meet *m = arg;
	double start = now();
	sigset_t set;

	(void)step, (void)chunk;
	atomic_fetch_add(&m->there, 1);
	while (atomic_load(&m->there) < m->size && now() - start < 30)
		;
	pthread_sigmask(SIG_SETMASK, NULL, &set);
	if (self == 0)
		return;
	atomic_fetch_add(&m->other, 1);
	/* from 32 to SIGRTMIN are the C library's own */
	for (int s = 1; s < 32; s++)
		if (s != SIGKILL && s != SIGSTOP && sigismember(&set, s) == 0)
			atomic_fetch_add(&m->open, 1);
	for (int s = SIGRTMIN; s <= SIGRTMAX; s++)
		if (sigismember(&set, s) == 0)
			atomic_fetch_add(&m->open, 1);
}

static void
test_signals(void)
{
	struct nn_crew *crew;
	struct meet m = { 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_SETMASK, &set, NULL);
	crew = nn_crew_new(THREADS);
	pthread_sigmask(SIG_SETMASK, NULL, &set);
	ok(sigismember(&set, SIGUSR2) == 1 && sigismember(&set, SIGUSR1) == 0,
	    "the caller's signals are as before");
	m.size = nn_crew_size(crew);
	nn_crew_run(crew, 1, m.size, meet, &m);
	is_i64(atomic_load(&m.other), m.size - 1, "all threads came");
	is_i64(atomic_load(&m.open), 0, "they take no signal");
	nn_crew_free(crew);
}

int
main(void)
{
	test_counts(1);
	test_counts(2);
	test_counts(THREADS);
	test_signals();
	nn_crew_free(NULL);
	return done_testing();
}
