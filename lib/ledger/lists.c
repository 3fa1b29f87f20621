/* The ledger's lists, and putting it back from a state file. */
#include "ledger/ledger.h"

#include "base/mem.h"
#include "ledger/internal.h"

uint32_t
ledger_count(const struct ledger *l)
{
	return l->nheld;
}

const struct ledger_pos *
ledger_at(const struct ledger *l, uint32_t i)
{
	return &l->e[l->held[i]].p;
}

uint32_t
ledger_changed_count(const struct ledger *l)
{
	return l->nchanged;
}

const struct ledger_pos *
ledger_changed_at(const struct ledger *l, uint32_t i)
{
	return &l->e[l->changed[i]].p;
}

void
ledger_changed_clear(struct ledger *l)
{
	for (uint32_t i = 0; i < l->nchanged; i++)
		l->e[l->changed[i]].p.changed = false;
	l->nchanged = 0;
}

bool
ledger_lot(const struct ledger *l, const struct sym *sym, uint32_t i, int64_t *qty, int64_t *price)
{
	const struct lots *q;

	if (sym->id >= l->cap || i >= l->e[sym->id].lots.n)
		return false;
	q = &l->e[sym->id].lots;
	*qty = q->v[q->head + i].qty;
	*price = q->v[q->head + i].price;
	return true;
}

void
ledger_restore(struct ledger *l, const struct sym *sym, int64_t qty, num_i128 cost, int64_t mark,
    int64_t mult, int64_t realized, int64_t commission)
{
	struct entry *e = MEM_AT(l->e, l->cap, sym->id);
	num_i128 value = ledger_bound((num_i128)qty * mark, mult);

	cost = ledger_bound(cost, mult) / mult;
	l->net += value - e->value;
	l->gross += (value < 0 ? -value : value) - (e->value < 0 ? -e->value : e->value);
	l->cost += cost * mult - e->p.cost * e->p.mult;
	l->realized = num_add(l->realized, num_sub(realized, e->p.realized));
	l->commission = num_add(l->commission, num_sub(commission, e->p.commission));
	e->value = value;
	e->p.sym = sym;
	e->p.qty = qty;
	e->p.cost = cost;
	e->p.mark = mark;
	e->p.mult = mult;
	e->p.realized = realized;
	e->p.commission = commission;
	e->lots.n = e->lots.head = 0;
	lots_open(&e->lots, qty, ledger_avg_price(&e->p));
	if (!e->listed) {
		e->listed = true;
		*MEM_AT(l->held, l->held_cap, l->nheld) = sym->id;
		l->nheld++;
	}
}

void
ledger_restore_lots(struct ledger *l, const struct sym *sym, int64_t fifo_realized)
{
	struct entry *e = MEM_AT(l->e, l->cap, sym->id);

	e->p.fifo_realized = fifo_realized;
	e->lots.n = e->lots.head = 0;
}

void
ledger_restore_lot(struct ledger *l, const struct sym *sym, int64_t qty, int64_t price)
{
	lots_open(&MEM_AT(l->e, l->cap, sym->id)->lots, qty, price);
}

void
ledger_restore_changed(struct ledger *l, const struct sym *sym)
{
	struct entry *e = MEM_AT(l->e, l->cap, sym->id);

	if (e->p.changed)
		return;
	e->p.changed = true;
	*MEM_AT(l->changed, l->changed_cap, l->nchanged) = sym->id;
	l->nchanged++;
}

void
ledger_restore_cash(struct ledger *l, int64_t cash, int64_t peak_equity)
{
	l->cash = cash;
	l->peak = peak_equity;
}
