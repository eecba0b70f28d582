/* What is allowed is done, what is not is reported; either way the process goes on. */
#include "common/io/realtime.h"
#include "tests/unit/unit.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534 };

static int policy_here(void)
{
	return sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
}

struct raised {
	bool is_raised;
	int policy, priority, child_policy;
	struct io_error why;
};

static void *raise_here(void *context)
{
	struct raised *const r = context;
	struct sched_param param;

	r->is_raised = realtime_raise(&r->why);
	r->policy = policy_here();
	sched_getparam(0, &param);
	r->priority = param.sched_priority;
	const pid_t child = fork();
	if (child == 0)
		_exit(policy_here());
	int status = 0;
	waitpid(child, &status, 0);
	r->child_policy = WEXITSTATUS(status);
	return NULL;
}

static struct raised raise_a_thread(void)
{
	struct raised r = { .why = { "" } };
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, raise_here, &r), 0);
	pthread_join(thread, NULL);
	return r;
}

static void one_thread_is_raised_or_says_why(void **state)
{
	const struct raised r = raise_a_thread();

	(void)state;
	printf("real-time priority: %s\n", r.is_raised ? "allowed" : r.why.text);
	assert_int_equal(r.policy, r.is_raised ? SCHED_FIFO : SCHED_OTHER);
	assert_int_equal(r.priority, r.is_raised ? REALTIME_PRIORITY : 0);
	assert_int_equal(r.child_policy, SCHED_OTHER);
	assert_int_equal(strlen(r.why.text) > 0, !r.is_raised);
	assert_int_equal(realtime_is_allowed(), r.is_raised);
	assert_int_equal(policy_here(), SCHED_OTHER);
}

static long locked_kib(void)
{
	FILE *const file = fopen("/proc/self/status", "r");
	char line[256];
	long kib = -1;

	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "VmLck: %ld", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib;
}

/* Runs in a process of its own, as a user without privileges, with this limit of locked memory and
 * no real-time priority. 0: everything as it should be, else the line that failed. */
static int as_nobody(rlim_t locked_max)
{
	const struct rlimit none = { 0, 0 }, locked = { locked_max, locked_max };
	struct io_error why = { "" };

	if (setrlimit(RLIMIT_RTPRIO, &none) != 0 || setrlimit(RLIMIT_MEMLOCK, &locked) != 0 ||
		(geteuid() == 0 && setuid(NOBODY) != 0))
		return __LINE__;
	if (realtime_raise(&why) || !strstr(why.text, "RLIMIT_RTPRIO") || realtime_is_allowed())
		return __LINE__;
	if (policy_here() != SCHED_OTHER)
		return __LINE__;
	const bool is_locked = realtime_lock_memory(&why);
	if (is_locked != (locked_kib() > 0) || (is_locked && locked_max != RLIM_INFINITY))
		return __LINE__;
	if (!is_locked && !strstr(why.text, "RLIMIT_MEMLOCK") && !strstr(why.text, "sanitizer"))
		return __LINE__;
	/* Memory and threads can be had afterwards. */
	char *const memory = malloc(1 << 24);
	if (!memory)
		return __LINE__;
	memset(memory, 1, 1 << 24);
	free(memory);
	return raise_a_thread().policy == SCHED_OTHER ? 0 : __LINE__;
}

/* The same as the user who runs this test: the result reported is true. */
static int as_we_are(rlim_t locked_max)
{
	struct io_error why = { "" };

	(void)locked_max;
	const bool is_locked = realtime_lock_memory(&why);
	if (is_locked != (locked_kib() > 0) || is_locked != (strlen(why.text) == 0))
		return __LINE__;
	printf("locked memory: %s\n", is_locked ? "allowed" : why.text);
	fflush(stdout);
	return raise_a_thread().child_policy == SCHED_OTHER ? 0 : __LINE__;
}

static void expect_of_a_child(int (*run)(rlim_t locked_max), rlim_t locked_max)
{
	fflush(stdout);
	const pid_t child = fork();
	if (child == 0)
		_exit(run(locked_max) & 0xff);
	int status = -1;
	waitpid(child, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0); /* else the line */
}

static void memory_is_locked_or_it_says_why(void **state)
{
	(void)state;
	expect_of_a_child(as_we_are, 0);
}

static void a_user_without_rights_is_told(void **state)
{
	(void)state;
	expect_of_a_child(as_nobody, 64 * 1024);
}

/* Without a limit no privileges are needed. Few users may lift the limit; where it stays, this test
 * shows nothing. */
static void no_limit_is_enough_to_lock(void **state)
{
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	(void)state;
	const pid_t child = fork();
	if (child == 0)
		_exit(setrlimit(RLIMIT_MEMLOCK, &none) != 0);
	int status = -1;
	waitpid(child, &status, 0);
	if (status != 0) {
		printf("the limit on locked memory cannot be lifted here\n");
		skip();
	}
	expect_of_a_child(as_nobody, RLIM_INFINITY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_thread_is_raised_or_says_why),
		cmocka_unit_test(memory_is_locked_or_it_says_why),
		cmocka_unit_test(a_user_without_rights_is_told),
		cmocka_unit_test(no_limit_is_enough_to_lock),
	};
	return cmocka_run_group_tests_name("unit.realtime", tests, NULL, NULL);
}
