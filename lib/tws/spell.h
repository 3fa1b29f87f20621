/* Numbers as the two sides of the wire spell them. For the codec of this room. */
#ifndef TP_TWS_SPELL_H
#define TP_TWS_SPELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/num.h"

enum tws_spell { TWS_SPELL_OK, TWS_SPELL_UNSET, TWS_SPELL_BAD, TWS_SPELL_RANGE };

/*
 * Reading. UNSET: empty, NaN, the infinities, 1.79...E308, and the largest and smallest int64 and
 * int32; where `sentinel32` is false 2147483647 is a number as any other. RANGE: a number that
 * does not fit. Plus signs, leading zeros, bare points and blanks around are taken.
 */
enum tws_spell
tws_read_i64(const char *p, size_t n, bool sentinel32, int64_t *out);
enum tws_spell
tws_read_nano(const char *p, size_t n, bool sentinel32, int64_t *out);
enum tws_spell
tws_read_micro(const char *p, size_t n, int64_t *out);
enum tws_spell
tws_read_nano128(const char *p, size_t n, num_i128 *out);
enum tws_spell
tws_read_f64(const char *p, size_t n, double *out);
enum tws_spell
tws_read_bool(const char *p, size_t n, bool *out);
/* "Infinity" and "Infinite" */
bool
tws_is_infinite(const char *p, size_t n);

/*
 * Writing, into o, which needs NUM_MAX bytes; returns the end. `point`: 5 is "5.0". `small_exp`:
 * below 1e-4 as Python does, "5e-05".
 */
char *
tws_write_nano(char *o, num_i128 nano, bool point, bool small_exp);
char *
tws_write_f64(char *o, double v);

#endif
