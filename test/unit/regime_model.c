/* Model files: what is refused and with which words, and that what is written reads back. */
#include "base/tim.h"
#include "regime/model.h"
#include "t.h"

#define HEAD \
	"{\"format\":\"tradepipe-regime-1\",\"name\":\"a\",\"states\":2,\"dist\":\"gaussian\"," \
	"\"return\":\"log\""
#define MU ",\"mu\":[0.001,0]"
#define SIGMA ",\"sigma\":[0.01,0.02]"
#define P ",\"transition\":[[0.9,0.1],[0.2,0.8]]"

static void
refused(const char *text, const char *words)
{
	struct regime_model m;
	struct err e = { .msg = "" };
	int rc = regime_model_parse(&m, "m.json", text, strlen(text), &e);

	is_i64(rc, -3, "refused: %s", words);
	ok(strstr(e.msg, words) && strncmp(e.msg, "m.json: ", 8) == 0, "words: %s", e.msg);
	regime_model_free(&m);
}

static void
accepted(const char *text, struct regime_model *m)
{
	struct err e = { .msg = "" };

	is_i64(regime_model_parse(m, "m.json", text, strlen(text), &e), 0, "accepted: %s", e.msg);
}

static void
test_refused(void)
{
	refused("", "");
	refused("[]", "must be a JSON object");
	refused("{\"format\":\"x\"}", "format: must be \"tradepipe-regime-1\"");
	refused(HEAD MU SIGMA P ",\"strat\":\"initial\"}", "strat: no such key");
	refused(HEAD MU SIGMA P MU "}", "");
	refused(HEAD SIGMA P "}", "mu: must be a list");
	refused(HEAD ",\"mu\":[1]" SIGMA P "}", "mu: must be a list");
	refused(HEAD MU ",\"sigma\":[0,0.02]" P "}", "sigma: value 0 must be above 0");
	refused(HEAD MU ",\"sigma\":[-0.01,0.02]" P "}", "sigma: value 0 must be above 0");
	refused(HEAD MU ",\"sigma\":[0.02,0.01]" P "}", "order of rising sigma");
	refused(HEAD MU ",\"sigma\":[0.02,null]" P "}", "sigma: must be a list");
	refused(HEAD MU SIGMA ",\"transition\":[[0.9,0.2],[0.2,0.8]]}",
	    "transition: row 0 sums to 1.1, not to 1");
	refused(HEAD MU SIGMA ",\"transition\":[[1.1,-0.1],[0.2,0.8]]}",
	    "transition: a probability of row 0 is not in 0..1");
	refused(
	    HEAD MU SIGMA ",\"transition\":[[0.9,0.1]]}", "transition: must be a list of one row");
	refused(HEAD MU SIGMA ",\"transition\":[[1,0],[0,1]]}", "no stationary start");
	refused(HEAD MU SIGMA P ",\"nu\":[4,4]}", "nu: belongs to \"dist\": \"t\"");
	refused(HEAD MU SIGMA P ",\"start\":\"initial\"}", "initial: is missing");
	refused(HEAD MU SIGMA P ",\"start\":\"now\"}", "start: must be");
	refused(HEAD MU SIGMA P ",\"initial\":[0.4,0.5]}", "initial: row 0 sums to 0.9");
	refused(HEAD MU SIGMA P ",\"labels\":[\"a\",\"b c\"]}", "labels: must be words");
	refused(HEAD MU SIGMA P ",\"ewma\":{\"lambda\":1,\"cuts\":[0.1]}}", "ewma.lambda");
	refused(HEAD MU SIGMA P ",\"ewma\":{\"lambda\":0.9,\"cuts\":[0]}}", "ewma.cuts");
	refused(HEAD MU SIGMA P ",\"n\":-1}", "n: must be a whole number");
	refused(HEAD MU SIGMA P ",\"from\":\"yesterday\"}", "from: must be a time");
	refused(HEAD ",\"symbols\":{\"A\":{}}}", "symbols.A.mu: must be a list");
	refused(HEAD ",\"symbols\":{\"A B\":{}}}", "a key is no symbol");
	refused(HEAD ",\"symbols\":{\"A\":{\"name\":1}}}", "symbols.A.name: no such key");
}

static void
test_accepted(void)
{
	struct regime_model m;

	accepted(HEAD MU SIGMA P "}", &m);
	ok(m.pooled && m.stationary && m.k == 2, "shape");
	is_str(m.label[1], "turbulent", "default labels");
	ok(regime_model_for(&m, "X") == &m.all, "for any symbol");
	regime_model_free(&m);
	accepted(HEAD MU SIGMA ",\"transition\":[[0.9999999,0],[0.2,0.8]]}", &m);
	is_f64(m.all.m.p[0][0], 1, 0, "a row is made to sum to 1");
	regime_model_free(&m);
	accepted(HEAD ",\"symbols\":{\"B\":{\"mu\":[0,0],\"sigma\":[1,2]" P
		      "},\"A/C\":{\"mu\":[0,0],"
		      "\"sigma\":[3,4]" P "}}}",
	    &m);
	ok(!m.pooled && regime_model_for(&m, "B") && !regime_model_for(&m, "C") &&
		regime_model_for(&m, "A/C")->m.sigma[0] == 3 && !regime_model_for(&m, NULL),
	    "symbols are found");
	regime_model_free(&m);
}

static void
test_round_trip(void)
{
	struct regime_model m = { .name = "x",
		.k = 3,
		.dist = REGIME_T,
		.stationary = false,
		.pooled = true,
		.restarts = 5,
		.seed = 9 },
			    back;
	struct regime_params *p = &m.all;
	struct buf text = { 0 }, again = { 0 };
	struct err e;

	regime_model_labels(&m);
	*p = (struct regime_params){
		.m = { .k = 3,
		    .dist = REGIME_T,
		    .mu = { 1. / 3, -1e-17, 3e-5 },
		    .sigma = { .1, 1. / 7, .2 },
		    .nu = { 4.4, 5, 2.1 },
		    .p = { { .5, .25, .25 }, { 0, 1. / 3, 2. / 3 }, { .1, .2, .7 } },
		    .init = { 1, 0, 0 } },
		.lambda = .94,
		.cut = { .01, .02 },
		.loglik = -12.5,
		.n = 7,
		.series = 2,
		.from = 0,
		.until = TIM_DAY,
		.iterations = 3,
		.start = 1,
		.converged = true
	};
	regime_model_put(&m, &text);
	is_i64(regime_model_parse(&back, "m", text.p, text.len, &e), 0, "reads: %s", e.msg);
	ok(memcmp(back.all.m.p, p->m.p, sizeof p->m.p) == 0 &&
		memcmp(back.all.m.mu, p->m.mu, sizeof p->m.mu) == 0 &&
		memcmp(back.all.m.nu, p->m.nu, sizeof p->m.nu) == 0,
	    "the same bits");
	regime_model_put(&back, &again);
	is_mem(again.p, again.len, text.p, text.len, "the same bytes");
	regime_model_free(&back);
	buf_free(&text);
	buf_free(&again);
}

int
main(void)
{
	test_refused();
	test_accepted();
	test_round_trip();
	return done_testing();
}
