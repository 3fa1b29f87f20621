/* A gateway made of its options, without any socket: so tests have it. */
#include <stdlib.h>
#include <string.h>

#include "sim/gate.h"

#include "base/mem.h"

#define PERM_FIRST INT64_C(3000000001) /* above 2^31, as real ones may be */

static int
open_times(struct sim *s, struct err *e)
{
	const struct sim_opts *o = s->o;

	s->zone = tz_open(o->zone, e);
	if (!s->zone)
		return err_wrap(e, "--zone");
	s->zones.dflt = s->zone;
	if (o->session && strcmp(o->session, "24x7") != 0) {
		s->sessions = sessions_open(o->session, o->calendar, e);
		if (!s->sessions)
			return e->code;
	}
	s->speed = o->clock == CLOCK_REAL ? 1 : 0;
	if (o->speed && strcmp(o->speed, "max") == 0)
		s->speed = 0;
	else if (o->speed && (!num_f64(o->speed, strlen(o->speed), &s->speed) || s->speed <= 0))
		return err_set(
		    e, ERR_USAGE, "--speed %s: want a number above zero, or max", o->speed);
	if (s->speed == 0 && o->clock == CLOCK_REAL)
		return err_set(e, ERR_USAGE, "--speed max goes with --clock virtual");
	if (o->steppers && o->clock == CLOCK_REAL)
		return err_set(e, ERR_USAGE, "--steppers goes with --clock virtual");
	return 0;
}

/* Where the market begins, and by how much the data's dates move. */
static int
open_start(struct sim *s, int64_t epoch, struct err *e)
{
	const struct sim_opts *o = s->o;
	int64_t first = tape_first(s->tape), begin;

	begin = first != TIM_NONE           ? first
		: o->clock == CLOCK_VIRTUAL ? INT64_C(1704205800) * TIM_SEC /* 2024-01-02 14:30Z */
					    : epoch;
	if (o->start_text && !tim_parse(o->start_text, strlen(o->start_text), &begin, NULL))
		return err_set(e, ERR_USAGE, "--start %s: not a time", o->start_text);
	s->start = begin;
	if (o->clock == CLOCK_REAL && !o->dated) {
		tape_shift(s->tape, epoch - begin);
		s->start = epoch;
	}
	s->now = s->start;
	s->next_second = tim_floor(s->start, TIM_SEC) + TIM_SEC;
	s->next_five = tim_floor(s->start, 5 * TIM_SEC) + 5 * TIM_SEC;
	return tape_history(s, s->tape, s->start, e);
}

static int
check_accounts(const struct sim_opts *o, struct err *e)
{
	size_t n = strcspn(o->accounts, ",");

	if (n == 0 || n > 20)
		return err_set(
		    e, ERR_USAGE, "--account %s: want names of 1 to 20 bytes", o->accounts);
	for (const char *p = o->accounts; *p; p++)
		if (*p <= ' ' || *p > '~')
			return err_set(e, ERR_USAGE, "--account: only printable ASCII, no blanks");
	return 0;
}

int
sim_open(struct sim *s, const struct sim_opts *o, const struct rec_layout *layout, int64_t epoch,
    struct symtab *syms, struct err *e)
{
	int rc;

	s->o = o;
	s->err = e;
	s->syms = syms;
	s->wall_to_epoch = epoch - s->wall;
	s->perm_id = PERM_FIRST;
	s->next_valid_id = s->lowest_id = o->next_id;
	s->read_only = o->read_only;
	s->limits = o->limits == SIM_ON || (o->limits == SIM_AUTO && o->clock == CLOCK_REAL);
	s->fill_now = o->fill == FILL_NOW || (o->fill == FILL_AUTO && o->clock == CLOCK_REAL);
	s->account = account_new(&o->account, syms, fills_out, s, e);
	if (!s->account)
		return e->code;
	rc = check_accounts(o, e);
	if (rc == 0)
		rc = open_times(s, e);
	if (rc == 0 && o->scenario)
		rc = script_load(&s->script, o->scenario, e);
	if (rc == 0 && o->wire_log) {
		s->wirelog = wirelog_open(o->wire_log, o->clock == CLOCK_REAL, e);
		rc = s->wirelog ? 0 : e->code;
	}
	if (rc < 0)
		return rc;
	s->tape = tape_open(s, o, layout, e);
	if (!s->tape)
		return e->code;
	rc = open_start(s, epoch, e);
	if (rc == 0)
		rc = script_arm(s, o->scenario ? o->scenario : "", e);
	return rc;
}

void
sim_close(struct sim *s)
{
	struct err ignored;

	while (s->nconn)
		conn_free(s, s->conn[0]);
	wirelog_close(s->wirelog, &ignored);
	tape_free(s->tape);
	account_free(s->account);
	for (size_t i = 0; i < s->ninst; i++)
		inst_free(s->inst[i]);
	free(s->inst);
	sim_orders_free(s);
	free(s->execs);
	free(s->fired);
	free(s->past);
	script_free(&s->script);
	later_free(&s->by_market);
	later_free(&s->by_wall);
	tws_arena_free(&s->qmem);
	tws_arena_free(&s->omem);
	tws_zones_free(&s->zones);
	buf_free(&s->scratch);
	sessions_free(s->sessions);
	tz_free(s->zone);
}
