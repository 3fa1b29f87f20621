/*
 * The children of a bracket. They are not counted as exposure, since they only close what their
 * parent opened: so here it is seen to that they can do nothing else.
 */
#include "risk/risk.h"

#define GROUPS 8

/* The working children of one parent, by the groups in which they cancel each other. */
struct family {
	const struct rec *child; /* the one that is to join them */
	struct str except;       /* the one that it takes the place of */
	struct {
		struct str name; /* oca_group; empty: the group that the parent makes */
		int64_t qty;     /* of its largest order: one fill makes the others smaller */
	} group[GROUPS];
	size_t n;
	bool bad;
};

static void
join(struct family *f, const struct rec *r)
{
	struct str name = { NULL, 0 };
	size_t i = 0;

	if (rec_has(r, F_order_oca_group))
		name = r->order.oca_group;
	while (i < f->n && !str_eq(f->group[i].name, name))
		i++;
	if (i == GROUPS) {
		f->bad = true;
		return;
	}
	if (i == f->n) {
		f->group[i].name = name;
		f->group[i].qty = 0;
		f->n++;
	}
	if (r->order.qty > f->group[i].qty)
		f->group[i].qty = r->order.qty;
}

static void
join_sibling(void *arg, const struct rec *order, int64_t leaves)
{
	struct family *f = arg;

	(void)leaves;
	if (rec_has(order, F_order_parent_id) &&
	    str_eq(order->order.parent_id, f->child->order.parent_id) &&
	    !(f->except.n && str_eq(order->order.cl_ord_id, f->except)))
		join(f, order);
}

/* What all its children together would close is no more than the parent opens. */
static bool
family_fits(const struct risk *k, const struct rec *child, const struct rec *old, int64_t qty)
{
	struct family f = { .child = child };
	num_i128 sum = 0;

	if (old)
		f.except = old->order.cl_ord_id;
	account_each_order(k->account, join_sibling, &f);
	join(&f, child);
	for (size_t i = 0; i < f.n; i++)
		sum += f.group[i].qty;
	return !f.bad && sum <= qty;
}

const char *
risk_child_fault(const struct risk *k, const struct rec *order, const struct rec *old)
{
	struct rec parent;
	int64_t leaves = 0;

	if (!rec_has(order, F_order_parent_id) || (old && order->order.qty <= old->order.qty))
		return NULL;
	if (!risk_find_order(k, order->order.parent_id, &parent, &leaves))
		return "parent_id names no working order";
	if (leaves != parent.order.qty)
		return "the parent has filled in part: its children had to come before";
	if (parent.sym != order->sym ||
	    (parent.order.side == W_side_buy) == (order->order.side == W_side_buy))
		return "a child must close what its parent opens";
	if (!family_fits(k, order, old, parent.order.qty))
		return "the children would close more than their parent opens";
	return NULL;
}
