/* The only clock: CLOCK_MONOTONIC in microseconds; all times in a program refer to it. Its origin
 * is arbitrary; it never jumps.
 * Thread: any; no errors. */
#ifndef HINDSIGHT_COMMON_IO_MONOTONIC_H
#define HINDSIGHT_COMMON_IO_MONOTONIC_H

#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

/* A vDSO read of some 25 ns without a system call: allowed in the audio callback. */
int64_t monotonic_now_us(void);

/* Sleeps until until_us; returns at once for a past time, and early when a signal comes: the caller
 * checks its stop flag and the clock. Never in the audio callback. */
void monotonic_sleep_until_us(int64_t until_us);

/* Sleeps until until_us, or until another thread posts the semaphore: true, and one post is taken.
 * Returns at once where a post was pending; early, with false, when a signal comes. Never in the
 * audio callback. */
bool monotonic_wait_until_us(sem_t *semaphore, int64_t until_us);

/* The time on this clock when the wall clock showed realtime_ns: for the kernel's recent time
 * stamps. Never later than now. If the wall clock was set in between, the result is wrong by that
 * step. */
int64_t monotonic_from_realtime_ns(int64_t realtime_ns);

#endif
