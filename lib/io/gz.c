#include "io/gz.h"

#include <zlib.h>

int
io_gzip_write(const char *path, const void *p, size_t n, struct err *e)
{
	gzFile f = gzopen(path, "wb1");
	const char *at = p;

	if (!f)
		return err_sys(e, ERR_IO, "%s", path);
	while (n) {
		unsigned chunk = n > 1u << 20 ? 1u << 20 : (unsigned)n;

		if (gzwrite(f, at, chunk) != (int)chunk) {
			gzclose(f);
			return err_set(e, ERR_IO, "writing %s failed", path);
		}
		at += chunk;
		n -= chunk;
	}
	if (gzclose(f) != Z_OK)
		return err_set(e, ERR_IO, "writing %s failed", path);
	return 0;
}
