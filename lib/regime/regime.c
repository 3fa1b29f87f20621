#include "regime/regime.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tim.h"
#include "mkt/quality.h"

#define G(f) OPT_OFF(struct regime, f)

static const struct opt regime_options[] = {
	{ .kind = OPT_STR,
	    .letter = 'm',
	    .name = "model",
	    .arg = "FILE",
	    .help = "a fitted model: the same as hmm:FILE among the --models",
	    .off = G(model_path) },
	{ .kind = OPT_LIST,
	    .letter = 'M',
	    .name = "models",
	    .arg = "LIST",
	    .help = "NAME[:FILE][:key=value]... of hmm:FILE, ewma, vol-quantile, cusum, bocpd, "
		    "trend, phase (default vol-quantile,trend,phase)",
	    .off = G(models) },
	{ .kind = OPT_FLAG,
	    .name = "on-change",
	    .help = "write a record only where a model's state is another one than before",
	    .off = G(on_change) },
	{ .kind = OPT_F64,
	    .name = "enter",
	    .arg = "P",
	    .help = "hmm: go to another state only when its probability is P or more",
	    .dflt = "0",
	    .off = G(enter) },
	{ .kind = OPT_F64,
	    .name = "leave",
	    .arg = "P",
	    .help = "hmm: and only when the present one's is below P",
	    .dflt = "1",
	    .off = G(leave) },
	{ .kind = OPT_STR,
	    .letter = 'i',
	    .name = "interval",
	    .arg = "INTERVAL",
	    .help = "use only bars of this interval, such as 1d",
	    .off = G(interval) },
	{ .kind = OPT_CHOICE,
	    .name = "return",
	    .arg = "KIND",
	    .help = "returns of closes: log or simple",
	    .dflt = "log",
	    .choices = "log|simple",
	    .off = G(ret) },
	{ .kind = OPT_FLAG,
	    .name = "returns",
	    .help = "read no bars but a CSV with a column ret (FILE, or standard input)",
	    .off = G(returns) },
	{ .kind = OPT_STR,
	    .letter = 'f',
	    .name = "fit",
	    .arg = "FILE",
	    .help = "fit a hidden Markov model to the input and write it to FILE, nothing else",
	    .off = G(fit_path) },
	{ .kind = OPT_INT,
	    .letter = 'k',
	    .name = "states",
	    .arg = "N",
	    .help = "--fit: states",
	    .dflt = "2",
	    .off = G(states),
	    .lo = 2,
	    .hi = REGIME_MAX },
	{ .kind = OPT_CHOICE,
	    .name = "dist",
	    .arg = "DIST",
	    .help = "--fit: density of the returns in a state: gaussian or t",
	    .dflt = "gaussian",
	    .choices = "gaussian|t",
	    .off = G(dist) },
	{ .kind = OPT_F64,
	    .name = "df",
	    .arg = "NU",
	    .help = "--fit --dist t: degrees of freedom; 0: estimated",
	    .dflt = "0",
	    .off = G(df) },
	{ .kind = OPT_FLAG,
	    .name = "per-symbol",
	    .help = "--fit: parameters for each symbol, not one set for all",
	    .off = G(per_symbol) },
	{ .kind = OPT_TIME,
	    .name = "from",
	    .arg = "TIME",
	    .help = "--fit: only on returns known at TIME or later",
	    .off = G(from) },
	{ .kind = OPT_TIME,
	    .name = "until",
	    .arg = "TIME",
	    .help = "--fit: only on returns known before TIME",
	    .off = G(until) },
	{ .kind = OPT_INT,
	    .name = "rows",
	    .arg = "N",
	    .help = "--fit: only on the first N returns of each symbol; 0: all",
	    .dflt = "0",
	    .off = G(rows),
	    .lo = 0,
	    .hi = INT64_C(1000000000) },
	{ .kind = OPT_INT,
	    .name = "restarts",
	    .arg = "N",
	    .help = "--fit: times that EM is started",
	    .dflt = "12",
	    .off = G(restarts),
	    .lo = 1,
	    .hi = 10000 },
	{ .kind = OPT_INT,
	    .name = "seed",
	    .arg = "N",
	    .help = "--fit: of the starts",
	    .dflt = "1",
	    .off = G(seed),
	    .lo = 0,
	    .hi = INT64_MAX },
	{ .kind = OPT_F64,
	    .name = "guide",
	    .arg = "N",
	    .help = "--fit: imagined stays in each state while a start climbs",
	    .dflt = "20",
	    .off = G(guide) },
	{ .kind = OPT_F64,
	    .name = "persistence",
	    .arg = "N",
	    .help = "--fit: the same to the end: a prior, no longer maximum likelihood",
	    .dflt = "0",
	    .off = G(prior) },
	{ .kind = OPT_INT,
	    .name = "max-iter",
	    .arg = "N",
	    .help = "--fit: iterations of the last climbs",
	    .dflt = "2000",
	    .off = G(max_iter),
	    .lo = 1,
	    .hi = 1000000 },
	{ .kind = OPT_CHOICE,
	    .name = "start",
	    .arg = "WHAT",
	    .help = "--fit: what a filter is to start from: stationary or initial",
	    .dflt = "stationary",
	    .choices = "stationary|initial",
	    .off = G(start) },
	{ .kind = OPT_STR,
	    .name = "name",
	    .arg = "NAME",
	    .help = "--fit: name in the records, as hmm:NAME (default: of the file)",
	    .off = G(name) },
	{ .kind = OPT_END },
};

/* ---- open ---- */

static int
add_model(struct regime *g, const char *text)
{
	struct det *d = det_new(text, g->enter, g->leave, g->base.env->err);

	if (!d)
		return g->base.env->err->code;
	g->dets = mem_resize(g->dets, g->ndets + 1, sizeof *g->dets);
	g->dets[g->ndets++] = d;
	if (g->returns && d->kind->needs_prices)
		return stage_fail(
		    &g->base, ERR_USAGE, "%s needs prices, and --returns has none", d->kind->name);
	if (!g->returns && d->has_model && d->model.ret != REGIME_GIVEN &&
	    d->model.ret != (enum regime_return)g->ret)
		return stage_fail(&g->base, ERR_USAGE,
		    "%s was fitted on %s returns; say --return %s", d->model.name,
		    d->model.ret == REGIME_LOG ? "log" : "simple",
		    d->model.ret == REGIME_LOG ? "log" : "simple");
	for (size_t i = 0; i + 1 < g->ndets; i++)
		if (strcmp(g->dets[i]->name, d->name) == 0)
			return stage_fail(&g->base, ERR_USAGE,
			    "--models: there are two '%s', and nobody could tell them apart",
			    d->name);
	return 0;
}

static int
open_models(struct regime *g)
{
	int rc = 0;

	if (g->model_path) {
		struct buf text = { 0 };
		buf_printf(&text, "hmm:%s", g->model_path);
		rc = add_model(g, buf_z(&text));
		buf_free(&text);
	}
	for (size_t i = 0; i < g->models.n && rc == 0; i++)
		rc = add_model(g, g->models.v[i]);
	if (rc < 0 || g->ndets > 0)
		return rc;
	rc = add_model(g, "vol-quantile");
	if (rc == 0 && !g->returns)
		rc = add_model(g, "trend");
	return rc == 0 && !g->returns ? add_model(g, "phase") : rc;
}

/* models/daily.json -> daily; what no name may hold becomes '-' */
static void
default_name(struct regime *g)
{
	const char *slash = strrchr(g->fit_path, '/'), *from = slash ? slash + 1 : g->fit_path;
	char *name = g->file_name;
	size_t n = strlen(from);

	if (n > 5 && strcmp(from + n - 5, ".json") == 0)
		n -= 5;
	n = n > REGIME_NAME_MAX ? REGIME_NAME_MAX : n;
	for (size_t i = 0; i < n; i++) {
		char c = from[i];
		bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
		name[i] = good ? c : '-';
	}
	name[n] = '\0';
	g->name = name;
}

static int
open_fit(struct regime *g)
{
	struct regime_model probe = { .k = 0 };

	if (g->model_path || g->models.n)
		return stage_fail(&g->base, ERR_USAGE,
		    "--fit writes a model; it takes no --model and no --models");
	if (g->df != 0 && !(g->df > 0.5 && g->df <= 1e6))
		return stage_fail(&g->base, ERR_USAGE, "--df must be 0 or above 0.5");
	if (g->df > 0 && g->dist != REGIME_T)
		return stage_fail(&g->base, ERR_USAGE, "--df goes with --dist t");
	if (!(g->guide >= 0 && g->guide <= 1e9) || !(g->prior >= 0 && g->prior <= 1e9))
		return stage_fail(
		    &g->base, ERR_USAGE, "--guide and --persistence must be from 0 to 1e9");
	if (!g->name)
		default_name(g);
	if (!regime_model_named(&probe, str_z(g->name)))
		return stage_fail(&g->base, ERR_USAGE,
		    "--name must be 1 to 64 letters, digits, . _ -, not '%s'", g->name);
	return 0;
}

static int
regime_open(struct stage *st)
{
	struct regime *g = (struct regime *)st;

	if (!(g->enter >= 0 && g->enter <= 1) || !(g->leave >= 0 && g->leave <= 1))
		return stage_fail(st, ERR_USAGE, "--enter and --leave must be from 0 to 1");
	if (st->nargs > 1 || (st->nargs == 1 && !g->returns))
		return stage_fail(st, ERR_USAGE,
		    "'%s': a file is read with --returns only; records come on standard input",
		    st->args[st->nargs - 1]);
	st->no_input = g->returns;
	return g->fit_path ? open_fit(g) : open_models(g);
}

/* ---- bars ---- */

/* Whether a bar counts: closed, clean, of the interval asked for, and none from before. */
static bool
usable(struct regime *g, struct regime_series *s, const struct rec *r)
{
	struct str i = rec_has(r, F_bar_interval) ? r->bar.interval : (struct str){ "", 0 };

	if (r->bar.close <= 0 || !quality_ok(r) || rec_has(r, F_bar_rev))
		return false;
	if (rec_has(r, F_bar_partial) && r->bar.partial)
		return false;
	if (s->any && r->ts < s->last_ts)
		return false;
	if (g->interval)
		return str_eqz(i, g->interval);
	i = str_cut(i, sizeof s->interval - 1);
	if (!s->any)
		memcpy(s->interval, i.p, i.n);
	else if (!str_eqz(i, s->interval)) {
		if (!g->told_interval)
			stage_note(&g->base, 1,
			    "bars of several intervals came; of %s only those of '%s' are used "
			    "(see "
			    "--interval)",
			    s->sym ? s->sym->name : "the stream", s->interval);
		g->told_interval = true;
		return false;
	}
	return true;
}

static bool
after_gap(const struct rec *r)
{
	if (rec_has(r, F_bar_gap) && r->bar.gap)
		return true;
	return rec_has(r, F_bar_dirty) && quality_of(r->bar.dirty) == Q_GAP;
}

static int
take_bar(struct regime *g, const struct rec *r)
{
	struct regime_series *s = regime_series_of(g, r->sym);
	struct det_bar b = { .ret = NAN };

	if (!usable(g, s, r))
		return 0;
	b.open = num_of_nano(r->bar.open);
	b.high = num_of_nano(r->bar.high);
	b.low = num_of_nano(r->bar.low);
	b.close = num_of_nano(r->bar.close);
	if (s->any && !after_gap(r))
		b.ret = g->ret ? b.close / s->close - 1 : num_log(b.close / s->close);
	s->any = true;
	s->last_ts = r->ts;
	s->close = b.close;
	return regime_take(g, s, rec_known(r), &b);
}

static void
take_split(struct regime *g, const struct rec *r)
{
	double ratio = rec_split(r);

	if (ratio <= 0)
		return;
	struct regime_series *s = regime_series_of(g, r->sym);
	s->close /= ratio;
	for (size_t i = 0; i < g->ndets; i++)
		if (s->states[i] && g->dets[i]->kind->split && s->any)
			g->dets[i]->kind->split(g->dets[i], s->states[i], ratio);
}

static int
regime_push(struct stage *st, const struct rec *r)
{
	struct regime *g = (struct regime *)st;
	/* what is fitted on is consumed: --fit gives a file */
	int rc = g->fit_path ? 0 : stage_emit(st, r);

	if (rc < 0)
		return rc;
	if (r->type == REC_bar) {
		g->any_bar = true;
		return take_bar(g, r);
	}
	if (r->type == REC_corporate_action)
		take_split(g, r);
	else
		g->ticks++;
	return 0;
}

static int
regime_watermark(struct stage *st, const struct rec *wm)
{
	return ((struct regime *)st)->fit_path ? 0 : stage_emit(st, wm);
}

static int
regime_flush(struct stage *st)
{
	struct regime *g = (struct regime *)st;
	int rc = g->returns ? regime_returns(g) : 0;

	if (g->ticks && !g->any_bar)
		stage_note(st, 1,
		    "%llu trades and quotes came but no bars, so there are no regimes; give it "
		    "bars: bar-agg",
		    (unsigned long long)g->ticks);
	return rc == 0 && g->fit_path ? regime_fit(g) : rc;
}

static void
regime_close(struct stage *st)
{
	struct regime *g = (struct regime *)st;

	regime_series_free(g);
	for (size_t i = 0; i < g->ndets; i++)
		det_free(g->dets[i]);
	free(g->dets);
	buf_free(&g->probs);
}

const struct stage_kind regime_detect_kind = {
	.name = "regime-detect",
	.about = "say in which regime a market is: volatility, trend, phase, change points",
	.operands = "[FILE]",
	.opts = regime_options,
	.size = sizeof(struct regime),
	.takes = REC_BIT(bar) | REC_BIT(trade) | REC_BIT(quote) | REC_BIT(corporate_action),
	.gives = REC_BIT(regime),
	.main_type = REC_regime,
	.csv_columns = "ts,sym,model,state,label,probs,expected_duration,p_leave,value",
	.open = regime_open,
	.push = regime_push,
	.watermark = regime_watermark,
	.flush = regime_flush,
	.close = regime_close,
};
