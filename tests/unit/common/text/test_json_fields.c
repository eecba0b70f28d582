/* json_fields: the fields of our statistics, whatever blanks they have, and text that is cut
 * short. */
#include "common/text/json_fields.h"
#include "tests/unit/unit.h"

#include <string.h>

static void test_fields_of_a_summary(void **state)
{
	static const char text[] =
		"{\"time_s\": 1, \"delay_ms\": 5}\n"
		"{\"time_s\": 2.5, \"delay_ms\": -7.25, \"skew_ppm\": null, "
		"\"name\": \"a \\\"b\\\": 1\", \"list\": [1, {\"deep\": \"]\"}], \"in\": { "
		"\"deep\":3 }, \"score\" :4, \"summary\": true}\n";
	static const char *const expected[][2] = { { "time_s", "2.5" }, { "delay_ms", "-7.25" },
		{ "skew_ppm", "" }, { "score", "4" }, { "summary", "true" } };
	struct json_field field;
	const char *at = json_fields_summary(text);

	(void)state;
	assert_non_null(at);
	for (size_t i = 0; i < N_ROWS(expected); i++) {
		assert_true(json_fields_next(&at, &field));
		assert_string_equal(field.name, expected[i][0]);
		assert_string_equal(field.value, expected[i][1]);
	}
	assert_false(json_fields_next(&at, &field));
	assert_null(json_fields_summary("{\"time_s\": 1}\n"));
}

/* Text that ends anywhere is read to its end and not beyond (the sanitizers look). */
static void test_text_cut_short(void **state)
{
	static const char text[] =
		"{\"a\": 1, \"b\\\\\\\"\": \"x\\\"y\", \"c\": {\"d\": null}, \"e\" : 2}";
	char cut[sizeof text];
	struct json_field field;

	(void)state;
	for (size_t n = 0; n < sizeof text; n++) {
		int n_fields = 0;
		memcpy(cut, text, n);
		cut[n] = '\0';
		for (const char *at = cut; json_fields_next(&at, &field);)
			n_fields++;
		assert_in_range(n_fields, 0, 3);
	}
}

static void test_one_number(void **state)
{
	static const struct {
		const char *text, *name;
		bool is_there;
		double number;
	} rows[] = {
		{ "{\"a\": 1.5}", "a", true, 1.5 },
		{ "{\"a\":-2}", "a", true, -2 },
		{ "{ \"b\": 1, \"a\" : 3 }", "a", true, 3 },
		{ "{\"a\": null}", "a", false, 0 },
		{ "{\"a\": true}", "a", false, 0 },
		{ "{\"a\": \"4\"}", "a", false, 0 },
		{ "{\"aa\": 4}", "a", false, 0 },
		{ "{\"in\": {\"a\": 4}}", "a", false, 0 },
		{ "{\"text\": \"\\\"a\\\": 4\"}", "a", false, 0 },
		{ "", "a", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		double number = 77;
		assert_row_equal(rows[i].text,
			json_fields_number(rows[i].text, rows[i].name, &number), rows[i].is_there);
		assert_true(number == (rows[i].is_there ? rows[i].number : 77));
	}
}

static void test_summary_among_lines(void **state)
{
	static const char text[] = "{\"a\": 1}\n{\"a\": 2,\"summary\":true}\n";

	(void)state;
	assert_ptr_equal(json_fields_summary(text), strchr(text, '\n') + 1);
	assert_null(json_fields_summary("{\"summary\": false}\n"));
	assert_null(json_fields_summary(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_of_a_summary),
		cmocka_unit_test(test_text_cut_short),
		cmocka_unit_test(test_one_number),
		cmocka_unit_test(test_summary_among_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
