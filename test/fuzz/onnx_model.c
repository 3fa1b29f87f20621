/*
 * Models from anywhere: the bytes are read, planned and run with little memory; what is refused has
 * words. The first byte chooses between the bytes as they are and a real model with the bytes as
 * changes to it. What runs twice gives the same bits, and a tensor that is written reads back. The
 * mutator knows what a model is made of (onnx_tree.h); test/fuzz.sh gives it those of the ONNX test
 * data to begin with.
 */
#include "fuzz.h"
#include "fuzz/onnx_tree.h"
#include "unit/t_onnx.h"

#include "base/mem.h"
#include "onnx/file.h"

enum { MEMORY = 1 << 22 };
/* With the counters of the fuzzer still below a second on a machine that does other things. */
static const uint64_t most_macs = 2000000;

/* Inputs of the session's shapes, with numbers from the data. */
static struct onnx_tensor *
inputs(const struct onnx_model *m, const struct onnx_session *s, const uint8_t *p, size_t n)
{
	size_t count = onnx_model_inputs(m);
	struct onnx_tensor *in = mem_array(count, sizeof *in);

	for (size_t i = 0; i < count; i++) {
		in[i] = *onnx_session_input(s, i);
		size_t k = onnx_count(&in[i]), size = onnx_type_size(in[i].type);
		uint8_t *to = in[i].data = mem_alloc(k * size);

		for (size_t j = 0; j < k; j++)
			if (in[i].type == ONNX_F32)
				((float *)in[i].data)[j] = n ? (float)(int8_t)p[j % n] / 16 : 0;
			else
				to[j * size] = n ? p[j % n] & 1 : 0;
	}
	return in;
}

static void
fuzz_tensor(const struct onnx_tensor *t)
{
	struct buf b = { 0 };
	struct onnx_tensor back;
	struct err e = { 0 };
	size_t bytes = onnx_count(t) * onnx_type_size(t->type);

	onnx_tensor_put(t, "t", &b);
	int rc = onnx_tensor_parse(b.p, b.len, 1u << 30, &back, NULL, &e);
	FUZZ_HOLDS(rc == 0, "%s", e.msg);
	FUZZ_HOLDS(back.type == t->type && memcmp(back.dims, t->dims, sizeof t->dims) == 0 &&
		       (!bytes || memcmp(back.data, t->data, bytes) == 0),
	    "a tensor changed");
	free(back.data);
	buf_free(&b);
}

static void
fuzz_run(const struct onnx_model *m, struct onnx_session *s, const uint8_t *p, size_t n)
{
	struct onnx_tensor *in = inputs(m, s, p, n);
	struct onnx_tensor *out = mem_array(onnx_model_outputs(m), sizeof *out);
	struct buf first = { 0 };
	struct err e = { 0 };
	int rc = onnx_run(s, in, out, &e);

	FUZZ_HOLDS(rc == 0 || e.msg[0], "refused without words");
	for (size_t i = 0; i < onnx_model_outputs(m) && rc == 0; i++) {
		buf_put(&first, out[i].data, onnx_count(&out[i]) * onnx_type_size(out[i].type));
		fuzz_tensor(&out[i]);
	}
	if (rc == 0) {
		size_t at = 0;

		rc = onnx_run(s, in, out, &e);
		FUZZ_HOLDS(rc == 0, "once, not twice: %s", e.msg);
		for (size_t i = 0; i < onnx_model_outputs(m); i++) {
			size_t k = onnx_count(&out[i]) * onnx_type_size(out[i].type);

			FUZZ_HOLDS(
			    !k || memcmp(first.p + at, out[i].data, k) == 0, "output %zu", i);
			at += k;
		}
	}
	for (size_t i = 0; i < onnx_model_inputs(m); i++)
		free(in[i].data);
	free(in);
	free(out);
	buf_free(&first);
}

static void
fuzz_model(const uint8_t *bytes, size_t n, const uint8_t *p, size_t np)
{
	struct err e = { 0 };
	struct onnx_model *m = onnx_model_parse(bytes, n, &e);

	FUZZ_HOLDS(m || e.msg[0], "refused without words");
	for (int plain = 0; m && plain < 2; plain++) {
		struct onnx_opts o = { .plain = plain, .max_bytes = MEMORY };
		struct onnx_session *s = onnx_session_new(m, &o, &e);

		FUZZ_HOLDS(s || e.msg[0], "refused without words");
		if (s && onnx_session_macs(s) < most_macs)
			fuzz_run(m, s, p, np);
		onnx_session_free(s);
	}
	onnx_model_free(m);
}

/* One of a few real models, made once. */
static const uint8_t *
seed_model(unsigned which, size_t *len)
{
	static struct buf seeds[5];

	if (!seeds[0].len) {
		struct onnx_writer *w[] = { t_mlp(4, 16, 3), t_conv(), t_recurrent("LSTM", 3, 2, 3),
			t_recurrent("GRU", 3, 2, 3), t_recurrent("RNN", 3, 2, 3) };

		for (int i = 0; i < 5; i++) {
			onnx_writer_bytes(w[i], &seeds[i]);
			onnx_writer_free(w[i]);
		}
	}
	*len = seeds[which % 5].len;
	return (const uint8_t *)seeds[which % 5].p;
}

/* A changed copy of a real model: each change is 4 bytes, where and what. Lengths stay, so it still
 * parses unless a length itself is hit. */
static void
fuzz_changed(const uint8_t *p, size_t n)
{
	size_t len;
	const uint8_t *model = seed_model(n ? p[0] : 0, &len);
	uint8_t *copy = mem_dup(model, len);

	for (size_t i = 1; i + 4 <= n && i < 64; i += 4) {
		size_t at = ((size_t)p[i] | (size_t)p[i + 1] << 8) % len;

		switch (p[i + 2] & 3) {
		case 0: copy[at] = p[i + 3]; break;
		case 1: copy[at] ^= (uint8_t)(1 << (p[i + 3] & 7)); break;
		case 2: copy[at] = (uint8_t)(copy[at] + 1); break;
		default: copy[at] = copy[p[i + 3] % len]; break;
		}
	}
	fuzz_model(copy, len, p, n);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] & 1)
		fuzz_changed(data + 1, size - 1);
	else
		fuzz_model(data + 1, size - 1, data, size);
	struct onnx_tensor t;
	struct err e = { 0 };
	char name[256];
	if (onnx_npy_parse(data + 1, size - 1, 1 << 20, &t, &e) == 0)
		free(t.data);
	if (onnx_text_parse((const char *)data + 1, size - 1, NULL, &t, name, &e) == 0)
		free(t.data);
	return 0;
}

#ifndef LLVMFuzzerTestOneInput /* where fuzz_corpus.c includes this file there is no fuzzer */
size_t
LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t
LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t na, const uint8_t *b, size_t nb, uint8_t *out,
    size_t most, unsigned seed);

/* The tree of an input that is a model as it is: its first byte is even. */
static bool
unpack(const uint8_t *data, size_t size, struct tree *root)
{
	struct buf again = { 0 };

	*root = (struct tree){ .msg = M_MODEL, .in = M_NONE, .wire = 2 };
	if (size < 2 || data[0] & 1 || !tree_parse(root, data + 1, size - 1, 0)) {
		tree_free(root);
		return false;
	}
	/* what was unpacked and packed means the same */
	struct tree back = { .msg = M_MODEL, .in = M_NONE, .wire = 2 };
	struct buf twice = { 0 };

	tree_pack(root, &again);
	FUZZ_HOLDS(tree_parse(&back, (const uint8_t *)again.p, again.len, 0), "no tree any more");
	tree_pack(&back, &twice);
	FUZZ_HOLDS(str_eq(buf_str(&again), buf_str(&twice)), "unstable");
	tree_free(&back);
	buf_free(&again);
	buf_free(&twice);
	return true;
}

/* The tree as an input; frees it. 0 when it is too large. */
static size_t
pack(struct tree *root, uint8_t *out, size_t most)
{
	struct buf b = { 0 };
	size_t n = 0;

	tree_pack(root, &b);
	if (b.len + 1 <= most) {
		n = b.len + 1;
		out[0] = 0;
		if (b.len) /* else b.p is NULL: all of it was taken away */
			memcpy(out + 1, b.p, b.len);
	}
	buf_free(&b);
	tree_free(root);
	return n;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
	struct tree root;
	struct rng r;
	size_t n;

	rng_seed(&r, seed);
	if (rng_below(&r, 20) == 0 || !unpack(data, size, &root))
		return LLVMFuzzerMutate(data, size, most);
	for (uint64_t changes = 1 + rng_below(&r, 4); changes > 0; changes--)
		tree_change(&root, &r);
	n = pack(&root, data, most);
	return n ? n : LLVMFuzzerMutate(data, size, most);
}

size_t
LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t na, const uint8_t *b, size_t nb, uint8_t *out,
    size_t most, unsigned seed)
{
	struct tree one, two;
	struct rng r;

	if (!unpack(a, na, &one))
		return 0;
	if (!unpack(b, nb, &two)) {
		tree_free(&one);
		return 0;
	}
	rng_seed(&r, seed);
	tree_cross(&one, &two, &r);
	tree_free(&two);
	return pack(&one, out, most);
}
#endif
