/*
 * A fitted model as a file: one JSON object, the parameters of one hidden Markov model for all
 * symbols, or one for each under "symbols", or both. man/regime-detect.1 describes the keys.
 */
#ifndef TP_REGIME_MODEL_H
#define TP_REGIME_MODEL_H

#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "regime/hmm.h"

#define REGIME_NAME_MAX 64
#define REGIME_LABEL_MAX 32

enum regime_return { REGIME_LOG, REGIME_SIMPLE, REGIME_GIVEN }; /* "log" "simple" "given" */

struct regime_params {
	struct hmm m;
	double lambda, cut[REGIME_MAX - 1]; /* the EWMA baseline; lambda 0: none */
	/* how they came about; n 0: not said */
	double loglik;
	int64_t n, series;   /* returns, and series they are of */
	int64_t from, until; /* time of knowledge of the first and the last return; TIM_NONE */
	int64_t iterations, start;
	bool converged;
};

struct regime_symbol {
	char sym[36]; /* as struct sym has it */
	struct regime_params p;
};

struct regime_model {
	char name[REGIME_NAME_MAX + 1];
	int k;
	enum regime_dist dist;
	enum regime_return ret;
	bool stationary; /* start of the filter */
	char label[REGIME_MAX][REGIME_LABEL_MAX + 1];
	bool pooled; /* `all` holds parameters for symbols that have none of their own */
	struct regime_params all;
	struct regime_symbol *symbols; /* by name, ascending */
	size_t nsymbols;
	int64_t restarts;
	uint64_t seed; /* of the fit; restarts 0: not said */
};

/* Labels in order of rising volatility: calm, turbulent, and what lies between. */
void
regime_model_labels(struct regime_model *m);
/* [A-Za-z0-9._-], 1..REGIME_NAME_MAX bytes */
bool
regime_model_named(struct regime_model *m, struct str name);
/* The parameters for a symbol (NULL: a stream without symbols); NULL when there are none. */
const struct regime_params *
regime_model_for(const struct regime_model *m, const char *sym);

/* Everything is checked: an unknown key, a wrong shape, a row that is no distribution are ERR_DATA
 * with the file and the path of the key. Free with regime_model_free in either case. */
int
regime_model_parse(
    struct regime_model *m, const char *file, const char *p, size_t n, struct err *e);
int
regime_model_read(struct regime_model *m, const char *path, struct err *e);
/* Append the file's text: reads back as the same bits. */
void
regime_model_put(const struct regime_model *m, struct buf *out);
/* Whole or not at all. */
int
regime_model_write(const struct regime_model *m, const char *path, struct err *e);
void
regime_model_free(struct regime_model *m);

#endif
