/* onnx-run: the program's room. */
#ifndef TP_ONNX_TOOL_H
#define TP_ONNX_TOOL_H

#include "onnx/model.h"
#include "stage/stage.h"

extern const struct stage_kind onnx_run_kind;

/* Inside the tool (tool*.c). */
struct onnx_tool {
	struct stage base;
	/* options */
	struct opt_list in, out, shape;
	bool info, profile, check, perturb, plain, direct;
	int64_t batch, threads, repeat, random, memory;
	double rel, abs;

	const struct onnx_model *model;
	struct err *e;
	bool quiet;
};

struct onnx_opts
onnx_tool_opts(const struct onnx_tool *t);
/* --info: words about the model, and about a session where one can be made. */
int
onnx_tool_info(struct onnx_tool *t, const char *path, struct buf *out);
/* --profile: a table of a session's nodes. */
void
onnx_tool_profile(const struct onnx_session *s, struct buf *out);
/* --check */
int
onnx_tool_check(struct onnx_tool *t, const char *const *dirs, size_t n, struct buf *out);

int
onnx_run_main(int argc, char **argv);

#endif
