/*
 * Searching settings: what a space says, that TPE finds more than chance does, and the ledger.
 */
#include <unistd.h>

#include "base/math.h"
#include "base/mem.h"
#include "rl/trials.h"
#include "rl/tune.h"
#include "unit/t.h"

static struct err err;

static int
kind_of(void *arg, const char *key, struct err *e)
{
	(void)arg;
	if (key[0] == '?')
		return err_set(e, ERR_USAGE, "no %s", key);
	return key[0] == 'n';
}

static void
test_space(void)
{
	static const char *const wrong[] = { "lr", "=1..2", "lr=2..1", "lr=1..1", "lr=0..1:log",
		"lr=1..2:ln", "lr=a..2", "n=0.5..3", "lr=1..2,lr=1..2", "h=|2", "h=", "?=1..2",
		"lr=1..2," };
	struct tune u;
	struct buf b = { 0 };
	double x = 0;

	ok(tune_parse(&u, "lr=1e-4..1e-2:log,gamma=.9..0.999,n=2..20,h=32|64|64+64,e=1e+2|3",
	       kind_of, NULL, &err) == 0,
	    "a space");
	is_i64((int64_t)u.n, 5, "five dimensions");
	ok(u.dim[0].log && u.dim[0].kind == TUNE_REAL && u.dim[0].lo == 1e-4, "a logarithm");
	ok(u.dim[1].lo == 0.9 && u.dim[1].hi == 0.999, "a bare dot");
	ok(u.dim[2].kind == TUNE_WHOLE, "a whole number where the setting takes one");
	ok(strcmp(u.dim[3].choice[2], "64,64") == 0, "+ is a comma");
	ok(strcmp(u.dim[4].choice[0], "1e+2") == 0, "but not of an exponent");
	tune_put(&u.dim[0], 0.00123456789, &b);
	ok(strcmp(buf_z(&b), "0.00123457") == 0, "six digits: %s", buf_z(&b));
	ok(tune_get(&u.dim[0], buf_z(&b), &x) && x == 0.00123457, "and back");
	ok(!tune_get(&u.dim[0], "0.5", &x) && !tune_get(&u.dim[3], "128", &x), "not from outside");
	tune_free(&u);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		ok(tune_parse(&u, wrong[i], kind_of, NULL, &err) == ERR_USAGE, "'%s': %s", wrong[i],
		    err.msg);
		tune_free(&u);
	}
	buf_free(&b);
}

/* Every value is within bounds, and drawn evenly on its line. */
static void
test_random(void)
{
	struct tune u;
	struct rng g;
	double x[3], below = 0, ones = 0;
	bool within = true;

	tune_parse(&u, "lr=1e-4..1:log,n=1..4,h=a|b", kind_of, NULL, &err);
	rng_seed(&g, 5);
	for (int i = 0; i < 20000; i++) {
		tune_random(&u, &g, x);
		within &= x[0] >= 1e-4 && x[0] <= 1 && x[1] >= 1 && x[1] <= 4 &&
			  x[1] == floor(x[1]) && (x[2] == 0 || x[2] == 1);
		below += x[0] < 1e-2;
		ones += x[1] == 1;
	}
	ok(within, "draws keep to the bounds");
	is_f64(below / 20000, 0.5, 0.015, "half of a logarithm's draws lie below its middle");
	is_f64(ones / 20000, 0.25, 0.015, "a bound of a whole number is as likely as the others");
	tune_free(&u);
}

/* Branin and Hoo's function (Dixon and Szegoe 1978), least 0.397887 at three points. */
static double
branin(double x, double y)
{
	const double pi = 3.14159265358979323846;
	double t = y - 5.1 / (4 * pi * pi) * x * x + 5 / pi * x - 6;

	return t * t + 10 * (1 - 1 / (8 * pi)) * num_cos(x) + 10;
}

/* A mixed space: the right choice, a rate on a log scale, a number of layers; least 0. */
static double
mixed(const double *x)
{
	double l = num_log10(x[0]) + 3;

	return l * l + 0.25 * (x[1] - 7) * (x[1] - 7) + (x[2] == 2 ? 0 : 1 + 0.2 * x[2]) +
	       4 * (x[3] - 0.3) * (x[3] - 0.3);
}

static double
best_of(const struct tune *u, bool tpe, uint64_t seed, size_t rows)
{
	double *x = mem_array(rows * u->n, sizeof *x), *loss = mem_array(rows, sizeof *loss);
	double best = INFINITY;
	struct rng g;

	rng_seed(&g, seed);
	for (size_t i = 0; i < rows; i++) {
		double *p = x + i * u->n;

		if (tpe)
			tune_tpe(u, &g, x, loss, i, p);
		else
			tune_random(u, &g, p);
		loss[i] = u->n == 2 ? branin(p[0], p[1]) : mixed(p);
		if (i % 17 == 3)
			loss[i] = NAN; /* some diverge */
		else if (loss[i] < best)
			best = loss[i];
	}
	free(x);
	free(loss);
	return best;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

#define SEEDS 41

static void
race(const char *name, const char *space, double least, size_t rows, double within)
{
	double tpe[SEEDS], chance[SEEDS];
	struct tune u;
	size_t wins = 0;

	tune_parse(&u, space, kind_of, NULL, &err);
	for (uint64_t s = 0; s < SEEDS; s++) {
		tpe[s] = best_of(&u, true, s, rows) - least;
		chance[s] = best_of(&u, false, 1000 + s, rows) - least;
		wins += tpe[s] < chance[s];
	}
	qsort(tpe, SEEDS, sizeof *tpe, ascending);
	qsort(chance, SEEDS, sizeof *chance, ascending);
	t_note("%s, %zu tries: regret %.4f by TPE, %.4f by chance (medians); %zu of %d won", name,
	    rows, tpe[SEEDS / 2], chance[SEEDS / 2], wins, SEEDS);
	ok(tpe[SEEDS / 2] >= 0 && tpe[SEEDS / 2] < within, "%s: TPE comes near the optimum", name);
	ok(tpe[SEEDS / 2] < chance[SEEDS / 2] / 3, "%s: three times as near as chance", name);
	/* 31 of 41 by luck alone: less than one in a thousand */
	ok(wins >= 31, "%s: and on most seeds", name);
	tune_free(&u);
}

static void
test_repeats(void)
{
	struct tune u;

	tune_parse(&u, "x=-5..10,y=0..15", kind_of, NULL, &err);
	ok(best_of(&u, true, 7, 60) == best_of(&u, true, 7, 60), "the same seed, the same search");
	tune_free(&u);
}

/* ---- the ledger ---- */

static char *
text(const char *z)
{
	return mem_dup(z, strlen(z));
}

static int
add(struct rl_ledger *l, int64_t attempt, int64_t rung, double sharpe)
{
	struct rl_trial t = { .attempt = attempt,
		.rung = rung,
		.seed = 1,
		.steps = 100,
		.search = "0123456789abcdef",
		.method = text("tpe"),
		.env = text("ou"),
		.algo = text("ppo"),
		.objective = 1.5,
		.valid_mean = NAN,
		.sharpe = sharpe };
	int rc;

	t.setting = mem_array(1, sizeof *t.setting);
	t.nsettings = 1;
	t.setting[0].key = text("lr");
	t.setting[0].value = text("0.\"1");
	rc = rl_ledger_add(l, &t, NULL, &err);
	rl_trial_free(&t);
	return rc;
}

static void
test_ledger(void)
{
	char path[] = "/tmp/rl_tune.XXXXXX";
	int fd = mkstemp(path);
	struct rl_ledger l, other;
	double stdev = 0;

	ok(fd >= 0 && rl_ledger_open(&l, path, false, &err) == 0, "an empty ledger");
	is_i64((int64_t)rl_ledger_count(&l, &stdev), 0, "has no trial");
	ok(isnan(stdev), "and no deviation");
	ok(add(&l, 1, -1, 0.1) == 0, "a line is added: %s", err.msg);
	rl_ledger_open(&other, path, false, &err);
	ok(add(&other, 2, 0, 0.3) == 0 && add(&l, 3, 0, NAN) == 0, "by two at once");
	ok(add(&l, 2, 1, 0.5) == 0, "a second rung");
	is_i64((int64_t)l.n, 4, "each sees the other's");
	is_i64(l.v[2].trial, 3, "numbers go on");
	is_i64(l.v[3].trial, 2, "a rung keeps its number");
	is_i64((int64_t)rl_ledger_count(&l, &stdev), 3, "three trials");
	is_f64(stdev, sqrt(0.08), 1e-15, "the deviation of the last Sharpe ratios of each");
	ok(rl_ledger_find(&l, "0123456789abcdef", 2, 1) == &l.v[3], "found");
	ok(!rl_ledger_find(&l, "x", 2, 1) && !rl_ledger_find(&l, l.v[0].search, 2, -1),
	    "or not found");
	rl_ledger_close(&other);
	rl_ledger_close(&l);

	/* a crash in the middle of a line */
	FILE *f = fopen(path, "ab");
	fputs("{\"type\":\"trial\",\"tri", f);
	fclose(f);
	ok(rl_ledger_open(&l, path, false, &err) == 0 && l.n == 4, "what is torn is not read");
	ok(strcmp(l.v[0].setting[0].value, "0.\"1") == 0, "texts come back as they were");
	ok(add(&l, 5, -1, 0.1) == 0, "and the next line goes in its place");
	rl_ledger_close(&l);
	ok(rl_ledger_open(&l, path, false, &err) == 0 && l.n == 5, "five whole lines");
	rl_ledger_close(&l);
	f = fopen(path, "ab");
	fputs("{\"type\":\"fill\"}\n", f);
	fclose(f);
	is_i64(rl_ledger_open(&l, path, false, &err), ERR_DATA, "no ledger: %s", err.msg);
	rl_ledger_close(&l);
	close(fd);
	remove(path);
}

int
main(void)
{
	test_space();
	test_random();
	race("branin", "x=-5..10,y=0..15", 0.397887357729739, 80, 0.3);
	race("mixed", "lr=1e-6..1:log,n=1..20,h=a|b|c|d,z=0..1", 0, 150, 0.3);
	test_repeats();
	test_ledger();
	return done_testing();
}
