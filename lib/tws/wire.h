/*
 * The wire of the TWS socket protocol below its messages: frames, the handshake, times, and the
 * arena that decoded lists live in.
 *
 * After the hello every message, both ways, is a big-endian u32 length and so many bytes; a text
 * payload is fields that each end in NUL, the first being the message id.
 */
#ifndef TP_TWS_WIRE_H
#define TP_TWS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#define TWS_FRAME_MAX 0xFFFFFFu /* bytes of payload; the official client's cap */

/* What we offer, and what we accept of it: the layouts of tws/fields.h hold for these. */
#define TWS_OFFER_MIN 157
#define TWS_OFFER_MAX 178
#define TWS_VERSION_MIN 176
#define TWS_VERSION_MAX 178

/* ---- frames in ---- */
/* Bytes as they come, frames as they are whole. Zeroed to begin with. */
struct tws_reader {
	struct buf in;
	size_t pos; /* bytes of `in` that were handed out */
};

void
tws_reader_free(struct tws_reader *r);
/* forget everything, for a new connection */
void
tws_reader_reset(struct tws_reader *r);
/* Room for at least n bytes to read(2) into; then say how many came. Frames handed out before
 * are gone. */
char *
tws_reader_room(struct tws_reader *r, size_t n);
void
tws_reader_added(struct tws_reader *r, size_t n);
/* both at once, from memory */
void
tws_reader_put(struct tws_reader *r, const void *p, size_t n);
/* Bytes that are waiting for the rest of their frame, for deadlines and for what a cut lost. */
size_t
tws_reader_pending(const struct tws_reader *r);
/* Next frame: 1 with its payload (valid until the next room, put or reset), 0 when more bytes
 * are needed, ERR_DATA when the length is over TWS_FRAME_MAX: the stream is then beyond repair. */
int
tws_reader_next(struct tws_reader *r, const char **payload, size_t *n, struct err *e);

/* ---- frames out ---- */
/* Payload of n bytes as a frame; false, and nothing appended, when it is over TWS_FRAME_MAX. */
bool
tws_frame_put(struct buf *out, const void *payload, size_t n);

/* ---- handshake ---- */
/* client: "API\0" and the range; options (NULL: none) follow it after a blank */
void
tws_hello_put(struct buf *out, int min_version, int max_version, const char *options);

/* server: what a client offered */
struct tws_hello {
	int min_version, max_version;
	char options[256]; /* cut when longer */
};
/* Takes the hello off the reader: 1 got it, 0 more bytes are needed, ERR_DATA it is none. */
int
tws_hello_next(struct tws_reader *r, struct tws_hello *h, struct err *e);
/* The version to speak: min(client's maximum, own maximum); ERR_NET when the client wants more. */
int
tws_hello_choose(const struct tws_hello *h, int own_max, struct err *e);

/* server: two fields and no message id */
void
tws_greeting_put(struct buf *out, int server_version, const char *time_text);
struct tws_greeting {
	int server_version;
	struct str time; /* free text of the gateway's host, perhaps not UTF-8; borrowed */
};
/* client: ERR_NET, with words, when the version is none of TWS_VERSION_MIN..MAX; ERR_DATA when it
 * is no greeting. */
int
tws_greeting_parse(const char *payload, size_t n, struct tws_greeting *g, struct err *e);

/* ---- times ---- */
enum tws_time_kind {
	TWS_TIME_INSTANT, /* the text said which instant */
	TWS_TIME_DATE,    /* yyyymmdd: midnight UTC as a label of that day */
	TWS_TIME_GUESSED, /* no zone or one nobody knows: read in the default zone */
};

/* Zones by name, each read once. Zeroed to begin with. */
struct tz;
struct tws_zones {
	struct tws_zone *v;
	size_t n;
	const struct tz *dflt; /* of times without a zone: the gateway's own; NULL is UTC */
};
void
tws_zones_free(struct tws_zones *z);
/*
 * The zone of a name as a gateway writes it: tzdata's names, Java's and Windows' names of the
 * common ones, and the abbreviations of hosts that mean their whole zone ("EST" is New York in
 * summer too). NULL when nobody knows it; never an error.
 */
const struct tz *
tws_zone(struct tws_zones *z, struct str name);
/*
 * Every form that the protocol has: epoch seconds or milliseconds (9 to 13 digits), yyyymmdd,
 * "yyyymmdd hh:mm:ss" with one or two blanks, with or without a zone behind, and
 * yyyymmdd-hh:mm:ss, which is UTC unless a zone follows. False when it is none of them.
 */
bool
tws_time_parse(struct tws_zones *z, struct str s, int64_t *ns, enum tws_time_kind *kind);
/* The form to send, yyyymmdd-hh:mm:ss in UTC: 17 bytes, no NUL; returns the end. */
#define TWS_TIME_LEN 17
char *
tws_time_put(char *o, int64_t ns);

/* ---- memory for decoded lists ---- */
/* Zeroed to begin with; reset before each message that may go. `max` 0 means TWS_ARENA_MAX. */
#define TWS_ARENA_MAX ((size_t)256 << 20)
struct tws_arena {
	struct tws_chunk *chunks; /* newest first */
	size_t total;             /* bytes of all chunks */
	size_t max;
};
/* n * size zeroed bytes for any type, or NULL when that would pass max */
void *
tws_arena_array(struct tws_arena *a, size_t n, size_t size);
void
tws_arena_reset(struct tws_arena *a); /* keeps one chunk */
void
tws_arena_free(struct tws_arena *a);

#endif
