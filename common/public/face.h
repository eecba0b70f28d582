/* What the library's two faces, sender/hindsight_send and receiver/hindsight_recv, share: the core's
 * terms in the library's, and structures that may grow. Pure. Thread: any. */
#ifndef HINDSIGHT_COMMON_PUBLIC_FACE_H
#define HINDSIGHT_COMMON_PUBLIC_FACE_H

#include <hindsight/base.h>

#include "common/base/status.h"
#include "common/rtp/rtcp_session.h"

enum hindsight_status face_status(enum status status);

/* Whether n_bytes are enough where n_needed are, and lie as malloc() would have them. */
enum hindsight_status face_check_memory(const void *memory, size_t n_bytes, size_t n_needed);

/* A caller's structure of n_theirs bytes into ours, which holds the defaults: fields that the caller
 * does not know keep them. False: it sets fields that this library does not know. */
bool face_take(void *ours, size_t n_ours, const void *theirs, size_t n_theirs);

/* Ours to the caller; fields that this library does not know become 0. */
void face_give(void *theirs, size_t n_theirs, const void *ours, size_t n_ours);

/* Whether it has a name. */
bool face_identity_is_whole(const struct hindsight_identity *identity);

/* All but session_bps, which the streams measure. */
struct rtcp_session_config face_rtcp(const struct hindsight_identity *identity);

#endif
