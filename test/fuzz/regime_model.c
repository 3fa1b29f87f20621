/* The model file of regime-detect: what is accepted is written, read back and written again as the
 * same bytes, and can be filtered with; what is refused is refused with words. */
#include "fuzz.h"
#include "regime/model.h"

static void
fuzz_regime_filter(const struct regime_params *p)
{
	struct hmm_filter f = { .any = false };
	struct hmm_plan pl;
	struct err e;
	const double x[] = { 0, .01, -1e3, 1e-300, 1e300 };

	FUZZ_HOLDS(hmm_plan(&pl, &p->m, &e) == 0, "%s", e.msg);
	for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
		double sum = 0;

		hmm_step(&pl, &f, x[i]);
		hmm_miss(&pl, &f);
		for (int j = 0; j < p->m.k; j++)
			sum += f.p[j];
		FUZZ_HOLDS(sum > 0.999 && sum < 1.001, "probabilities sum to %g", sum);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf text = { 0 }, once = { 0 }, twice = { 0 };
	struct regime_model m, back;
	struct err e = { .msg = "" };

	buf_put(&text, data, size);
	buf_z(&text);
	int rc = regime_model_parse(&m, "m.json", text.p, text.len, &e);
	if (rc == 0) {
		regime_model_put(&m, &once);
		rc = regime_model_parse(&back, "m.json", once.p, once.len, &e);
		FUZZ_HOLDS(rc == 0, "%s: %s", e.msg, buf_z(&once));
		regime_model_put(&back, &twice);
		FUZZ_HOLDS(once.len == twice.len && memcmp(once.p, twice.p, once.len) == 0,
		    "written twice: %s", buf_z(&once));
		if (m.pooled)
			fuzz_regime_filter(&m.all);
		for (size_t i = 0; i < m.nsymbols; i++)
			fuzz_regime_filter(&m.symbols[i].p);
		regime_model_free(&back);
	} else {
		FUZZ_HOLDS(rc < 0 && e.msg[0], "refused without words: %s", buf_z(&text));
	}
	regime_model_free(&m);
	buf_free(&text);
	buf_free(&once);
	buf_free(&twice);
	return 0;
}
