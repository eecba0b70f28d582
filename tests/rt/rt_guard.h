/* Catches what must not happen in the audio callback, while it runs: allocation, locks, files,
 * sockets, sleeps, printing. Linking rt_guard.c into a test program puts its own malloc(),
 * pthread_mutex_lock(), write() and so on in front of the C library's; each counts a violation when
 * the calling thread is between enter and leave, and then does its normal work.
 *
 *     rt_guard_enter();
 *     recv_stream_pull(stream, samples, n_samples, now_us);
 *     rt_guard_leave();
 *     assert_int_equal(rt_guard_violations(), 0);
 *
 * Sanitizers put themselves at the same place: under them nothing is caught, and
 * rt_guard_works() says so. Thread: enter and leave belong to each thread; the count is shared. */
#ifndef HINDSIGHT_TESTS_RT_RT_GUARD_H
#define HINDSIGHT_TESTS_RT_RT_GUARD_H

#include <stdbool.h>

/* False in a build with a sanitizer: the test should skip (exit code 77). */
bool rt_guard_works(void);

/* May be nested. */
void rt_guard_enter(void);
void rt_guard_leave(void);

/* Violations of all threads since the last reset. */
unsigned rt_guard_violations(void);

/* The name of the first function caught since the last reset, or NULL. */
const char *rt_guard_first(void);

void rt_guard_reset(void);

#endif
