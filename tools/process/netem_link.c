#include "tools/process/netem_link.h"

#include "tools/channel/channel_spec.h"

#include "common/text/text_file.h"
#include "common/base/units.h"
#include "tools/process/command.h"

#include <stdio.h>
#include <string.h>

#define FROM_MAC	"02:00:00:00:97:01"
#define TO_MAC		"02:00:00:00:97:02"
#define WORD_TIMEOUT_US (10 * US_PER_SECOND)

enum { TEXT_BYTES = 400 };

/* Runs a command of words apart by blanks in a namespace. */
static bool run_in(const struct child *network, const char *errors, const char *command,
	struct io_error *error)
{
	char complaint[TEXT_BYTES];
	size_t n_chars = 0;
	struct command words;
	const struct child_setup setup = {
		.output = CHILD_IN_FILES, .stderr_path = errors, .network_of = network->pid
	};
	struct child child;

	command_begin_words(&words, command);
	if (!child_start(&child, words.words, &setup, error))
		return false;
	if (child_result(&child, WORD_TIMEOUT_US) == 0)
		return true;
	if (!text_file_read(errors, complaint, sizeof complaint - 1, &n_chars, NULL))
		n_chars = 0;
	complaint[n_chars] = '\0';
	complaint[strcspn(complaint, "\n")] = '\0';
	return io_error_set(error, "%.60s: %.150s", command, complaint);
}

/* tc's words: what a channel takes and tc has no file for, an even distribution, is its default. */
static void netem_words(char words[TEXT_BYTES], const char *spec)
{
	char text[TEXT_BYTES], *rest = NULL;
	bool is_distribution = false;
	size_t n_chars = 0;

	const char *const behind_tc = channel_spec_behind_tc(spec);
	snprintf(text, sizeof text, "%s", behind_tc ? behind_tc : spec);
	words[0] = '\0';
	for (char *word = strtok_r(text, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest)) {
		const char *const before = is_distribution ? " distribution " : " ";
		const bool is_even = is_distribution && strcmp(word, "uniform") == 0;
		is_distribution = !is_distribution && strlen(word) >= 2 &&
				  strncmp(word, "distribution", strlen(word)) == 0;
		if (is_distribution || is_even)
			continue;
		const int n = snprintf(words + n_chars, TEXT_BYTES - n_chars, "%s%s", before, word);
		n_chars += n > 0 && (size_t)n < TEXT_BYTES - n_chars ? (size_t)n : 0;
	}
}

bool netem_link_open(
	struct netem_link *link, const char *spec, const char *errors, struct io_error *error)
{
	char join[TEXT_BYTES], netem[2 * TEXT_BYTES], words[TEXT_BYTES];

	*link = (struct netem_link){ 0 };
	if (!child_start_network(&link->from, error) || !child_start_network(&link->to, error)) {
		netem_link_close(link);
		return false;
	}
	snprintf(join, sizeof join,
		"ip link add out address " FROM_MAC " type veth peer name in address " TO_MAC
		" netns %ld",
		(long)link->to.pid);
	netem_words(words, spec);
	snprintf(netem, sizeof netem, "tc qdisc add dev out root netem%s", words);
	/* The neighbours are known, so that no question for them is delayed or lost. */
	const struct {
		const struct child *in;
		const char *command;
	} steps[] = {
		{ &link->from, join },
		{ &link->from, "ip address add " NETEM_LINK_FROM "/30 dev out" },
		{ &link->to, "ip address add " NETEM_LINK_TO "/30 dev in" },
		{ &link->from, "ip link set out up" },
		{ &link->to, "ip link set in up" },
		{ &link->from, "ip neighbour replace " NETEM_LINK_TO " lladdr " TO_MAC " dev out" },
		{ &link->to,
			"ip neighbour replace " NETEM_LINK_FROM " lladdr " FROM_MAC " dev in" },
		{ &link->from, netem },
	};
	const size_t n_steps = sizeof steps / sizeof *steps - (*spec ? 0 : 1);
	for (size_t i = 0; i < n_steps; i++) {
		if (!run_in(steps[i].in, errors, steps[i].command, error)) {
			netem_link_close(link);
			return false;
		}
	}
	return true;
}

void netem_link_close(struct netem_link *link)
{
	child_end(&link->from, SIGKILL);
	child_end(&link->to, SIGKILL);
}
