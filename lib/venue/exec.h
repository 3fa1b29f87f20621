/* ibkr-exec: its paper side, and the kind that broker/tool.c makes of that and the live side. */
#ifndef TP_VENUE_EXEC_H
#define TP_VENUE_EXEC_H

#include "stage/loop.h"
#include "stage/stage.h"
#include "venue/account.h"

struct exec {
	struct stage base;
	struct account_opts acct;
	bool paper;
	const char *feedback, *state;
	struct account *account;
	struct loop_sink *sink;
	uint64_t saved;           /* account_revision of the state file */
	uint64_t targets, orders; /* that came */
};

extern const struct opt exec_options[];    /* offsets relative to struct exec */
extern const struct stage_kind exec_paper; /* not in the catalogue */
extern const struct stage_kind ibkr_exec_kind;

/* What an executor tells: also to --feedback, and it ends here when it comes round. */
#define EXEC_OWN (REC_BIT(order_status) | REC_BIT(fill) | REC_BIT(position) | REC_BIT(portfolio))
/* The record was made with knowledge of the future. */
bool
exec_looks_ahead(const struct rec *r);

#endif
