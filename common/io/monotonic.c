#include "common/io/monotonic.h"

#include "common/base/units.h"

#include <time.h>

enum { NS_PER_US = 1000 };

static struct timespec timespec_of(int64_t at_us)
{
	return (struct timespec){ .tv_sec = (time_t)(at_us / US_PER_SECOND),
		.tv_nsec = (long)(at_us % US_PER_SECOND * NS_PER_US) };
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now = { 0, 0 };
	clock_gettime(clock, &now); /* fails for unknown clocks only */
	return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int64_t monotonic_now_us(void)
{
	return clock_ns(CLOCK_MONOTONIC) / NS_PER_US;
}

void monotonic_sleep_until_us(int64_t until_us)
{
	if (until_us <= 0)
		return;
	const struct timespec until = timespec_of(until_us);
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL); /* EINTR: back early */
}

bool monotonic_wait_until_us(sem_t *semaphore, int64_t until_us)
{
	const struct timespec until = timespec_of(until_us > 0 ? until_us : 0);

	return sem_clockwait(semaphore, CLOCK_MONOTONIC, &until) == 0;
}

int64_t monotonic_from_realtime_ns(int64_t realtime_ns)
{
	/* The monotonic clock is read first: a delay between the two reads makes the age larger
	 * and the answer earlier, by less than any network's jitter. */
	const int64_t now_us = monotonic_now_us();
	const int64_t age_us = (clock_ns(CLOCK_REALTIME) - realtime_ns) / NS_PER_US;
	return age_us > 0 ? now_us - age_us : now_us;
}
