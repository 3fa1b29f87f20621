/*
 * resnet-classify: images of bars in, signals out, by models that say in their cards what images
 * they want. Images of an instant wait for its watermark and are run together; a stream without
 * watermarks is answered image by image. Either way the answers are the same bits.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vision/resnet_classify.h"

#include "base/math.h"
#include "base/mem.h"
#include "base/num.h"
#include "rec/codec.h"
#include "vision/classify.h"

#define MODELS_MAX 8
#define DRIFT_HIGH 0.25

/* Which models an image is for: bit i for model i. */
struct waiting {
	int64_t ts;
	const struct sym *sym;
	uint32_t models;
	bool lookahead;
	char interval[24];
};

/* What a model said lately, for drift: the last `cap` answers. */
struct lately {
	uint8_t *class_, *confidence, *pixel; /* bins, a ring */
	size_t cap, n, next;
};

struct model {
	struct classifier *c;
	char source[sizeof "shadow:resnet:" + VISION_NAME_MAX];
	bool shadow, drifted;
	size_t none;   /* which class is "none"; at least nclasses when there is no such class */
	double *probs; /* CLASSIFY_BATCH x classes */
	struct lately lately;
	int64_t answers, runs, ns, ns_most; /* since the last status; answers: of all time */
};

struct resnet_classify {
	struct stage base;
	struct opt_list models, shadows;
	int64_t threads, window;
	double threshold, max_none;
	int64_t status_every;
	bool timing;

	struct model m[MODELS_MAX];
	size_t nm;
	size_t most_pixels;
	struct waiting w[CLASSIFY_BATCH];
	float *images; /* CLASSIFY_BATCH x most_pixels */
	float *batch;  /* those of one model, side by side */
	size_t nw;
	bool marked; /* the stream has watermarks */
	bool any;    /* an image came */
	int64_t status_due;
	struct buf probs, extra;
};

#define G(f) OPT_OFF(struct resnet_classify, f)

static const struct opt options[] = {
	{ .kind = OPT_LIST,
	    .letter = 'm',
	    .name = "model",
	    .arg = "FILE",
	    .help = "an .onnx classifier as resnet-train writes it; several answer side by side",
	    .off = G(models) },
	{ .kind = OPT_LIST,
	    .name = "shadow",
	    .arg = "FILE",
	    .help = "a model only to write down what it says: signals with shadow=true",
	    .off = G(shadows) },
	{ .kind = OPT_F64,
	    .name = "threshold",
	    .arg = "P",
	    .help = "abstain (direction 0, abstained=true) when the confidence is below P",
	    .dflt = "0",
	    .off = G(threshold) },
	{ .kind = OPT_F64,
	    .name = "max-none",
	    .arg = "P",
	    .help = "abstain when the probability of the class none is above P",
	    .dflt = "1",
	    .off = G(max_none) },
	{ .kind = OPT_INT,
	    .name = "threads",
	    .arg = "N",
	    .help = "threads that share the images of an instant",
	    .dflt = "1",
	    .off = G(threads),
	    .lo = 1,
	    .hi = 64 },
	{ .kind = OPT_SPAN,
	    .name = "status",
	    .arg = "SPAN",
	    .help = "tell each model's answers and drift each SPAN of the stream's time; 0: never",
	    .dflt = "0",
	    .off = G(status_every) },
	{ .kind = OPT_INT,
	    .name = "drift-window",
	    .arg = "N",
	    .help = "drift is that of the last N answers against those of the validation",
	    .dflt = "500",
	    .off = G(window),
	    .lo = 20,
	    .hi = 1000000 },
	{ .kind = OPT_FLAG,
	    .name = "timing",
	    .help = "tell in the status how long a run took; such records differ from run to run",
	    .off = G(timing) },
	{ 0 },
};

/* ---- open ---- */

static int
name_model(struct model *m, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t n = strlen(name);

	if (n > 5 && strcmp(name + n - 5, ".onnx") == 0)
		n -= 5;
	if (n == 0 || n > VISION_NAME_MAX)
		return err_set(e, ERR_USAGE, "--model %s: its name must have 1 to %d bytes", path,
		    VISION_NAME_MAX);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)name[i] <= ' ' || name[i] == '"' || name[i] == '\\')
			return err_set(
			    e, ERR_USAGE, "--model %s: its name must be a plain word", path);
	snprintf(
	    m->source, sizeof m->source, "%sresnet:%.*s", m->shadow ? "shadow:" : "", (int)n, name);
	return 0;
}

static int
open_model(struct resnet_classify *r, const char *path)
{
	struct model *m = &r->m[r->nm];
	struct err *e = r->base.env->err;
	size_t pixels;
	int rc;

	for (size_t i = 0; i < r->shadows.n; i++)
		m->shadow |= strcmp(r->shadows.v[i], path) == 0;
	rc = name_model(m, path, e);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < r->nm; i++)
		if (strcmp(r->m[i].source, m->source) == 0)
			return err_set(e, ERR_USAGE, "--model %s: two models of one name", path);
	m->c = classifier_open(path, (int)r->threads, e);
	if (!m->c)
		return e->code;
	r->nm++;
	m->probs = mem_array(CLASSIFY_BATCH * classifier_card(m->c)->nclasses, sizeof *m->probs);
	while (m->none < classifier_card(m->c)->nclasses &&
	       strcmp(classifier_card(m->c)->classes[m->none], "none") != 0)
		m->none++;
	m->lately.cap = (size_t)r->window;
	m->lately.class_ = mem_alloc(m->lately.cap);
	m->lately.confidence = mem_alloc(m->lately.cap);
	m->lately.pixel = mem_alloc(m->lately.cap);
	pixels = gaf_pixels(&classifier_card(m->c)->image);
	if (pixels > r->most_pixels)
		r->most_pixels = pixels;
	return 0;
}

static bool
in_list(const struct opt_list *l, const char *path)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], path) == 0)
			return true;
	return false;
}

static int
classify_open(struct stage *st)
{
	struct resnet_classify *r = (struct resnet_classify *)st;

	r->status_due = TIM_NONE;
	if (r->models.n == 0)
		return stage_fail(st, ERR_USAGE, "no model given; see --model");
	if (r->threshold < 0 || r->threshold > 1)
		return stage_fail(st, ERR_USAGE, "--threshold must be 0 to 1");
	if (!(r->max_none >= 0 && r->max_none <= 1))
		return stage_fail(st, ERR_USAGE, "--max-none must be 0 to 1");
	for (size_t i = 0; i < r->models.n + r->shadows.n; i++) {
		const char *path = i < r->models.n ? r->models.v[i] : r->shadows.v[i - r->models.n];
		int rc;

		if (i >= r->models.n && in_list(&r->models, path))
			continue; /* one of the models: it is there */
		if (r->nm == MODELS_MAX)
			return stage_fail(
			    st, ERR_USAGE, "--model and --shadow: at most %d", MODELS_MAX);
		rc = open_model(r, path);
		if (rc < 0)
			return rc;
	}
	r->images = mem_array(CLASSIFY_BATCH * r->most_pixels, sizeof *r->images);
	r->batch = mem_array(CLASSIFY_BATCH * r->most_pixels, sizeof *r->batch);
	return 0;
}

/* ---- drift ---- */

static uint8_t
bin_of(double x, const double *edges)
{
	uint8_t b = 0;

	while (b < VISION_BINS - 1 && x >= edges[b])
		b++;
	return b;
}

static void
remember(struct model *m, size_t label, double confidence, const float *image)
{
	const struct vision_card *card = classifier_card(m->c);
	struct lately *l = &m->lately;
	int tenth = (int)(confidence * VISION_BINS);

	if (!card->has_reference)
		return;
	l->class_[l->next] = (uint8_t)label;
	l->confidence[l->next] = (uint8_t)(tenth < VISION_BINS ? tenth : VISION_BINS - 1);
	l->pixel[l->next] = bin_of(vision_card_mean(card, image), card->pixel_edges);
	l->next = (l->next + 1) % l->cap;
	if (l->n < l->cap)
		l->n++;
}

static double
psi_of(const uint8_t *bins, size_t n, const double *reference, size_t nbins)
{
	double share[VISION_CLASSES_MAX] = { 0 };

	for (size_t i = 0; i < n; i++)
		share[bins[i]] += 1;
	for (size_t i = 0; i < nbins; i++)
		share[i] /= (double)n;
	return num_psi(share, reference, nbins);
}

static void
put_number(struct buf *b, const char *key, double v)
{
	char t[NUM_MAX];

	buf_printf(b, ",\"%s\":%.*s", key, (int)(num_put_f64(t, rint(v * 1e6) / 1e6) - t), t);
}

/* Drift of what goes in and comes out; an alert when it gets high, and one when it is over. */
static int
drift(struct resnet_classify *r, struct model *m, int64_t ts)
{
	const struct vision_card *card = classifier_card(m->c);
	const struct lately *l = &m->lately;
	double a, b, c, most;
	struct rec al;

	if (!card->has_reference || l->n < l->cap)
		return 0;
	a = psi_of(l->class_, l->n, card->class_share, card->nclasses);
	b = psi_of(l->confidence, l->n, card->confidence_share, VISION_BINS);
	c = psi_of(l->pixel, l->n, card->pixel_share, VISION_BINS);
	put_number(&r->extra, "psi_classes", a);
	put_number(&r->extra, "psi_confidence", b);
	put_number(&r->extra, "psi_pixels", c);
	most = fmax(a, fmax(b, c));
	if ((most > DRIFT_HIGH) == m->drifted)
		return 0;
	m->drifted = !m->drifted;
	rec_init(&al, REC_alert, ts, NULL);
	rec_set(&al, F_alert_severity, al.alert.severity,
	    (uint8_t)(m->drifted ? W_sev_warn : W_sev_info));
	rec_set(&al, F_alert_rule, al.alert.rule, str_z("model_drift"));
	rec_set(&al, F_alert_text, al.alert.text, str_z(m->source));
	rec_set(&al, F_alert_value, al.alert.value, rint(most * 1e6) / 1e6);
	rec_set(&al, F_alert_limit, al.alert.limit, DRIFT_HIGH);
	return stage_emit(&r->base, &al);
}

static int
status(struct resnet_classify *r, int64_t ts)
{
	for (size_t i = 0; i < r->nm; i++) {
		struct model *m = &r->m[i];
		struct rec s;
		int rc;

		buf_clear(&r->extra);
		buf_printf(&r->extra, "\"model_hash\":\"%s\"", classifier_hash(m->c));
		rc = drift(r, m, ts);
		if (rc < 0)
			return rc;
		if (r->timing && m->runs) {
			put_number(&r->extra, "run_us", (double)m->ns / 1e3 / (double)m->runs);
			put_number(&r->extra, "run_us_most", (double)m->ns_most / 1e3);
		}
		m->runs = m->ns = m->ns_most = 0;
		rec_init(&s, REC_status, ts, NULL);
		rec_set(&s, F_status_source, s.status.source, str_z(m->source));
		rec_set(&s, F_status_state, s.status.state, W_sstate_alive);
		rec_set(&s, F_status_records, s.status.records, m->answers);
		s.extra = buf_str(&r->extra);
		rc = stage_emit(&r->base, &s);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- answers ---- */

static int
put_signal(struct resnet_classify *r, const struct model *m, const struct waiting *w,
    const double *p, size_t best)
{
	const struct vision_card *card = classifier_card(m->c);
	bool abstains =
	    p[best] < r->threshold || (m->none < card->nclasses && p[m->none] > r->max_none);
	double confidence = rint(p[best] * 1e6) / 1e6;
	struct rec s;

	buf_clear(&r->probs);
	for (size_t i = 0; i < card->nclasses; i++) {
		char t[NUM_MAX];

		buf_printf(&r->probs, "%s\"%s\":%.*s", i ? "," : "{", card->classes[i],
		    (int)(num_put_f64(t, rint(p[i] * 1e6) / 1e6) - t), t);
	}
	buf_putc(&r->probs, '}');
	rec_init(&s, REC_signal, w->ts, w->sym);
	rec_set(&s, F_signal_source, s.signal.source, str_z(m->source));
	rec_set(&s, F_signal_label, s.signal.label, str_z(card->classes[best]));
	rec_set(&s, F_signal_direction, s.signal.direction,
	    abstains ? 0 : (double)card->direction[best]);
	rec_set(&s, F_signal_strength, s.signal.strength,
	    abstains || card->direction[best] == 0 ? 0 : 1);
	rec_set(&s, F_signal_confidence, s.signal.confidence, confidence);
	rec_set(&s, F_signal_probs, s.signal.probs, buf_str(&r->probs));
	rec_set(&s, F_signal_model_hash, s.signal.model_hash, str_z(classifier_hash(m->c)));
	if (w->lookahead)
		rec_set(&s, F_signal_lookahead, s.signal.lookahead, true);
	if (m->shadow)
		rec_set(&s, F_signal_shadow, s.signal.shadow, true);
	buf_clear(&r->extra);
	if (w->interval[0]) {
		buf_puts(&r->extra, "\"interval\":");
		rec_put_string(&r->extra, str_z(w->interval));
	}
	if (abstains)
		buf_printf(&r->extra, "%s\"abstained\":true", w->interval[0] ? "," : "");
	s.extra = buf_str(&r->extra);
	return stage_emit(&r->base, &s);
}

/* The probabilities of all images that wait for model i. */
static int
run(struct resnet_classify *r, size_t i)
{
	struct model *m = &r->m[i];
	size_t pixels = gaf_pixels(&classifier_card(m->c)->image), n = 0;
	int64_t t = r->timing ? tim_mono() : 0;
	int rc;

	for (size_t k = 0; k < r->nw; k++)
		if (r->w[k].models >> i & 1)
			memcpy(r->batch + n++ * pixels, r->images + k * r->most_pixels,
			    pixels * sizeof *r->batch);
	rc = classifier_run(m->c, r->batch, n, m->probs, r->base.env->err);
	if (rc < 0) {
		err_wrap(r->base.env->err, "%s", m->source);
		return rc;
	}
	if (r->timing && n) {
		t = tim_mono() - t;
		m->runs++;
		m->ns += t;
		if (t > m->ns_most)
			m->ns_most = t;
	}
	return 0;
}

static size_t
best_of(const double *p, size_t n)
{
	size_t best = 0;

	for (size_t i = 1; i < n; i++)
		if (p[i] > p[best])
			best = i;
	return best;
}

/* Answer all that wait: in their order, the models in theirs. */
static int
answer(struct resnet_classify *r)
{
	size_t at[MODELS_MAX] = { 0 };
	size_t n = r->nw;
	int rc = 0;

	for (size_t i = 0; rc == 0 && n && i < r->nm; i++)
		rc = run(r, i);
	for (size_t k = 0; rc == 0 && k < n; k++)
		for (size_t i = 0; rc == 0 && i < r->nm; i++) {
			struct model *m = &r->m[i];
			const struct vision_card *card = classifier_card(m->c);
			const double *p;
			size_t best;

			if (!(r->w[k].models >> i & 1))
				continue;
			p = m->probs + at[i]++ * card->nclasses;
			best = best_of(p, card->nclasses);
			m->answers++;
			remember(m, best, p[best], r->images + k * r->most_pixels);
			rc = put_signal(r, m, &r->w[k], p, best);
		}
	r->nw = 0;
	return rc;
}

/* ---- the stream ---- */

/* The command that makes the images that a card wants, appended. */
static void
put_command(const struct gaf_params *p, struct buf *b)
{
	buf_printf(b, "gaf-encode --window %u", p->window);
	if (gaf_shown(p) != p->window)
		buf_printf(b, " --last %u", p->last);
	if (p->size != gaf_shown(p))
		buf_printf(b, " --size %u", p->size);
	buf_puts(b, " --channels ");
	for (uint32_t i = 0; i < p->nchannels; i++)
		buf_printf(b, "%s%s", i ? "," : "", gaf_channel_names[p->channels[i]]);
	buf_printf(b, " --method %s --range %s --scale %s", gaf_method_names[p->method],
	    gaf_range_names[p->range], gaf_scale_names[p->scale]);
	if (p->overlap)
		buf_puts(b, " --paa overlap");
	if (p->method == GAF_MTF)
		buf_printf(b, " --bins %u", p->bins);
}

/* Which models take it; none is an error, with the reason of the last one. */
static int
takers(struct resnet_classify *r, const struct gaf_params *p, uint32_t *models)
{
	struct err *e = r->base.env->err;

	*models = 0;
	for (size_t i = 0; i < r->nm; i++)
		if (gaf_params_same(&classifier_card(r->m[i].c)->image, p, e) == 0)
			*models |= UINT32_C(1) << i;
	if (*models)
		return 0;
	const struct model *m = &r->m[r->nm - 1];
	buf_clear(&r->extra);
	buf_printf(&r->extra, "%s; it wants those of ", e->msg);
	put_command(&classifier_card(m->c)->image, &r->extra);
	return err_set(e, ERR_DATA, "%s takes other images: %s", m->source, buf_z(&r->extra));
}

static int
classify_push(struct stage *st, const struct rec *rec)
{
	struct resnet_classify *r = (struct resnet_classify *)st;
	struct waiting *w = &r->w[r->nw];
	struct gaf_params p;
	int rc = gaf_params_get(&p, rec, st->env->err);

	r->any = true;
	if (rc < 0)
		return rc;
	*w = (struct waiting){ .ts = rec->ts, .sym = rec->sym };
	rc = takers(r, &p, &w->models);
	if (rc == 0)
		rc = gaf_record_image(&p, rec, r->images + r->nw * r->most_pixels, st->env->err);
	if (rc < 0)
		return rc;
	w->lookahead = rec_has(rec, F_image_lookahead) && rec->image.lookahead;
	if (rec_has(rec, F_image_interval) && rec->image.interval.n < sizeof w->interval)
		memcpy(w->interval, rec->image.interval.p, rec->image.interval.n);
	r->nw++;
	return r->nw == CLASSIFY_BATCH || !r->marked ? answer(r) : 0;
}

static int
classify_watermark(struct stage *st, const struct rec *wm)
{
	struct resnet_classify *r = (struct resnet_classify *)st;
	int rc = answer(r);

	r->marked = true;
	if (rc == 0 && r->status_every > 0) {
		if (r->status_due == TIM_NONE)
			r->status_due = num_add(wm->ts, r->status_every);
		if (wm->ts >= r->status_due) {
			rc = status(r, wm->ts);
			r->status_due = num_add(wm->ts, r->status_every);
		}
	}
	return rc < 0 ? rc : stage_emit(st, wm);
}

static int
classify_flush(struct stage *st)
{
	struct resnet_classify *r = (struct resnet_classify *)st;
	struct buf b = { 0 };

	if (r->marked && !r->any) {
		put_command(&classifier_card(r->m[0].c)->image, &b);
		stage_note(st, 1, "no image came, so there are no signals; %s wants those of %s",
		    r->m[0].source, buf_z(&b));
		buf_free(&b);
	}
	return answer(r);
}

static void
classify_close(struct stage *st)
{
	struct resnet_classify *r = (struct resnet_classify *)st;

	for (size_t i = 0; i < MODELS_MAX; i++) {
		classifier_free(r->m[i].c);
		free(r->m[i].probs);
		free(r->m[i].lately.class_);
		free(r->m[i].lately.confidence);
		free(r->m[i].lately.pixel);
	}
	free(r->images);
	free(r->batch);
	buf_free(&r->probs);
	buf_free(&r->extra);
}

const struct stage_kind resnet_classify_kind = {
	.name = "resnet-classify",
	.about = "images of bars -> signals, by ONNX models",
	.opts = options,
	.size = sizeof(struct resnet_classify),
	.takes = REC_BIT(image),
	.gives = REC_BIT(signal) | REC_BIT(status) | REC_BIT(alert),
	.main_type = REC_signal,
	.csv_columns = "ts,sym,source,label,direction,strength,confidence",
	.open = classify_open,
	.push = classify_push,
	.watermark = classify_watermark,
	.flush = classify_flush,
	.close = classify_close,
};
