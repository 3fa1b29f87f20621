/* Text -> pointer: ids to orders, execution ids to executions. Keys are borrowed: they live in
 * what the pointer points to. Nothing is ever taken out. */
#ifndef TP_BROKER_MAP_H
#define TP_BROKER_MAP_H

#include "base/str.h"

struct map_slot {
	uint64_t hash;
	struct str key;
	void *value; /* NULL: empty */
};

struct map {
	struct map_slot *v;
	size_t n, cap;
};

void *
map_get(const struct map *m, struct str key); /* NULL: not there */
void
map_put(struct map *m, struct str key, void *value); /* replaces */
void
map_free(struct map *m);

#endif
