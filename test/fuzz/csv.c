/* CSV streams, header line and rows: see codec.h for the property. The first byte chooses the
 * layout: as the columns tell, or mapped as a foreign file is. */
#include "codec.h"

static const struct rec_layout fuzz_layouts[] = {
	{ 0 },
	{ .type = "trade" },
	{ .sym = "AAPL" },
	{ .columns = "ts=Date,price=Last,size=Vol", .sym = "X.Y" },
	{ .columns = "ts=1,sym=2,price=3,size=4", .type = "trade", .no_header = true },
	{ .columns = "ts=1,open=2,high=3,low=4,close=5", .sym = "B", .no_header = true },
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t n = sizeof fuzz_layouts / sizeof fuzz_layouts[0];

	if (size < 2 || data[1] == '{')
		return 0;
	fuzz_stream(&fuzz_layouts[data[0] % n], (const char *)data + 1, size - 1);
	return 0;
}
