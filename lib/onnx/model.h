/*
 * A standalone runtime for .onnx models (opsets 6-17 of the default domain): a file is read into
 * a model, a session fixes the shapes of the inputs and plans all memory, a run computes.
 *
 *	struct onnx_model *m = onnx_model_open("policy.onnx", e);
 *	struct onnx_session *s = onnx_session_new(m, &(struct onnx_opts){ .batch = 1 }, e);
 *	struct onnx_tensor in[1], out[1];
 *
 *	in[0] = *onnx_session_input(s, 0);	(type and shape; set .data to your values)
 *	in[0].data = obs;
 *	if (onnx_run(s, in, out, e)) ...	(out[0].data is the session's)
 *	onnx_session_free(s);
 *	onnx_model_free(m);
 *
 * A model is read-only once loaded: threads may share it, each with sessions of its own. A session
 * is for one thread at a time; a run of it allocates nothing where all shapes were known when it
 * was made. Nothing is set up globally.
 *
 * Files may come from anywhere: sizes, nesting, counts and products of dimensions are checked
 * before anything is allocated for them; tensors kept outside the file, subgraphs and functions
 * are refused. Errors name the node and its operator.
 */
#ifndef TP_ONNX_MODEL_H
#define TP_ONNX_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Element types, with the numbers of TensorProto.DataType; the others of ONNX are not read. */
enum onnx_type {
	ONNX_NONE = 0,
	ONNX_F32 = 1,
	ONNX_U8 = 2,
	ONNX_I8 = 3,
	ONNX_U16 = 4,
	ONNX_I16 = 5,
	ONNX_I32 = 6,
	ONNX_I64 = 7,
	ONNX_BOOL = 9, /* a byte, 0 or 1 */
	ONNX_F16 = 10,
	ONNX_F64 = 11,
	ONNX_U32 = 12,
	ONNX_U64 = 13,
	ONNX_BF16 = 16,
};

enum { ONNX_DIMS = 8 };

/* Row-major; a scalar has no dimensions and one value. */
struct onnx_tensor {
	enum onnx_type type;
	unsigned ndims;
	int64_t dims[ONNX_DIMS];
	void *data;
};

/* Bytes of one element, 0 for a type that is not known. */
size_t
onnx_type_size(enum onnx_type type);
/* "float32", "int64"...; never NULL */
const char *
onnx_type_name(enum onnx_type type);
/* Number of elements; the dimensions must not be negative. */
size_t
onnx_count(const struct onnx_tensor *t);
/* "[1,4,32,32]" appended to out; a negative dimension as "?". */
void
onnx_put_shape(struct buf *out, const struct onnx_tensor *t);

/* ---- models ---- */
struct onnx_model;

/* Largest file taken; a model of more is an error. */
#define ONNX_FILE_MAX ((size_t)1 << 30)

/* NULL with the reason in e: ERR_IO where the file cannot be read, ERR_DATA where it is no model
 * that this runtime can read. Operators are looked at when a session is made. */
struct onnx_model *
onnx_model_open(const char *path, struct err *e);
/* The same from memory; the bytes are copied. */
struct onnx_model *
onnx_model_parse(const void *p, size_t n, struct err *e);
void
onnx_model_free(struct onnx_model *m);

/* The inputs that a caller must give (initializers are none) and the outputs, in the file's order.
 * A dimension that the file leaves open is -1; an output's type may be ONNX_NONE. `t.data` is
 * NULL. All borrowed from the model. */
struct onnx_port {
	const char *name;
	struct onnx_tensor t;
	bool shaped;                   /* false: the file does not even say how many dimensions */
	const char *symbol[ONNX_DIMS]; /* name of an open dimension, or NULL */
};
size_t
onnx_model_inputs(const struct onnx_model *m);
size_t
onnx_model_outputs(const struct onnx_model *m);
const struct onnx_port *
onnx_model_input(const struct onnx_model *m, size_t i);
const struct onnx_port *
onnx_model_output(const struct onnx_model *m, size_t i);

/* metadata_props: the value of a key, or NULL; the i-th pair, false past the last one. */
const char *
onnx_model_meta(const struct onnx_model *m, const char *key);
bool
onnx_model_meta_at(const struct onnx_model *m, size_t i, const char **key, const char **value);
int64_t
onnx_model_opset(const struct onnx_model *m);
int64_t
onnx_model_ir(const struct onnx_model *m);
const char *
onnx_model_producer(const struct onnx_model *m); /* name and version, "" when absent */
size_t
onnx_model_nodes(const struct onnx_model *m);
/* Values held in initializers. */
size_t
onnx_model_parameters(const struct onnx_model *m);
/* SHA-256 (FIPS 180-4) of the file as 64 hexadecimal digits: what `sha256sum FILE` prints. Made
 * at every call, so that loading does not pay for it. `hex` holds 65 bytes. */
void
onnx_model_sha256(const struct onnx_model *m, char hex[65]);

/* ---- sessions ---- */
struct onnx_session;

struct onnx_opts {
	int64_t batch;                    /* value of every open first dimension; 0 means 1 */
	const struct onnx_tensor *shapes; /* one a model input (type and data ignored), or NULL: the
					   * model's own, other open dimensions being 1 */
	int threads;                      /* 0 means 1 */
	size_t max_bytes;                 /* most memory for values; 0 means 1 GiB */
	bool plain;                       /* no fused and blocked kernels: the reference */
	bool direct;                      /* no Winograd convolution */
	bool profile;                     /* measure each node */
};

/* NULL with the reason in e: ERR_DATA for a graph that is not sound, has shapes that do not fit
 * or an operator, type or attribute that is not supported. The model must outlive the session. */
struct onnx_session *
onnx_session_new(const struct onnx_model *m, const struct onnx_opts *o, struct err *e);
void
onnx_session_free(struct onnx_session *s);

/* Type and shape of what a run takes and gives; data is NULL. The shape of an output that depends
 * on values is known after a run only: ndims is 0 and type ONNX_NONE before. */
const struct onnx_tensor *
onnx_session_input(const struct onnx_session *s, size_t i);
const struct onnx_tensor *
onnx_session_output(const struct onnx_session *s, size_t i);

/*
 * in: one a model input, of the session's types and shapes, data borrowed until the call returns
 * and not written to. out: room for one a model output; filled in, its data is the session's and
 * valid until the next run or onnx_session_free. ERR_DATA with the node's name where inputs do not
 * fit or a shape that depends on values does not work out; out is then not touched.
 */
int
onnx_run(
    struct onnx_session *s, const struct onnx_tensor *in, struct onnx_tensor *out, struct err *e);

/* What a session is made of, node by node, in the order in which they run. */
struct onnx_node_info {
	const char *name, *op;         /* name may be "" */
	uint64_t macs;                 /* multiply-adds of a run, of dense operators and windows */
	uint64_t runs, ns;             /* with opts.profile */
	const struct onnx_tensor *out; /* shape of the first output */
};
size_t
onnx_session_nodes(const struct onnx_session *s);
struct onnx_node_info
onnx_session_node(const struct onnx_session *s, size_t i);
uint64_t
onnx_session_macs(const struct onnx_session *s);
/* Bytes: the arena that values share, and what packed weights and constants take. */
size_t
onnx_session_arena(const struct onnx_session *s);
size_t
onnx_session_packed(const struct onnx_session *s);

/* ---- tensors from bytes ---- */

/* A TensorProto, as in the .pb files of the ONNX test data. t->data is for the caller to free().
 * `name` (may be NULL) is given the tensor's name, cut to 255 bytes. ERR_DATA for what cannot be
 * read or is larger than max bytes. */
int
onnx_tensor_parse(
    const void *p, size_t n, size_t max, struct onnx_tensor *t, char name[256], struct err *e);
/* The other way, appended to out. */
void
onnx_tensor_put(const struct onnx_tensor *t, const char *name, struct buf *out);

#endif
