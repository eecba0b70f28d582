/* file_name: files and devices by what a user types. */
#include "common/io/file_name.h"
#include "tests/unit/unit.h"

static void paths_and_devices(void **state)
{
	static const struct {
		const char *name;
		bool is_path;
	} rows[] = {
		{ "/tmp/x", true },
		{ "/no/such/folder/x", true },
		{ "./x", true },
		{ "../x", true },
		{ "USB Audio 2.0", false },
		{ "Scarlett 2i2 USB / Line", false },
		{ "no such folder/x", false },
		{ "hw:0,0", false },
		{ "", false },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++)
		assert_row_equal(rows[i].name, file_name_is_path(rows[i].name), rows[i].is_path);
}

static void endings(void **state)
{
	(void)state;
	assert_true(file_name_ends_in("x.WAV", ".wav"));
	assert_true(file_name_ends_in(".flac", ".flac"));
	assert_false(file_name_ends_in("wav", ".wav"));
	assert_false(file_name_ends_in("x.wav.txt", ".wav"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_and_devices),
		cmocka_unit_test(endings),
	};
	return cmocka_run_group_tests_name("file_name", tests, NULL, NULL);
}
