/* Who a participant is: the random names that a call begins with (RFC 3550, 8.1; RFC 7022), and its
 * clock's origin. Thread: any. */
#ifndef HINDSIGHT_COMMON_IO_IDENTITY_H
#define HINDSIGHT_COMMON_IO_IDENTITY_H

#include "common/io/io_error.h"
#include "common/rtcp_session.h"

#include <stdbool.h>

/* Fills all of *rtcp but session_bps: SSRC and seed from the system's random source, a CNAME of 96
 * random bits, and the time in microseconds since 1900 at which the monotonic clock was 0. False:
 * the system gives no random numbers. */
bool identity_draw(struct rtcp_session_config *rtcp, struct io_error *error);

#endif
