/*
 * signal: does what the signals say. A symbol is held by its last signal of a source that the
 * glob matches, as long as direction times strength is strong enough and until the signal
 * expires; with `hold` at least so many bars.
 */
#include "rl/policy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tim.h"

struct said {
	double view; /* direction times strength of the last signal */
	double part; /* of the full position that is held, signed */
	int64_t expires;
	int64_t held; /* bars since the position was last opened or turned */
	const struct sym *sym;
	const char *reason;
	bool any, touched;
};

struct follow {
	struct rl_sided sided; /* size, weight and short; its sides are not used */
	const char *source;
	double threshold, leave;
	int64_t hold, ttl, prop;
	int64_t now;    /* of the last watermark */
	struct said *s; /* by symbol id */
	size_t ns;
	uint32_t *list; /* ids that were signalled, in order */
	size_t nlist, caplist;
	int64_t next_expiry; /* no earlier than this; INT64_MAX: none */
};

static const struct opt follow_params[] = {
	{ .kind = OPT_STR,
	    .name = "source",
	    .arg = "GLOB",
	    .help = "sources followed",
	    .dflt = "mix:*",
	    .off = OPT_OFF(struct follow, source) },
	{ .kind = OPT_F64,
	    .name = "threshold",
	    .arg = "X",
	    .help = "enter when |direction x strength| is at least this",
	    .dflt = "0.2",
	    .off = OPT_OFF(struct follow, threshold) },
	{ .kind = OPT_F64,
	    .name = "exit",
	    .arg = "X",
	    .help = "leave when it is below this",
	    .dflt = "0.1",
	    .off = OPT_OFF(struct follow, leave) },
	{ .kind = OPT_INT,
	    .name = "hold",
	    .arg = "BARS",
	    .help = "bars held at least, but for an expiry",
	    .dflt = "0",
	    .off = OPT_OFF(struct follow, hold),
	    .lo = 0,
	    .hi = 1000000 },
	{ .kind = OPT_SPAN,
	    .name = "ttl",
	    .arg = "SPAN",
	    .help = "life of a signal without expiry; 0: until the next",
	    .dflt = "0",
	    .off = OPT_OFF(struct follow, ttl) },
	{ .kind = OPT_INT,
	    .name = "scale",
	    .arg = "0|1",
	    .help = "1: hold in proportion to the strength",
	    .dflt = "0",
	    .off = OPT_OFF(struct follow, prop),
	    .lo = 0,
	    .hi = 1 },
	RL_SIDED_PARAMS(struct follow),
	RL_SHORT_PARAM(struct follow),
	{ .kind = OPT_END },
};

static int
follow_open(struct rl_policy *p, struct err *e)
{
	struct follow *f = (struct follow *)p;

	if (!f->source[0])
		return err_set(e, ERR_USAGE, "source is empty");
	if (!(f->threshold > 0 && f->threshold <= 1))
		return err_set(e, ERR_USAGE, "threshold must be above 0 and at most 1");
	if (!(f->leave >= 0 && f->leave <= f->threshold))
		return err_set(e, ERR_USAGE, "exit must be at least 0 and not above threshold");
	if (f->ttl < 0)
		return err_set(e, ERR_USAGE, "ttl must not be below 0");
	f->next_expiry = INT64_MAX;
	f->now = INT64_MIN;
	return rl_sided_open(&f->sided, e);
}

/* `*` any bytes, `?` one. */
static bool
glob(const char *p, struct str s)
{
	for (; *p && *p != '*'; p++, s.p++, s.n--)
		if (s.n == 0 || (*p != '?' && *p != *s.p))
			return false;
	if (!*p)
		return s.n == 0;
	while (p[1] == '*')
		p++;
	for (size_t i = 0; i <= s.n; i++)
		if (glob(p + 1, (struct str){ s.p + i, s.n - i }))
			return true;
	return false;
}

static void
follow_touch(struct follow *f, struct said *s)
{
	if (s->touched)
		return;
	s->touched = true;
	*MEM_AT(f->list, f->caplist, f->nlist) = s->sym->id;
	f->nlist++;
}

static bool
follow_signal(struct rl_policy *p, const struct rec *r)
{
	struct follow *f = (struct follow *)p;
	double strength = rec_has(r, F_signal_strength) ? r->signal.strength : 1;

	if (!rec_has(r, F_signal_direction) || !glob(f->source, r->signal.source))
		return false;
	struct said *s = MEM_AT(f->s, f->ns, r->sym->id);
	s->sym = r->sym;
	s->any = true;
	s->view = r->signal.direction * strength;
	s->view = s->view > 1 ? 1 : s->view < -1 ? -1 : s->view;
	s->expires = rec_has(r, F_signal_expires) ? r->signal.expires
		     : f->ttl                     ? num_add(r->ts, f->ttl)
						  : INT64_MAX;
	if (s->expires < f->next_expiry)
		f->next_expiry = s->expires;
	follow_touch(f, s);
	return true;
}

static void
follow_bar(struct rl_policy *p, const struct rec *r, bool revised)
{
	struct follow *f = (struct follow *)p;
	struct said *s = MEM_AT(f->s, f->ns, r->sym->id);

	if (revised || !s->any)
		return;
	s->held++;
	if (f->hold && s->held == f->hold)
		follow_touch(f, s);
}

static bool
follow_clock(struct rl_policy *p, int64_t t)
{
	struct follow *f = (struct follow *)p;
	bool over = false;

	f->now = t;
	if (t < f->next_expiry)
		return false;
	f->next_expiry = INT64_MAX;
	for (size_t i = 0; i < f->ns; i++) {
		struct said *s = &f->s[i];

		if (!s->any || s->expires == INT64_MAX)
			continue;
		if (s->expires <= t) {
			s->any = false;
			follow_touch(f, s);
			over = true;
		} else if (s->expires < f->next_expiry) {
			f->next_expiry = s->expires;
		}
	}
	return over;
}

/* The part of a full position that the signal asks for now, and why. */
static double
wanted(const struct follow *f, const struct said *s, const char **reason)
{
	double size = fabs(s->view);
	double side = s->view > 0 ? 1 : -1;
	bool same = s->part * side > 0;

	*reason = "the signal expired";
	if (!s->any)
		return 0;
	*reason = "held long enough not yet";
	if (s->part * s->part > 0 && s->held < f->hold)
		return s->part;
	*reason = "the signal is weak";
	if (size < (same ? f->leave : f->threshold) || size <= 0)
		return 0;
	*reason = side > 0 ? "the signal says long" : "the signal says short";
	if (side < 0 && !f->sided.shorts)
		return 0;
	return f->prop ? s->view : side;
}

static int
follow_want(struct follow *f, struct said *s, rl_want_fn want, void *arg)
{
	struct rl_target t = { .sym = s->sym, .reason = s->reason };
	double size = num_of_nano(f->sided.size) * s->part;

	t.is_weight = f->sided.weight > 0;
	t.weight = f->sided.weight * s->part;
	/* whole units; the full size as it was given */
	if (fabs(s->part) >= 1)
		t.position = s->part > 0 ? f->sided.size : -f->sided.size;
	else if (!num_nano_of(trunc(size), &t.position))
		t.position = 0;
	return want(arg, &t);
}

/* Sales before the purchases they pay for. */
static int
follow_decide(struct rl_policy *p, rl_want_fn want, void *arg)
{
	struct follow *f = (struct follow *)p;
	int rc = 0;

	for (size_t i = 0; i < f->nlist; i++) {
		struct said *s = &f->s[f->list[i]];
		double part = wanted(f, s, &s->reason);

		if ((part > 0) != (s->part > 0) || (part < 0) != (s->part < 0))
			s->held = 0;
		s->part = part;
	}
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < f->nlist && rc == 0; i++) {
			struct said *s = &f->s[f->list[i]];

			if ((s->part > 0) == (pass == 1))
				rc = follow_want(f, s, want, arg);
		}
	for (size_t i = 0; i < f->nlist; i++)
		f->s[f->list[i]].touched = false;
	f->nlist = 0;
	return rc;
}

static void
follow_close(struct rl_policy *p)
{
	struct follow *f = (struct follow *)p;

	free(f->s);
	free(f->list);
	rl_sided_close(p);
}

const struct rl_rule rl_signal = {
	.name = "signal",
	.about = "hold what the signals say",
	.params = follow_params,
	.size = sizeof(struct follow),
	.open = follow_open,
	.bar = follow_bar,
	.signal = follow_signal,
	.clock = follow_clock,
	.decide = follow_decide,
	.close = follow_close,
};
