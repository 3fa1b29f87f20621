/*
 * A learned policy as it is run: an .onnx file as rl-train writes it, with input `obs` (batch,
 * numbers) and output `action_probs` or `action`; a policy with a memory has `h_in` (and `c_in`)
 * and `h_out` (and `c_out`) besides. An output `value` (batch, 1) is the worth of the state.
 */
#ifndef TP_RL_POLICY_NET_H
#define TP_RL_POLICY_NET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

struct rl_net; /* opaque */

#define RL_NET_NAME_MAX 63

/* NULL with the file's name in e: ERR_IO, or ERR_DATA where it is no policy. */
struct rl_net *
rl_net_open(const char *path, struct err *e);
void
rl_net_free(struct rl_net *n);

/* The file's name without directories and ".onnx"; SHA-256 of the file, in hex; the value of a key
 * of its metadata, or NULL. Borrowed. */
const char *
rl_net_name(const struct rl_net *n);
const char *
rl_net_hash(const struct rl_net *n);
const char *
rl_net_meta(const struct rl_net *n, const char *key);

size_t
rl_net_obs(const struct rl_net *n); /* floats of an observation */
size_t
rl_net_acts(const struct rl_net *n); /* floats that rl_net_run puts out */
bool
rl_net_discrete(const struct rl_net *n); /* they are probabilities of as many actions */
bool
rl_net_has_value(const struct rl_net *n);
/* Floats of its memory, zero at the beginning; 0: it has none. */
size_t
rl_net_memory(const struct rl_net *n);

/*
 * One decision. memory is taken and replaced (NULL where there is none). *value may be NULL.
 * Allocates nothing. ERR_DATA when an observation or an answer is not finite; the memory is then
 * as it was.
 */
int
rl_net_run(
    struct rl_net *n, const float *obs, float *memory, float *out, float *value, struct err *e);

#endif
