#include "feat/entropy.h"

#include <string.h>

#include "base/num.h"

void
entropy_init(struct entropy *h, size_t n, uint32_t kinds, struct roll_mem *m)
{
	*h = (struct entropy){ .n = (uint32_t)n, .kinds = kinds, .most = num_log(kinds) };
	h->symbol = roll_take(m, n, sizeof *h->symbol);
	h->clogc = roll_take(m, n + 1, sizeof *h->clogc);
	for (uint32_t c = 2; h->clogc && c <= n; c++)
		h->clogc[c] = c * num_log(c);
}

double
entropy_push(struct entropy *h, int symbol)
{
	double n = h->n, s = 0;

	if (symbol < 0) {
		memset(h->count, 0, sizeof h->count);
		h->held = h->at = 0;
		return NAN;
	}
	if (h->held == h->n)
		h->count[h->symbol[h->at]]--;
	else
		h->held++;
	h->symbol[h->at] = (uint8_t)symbol;
	h->count[symbol]++;
	h->at = h->at + 1 == h->n ? 0 : h->at + 1;
	if (h->held < h->n)
		return NAN;
	/* -sum p ln p = ln n - sum c ln c / n */
	for (uint32_t i = 0; i < h->kinds; i++)
		s += h->clogc[h->count[i]];
	double e = (num_log(n) - s / n) / h->most;
	return e > 1e-15 ? e : 0;
}

void
permutation_init(struct permutation *p, size_t n, uint32_t m, struct roll_mem *mem)
{
	static const uint32_t factorial[] = { 1, 1, 2, 6, 24, 120 };

	*p = (struct permutation){ .m = m };
	entropy_init(&p->h, n, factorial[m], mem);
}

double
permutation_push(struct permutation *p, double x)
{
	uint32_t code = 0;

	if (roll_bad(x)) {
		p->held = 0;
		return entropy_push(&p->h, -1);
	}
	memmove(p->x, p->x + 1, (p->m - 1) * sizeof *p->x);
	p->x[p->m - 1] = x;
	p->held += p->held < p->m;
	if (p->held < p->m)
		return NAN;
	/* the code of Lehmer: how many of the later ones are smaller, in base m - i */
	for (uint32_t i = 0; i < p->m; i++) {
		uint32_t smaller = 0;

		for (uint32_t j = i + 1; j < p->m; j++)
			smaller += p->x[j] < p->x[i];
		code = code * (p->m - i) + smaller;
	}
	return entropy_push(&p->h, (int)code);
}

int
entropy_octile(double z)
{
	/* the quantiles 1/8 .. 7/8 */
	static const double cut[] = { -1.1503493803760079, -0.67448975019608171,
		-0.31863936396437514, 0, 0.31863936396437514, 0.67448975019608171,
		1.1503493803760079 };
	int i = 0;

	if (roll_bad(z))
		return -1;
	for (size_t k = 0; k < sizeof cut / sizeof *cut; k++)
		i += z >= cut[k];
	return i;
}
