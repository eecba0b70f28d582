#include "tools/process/command.h"

#include <stdio.h>
#include <string.h>

static void add_chars(struct command *c, const char *word, size_t n_chars)
{
	if (c->n_words == COMMAND_WORDS_MAX || n_chars >= sizeof c->text - c->n_chars) {
		c->is_too_long = true;
		return;
	}
	memcpy(c->text + c->n_chars, word, n_chars);
	c->text[c->n_chars + n_chars] = '\0';
	c->words[c->n_words++] = c->text + c->n_chars;
	c->words[c->n_words] = NULL;
	c->n_chars += n_chars + 1;
}

void command_add(struct command *command, const char *word)
{
	add_chars(command, word, strlen(word));
}

static void clear(struct command *c)
{
	c->n_words = c->n_chars = 0;
	c->is_too_long = false;
	c->words[0] = NULL;
}

void command_begin(struct command *command, const char *program)
{
	clear(command);
	command_add(command, program);
}

void command_begin_words(struct command *command, const char *words)
{
	clear(command);
	command_add_options(command, words);
}

void command_add_pair(struct command *command, const char *option, const char *value)
{
	command_add(command, option);
	command_add(command, value);
}

void command_add_number(struct command *command, const char *option, double number)
{
	char text[40];

	snprintf(text, sizeof text, "%.15g", number);
	command_add_pair(command, option, text);
}

void command_add_options(struct command *command, const char *options)
{
	static const char blanks[] = " \t";

	for (options += strspn(options, blanks); *options; options += strspn(options, blanks)) {
		const size_t n_chars = strcspn(options, blanks);
		add_chars(command, options, n_chars);
		options += n_chars;
	}
}
