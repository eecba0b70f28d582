/* Unique names, and a clock that gives the time of day. */
#include "common/io/identity.h"

#include "common/io/monotonic.h"
#include "common/base/units.h"
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static void names_differ_and_can_be_printed(void **state)
{
	struct identity a, b;
	struct io_error error;

	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_true(identity_draw(&a, &error));
		assert_true(identity_draw(&b, &error));
		assert_int_not_equal(a.ssrc, b.ssrc); /* one in 40 million that it fails */
		assert_true(a.seed != b.seed);
		assert_string_not_equal(a.cname, b.cname);
		assert_int_equal(strlen(a.cname), IDENTITY_CNAME_CHARACTERS);
		assert_int_equal(strspn(a.cname, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
						 "abcdefghijklmnopqrstuvwxyz0123456789+/"),
			IDENTITY_CNAME_CHARACTERS);
	}
}

static void the_epoch_is_1900(void **state)
{
	struct identity a;
	struct io_error error;

	(void)state;
	assert_true(identity_draw(&a, &error));
	const int64_t us = (int64_t)a.epoch_us + monotonic_now_us();
	const int64_t unix_s = us / US_PER_SECOND - INT64_C(2208988800); /* RFC 5905, 6 */
	assert_true(llabs(unix_s - (int64_t)time(NULL)) <= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_differ_and_can_be_printed),
		cmocka_unit_test(the_epoch_is_1900),
	};
	return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
