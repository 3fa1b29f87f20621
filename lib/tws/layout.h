/* The tables made from tws/fields.h; for the codec and its tests only. */
#ifndef TP_TWS_LAYOUT_H
#define TP_TWS_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tws/msg.h"

enum tws_op {
	/* one field on the wire */
	TWS_OP_I64,
	TWS_OP_INT,
	TWS_OP_INTM,
	TWS_OP_BOOL,
	TWS_OP_STR,
	TWS_OP_PX,
	TWS_OP_PX0,
	TWS_OP_PXM,
	TWS_OP_MID,
	TWS_OP_DEC,
	TWS_OP_DEC0,
	TWS_OP_SUM,
	TWS_OP_CASH,
	TWS_OP_CASHM,
	TWS_OP_F64,
	TWS_OP_K,
	/* others */
	TWS_OP_SUB,
	TWS_OP_LIST,
	TWS_OP_WHEN,
	TWS_OP_END,
	TWS_OP_STOP,
	TWS_OP_REFUSE,
};

struct tws_layout;

struct tws_row {
	uint8_t op;
	uint16_t off;     /* in the struct of the layout */
	int16_t min, max; /* server versions that have it */
	const char *name; /* of the member; the text of a constant */
	const struct tws_layout *sub;
	bool (*cond)(const void *msg);
};

struct tws_layout {
	const char *name;
	int id; /* of a message */
	uint16_t n;
	uint32_t size; /* of the struct */
	const struct tws_row *row;
};

extern const struct tws_layout tws_request_layouts[TWS_Q_unknown];
extern const struct tws_layout tws_event_layouts[TWS_E_unknown];

static inline bool
tws_row_is_in(const struct tws_row *r, int server_version)
{
	return server_version >= r->min && server_version <= r->max;
}

/* The row behind the END that closes the WHEN at i. */
static inline size_t
tws_row_after(const struct tws_layout *l, size_t i)
{
	int depth = 0;

	do {
		depth += l->row[i].op == TWS_OP_WHEN;
		depth -= l->row[i].op == TWS_OP_END;
		i++;
	} while (depth && i < l->n);
	return i;
}

/* Any list member: all have this shape. */
struct tws_any_list {
	size_t n;
	void *v;
};

#endif
