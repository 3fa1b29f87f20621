/* The code that expressions become. For the expr*.c files only. */
#ifndef TP_FEAT_EXPR_CODE_H
#define TP_FEAT_EXPR_CODE_H

#include <math.h>
#include <stdint.h>

#include "feat/cross.h"
#include "feat/expr.h"
#include "feat/roll.h"

enum expr_space { SPACE_COL, SPACE_TEMP, SPACE_CONST, SPACE_REF, NSPACES };

struct expr_arg {
	uint32_t space, i;
};

#define EXPR_ARGS 3

/* One operation: temp[dst] = op(arg...), with parameters that are constants of the text. */
struct expr_ins {
	const struct expr_op *op;
	struct expr_arg arg[EXPR_ARGS];
	uint32_t dst;
	uint32_t window;
	double param;       /* quantile, alpha, ... */
	size_t state;       /* where its state is */
	struct expr_ta *ta; /* of an indicator; the program's */
};

/* What an operation reads its arguments from. */
struct expr_env {
	const double *space[NSPACES];
};

static inline double
expr_get(const struct expr_env *m, const struct expr_ins *i, int k)
{
	return m->space[i->arg[k].space][i->arg[k].i];
}

static inline double
expr_finite(double x)
{
	return x - x == 0 ? x : NAN;
}

/* Parameters that follow the arguments in the text. */
enum expr_par {
	PAR_NONE,
	PAR_WINDOW,   /* a whole number of bars, from `least` on */
	PAR_LAG,      /* the same, 1 when left out; 0 is allowed */
	PAR_QUANTILE, /* window, then 0..1 */
	PAR_EWM,      /* span, or span= com= halflife= alpha= */
};

struct expr_op {
	const char *name;
	uint8_t nargs;
	uint8_t par;    /* enum expr_par */
	uint32_t least; /* smallest window */
	bool variadic;  /* two arguments or more, folded from the left */
	size_t size;    /* of its state's struct; what init takes from m comes besides */
	void (*init)(const struct expr_ins *i, void *state, struct roll_mem *m);
	double (*run)(const struct expr_ins *i, const struct expr_env *m, void *state);
};

/* Each ends with a NULL name; searched in this order. */
extern const struct expr_op expr_plain_ops[], expr_memory_ops[], expr_window_ops[];
extern const struct expr_op expr_op_neg, expr_op_not, expr_op_add, expr_op_sub, expr_op_mul,
    expr_op_div, expr_op_mod, expr_op_pow, expr_op_lt, expr_op_le, expr_op_gt, expr_op_ge,
    expr_op_eq, expr_op_ne, expr_op_and, expr_op_or, expr_op_fill_value, expr_op_copy;

struct expr_unit {
	size_t from, to; /* code */
	struct expr_arg result;
	size_t col;
	bool cross;
	enum feat_cross how; /* of a cross unit, and the column that it reads */
	size_t src;
};

struct expr_prog {
	struct feat_plan *plan;
	struct expr_ins *code;
	size_t ncode, code_cap;
	struct expr_unit *units;
	size_t nunits, units_cap;
	double *consts;
	size_t nconsts, consts_cap;
	double *temps; /* one for each operation */
	size_t temps_cap;
	struct expr_ref *refs;
	size_t nrefs, refs_cap;
	size_t state_size;
	struct expr_ta **tas;
	size_t ntas, tas_cap;
	unsigned hidden; /* columns without a name, so far */
	bool waits;
	double *in, *out; /* of a cross unit */
	size_t in_cap, out_cap;
	struct feat_cross_work work;
};

void
expr_ta_free(struct expr_ta *t);

/* Compile-time value of an operation without state whose arguments are constants. */
double
expr_fold(const struct expr_prog *p, const struct expr_ins *i);

#endif
