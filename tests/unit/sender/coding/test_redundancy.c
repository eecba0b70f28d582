/* How the bit budget is shared. */
#include "common/rtp/red.h"
#include "common/rtp/rtp.h"
#include "common/base/units.h"
#include "sender/coding/redundancy.h"
#include "tests/unit/unit.h"

static struct redundancy of_distances(int n_copies, const int *distances)
{
	struct redundancy r = { .n_copies = n_copies };
	for (int i = 0; i < n_copies; i++)
		r.distances[i] = distances[i];
	return r;
}

static void wishes_are_granted_or_refused_with_the_limit(void **state)
{
	static const struct {
		const char *name;
		int n_copies;
		int distances[REDUNDANCY_COPIES_MAX];
		int frame_samples, budget_bps, wanted_copy_bps;
		enum redundancy_fault fault;
		int limit; /* or 0 */
	} rows[] = {
		{ "no copies", 0, { 0 }, 960, 48000, 0, REDUNDANCY_OK, 0 },
		{ "no copies, least budget", 0, { 0 }, 960, 6000, 0, REDUNDANCY_OK, 0 },
		{ "no copies, too little", 0, { 0 }, 960, 5999, 0, REDUNDANCY_BUDGET_SMALL, 6000 },
		{ "10 ms wants more", 0, { 0 }, 480, 9599, 0, REDUNDANCY_BUDGET_SMALL, 9600 },
		{ "2.5 ms wants most", 0, { 0 }, 120, 14399, 0, REDUNDANCY_BUDGET_SMALL, 14400 },
		{ "a datagram is full", 0, { 0 }, 960, 480000, 0, REDUNDANCY_OK, 0 },
		{ "a datagram overflows", 0, { 0 }, 960, 480001, 0, REDUNDANCY_TOO_BIG, 480000 },
		{ "60 ms, full", 0, { 0 }, 2880, 160001, 0, REDUNDANCY_TOO_BIG, 160000 },
		{ "17 frames of 20 ms", 1, { 17 }, 960, 48000, 0, REDUNDANCY_OK, 0 },
		{ "18 frames of 20 ms", 1, { 18 }, 960, 48000, 0, REDUNDANCY_TOO_FAR, 17 },
		{ "5 frames of 60 ms", 2, { 1, 5 }, 2880, 48000, 0, REDUNDANCY_OK, 0 },
		{ "6 frames of 60 ms", 2, { 1, 6 }, 2880, 48000, 0, REDUNDANCY_TOO_FAR, 5 },
		{ "136 frames of 2.5 ms", 1, { 136 }, 120, 64000, 0, REDUNDANCY_OK, 0 },
		{ "137 frames of 2.5 ms", 1, { 137 }, 120, 64000, 0, REDUNDANCY_TOO_FAR, 136 },
		{ "a copy that Opus can code", 1, { 1 }, 960, 48000, 6000, REDUNDANCY_OK, 0 },
		{ "a copy too small", 1, { 1 }, 960, 48000, 5999, REDUNDANCY_COPY_SMALL, 6000 },
		/* 1 + 8 * 4 bytes of headers at 50 packets a second, and nine times 6 kbit/s */
		{ "8 copies, just", 8, { 1, 2, 3, 4, 5, 6, 7, 8 }, 960, 67200, 0, REDUNDANCY_OK,
			0 },
		{ "8 copies, too many", 8, { 1, 2, 3, 4, 5, 6, 7, 8 }, 960, 67199, 0,
			REDUNDANCY_BUDGET_SMALL, 67200 },
		{ "copies eat it all", 2, { 1, 2 }, 960, 48000, 24000, REDUNDANCY_BUDGET_SMALL,
			3600 + 48000 + 6000 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct redundancy r = of_distances(rows[i].n_copies, rows[i].distances);
		int limit = 0;
		const enum redundancy_fault fault = redundancy_share(&r, rows[i].frame_samples,
			rows[i].budget_bps, rows[i].wanted_copy_bps, &limit);
		assert_row_equal(rows[i].name, fault, rows[i].fault);
		assert_row_equal(rows[i].name, limit, rows[i].limit);
		if (fault == REDUNDANCY_OK && rows[i].wanted_copy_bps > 0)
			assert_row_equal(rows[i].name, r.copy_bps[0], rows[i].wanted_copy_bps);
	}
}

/* By rule, a primary gets as much as two copies. */
static void the_split_is_the_measured_one(void **state)
{
	static const int near[] = { 1, 2, 3 };
	static const struct {
		int n_copies, budget_bps, copy_bps;
	} rows[] = {
		{ 1, 48000, (48000 - 5 * 400) / 3 }, { 2, 48000, (48000 - 9 * 400) / 4 },
		{ 3, 64000, (64000 - 13 * 400) / 5 },
		{ 3, 32000, 6000 }, /* what Opus needs at least */
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct redundancy r = of_distances(rows[i].n_copies, near);
		int limit;
		assert_int_equal(
			redundancy_share(&r, 960, rows[i].budget_bps, 0, &limit), REDUNDANCY_OK);
		assert_int_equal(r.copy_bps[0], rows[i].copy_bps);
	}
}

/* The copies behind the nearest may have less. */
static void two_rates_share_what_is_there(void **state)
{
	static const struct {
		const char *name;
		int n_copies, budget_bps, copy_bps, far_copy_bps;
		enum redundancy_fault fault;
		int primary_bps, limit;
	} rows[] = {
		{ "none", 0, 24000, 0, 0, REDUNDANCY_OK, 24000, 0 },
		{ "one", 1, 32000, 8000, 0, REDUNDANCY_OK, 32000 - 2000 - 8000, 0 },
		{ "three", 3, 64000, 16000, 8000, REDUNDANCY_OK, 64000 - 5200 - 32000, 0 },
		{ "alike", 2, 48000, 12000, 12000, REDUNDANCY_OK, 48000 - 3600 - 24000, 0 },
		{ "too little for Opus", 2, 48000, 8000, 5000, REDUNDANCY_COPY_SMALL, 0, 6000 },
		{ "beyond the budget", 2, 24000, 12000, 8000, REDUNDANCY_BUDGET_SMALL, 0,
			3600 + 20000 + 6000 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct redundancy r = of_distances(rows[i].n_copies, (const int[]){ 1, 2, 3 });
		const int copy_bps[] = { rows[i].copy_bps, rows[i].far_copy_bps,
			rows[i].far_copy_bps };
		int limit = 0;
		assert_row_equal(rows[i].name,
			redundancy_share_rates(&r, 960, rows[i].budget_bps, copy_bps, &limit),
			rows[i].fault);
		assert_row_equal(rows[i].name, r.primary_bps, rows[i].primary_bps);
		assert_row_equal(rows[i].name, limit, rows[i].limit);
		if (rows[i].fault == REDUNDANCY_OK)
			assert_row_equal(rows[i].name,
				r.primary_bps + redundancy_copies_bps(&r, 960), rows[i].budget_bps);
	}
}

/* Each copy may have its own; those that are alike are encoded once. */
static void each_copy_may_have_its_rate(void **state)
{
	static const struct {
		const char *name;
		int n_copies, copy_bps[4];
		enum redundancy_fault fault;
		int primary_bps, n_forms, forms[4];
	} rows[] = {
		{ "none", 0, { 0 }, REDUNDANCY_OK, 64000, 0, { 0 } },
		{ "alike", 3, { 12000, 12000, 12000 }, REDUNDANCY_OK, 64000 - 5200 - 36000, 1,
			{ 0, 0, 0 } },
		{ "falling", 3, { 16000, 12000, 8000 }, REDUNDANCY_OK, 64000 - 5200 - 36000, 3,
			{ 0, 1, 2 } },
		{ "a better one far back", 4, { 8000, 12000, 8000, 12000 }, REDUNDANCY_OK,
			64000 - 6800 - 40000, 2, { 0, 1, 0, 1 } },
		{ "too little for Opus", 2, { 16000, 5999 }, REDUNDANCY_COPY_SMALL, 0, 0, { 0 } },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct redundancy r = of_distances(rows[i].n_copies, (const int[]){ 1, 2, 3, 4 });
		int form_bps[REDUNDANCY_FORMS_MAX], form_of[REDUNDANCY_COPIES_MAX], limit = 0;
		assert_row_equal(rows[i].name,
			redundancy_share_rates(&r, 960, 64000, rows[i].copy_bps, &limit),
			rows[i].fault);
		if (rows[i].fault != REDUNDANCY_OK)
			continue;
		assert_row_equal(rows[i].name, r.primary_bps, rows[i].primary_bps);
		assert_row_equal(
			rows[i].name, redundancy_forms(&r, form_bps, form_of), rows[i].n_forms);
		for (int k = 0; k < rows[i].n_copies; k++) {
			assert_row_equal(rows[i].name, form_of[k], rows[i].forms[k]);
			assert_row_equal(rows[i].name, form_bps[form_of[k]], rows[i].copy_bps[k]);
		}
	}
}

/* Whatever is granted adds up to the budget, and what is named as the limit is granted. */
static void shares_add_up_to_the_budget(void **state)
{
	static const int lengths[] = { 120, 240, 480, 960, 1920, 2880 };
	static const int near[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	(void)state;
	for (size_t i = 0; i < N_ROWS(lengths); i++)
		for (int n = 0; n <= REDUNDANCY_COPIES_MAX; n++)
			for (int budget_bps = 6000; budget_bps < 600000; budget_bps += 1777) {
				struct redundancy r = of_distances(n, near);
				int limit = 0;
				const enum redundancy_fault fault =
					redundancy_share(&r, lengths[i], budget_bps, 0, &limit);
				if (fault == REDUNDANCY_TOO_FAR) {
					assert_int_equal(
						limit, RED_OFFSET_SAMPLES_MAX / lengths[i]);
					continue;
				}
				if (fault != REDUNDANCY_OK) {
					assert_int_equal(
						redundancy_share(&r, lengths[i], limit, 0, &limit),
						REDUNDANCY_OK);
					continue;
				}
				const int header_bytes = n == 0 ? 0 : 4 * n + 1;
				const int header_bps = header_bytes * 8 * 48000 / lengths[i];
				assert_int_equal(
					r.primary_bps + n * r.copy_bps[0] + header_bps, budget_bps);
				assert_true(n == 0 ? r.copy_bps[0] == 0
						   : r.copy_bps[0] >= BUDGET_BPS_MIN);
				assert_true(r.primary_bps >= r.copy_bps[0]);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wishes_are_granted_or_refused_with_the_limit),
		cmocka_unit_test(the_split_is_the_measured_one),
		cmocka_unit_test(two_rates_share_what_is_there),
		cmocka_unit_test(each_copy_may_have_its_rate),
		cmocka_unit_test(shares_add_up_to_the_budget),
	};
	return cmocka_run_group_tests_name("redundancy", tests, NULL, NULL);
}
