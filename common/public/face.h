/* Shared by the library's two faces, sender/hindsight_send and receiver/hindsight_recv: the
 * conversion between the core's and the library's terms, and structures that may grow.
 * Pure. Thread: any. */
#ifndef HINDSIGHT_COMMON_PUBLIC_FACE_H
#define HINDSIGHT_COMMON_PUBLIC_FACE_H

#include <hindsight/base.h>

#include "common/base/status.h"
#include "common/rtp/rtcp_session.h"

enum hindsight_status face_status(enum status status);

/* Whether the memory has at least n_needed bytes and is aligned as by malloc(). */
enum hindsight_status face_check_memory(const void *memory, size_t n_bytes, size_t n_needed);

/* Copies a caller's structure of n_theirs bytes into ours, which holds the defaults: fields that
 * the caller does not know keep them. False: it sets fields that this library does not know. */
bool face_take(void *ours, size_t n_ours, const void *theirs, size_t n_theirs);

/* Copies our structure to the caller's; fields that this library does not know become 0. */
void face_give(void *theirs, size_t n_theirs, const void *ours, size_t n_ours);

/* Whether it has a name. */
bool face_identity_is_whole(const struct hindsight_identity *identity);

/* All but session_bps, which the streams measure. */
struct rtcp_session_config face_rtcp(const struct hindsight_identity *identity);

#endif
