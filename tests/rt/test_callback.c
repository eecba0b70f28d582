/* What runs in the audio callback neither allocates nor locks nor prints: first the proof that the
 * guard would notice, then the pieces. */
#include "common/io/monotonic.h"
#include "common/base/spsc_ring.h"
#include "tests/rt/rt_guard.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { EXIT_SKIPPED = 77 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static const struct timespec no_time;
static void *volatile kept; /* the compiler may not do away with an allocation */
static volatile int no_chars;
static FILE *null_file;

static void do_malloc(void)
{
	kept = malloc(16);
}
static void do_free(void)
{
	free(kept);
	kept = NULL;
}
static void do_calloc(void)
{
	kept = calloc(4, 4);
}
static void do_realloc(void)
{
	kept = realloc(kept, 32);
}
static void do_strdup(void) /* the C library's own malloc() */
{
	free(kept);
	kept = strdup("text");
}
static void do_lock(void)
{
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
}
static void do_cond_wait(void)
{
	pthread_cond_timedwait(&condition, &mutex, &no_time);
}
static void do_fprintf(void)
{
	fprintf(null_file, "%d\n", 1);
}
static void do_fprintf_text(void) /* becomes fwrite() */
{
	fprintf(null_file, "text\n");
}
static void do_printf(void)
{
	printf("%.*s", no_chars, "text"); /* prints nothing: the call is what counts */
}
static void do_write(void)
{
	kept = write(-1, "", 0) < 0 ? kept : NULL;
}
static void do_read(void)
{
	char byte;
	kept = read(-1, &byte, 0) < 0 ? kept : NULL;
}
static void do_open(void)
{
	close(open("/dev/null", O_RDONLY));
}
static void do_sendto(void)
{
	kept = sendto(-1, "", 0, 0, NULL, 0) < 0 ? kept : NULL;
}
static void do_recvmsg(void)
{
	struct msghdr message = { 0 };
	kept = recvmsg(-1, &message, 0) < 0 ? kept : NULL;
}
static void do_nanosleep(void)
{
	nanosleep(&no_time, NULL);
}
static void do_clock_nanosleep(void)
{
	monotonic_sleep_until_us(1);
}

static void test_guard_bites(void **state)
{
	(void)state;
	static const struct {
		const char *caught; /* NULL: which one is the compiler's choice */
		void (*action)(void);
	} rows[] = {
		{ "malloc", do_malloc },
		{ "free", do_free },
		{ "calloc", do_calloc },
		{ "realloc", do_realloc },
		{ NULL, do_strdup },
		{ "pthread_mutex_lock", do_lock },
		{ "pthread_cond_timedwait", do_cond_wait },
		{ NULL, do_fprintf },
		{ NULL, do_fprintf_text },
		{ NULL, do_printf },
		{ "write", do_write },
		{ "read", do_read },
		{ NULL, do_open },
		{ "sendto", do_sendto },
		{ "recvmsg", do_recvmsg },
		{ "nanosleep", do_nanosleep },
		{ "clock_nanosleep", do_clock_nanosleep },
	};
	null_file = fopen("/dev/null", "w");
	assert_non_null(null_file);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		rt_guard_reset();
		if (rows[i].action == do_cond_wait)
			pthread_mutex_lock(&mutex);
		rt_guard_enter();
		rows[i].action();
		rt_guard_leave();
		if (rows[i].action == do_cond_wait)
			pthread_mutex_unlock(&mutex);
		if (rt_guard_violations() == 0)
			fail_msg("row %zu (%s) was not caught", i, rows[i].caught);
		if (rows[i].caught)
			assert_string_equal(rt_guard_first(), rows[i].caught);
	}
	free(kept);
	kept = NULL;
	fclose(null_file);
	rt_guard_reset();
}

static void *allocate_elsewhere(void *argument)
{
	(void)argument;
	free(malloc(16));
	kept = malloc(16);
	free(kept);
	kept = NULL;
	return NULL;
}

/* Only the thread that is in its callback is watched, and only while it is. */
static void test_others_are_free(void **state)
{
	(void)state;
	pthread_t other;
	rt_guard_reset();
	do_malloc();
	do_free();
	assert_int_equal(rt_guard_violations(), 0);

	rt_guard_enter();
	const int failure = pthread_create(&other, NULL, allocate_elsewhere, NULL); /* caught */
	rt_guard_leave();
	assert_int_equal(failure, 0);
	assert_int_equal(pthread_join(other, NULL), 0);
	assert_string_equal(rt_guard_first(), "pthread_create");
	rt_guard_reset();
}

/* What every callback uses. */
static void test_ring_and_clock(void **state)
{
	(void)state;
	static struct spsc_ring ring;
	static _Alignas(16) uint8_t memory[1024];
	int64_t time_us = 0;

	assert_true(spsc_ring_bytes(8, sizeof time_us) <= sizeof memory);
	spsc_ring_init(&ring, memory, 8, sizeof time_us);
	rt_guard_reset();
	rt_guard_enter();
	for (int i = 0; i < 100; i++) {
		time_us = monotonic_now_us();
		spsc_ring_push(&ring, &time_us);
		if (i % 3 == 0)
			while (spsc_ring_pop(&ring, &time_us))
				continue;
	}
	rt_guard_leave();
	assert_null(rt_guard_first());
	assert_int_equal(rt_guard_violations(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guard_bites),
		cmocka_unit_test(test_others_are_free),
		cmocka_unit_test(test_ring_and_clock),
	};
	if (!rt_guard_works()) {
		fprintf(stderr, "skipped: a sanitizer stands in the guard's place\n");
		return EXIT_SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
