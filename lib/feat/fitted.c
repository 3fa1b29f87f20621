#include "feat/fitted.h"

#include "base/num.h"
#include "base/tim.h"
#include "io/out.h"

#define FILE_MAX (64u << 20)

int
feat_fitted_parse(
    feat_fitted_fill *fill, void *into, const char *name, const char *p, size_t n, struct err *e)
{
	struct json *root = json_parse_text(p, n, e);
	int rc = root ? fill(into, root, e) : e->code;

	json_free(root);
	return rc ? err_wrap(e, "%s", name) : 0;
}

int
feat_fitted_read(feat_fitted_fill *fill, void *into, const char *path, struct err *e)
{
	struct buf text = { 0 };
	int rc = io_file_read(path, FILE_MAX, &text, e);

	if (rc == 0)
		rc = feat_fitted_parse(fill, into, path, buf_z(&text), text.len, e);
	buf_free(&text);
	return rc;
}

void
feat_fitted_put_time(struct buf *out, const char *key, int64_t t)
{
	char text[TIM_LEN];

	if (t == TIM_NONE)
		return;
	tim_put(text, t);
	buf_printf(out, "  \"%s\": \"%.*s\",\n", key, TIM_LEN, text);
}

int64_t
feat_fitted_time(const struct json *j)
{
	struct str s;
	int64_t t;

	return json_text(j, &s) && tim_parse(s.p, s.n, &t, NULL) ? t : TIM_NONE;
}

void
feat_fitted_put_num(struct buf *out, double v)
{
	char *o = buf_room(out, NUM_MAX);

	out->len += (size_t)(num_put_f64(o, v) - o);
}
