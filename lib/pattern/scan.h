/*
 * The pattern-scan stage: its state, shared by the files pattern_scan.c and scan_*.c.
 *
 * A series is a symbol at one interval; each has detectors of its own, so that symbols in one
 * stream give what each gives alone. A bar passes first; what it completes follows it.
 */
#ifndef TP_PATTERN_SCAN_H
#define TP_PATTERN_SCAN_H

#include "base/buf.h"
#include "pattern/candle.h"
#include "pattern/chart.h"
#include "pattern/chen_tsai.h"
#include "stage/stage.h"

#define SCAN_BARS 16 /* bars a candle pattern may reach back, at most */

enum scan_rules { RULES_NONE, RULES_CHEN_TSAI };

struct scan_opts {
	struct opt_list candles; /* empty: no candles */
	struct opt_list chart;   /* empty: no chart patterns */
	const char *svg;
	int rules;
	int64_t fit_until;
	const char *params_file, *save_params;
	bool features;
	int64_t half_life;
	double min_score;
	const char *interval;
};

struct scan_series {
	const struct sym *sym;
	char *interval; /* "" where the bars have none */
	int64_t last_ts, last_end;
	uint64_t bars;
	uint64_t unbroken;     /* bars since the last hole, the first one behind it included */
	int64_t ts[SCAN_BARS]; /* of the last bars, a ring by `bars` */
	struct candle_state *candles;
	struct chen_tsai *chen;
	struct chart_scan *chart;
	struct scan_svg *picture;
	struct chen_tsai_params params;
	bool fitted;
	/* while the span to fit on lasts: the strengths so far */
	double *strength;
	size_t nstrength, strength_cap;
	uint64_t fitted_on; /* how many there were */
	double *faded;      /* --features: of each column its last value, faded */
	double unit;        /* product of the split ratios that the detectors have seen */
};

struct scan_by_sym {
	uint32_t *at; /* its series */
	size_t n, cap, last;
};

/* Parameters that were read or fitted, by series. */
struct scan_param {
	char *sym, *interval; /* sym "*": of every series that has none */
	double slope_atr;
};

struct scan {
	struct stage base;
	struct scan_opts o;
	bool use_candles, use_chart;
	struct chart_opts chart_opts;
	struct buf chart_text;
	struct candle_opts candle_opts;
	struct scan_param *params;
	size_t nparams;
	struct scan_series **series;
	size_t nseries, cap;
	struct scan_by_sym *by_sym;
	size_t nby_sym;
	double fade; /* of a feature, a bar */
	struct rec_num *nums;
	size_t ncolumns;
	/* columns: ncandles functions, nrules labels (from the second on), sums up and down, then
	 * those of the chart patterns */
	uint8_t column_fn[CANDLE_NFNS];
	size_t ncandles, nrules;
	struct buf name_text;
	uint64_t revised, dirty, late, filled; /* bars that changed nothing */
	uint64_t other;                        /* trades and quotes */
	bool any;
};

/* ---- scan_series.c ---- */
struct scan_series *
scan_series_get(struct scan *s, const struct rec *r);
void
scan_series_free(struct scan_series *x);
/* A bar that the detectors may see. */
int
scan_series_bar(struct scan *s, struct scan_series *x, const struct rec *r);
void
scan_series_split(struct scan *s, struct scan_series *x, double ratio);
/* The span to fit on is over, for one series. */
void
scan_series_fit(struct scan_series *x);

/* ---- scan_chart.c ---- */
int
scan_chart_open(struct scan *s, struct err *e);
int
scan_chart_push(
    struct scan *s, struct scan_series *x, const struct rec *r, const struct feat_bar *b);

/* ---- scan_svg.c ---- */
struct scan_svg *
scan_svg_new(void);
void
scan_svg_free(struct scan_svg *p);
void
scan_svg_bar(struct scan_svg *p, const struct feat_bar *b);
void
scan_svg_event(struct scan_svg *p, const struct chart_event *ev);
void
scan_svg_split(struct scan_svg *p, double ratio);
/* The file, of all series. */
int
scan_svg_write(const struct scan *s, struct err *e);

/* ---- scan_features.c ---- */
void
scan_features_open(struct scan *s);
/* For each bar: fade, tell what was found, emit. */
void
scan_features_fade(const struct scan *s, struct scan_series *x);
void
scan_features_candles(
    const struct scan *s, struct scan_series *x, const struct candle_hit *hits, size_t n);
void
scan_features_rule(const struct scan *s, struct scan_series *x, enum chen_tsai_label l);
int
scan_features_emit(struct scan *s, struct scan_series *x, const struct rec *bar);
void
scan_features_close(struct scan *s);

/* ---- scan_params.c ---- */
int
scan_params_load(struct scan *s, const char *path, struct err *e);
int
scan_params_save(const struct scan *s, const char *path, struct err *e);
/* NULL when there is none for it */
const struct scan_param *
scan_params_find(const struct scan *s, const struct sym *sym, const char *interval);
void
scan_params_free(struct scan *s);

#endif
