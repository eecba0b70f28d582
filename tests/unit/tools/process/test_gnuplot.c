/* gnuplot: its quotes, its pictures, and its complaints. Without gnuplot: that this is said. */
#include "tests/unit/unit.h"
#include "tools/process/gnuplot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_quotes(void **state)
{
	static const char *const rows[][2] = {
		{ "plain", "'plain'" },
		{ "", "''" },
		{ "the judge's figure", "'the judge''s figure'" },
		{ "'", "''''" },
		{ "100 %s \\n", "'100 %s \\n'" },
	};

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct text_buffer script = { 0 };
		gnuplot_put_quoted(&script, rows[i][0]);
		assert_string_equal(script.text, rows[i][1]);
		text_buffer_end(&script);
	}
}

static bool draw(struct text_buffer *picture, const char *text, struct io_error *error)
{
	struct text_buffer script = { 0 };

	text_buffer_put(&script, "set terminal svg\n%s", text);
	const bool ok = gnuplot_draw(picture, &script, error);
	text_buffer_end(&script);
	return ok;
}

static void test_a_picture(void **state)
{
	struct text_buffer picture = { 0 };
	struct io_error error = { "" };

	(void)state;
	if (!gnuplot_is_there(NULL)) {
		print_message("no gnuplot on this machine\n");
		skip();
	}
	text_buffer_put(&picture, "before ");
	assert_true(draw(&picture, "set ylabel 'the judge''s figure'\nplot x\n", &error));
	assert_memory_equal(picture.text, "before <?xml", strlen("before <?xml"));
	assert_non_null(strstr(picture.text, "the judge"));
	assert_non_null(strstr(picture.text, "</svg>"));
	text_buffer_end(&picture);
}

static void test_a_wrong_script(void **state)
{
	struct text_buffer picture = { 0 };
	struct io_error error = { "" };

	(void)state;
	if (!gnuplot_is_there(NULL))
		skip();
	assert_false(draw(&picture, "set ylabel 'the judge's figure'\nplot x\n", &error));
	assert_memory_equal(error.text, "gnuplot failed: ", strlen("gnuplot failed: "));
	assert_true(strlen(error.text) > strlen("gnuplot failed: "));
	assert_int_equal(picture.n_chars, 0);
}

static void test_no_gnuplot(void **state)
{
	struct text_buffer picture = { 0 };
	struct io_error error = { "" };
	const char *const path = getenv("PATH");
	char *const kept = strdup(path ? path : "");

	(void)state;
	assert_non_null(kept);
	setenv("PATH", "/nowhere", 1);
	assert_false(gnuplot_is_there(&error));
	assert_false(draw(&picture, "plot x\n", NULL));
	setenv("PATH", kept, 1);
	free(kept);
	assert_string_equal(error.text, "gnuplot is not installed (Debian: gnuplot-nox)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_a_picture),
		cmocka_unit_test(test_a_wrong_script),
		cmocka_unit_test(test_no_gnuplot),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
