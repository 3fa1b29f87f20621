/* Requests of rl-env: any bytes are answered with one line or refused with words, never half. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rl/serve.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rl_env *v[2];
	struct err e = { 0 };
	const char *p = (const char *)data, *end = p + size;

	if (!v[0]) {
		v[0] = rl_env_new("sine", 3, &e);
		v[1] = rl_env_new("almgren-chriss", 2, &e);
		assert(v[0] && v[1]);
	}
	for (int k = 0; k < 2; k++) {
		struct rl_server s;

		rl_server_init(&s, v[k], &e);
		for (const char *line = p; line < end && !s.closed;) {
			const char *nl = memchr(line, '\n', (size_t)(end - line));
			size_t n = (size_t)((nl ? nl : end) - line), had = s.out.len;
			char *copy = mem_dup(line, n);

			e.msg[0] = '\0';
			int rc = rl_server_answer(&s, copy, n);
			assert(rc == 0 || e.msg[0]);
			assert(rc == 0 || s.out.len == had);
			assert(s.out.len == had || s.out.p[s.out.len - 1] == '\n');
			free(copy);
			line += n + 1;
		}
		rl_server_free(&s);
	}
	return 0;
}
