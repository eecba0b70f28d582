/* The only clock: CLOCK_MONOTONIC in microseconds, on which every time of a program is told.
 * Its origin means nothing; it never jumps. Thread: any; no errors. */
#ifndef HINDSIGHT_COMMON_IO_MONOTONIC_H
#define HINDSIGHT_COMMON_IO_MONOTONIC_H

#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

/* A vDSO read of some 25 ns without a system call: allowed in the audio callback. */
int64_t monotonic_now_us(void);

/* Sleeps until then; returns at once for a time that has gone, and early when a signal comes:
 * the caller looks at its stop flag and at the clock. Never in the audio callback. */
void monotonic_sleep_until_us(int64_t until_us);

/* Sleeps until then, or until another thread posts the semaphore: true, and one post is taken. At
 * once where one was there; early, and false, when a signal comes. Never in the audio callback. */
bool monotonic_wait_until_us(sem_t *semaphore, int64_t until_us);

/* When, on this clock, the wall clock showed realtime_ns: for the kernel's time stamps of a moment
 * ago. Never later than now. Wrong by as much as the wall clock was set in between. */
int64_t monotonic_from_realtime_ns(int64_t realtime_ns);

#endif
