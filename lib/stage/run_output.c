#include <stdio.h>
#include <string.h>

#include "io/out.h"
#include "stage/run_private.h"

#define OUT_ENOUGH (64u << 10) /* write when this much is ready; a pipe holds as much */

/* Words to the user. They may quote a line that came from anywhere: nothing in them may steer a
 * terminal. */
void
run_say(const char *name, const char *text)
{
	char t[sizeof((struct err *)0)->msg + 1];
	size_t n = strlen(text), i;

	for (i = 0; i < n && i < sizeof t - 1; i++)
		t[i] = (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? '?' : text[i];
	t[i] = '\0';
	fprintf(stderr, "%s: %s\n", name, t);
}

/* ---- what the stages see of the runner ---- */

static void
note(void *arg, const struct stage *st, int level, const char *text)
{
	struct run *r = arg;

	char t[sizeof r->err.msg];

	if (level > r->verbosity)
		return;
	snprintf(t, sizeof t, "%s%s", level == 1 ? "warning: " : "", text);
	run_say(st->kind->name, t);
}

int
run_drain(void *arg)
{
	struct run *r = arg;

	return io_out_flush(1, &r->out, "standard output", &r->err);
}

static int
text_out(void *arg, const char *p, size_t n)
{
	struct run *r = arg;

	buf_put(&r->out, p, n);
	return r->out.len >= OUT_ENOUGH ? run_drain(r) : 0;
}

/* ---- the writer: last stage of every chain ---- */

static int
write_csv(struct run *r, const struct rec *rec)
{
	if (!r->csv_started) {
		if (!r->csv) {
			/* a feed's main type is what its file holds */
			static const char *const columns[REC_NTYPES] = {
				[REC_trade] = "ts,sym,price,size,side,dirty",
				[REC_quote] = "ts,sym,bid,ask,bid_size,ask_size,dirty",
				[REC_bar] =
				    "ts,sym,ts_end,interval,open,high,low,close,volume,dirty",
				[REC_corporate_action] = "ts,sym,action,amount,ratio,new_sym",
			};

			if (!columns[rec->type])
				return 0;
			r->csv = rec_csv_new(rec->type, columns[rec->type], &r->err);
			if (!r->csv)
				return r->err.code;
			r->csv_type = rec->type;
		}
		rec_csv_header(r->csv, &r->out);
		r->csv_started = true;
	}
	rec_csv_row(r->csv, &r->out, rec);
	return 0;
}

static int
writer_push(struct stage *st, const struct rec *rec)
{
	struct run *r = st->env->arg;

	if (r->csv_type == REC_NTYPES) {
		rec_enc_json(&r->out, rec);
	} else if (rec->type == r->csv_type ||
		   (r->csv_type == REC_unknown && rec->type != REC_watermark &&
		       rec->type != REC_status)) {
		int rc = write_csv(r, rec);

		if (rc < 0)
			return rc;
	}
	return r->out.len >= OUT_ENOUGH ? run_drain(r) : 0;
}

static const struct stage_kind writer_kind = {
	.name = "output", .takes = UINT32_MAX, .push = writer_push
};

void
run_output_init(struct run *r)
{
	r->env = (struct stage_env){ .err = &r->err,
		.note = note,
		.text = text_out,
		.drain = run_drain,
		.stopped = run_stopped,
		.arg = r };
	r->writer = (struct stage){ .kind = &writer_kind, .env = &r->env };
	r->csv_type = REC_NTYPES;
}

int
run_output_set(struct run *r, struct err *e)
{
	const struct args *last = &r->stages[r->n - 1];
	const struct stage_kind *k = last->kind;

	for (size_t i = 0; i + 1 < r->n; i++) {
		if (r->stages[i].common.output && !r->stages[i].kind->sink)
			return err_set(e, ERR_USAGE, "%s: -O csv is for the end of a pipe",
			    r->stages[i].kind->name);
		if (r->stages[i].kind->sink)
			return err_set(e, ERR_USAGE,
			    "%s: nothing comes out of it for the next tool to read",
			    r->stages[i].kind->name);
	}
	if (k->sink || last->common.output == 0)
		return 0;
	r->csv_type = k->main_type;
	if (k->csv_columns) {
		r->csv = rec_csv_new(k->main_type, k->csv_columns, e);
		if (!r->csv)
			return e->code;
	}
	return 0;
}

/* The CSV of a stage whose main type depends on its options. */
int
run_output_late(struct run *r)
{
	const struct stage *last = r->stages[r->n - 1].st;

	if (r->csv_type != REC_unknown || !last->csv_columns)
		return 0;
	r->csv_type = last->csv_type;
	r->csv = rec_csv_new(last->csv_type, last->csv_columns, &r->err);
	return r->csv ? 0 : r->err.code;
}
