/* Markets that are run once a process, and copied for each who wants them. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "rl/market.h"

struct kept {
	struct buf key; /* the pipeline and the files, each with its NUL */
	struct rl_market m;
	struct kept *next;
};

static pthread_mutex_t keeping = PTHREAD_MUTEX_INITIALIZER;
static struct kept *kept; /* the newest first */
static bool keeps;

void
rl_market_keep(void)
{
	pthread_mutex_lock(&keeping);
	keeps = true;
	pthread_mutex_unlock(&keeping);
}

static void
copy_of(struct rl_market *m, const struct rl_market *k)
{
	*m = *k;
	m->part = true;
	m->sym = mem_dup(k->sym, k->nsym * sizeof *k->sym);
	m->place = mem_dup(k->place, k->nplace * sizeof *k->place);
	m->ev = mem_dup(k->ev, k->nev * sizeof *k->ev);
	m->at = mem_dup(k->at, k->n * sizeof *k->at);
	m->open = mem_dup(k->open, k->n * k->nsym * sizeof *k->open);
	m->close = mem_dup(k->close, k->n * k->nsym * sizeof *k->close);
	m->owner = mem_dup(k->owner, k->ncols * sizeof *k->owner);
	m->cols = mem_dup(k->cols, k->n * k->ncols * sizeof *k->cols);
	m->names = mem_array(k->ncols, sizeof *m->names);
	for (size_t i = 0; i < k->ncols; i++)
		m->names[i] = mem_dup(k->names[i], strlen(k->names[i]));
}

/* Like rl_market_run, from what is kept when it is there; under the lock, so that nothing is run
 * twice. */
static int
load_kept(struct rl_market *m, const char *pipeline, const char *const *files, size_t nfiles,
    struct err *e)
{
	struct buf key = { 0 };
	struct kept *k;
	int rc = 0;

	buf_put(&key, pipeline ? pipeline : "", pipeline ? strlen(pipeline) + 1 : 1);
	for (size_t i = 0; i < nfiles; i++)
		buf_put(&key, files[i], strlen(files[i]) + 1);
	for (k = kept; k; k = k->next)
		if (k->key.len == key.len && memcmp(k->key.p, key.p, key.len) == 0)
			break;
	if (k) {
		buf_free(&key);
		copy_of(m, &k->m);
		return 0;
	}
	rc = rl_market_run(m, pipeline, files, nfiles, e);
	if (rc < 0) {
		buf_free(&key);
		return rc;
	}
	k = mem_alloc(sizeof *k);
	*k = (struct kept){ key, *m, kept };
	kept = k;
	copy_of(m, &k->m);
	return 0;
}

int
rl_market_load(struct rl_market *m, const char *pipeline, const char *const *files, size_t nfiles,
    struct err *e)
{
	int rc;

	pthread_mutex_lock(&keeping);
	rc = keeps ? load_kept(m, pipeline, files, nfiles, e)
		   : rl_market_run(m, pipeline, files, nfiles, e);
	pthread_mutex_unlock(&keeping);
	return rc;
}
