/* Reading models: what is in them, hostile bytes, limits; planning and running: numbers from a
 * closed form, batches alone and together, shapes that come with the run. */
#include "t.h"
#include "t_onnx.h"

#include "io/out.h"
#include "onnx/file.h"
#include "onnx/sha256.h"

/* ---- the shipped models are those of t_onnx.h; `onnx_model DIR` writes them ---- */

static void
same_file(struct onnx_writer *w, const char *name, const char *dir)
{
	struct buf b = { 0 }, f = { 0 }, path = { 0 };
	struct err e = { 0 };

	onnx_writer_bytes(w, &b);
	buf_printf(&path, "%s%s%s", dir ? dir : "", dir ? "/" : "onnx-run/", name);
	if (dir)
		ok(io_file_replace(buf_z(&path), b.p, b.len, &e) == 0, "%s", e.msg);
	else if (ok(io_file_read(t_data(buf_z(&path)), 1 << 20, &f, &e) == 0, "%s %s", name, e.msg))
		is_mem(f.p, f.len, b.p, b.len, "%s is what the seed makes", name);
	onnx_writer_free(w);
	buf_free(&b);
	buf_free(&f);
	buf_free(&path);
}

static void
shipped(const char *dir)
{
	same_file(t_mlp(4, 16, 3), "mlp.onnx", dir);
	same_file(t_conv(), "conv.onnx", dir);
	same_file(t_recurrent("LSTM", 5, 3, 4), "lstm/model.onnx", dir);
	same_file(t_recurrent("GRU", 5, 3, 4), "gru.onnx", dir);
}

/* ---- what a model says ---- */

static void
about(void)
{
	struct onnx_writer *w = t_mlp(4, 16, 3);
	struct buf b = { 0 };
	struct sha256 s;
	struct err e = { 0 };
	char hex[65], want[65];

	onnx_writer_bytes(w, &b);
	struct onnx_model *m = onnx_model_parse(b.p, b.len, &e);
	if (!ok(m != NULL, "a model is read: %s", e.msg))
		return;
	sha256_init(&s);
	sha256_add(&s, b.p, b.len);
	sha256_hex(&s, want);
	onnx_model_sha256(m, hex);
	is_str(hex, want, "the checksum is that of the file, though weights have moved");
	is_i64((int64_t)onnx_model_parameters(m), 16 * 4 + 16 + 16 * 16 + 16 + 3 * 16 + 3,
	    "parameters");
	is_i64((int64_t)onnx_model_nodes(m), 6, "nodes");
	is_i64(onnx_model_opset(m), 17, "operator set");
	is_str(onnx_model_meta(m, "tradepipe.card"), "{\"inputs\":\"four numbers\"}", "metadata");
	ok(onnx_model_meta(m, "no such") == NULL, "no such metadata");
	is_i64(onnx_model_input(m, 0)->t.dims[0], -1, "an open dimension");
	is_str(onnx_model_input(m, 0)->symbol[0], "N", "and its name");
	onnx_model_free(m);
	onnx_writer_free(w);
	buf_free(&b);
	/* FIPS 180-4's examples */
	sha256_init(&s);
	sha256_add(&s, "abc", 3);
	sha256_hex(&s, hex);
	is_str(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "SHA-256");
	sha256_init(&s);
	for (int i = 0; i < 1000000; i++)
		sha256_add(&s, "a", 1);
	sha256_hex(&s, hex);
	is_str(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
	    "SHA-256 of a million a");
}

/* ---- numbers ---- */

static void
run_model(struct onnx_model *m, const struct onnx_opts *o, float *in, struct onnx_tensor *out,
    struct onnx_session **s)
{
	struct err e = { 0 };
	struct onnx_tensor t;

	*s = onnx_session_new(m, o, &e);
	if (!ok(*s != NULL, "a session: %s", e.msg))
		exit(done_testing());
	t = *onnx_session_input(*s, 0);
	t.data = in;
	ok(onnx_run(*s, &t, out, &e) == 0, "a run %s", e.msg);
}

/* 2 -> 2 -> 1 by hand: relu([1,-2;3,4] x + [0.5,-1]) . [2,-1] + 0.25 */
static void
by_hand(void)
{
	struct onnx_writer *w = onnx_writer_new("hand");
	float x[] = { 1, 2, -1, 0.5f };
	struct onnx_tensor out;
	struct onnx_session *s;
	struct err e = { 0 };

	onnx_write_input(w, "x", DIMS(-1, 2));
	onnx_write_output(w, "y", DIMS(-1, 1));
	onnx_write_f32(w, "a", DIMS(2, 2), (const float[]){ 1, -2, 3, 4 });
	onnx_write_f32(w, "b", DIMS(2), (const float[]){ 0.5f, -1 });
	onnx_write_f32(w, "c", DIMS(2, 1), (const float[]){ 2, -1 });
	onnx_write_f32(w, "d", DIMS(1), (const float[]){ 0.25f });
	onnx_write_node(w, "Gemm", "one", "x a b", "h");
	onnx_write_attr_int(w, "transB", 1);
	onnx_write_node(w, "Relu", "two", "h", "r");
	onnx_write_node(w, "MatMul", "three", "r c", "m");
	onnx_write_node(w, "Add", "four", "m d", "y");
	struct onnx_model *m = t_load(w, &e);
	run_model(m, &(struct onnx_opts){ .batch = 2 }, x, &out, &s);
	/* x = (1,2): h = (-2.5, 10), y = -9.75; x = (-1,.5): h = (-1.5, -2), y = 0.25 */
	is_f64((double)((float *)out.data)[0], -9.75, 0, "first row");
	is_f64((double)((float *)out.data)[1], 0.25, 0, "second row");
	is_i64((int64_t)onnx_session_macs(s), 2 * (4 + 2), "multiply-adds");
	onnx_session_free(s);
	onnx_model_free(m);
}

/* A batch gives what its rows give alone. */
static void
batches(struct onnx_writer *w, size_t row, size_t outs, double tol, const char *what)
{
	enum { N = 7 };
	float *x = mem_array(N * row, sizeof *x), *all = mem_array(N * outs, sizeof *all);
	double worst = 0;
	struct onnx_tensor out;
	struct onnx_session *s;
	struct err e = { 0 };
	struct onnx_model *m = t_load(w, &e);
	struct rng r;

	rng_seed(&r, 9);
	for (size_t i = 0; i < N * row; i++)
		x[i] = (float)rng_normal(&r);
	run_model(m, &(struct onnx_opts){ .batch = N }, x, &out, &s);
	memcpy(all, out.data, N * outs * sizeof *all);
	onnx_session_free(s);
	for (int plain = 0; plain < 2; plain++)
		for (size_t i = 0; i < N; i++) {
			run_model(m, &(struct onnx_opts){ .plain = plain }, x + i * row, &out, &s);
			for (size_t k = 0; k < outs; k++) {
				double d =
				    fabs((double)(((float *)out.data)[k] - all[i * outs + k]));

				worst = d > worst ? d : worst;
			}
			onnx_session_free(s);
		}
	ok(worst <= tol, "%s: rows of a batch are those alone, plain or not (%g)", what, worst);
	onnx_model_free(m);
	free(x);
	free(all);
}

/* No look-ahead: an LSTM's outputs of the first steps do not change with later input. */
static void
prefix(void)
{
	struct onnx_writer *w = onnx_writer_new("prefix");
	float x[6 * 3], first[4 * 4];
	struct onnx_tensor out, in;
	struct err e = { 0 };
	struct rng r;

	rng_seed(&r, 5);
	onnx_write_input(w, "x", DIMS(6, 1, 3));
	onnx_write_output(w, "y", DIMS(6, 1, 1, 4));
	t_weights(w, &r, "w", DIMS(1, 16, 3), 0.5);
	t_weights(w, &r, "r", DIMS(1, 16, 4), 0.5);
	onnx_write_node(w, "LSTM", "cell", "x w r", "y");
	onnx_write_attr_int(w, "hidden_size", 4);
	for (int i = 0; i < 18; i++)
		x[i] = (float)rng_normal(&r);
	struct onnx_model *m = t_load(w, &e);
	struct onnx_session *s = onnx_session_new(m, &(struct onnx_opts){ 0 }, &e);
	in = *onnx_session_input(s, 0);
	in.data = x;
	onnx_run(s, &in, &out, &e);
	memcpy(first, out.data, sizeof first);
	for (int i = 12; i < 18; i++)
		x[i] = 100;
	onnx_run(s, &in, &out, &e);
	is_mem(out.data, sizeof first, (const char *)first, sizeof first, "the first steps stay");
	ok(((float *)out.data)[20] != first[12], "the last ones do not");
	onnx_session_free(s);
	onnx_model_free(m);
}

/* ---- shapes that only a run knows ---- */

static void
late_shapes(void)
{
	struct onnx_writer *w = onnx_writer_new("late");
	struct onnx_tensor in = { .type = ONNX_F32, .ndims = 1, .dims = { 6 } }, out = { 0 };
	struct err e = { 0 };
	float x[6] = { 1, 2, 3, 3, 2, 1 };

	/* Reshape by a shape that is computed from values: [max, -1] */
	onnx_write_input(w, "x", DIMS(6));
	onnx_write_output(w, "y", DIMS(-1, -1));
	onnx_write_i64(w, "rest", DIMS(1), (const int64_t[]){ -1 });
	onnx_write_node(w, "ReduceMax", "top", "x", "m");
	onnx_write_node(w, "Cast", "cast", "m", "i");
	onnx_write_attr_int(w, "to", ONNX_I64);
	onnx_write_node(w, "Concat", "shape", "i rest", "s");
	onnx_write_attr_int(w, "axis", 0);
	onnx_write_node(w, "Reshape", "re", "x s", "z");
	onnx_write_node(w, "Neg", "neg", "z", "y");
	struct onnx_model *m = t_load(w, &e);
	struct onnx_session *s = onnx_session_new(m, &(struct onnx_opts){ 0 }, &e);
	if (!ok(s != NULL, "a session %s", e.msg))
		return;
	is_i64(onnx_session_output(s, 0)->type, ONNX_NONE, "no shape before the run");
	in.data = x;
	ok(onnx_run(s, &in, &out, &e) == 0, "a run %s", e.msg);
	is_i64(out.dims[0], 3, "three rows");
	is_i64(out.dims[1], 2, "of two");
	is_f64((double)((float *)out.data)[2], -3, 0, "and their values");
	x[0] = 6;
	ok(onnx_run(s, &in, &out, &e) == 0 && out.dims[0] == 6, "another shape with the next run");
	x[0] = 4;
	ok(onnx_run(s, &in, &out, &e) == ERR_DATA, "one that does not work out is an error");
	ok(strstr(e.msg, "(re, Reshape)") != NULL, "that names the node: %s", e.msg);
	x[0] = 2, x[2] = x[3] = 0;
	ok(onnx_run(s, &in, &out, &e) == 0 && out.dims[0] == 2, "and the session goes on");
	onnx_session_free(s);
	onnx_model_free(m);
}

/* ---- what is refused ---- */

static void
refused(struct onnx_writer *w, const char *words)
{
	struct err e = { 0 };
	struct onnx_model *m = t_load(w, &e);
	struct onnx_session *s = m ? onnx_session_new(m, &(struct onnx_opts){ 0 }, &e) : NULL;

	ok(!s && strstr(e.msg, words), "refused (%s): %s", words, e.msg);
	onnx_session_free(s);
	onnx_model_free(m);
}

static struct onnx_writer *
one_node(const char *op, const char *in, const char *out)
{
	struct onnx_writer *w = onnx_writer_new("bad");

	onnx_write_input(w, "x", DIMS(2, 3));
	onnx_write_output(w, "y", DIMS(2, 3));
	onnx_write_node(w, op, "n1", in, out);
	return w;
}

static void
refusals(void)
{
	struct onnx_writer *w;

	refused(one_node("Loop", "x", "y"), "node 0 (n1): operator Loop is not supported");
	refused(one_node("Relu", "z", "y"), "nothing makes its input \"z\"");
	refused(one_node("Relu", "x", "z"), "nothing makes the output \"y\"");
	refused(one_node("Relu", "y", "y"), "circle");
	refused(one_node("Relu", "x", "x"), "made twice");
	refused(one_node("Relu", "x x", "y"), "(n1, Relu): 2 inputs");
	refused(one_node("Gemm", "x x", "y"), "3 columns times 2 rows");
	refused(one_node("LayerNormalization", "x x", "- y"), "output 0 is left out");
	w = onnx_writer_new("bad");
	onnx_write_input(w, "x", DIMS(1, 1, 2, 2));
	onnx_write_output(w, "y", DIMS(1, 1, 2, 2));
	onnx_write_node(w, "MaxPool", "p", "x", "- y");
	onnx_write_attr_ints(w, "kernel_shape", (const int64_t[]){ 1, 1 }, 2);
	refused(w, "(p, MaxPool): output 0 is left out");
	w = onnx_writer_new("bad");
	onnx_write_input(w, "x", DIMS(2, 3));
	onnx_write_input(w, "v", DIMS(3));
	onnx_write_output(w, "y", DIMS(3));
	onnx_write_node(w, "BatchNormalization", "b", "x v v v v", "- y");
	refused(w, "(b, BatchNormalization): output 0 is left out");
	/* 2^62 values out of a shape of four numbers */
	w = onnx_writer_new("absurd");
	onnx_write_input(w, "x", DIMS(1));
	onnx_write_output(w, "y", DIMS(-1, -1, -1, -1));
	onnx_write_i64(w, "s", DIMS(4), (const int64_t[]){ 1 << 20, 1 << 20, 1 << 20, 4 });
	onnx_write_node(w, "Expand", "big", "x s", "y");
	refused(w, "too large");
	w = onnx_writer_new("absurd");
	onnx_write_input(w, "x", DIMS(1 << 30, 1 << 30, 1 << 30));
	onnx_write_output(w, "y", DIMS(-1, -1, -1));
	onnx_write_node(w, "Relu", "big", "x", "y");
	refused(w, "more than 1073741824 bytes");
}

/* Every prefix of a file, every byte of it changed: an answer or an error, never more. */
static void
damaged(void)
{
	struct onnx_writer *w = t_recurrent("GRU", 2, 2, 2);
	struct buf b = { 0 };
	size_t read = 0, kept = 0;

	onnx_writer_bytes(w, &b);
	onnx_writer_free(w);
	for (size_t n = 0; n <= b.len; n++) {
		struct err e = { 0 };
		struct onnx_model *m = onnx_model_parse(b.p, n, &e);

		kept += m != NULL;
		onnx_model_free(m);
	}
	ok(kept >= 1 && kept <= 4, "a file cut off is none (%zu prefixes are)", kept);
	for (size_t i = 0; i < b.len; i++) {
		struct err e = { 0 };
		char was = b.p[i];

		b.p[i] = (char)(was ^ (1 << i % 8));
		struct onnx_model *m = onnx_model_parse(b.p, b.len, &e);
		struct onnx_session *s =
		    m ? onnx_session_new(m, &(struct onnx_opts){ .max_bytes = 1 << 24 }, &e) : NULL;

		read += s != NULL;
		if (!s && !e.msg[0])
			ok(false, "byte %zu: refused without words", i);
		onnx_session_free(s);
		onnx_model_free(m);
		b.p[i] = was;
	}
	ok(read > 0 && read < b.len, "%zu of %zu changed bytes leave a model", read, b.len);
	buf_free(&b);
}

/* Messages in messages, without end: the stack must not be theirs to take. */
static void
nested(void)
{
	unsigned char p[40000];
	struct err e = { 0 };
	size_t n = 0;

	/* graph { node { attribute { g { node { ... }}}}}, written from the inside out */
	static const unsigned char tag[] = { 0x32, 0x2a, 0x0a };
	unsigned char *end = p + sizeof p, *at = end;
	for (int i = 0; i < 9000; i++) {
		unsigned char head[6];
		size_t len = (size_t)(end - at), k = 0;

		head[k++] = tag[i % 3];
		for (; len >= 128; len >>= 7)
			head[k++] = (unsigned char)(len | 128);
		head[k++] = (unsigned char)len;
		at -= k;
		memcpy(at, head, k);
		if (at - p < 64 && i % 3 == 2)
			break;
	}
	n = (size_t)(end - at);
	/* as the model's graph */
	unsigned char *whole = mem_alloc(n + 8);
	size_t k = 0;
	whole[k++] = 0x3a;
	for (size_t len = n;; len >>= 7) {
		whole[k++] = (unsigned char)(len >= 128 ? len | 128 : len);
		if (len < 128)
			break;
	}
	memcpy(whole + k, at, n);
	ok(!onnx_model_parse(whole, n + k, &e) && strstr(e.msg, "too deep"), "deep nesting: %s",
	    e.msg);
	free(whole);
}

/* ---- tensors in files ---- */

static void
files(void)
{
	float v[6] = { 1.5f, -2, 0.1f, 3e-9f, 4e20f, 0 };
	struct onnx_tensor t = { .type = ONNX_F32, .ndims = 2, .dims = { 2, 3 }, .data = v }, back;
	struct buf b = { 0 };
	struct err e = { 0 };
	char name[256];

	ok(onnx_npy_put(&t, &b, &e) == 0 && b.len == 128 + 24, ".npy: header of 128 bytes");
	ok(strstr(b.p + 10, "'shape': (2, 3), }") != NULL, "NumPy's own words: %.60s", b.p + 10);
	ok(onnx_npy_parse(b.p, b.len, 1000, &back, &e) == 0, "%s", e.msg);
	ok(back.ndims == 2 && back.dims[1] == 3 && memcmp(back.data, v, sizeof v) == 0,
	    ".npy back");
	free(back.data);
	ok(onnx_npy_parse(b.p, b.len - 1, 1000, &back, &e) == ERR_DATA, "cut off: %s", e.msg);
	ok(onnx_npy_parse(b.p, b.len, 20, &back, &e) == ERR_DATA, "over the limit: %s", e.msg);
	buf_clear(&b);
	onnx_tensor_put(&t, "x", &b);
	ok(onnx_tensor_parse(b.p, b.len, 1000, &back, name, &e) == 0, "%s", e.msg);
	ok(memcmp(back.data, v, sizeof v) == 0 && strcmp(name, "x") == 0, ".pb back");
	free(back.data);
	buf_clear(&b);
	ok(onnx_text_put(&t, "x", &b, &e) == 0, "%s", e.msg);
	ok(onnx_text_parse(b.p, b.len - 1, NULL, &back, name, &e) == 0, "%s", e.msg);
	ok(back.ndims == 2 && memcmp(back.data, v, sizeof v) == 0, "text back, to the bit");
	free(back.data);
	static const char nested_text[] = "{\"data\":[[1,2],[3,4],[5,6]]}";
	ok(onnx_text_parse(nested_text, sizeof nested_text - 1, NULL, &back, name, &e) == 0 &&
		back.dims[0] == 3 && back.dims[1] == 2,
	    "nested arrays have a shape");
	free(back.data);
	static const char ragged[] = "{\"data\":[[1,2],[3]]}";
	ok(onnx_text_parse(ragged, sizeof ragged - 1, NULL, &back, name, &e) == ERR_DATA, "%s",
	    e.msg);
	static const char huge[] = "{\"shape\":[1000000000],\"data\":[1]}";
	ok(onnx_text_parse(huge, sizeof huge - 1, NULL, &back, name, &e) == ERR_DATA, "%s", e.msg);
	v[1] = NAN;
	ok(onnx_text_put(&t, "x", &b, &e) == ERR_DATA, "NaN: %s", e.msg);
	buf_free(&b);
}

int
main(int argc, char **argv)
{
	shipped(argc > 1 ? argv[1] : NULL);
	if (argc > 1)
		return done_testing();
	about();
	by_hand();
	batches(t_mlp(9, 33, 5), 9, 5, 1e-6, "mlp");
	batches(t_conv(), 2 * 8 * 8, 3, 1e-5, "conv");
	prefix();
	late_shapes();
	refusals();
	damaged();
	nested();
	files();
	return done_testing();
}
