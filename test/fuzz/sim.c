/*
 * A whole session with the simulated gateway. Each line of the input is a message, its fields
 * between bars (71|2|1|), a scenario line behind an exclamation mark (!on place_order 2: drop), or
 * a step of the market (>). Whatever a client sends and a scenario does: every message that goes
 * out can be read, and the account holds what the executions add up to.
 */
#include "fuzz.h"
#include "sim/gate.h"

struct fuzz_sim {
	struct sim_opts o;
	struct sim s;
	struct symtab *syms;
	struct err e;
	struct rec_layout layout;
	struct tws_reader in;
	struct tws_arena mem;
	bool greeted;
};

static void
fuzz_sim_out(struct fuzz_sim *f, struct conn *c)
{
	struct tws_event ev;
	const char *p;
	size_t n;

	while ((n = conn_writable(&f->s, c)) > 0 && !c->dead) {
		tws_reader_put(&f->in, c->out.p + c->out_at, n);
		conn_written(&f->s, c, n);
		f->s.wall += c->dribble_gap;
	}
	while (tws_reader_next(&f->in, &p, &n, &f->e) == 1) {
		if (!f->greeted) {
			f->greeted = true;
			continue;
		}
		tws_arena_reset(&f->mem);
		FUZZ_HOLDS(
		    tws_decode_event(c->version, p, n, &ev, &f->mem, &f->e) == 0 || c->surplus < 0,
		    "%s", f->e.msg);
	}
}

/* The connection that sends; a new one when the last has ended. */
static struct conn *
fuzz_sim_conn(struct fuzz_sim *f)
{
	struct buf hello = { 0 };
	struct conn *c;

	for (size_t i = 0; i < f->s.nconn;)
		if (f->s.conn[i]->dead || f->s.conn[i]->finish)
			conn_free(&f->s, f->s.conn[i]);
		else
			i++;
	if (f->s.nconn)
		return f->s.conn[0];
	tws_reader_reset(&f->in);
	f->greeted = false;
	c = conn_new(&f->s, -1);
	tws_hello_put(&hello, TWS_OFFER_MIN, TWS_OFFER_MAX, NULL);
	conn_input(&f->s, c, hello.p, hello.len);
	buf_free(&hello);
	return c;
}

static void
fuzz_sim_line(struct fuzz_sim *f, const char *p, size_t n, struct buf *frame)
{
	struct conn *c = fuzz_sim_conn(f);

	if (n && *p == '>') {
		f->s.wall += TIM_SEC;
		c->steps++;
		sim_run(&f->s);
	} else if (n && *p != '!') {
		buf_clear(frame);
		buf_put(frame, "\0\0\0", 4);
		buf_put(frame, p, n);
		for (size_t i = 4; i < frame->len; i++)
			if (frame->p[i] == '|')
				frame->p[i] = '\0';
		frame->p[2] = (char)(n >> 8);
		frame->p[3] = (char)n;
		if (!c->dead)
			conn_input(&f->s, c, frame->p, frame->len);
	}
	if (!c->dead)
		fuzz_sim_out(f, c);
}

/* What is held, from the executions as last corrected. */
static void
fuzz_sim_books(struct fuzz_sim *f)
{
	for (size_t k = 0; k < f->s.ninst; k++) {
		const struct inst *in = f->s.inst[k];
		const struct ledger_pos *p;
		int64_t sum = 0;

		if (!in)
			continue;
		for (size_t i = 0; i < f->s.nexecs; i++) {
			const struct sim_exec *x = &f->s.execs[i];
			bool newest = x->in == in;

			for (size_t j = i + 1; newest && j < f->s.nexecs; j++)
				newest = f->s.execs[j].serial != x->serial;
			if (newest)
				sum += x->buy ? x->qty : -x->qty;
		}
		p = ledger_pos(account_ledger(f->s.account), in->sym);
		FUZZ_HOLDS(sum == (p ? p->qty : 0), "%s: %lld held, executions say %lld",
		    in->sym->name, (long long)(p ? p->qty : 0), (long long)sum);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_sim f = { .layout = { 0 } };
	struct buf script = { 0 }, frame = { 0 };
	const char *p = (const char *)data, *z = p + size;

	opt_defaults(sim_options, &f.o, &f.e);
	f.o.clock = CLOCK_VIRTUAL;
	f.o.steppers = 1;
	f.o.seed = 1;
	f.o.history = 60 * TIM_SEC;
	f.syms = symtab_new();
	f.s.wall = TIM_SEC;
	FUZZ_HOLDS(sim_open(&f.s, &f.o, &f.layout, 0, f.syms, &f.e) == 0, "%s", f.e.msg);
	for (const char *q = p; q < z;) {
		const char *nl = memchr(q, '\n', (size_t)(z - q)), *end = nl ? nl : z;

		if (*q == '!') {
			buf_put(&script, q + 1, (size_t)(end - q - 1));
			buf_putc(&script, '\n');
		}
		q = end + 1;
	}
	if (script_parse(&f.s.script, script.p ? script.p : "", script.len, "fuzz", &f.e) < 0 ||
	    script_arm(&f.s, "fuzz", &f.e) < 0)
		f.s.script.n = 0;
	fuzz_sim_line(&f, "71|2|1||", 8, &frame);
	while (p < z) {
		const char *nl = memchr(p, '\n', (size_t)(z - p)), *end = nl ? nl : z;

		fuzz_sim_line(&f, p, (size_t)(end - p), &frame);
		p = end + 1;
	}
	fuzz_sim_books(&f);
	sim_close(&f.s);
	symtab_free(f.syms);
	opt_release(sim_options, &f.o);
	tws_reader_free(&f.in);
	tws_arena_free(&f.mem);
	buf_free(&script);
	buf_free(&frame);
	return 0;
}
