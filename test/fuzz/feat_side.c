/*
 * The files that feat-calc reads, and the small languages of its options; the first byte says
 * which. A scaler (s) or drift reference (r) that is accepted is written, read back and written
 * again as the same bytes, and can be used; a table of sectors (t) or fundamentals (f) answers for
 * any symbol and time; calls (c) and labels (l) are taken or refused with words.
 */
#include "fuzz.h"

#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

#include "feat/call.h"
#include "feat/drift.h"
#include "feat/label.h"
#include "feat/scale.h"
#include "feat/side.h"

static void
fuzz_feat_scaler(const char *p, size_t n)
{
	struct buf once = { 0 }, twice = { 0 };
	struct feat_scaler s, back;
	struct err e = { .msg = "" };

	if (feat_scaler_parse(&s, "s.json", p, n, &e) == 0) {
		feat_scaler_put(&s, &once);
		int rc = feat_scaler_parse(&back, "s.json", buf_z(&once), once.len, &e);
		FUZZ_HOLDS(rc == 0, "%s: %s", e.msg, buf_z(&once));
		feat_scaler_put(&back, &twice);
		FUZZ_HOLDS(once.len == twice.len && memcmp(once.p, twice.p, once.len) == 0,
		    "written twice: %s", buf_z(&once));
		feat_scaler_free(&back);
		for (size_t i = 0; i < s.n; i++)
			for (double x = -1e308; x < 1e308; x = x < -1e3 ? -5
							       : x < 5  ? x + 1
									: x * 1e60)
				FUZZ_HOLDS(
				    !isinf(feat_scale_apply(s.kind, &s.cols[i], x)), "%g", x);
	} else {
		FUZZ_HOLDS(e.msg[0], "refused without words");
	}
	feat_scaler_free(&s);
	buf_free(&once);
	buf_free(&twice);
}

static void
fuzz_feat_drift(const char *p, size_t n)
{
	struct buf once = { 0 }, twice = { 0 };
	struct feat_drift_ref r, back;
	struct err e = { .msg = "" };

	if (feat_drift_parse(&r, "r.json", p, n, &e) == 0) {
		feat_drift_put(&r, &once);
		int rc = feat_drift_parse(&back, "r.json", buf_z(&once), once.len, &e);
		FUZZ_HOLDS(rc == 0, "%s: %s", e.msg, buf_z(&once));
		feat_drift_put(&back, &twice);
		FUZZ_HOLDS(once.len == twice.len && memcmp(once.p, twice.p, once.len) == 0,
		    "written twice: %s", buf_z(&once));
		feat_drift_free(&back);
		for (size_t i = 0; i < r.n; i++) {
			struct feat_drift_window w;

			feat_drift_window_init(&w, 7);
			for (int k = 0; k < 20; k++)
				feat_drift_push(&w, &r.cols[i], k % 5 ? k * 1e-3 - 1 : NAN);
			double psi = feat_drift_psi(&w, &r.cols[i]),
			       ks = feat_drift_ks(&w, &r.cols[i]);
			FUZZ_HOLDS(psi >= -1e-9 && psi < 1e3, "PSI %g", psi);
			FUZZ_HOLDS(ks >= 0 && ks <= 1, "KS %g", ks);
			feat_drift_window_free(&w);
		}
	} else {
		FUZZ_HOLDS(e.msg[0], "refused without words");
	}
	feat_drift_free(&r);
	buf_free(&once);
	buf_free(&twice);
}

static void
fuzz_feat_table(const uint8_t *p, size_t n, bool sectors)
{
	int fd = memfd_create("table", 0);
	char path[64];
	struct err e = { .msg = "" };
	struct symtab *syms = symtab_new();
	const struct sym *a = symtab_get(syms, str_z("A"));

	if (fd < 0 || write(fd, p, n) != (ssize_t)n || lseek(fd, 0, SEEK_SET) != 0)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	struct feat_sectors *s = sectors ? feat_sectors_read(path, syms, &e) : NULL;
	struct feat_fund *f = sectors ? NULL : feat_fund_read(path, syms, &e);
	const struct sym *late = symtab_get(syms, str_z("ZZZ"));
	if (s) {
		FUZZ_HOLDS(feat_sectors_of(s, a) <= feat_sectors_count(s), "sector");
		FUZZ_HOLDS(feat_sectors_name(s, feat_sectors_of(s, late)), "name");
	}
	for (size_t k = 0; f && k < feat_fund_columns(f); k++)
		for (int64_t t = -(INT64_C(1) << 62); t < INT64_C(1) << 62; t += INT64_C(1) << 56) {
			int64_t since = feat_fund_since(f, a, t);

			FUZZ_HOLDS(since <= t, "known before its date");
			FUZZ_HOLDS(!isinf(feat_fund_at(f, a, t, k)), "value");
			FUZZ_HOLDS(since != INT64_MIN || isnan(feat_fund_at(f, a, t, k)), "early");
			feat_fund_at(f, late, t, k);
		}
	FUZZ_HOLDS(s || f || e.msg[0], "refused without words");
	feat_sectors_free(s);
	feat_fund_free(f);
	symtab_free(syms);
	close(fd);
}

static void
fuzz_feat_words(const char *z, bool calls)
{
	struct err e = { .msg = "" };
	struct feat_call *v = NULL;
	struct feat_label_spec spec;
	size_t n;
	int rc = calls ? feat_calls_parse(z, "cross", &v, &n, &e) : feat_label_parse(z, &spec, &e);

	FUZZ_HOLDS(rc == 0 || e.msg[0], "refused without words: %s", z);
	if (rc == 0 && !calls)
		FUZZ_HOLDS(spec.horizon >= 1 && spec.horizon <= 100000, "horizon %u", spec.horizon);
	free(v);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf text = { 0 };

	if (size == 0)
		return 0;
	buf_put(&text, data + 1, size - 1);
	buf_z(&text);
	switch (data[0]) {
	case 's': fuzz_feat_scaler(text.p, text.len); break;
	case 'r': fuzz_feat_drift(text.p, text.len); break;
	case 't':
	case 'f': fuzz_feat_table(data + 1, size - 1, data[0] == 't'); break;
	case 'c':
	case 'l': fuzz_feat_words(text.p, data[0] == 'c'); break;
	default: break;
	}
	buf_free(&text);
	return 0;
}
