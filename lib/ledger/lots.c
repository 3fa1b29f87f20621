/* FIFO lots: what tax reports and round trips want to know, next to the average cost. */
#include "ledger/internal.h"

#include <string.h>

#include "base/mem.h"

num_i128
lots_close(struct lots *q, int64_t qty, int64_t price)
{
	num_i128 gain = 0;

	while (qty != 0 && q->n > 0) {
		struct lot *t = &q->v[q->head];
		bool whole = t->qty > 0 ? t->qty <= qty : t->qty >= qty;
		int64_t part = whole ? t->qty : qty;

		gain += (num_i128)part * ((num_i128)price - t->price);
		qty -= part;
		t->qty -= part;
		if (t->qty == 0) {
			q->head++;
			q->n--;
		}
	}
	if (q->n == 0)
		q->head = 0;
	return gain;
}

void
lots_open(struct lots *q, int64_t qty, int64_t price)
{
	if (qty == 0)
		return;
	if (q->n > 0) {
		struct lot *last = &q->v[q->head + q->n - 1];

		if (last->price == price) {
			last->qty += qty;
			return;
		}
	}
	if (q->head + q->n == q->cap) {
		if (q->head > q->cap / 2) {
			memmove(q->v, q->v + q->head, q->n * sizeof *q->v);
			q->head = 0;
		} else {
			q->cap = q->cap ? q->cap * 2 : 4;
			q->v = mem_resize(q->v, q->cap, sizeof *q->v);
		}
	}
	q->v[q->head + q->n++] = (struct lot){ qty, price };
}

void
lots_scale(struct lots *q, double ratio, int64_t qty)
{
	int64_t left = qty;
	uint32_t out = 0;

	for (uint32_t i = 0; i < q->n; i++) {
		struct lot t = q->v[q->head + i];
		num_i128 cost = (num_i128)t.qty * t.price;
		int64_t n;

		/* the last lot takes what rounding left, so that the sum is the position */
		if (i + 1 == q->n || !num_nano_of(num_of_nano(t.qty) * ratio, &n) ||
		    (n > 0) != (qty > 0) || (n > 0 ? n > left : n < left))
			n = left;
		left -= n;
		if (n == 0)
			continue;
		t.price =
		    (int64_t)(n > 0 ? num_div_even(cost, n) : num_div_even(-cost, -(num_i128)n));
		t.qty = n;
		q->v[q->head + out++] = t;
	}
	q->n = out;
}
