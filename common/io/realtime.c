#include "common/io/realtime.h"

#include "common/base/sanitizer.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STACK_BYTES = 1 << 20 };

bool realtime_raise(struct io_error *why)
{
	const struct sched_param param = { .sched_priority = REALTIME_PRIORITY };
	struct rlimit limit;

	/* 0: the calling thread, not the process (sched_setscheduler(2), Notes). */
	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param) == 0)
		return true;
	if (errno == EPERM && getrlimit(RLIMIT_RTPRIO, &limit) == 0 &&
		limit.rlim_cur < REALTIME_PRIORITY)
		return io_error_set(
			why, "not allowed, RLIMIT_RTPRIO is %lu", (unsigned long)limit.rlim_cur);
	return io_error_set(why, "%s", strerror(errno));
}

static void *try_it(void *is_allowed)
{
	*(bool *)is_allowed = realtime_raise(NULL);
	return NULL;
}

bool realtime_is_allowed(void)
{
	bool is_allowed = false;
	pthread_t thread;

	if (pthread_create(&thread, NULL, try_it, &is_allowed) != 0)
		return false;
	pthread_join(thread, NULL);
	return is_allowed;
}

#ifdef HAS_SANITIZER

bool realtime_lock_memory(struct io_error *why)
{
	return io_error_set(why, "not under a sanitizer");
}

#else

/* A process with this capability has no limit, whatever RLIMIT_MEMLOCK says (mlock(2), Limits). */
static bool may_lock_all(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return syscall(SYS_capget, &header, data) == 0 &&
	       (data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective & CAP_TO_MASK(CAP_IPC_LOCK)) != 0;
}

bool realtime_lock_memory(struct io_error *why)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0)
		return io_error_set(why, "%s", strerror(errno));
	if (limit.rlim_cur != RLIM_INFINITY && !may_lock_all())
		return io_error_set(why, "not allowed, RLIMIT_MEMLOCK is %lu KiB, not unlimited",
			(unsigned long)(limit.rlim_cur / 1024));
	return mlockall(MCL_CURRENT | MCL_FUTURE) == 0 || io_error_set(why, "%s", strerror(errno));
}

#endif

bool realtime_start_thread(pthread_t *thread, void *(*run)(void *context), void *context)
{
	pthread_attr_t attributes;

	/* Neither can fail: no memory is requested, and 1 MiB is enough. */
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	const bool is_started = pthread_create(thread, &attributes, run, context) == 0;
	pthread_attr_destroy(&attributes);
	return is_started;
}
