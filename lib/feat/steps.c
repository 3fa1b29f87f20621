#include "feat/steps.h"

#include <string.h>

#include "feat/scale.h"

#define O(field) OPT_OFF(struct feat_step_opts, field)

const struct opt feat_step_options[] = {
	{ OPT_STR, 0, "factors", "LIST",
	    "against others: beta(60), ewma(30), kalman, mom(12,1), sector(60), sectors, fund(C), "
	    "yield(C), size(C)",
	    NULL, NULL, NULL, O(factors), 0, 0 },
	{ OPT_STR, 0, "cross", "LIST",
	    "symbols of an instant beside each other: rank(ret_1), zscore(rsi_14,sector), "
	    "above_ma(50)",
	    NULL, NULL, NULL, O(cross), 0, 0 },
	{ OPT_STR, 0, "sectors", "FILE", "CSV of sym and sector", NULL, NULL, NULL, O(sectors), 0,
	    0 },
	{ OPT_STR, 0, "benchmark", "SYM", "the symbol that factors are measured against", NULL,
	    NULL, NULL, O(benchmark), 0, 0 },
	{ OPT_STR, 0, "fundamentals", "FILE",
	    "CSV of sym, date and numbers known from that date on", NULL, NULL, NULL,
	    O(fundamentals), 0, 0 },
	{ OPT_TIME, 0, "fit-until", "TIME", "the training span ends here", NULL, NULL, NULL,
	    O(fit_until), 0, 0 },
	{ OPT_STR, 0, "fit-scaler", "FILE", "learn a scaler from the training span, write it", NULL,
	    NULL, NULL, O(fit_scaler), 0, 0 },
	{ OPT_CHOICE, 0, "scale", "KIND", "of the scaler to learn", "standard", FEAT_SCALES, NULL,
	    O(scale), 0, 0 },
	{ OPT_STR, 0, "scaler", "FILE", "scale the columns as this file says", NULL, NULL, NULL,
	    O(scaler), 0, 0 },
	{ OPT_CHOICE, 0, "scaler-unknown", "HOW", "a column that the scaler does not know",
	    "refuse", "refuse|pass|drop", NULL, O(scaler_unknown), 0, 0 },
	{ OPT_STR, 0, "fit-drift", "FILE", "keep what the columns are like in the training span",
	    NULL, NULL, NULL, O(fit_drift), 0, 0 },
	{ OPT_STR, 0, "drift", "FILE", "alert when the columns go away from this reference", NULL,
	    NULL, NULL, O(drift), 0, 0 },
	{ OPT_INT, 0, "drift-window", "ROWS", "rows that are compared with the reference", "1000",
	    NULL, NULL, O(drift_window), 20, 100000000 },
	{ OPT_F64, 0, "drift-psi", "X", "population stability index that alerts", "0.25", NULL,
	    NULL, O(drift_psi), 0, 0 },
	{ OPT_F64, 0, "drift-ks", "X", "Kolmogorov-Smirnov distance that alerts", "0.25", NULL,
	    NULL, O(drift_ks), 0, 0 },
	{ OPT_SPAN, 0, "drift-status", "SPAN", "a status record each SPAN of the stream's time",
	    NULL, NULL, NULL, O(drift_status), 0, 0 },
	{ OPT_STR, 0, "labels", "SPEC",
	    "horizon:N, triple-barrier:up=2,down=2,horizon=N or trend-scan:max=N; training only",
	    NULL, NULL, NULL, O(labels), 0, 0 },
	{ .kind = OPT_END },
};

/* Factors first, so that they can be compared and scaled; labels last, so that they are not. */
const struct feat_step_kind *const feat_step_kinds[] = {
	&feat_step_factor,
	&feat_step_cross,
	&feat_step_drift,
	&feat_step_scale,
	&feat_step_label,
	NULL,
};

int
feat_step_column(struct feat_plan *plan, const char *name, size_t *at, struct err *e)
{
	size_t n = strlen(name);

	if (n == 0 || n > 100 || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.")])
		return err_set(e, ERR_USAGE,
		    "'%s' cannot name a column: up to 100 of a-z, 0-9, _ and .", name);
	if (feat_is_key(str_z(name)))
		return err_set(
		    e, ERR_USAGE, "'%s' is a key of every record and cannot name a column", name);
	if (feat_plan_find(plan, str_z(name)) >= 0)
		return err_set(e, ERR_USAGE, "there is a column '%s' already", name);
	*at = feat_plan_add(plan, false, "%s", name);
	return 0;
}
