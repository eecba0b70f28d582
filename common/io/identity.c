#include "common/io/identity.h"

#include "common/io/monotonic.h"
#include "common/base/units.h"

#include <sys/random.h>
#include <time.h>

/* From 1900, where NTP begins, to 1970, where the system's clock does (RFC 5905, 6). */
#define SECONDS_1900_TO_1970 INT64_C(2208988800)

bool identity_draw(struct identity *identity, struct io_error *error)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct {
		uint64_t seed;
		uint32_t ssrc;
		uint8_t name[IDENTITY_CNAME_CHARACTERS];
	} random;
	struct timespec now;

	if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
		return io_error_set(error, "the system cannot supply random numbers");
	clock_gettime(CLOCK_REALTIME, &now);
	const int64_t us = (SECONDS_1900_TO_1970 + now.tv_sec) * US_PER_SECOND + now.tv_nsec / 1000;
	*identity = (struct identity){
		.ssrc = random.ssrc,
		.seed = random.seed,
		.epoch_us = (uint64_t)(us - monotonic_now_us()),
	};
	for (size_t i = 0; i < IDENTITY_CNAME_CHARACTERS; i++)
		identity->cname[i] = digits[random.name[i] % 64];
	return true;
}
