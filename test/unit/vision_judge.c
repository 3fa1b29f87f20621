/* Measures of a classifier against closed forms. */
#include <math.h>

#include "unit/t.h"
#include "vision/judge.h"

enum { N = 1000 };

int
main(void)
{
	static float z[2 * N];
	static uint32_t truth[N];
	char *names[] = { (char[]){ "no" }, (char[]){ "yes" } };
	struct vis_judged j;
	struct buf out = { 0 };
	double sd = sqrt(0.8 * 0.2 / N), said = 1 / (1 + exp(-4));

	/* always "no", with logits 4 and 0; right in 800 of 1000 */
	for (size_t i = 0; i < N; i++) {
		z[2 * i] = 4;
		truth[i] = i % 5 == 0;
	}
	is_f64(vis_accuracy(z, truth, N, 2), 0.8, 1e-12, "accuracy");
	is_f64(vis_loss(z, truth, N, 2, 1), -0.8 * log(said) - 0.2 * log(1 - said), 1e-12, "loss");
	is_f64(vis_temperature(z, truth, N, 2), 4 / log(4), 1e-5,
	    "the temperature at which .8 is said");
	vis_judge(&j, z, truth, N, 2, 4 / log(4), 2000, 7);
	is_f64(j.loss_t, -0.8 * log(0.8) - 0.2 * log(0.2), 1e-12, "the loss there is the entropy");
	is_f64(j.ece, said - 0.8, 1e-9, "calibration error before");
	is_f64(j.ece_t, 0, 1e-9, "and after");
	is_f64(j.accuracy.lo, 0.8 - 1.96 * sd, 0.004, "the interval is the binomial's, below");
	is_f64(j.accuracy.hi, 0.8 + 1.96 * sd, 0.004, "and above");
	is_f64(j.of[0].precision.v, 0.8, 1e-12, "precision");
	is_f64(j.of[0].recall.v, 1, 0, "recall");
	is_f64(j.of[0].f1.v, 1.6 / 1.8, 1e-12, "F1");
	ok(j.of[1].precision.v < 0 && j.of[1].recall.v == 0, "never said: no precision");
	is_f64(j.macro_f1.v, 0.8 / 1.8, 1e-12, "macro F1");
	ok(j.confusion[0] == 800 && j.confusion[1] == 0 && j.confusion[2] == 200, "confusion");
	vis_judged_json(&j, names, &out);
	ok(strstr(buf_z(&out), "\"confusion\":[[800,0],[200,0]]"), "as JSON");
	buf_clear(&out);
	vis_judged_text(&j, names, &out);
	ok(strstr(buf_z(&out), "yes       200  -"), "as a table");
	/* without a mistake the temperature would be 0 */
	for (size_t i = 0; i < N; i++)
		truth[i] = 0;
	is_f64(vis_temperature(z, truth, N, 2), 0.5, 1e-5, "the temperature has a floor");
	vis_judged_free(&j);
	buf_free(&out);
	return done_testing();
}
