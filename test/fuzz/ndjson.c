/* NDJSON streams: see codec.h for the property. */
#include "codec.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf text = { 0 };

	/* The first byte tells the format. */
	buf_putc(&text, '{');
	buf_put(&text, data, size);
	if (size && data[0] == '{')
		fuzz_stream(NULL, (const char *)data, size);
	else
		fuzz_stream(NULL, text.p, text.len);
	buf_free(&text);
	return 0;
}
