/* command: words one by one and by blanks, and what is too much. */
#include "tests/unit/unit.h"
#include "tools/process/command.h"

#include <string.h>

static void assert_words(const struct command *command, const char *const *expected, size_t n)
{
	assert_int_equal(command->n_words, n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(command->words[i], expected[i]);
	assert_null(command->words[n]);
	assert_false(command->is_too_long);
}

static void test_words(void **state)
{
	static const char *const built[] = { "program", "--one", "1.5", "--two", "a b", "-x", "y" };
	static const char *const split[] = { "ip", "link", "set" };
	static struct command command;

	(void)state;
	command_begin(&command, "program");
	command_add_number(&command, "--one", 1.5);
	command_add_pair(&command, "--two", "a b");
	command_add_options(&command, " -x\ty  ");
	assert_words(&command, built, N_ROWS(built));
	command_begin_words(&command, "ip link  set");
	assert_words(&command, split, N_ROWS(split));
	command_begin_words(&command, "");
	assert_words(&command, split, 0);
}

static void test_too_many_words(void **state)
{
	static struct command command;

	(void)state;
	command_begin(&command, "program");
	for (int i = 1; i < COMMAND_WORDS_MAX; i++)
		command_add(&command, "x");
	assert_false(command.is_too_long);
	command_add(&command, "x");
	assert_true(command.is_too_long);
	assert_null(command.words[COMMAND_WORDS_MAX]);
}

static void test_too_many_bytes(void **state)
{
	static struct command command;
	static char word[COMMAND_BYTES / 2];

	(void)state;
	memset(word, 'w', sizeof word - 1);
	command_begin(&command, word);
	command_add(&command, word);
	assert_false(command.is_too_long);
	command_add(&command, "");
	assert_true(command.is_too_long);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_too_many_words),
		cmocka_unit_test(test_too_many_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
