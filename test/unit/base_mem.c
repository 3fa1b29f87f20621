/* Tables that grow where they are used. */
#include "base/mem.h"
#include "t.h"

static size_t asked;

static size_t
next(void)
{
	return asked++;
}

static void
test_at(void)
{
	size_t cap = 0, n = 0;
	int *v = NULL;

	for (int i = 0; i < 1000; i++)
		*MEM_AT(v, cap, n++) = i;
	is_i64((int64_t)n, 1000, "an index is evaluated once, grown or not");
	ok(cap >= 1000, "there is room for what was asked for");
	ok(v[0] == 0 && v[500] == 500 && v[999] == 999, "each went to its place");
	*MEM_AT(v, cap, next()) += 7;
	ok(asked == 1 && v[0] == 7, "a function is called once");
	ok(*MEM_AT(v, cap, cap) == 0 && *MEM_AT(v, cap, 5 * cap) == 0, "what is new is zero");
	free(v);
}

/* A pointer inside a struct, an element of many bytes, an index of another type. */
static void
test_shapes(void)
{
	struct {
		struct {
			char name[24];
			double x;
		} * row;
		size_t cap;
	} t = { 0 };
	const uint8_t at = 200;

	MEM_AT(t.row, t.cap, at)->x = 2.5;
	ok(t.cap > 200 && t.row[200].x == 2.5 && t.row[199].x == 0, "rows of a table");
	free(t.row);
}

int
main(void)
{
	test_at();
	test_shapes();
	return done_testing();
}
