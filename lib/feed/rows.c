#include "feed/rows.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"

#define BLOCK_ROWS 512            /* 32 KiB of rows */
#define BLOCK_TEXT (64u << 10)    /* a block with so much text of other lines is full */
#define BLOCKS 8                  /* of the ring; memory, and how far ahead */
#define FILE_MIN ((off_t)1 << 20) /* bytes; a shorter file is read before a thread has begun */

enum state { MORE, LAST, FAILED };

struct block {
	struct rec_row *rows; /* of type REC_unknown: a line, v[0] its place in text, v[1] bytes */
	size_t n;
	struct buf text;
	enum state state;
	struct err e; /* FAILED, behind the rows */
};

struct rows {
	/* the thread's */
	struct io_in *in;
	struct rec_dec *dec;
	struct symtab *own;
	struct rec rec;

	/* the reader's */
	struct symtab *syms;
	const struct sym **sym; /* by id of `own`: the same of `syms`; NULL: not seen yet */
	size_t nsym;
	struct block *now; /* NULL: none is held */
	size_t at;
	bool runs; /* there is a thread to be waited for */

	/* both's: blocks head..head + full - 1 of the ring are to be read */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t filled, freed;
	size_t head, full;
	bool stop;
	struct block block[BLOCKS];
};

/* ---- the thread ---- */

static void
put_line(struct block *b, const char *p, size_t n)
{
	char *at = buf_room(&b->text, n + 1 + REC_PAD);

	b->rows[b->n++] =
	    (struct rec_row){ .type = REC_unknown, .v = { (int64_t)b->text.len, (int64_t)n } };
	memcpy(at, p, n);
	at[n] = '\n';
	memset(at + n + 1, 0, REC_PAD);
	b->text.len += n + 1;
}

static void
fill(struct rows *w, struct block *b)
{
	struct io_ahead *a = io_in_ahead(w->in);

	b->n = 0;
	b->state = MORE;
	buf_clear(&b->text);
	while (b->n < BLOCK_ROWS && b->text.len < BLOCK_TEXT) {
		size_t n = rec_dec_row(w->dec, a->at, a->end, &w->rec);
		const char *p;
		int rc;

		if (__builtin_expect(n > 0, 1)) {
			a->at += n;
			a->lines++;
			rec_row_pack(&b->rows[b->n++], &w->rec);
			continue;
		}
		rc = io_in_line(w->in, true, &p, &n, &b->e);
		if (rc <= 0) {
			b->state = rc == 0 ? LAST : FAILED;
			return;
		}
		put_line(b, p, n);
	}
}

static void *
decode(void *arg)
{
	struct rows *w = arg;
	struct block *b = &w->block[0];
	bool stop;

	do {
		fill(w, b);
		pthread_mutex_lock(&w->lock);
		w->full++;
		pthread_cond_signal(&w->filled);
		while (w->full == BLOCKS && !w->stop)
			pthread_cond_wait(&w->freed, &w->lock);
		stop = w->stop || b->state != MORE;
		b = &w->block[(w->head + w->full) % BLOCKS];
		pthread_mutex_unlock(&w->lock);
	} while (!stop);
	return NULL;
}

/* ---- its reader ---- */

static bool
two_processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 1;
}

struct rows *
rows_start(struct io_in *in, const struct rec_dec *dec, struct symtab *syms)
{
	struct symtab *own;
	struct rec_dec *twin;
	struct rows *w;
	struct stat sb;
	sigset_t all, old;
	int rc;

	if (fstat(io_in_fileno(in), &sb) < 0 || !S_ISREG(sb.st_mode) || sb.st_size < FILE_MIN ||
	    !two_processors())
		return NULL;
	own = symtab_new();
	twin = rec_dec_twin(dec, own);
	if (!twin) {
		symtab_free(own);
		return NULL;
	}
	w = mem_alloc(sizeof *w);
	w->in = in;
	w->dec = twin;
	w->own = own;
	w->syms = syms;
	for (size_t i = 0; i < BLOCKS; i++)
		w->block[i].rows = mem_array(BLOCK_ROWS, sizeof *w->block[i].rows);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->filled, NULL);
	pthread_cond_init(&w->freed, NULL);
	/* signals are for the thread that runs the stages */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&w->thread, NULL, decode, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	w->runs = rc == 0;
	if (w->runs)
		return w;
	rows_stop(w); /* no thread to be had: do without */
	return NULL;
}

void
rows_stop(struct rows *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->freed);
	pthread_mutex_unlock(&w->lock);
	if (w->runs)
		pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->freed);
	pthread_cond_destroy(&w->filled);
	pthread_mutex_destroy(&w->lock);
	for (size_t i = 0; i < BLOCKS; i++) {
		free(w->block[i].rows);
		buf_free(&w->block[i].text);
	}
	rec_dec_free(w->dec);
	symtab_free(w->own);
	free(w->sym);
	free(w);
}

static const struct sym *
symbol(struct rows *w, const struct sym *own)
{
	const struct sym **at = MEM_AT(w->sym, w->nsym, own->id);

	if (__builtin_expect(!*at, 0))
		*at = symtab_get(w->syms, (struct str){ own->name, own->len });
	return *at;
}

bool
rows_row(struct rows *w, struct rec *r)
{
	const struct rec_row *row;

	if (!w->now || w->at == w->now->n)
		return false;
	row = &w->now->rows[w->at];
	if (row->type == REC_unknown)
		return false;
	w->at++;
	rec_row_unpack(r, row, symbol(w, row->sym));
	return true;
}

/* Give back the block that is held, and wait for the next one. */
static void
next_block(struct rows *w)
{
	pthread_mutex_lock(&w->lock);
	if (w->now) {
		w->head = (w->head + 1) % BLOCKS;
		/* not for each: a thread that is woken should find work for a while */
		if (--w->full == BLOCKS / 2)
			pthread_cond_signal(&w->freed);
	}
	while (w->full == 0)
		pthread_cond_wait(&w->filled, &w->lock);
	w->now = &w->block[w->head];
	w->at = 0;
	pthread_mutex_unlock(&w->lock);
}

int
rows_line(struct rows *w, bool block, const char **p, size_t *n, struct err *e)
{
	const struct rec_row *row;

	if (!w->now || w->at == w->now->n) {
		if (w->now && w->now->state == FAILED) {
			*e = w->now->e;
			return e->code;
		}
		if (w->now && w->now->state == LAST)
			return 0;
		if (!block)
			return 2;
		next_block(w);
		return ROWS_HERE;
	}
	row = &w->now->rows[w->at];
	if (row->type != REC_unknown)
		return ROWS_HERE;
	w->at++;
	*p = w->now->text.p + row->v[0];
	*n = (size_t)row->v[1];
	return 1;
}
