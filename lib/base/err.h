/*
 * Errors: a library function returns 0 or a negative ERR_ code and leaves the
 * words in a struct err. Nothing below cmd/ prints or exits; the runner prints
 * the words once and turns the code into the exit status (its absolute value).
 */
#ifndef TP_BASE_ERR_H
#define TP_BASE_ERR_H

enum err_code {
	ERR_FAIL = -1,  /* anything else */
	ERR_USAGE = -2, /* the command line or a configuration file */
	ERR_DATA = -3,  /* input that cannot be understood */
	ERR_IO = -4,    /* reading or writing failed */
	ERR_NET = -5,   /* broker or network */
	ERR_GATE = -6,  /* a gate such as --require was not met */
	ERR_PIPE = -13, /* the reader left; the runner dies of SIGPIPE, silently */
};

struct err {
	int code;
	char msg[1000];
};

/* Set the words, return the code, so that `return err_set(e, ERR_DATA, ...)` reads well. */
int
err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As err_set, with ": " and the text of errno behind. */
int
err_sys(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Put words and ": " in front of what e says already; returns e->code. */
int
err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
