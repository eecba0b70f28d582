/* The words of a command that starts another program. Owner: the caller; the words point
 * into the struct, which must not be copied. Thread: any. */
#ifndef HINDSIGHT_TOOLS_PROCESS_COMMAND_H
#define HINDSIGHT_TOOLS_PROCESS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

enum { COMMAND_WORDS_MAX = 300, COMMAND_BYTES = 64 << 10 };

struct command {
	char *words[COMMAND_WORDS_MAX + 1]; /* ended by NULL */
	size_t n_words;
	char text[COMMAND_BYTES];
	size_t n_chars;
	bool is_too_long; /* words are missing */
};

void command_begin(struct command *command, const char *program);

/* The program and its words, separated by blanks. */
void command_begin_words(struct command *command, const char *words);

void command_add(struct command *command, const char *word);

void command_add_pair(struct command *command, const char *option, const char *value);

void command_add_number(struct command *command, const char *option, double number);

/* Words separated by blanks. */
void command_add_options(struct command *command, const char *options);

#endif
