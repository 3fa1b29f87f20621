#include "rl/policy_net.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "onnx/model.h"

#define PORTS 4

struct rl_net {
	struct onnx_model *model;
	struct onnx_session *session;
	char name[RL_NET_NAME_MAX + 1], hash[65];
	struct onnx_tensor in[PORTS], out[PORTS];
	size_t nin, nout;
	size_t obs, acts, memory, part; /* part: floats of one of h and c */
	bool discrete;
	size_t at_obs, at_in[2], at_out[2], at_act, at_value; /* ports; PORTS: there is none */
};

static size_t
port_of(const struct rl_net *n, bool out, const char *name)
{
	size_t count = out ? n->nout : n->nin;

	for (size_t i = 0; i < count; i++) {
		const struct onnx_port *p =
		    out ? onnx_model_output(n->model, i) : onnx_model_input(n->model, i);

		if (strcmp(p->name, name) == 0)
			return i;
	}
	return PORTS;
}

/* Floats of a (1, n) port; 0 when it is of another shape. */
static size_t
width(const struct onnx_tensor *t)
{
	return t->type == ONNX_F32 && t->ndims == 2 && t->dims[0] == 1 && t->dims[1] > 0
		   ? (size_t)t->dims[1]
		   : 0;
}

static int
find_memory(struct rl_net *n, struct err *e)
{
	static const char *const in[] = { "h_in", "c_in" }, *const out[] = { "h_out", "c_out" };

	for (size_t k = 0; k < 2; k++) {
		n->at_in[k] = port_of(n, false, in[k]);
		n->at_out[k] = port_of(n, true, out[k]);
		if ((n->at_in[k] < PORTS) != (n->at_out[k] < PORTS) ||
		    (k == 1 && n->at_in[1] < PORTS && n->at_in[0] == PORTS))
			return err_set(
			    e, ERR_DATA, "its memory lacks an end: h_in, h_out, c_in, c_out");
		if (n->at_in[k] == PORTS)
			continue;
		size_t w = width(onnx_session_input(n->session, n->at_in[k]));
		if (w == 0 || w != width(onnx_session_output(n->session, n->at_out[k])) ||
		    (k && w != n->part))
			return err_set(e, ERR_DATA, "its memory is not (N, hidden) float32");
		n->part = w;
		n->memory += w;
	}
	return 0;
}

static int
find_ports(struct rl_net *n, struct err *e)
{
	size_t known = 2;

	n->at_obs = port_of(n, false, "obs");
	n->at_act = port_of(n, true, "action_probs");
	n->discrete = n->at_act < PORTS;
	if (!n->discrete)
		n->at_act = port_of(n, true, "action");
	n->at_value = port_of(n, true, "value");
	if (n->at_obs == PORTS || n->at_act == PORTS)
		return err_set(e, ERR_DATA,
		    "it is no policy: that has an input obs and an output action_probs or action");
	int rc = find_memory(n, e);
	if (rc)
		return rc;
	for (size_t k = 0; k < 2; k++)
		known += n->at_in[k] < PORTS ? 2 : 0;
	if (n->nin + n->nout != known + (n->at_value < PORTS))
		return err_set(e, ERR_DATA, "it has inputs or outputs that no policy has");
	n->obs = width(onnx_session_input(n->session, n->at_obs));
	n->acts = width(onnx_session_output(n->session, n->at_act));
	if (!n->obs || !n->acts ||
	    (n->at_value < PORTS && width(onnx_session_output(n->session, n->at_value)) != 1))
		return err_set(
		    e, ERR_DATA, "its obs, action and value are not (N, numbers) float32");
	for (size_t i = 0; i < n->nin; i++)
		n->in[i] = *onnx_session_input(n->session, i);
	return 0;
}

static int
name_net(struct rl_net *n, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t len = strlen(name);

	if (len > 5 && strcmp(name + len - 5, ".onnx") == 0)
		len -= 5;
	if (len == 0 || len > RL_NET_NAME_MAX)
		return err_set(e, ERR_USAGE, "its name must have 1 to %d bytes", RL_NET_NAME_MAX);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] <= ' ' || name[i] == '"' || name[i] == '\\')
			return err_set(e, ERR_USAGE, "its name must be a plain word");
	memcpy(n->name, name, len);
	return 0;
}

struct rl_net *
rl_net_open(const char *path, struct err *e)
{
	struct rl_net *n = mem_alloc(sizeof *n);
	struct onnx_opts o = { .batch = 1 };
	int rc;

	n->model = onnx_model_open(path, e); /* names the file itself */
	if (!n->model) {
		free(n);
		return NULL;
	}
	rc = name_net(n, path, e);
	n->nin = onnx_model_inputs(n->model);
	n->nout = onnx_model_outputs(n->model);
	if (rc == 0 && (n->nin > PORTS || n->nout > PORTS))
		rc = err_set(e, ERR_DATA, "it has inputs or outputs that no policy has");
	if (rc == 0) {
		n->session = onnx_session_new(n->model, &o, e);
		rc = n->session ? find_ports(n, e) : e->code;
	}
	if (rc == 0) {
		onnx_model_sha256(n->model, n->hash);
		return n;
	}
	err_wrap(e, "%s", path);
	rl_net_free(n);
	return NULL;
}

void
rl_net_free(struct rl_net *n)
{
	if (!n)
		return;
	onnx_session_free(n->session);
	onnx_model_free(n->model);
	free(n);
}

const char *
rl_net_name(const struct rl_net *n)
{
	return n->name;
}

const char *
rl_net_hash(const struct rl_net *n)
{
	return n->hash;
}

const char *
rl_net_meta(const struct rl_net *n, const char *key)
{
	return onnx_model_meta(n->model, key);
}

size_t
rl_net_obs(const struct rl_net *n)
{
	return n->obs;
}

size_t
rl_net_acts(const struct rl_net *n)
{
	return n->acts;
}

bool
rl_net_discrete(const struct rl_net *n)
{
	return n->discrete;
}

bool
rl_net_has_value(const struct rl_net *n)
{
	return n->at_value < PORTS;
}

size_t
rl_net_memory(const struct rl_net *n)
{
	return n->memory;
}

static bool
all_finite(const float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isfinite(x[i]))
			return false;
	return true;
}

/* Whatever runs is called action_probs; what is no probability is no confidence either. */
static bool
are_probs(const float *p, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] < -1e-4F || p[i] > 1.0001F)
			return false;
		sum += (double)p[i];
	}
	return fabs(sum - 1) < 1e-3;
}

int
rl_net_run(
    struct rl_net *n, const float *obs, float *memory, float *out, float *value, struct err *e)
{
	if (!all_finite(obs, n->obs))
		return err_set(e, ERR_DATA, "what it sees is not finite");
	memcpy(&n->in[n->at_obs].data, &obs, sizeof obs); /* read only, by contract */
	for (size_t k = 0; k < 2; k++)
		if (n->at_in[k] < PORTS)
			n->in[n->at_in[k]].data = memory + k * n->part;
	int rc = onnx_run(n->session, n->in, n->out, e);
	if (rc)
		return rc;
	const float *y = n->out[n->at_act].data;
	if (!all_finite(y, n->acts))
		return err_set(e, ERR_DATA, "the network gives what is no number");
	if (n->discrete && !are_probs(y, n->acts))
		return err_set(e, ERR_DATA, "its action_probs are no probabilities");
	if (n->at_value < PORTS && !all_finite(n->out[n->at_value].data, 1))
		return err_set(e, ERR_DATA, "the network's value is no number");
	for (size_t k = 0; k < 2; k++)
		if (n->at_out[k] < PORTS && !all_finite(n->out[n->at_out[k]].data, n->part))
			return err_set(e, ERR_DATA, "the network remembers what is no number");
	memcpy(out, y, n->acts * sizeof *out);
	for (size_t k = 0; k < 2; k++)
		if (n->at_out[k] < PORTS)
			memcpy(memory + k * n->part, n->out[n->at_out[k]].data,
			    n->part * sizeof *memory);
	if (value)
		*value = n->at_value < PORTS ? *(const float *)n->out[n->at_value].data : NAN;
	return 0;
}
