/* text_buffer: escaping for HTML and CSV, and growth. */
#include "common/text/text_buffer.h"
#include "tests/unit/unit.h"

#include <string.h>

static void test_html(void **state)
{
	struct text_buffer html = { 0 };

	(void)state;
	text_buffer_put_html(&html, "<b a=\"1\">&");
	assert_string_equal(html.text, "&lt;b a=&quot;1&quot;&gt;&amp;");
	text_buffer_end(&html);
}

static void test_csv(void **state)
{
	static const char *const rows[][2] = {
		{ "plain", "plain" },
		{ "", "" },
		{ "a,b", "\"a,b\"" },
		{ "say \"so\"", "\"say \"\"so\"\"\"" },
		{ "two\nlines", "\"two\nlines\"" },
	};

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct text_buffer csv = { 0 };
		text_buffer_put_csv(&csv, rows[i][0]);
		assert_string_equal(csv.text, rows[i][1]);
		text_buffer_end(&csv);
	}
}

static void test_growth(void **state)
{
	struct text_buffer text = { 0 };

	(void)state;
	for (int i = 0; i < 10000; i++)
		text_buffer_put(&text, "%04d,", i);
	assert_false(text.has_failed);
	assert_int_equal(text.n_chars, 50000);
	assert_int_equal(strlen(text.text), 50000);
	assert_memory_equal(text.text + 49990, "9998,9999,", 10);
	text_buffer_end(&text);
	assert_null(text.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_html),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_growth),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
