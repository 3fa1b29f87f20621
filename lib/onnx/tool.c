#include "onnx/tool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/tim.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/rng.h"
#include "io/in.h"
#include "io/out.h"
#include "onnx/file.h"
#include "onnx/tensor.h"
#include "stage/run.h"

enum { TENSOR_MAX = 1 << 30 };

#define AT(field) OPT_OFF(struct onnx_tool, field)

static const struct opt tool_opts[] = {
	{ OPT_LIST, 'i', "input", "[NAME=]FILE",
	    "an input, from .npy, .pb or NDJSON (else from standard input)", NULL, NULL, NULL,
	    AT(in), 0, 0 },
	{ OPT_LIST, 'o', "output", "[NAME=]FILE",
	    "where an output goes: .npy, .pb or NDJSON (else standard output)", NULL, NULL, NULL,
	    AT(out), 0, 0 },
	{ OPT_FLAG, 0, "info", NULL, "say what the model is made of, and leave", NULL, NULL, NULL,
	    AT(info), 0, 0 },
	{ OPT_FLAG, 0, "profile", NULL, "say how long each node takes instead of the outputs", NULL,
	    NULL, NULL, AT(profile), 0, 0 },
	{ OPT_FLAG, 0, "check", NULL,
	    "the operands behind MODEL (or all) are folders of test data to agree with", NULL, NULL,
	    NULL, AT(check), 0, 0 },
	{ OPT_FLAG, 0, "perturb", NULL,
	    "change one expected value of each case: all must then fail", NULL, NULL, NULL,
	    AT(perturb), 0, 0 },
	{ OPT_F64, 0, "rel", "X", "--check: what an output may be off, relative", "0.001", NULL,
	    NULL, AT(rel), 0, 0 },
	{ OPT_F64, 0, "abs", "X", "--check: ... and absolute", "0.00001", NULL, NULL, AT(abs), 0,
	    0 },
	{ OPT_INT, 'b', "batch", "N", "open first dimensions of the inputs", "1", NULL, NULL,
	    AT(batch), 1, 1000000 },
	{ OPT_TEXTS, 0, "shape", "NAME=N,N..", "the shape of an input, for --info and --random",
	    NULL, NULL, NULL, AT(shape), 0, 0 },
	{ OPT_INT, 'r', "random", "SEED", "inputs are random numbers, N(0,1)", "-1", NULL, NULL,
	    AT(random), -1, INT64_MAX },
	{ OPT_INT, 'n', "repeat", "N", "run so often; the outputs are those of the last run", "1",
	    NULL, NULL, AT(repeat), 1, 100000000 },
	{ OPT_INT, 't', "threads", "N", "threads that share the work", "1", NULL, NULL, AT(threads),
	    1, 256 },
	{ OPT_INT, 0, "memory", "MIB", "most memory for values", "1024", NULL, NULL, AT(memory), 1,
	    1048576 },
	{ OPT_FLAG, 0, "plain", NULL, "reference kernels only: nothing fused, no blocked layout",
	    NULL, NULL, NULL, AT(plain), 0, 0 },
	{ OPT_FLAG, 0, "direct", NULL, "no Winograd convolution", NULL, NULL, NULL, AT(direct), 0,
	    0 },
	{ 0 },
};

static int
not_here(struct stage *st)
{
	return stage_fail(st, ERR_USAGE, "runs models on tensors; it is no part of a pipeline");
}

const struct stage_kind onnx_run_kind = {
	.name = "onnx-run",
	.about = "run an ONNX model on tensors",
	.operands = "MODEL [DIR...]",
	.opts = tool_opts,
	.size = sizeof(struct onnx_tool),
	.open = not_here,
};

struct onnx_opts
onnx_tool_opts(const struct onnx_tool *t)
{
	return (struct onnx_opts){ .batch = t->batch,
		.threads = (int)t->threads,
		.max_bytes = (size_t)t->memory << 20,
		.plain = t->plain,
		.direct = t->direct,
		.profile = t->profile };
}

/* ---- what a run needs ---- */

struct job {
	struct onnx_tool *t;
	const struct onnx_model *m;
	struct onnx_session *s;
	size_t nin, nout;
	struct onnx_tensor *in, *got, *shape;
	bool *have;
	const char **to; /* files of outputs, or NULL */
	struct buf out;
	double *us; /* of each repeat */
};

static bool
ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), k = strlen(tail);

	return n >= k && strcmp(s + n - k, tail) == 0;
}

/* "NAME=REST": the port of that name; without a name the i-th. -1 for none. What stands before the
 * sign and is no name of a port is part of a path only when it has a slash. */
static int
port_of(const struct onnx_model *m, bool input, const char *arg, size_t i, const char **rest)
{
	size_t n = input ? onnx_model_inputs(m) : onnx_model_outputs(m);
	const char *eq = strchr(arg, '=');

	*rest = arg;
	for (size_t k = 0; eq && k < n; k++) {
		const char *name =
		    input ? onnx_model_input(m, k)->name : onnx_model_output(m, k)->name;

		if (strlen(name) == (size_t)(eq - arg) && memcmp(name, arg, strlen(name)) == 0) {
			*rest = eq + 1;
			return (int)k;
		}
	}
	if (eq && !memchr(arg, '/', (size_t)(eq - arg)))
		return -1;
	return i < n ? (int)i : -1;
}

/* The words when there is no such port. */
static int
no_port(struct job *j, bool input, const char *what, const char *arg)
{
	size_t n = input ? j->nin : j->nout;
	struct buf b = { 0 };

	for (size_t k = 0; k < n && k < 20; k++)
		buf_printf(&b, "%s%s", k ? ", " : "",
		    input ? onnx_model_input(j->m, k)->name : onnx_model_output(j->m, k)->name);
	err_set(j->t->e, ERR_USAGE, "--%s %s: no such %s; the model has %zu: %.200s", what, arg,
	    input ? "input" : "output", n, buf_z(&b));
	buf_free(&b);
	return ERR_USAGE;
}

/* What the model says of an input, with what --shape and --batch say of its open dimensions. */
static struct onnx_tensor
expected(const struct job *j, size_t i)
{
	struct onnx_tensor t = onnx_model_input(j->m, i)->t;

	if (j->shape[i].type) {
		t.ndims = j->shape[i].ndims;
		memcpy(t.dims, j->shape[i].dims, sizeof t.dims);
	}
	for (unsigned k = 0; k < t.ndims; k++)
		if (t.dims[k] < 0)
			t.dims[k] = k == 0 ? j->t->batch : 1;
	return t;
}

static int
take_shapes(struct job *j)
{
	struct err *e = j->t->e;

	for (size_t i = 0; i < j->t->shape.n; i++) {
		const char *p, *arg = j->t->shape.v[i];
		int k = port_of(j->m, true, arg, i, &p);
		struct onnx_tensor *s;

		if (k < 0)
			return no_port(j, true, "shape", arg);
		s = &j->shape[k];
		s->type = ONNX_F32; /* given */
		s->ndims = 0;
		while (*p) {
			size_t n = strcspn(p, ",");

			if (s->ndims == ONNX_DIMS || !num_i64(p, n, &s->dims[s->ndims]) ||
			    s->dims[s->ndims++] < 0)
				return err_set(
				    e, ERR_USAGE, "--shape %s: expected NAME=N,N,...", arg);
			p += n + (p[n] == ',');
		}
	}
	return 0;
}

static int
read_input(struct job *j, size_t i, const char *path)
{
	struct err *e = j->t->e;
	struct onnx_tensor like = expected(j, i);
	struct buf b = { 0 };
	char name[256];
	int rc = io_file_read(path, TENSOR_MAX, &b, e);

	if (rc)
		return rc;
	free(j->in[i].data);
	j->in[i].data = NULL;
	buf_z(&b);
	if (ends_with(path, ".npy"))
		rc = onnx_npy_parse(b.p, b.len, TENSOR_MAX, &j->in[i], e);
	else if (ends_with(path, ".pb"))
		rc = onnx_tensor_parse(b.p, b.len, TENSOR_MAX, &j->in[i], NULL, e);
	else
		rc = onnx_text_parse(b.p, b.len, &like, &j->in[i], name, e);
	if (rc)
		err_wrap(e, "%s", path);
	j->have[i] = true;
	buf_free(&b);
	return rc;
}

static int
read_inputs(struct job *j)
{
	for (size_t i = 0; i < j->t->in.n; i++) {
		const char *path;
		int k = port_of(j->m, true, j->t->in.v[i], i, &path), rc;

		if (k < 0)
			return no_port(j, true, "input", j->t->in.v[i]);
		rc = read_input(j, (size_t)k, path);
		if (rc)
			return rc;
	}
	for (size_t i = 0; i < j->t->out.n; i++) {
		const char *path;
		int k = port_of(j->m, false, j->t->out.v[i], i, &path);

		if (k < 0)
			return no_port(j, false, "output", j->t->out.v[i]);
		j->to[k] = path;
	}
	return 0;
}

static int
random_inputs(struct job *j)
{
	struct rng r;

	rng_seed(&r, (uint64_t)j->t->random);
	for (size_t i = 0; i < j->nin; i++) {
		struct onnx_tensor *t = &j->in[i];
		size_t bytes;
		int rc;

		if (j->have[i])
			continue;
		*t = expected(j, i);
		rc = onnx_tensor_bytes(t, (size_t)j->t->memory << 20, &bytes, j->t->e);
		if (rc)
			return err_wrap(
			    j->t->e, "input \"%.80s\"", onnx_model_input(j->m, i)->name);
		t->data = mem_alloc(bytes);
		/* integers stay 0, which is an index of anything */
		for (size_t k = 0, n = onnx_count(t); k < n; k++)
			if (t->type == ONNX_F32)
				((float *)t->data)[k] = (float)rng_normal(&r);
			else if (t->type == ONNX_F64)
				((double *)t->data)[k] = rng_normal(&r);
		j->have[i] = true;
	}
	return 0;
}

/* ---- running ---- */

static bool
all_there(const struct job *j)
{
	for (size_t i = 0; i < j->nin; i++)
		if (!j->have[i])
			return false;
	return true;
}

static int
make_session(struct job *j)
{
	struct onnx_opts o = onnx_tool_opts(j->t);

	for (size_t i = 0; j->s && i < j->nin; i++) {
		const struct onnx_tensor *was = onnx_session_input(j->s, i), *is = &j->in[i];

		if (was->ndims != is->ndims ||
		    memcmp(was->dims, is->dims, is->ndims * sizeof *is->dims) != 0) {
			onnx_session_free(j->s);
			j->s = NULL;
		}
	}
	if (j->s)
		return 0;
	o.shapes = j->in;
	j->s = onnx_session_new(j->m, &o, j->t->e);
	return j->s ? 0 : j->t->e->code;
}

static int
write_output(struct job *j, size_t i)
{
	const char *name = onnx_model_output(j->m, i)->name, *path = j->to[i];
	struct buf b = { 0 };
	int rc = 0;

	if (!path)
		return onnx_text_put(&j->got[i], name, &j->out, j->t->e);
	if (ends_with(path, ".npy"))
		rc = onnx_npy_put(&j->got[i], &b, j->t->e);
	else if (ends_with(path, ".pb"))
		onnx_tensor_put(&j->got[i], name, &b);
	else
		rc = onnx_text_put(&j->got[i], name, &b, j->t->e);
	if (!rc)
		rc = io_file_replace(path, b.p, b.len, j->t->e);
	buf_free(&b);
	return rc;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int
run_once(struct job *j)
{
	size_t n = (size_t)j->t->repeat;
	int rc = make_session(j);

	for (size_t i = 0; i < n && !rc; i++) {
		double t0 = (double)tim_mono() / 1e3;

		rc = onnx_run(j->s, j->in, j->got, j->t->e);
		j->us[i] = (double)tim_mono() / 1e3 - t0;
	}
	for (size_t i = 0; i < j->nout && !rc && (!j->t->profile || j->to[i]); i++)
		rc = write_output(j, i);
	if (rc || !j->t->profile)
		return rc;
	onnx_tool_profile(j->s, &j->out);
	qsort(j->us, n, sizeof *j->us, by_value);
	buf_printf(&j->out, "%zu runs: %.2f us at best, %.2f median, %.2f at worst\n", n, j->us[0],
	    j->us[n / 2], j->us[n - 1]);
	return 0;
}

/* Lines until every input has one, then a run; and again. */
static int
run_lines(struct job *j)
{
	struct err *e = j->t->e;
	struct io_in *in = io_in_fd(0, "standard input");
	const char *p;
	size_t n;
	int rc;

	while ((rc = io_in_line(in, false, &p, &n, e)) > 0) {
		char name[256];
		int k = -1;

		if (rc == 2) {
			rc = io_out_flush(1, &j->out, "standard output", e);
			if (rc < 0)
				break;
			rc = io_in_line(in, true, &p, &n, e);
			if (rc <= 0)
				break;
		}
		rc = onnx_text_name(p, n, name, e);
		for (size_t i = 0; i < j->nin && !rc && k < 0; i++)
			if (*name ? strcmp(name, onnx_model_input(j->m, i)->name) == 0
				  : !j->have[i])
				k = (int)i;
		if (!rc && k < 0)
			rc = err_set(e, ERR_DATA, "the model has no input \"%s\"", name);
		if (!rc) {
			struct onnx_tensor like = expected(j, (size_t)k);

			free(j->in[k].data);
			rc = onnx_text_parse(p, n, &like, &j->in[k], name, e);
			j->have[k] = true;
		}
		if (!rc && all_there(j)) {
			rc = run_once(j);
			memset(j->have, 0, j->nin * sizeof *j->have);
		}
		if (rc) {
			if (rc == ERR_DATA)
				err_wrap(e, "line %llu", (unsigned long long)io_in_lineno(in));
			break;
		}
	}
	for (size_t i = 0; i < j->nin && rc == 0; i++)
		if (j->have[i])
			rc = err_set(e, ERR_DATA, "the input ends before every input has a line");
	io_in_free(in);
	return rc;
}

static int
run_job(struct job *j)
{
	int rc = take_shapes(j);

	if (!rc)
		rc = read_inputs(j);
	if (!rc && j->t->random >= 0)
		rc = random_inputs(j);
	if (rc)
		return rc;
	if (all_there(j))
		return run_once(j);
	if (j->t->in.n)
		return err_set(j->t->e, ERR_USAGE,
		    "%zu of %zu inputs; the others need --input, too", j->t->in.n, j->nin);
	return run_lines(j);
}

static int
run_model(struct onnx_tool *t, struct buf *out)
{
	struct job j = { .t = t, .m = t->model };
	int rc;

	j.nin = onnx_model_inputs(j.m);
	j.nout = onnx_model_outputs(j.m);
	j.in = mem_array(j.nin, sizeof *j.in);
	j.shape = mem_array(j.nin, sizeof *j.shape);
	j.have = mem_array(j.nin, sizeof *j.have);
	j.got = mem_array(j.nout, sizeof *j.got);
	j.to = mem_array(j.nout, sizeof *j.to);
	j.us = mem_array((size_t)t->repeat, sizeof *j.us);
	rc = run_job(&j);
	/* what was written before stays valid */
	buf_put(out, j.out.p ? j.out.p : "", j.out.len);
	onnx_session_free(j.s);
	for (size_t i = 0; i < j.nin; i++)
		free(j.in[i].data);
	free(j.in);
	free(j.shape);
	free(j.have);
	free(j.got);
	free(j.to);
	free(j.us);
	buf_free(&j.out);
	return rc;
}

/* ---- the program ---- */

static bool
is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int
work(struct onnx_tool *t, const char *const *v, size_t n, struct buf *out)
{
	bool own = t->check && n && is_dir(v[0]); /* each case brings its model */
	struct onnx_model *m;
	int rc;

	if (!n)
		return err_set(t->e, ERR_USAGE, "which model? (see onnx-run -h)");
	if (t->rel < 0 || t->abs < 0)
		return err_set(t->e, ERR_USAGE, "--rel and --abs must not be below 0");
	if (n > 1 && !t->check)
		return err_set(t->e, ERR_USAGE, "takes one model; tensors come by --input");
	if (own)
		return onnx_tool_check(t, v, n, out);
	if (t->check && n < 2)
		return err_set(t->e, ERR_USAGE, "--check needs a folder of test data");
	m = onnx_model_open(v[0], t->e);
	if (!m)
		return t->e->code;
	t->model = m;
	rc = t->info    ? onnx_tool_info(t, v[0], out)
	     : t->check ? onnx_tool_check(t, v + 1, n - 1, out)
			: run_model(t, out);
	onnx_model_free(m);
	return rc;
}

int
onnx_run_main(int argc, char **argv)
{
	const char *name = onnx_run_kind.name;
	struct buf out = { 0 };
	struct args a;
	struct err e = { 0 }, ew;
	int rc, wrote;

	run_hold_standard();
	rc = args_parse(&a, &onnx_run_kind, argc, argv, &e);
	if (rc == 0 &&
	    (a.common.help || a.common.version || a.common.print_config || a.common.completion)) {
		args_free(&a);
		return stage_main(&onnx_run_kind, argc, argv);
	}
	if (rc == 0) {
		struct onnx_tool *t = (struct onnx_tool *)a.st;

		t->e = &e;
		t->quiet = a.common.quiet;
		rc = work(t, a.operands, a.noperands, &out);
	}
	wrote = io_out_flush(1, &out, "standard output", &ew);
	if (rc < 0 && rc != ERR_GATE && rc != ERR_PIPE)
		run_say(name, e.msg);
	if (wrote < 0 && wrote != ERR_PIPE)
		run_say(name, ew.msg);
	buf_free(&out);
	args_free(&a);
	return run_status(rc ? rc : wrote);
}
