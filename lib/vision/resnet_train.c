/* The tool, from the command line to the report. */
#include "vision/resnet_train.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "io/out.h"
#include "rec/codec.h"
#include "stage/run.h"
#include "vision/train_show.h"

#define CHECKED 64 /* images that the model file is compared on */

enum { TRAIN, VALID, TEST };

struct job {
	const struct train_opts *o;
	const struct common_opts *common;
	struct vis_images images;
	struct vis_set sets[3];
	size_t purged;
	struct nn_resnet_def def;
	struct train t;
	struct train_show show;
	double temperature;
	struct vis_judged judged;
	bool has_judged;
	char hash[65];
	struct buf command, parts, metrics, report;
	struct err *err;
};

static void
say(const char *text)
{
	run_say(resnet_train_kind.name, text);
}

/* ---- the network asked for ---- */

static int
numbers(const struct opt_list *l, const char *what, size_t *out, size_t *n, struct err *e)
{
	if (l->n > NN_RESNET_STAGES)
		return err_set(e, ERR_USAGE, "--%s: at most %d stages", what, NN_RESNET_STAGES);
	for (size_t i = 0; i < l->n; i++) {
		int64_t v;

		if (!num_i64(l->v[i], strlen(l->v[i]), &v) || v < 1 || v > 4096)
			return err_set(
			    e, ERR_USAGE, "--%s: '%s' is no number from 1 to 4096", what, l->v[i]);
		out[i] = (size_t)v;
	}
	*n = l->n;
	return 0;
}

/* The choices of --pool, in their order. */
static const struct {
	const char *name;
	enum nn_resnet_pool pool;
} pools[] = { { "mean", NN_RESNET_MEAN }, { "flat", NN_RESNET_FLAT }, { "rows", NN_RESNET_ROWS } };

static int
define(struct job *j)
{
	const struct train_opts *o = j->o;
	struct nn_resnet_def *d = &j->def;
	size_t nw = 0, ns = 0;
	int rc = numbers(&o->blocks, "blocks", d->blocks, &d->nstages, j->err);

	if (rc == 0)
		rc = numbers(&o->widths, "widths", d->width, &nw, j->err);
	if (rc == 0)
		rc = numbers(&o->strides, "strides", d->stride, &ns, j->err);
	if (rc < 0)
		return rc;
	if (o->depth) {
		if (o->depth % 6 != 2 || o->depth < 8)
			return err_set(
			    j->err, ERR_USAGE, "--depth: 6n+2 it must be: 8, 14, 20, 26, ...");
		d->nstages = 3;
		for (size_t i = 0; i < 3; i++)
			d->blocks[i] = (size_t)(o->depth - 2) / 6;
	}
	for (; !o->depth && !o->blocks.n && d->nstages < (nw ? nw : 3); d->nstages++)
		d->blocks[d->nstages] = 1;
	for (; !o->widths.n && nw < d->nstages; nw++)
		d->width[nw] = (size_t)16 << nw;
	if (nw != d->nstages || (ns && ns != d->nstages))
		return err_set(j->err, ERR_USAGE, "%zu stages by --blocks or --depth, but %zu --%s",
		    d->nstages, nw != d->nstages ? nw : ns,
		    nw != d->nstages ? "widths" : "strides");
	for (size_t i = 0; i < d->nstages && !ns; i++)
		d->stride[i] = i ? 2 : 1;
	d->pool = pools[o->pool].pool;
	d->rows = (size_t)o->rows;
	d->hidden = (size_t)o->hidden;
	d->dropout = (float)o->dropout;
	return 0;
}

/* ---- options that are only right or wrong together, or in range ---- */

static int
check_options(const struct train_opts *o, struct err *e)
{
	const struct {
		const char *name;
		double v, lo, hi;
	} ranges[] = { { "split", o->split, 0, 0.9 }, { "dropout", o->dropout, 0, 0.95 },
		{ "lr", o->lr, 1e-9, 100 }, { "final-lr", o->final_lr, 0, 1 },
		{ "momentum", o->momentum, 0, 0.999 }, { "weight-decay", o->weight_decay, 0, 100 },
		{ "warmup", o->warmup, 0, 1e6 }, { "clip", o->clip, 0, 1e9 },
		{ "smoothing", o->smoothing, 0, 0.9 }, { "mixup", o->mixup, 0, 1 },
		{ "jitter", o->jitter, 0, 100 } };

	if (!o->train.n)
		return err_set(e, ERR_USAGE, "--train FILE is missing: nothing to learn from");
	if (!o->out)
		return err_set(e, ERR_USAGE, "--out MODEL.onnx is missing");
	if (o->resume && !o->checkpoint)
		return err_set(e, ERR_USAGE, "--resume needs --checkpoint FILE");
	if (o->checkpoint_every && !o->checkpoint)
		return err_set(e, ERR_USAGE, "--checkpoint-every needs --checkpoint FILE");
	if (o->embargo < 0)
		return err_set(e, ERR_USAGE, "--embargo must not be negative");
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (!(ranges[i].v >= ranges[i].lo && ranges[i].v <= ranges[i].hi))
			return err_set(e, ERR_USAGE, "--%s: %g is not within %g to %g",
			    ranges[i].name, ranges[i].v, ranges[i].lo, ranges[i].hi);
	if (io_file_place(o->out, e) < 0 || io_file_place(o->checkpoint, e) < 0 ||
	    io_file_place(o->metrics, e) < 0)
		return e->code;
	if (o->name)
		for (const char *p = o->name; *p; p++)
			if ((unsigned char)*p <= ' ')
				return err_set(e, ERR_USAGE, "--name: no spaces");
	if (o->patience && !o->valid.n && o->split <= 0)
		return err_set(e, ERR_USAGE, "--patience needs images held out");
	return 0;
}

/* ---- images ---- */

static int
read_list(struct job *j, const struct opt_list *l, struct vis_set *s)
{
	for (size_t i = 0; i < l->n; i++) {
		int rc = vis_read(&j->images, s, l->v[i], j->common->skip_bad, say, j->err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static void
note_dropped(const struct job *j)
{
	char text[200];

	if (j->common->verbose && j->images.unlabelled) {
		snprintf(text, sizeof text, "%llu images had no label and were left out",
		    (unsigned long long)j->images.unlabelled);
		say(text);
	}
	if (j->common->verbose && j->purged) {
		snprintf(text, sizeof text, "%zu images were purged: they tell of those held out",
		    j->purged);
		say(text);
	}
}

/* To answer with what nearly all are is the first thing a network learns, and looks good. */
static void
note_unbalanced(const struct job *j, const size_t *count)
{
	size_t n = j->sets[TRAIN].n, most = 0;
	char text[300];

	for (size_t c = 0; c < j->images.nnames; c++)
		most = count[c] > count[most] ? c : most;
	if (j->common->quiet || j->o->balance || j->o->class_weights || count[most] * 10 < n * 9)
		return;
	snprintf(text, sizeof text,
	    "note: %.1f %% of the images to learn from are of the class %.64s, so an accuracy of "
	    "that means nothing; see --balance and --class-weights",
	    100 * (double)count[most] / (double)n, j->images.names[most]);
	say(text);
}

static int
check_classes(struct job *j)
{
	size_t k = j->images.nnames, *count = mem_array(k + 1, sizeof *count);
	int rc = 0;

	for (size_t i = 0; i < j->sets[TRAIN].n; i++)
		count[j->sets[TRAIN].v[i].label]++;
	for (size_t c = 0; c < k && rc == 0; c++)
		if (count[c] == 0)
			rc = err_set(j->err, ERR_DATA,
			    "no image of class '%s' to learn from, once %zu are purged and %zu "
			    "held out",
			    j->images.names[c], j->purged, j->sets[VALID].n);
	if (rc == 0)
		note_unbalanced(j, count);
	free(count);
	return rc;
}

static int
load(struct job *j)
{
	const struct train_opts *o = j->o;
	struct vis_split how = { .part = o->split,
		.by = (enum vis_by)o->split_by,
		.embargo = o->embargo,
		.seed = (uint64_t)o->seed };
	int rc = read_list(j, &o->train, &j->sets[TRAIN]);

	if (rc == 0)
		rc = read_list(j, &o->valid, &j->sets[VALID]);
	if (rc == 0)
		rc = read_list(j, &o->test, &j->sets[TEST]);
	if (rc < 0)
		return rc;
	if (j->images.nnames == 0)
		return err_set(j->err, ERR_DATA,
		    "no labelled image came, and %llu without a label; gaf-encode --labels makes "
		    "them",
		    (unsigned long long)j->images.unlabelled);
	if (j->images.nnames < 2)
		return err_set(j->err, ERR_DATA,
		    "all %zu images have the label '%s': there must be 2 classes or more",
		    j->sets[TRAIN].n, j->images.names[0]);
	if (j->images.nnames > VISION_CLASSES_MAX)
		return err_set(j->err, ERR_DATA, "%zu classes: at most %d", j->images.nnames,
		    VISION_CLASSES_MAX);
	vis_sort_names(&j->images, j->sets, 3);
	sha256_hex(&j->images.hash, j->hash);
	/* the test part first: what is held out must not tell of it either */
	j->purged = vis_purge(&j->sets[TRAIN], &j->sets[TEST], o->embargo);
	j->purged += vis_purge(&j->sets[VALID], &j->sets[TEST], o->embargo);
	if (o->valid.n)
		j->purged += vis_purge(&j->sets[TRAIN], &j->sets[VALID], o->embargo);
	else if (o->split > 0 && j->sets[TRAIN].n)
		j->purged += vis_split(&j->sets[TRAIN], &j->sets[VALID], &how);
	if (!j->sets[VALID].n && (o->valid.n || o->split > 0))
		return err_set(j->err, ERR_DATA,
		    "no image is left to be held out: %zu of %zu are purged, since they tell of "
		    "those of "
		    "--test or --valid",
		    j->purged, j->purged + j->sets[TRAIN].n + j->sets[VALID].n);
	note_dropped(j);
	return check_classes(j);
}

/* ---- training ---- */

/* Options that change where things go and how fast, but no number. */
static bool
changes_nothing(const char *name)
{
	static const char *const others[] = { "out", "checkpoint", "checkpoint-every", "resume",
		"metrics", "report", "threads", NULL };

	for (size_t i = 0; others[i]; i++)
		if (strcmp(name, others[i]) == 0)
			return true;
	return false;
}

/* What makes the run what it is: every option that its weights depend on. */
static void
describe(const struct opt *o, size_t off, void *arg)
{
	static const char *const others[] = { "train", "valid", "test", "name", "resamples", NULL };
	struct job *j = arg;
	struct buf value = { 0 };

	for (size_t i = 0; others[i]; i++)
		if (strcmp(o->name, others[i]) == 0)
			return;
	if (!changes_nothing(o->name) && opt_get(o, j->o, off, &value))
		buf_printf(&j->t.what, "%s=%s ", o->name, buf_z(&value));
	buf_free(&value);
}

/* The command, for the card: what is not by default, and makes the model what it is. */
static void
tell(const struct opt *o, size_t off, void *arg)
{
	struct job *j = arg;
	struct buf value = { 0 };
	const char *was = o->dflt ? o->dflt : "";

	if (!changes_nothing(o->name) && opt_get(o, j->o, off, &value)) {
		if (o->kind == OPT_FLAG && str_eqz(buf_str(&value), "true"))
			buf_printf(&j->command, " --%s", o->name);
		else if (o->kind != OPT_FLAG && !str_eqz(buf_str(&value), was))
			buf_printf(&j->command, " --%s %s", o->name, buf_z(&value));
	}
	buf_free(&value);
}

static void
weigh(struct job *j)
{
	size_t k = j->images.nnames, n = j->sets[TRAIN].n;
	float *w = mem_array(k, sizeof *w);

	for (size_t i = 0; i < n; i++)
		w[j->sets[TRAIN].v[i].label]++;
	for (size_t c = 0; c < k; c++)
		w[c] = (float)(j->o->class_weights == TRAIN_PRIOR
				   ? num_log((double)w[c] / (double)n)
				   : (double)n / ((double)k * (double)w[c]));
	if (j->o->class_weights == TRAIN_PRIOR)
		j->t.class_prior = w;
	else
		j->t.class_weight = w;
}

static void
watch(void *arg, const struct train *t, int64_t batches)
{
	struct job *j = arg;

	train_show_step(&j->show, t, batches);
}

static int
epoch_done(void *arg, const struct train *t)
{
	struct job *j = arg;

	return j->o->metrics ? train_metrics_write(j->o->metrics, t) : 0;
}

static int
prepare(struct job *j)
{
	const struct train_opts *o = j->o;
	struct train *t = &j->t;
	const struct gaf_params *p = &j->images.params;
	struct nn_optim_opts how = { .kind = o->optimizer ? NN_ADAMW : NN_SGD,
		.momentum = (float)o->momentum,
		.beta1 = 0.9f,
		.beta2 = 0.999f,
		.eps = 1e-8f,
		.weight_decay = (float)o->weight_decay };
	size_t batch = (size_t)o->batch;

	j->def.channels = p->nchannels;
	j->def.size = p->size;
	j->def.classes = j->images.nnames;
	t->o = o;
	t->images = &j->images;
	t->train = &j->sets[TRAIN];
	t->valid = &j->sets[VALID];
	t->err = j->err;
	t->best_epoch = -1;
	t->order_epoch = -1;
	t->watch = watch;
	t->epoch_done = epoch_done;
	t->watch_arg = j;
	t->net = nn_resnet_new(&j->def, batch, (size_t)o->threads, j->err);
	if (!t->net)
		return j->err->code;
	nn_resnet_init(t->net, (uint64_t)o->seed);
	nn_optim_init(&t->optim, &how, t->net->nw);
	if (o->class_weights)
		weigh(j);
	t->x = mem_array(batch * nn_resnet_pixels(t->net), sizeof *t->x);
	t->image = mem_array(gaf_pixels(p), sizeof *t->image);
	t->target = mem_array(batch * j->def.classes, sizeof *t->target);
	t->logits = mem_array(batch * j->def.classes, sizeof *t->logits);
	t->order = mem_array(t->train->n, sizeof *t->order);
	opt_each(resnet_train_kind.opts, 0, describe, j);
	/* the sets too: the same images may come in other files */
	buf_printf(&t->what, "data=%s train=%zu valid=%zu", j->hash, t->train->n, t->valid->n);
	if (o->resume && access(o->checkpoint, F_OK) == 0)
		return train_checkpoint_read(o->checkpoint, t);
	return 0;
}

/* ---- the result ---- */

static void
put_time(struct buf *b, const char *key, int64_t ns)
{
	char text[TIM_LEN];

	tim_put(text, ns);
	buf_printf(b, ",\"%s\":\"%.*s\"", key, TIM_LEN, text);
}

static void
put_set(struct buf *b, const char *name, const struct vis_set *s)
{
	int64_t from = INT64_MAX, to = INT64_MIN;

	for (size_t i = 0; i < s->n; i++) {
		from = s->v[i].ts < from ? s->v[i].ts : from;
		to = s->v[i].ts > to ? s->v[i].ts : to;
	}
	buf_printf(b, "\"%s\":{\"images\":%zu", name, s->n);
	if (s->n) {
		put_time(b, "from", from);
		put_time(b, "to", to);
	}
	buf_puts(b, "},");
}

static void
put_parts(struct job *j)
{
	static const char *const by[] = { "time", "symbol", "both" };
	struct buf *b = &j->parts;

	buf_putc(b, '{');
	put_set(b, "train", &j->sets[TRAIN]);
	put_set(b, "valid", &j->sets[VALID]);
	put_set(b, "test", &j->sets[TEST]);
	buf_printf(b, "\"held_out_by\":\"%s\",\"purged\":%zu,\"embargo_s\":%lld}",
	    j->o->valid.n     ? "file"
	    : j->o->split > 0 ? by[j->o->split_by]
			      : "nothing",
	    j->purged, (long long)(j->o->embargo / TIM_SEC));
}

static void
put_list(struct buf *b, const size_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s%zu", i ? "," : "[", v[i]);
	buf_putc(b, ']');
}

/* The epoch kept, its temperature, and how good it is. */
static void
judge(struct job *j)
{
	struct train *t = &j->t;
	const struct vis_set *on = j->sets[TEST].n ? &j->sets[TEST] : &j->sets[VALID];
	size_t k = j->def.classes;
	uint32_t *truth;
	float *z;

	memcpy(t->net->w, t->best_w, t->net->nw * sizeof *t->best_w);
	memcpy(t->net->state, t->best_state, t->net->nstate * sizeof *t->best_state);
	j->temperature = 1;
	if (t->valid->n) {
		z = train_logits(t, t->valid, &truth);
		j->temperature = vis_temperature(z, truth, t->valid->n, k);
		free(z);
		free(truth);
	}
	if (!on->n)
		return;
	z = train_logits(t, on, &truth);
	vis_judge(&j->judged, z, truth, on->n, k, j->temperature, (size_t)j->o->resamples,
	    (uint64_t)j->o->seed);
	j->has_judged = true;
	vis_judged_json(&j->judged, j->images.names, &j->metrics);
	free(z);
	free(truth);
}

/* What the card says besides, for people. */
static void
put_more(struct job *j, struct buf *b)
{
	const struct nn_resnet_def *d = &j->def;

	buf_puts(b, "\"tool\":\"resnet-train " TP_VERSION "\",\"command\":");
	rec_put_string(b, buf_str(&j->command));
	buf_printf(b, ",\"seed\":%lld,\"epoch\":%lld,\"data_sha256\":\"%s\",\"data\":%s",
	    (long long)j->o->seed, (long long)j->t.best_epoch + 1, j->hash, buf_z(&j->parts));
	if (j->images.interval.len) {
		buf_puts(b, ",\"interval\":");
		rec_put_string(b, buf_str(&j->images.interval));
	}
	buf_puts(b, ",\"network\":{\"blocks\":");
	put_list(b, d->blocks, d->nstages);
	buf_puts(b, ",\"widths\":");
	put_list(b, d->width, d->nstages);
	buf_puts(b, ",\"strides\":");
	put_list(b, d->stride, d->nstages);
	if (d->rows)
		buf_printf(b, ",\"rows\":%zu", d->rows);
	buf_printf(b, ",\"pool\":\"%s\",\"hidden\":%zu,\"parameters\":%zu}", pools[j->o->pool].name,
	    d->hidden, nn_resnet_parameters(j->t.net));
	if (j->has_judged)
		buf_printf(b, ",\"judged_by\":\"%s\",\"metrics\":%s",
		    j->sets[TEST].n ? "test" : "valid", buf_z(&j->metrics));
}

static int
write_model(struct job *j)
{
	const struct vis_set *held = &j->sets[VALID];
	struct vis_set some = held->n ? *held : j->sets[TRAIN];
	size_t pixels = gaf_pixels(&j->images.params);
	struct vision_card *card = mem_alloc(sizeof *card);
	struct buf more = { 0 };
	uint32_t *truth;
	float *x, *z = train_logits(&j->t, held, &truth);
	int rc;

	train_card_fill(card, &j->t, j->temperature, held, z);
	free(z);
	free(truth);
	put_more(j, &more);
	some.n = some.n < CHECKED ? some.n : CHECKED;
	x = mem_array(some.n * pixels, sizeof *x);
	for (size_t i = 0; i < some.n; i++)
		vis_pixels(&j->images, &some.v[i], x + i * pixels);
	z = train_logits(&j->t, &some, &truth);
	rc = train_model_write(j->o->out, &j->t, card, buf_z(&more), x, z, some.n);
	buf_free(&more);
	free(card);
	free(x);
	free(z);
	free(truth);
	return rc;
}

static int
report(struct job *j)
{
	struct buf *b = &j->report;
	const struct train *t = &j->t;

	if (j->o->report) {
		buf_printf(b, "{\"type\":\"resnet-train\",\"seed\":%lld,\"parameters\":%zu",
		    (long long)j->o->seed, nn_resnet_parameters(t->net));
		buf_printf(b,
		    ",\"epochs\":%lld,\"epoch\":%lld,\"temperature\":", (long long)t->epoch,
		    (long long)t->best_epoch + 1);
		b->len = (size_t)(num_put_f64(buf_room(b, NUM_MAX), j->temperature) - b->p);
		buf_printf(b, ",\"data\":%s,\"judged_by\":\"%s\"", buf_z(&j->parts),
		    j->sets[TEST].n    ? "test"
		    : j->sets[VALID].n ? "valid"
				       : "nothing");
		if (j->has_judged)
			buf_printf(b, ",\"metrics\":%s", buf_z(&j->metrics));
		buf_puts(b, "}\n");
		return io_out_flush(1, b, "standard output", j->err);
	}
	buf_printf(b,
	    "%zu parameters; learned from %zu images, %zu held out, %zu to test, %zu purged\n"
	    "epoch %lld of %lld, temperature %.3f\n",
	    nn_resnet_parameters(t->net), j->sets[TRAIN].n, j->sets[VALID].n, j->sets[TEST].n,
	    j->purged, (long long)t->best_epoch + 1, (long long)t->epoch, j->temperature);
	if (j->has_judged) {
		buf_printf(b, "\n%s: ",
		    j->sets[TEST].n ? "test" : "held out (they chose epoch and temperature)");
		vis_judged_text(&j->judged, j->images.names, b);
	}
	return io_out_flush(1, b, "standard output", j->err);
}

/* ---- all of it ---- */

static int
train(struct job *j)
{
	int64_t from = j->t.epoch * train_batches(&j->t) + j->t.done, steps;
	char text[160];
	int rc;

	train_show_begin(&j->show, j->common->quiet);
	rc = train_run(&j->t);
	steps = j->t.epoch * train_batches(&j->t) + j->t.done - from;
	train_show_end(&j->show);
	if (rc == 0 && j->common->verbose) {
		snprintf(text, sizeof text, "%lld steps in %.1f s: %.0f images/s", (long long)steps,
		    train_show_seconds(&j->show),
		    (double)(steps * j->o->batch) / train_show_seconds(&j->show));
		say(text);
	}
	return rc;
}

static int
work(struct job *j)
{
	int rc = check_options(j->o, j->err);

	if (rc == 0)
		rc = define(j);
	if (rc == 0)
		rc = load(j);
	if (rc == 0)
		rc = prepare(j);
	if (rc == 0)
		rc = train(j);
	if (rc < 0)
		return rc;
	judge(j);
	put_parts(j);
	rc = write_model(j);
	/* resumed at the end of its last epoch, it may have lost the file */
	if (rc == 0 && j->o->metrics)
		rc = train_metrics_write(j->o->metrics, &j->t);
	if (rc == 0)
		rc = report(j);
	return rc == 0 && j->images.bad ? ERR_DATA : rc;
}

static void
release(struct job *j)
{
	struct train *t = &j->t;

	for (size_t i = 0; i < 3; i++)
		free(j->sets[i].v);
	vis_close(&j->images);
	if (t->net)
		nn_optim_free(&t->optim);
	nn_resnet_free(t->net);
	free(t->class_weight);
	free(t->class_prior);
	free(t->past);
	free(t->best_w);
	free(t->best_state);
	free(t->x);
	free(t->image);
	free(t->target);
	free(t->logits);
	free(t->order);
	buf_free(&t->what);
	if (j->has_judged)
		vis_judged_free(&j->judged);
	buf_free(&j->command);
	buf_free(&j->parts);
	buf_free(&j->metrics);
	buf_free(&j->report);
}

int
resnet_train_main(int argc, char **argv)
{
	struct err err = { 0 };
	struct job j = { .err = &err };
	struct args a;
	int rc;

	run_hold_standard();
	rc = args_parse(&a, &resnet_train_kind, argc, argv, &err);
	if (rc < 0 || a.common.help || a.common.version || a.common.print_config ||
	    a.common.completion) {
		args_free(&a);
		return stage_main(&resnet_train_kind, argc, argv); /* says what there is to say */
	}
	j.o = (const struct train_opts *)a.st;
	buf_puts(&j.command, resnet_train_kind.name);
	opt_each(resnet_train_kind.opts, 0, tell, &j);
	j.common = &a.common;
	vis_open(&j.images);
	rc = a.noperands ? err_set(&err, ERR_USAGE, "'%s' is no option; files go with --train",
			       a.operands[0])
			 : work(&j);
	if (rc < 0 && rc != ERR_PIPE && err.msg[0] &&
	    !(rc == ERR_DATA && j.images.bad && !err.code))
		run_say(resnet_train_kind.name, err.msg);
	release(&j);
	args_free(&a);
	return run_status(rc);
}
