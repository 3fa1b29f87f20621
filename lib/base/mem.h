/*
 * Allocation. Out of memory stops the process (a message, then abort): a trading pipe
 * that cannot allocate must break, and no caller could do better. DECISIONS.md, "Memory".
 */
#ifndef TP_BASE_MEM_H
#define TP_BASE_MEM_H

#include <stddef.h>

void *
mem_alloc(size_t n); /* zeroed; never NULL; n == 0 gives a unique pointer */
void *
mem_array(size_t n, size_t size); /* zeroed; overflow of n * size stops the process */
void *
mem_resize(void *p, size_t n, size_t size); /* realloc to n * size; new bytes are not zeroed */
void *
mem_dup(const void *p, size_t n); /* copy of n bytes and a NUL behind them */

/* Grow an array of `size`-byte elements so that index `want` exists; new elements are zeroed.
 * *cap is in elements. Used for tables indexed by sym->id. */
void *
mem_grow(void *p, size_t *cap, size_t want, size_t size);

/* &ptr[i], grown first when need be; cap is a size_t variable. i is evaluated once. */
#define MEM_AT(ptr, cap, i) \
	__extension__({ \
		const size_t mem_at_ = (size_t)(i); \
		if (__builtin_expect(mem_at_ >= (cap), 0)) \
			(ptr) = mem_grow((ptr), &(cap), mem_at_, sizeof *(ptr)); \
		&(ptr)[mem_at_]; \
	})

#endif
