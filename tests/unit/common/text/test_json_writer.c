/* json_writer: the text byte by byte, also in a locale with a decimal comma. */
#include "common/text/json_writer.h"
#include "tests/unit/unit.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 1024 };

struct text {
	struct json_writer json;
	char chars[TEXT_BYTES];
};

static void begin(struct text *t)
{
	memset(t, 0, sizeof *t);
	FILE *const file = fmemopen(t->chars, sizeof t->chars, "w");
	assert_non_null(file);
	json_writer_init(&t->json, file);
}

static void assert_written(struct text *t, const char *expected)
{
	assert_int_equal(fclose(t->json.file), 0);
	assert_string_equal(t->chars, expected);
}

static void test_groups(void **state)
{
	struct text t;

	(void)state;
	begin(&t);
	json_writer_open_object(&t.json, NULL);
	json_writer_number(&t.json, "a", 1.5);
	json_writer_open_list(&t.json, "list");
	json_writer_close_list(&t.json);
	json_writer_open_list(&t.json, "rows");
	for (int i = 0; i < 2; i++) {
		json_writer_open_object(&t.json, NULL);
		json_writer_count(&t.json, "n", i);
		json_writer_close_object(&t.json);
	}
	json_writer_number(&t.json, NULL, NAN);
	json_writer_close_list(&t.json);
	json_writer_bool(&t.json, "yes", true);
	json_writer_bool(&t.json, "no", false);
	json_writer_close_object(&t.json);
	assert_written(&t, "{\"a\": 1.5, \"list\": [], \"rows\": [{\"n\": 0}, {\"n\": 1}, null], "
			   "\"yes\": true, \"no\": false}");
	begin(&t);
	json_writer_open_object(&t.json, NULL);
	json_writer_close_object(&t.json);
	assert_written(&t, "{}");
}

static void test_numbers(void **state)
{
	/* The second and the third: where the machine has them. */
	static const char *const locales[] = { "C", "de_DE.UTF-8", "fr_FR.UTF-8" };
	struct text t;

	(void)state;
	for (size_t i = 0; i < N_ROWS(locales); i++) {
		setlocale(LC_ALL, locales[i]);
		begin(&t);
		json_writer_open_list(&t.json, NULL);
		json_writer_number(&t.json, NULL, 0.0625);
		json_writer_number(&t.json, NULL, -INFINITY);
		json_writer_count(&t.json, NULL, 2.5);
		json_writer_count(&t.json, NULL, NAN);
		json_writer_fixed(&t.json, NULL, 1.5, 3);
		json_writer_fixed(&t.json, NULL, -1234.5678, 1);
		json_writer_fixed(&t.json, NULL, 2, 0);
		json_writer_fixed(&t.json, NULL, -1e300, 9);
		json_writer_fixed(&t.json, NULL, NAN, 3);
		json_writer_digits(&t.json, NULL, 1.0 / 3, 10);
		json_writer_digits(&t.json, NULL, 42, 10);
		json_writer_digits(&t.json, NULL, 2e25, 3);
		json_writer_digits(&t.json, NULL, INFINITY, 3);
		json_writer_close_list(&t.json);
		fflush(t.json.file);
		assert_non_null(strstr(t.chars, "[0.063, null, 3, null, 1.500, -1234.6, 2, -1000"));
		assert_non_null(
			strstr(t.chars, ".000000000, null, 0.3333333333, 42, 2e+25, null]"));
		fclose(t.json.file);
	}
	setlocale(LC_ALL, "C");
}

static void test_text(void **state)
{
	struct text t;

	(void)state;
	begin(&t);
	json_writer_open_object(&t.json, NULL);
	json_writer_text(&t.json, "na\"me", "a \"b\" \\ c\n\x01\xc3\xa4");
	json_writer_close_object(&t.json);
	assert_written(&t, "{\"na\\\"me\": \"a \\\"b\\\" \\\\ c\\u000a\\u0001\xc3\xa4\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
