/* What the files of this room call of each other; comes with gate.h. */
#ifndef TP_SIM_CALLS_H
#define TP_SIM_CALLS_H

#include "sim/gate.h"

/* ---- clock.c ---- */
/* Let time pass up to what is due; returns the wall ns until something is due again. */
int64_t
sim_run(struct sim *s);
/* One step of a market that its clients move. */
void
sim_step(struct sim *s);
/* Make a record happen: instruments, account, clients. */
void
sim_record(struct sim *s, const struct rec *r);
void
sim_fail(struct sim *s, int code);

/* ---- options.c ---- */
/* where args_parse has left them */
const struct sim_opts *
sim_stage_opts(const struct stage *st);

/* ---- serve.c ---- */
/* Everything but sockets: account, data, scenario. 0 or a code, words in e. */
int
sim_open(struct sim *s, const struct sim_opts *o, const struct rec_layout *layout, int64_t epoch,
    struct symtab *syms, struct err *e);
void
sim_close(struct sim *s);

/* ---- tape.c ---- */
struct tape;
struct tape *
tape_open(struct sim *s, const struct sim_opts *o, const struct rec_layout *layout, struct err *e);
void
tape_free(struct tape *t);
/* True: *r is the next record and *at when it is known; false: the end. Stays the same until
 * tape_pop. */
bool
tape_peek(struct tape *t, const struct rec **r, int64_t *at);
int
tape_pop(struct tape *t, struct err *e);
/* Add this to all times from now on. */
void
tape_shift(struct tape *t, int64_t ns);
/* Time of the very first record; TIM_NONE: none. */
int64_t
tape_first(const struct tape *t);
/* Play what lies before `from` into the instruments' history only. */
int
tape_history(struct sim *s, struct tape *t, int64_t from, struct err *e);

/* ---- inst.c ---- */
struct inst *
inst_get(struct sim *s, const struct sym *sym); /* made when it is new */
struct inst *
inst_find(struct sim *s, struct str name); /* by symbol; NULL */
/* How many instruments a contract means; the first of them in *out. 2 or more: ambiguous. */
size_t
inst_match(struct sim *s, const struct tws_contract *c, struct inst **out);
/* As above, and says error 200 to the client unless there is exactly one. */
struct inst *
inst_one(struct sim *s, struct conn *c, int64_t id, const struct tws_contract *k);
void
inst_contract(const struct inst *in, const char *exchange, struct tws_contract *c);
void
inst_free(struct inst *in);
void
on_contract_details(struct sim *s, struct conn *c, const struct tws_q_req_contract_details *q);
void
on_matching_symbols(struct sim *s, struct conn *c, const struct tws_q_req_matching_symbols *q);
void
on_market_rule(struct sim *s, struct conn *c, const struct tws_q_req_market_rule *q);

/* ---- store.c ---- */
void
store_record(struct inst *in, const struct rec *r);
/* Trade or half of a quote into a bar that grows. */
void
bar_trade(struct sim_bar *b, int64_t t, int64_t px, int64_t size);
void
bar_merge(struct sim_bar *b, const struct sim_bar *more);
void
bar_quote(struct sim_bar *b, int64_t t, int64_t px);
/* index of the first bar that starts at t or later */
size_t
bars_from(const struct bar_store *s, int64_t t);
const struct sim_tick *
tick_at(const struct tick_store *s, size_t i); /* 0 is the oldest */
/* the price of `what` in the instrument's last quote or trade; 0: none */
int64_t
inst_price(const struct inst *in, enum sim_what what);

/* ---- conn.c ---- */
struct conn *
conn_new(struct sim *s, int fd);
void
conn_free(struct sim *s, struct conn *c);
struct conn *
conn_by_no(struct sim *s, uint64_t no);
/* n bytes came; frames that are whole are handled. */
void
conn_input(struct sim *s, struct conn *c, const void *p, size_t n);
/* Handle whole frames that wait in the reader (after a hang). */
void
conn_frames(struct sim *s, struct conn *c);
/* One message to a client, with the faults that are on. */
void
conn_send(struct sim *s, struct conn *c, const struct tws_event *ev);
void
conn_error(struct sim *s, struct conn *c, int64_t id, int64_t code, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* id -1 to all that are started */
void
conn_error_all(struct sim *s, int64_t code, const char *text);
void
conn_close(struct sim *s, struct conn *c, bool reset);
/* bytes that may be written now; 0: none, or not yet */
size_t
conn_writable(const struct sim *s, const struct conn *c);
/* n bytes were written */
void
conn_written(struct sim *s, struct conn *c, size_t n);
/* the wall time of the next write that a fault holds back; SIM_FOREVER: none */
int64_t
conn_wake(const struct sim *s, const struct conn *c);

/* ---- request.c ---- */
void
sim_request(struct sim *s, struct conn *c, const char *payload, size_t n);
/* Handle it now, no scenario asked. */
void
sim_handle(
    struct sim *s, struct conn *c, const struct tws_request *q, const char *payload, size_t n);
void
sim_answer_time(struct sim *s, struct conn *c);
/* "20250708 02:35:00 America/New_York" into o, which takes 64 bytes */
const char *
sim_time_text(struct sim *s, char *o, int64_t ns, const char *sep, bool zone);

/* ---- data.c ---- */
struct sub *
sub_new(struct sim *s, struct conn *c, struct inst *in, enum sub_kind kind, int64_t id);
void
sub_free(struct sub *u);
struct sub *
sub_find(struct conn *c, enum sub_kind kind, int64_t id);
/* May data of the instrument be had? Says the error when not; *delayed as it will come. */
bool
data_allowed(struct sim *s, struct conn *c, int64_t id, struct inst *in, bool *delayed);
void
on_mkt_data(struct sim *s, struct conn *c, const struct tws_q_req_mkt_data *q);
void
on_tick_by_tick(struct sim *s, struct conn *c, const struct tws_q_req_tick_by_tick *q);
void
on_mkt_depth(struct sim *s, struct conn *c, const struct tws_q_req_mkt_depth *q);
void
cancel_sub(struct sim *s, struct conn *c, enum sub_kind kind, int64_t id);
/* a record goes to those who want it */
void
data_publish(struct sim *s, struct inst *in, const struct rec *r);
void
data_halt(struct sim *s, struct inst *in);
/* samples that are due */
void
data_flush(struct sim *s);

/* ---- bars.c ---- */
void
on_real_time_bars(struct sim *s, struct conn *c, const struct tws_q_req_real_time_bars *q);
void
bars_publish(struct sim *s, struct sub *u, const struct rec *r);
/* the boundary of five seconds at t has come; `last` of a row of them */
void
bars_five(struct sim *s, int64_t t);
void
bars_flush(struct sim *s);

/* ---- history.c ---- */
void
on_historical_data(struct sim *s, struct conn *c, const struct tws_q_req_historical_data *q,
    const char *payload, size_t n);
void
on_historical_ticks(struct sim *s, struct conn *c, const struct tws_q_req_historical_ticks *q);
void
on_head_time_stamp(struct sim *s, struct conn *c, const struct tws_q_req_head_time_stamp *q);
enum sim_what
what_of(struct str s);
/* start of the bar of `step` (0: a day) that t lies in */
int64_t
bar_start(struct sim *s, int64_t step, int64_t t);
/* its date as the client asked for it: 1 text, 2 epoch; into o of 64 bytes */
struct str
bar_date(struct sim *s, char *o, int64_t t, int64_t step, int64_t format);

/* ---- terms.c ---- */
/* The quantity: as given, or what so much cash buys. */
int64_t
sim_terms_qty(const struct inst *in, const struct tws_order *o);
/* Why the order is refused, with its error code; NULL: it is not. */
const char *
sim_terms_wrong(
    struct sim *s, const struct inst *in, const struct tws_q_place_order *q, int64_t *code);
/* The order as the account takes it; cl_ord_id and parent_id are still to be set. */
void
sim_terms_record(
    struct sim *s, const struct inst *in, const struct tws_q_place_order *q, struct rec *r);
/* What changed from one version to the next. */
void
sim_terms_replace(struct sim *s, const struct inst *in, const struct tws_q_place_order *was,
    const struct tws_q_place_order *is, struct rec *r);

/* ---- orders.c ---- */
void
on_place_order(struct sim *s, struct conn *c, const struct tws_q_place_order *q,
    const char *payload, size_t n);
void
on_cancel_order(struct sim *s, struct conn *c, int64_t id);
void
on_global_cancel(struct sim *s, struct conn *c);
void
on_open_orders(struct sim *s, struct conn *c, bool all);
struct sim_order *
order_of(struct sim *s, int64_t client_id, int64_t order_id);
struct sim_order *
order_no(struct sim *s, uint32_t no);
/* Shares to borrow were found: give what waited for them to the account. */
void
orders_located(struct sim *s, struct inst *in);
void
sim_orders_free(struct sim *s);
/* The exchange, or whoever, cancels it. */
void
order_cancel(struct sim *s, struct sim_order *o);
/* An order by hand, in TWS itself. */
bool
order_manual(struct sim *s, struct inst *in, bool buy, int64_t qty, int64_t limit);
/* Fill it now, so much (0: all that is left), at px (0: its limit, or the market). */
void
order_force(struct sim *s, struct sim_order *o, int64_t qty, int64_t px);
bool
order_read(struct sim *s, const struct sim_order *o, struct tws_request *q);

/* ---- fills.c ---- */
int
fills_out(void *arg, const struct rec *r); /* the account's records */
/* What the account was last told has been told: send what is still to be said. */
void
fills_flush(struct sim *s);
/* Around every call of the account, which must not be called again before it returns: fills are
 * told to the scenario only afterwards. */
void
account_enter(struct sim *s);
void
account_leave(struct sim *s, int rc);
void
sim_account(struct sim *s, const struct rec *r); /* account_push between the two */
void
send_open_order(
    struct sim *s, struct conn *c, const struct sim_order *o, enum tws_status st, bool commission);
void
send_order_status(
    struct sim *s, struct conn *c, const struct sim_order *o, enum tws_status st, bool zero);
void
send_state(struct sim *s, struct sim_order *o); /* both, to its own client */
void
on_executions(struct sim *s, struct conn *c, const struct tws_q_req_executions *q);
/* fills counted from 1; 0: the last */
struct sim_exec *
exec_nth(struct sim *s, uint64_t n);
bool
exec_correct(struct sim *s, uint64_t nth, int64_t px, int64_t qty, bool bust);
/* the connections that hear of an order */
bool
conn_hears(const struct conn *c, const struct sim_order *o);

/* ---- books.c ---- */
void
on_positions(struct sim *s, struct conn *c);
void
on_positions_multi(struct sim *s, struct conn *c, int64_t id);
void
on_account_updates(struct sim *s, struct conn *c, const struct tws_q_req_account_updates *q);
void
on_account_updates_multi(
    struct sim *s, struct conn *c, const struct tws_q_req_account_updates_multi *q);
void
on_account_summary(struct sim *s, struct conn *c, const struct tws_q_req_account_summary *q);
void
on_pnl(struct sim *s, struct conn *c, int64_t id);
void
on_pnl_single(struct sim *s, struct conn *c, int64_t id, int64_t con_id);
/* a position changed */
void
books_changed(struct sim *s, struct inst *in);
/* once a second of the market */
void
books_second(struct sim *s);
const char *
sim_account_name(const struct sim *s, char *o); /* the first one, into o of 24 bytes */
/* what an order would do, for whatIf */
void
books_what_if(struct sim *s, const struct inst *in, const struct tws_q_place_order *q,
    struct tws_order_state *st);

/* ---- wirelog.c ---- */
struct wirelog;
struct wirelog *
wirelog_open(const char *path, bool wall, struct err *e);
/* dir: in, out, open, close, note */
void
wirelog_frame(struct sim *s, const struct conn *c, const char *dir, const char *kind,
    const char *payload, size_t n);
void
wirelog_note(struct sim *s, const struct conn *c, const char *dir, const char *text);
int
wirelog_flush(struct wirelog *w, struct err *e);
int
wirelog_close(struct wirelog *w, struct err *e);

#endif
