/* A participant's identity: the random names that a call begins with (RFC 3550, 8.1; RFC 7022), and
 * its clock's origin.
 * Thread: any. */
#ifndef HINDSIGHT_COMMON_IO_IDENTITY_H
#define HINDSIGHT_COMMON_IO_IDENTITY_H

#include "common/io/io_error.h"

#include <stdbool.h>
#include <stdint.h>

enum { IDENTITY_CNAME_CHARACTERS = 16 }; /* six random bits each: RFC 7022, 4.2 */

struct identity {
	uint32_t ssrc;
	uint64_t seed; /* for everything else that is random in the call */
	char cname[IDENTITY_CNAME_CHARACTERS + 1];
	uint64_t epoch_us; /* when the monotonic clock was 0, in microseconds since 1900 */
};

/* Draws it from the system's random source. False: the source failed. */
bool identity_draw(struct identity *identity, struct io_error *error);

#endif
