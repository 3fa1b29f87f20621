#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

static _Noreturn void
out_of_memory(void)
{
	static const char msg[] = "out of memory\n";
	ssize_t ignored = write(2, msg, sizeof msg - 1);

	(void)ignored;
	abort();
}

void *
mem_alloc(size_t n)
{
	void *p = calloc(1, n ? n : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *
mem_array(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *
mem_resize(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		out_of_memory();
	p = realloc(p, bytes ? bytes : 1);
	if (!p)
		out_of_memory();
	return p;
}

void *
mem_dup(const void *p, size_t n)
{
	char *q = mem_alloc(n + 1);

	if (n)
		memcpy(q, p, n);
	return q;
}

void *
mem_grow(void *p, size_t *cap, size_t want, size_t size)
{
	size_t n = *cap;

	if (want < n)
		return p;
	while (n <= want)
		n = n ? n * 2 : 16;
	p = mem_resize(p, n, size);
	memset((char *)p + *cap * size, 0, (n - *cap) * size);
	*cap = n;
	return p;
}
