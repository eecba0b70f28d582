/* spsc_ring: order, full and empty, wrap-around, in place on both sides, and two threads at once
 * (which the thread sanitizer judges). */
#include "common/base/spsc_ring.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SLOTS = 4, SLOT_BYTES = 5 };

static struct spsc_ring *ring_of(size_t n_slots, size_t slot_bytes)
{
	struct spsc_ring *const ring = malloc(sizeof *ring);
	assert_non_null(ring);
	void *const memory = malloc(spsc_ring_bytes(n_slots, slot_bytes));
	assert_non_null(memory);
	spsc_ring_init(ring, memory, n_slots, slot_bytes);
	return ring;
}

static void ring_free(struct spsc_ring *ring)
{
	free(ring->slots);
	free(ring);
}

/* Each letter is one step: capitals push themselves and small letters expect to pop their capital,
 * '!' expects a push to be refused, '.' a pop. */
static void test_order(void **state)
{
	(void)state;
	static const char *const rows[] = {
		".",
		"Aa.",
		"ABCD!abcd.",
		"ABCD!aE!bcde.",
		"AaBbCcDdEeFfGgHh.",
		"ABaCbDcEdFeGfHgh.",
		"ABCD!!!!aE!bF!cG!defg..",
	};
	for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
		struct spsc_ring *const ring = ring_of(SLOTS, SLOT_BYTES);
		for (const char *step = rows[row]; *step; step++) {
			char slot[SLOT_BYTES] = "....";
			if (*step == '!') {
				assert_false(spsc_ring_push(ring, slot));
			} else if (*step == '.') {
				assert_false(spsc_ring_pop(ring, slot));
				assert_string_equal(slot, "....");
			} else if (*step < 'a') {
				memset(slot, *step, sizeof slot - 1);
				assert_true(spsc_ring_push(ring, slot));
			} else {
				assert_true(spsc_ring_pop(ring, slot));
				assert_int_equal(slot[0], *step - 'a' + 'A');
				assert_int_equal(slot[SLOT_BYTES - 2], *step - 'a' + 'A');
			}
		}
		ring_free(ring);
	}
}

static void test_in_place(void **state)
{
	(void)state;
	struct spsc_ring *const ring = ring_of(2, sizeof(double) + 1);

	assert_null(spsc_ring_begin_pop(ring));
	double *const abandoned = spsc_ring_begin_push(ring);
	assert_non_null(abandoned);
	*abandoned = 1.0;
	assert_null(spsc_ring_begin_pop(ring)); /* not visible without a commit */
	assert_ptr_equal(spsc_ring_begin_push(ring), abandoned);

	for (int i = 0; i < 7; i++) {
		double *const slot = spsc_ring_begin_push(ring);
		assert_int_equal((uintptr_t)slot % alignof(max_align_t), 0);
		*slot = i;
		spsc_ring_commit_push(ring);
		const double *const oldest = spsc_ring_begin_pop(ring);
		assert_true(*oldest == i);
		assert_ptr_equal(spsc_ring_begin_pop(ring), oldest); /* still there */
		spsc_ring_commit_pop(ring);
	}
	ring_free(ring);
}

/* The counters' own wrap-around, which no test lives long enough to reach by counting. */
static void test_counter_wraps(void **state)
{
	(void)state;
	struct spsc_ring *const ring = ring_of(SLOTS, sizeof(int));
	int slot = 0;

	atomic_store(&ring->head, SIZE_MAX - 2);
	atomic_store(&ring->tail, SIZE_MAX - 2);
	for (int i = 0; i < SLOTS; i++)
		assert_true(spsc_ring_push(ring, &i));
	assert_false(spsc_ring_push(ring, &slot));
	for (int i = 0; i < SLOTS; i++) {
		assert_true(spsc_ring_pop(ring, &slot));
		assert_int_equal(slot, i);
	}
	assert_false(spsc_ring_pop(ring, &slot));
	ring_free(ring);
}

enum { STRESS_SLOTS = 8, STRESS_RECORDS = 200000 };

struct record {
	uint32_t number;
	uint32_t copies[15]; /* all the number: a torn slot shows */
};

static void *write_records(void *argument)
{
	struct spsc_ring *const ring = argument;
	for (uint32_t number = 0; number < STRESS_RECORDS;) {
		struct record *const slot = spsc_ring_begin_push(ring);
		if (!slot) {
			sched_yield();
			continue;
		}
		slot->number = number;
		for (size_t i = 0; i < sizeof slot->copies / sizeof slot->copies[0]; i++)
			slot->copies[i] = number;
		spsc_ring_commit_push(ring);
		number++;
	}
	return NULL;
}

static void test_two_threads(void **state)
{
	(void)state;
	struct spsc_ring *const ring = ring_of(STRESS_SLOTS, sizeof(struct record));
	pthread_t writer;
	size_t n_torn = 0;

	assert_int_equal(pthread_create(&writer, NULL, write_records, ring), 0);
	for (uint32_t number = 0; number < STRESS_RECORDS;) {
		struct record record;
		if (!spsc_ring_pop(ring, &record)) {
			sched_yield();
			continue;
		}
		n_torn += record.number != number;
		for (size_t i = 0; i < sizeof record.copies / sizeof record.copies[0]; i++)
			n_torn += record.copies[i] != number;
		number++;
	}
	assert_int_equal(pthread_join(writer, NULL), 0);
	assert_int_equal(n_torn, 0);
	assert_null(spsc_ring_begin_pop(ring));
	ring_free(ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_in_place),
		cmocka_unit_test(test_counter_wraps),
		cmocka_unit_test(test_two_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
