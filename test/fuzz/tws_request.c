/* What a simulator reads from clients it does not know. */
#include "tws.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_tws(true, data, size);
}
