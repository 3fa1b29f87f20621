/* Apart from the rest, so that only pipe-run is linked with every tool's kind. */
#include <string.h>

#include "stage/stage.h"

const struct stage_kind *
stage_kind_find(const char *name)
{
	for (size_t i = 0; stage_kinds[i]; i++)
		if (strcmp(stage_kinds[i]->name, name) == 0)
			return stage_kinds[i];
	return NULL;
}
