#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "onnx/check.h"

#include "base/mem.h"
#include "io/out.h"
#include "onnx/op.h"

enum { TENSOR_MAX = 1 << 30 };

static int
read_tensor(const char *path, struct onnx_tensor *t, struct err *e)
{
	struct buf b = { 0 };
	int rc = io_file_read(path, TENSOR_MAX, &b, e);

	*t = (struct onnx_tensor){ 0 };
	if (!rc && !b.len)
		rc = err_set(e, ERR_DATA, "%s: empty", path);
	else if (!rc && onnx_tensor_parse(b.p, b.len, TENSOR_MAX, t, NULL, e))
		rc = err_wrap(e, "%s", path);
	buf_free(&b);
	return rc;
}

/* ---- comparing ---- */

static bool
is_float(enum onnx_type t)
{
	return t == ONNX_F32 || t == ONNX_F64 || t == ONNX_F16 || t == ONNX_BF16;
}

/* How far apart, in tolerances. */
static double
apart(const struct onnx_check *c, const struct onnx_tensor *got, const struct onnx_tensor *want,
    size_t i)
{
	double rel = c->rel > 0 ? c->rel : 1e-3, abs = c->abs > 0 ? c->abs : 1e-5;
	double a, b;

	if (!is_float(want->type)) {
		size_t size = onnx_type_size(want->type);

		return memcmp((const char *)got->data + i * size,
			   (const char *)want->data + i * size, size) == 0
			   ? 0
			   : INFINITY;
	}
	a = onnx_f64_at(got, i);
	b = onnx_f64_at(want, i);
	if (a == b || (isnan(a) && isnan(b)))
		return 0;
	if (!isfinite(a) || !isfinite(b))
		return INFINITY;
	return fabs(a - b) / (abs + rel * fabs(b));
}

int
onnx_check_tensor(struct onnx_check *c, const char *name, const struct onnx_tensor *got,
    const struct onnx_tensor *want, struct err *e)
{
	size_t n = onnx_count(want);
	bool same = got->type == want->type && got->ndims == want->ndims &&
		    memcmp(got->dims, want->dims, want->ndims * sizeof *want->dims) == 0;

	if (!same) {
		struct buf b = { 0 };

		buf_printf(&b, "\"%.80s\" is %s", name, onnx_type_name(got->type));
		onnx_put_shape(&b, got);
		buf_printf(&b, ", expected %s", onnx_type_name(want->type));
		onnx_put_shape(&b, want);
		err_set(e, ERR_GATE, "%s", buf_z(&b));
		buf_free(&b);
		return ERR_GATE;
	}
	for (size_t i = 0; i < n; i++) {
		double d = apart(c, got, want, i);

		c->values++;
		if (d > c->worst)
			c->worst = d;
		if (d > 1)
			return err_set(e, ERR_GATE,
			    "\"%.80s\" at %zu of %zu is %.9g, expected %.9g", name, i, n,
			    onnx_f64_at(got, i), onnx_f64_at(want, i));
	}
	return 0;
}

/* Change a value by far more than the tolerance. */
static void
perturb(const struct onnx_check *c, struct onnx_tensor *t)
{
	size_t n = onnx_count(t), i = n / 2, size = onnx_type_size(t->type);
	double v, by;

	if (!n || !t->data) {
		t->ndims = t->ndims < ONNX_DIMS ? t->ndims + 1 : 0;
		t->dims[t->ndims ? t->ndims - 1 : 0] = 1;
		return;
	}
	v = onnx_f64_at(t, i);
	by = 10 * ((c->abs > 0 ? c->abs : 1e-5) + (c->rel > 0 ? c->rel : 1e-3) * fabs(v));
	if (!isfinite(v))
		by = v = 1;
	switch (t->type) {
	case ONNX_F32: ((float *)t->data)[i] = (float)(v + by); break;
	case ONNX_F64: ((double *)t->data)[i] = v + by; break;
	case ONNX_BOOL: ((uint8_t *)t->data)[i] ^= 1; break;
	default: ((uint8_t *)t->data)[i * size + size - 1] ^= 0x55;
	}
}

/* ---- one set ---- */

struct set {
	struct onnx_tensor *in, *want, *got;
	size_t nin, nout;
};

static void
free_set(struct set *s)
{
	for (size_t i = 0; s->in && i < s->nin; i++)
		free(s->in[i].data);
	for (size_t i = 0; s->want && i < s->nout; i++)
		free(s->want[i].data);
	free(s->in);
	free(s->want);
	free(s->got);
}

static int
read_set(const struct onnx_model *m, const char *dir, struct set *s, struct err *e)
{
	struct buf path = { 0 };
	int rc = 0;

	s->nin = onnx_model_inputs(m);
	s->nout = onnx_model_outputs(m);
	s->in = mem_array(s->nin, sizeof *s->in);
	s->want = mem_array(s->nout, sizeof *s->want);
	s->got = mem_array(s->nout, sizeof *s->got);
	for (size_t i = 0; i < s->nin + s->nout && !rc; i++) {
		bool in = i < s->nin;

		buf_clear(&path);
		buf_printf(
		    &path, "%s/%s_%zu.pb", dir, in ? "input" : "output", in ? i : i - s->nin);
		rc = read_tensor(buf_z(&path), in ? &s->in[i] : &s->want[i - s->nin], e);
	}
	buf_free(&path);
	return rc;
}

static int
run_set(struct onnx_check *c, const struct onnx_model *m, const struct set *s, struct err *e)
{
	struct onnx_opts o = c->opts;
	struct onnx_session *session;
	int rc;

	o.shapes = s->in;
	session = onnx_session_new(m, &o, e);
	if (!session)
		return e->code;
	rc = onnx_run(session, s->in, s->got, e);
	for (size_t i = 0; i < s->nout && !rc; i++)
		rc =
		    onnx_check_tensor(c, onnx_model_output(m, i)->name, &s->got[i], &s->want[i], e);
	onnx_session_free(session);
	return rc;
}

static int
check_set(struct onnx_check *c, const struct onnx_model *m, const char *dir, struct err *e)
{
	struct set s = { 0 };
	int rc = read_set(m, dir, &s, e);

	if (!rc && c->perturb && s.nout)
		perturb(c, &s.want[s.nout - 1]);
	if (!rc)
		rc = run_set(c, m, &s, e);
	if (!rc)
		c->sets++;
	free_set(&s);
	return rc;
}

int
onnx_check_case(
    struct onnx_check *c, const struct onnx_model *model, const char *dir, struct err *e)
{
	struct onnx_model *own = NULL;
	struct buf path = { 0 };
	size_t sets = 0;
	int rc = 0;

	if (!model) {
		buf_printf(&path, "%s/model.onnx", dir);
		model = own = onnx_model_open(buf_z(&path), e);
	}
	for (; model && !rc; sets++) {
		buf_clear(&path);
		buf_printf(&path, "%s/test_data_set_%zu", dir, sets);
		if (access(buf_z(&path), F_OK) != 0)
			break;
		rc = check_set(c, model, buf_z(&path), e);
	}
	if (!model)
		rc = e->code;
	else if (!rc && !sets)
		rc = err_set(e, ERR_IO, "%s: no test_data_set_0", dir);
	onnx_model_free(own);
	buf_free(&path);
	return rc;
}
