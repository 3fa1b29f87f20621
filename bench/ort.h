/*
 * The few functions of onnxruntime's C interface that a comparison needs, without its headers: the
 * interface is a struct of function pointers to which versions only append, so that the place of
 * each is fixed by the order of its documentation.
 */
#ifndef TP_BENCH_ORT_H
#define TP_BENCH_ORT_H

#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* A status is NULL when all went well. Fillers are named after the first function they stand for,
 * by its number. */
struct ort_api {
	const void *f0[2];
	const char *(*get_error_message)(const void *status);
	void *(*create_env)(int log_level, const char *name, void **env);
	const void *f4[3];
	void *(*create_session)(void *env, const char *path, void *options, void **session);
	const void *f8[1];
	void *(*run)(void *session, void *options, const char *const *in, void *const *values,
	    size_t nin, const char *const *out, size_t nout, void **results);
	void *(*create_session_options)(void **options);
	const void *f11[13];
	void *(*set_intra_op_num_threads)(void *options, int n);
	const void *f25[24];
	void *(*create_tensor_with_data)(void *memory, void *data, size_t bytes,
	    const int64_t *dims, size_t ndims, int type, void **value);
	const void *f50[1];
	void *(*get_tensor_mutable_data)(void *value, void **data);
	const void *f52[17];
	void *(*create_cpu_memory_info)(int allocator, int type, void **memory);
	const void *f70[26];
	void (*release_value)(void *value);
};

struct ort_base {
	const struct ort_api *(*get_api)(uint32_t version);
	const char *(*get_version)(void);
};

struct ort {
	const struct ort_api *api;
	const char *version;
	void *env, *options, *memory, *session;
};

enum { ORT_LOG_ERRORS = 3, ORT_ARENA = 1, ORT_FLOAT = 1 };

static inline void
ort_check(const struct ort *o, const void *status, const char *doing)
{
	if (!status)
		return;
	fprintf(stderr, "onnxruntime: %s: %s\n", doing, o->api->get_error_message(status));
	exit(1);
}

static inline void
ort_open(struct ort *o, const char *lib, const char *model, int threads)
{
	void *so = dlopen(lib, RTLD_NOW | RTLD_LOCAL);
	const struct ort_base *(*get)(void) = NULL;

	if (so) /* as dlsym(3) has it: ISO C knows no such cast */
		*(void **)(&get) = dlsym(so, "OrtGetApiBase");
	if (!get) {
		fprintf(stderr, "onnxruntime: %s\n", dlerror());
		exit(1);
	}
	o->api = get()->get_api(1);
	o->version = get()->get_version();
	ort_check(o, o->api->create_env(ORT_LOG_ERRORS, "bench", &o->env), "environment");
	ort_check(o, o->api->create_session_options(&o->options), "options");
	ort_check(o, o->api->set_intra_op_num_threads(o->options, threads), "threads");
	ort_check(o, o->api->create_cpu_memory_info(ORT_ARENA, 0, &o->memory), "memory");
	ort_check(o, o->api->create_session(o->env, model, o->options, &o->session), model);
}

/* One run from x to y, the names of both. */
static inline void
ort_run(struct ort *o, float *x, size_t n, const int64_t *dims, size_t nd, float *y, size_t ny)
{
	const char *in = "x", *out = "y";
	void *vx = NULL, *vy = NULL, *data;

	ort_check(o,
	    o->api->create_tensor_with_data(o->memory, x, n * sizeof *x, dims, nd, ORT_FLOAT, &vx),
	    "input");
	ort_check(o, o->api->run(o->session, NULL, &in, &vx, 1, &out, 1, &vy), "run");
	ort_check(o, o->api->get_tensor_mutable_data(vy, &data), "output");
	for (size_t i = 0; i < ny; i++)
		y[i] = ((const float *)data)[i];
	o->api->release_value(vx);
	o->api->release_value(vy);
}

#endif
