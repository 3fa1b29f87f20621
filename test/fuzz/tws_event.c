/* What a client reads from a gateway. */
#include "tws.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_tws(false, data, size);
}
