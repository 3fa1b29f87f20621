/*
 * Steps a second of the market environment on one core: ledger, costs, risk checks and the paper
 * venue in every step. `rl_env [SECONDS] [LIMITS]` writes "item TAB steps TAB seconds" lines.
 * Made-up daily bars, one symbol and ten, agents that change their position rarely (one step in
 * ten) and at every step.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/rng.h"
#include "rl/market_env.h"

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
make_data(const char *path, int nsym, int days)
{
	FILE *f = fopen(path, "w");
	struct rng g;
	double px[16];

	if (!f)
		exit(1);
	rng_seed(&g, 1);
	fprintf(f, "ts,sym,open,high,low,close,volume\n");
	for (int s = 0; s < nsym; s++)
		px[s] = 50 + 10 * s;
	for (int d = 0; d < days; d++) {
		int y, m, day;

		tim_civil(12000 + d, &y, &m, &day);
		for (int s = 0; s < nsym; s++) {
			double o = px[s] * (1 + 0.003 * rng_normal(&g));
			double c = o * (1 + 0.01 * rng_normal(&g));

			c = c < 5 ? 5 : c;
			o = o < 5 ? 5 : o;
			fprintf(f, "%04d-%02d-%02dT00:00:00Z,S%02d,%.2f,%.2f,%.2f,%.2f,100000\n", y,
			    m, day, s, o, (o > c ? o : c) + 0.3, (o < c ? o : c) - 0.3, c);
			px[s] = c;
		}
	}
	fclose(f);
}

struct job {
	const char *item, *action;
	int nsym;
	double rarely; /* part of the steps at which the agent changes its mind */
	const char *window;
};

static int
run(const struct job *j, const char *data, const char *limits, double seconds)
{
	struct rl_param p[] = { { "data", data }, { "action", j->action }, { "window", j->window },
		{ "steps", "1000" }, { "random-start", "true" }, { "weight", "0.3" },
		{ "slippage", "bps:1" }, { "limits", limits } };
	struct err e = { 0 };
	size_t copies = 8, acts = 4096;
	struct rl_env *v = rl_env_make(&rl_env_market, p, limits ? 8 : 7, copies, &e);

	if (!v) {
		fprintf(stderr, "rl_env: %s\n", e.msg);
		return 1;
	}
	size_t width = v->act.kind == RL_BOX ? v->act.n : 1;
	float *obs = mem_array(v->nobs, sizeof *obs), *act = mem_array(acts * width, sizeof *act);
	struct rl_out out;
	struct rng g;
	uint64_t steps = 0, orders = 0, rejects = 0, seed = 0;
	double start, end;

	rng_seed(&g, 2);
	for (size_t i = 0; i < acts * width; i++) /* drawn before the clock runs */
		act[i] = i >= width && rng_uniform(&g) >= j->rarely ? act[i - width]
			 : v->act.kind == RL_BOX                    ? (float)(rng_uniform(&g) * 0.2)
						 : (float)rng_below(&g, v->act.n);
	for (size_t i = 0; i < copies; i++)
		rl_env_reset(v, i, seed++, obs);
	start = now();
	do {
		for (size_t k = 0; k < 1000; k++) {
			size_t i = steps % copies;
			struct market_copy *c = rl_env_copy(v, i);

			if (rl_env_step(
				v, i, act + (steps / copies + i * 97) % acts * width, obs, &out)) {
				fprintf(stderr, "rl_env: %s\n", v->err->msg);
				return 1;
			}
			steps++;
			if (out.terminated || out.truncated) {
				orders += c->norders;
				rejects += c->nrejects;
				rl_env_reset(v, i, seed++, obs);
			}
		}
		end = now();
	} while (end - start < seconds);
	printf("%s\t%llu\t%.4f\t%.0f steps/s, %.3f orders and %.4f rejects a step\n", j->item,
	    (unsigned long long)steps, end - start, (double)steps / (end - start),
	    (double)orders / (double)steps, (double)rejects / (double)steps);
	free(obs);
	free(act);
	rl_env_free(v);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct job jobs[] = {
		{ "env 1 symbol, rarely", "position", 1, 0.1, "1" },
		{ "env 1 symbol, always", "position", 1, 1, "1" },
		{ "env 1 symbol, window 20", "position", 1, 0.1, "20" },
		{ "env 1 symbol, simple orders", "simple", 1, 1, "1" },
		{ "env 10 symbols, rarely", "weights", 10, 0.1, "1" },
	};
	double seconds = argc > 1 ? strtod(argv[1], NULL) : 2;
	char path[2][100];
	int rc = 0;

	for (int i = 0; i < 2; i++) {
		snprintf(path[i], sizeof path[i], "%s/rl_env.%ld.%d.csv",
		    getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", (long)getpid(), i);
		make_data(path[i], i ? 10 : 1, 2600);
	}
	for (size_t i = 0; i < sizeof jobs / sizeof jobs[0] && rc == 0; i++)
		rc = run(&jobs[i], path[jobs[i].nsym > 1], argc > 2 ? argv[2] : NULL, seconds);
	remove(path[0]);
	remove(path[1]);
	return rc;
}
