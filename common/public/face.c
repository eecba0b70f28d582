#include "common/public/face.h"

#include "common/base/splitmix.h"

#include <stdalign.h>
#include <string.h>

_Static_assert((int)HINDSIGHT_OK == (int)STATUS_OK &&
		       (int)HINDSIGHT_TRUNCATED == (int)STATUS_TRUNCATED &&
		       (int)HINDSIGHT_MALFORMED == (int)STATUS_MALFORMED &&
		       (int)HINDSIGHT_UNSUPPORTED == (int)STATUS_UNSUPPORTED &&
		       (int)HINDSIGHT_DUPLICATE == (int)STATUS_DUPLICATE &&
		       (int)HINDSIGHT_WITHOUT_SOUND == (int)STATUS_WITHOUT_SOUND &&
		       (int)HINDSIGHT_LATE == (int)STATUS_LATE &&
		       (int)HINDSIGHT_OUT_OF_WINDOW == (int)STATUS_OUT_OF_WINDOW &&
		       (int)HINDSIGHT_FOREIGN == (int)STATUS_FOREIGN &&
		       (int)HINDSIGHT_NO_ROOM == (int)STATUS_NO_ROOM &&
		       (int)HINDSIGHT_BAD_CONFIG == (int)STATUS_BAD_CONFIG &&
		       (int)HINDSIGHT_CODEC == (int)STATUS_CODEC,
	"the library's codes begin with the core's");
_Static_assert((int)HINDSIGHT_CNAME_BYTES == (int)RTCP_SESSION_CNAME_BYTES, "one length of names");

enum { STRUCT_BYTES_MAX = 4096 }; /* a larger size has never been set */

const char *hindsight_status_name(enum hindsight_status status)
{
	static const char *const names[] = {
		[HINDSIGHT_OK] = "ok",
		[HINDSIGHT_TRUNCATED] = "truncated",
		[HINDSIGHT_MALFORMED] = "malformed",
		[HINDSIGHT_UNSUPPORTED] = "unsupported",
		[HINDSIGHT_DUPLICATE] = "duplicate",
		[HINDSIGHT_WITHOUT_SOUND] = "without sound",
		[HINDSIGHT_LATE] = "late",
		[HINDSIGHT_OUT_OF_WINDOW] = "out of window",
		[HINDSIGHT_FOREIGN] = "foreign",
		[HINDSIGHT_NO_ROOM] = "no room",
		[HINDSIGHT_BAD_CONFIG] = "bad config",
		[HINDSIGHT_CODEC] = "codec",
		[HINDSIGHT_MISALIGNED] = "misaligned",
	};
	const unsigned number = (unsigned)status;

	return number < sizeof names / sizeof *names ? names[number] : "unknown";
}

const char *hindsight_version(void)
{
	return HINDSIGHT_VERSION;
}

void hindsight_identity_draw(struct hindsight_identity *identity, uint64_t random)
{
	/* RFC 7022, 4.2: sixteen characters of six random bits each. */
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint64_t words[4];

	for (uint64_t i = 0; i < 4; i++)
		words[i] = splitmix_hash(random + (i + 1) * SPLITMIX_STEP);
	*identity = (struct hindsight_identity){
		.ssrc = (uint32_t)words[0],
		.first_timestamp = (uint32_t)(words[0] >> 32),
		.first_seq = (uint16_t)words[1],
		.seed = words[1],
	};
	for (int i = 0; i < 16; i++)
		identity->cname[i] = digits[words[2 + i / 8] >> i % 8 * 6 & 63];
}

enum hindsight_status face_status(enum status status)
{
	return (enum hindsight_status)status;
}

enum hindsight_status face_check_memory(const void *memory, size_t n_bytes, size_t n_needed)
{
	if (!memory || (uintptr_t)memory % alignof(max_align_t) != 0)
		return HINDSIGHT_MISALIGNED;
	return n_bytes < n_needed ? HINDSIGHT_NO_ROOM : HINDSIGHT_OK;
}

bool face_take(void *ours, size_t n_ours, const void *theirs, size_t n_theirs)
{
	const unsigned char *const bytes = theirs;

	if (n_theirs > STRUCT_BYTES_MAX)
		return false;
	memcpy(ours, theirs, n_theirs < n_ours ? n_theirs : n_ours);
	for (size_t i = n_ours; i < n_theirs; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

void face_give(void *theirs, size_t n_theirs, const void *ours, size_t n_ours)
{
	memset(theirs, 0, n_theirs);
	memcpy(theirs, ours, n_theirs < n_ours ? n_theirs : n_ours);
}

bool face_identity_is_whole(const struct hindsight_identity *identity)
{
	return identity->cname[0] != '\0' &&
	       memchr(identity->cname, '\0', sizeof identity->cname) != NULL;
}

struct rtcp_session_config face_rtcp(const struct hindsight_identity *identity)
{
	struct rtcp_session_config config = rtcp_session_named(
		identity->ssrc, identity->cname, identity->seed, identity->epoch_us);

	config.is_group = identity->is_group;
	return config;
}
