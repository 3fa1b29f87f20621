/*
 * What a policy's columns make of bars that come twice, late, or before a split; of records that
 * know the future; and what a network may say.
 */
#include <math.h>
#include <unistd.h>

#include "base/tim.h"
#include "onnx/write.h"
#include "rl/columns.h"
#include "rl/policy_net.h"
#include "unit/t.h"

static struct err err;

static int
bar(struct rl_columns *c, const struct sym *s, int64_t day, double close)
{
	struct rec r;

	rec_init(&r, REC_bar, day * TIM_DAY, s);
	r.bar.open = r.bar.high = r.bar.low = r.bar.close = (int64_t)(close * 1e9);
	return rl_columns_push(c, &r, &err);
}

static double
ret(const struct rl_columns *c)
{
	return (double)c->row[0];
}

static void
test_returns(struct symtab *syms)
{
	const struct sym *s = symtab_get(syms, str_z("A"));
	struct rl_columns c = { 0 };
	struct rec split;

	bar(&c, s, 1, 100);
	ok(isnan(ret(&c)), "one bar has no return");
	bar(&c, s, 2, 110);
	is_f64(ret(&c), log(1.1), 1e-7, "a return");
	bar(&c, s, 2, 110);
	is_f64(ret(&c), log(1.1), 1e-7, "the same bar again is the same return, not 0");
	bar(&c, s, 2, 120);
	is_f64(ret(&c), log(1.2), 1e-7, "a revision replaces the return of its bar");
	bar(&c, s, 1, 500);
	is_f64(ret(&c), log(1.2), 1e-7, "a bar older than the newest makes none");
	bar(&c, s, 3, 120);
	is_f64(ret(&c), 0, 1e-7, "and the next is from the newest");
	rec_init(&split, REC_corporate_action, 3 * TIM_DAY, s);
	rec_set(&split, F_corporate_action_action, split.corporate_action.action, W_corp_split);
	rec_set(&split, F_corporate_action_ratio, split.corporate_action.ratio, 4);
	is_i64(rl_columns_push(&c, &split, &err), 0, "a split");
	bar(&c, s, 4, 33);
	is_f64(ret(&c), log(1.1), 1e-7, "is no return");
	bar(&c, s, 4, 36);
	is_f64(ret(&c), log(1.2), 1e-7, "nor where the bar behind it is revised");
	rl_columns_free(&c);
}

static void
test_future(struct symtab *syms)
{
	static const enum rec_type plain[] = { REC_bar, REC_pattern, REC_regime };
	const struct sym *s = symtab_get(syms, str_z("A"));
	struct rl_columns c = { 0 };
	struct rec r;

	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
		rec_init(&r, plain[i], TIM_DAY, s);
		if (plain[i] == REC_pattern)
			r.pattern.name = str_z("p");
		if (plain[i] == REC_regime)
			r.regime.model = str_z("m");
		r.extra = str_z("\"lookahead\":false");
		is_i64(rl_columns_push(&c, &r, &err), 0, "a %s", rec_type_name(plain[i]));
		r.extra = str_z("\"a\":1,\"lookahead\":true");
		is_i64(rl_columns_push(&c, &r, &err), ERR_DATA, "one that knows the future");
		ok(strstr(err.msg, rec_type_name(plain[i])) != NULL, "says what: %s", err.msg);
	}
	rec_init(&r, REC_target, TIM_DAY, s);
	rec_set(&r, F_target_weight, r.target.weight, 1);
	is_i64(rl_columns_push(&c, &r, &err), 0, "a target");
	rec_set(&r, F_target_lookahead, r.target.lookahead, true);
	is_i64(rl_columns_push(&c, &r, &err), ERR_DATA, "one that knows the future");
	rl_columns_free(&c);
}

/* A policy that says these probabilities and this value whatever it sees. */
static int
says(float a, float b, float value)
{
	char path[] = "/tmp/rl_columns.XXXXXX";
	const float zero[2] = { 0 }, probs[2] = { a, b };
	struct onnx_writer *w = onnx_writer_new("p");
	float obs[1] = { 1 }, out[2] = { -1, -1 }, v;
	int fd = mkstemp(path), rc;

	if (fd >= 0)
		close(fd);
	onnx_write_input(w, "obs", (int64_t[]){ -1, 1 }, 2);
	onnx_write_output(w, "action_probs", (int64_t[]){ -1, 2 }, 2);
	onnx_write_output(w, "value", (int64_t[]){ -1, 1 }, 2);
	onnx_write_f32(w, "w", (int64_t[]){ 1, 2 }, 2, zero);
	onnx_write_f32(w, "p", (int64_t[]){ 2 }, 1, probs);
	onnx_write_f32(w, "u", (int64_t[]){ 1, 1 }, 2, zero);
	onnx_write_f32(w, "v", (int64_t[]){ 1 }, 1, &value);
	onnx_write_node(w, "Gemm", "g", "obs w p", "action_probs");
	onnx_write_node(w, "Gemm", "h", "obs u v", "value");
	rc = onnx_writer_save(w, path, &err);
	onnx_writer_free(w);
	struct rl_net *n = rc ? NULL : rl_net_open(path, &err);
	rc = n ? rl_net_run(n, obs, NULL, out, &v, &err) : -99;
	if (rc == 0 && !(out[0] == a && out[1] == b && v == value))
		rc = -98;
	rl_net_free(n);
	unlink(path);
	return rc;
}

static void
test_says(void)
{
	is_i64(says(0.25F, 0.75F, -3), 0, "probabilities and a value");
	is_i64(says(0, 1, 1e30F), 0, "a sure one");
	is_i64(says(2, -1, 0), ERR_DATA, "what lies below 0 is no probability");
	is_i64(says(7, 5, 0), ERR_DATA, "nor above 1");
	is_i64(says(0.25F, 0.25F, 0), ERR_DATA, "nor are two of half");
	is_i64(says(0, NAN, 0), ERR_DATA, "nor no number");
	is_i64(says(0, 1, NAN), ERR_DATA, "a value that is no number");
	is_i64(says(0, 1, INFINITY), ERR_DATA, "or has no end");
}

int
main(void)
{
	struct symtab *syms = symtab_new();

	test_returns(syms);
	test_future(syms);
	test_says();
	symtab_free(syms);
	return done_testing();
}
