#include "rl/walk.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tim.h"
#include "io/out.h"
#include "rl/market_env.h"

#define MAGIC "tprlfd1\n"
#define MOST ((size_t)1 << 32)

/* ---- names ---- */

/* MODEL.fold-3.onnx of MODEL.onnx */
static void
fold_model(const char *out, size_t k, struct buf *b)
{
	const char *slash = strrchr(out, '/'), *dot = strrchr(out, '.');

	if (!dot || (slash && dot < slash) || dot == out)
		dot = out + strlen(out);
	buf_clear(b);
	buf_printf(b, "%.*s.fold-%zu%s", (int)(dot - out), out, k + 1, dot);
	buf_z(b);
}

static void
put_span(struct buf *b, const char *name, int64_t from, int64_t to)
{
	char x[TIM_LEN], y[TIM_LEN];

	tim_put(x, from);
	tim_put(y, to);
	buf_printf(b, " %s=%.*s..%.*s", name, TIM_LEN, x, TIM_LEN, y);
}

/* What a fold's training depends on, and with its test what its result does: no word about data
 * behind that. */
static void
describe(struct rl_walk *w, const struct rl_fold *f, bool tested, struct buf *b)
{
	char hash[65];

	buf_clear(b);
	buf_printf(b, "%s", w->parsed->what.p);
	put_span(b, "train", f->train_from, f->train_to);
	put_span(b, "valid", f->valid_from, f->valid_to);
	if (tested)
		put_span(b, "test", f->test_from, f->test_to);
	rl_market_hash(w->probe, tested ? f->test_to : f->valid_to, hash);
	buf_printf(b, " data=%s", hash);
	buf_z(b);
}

/* ---- folds that are done ---- */

static void
result_io(struct rl_fold_result *r, struct rl_io *io)
{
	uint64_t n = r->played.n;

	rl_io(io, &r->span, sizeof r->span);
	rl_io(io, &r->steps, sizeof r->steps);
	rl_io(io, &r->valid_mean, sizeof r->valid_mean);
	rl_io(io, &r->played.tally, sizeof r->played.tally);
	rl_io(io, &n, sizeof n);
	if (io->reading && (io->bad || n != io->left / sizeof *r->played.rows)) {
		io->bad = true;
		return;
	}
	if (io->reading) {
		r->played.rows = mem_array(n, sizeof *r->played.rows);
		r->played.n = r->played.cap = n;
	}
	rl_io(io, r->played.rows, n * sizeof *r->played.rows);
	io->bad |= io->reading && io->left != 0;
}

static int
save_fold(struct rl_walk *w, const char *path, const char *what, struct rl_fold_result *r)
{
	struct buf body = { 0 }, box = { 0 };
	struct rl_io io = { .out = &body };
	int rc;

	result_io(r, &io);
	rl_box_pack(&box, MAGIC, what, body.p, body.len);
	rc = io_file_replace(path, box.p, box.len, w->err);
	buf_free(&body);
	buf_free(&box);
	return rc;
}

/* 1 when the fold was there. */
static int
load_fold(struct rl_walk *w, const char *path, const char *what, struct rl_fold_result *r)
{
	struct buf box = { 0 };
	struct rl_io io = { .reading = true };
	int rc;

	if (access(path, F_OK) != 0)
		return 0;
	rc = io_file_read(path, MOST, &box, w->err);
	if (rc == 0)
		rc = rl_box_unpack(&box, MAGIC, path, what, &io.in, &io.left, w->err);
	if (rc == 0) {
		result_io(r, &io);
		rc = io.bad ? err_set(w->err, ERR_DATA, "%s is not a fold of this run", path) : 1;
	}
	buf_free(&box);
	return rc;
}

/* ---- one training ---- */

static int
save_model(struct rl_walk *w, struct rl_run *r, const struct rl_fold *f, double valid_mean,
    const char *path)
{
	char num[NUM_MAX], from[TIM_LEN + 1] = "", to[TIM_LEN + 1] = "", hash[65];
	const char *more[] = { "command", w->command, "train_from", from, "train_to", to,
		"eval_mean", num, NULL };

	tim_put(from, f->train_from);
	tim_put(to, f->valid_to);
	if (isfinite(valid_mean))
		*num_put_f64(num, valid_mean) = '\0';
	else
		more[6] = NULL;
	rl_market_hash(w->probe, f->valid_to, hash);
	r->t->env->data_hash = hash;
	int rc = rl_model_save(r->t, path, more, w->err);
	r->t->env->data_hash = NULL;
	return rc;
}

/* Learn on the fold's training span; the settled policy is in r. */
static int
learn(struct rl_walk *w, struct rl_run *r, const struct rl_plan *plan, const char *what,
    const char *label, const char *checkpoint, double *valid_mean)
{
	int rc = rl_run_open(r, &plan->o, plan->train.p, plan->valid.p, what, w->err);

	*valid_mean = NAN;
	r->metrics = w->metrics;
	r->label = label;
	r->shows = isatty(2) && !w->parsed->a.common.quiet;
	r->checkpoint = checkpoint;
	if (rc == 0 && plan->whole) {
		r->valid_first = 0;
		r->nvalid = rl_market_episodes(r->valid);
	}
	if (rc == 0 && w->o->resume)
		rc = rl_run_resume(r);
	if (rc == 0)
		rc = rl_run_learn(r);
	if (rc < 0)
		return rc;
	rl_run_settle(r);
	return plan->whole ? rl_run_valid_mean(r, valid_mean) : 0;
}

/* Train fold k and play its test. */
static int
make_fold(struct rl_walk *w, size_t k, const char *checkpoint, const char *model, bool last,
    struct rl_fold_result *res)
{
	struct rl_plan plan;
	struct rl_run r;
	struct buf what = { 0 };
	char label[40];
	int rc;

	snprintf(label, sizeof label, ",\"fold\":%zu", k + 1);
	rl_plan_make(&plan, w->o, &res->span);
	describe(w, &res->span, false, &what);
	rc = learn(w, &r, &plan, what.p, label, checkpoint, &res->valid_mean);
	if (rc == 0) {
		res->steps = r.t->steps;
		rc = rl_play(
		    r.t, w->o, res->span.test_from, res->span.test_to, true, &res->played, w->err);
	}
	if (rc == 0 && model)
		rc = save_model(w, &r, &res->span, res->valid_mean, model);
	if (rc == 0 && last && w->o->out && !w->o->refit)
		rc = save_model(w, &r, &res->span, res->valid_mean, w->o->out);
	rl_run_free(&r);
	rl_plan_free(&plan);
	buf_free(&what);
	return rc;
}

/* A model that should have been written and is gone makes the fold undone. */
static bool
models_there(const struct rl_walk *w, const char *model, bool last)
{
	if (model && access(model, F_OK) != 0)
		return false;
	return !last || !w->o->out || w->o->refit || access(w->o->out, F_OK) == 0;
}

static int
walk_fold(struct rl_walk *w, size_t k, const struct rl_fold *f)
{
	struct rl_fold_result res = { .span = *f, .valid_mean = NAN };
	struct rl_fold next;
	struct buf model = { 0 }, checkpoint = { 0 }, done = { 0 }, what = { 0 };
	bool last = !rl_spans_fold(&w->spans, (int64_t)k + 1, &next);
	int rc = 0;

	if (w->o->keep_folds)
		fold_model(w->o->out, k, &model);
	if (w->o->checkpoint) {
		buf_printf(&checkpoint, "%s.%zu", w->o->checkpoint, k + 1);
		buf_printf(&done, "%s.%zu.done", w->o->checkpoint, k + 1);
		buf_z(&checkpoint);
		buf_z(&done);
		describe(w, f, true, &what);
	}
	if (w->o->resume && models_there(w, model.len ? model.p : NULL, last))
		rc = load_fold(w, done.p, what.p, &res);
	if (rc == 0) {
		rc = make_fold(w, k, checkpoint.p, model.len ? model.p : NULL, last, &res);
		if (rc == 0 && w->o->checkpoint) {
			rc = save_fold(w, done.p, what.p, &res);
			if (rc == 0) /* else it is all that is left of the training */
				unlink(checkpoint.p);
		}
	}
	*MEM_AT(w->fold, w->cap, w->n) = res;
	w->n++;
	buf_free(&model);
	buf_free(&checkpoint);
	buf_free(&done);
	buf_free(&what);
	return rc < 0 ? rc : rl_walk_fold_line(w, k);
}

/* --refit: everything there is, its last part validating as in the folds. */
static int
refit(struct rl_walk *w)
{
	struct rl_spans all = w->spans;
	struct rl_plan plan;
	struct rl_fold f;
	struct rl_run r;
	struct buf what = { 0 }, checkpoint = { 0 };
	double valid_mean;
	int rc;

	all.test = (struct rl_cal){ 0 };
	if (!rl_spans_fold(&all, 0, &f))
		return err_set(w->err, ERR_DATA, "--refit: --purge leaves nothing to train on");
	if (w->o->checkpoint)
		buf_printf(&checkpoint, "%s.refit", w->o->checkpoint);
	rl_plan_make(&plan, w->o, &f);
	describe(w, &f, false, &what);
	rc = learn(w, &r, &plan, what.p, ",\"fold\":\"refit\"",
	    checkpoint.len ? buf_z(&checkpoint) : NULL, &valid_mean);
	if (rc == 0)
		rc = save_model(w, &r, &f, valid_mean, w->o->out);
	rl_run_free(&r);
	rl_plan_free(&plan);
	buf_free(&what);
	buf_free(&checkpoint);
	return rc;
}

int
rl_walk(const struct rl_parsed *p, const char *command, struct err *e)
{
	struct rl_walk w = {
		.o = rl_parsed_of(p), .parsed = p, .command = command, .metrics = -1, .err = e
	};
	struct rl_fold f;
	int rc = rl_spans_open(&w.spans, w.o, e);

	if (rc == 0)
		rc = rl_metrics_open(w.o, w.o->resume, &w.metrics, e);
	w.probe = rc == 0 ? rl_run_env(w.o, w.o->env, 1, e) : NULL;
	if (rc == 0 && !w.probe)
		rc = e->code;
	for (size_t k = 0; rc == 0 && rl_spans_fold(&w.spans, (int64_t)k, &f); k++)
		rc = walk_fold(&w, k, &f);
	if (rc == 0 && w.o->refit && w.o->out)
		rc = refit(&w);
	if (rc == 0)
		rc = rl_walk_verdict(&w);
	rc = rl_metrics_close(w.o, w.metrics, rc, e);
	for (size_t k = 0; k < w.n; k++)
		free(w.fold[k].played.rows);
	free(w.fold);
	rl_env_free(w.probe);
	buf_free(&w.line);
	return rc;
}
