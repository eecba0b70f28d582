/* libhindsight: Opus audio over lossy datagram networks. A sender whose RTP packets carry low-rate
 * copies of earlier frames (RFC 2198), and a receiver that adapts its playout delay. This header
 * has what <hindsight/send.h> and <hindsight/recv.h> share. docs/LIBRARY.md is the tour.
 *
 * Rules of the whole library
 * - Sans-I/O: no socket, device, clock, thread, lock, log or allocation inside. The caller moves
 *   datagrams and PCM, and passes the time.
 * - Time: the last argument, int64_t microseconds of a monotonic clock with any origin; the same
 *   clock in all calls of one object, and never earlier than in the call before.
 * - Sound: float, full scale +-1, interleaved, 48000 samples per second; a number of samples is
 *   always per channel.
 * - Memory: the caller's. An object lives in the memory given to its _init() and holds nothing
 *   else, so there is no end function: free the memory.
 * - Threads: an object is used by one thread at a time. Two objects share nothing.
 * - Errors: enum hindsight_status, or a size of 0 where there is nothing to send. Nothing that
 *   comes from the network is an error of the caller's: it is counted and the sound goes on.
 * - Growth: configurations and statistics may gain fields at their end. Their size, which the
 *   caller passes as sizeof, tells the library which of them the caller knows. */
#ifndef HINDSIGHT_BASE_H
#define HINDSIGHT_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HINDSIGHT_API __attribute__((visibility("default")))

enum {
	HINDSIGHT_SAMPLES_PER_SECOND = 48000,
	HINDSIGHT_DATAGRAM_BYTES_MAX = 1500, /* no datagram that the library writes is longer */
	HINDSIGHT_CNAME_BYTES = 64	     /* the zero at the end included */
};

enum hindsight_status {
	HINDSIGHT_OK = 0,
	HINDSIGHT_TRUNCATED,	 /* a datagram has fewer bytes than its format requires */
	HINDSIGHT_MALFORMED,	 /* a datagram's bytes contradict its format */
	HINDSIGHT_UNSUPPORTED,	 /* valid, but not supported: a payload type, a change of coding */
	HINDSIGHT_DUPLICATE,	 /* this packet has been received before */
	HINDSIGHT_WITHOUT_SOUND, /* this packet has nothing to play in it: an event, padding */
	HINDSIGHT_LATE,		 /* this packet is too late to be played */
	HINDSIGHT_OUT_OF_WINDOW, /* this packet's number is too far from the stream's */
	HINDSIGHT_FOREIGN,	 /* a packet of another source */
	HINDSIGHT_NO_ROOM,	 /* the memory given is too small */
	HINDSIGHT_BAD_CONFIG,	 /* a value of the configuration is out of its stated range */
	HINDSIGHT_CODEC,	 /* libopus refused what it was given */
	HINDSIGHT_MISALIGNED	 /* the memory given is NULL, or not aligned as by malloc() */
};

/* "ok", "truncated", ...; "unknown" for any other value. The string is constant. */
HINDSIGHT_API const char *hindsight_status_name(enum hindsight_status status);

/* The library's version, as in "0.1.0". The string is constant. */
HINDSIGHT_API const char *hindsight_version(void);

/* The identity of a sender or receiver in RTP and RTCP. Each object has its own. */
struct hindsight_identity {
	uint32_t ssrc;		  /* random (RFC 3550, 8.1) */
	uint32_t first_timestamp; /* of a sender; random (RFC 3550, 5.1) */
	uint16_t first_seq;	  /* of a sender; random */
	bool is_group;		  /* multicast: all members receive all reports */
	uint64_t seed;		  /* for the intervals between reports */
	/* The wall clock at time 0, in microseconds since 1900; 0: unknown. With it on both sides
	 * reports say when the sound was captured. */
	uint64_t epoch_us;
	char cname[HINDSIGHT_CNAME_BYTES]; /* unique, zero-terminated, not empty (RFC 7022) */
};

/* Fills in *identity from 64 random bits of the caller's (getrandom(), arc4random_buf()); is_group
 * is false and epoch_us 0. The same bits give the same identity. */
HINDSIGHT_API void hindsight_identity_draw(struct hindsight_identity *identity, uint64_t random);

#ifdef __cplusplus
}
#endif

#endif
