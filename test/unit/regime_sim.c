/* Does it find regimes? A few simulated paths of each kind; `bench/regime_eval accuracy` runs
 * hundreds (TP_LONG=1: 60 of each here). */
#include "../../bench/regime_sim.h"
#include "t.h"

int
main(void)
{
	long seeds = getenv("TP_LONG") ? 60 : 5;

	for (size_t c = 0; c < SIM_CONFIGS; c++) {
		double oracle = 0, ours = 0, majority = 0, ewma = 0;
		for (long i = 0; i < seeds; i++) {
			struct sim_score s[SIM_WHO];
			struct err e = { .msg = "" };
			if (sim_contest(&sim_configs[c], 100 + (uint64_t)i, s, &e) < 0) {
				ok(false, "%s", e.msg);
				continue;
			}
			oracle += s[SIM_ORACLE].bal / (double)seeds;
			ours += s[SIM_OURS].bal / (double)seeds;
			majority += s[SIM_MAJORITY].bal / (double)seeds;
			ewma += s[SIM_EWMA].bal / (double)seeds;
		}
		const char *name = sim_configs[c].name;
		t_note("%s: balanced accuracy %.4f, oracle %.4f, EWMA %.4f, majority %.4f", name,
		    ours, oracle, ewma, majority);
		if (sim_configs[c].truth.sigma[0] == sim_configs[c].truth.sigma[1]) {
			ok(oracle < .75, "%s: not even the truth finds drift", name);
			continue;
		}
		ok(ours >= oracle - .02, "%s: near the filter that knows the parameters", name);
		ok(ours > majority + .3, "%s: far above the constant guess", name);
	}
	return done_testing();
}
