/* Checkpoints and the metrics file: each replaced whole, so that what is there is always good. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "io/out.h"
#include "vision/resnet_train.h"

/*
 * A checkpoint: magic, SHA-256 of what follows, the length and text of what run it is of, then
 * the numbers. For the same program on the same kind of machine only: it is no exchange format.
 */
#define MAGIC "tpresnt1"
#define HEAD (8 + 64)
#define MOST ((size_t)1 << 33)

/* One list of what there is, for writing and for reading. */
struct pass {
	struct buf *out;     /* writing */
	const char *p, *end; /* reading */
	bool bad;
};

static void
bytes(struct pass *s, void *p, size_t n)
{
	if (s->out) {
		buf_put(s->out, p, n);
	} else if (s->bad || (size_t)(s->end - s->p) < n) {
		s->bad = true;
	} else if (n) {
		memcpy(p, s->p, n);
		s->p += n;
	}
}

static void
numbers(struct pass *s, struct train *t)
{
	struct nn_resnet *n = t->net;
	struct nn_optim *o = &t->optim;
	uint8_t best = t->best_w != NULL;

	bytes(s, &t->epoch, sizeof t->epoch);
	bytes(s, &t->done, sizeof t->done);
	bytes(s, &t->loss, sizeof t->loss);
	bytes(s, &t->norm, sizeof t->norm);
	bytes(s, &t->right, sizeof t->right);
	bytes(s, &t->seen, sizeof t->seen);
	bytes(s, &t->best_epoch, sizeof t->best_epoch);
	bytes(s, n->w, n->nw * sizeof *n->w);
	bytes(s, n->state, n->nstate * sizeof *n->state);
	bytes(s, &o->step, sizeof o->step);
	bytes(s, &o->b1t, sizeof o->b1t);
	bytes(s, &o->b2t, sizeof o->b2t);
	bytes(s, o->m, o->n * sizeof *o->m);
	if (o->v)
		bytes(s, o->v, o->n * sizeof *o->v);
	bytes(s, &best, 1);
	if (s->bad || t->epoch < 0 || t->epoch > t->o->epochs || t->best_epoch < -1 ||
	    t->best_epoch >= t->epoch) {
		s->bad = true;
		return;
	}
	if (best && !t->best_w) {
		t->best_w = mem_array(n->nw, sizeof *t->best_w);
		t->best_state = mem_array(n->nstate, sizeof *t->best_state);
	}
	if (best) {
		bytes(s, t->best_w, n->nw * sizeof *n->w);
		bytes(s, t->best_state, n->nstate * sizeof *n->state);
	}
	if (t->epoch) {
		MEM_AT(t->past, t->past_cap, (size_t)t->epoch - 1);
		bytes(s, t->past, (size_t)t->epoch * sizeof *t->past);
	}
}

static void
sum_of(const struct buf *b, char hex[65])
{
	struct sha256 s;

	sha256_init(&s);
	sha256_add(&s, b->p + HEAD, b->len - HEAD);
	sha256_hex(&s, hex);
}

int
train_checkpoint_write(const char *path, struct train *t)
{
	struct buf b = { 0 };
	struct pass s = { .out = &b };
	uint64_t n = t->what.len;
	char hex[65];
	int rc;

	buf_put(&b, MAGIC, 8);
	memset(buf_room(&b, 64), 0, 64);
	b.len += 64;
	buf_put(&b, &n, sizeof n);
	buf_put(&b, t->what.p, t->what.len);
	numbers(&s, t);
	sum_of(&b, hex);
	memcpy(b.p + 8, hex, 64);
	rc = io_file_replace(path, b.p, b.len, t->err);
	buf_free(&b);
	return rc;
}

int
train_checkpoint_read(const char *path, struct train *t)
{
	struct buf b = { 0 };
	struct pass s = { 0 };
	uint64_t n = 0;
	char hex[65];
	int rc = io_file_read(path, MOST, &b, t->err);

	if (rc < 0)
		goto done;
	if (b.len < HEAD + sizeof n || memcmp(b.p, MAGIC, 8) != 0) {
		rc = err_set(t->err, ERR_DATA, "%s: this is no checkpoint of resnet-train", path);
		goto done;
	}
	sum_of(&b, hex);
	if (memcmp(b.p + 8, hex, 64) != 0) {
		rc = err_set(t->err, ERR_DATA, "%s: damaged: its checksum does not match", path);
		goto done;
	}
	s.p = b.p + HEAD;
	s.end = b.p + b.len;
	bytes(&s, &n, sizeof n);
	if (n != t->what.len || (size_t)(s.end - s.p) < n || memcmp(s.p, t->what.p, n) != 0) {
		rc = err_set(t->err, ERR_DATA,
		    "%s: a checkpoint of another run: other options or other images", path);
		goto done;
	}
	s.p += n;
	numbers(&s, t);
	if (s.bad || s.p != s.end)
		rc = err_set(t->err, ERR_DATA, "%s: not as this program writes it", path);
done:
	buf_free(&b);
	return rc;
}

static void
put(struct buf *b, const char *key, double v)
{
	char num[NUM_MAX];

	buf_printf(b, ",\"%s\":", key);
	buf_put(b, num, (size_t)(num_put_f64(num, v) - num));
}

int
train_metrics_write(const char *path, const struct train *t)
{
	struct buf b = { 0 };
	int rc;

	for (int64_t i = 0; i < t->epoch; i++) {
		const struct train_epoch *e = &t->past[i];

		buf_printf(&b, "{\"epoch\":%lld", (long long)i + 1);
		put(&b, "lr", e->lr);
		put(&b, "train_loss", e->train_loss);
		put(&b, "train_accuracy", e->train_accuracy);
		if (e->valid_loss >= 0) {
			put(&b, "valid_loss", e->valid_loss);
			put(&b, "valid_accuracy", e->valid_accuracy);
		}
		put(&b, "gradient_norm", e->norm);
		buf_puts(&b, "}\n");
	}
	rc = io_file_replace(path, b.p, b.len, t->err);
	buf_free(&b);
	return rc;
}
