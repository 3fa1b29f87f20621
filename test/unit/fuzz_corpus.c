/* Every seed of testdata/fuzz/ through its fuzz target: what the fuzzers found once stays found.
 * A property that does not hold aborts. */
#include <dirent.h>

#include "base/buf.h"
#include "t.h"

/* Each target under a name of its own. */
/* clang-format off */
#define TARGETS(X) \
	X(ndjson) X(csv) X(limits) X(config) X(pipe) X(tws_request) X(tws_event) X(sim) X(feed_live) \
	X(regime_model) X(expr) X(feat_set) X(feat_side) X(mix) X(onnx_model) X(journal) \
	X(rl_checkpoint) X(policy_card)
#define X(name) int target_##name(const uint8_t *data, size_t size);
TARGETS(X)
#undef X
/* clang-format on */
#define LLVMFuzzerTestOneInput target_ndjson
#include "fuzz/ndjson.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput target_csv
#include "fuzz/csv.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput target_limits
#include "fuzz/limits.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput target_config
#include "fuzz/config.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput target_pipe
#include "fuzz/pipe.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput target_tws_request
#include "fuzz/tws_request.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput target_tws_event
#include "fuzz/tws_event.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput target_sim
#include "fuzz/sim.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput target_feed_live
#include "fuzz/feed_live.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput target_journal
#include "fuzz/journal.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput target_regime_model
#include "fuzz/regime_model.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput target_expr
#include "fuzz/expr.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput target_feat_set
#include "fuzz/feat_set.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput target_feat_side
#include "fuzz/feat_side.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput target_mix
#include "fuzz/mix.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput target_onnx_model
#include "fuzz/onnx_model.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput target_rl_checkpoint
#include "fuzz/rl_checkpoint.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput target_policy_card
#include "fuzz/policy_card.c"
#undef LLVMFuzzerTestOneInput

static void
replay(const char *name, int (*target)(const uint8_t *, size_t))
{
	struct buf text = { 0 };
	struct dirent **files;
	char dir[64], path[512];
	int n, done = 0;

	snprintf(dir, sizeof dir, "fuzz/%s", name);
	n = scandir(t_data(dir), &files, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		FILE *f = NULL;

		snprintf(path, sizeof path, "fuzz/%s/%s", name, files[i]->d_name);
		if (files[i]->d_name[0] != '.' && (f = fopen(t_data(path), "rb"))) {
			t_note("%s", path);
			fflush(stdout);
			buf_clear(&text);
			buf_room(&text, 1 << 20);
			text.len = fread(text.p, 1, 1 << 20, f);
			fclose(f);
			target((const uint8_t *)text.p, text.len);
			done++;
		}
		free(files[i]);
	}
	if (n >= 0)
		free(files);
	buf_free(&text);
	ok(done > 0, "%s: %d seeds hold the property", name, done);
}

int
main(void)
{
#define X(name) replay(#name, target_##name);
	TARGETS(X)
#undef X
	return done_testing();
}
