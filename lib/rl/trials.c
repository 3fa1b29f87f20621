#include "rl/trials.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/tim.h"
#include "io/out.h"
#include "rec/json.h"
#include "rl/run.h"

#define MOST ((size_t)1 << 30)
#define TRIAL_MOST INT64_C(1000000000000) /* numbers of trials */
#define BEGINS "{\"type\":\"trial\""

void
rl_search_id(const char *what, char id[17])
{
	uint64_t h = rl_fnv(what, strlen(what));

	for (int i = 0; i < 16; i++)
		id[i] = "0123456789abcdef"[h >> (60 - 4 * i) & 15];
	id[16] = '\0';
}

void
rl_trial_free(struct rl_trial *t)
{
	for (size_t i = 0; i < t->nsettings; i++) {
		free((char *)(uintptr_t)t->setting[i].key);
		free((char *)(uintptr_t)t->setting[i].value);
	}
	free(t->setting);
	free(t->method);
	free(t->env);
	free(t->algo);
	*t = (struct rl_trial){ 0 };
}

/* ---- a line ---- */

void
rl_trial_put(const struct rl_trial *t, bool stamped, struct buf *b)
{
	buf_printf(b, "{\"type\":\"trial\",\"trial\":%lld", (long long)t->trial);
	rl_put_text(b, "search", t->search);
	buf_printf(b, ",\"try\":%lld", (long long)t->attempt);
	rl_put_text(b, "method", t->method);
	if (t->rung >= 0)
		buf_printf(b, ",\"rung\":%lld", (long long)t->rung);
	rl_put_text(b, "env", t->env);
	rl_put_text(b, "algo", t->algo);
	buf_printf(b, ",\"seed\":%lld,\"steps\":%lld,\"settings\":{", (long long)t->seed,
	    (long long)t->steps);
	for (size_t i = 0; i < t->nsettings; i++) {
		size_t at = b->len;

		rl_put_text(b, t->setting[i].key, t->setting[i].value);
		if (i == 0) { /* no comma before the first */
			memmove(b->p + at, b->p + at + 1, b->len - at - 1);
			b->len--;
		}
	}
	buf_putc(b, '}');
	rl_put_f64(b, "objective", t->objective);
	rl_put_f64(b, "valid_mean", t->valid_mean);
	rl_put_f64(b, "sharpe", t->sharpe);
	if (t->data[0])
		rl_put_text(b, "data", t->data);
	if (stamped) {
		struct timespec now;

		clock_gettime(CLOCK_REALTIME, &now);
		rl_put_ts(b, "ts", (int64_t)now.tv_sec * TIM_SEC + now.tv_nsec);
	}
	buf_puts(b, "}\n");
}

static char *
text_of(const struct json *j)
{
	struct str s = { "", 0 };

	json_text(j, &s);
	return mem_dup(s.p, s.n);
}

static void
copy_text(const struct json *j, char *to, size_t size)
{
	struct str s;

	if (json_text(j, &s) && s.n < size) {
		memcpy(to, s.p, s.n);
		to[s.n] = '\0';
	}
}

static double
number_of(const struct json *j)
{
	double v;

	return json_f64(j, &v) ? v : NAN;
}

/* False when the line is no trial. */
static bool
read_trial(const struct json *j, struct rl_trial *t)
{
	const struct json *settings = json_get(j, "settings");
	struct str type;

	*t = (struct rl_trial){ .rung = -1 };
	if (!json_text(json_get(j, "type"), &type) || !str_eq(type, str_z("trial")) ||
	    !json_i64(json_get(j, "trial"), &t->trial) || t->trial < 1 || t->trial > TRIAL_MOST ||
	    !json_i64(json_get(j, "try"), &t->attempt))
		return false;
	json_i64(json_get(j, "rung"), &t->rung);
	json_i64(json_get(j, "seed"), &t->seed);
	json_i64(json_get(j, "steps"), &t->steps);
	copy_text(json_get(j, "search"), t->search, sizeof t->search);
	copy_text(json_get(j, "data"), t->data, sizeof t->data);
	t->method = text_of(json_get(j, "method"));
	t->env = text_of(json_get(j, "env"));
	t->algo = text_of(json_get(j, "algo"));
	t->objective = number_of(json_get(j, "objective"));
	t->valid_mean = number_of(json_get(j, "valid_mean"));
	t->sharpe = number_of(json_get(j, "sharpe"));
	t->nsettings = json_kind(settings) == JSON_IS_OBJECT ? json_len(settings) : 0;
	t->setting = mem_array(t->nsettings, sizeof *t->setting);
	for (size_t i = 0; i < t->nsettings; i++) {
		struct str key = json_key_at(settings, i);

		t->setting[i].key = mem_dup(key.p, key.n);
		t->setting[i].value = text_of(json_at(settings, i));
	}
	return true;
}

/* ---- the file ---- */

static void
clear(struct rl_ledger *l)
{
	for (size_t i = 0; i < l->n; i++)
		rl_trial_free(&l->v[i]);
	l->n = 0;
	l->good = 0;
	l->unended = false;
}

static int
no_ledger(const struct rl_ledger *l, size_t line, struct err *e)
{
	return err_set(e, ERR_DATA, "%s: line %zu is no line of a ledger: {\"type\":\"trial\",...}",
	    l->path, line);
}

/* A last line without its end: a trial all the same, when it is whole; what was torn is dropped by
 * the next append, but only if a trial it was. Anything else is some other file, given by mistake.
 */
static int
read_tail(struct rl_ledger *l, const char *p, size_t n, size_t line, struct err *e)
{
	size_t most = sizeof BEGINS - 1;
	struct err none = { 0 };
	struct json *j = json_parse_text(p, n, &none);

	if (j && read_trial(j, MEM_AT(l->v, l->cap, l->n))) {
		l->n++;
		l->good += n;
		l->unended = true;
	}
	json_free(j);
	if (!l->unended && memcmp(p, BEGINS, n < most ? n : most) != 0)
		return no_ledger(l, line, e);
	return 0;
}

static int
read_all(struct rl_ledger *l, struct err *e)
{
	struct buf b = { 0 };
	size_t line = 0;
	int rc;

	clear(l);
	if (!l->path || access(l->path, F_OK) != 0)
		return 0;
	rc = io_file_read(l->path, MOST, &b, e);
	while (rc == 0 && l->good < b.len) {
		const char *p = b.p + l->good, *end = memchr(p, '\n', b.len - l->good);
		struct json *j;

		line++;
		if (!end) {
			rc = read_tail(l, p, b.len - l->good, line, e);
			break;
		}
		j = json_parse_text(p, (size_t)(end - p), e);
		if (j && read_trial(j, MEM_AT(l->v, l->cap, l->n)))
			l->n++;
		else
			rc = no_ledger(l, line, e);
		json_free(j);
		l->good += (size_t)(end - p) + 1;
	}
	buf_free(&b);
	return rc;
}

int
rl_ledger_open(struct rl_ledger *l, const char *path, bool times, struct err *e)
{
	*l = (struct rl_ledger){ .path = path, .times = times };
	return read_all(l, e);
}

void
rl_ledger_close(struct rl_ledger *l)
{
	clear(l);
	free(l->v);
	*l = (struct rl_ledger){ 0 };
}

/* At the end, whole or not at all. */
static int
append(const struct rl_ledger *l, int fd, struct buf *line, struct err *e)
{
	off_t at = (off_t)l->good, had = lseek(fd, 0, SEEK_END);
	int rc;

	if (had < at) /* a compressed one, which cannot be appended to */
		return err_set(e, ERR_IO, "%s is shorter than what was read from it", l->path);
	if (had > at && ftruncate(fd, at) < 0)
		return err_sys(e, ERR_IO, "cannot cut %s", l->path);
	if (lseek(fd, at, SEEK_SET) < 0)
		return err_sys(e, ERR_IO, "cannot write %s", l->path);
	rc = io_out_flush(fd, line, l->path, e);
	if (rc < 0 && ftruncate(fd, at) < 0)
		return rc; /* what is torn is dropped later */
	if (rc == 0 && fsync(fd) < 0)
		rc = err_sys(e, ERR_IO, "cannot write %s", l->path);
	return rc;
}

static int64_t
next_number(const struct rl_ledger *l)
{
	int64_t most = 0;

	for (size_t i = 0; i < l->n; i++)
		most = l->v[i].trial > most ? l->v[i].trial : most;
	return most + 1;
}

int
rl_ledger_add(struct rl_ledger *l, struct rl_trial *t, struct buf *line, struct err *e)
{
	struct buf own = { 0 };
	int fd = -1, rc = 0;

	if (l->path) {
		fd = open(l->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
		if (fd < 0 || flock(fd, LOCK_EX) < 0)
			rc = err_sys(e, ERR_IO, "cannot open %s", l->path);
		if (rc == 0)
			rc = read_all(l, e);
	}
	if (rc == 0) {
		const struct rl_trial *first = rl_ledger_find(l, t->search, t->attempt, 0);

		t->trial = t->rung > 0 && first ? first->trial : next_number(l);
		if (l->unended)
			buf_putc(&own, '\n');
		size_t from = own.len;
		rl_trial_put(t, l->times, &own);
		if (line)
			buf_put(line, own.p + from, own.len - from);
	}
	size_t n = own.len;
	if (rc == 0 && fd >= 0)
		rc = append(l, fd, &own, e);
	if (rc == 0) {
		l->good += n;
		l->unended = false;
		*MEM_AT(l->v, l->cap, l->n) = *t;
		l->n++;
		*t = (struct rl_trial){ 0 };
	}
	if (fd >= 0)
		close(fd); /* after fsync: nothing is left to fail */
	buf_free(&own);
	return rc;
}

/* ---- asking ---- */

const struct rl_trial *
rl_ledger_find(const struct rl_ledger *l, const char *search, int64_t attempt, int64_t rung)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].attempt == attempt && l->v[i].rung == rung &&
		    strcmp(l->v[i].search, search) == 0)
			return &l->v[i];
	return NULL;
}

size_t
rl_ledger_count(const struct rl_ledger *l, double *stdev)
{
	int64_t most = 0;
	double *sharpe, sum = 0, ss = 0;
	size_t n = 0, k = 0;
	bool *seen;

	for (size_t i = 0; i < l->n; i++)
		most = l->v[i].trial > most ? l->v[i].trial : most;
	/* numbers are given out one by one; a file that was written by hand may lie */
	if (most > (int64_t)l->n)
		most = (int64_t)l->n;
	sharpe = mem_array((size_t)most + 1, sizeof *sharpe);
	seen = mem_array((size_t)most + 1, sizeof *seen);
	for (size_t i = 0; i < l->n; i++) {
		size_t at = (size_t)(l->v[i].trial > most ? most : l->v[i].trial);

		n += !seen[at];
		if (!seen[at] || isfinite(l->v[i].sharpe))
			sharpe[at] = l->v[i].sharpe;
		seen[at] = true;
	}
	for (int64_t i = 1; i <= most; i++)
		if (seen[i] && isfinite(sharpe[i])) {
			sum += sharpe[i];
			k++;
		}
	for (int64_t i = 1; i <= most; i++)
		if (seen[i] && isfinite(sharpe[i]))
			ss += (sharpe[i] - sum / (double)k) * (sharpe[i] - sum / (double)k);
	*stdev = k > 1 ? sqrt(ss / (double)(k - 1)) : NAN;
	free(sharpe);
	free(seen);
	return n;
}
