/* What every unit test needs: cmocka with the headers it wants before it, table rows that say their
 * name when they fail, and dice that are the same in every run. */
#ifndef HINDSIGHT_TESTS_UNIT_UNIT_H
#define HINDSIGHT_TESTS_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define N_ROWS(table) (sizeof(table) / sizeof(table)[0])

/* Like assert_int_equal(), for one row of a table. */
#define assert_row_equal(row_name, actual, expected)                                               \
	do {                                                                                       \
		const long long actual_ = (long long)(actual);                                     \
		const long long expected_ = (long long)(expected);                                 \
		if (actual_ != expected_)                                                          \
			fail_msg("\"%s\": %s is %lld, not %lld", row_name, #actual, actual_,       \
				expected_);                                                        \
	} while (0)

#define assert_row_in_range(row_name, actual, least, most)                                         \
	do {                                                                                       \
		const long long actual_ = (long long)(actual);                                     \
		if (actual_ < (long long)(least) || actual_ > (long long)(most))                   \
			fail_msg("\"%s\": %s is %lld, not %lld to %lld", row_name, #actual,        \
				actual_, (long long)(least), (long long)(most));                   \
	} while (0)

/* Tests of many cases take milliseconds as unit.*, with each part-th case, and all of them as
 * sim.*, where "all" is on the command line: for main() and for the loops over the cases. */
static inline bool *unit_takes_all(void)
{
	static bool all;
	return &all;
}

static inline bool unit_leaves_out(size_t n, size_t part)
{
	return !*unit_takes_all() && n % part != 0;
}

/* Marsaglia's xorshift64: seed != 0. */
struct dice {
	uint64_t state;
};

static inline uint32_t dice_u32(struct dice *d)
{
	d->state ^= d->state << 13;
	d->state ^= d->state >> 7;
	d->state ^= d->state << 17;
	return (uint32_t)(d->state >> 32);
}

/* 0..n-1 */
static inline uint32_t dice_below(struct dice *d, uint32_t n)
{
	return (uint32_t)((uint64_t)dice_u32(d) * n >> 32);
}

/* -1..1 */
static inline float dice_noise(struct dice *d)
{
	return (float)dice_u32(d) / 2147483648.0F - 1.0F;
}

#endif
