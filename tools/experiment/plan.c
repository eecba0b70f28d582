#include "tools/experiment/plan.h"

#include "common/text/decimal.h"
#include "tools/channel/channel_spec.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_DEFAULT 10.0

static const char blanks[] = " \t";

static bool is_name(const char *name)
{
	const size_t n_chars = strlen(name);

	if (n_chars == 0 || n_chars >= PLAN_NAME_BYTES || name[0] == '.' || name[0] == '-')
		return false;
	for (const char *c = name; *c; c++)
		if (!isascii((unsigned char)*c) ||
			(!isalnum((unsigned char)*c) && !strchr("._+-", *c)))
			return false;
	return true;
}

/* Copies without the blanks around it. */
static bool take_text(
	char *to, size_t n_bytes, const char *from, size_t n_chars, struct io_error *error)
{
	while (n_chars > 0 && strchr(blanks, from[0])) {
		from++;
		n_chars--;
	}
	while (n_chars > 0 && strchr(blanks, from[n_chars - 1]))
		n_chars--;
	if (n_chars >= n_bytes)
		return io_error_set(error, "is longer than %zu characters", n_bytes - 1);
	memcpy(to, from, n_chars);
	to[n_chars] = '\0';
	return true;
}

/* "NAME rest": *rest is what follows the name. */
static bool take_name(
	char name[PLAN_NAME_BYTES], const char *value, const char **rest, struct io_error *error)
{
	value += strspn(value, blanks);
	const size_t n_chars = strcspn(value, blanks);
	char word[PLAN_NAME_BYTES];

	snprintf(word, sizeof word, "%.*s", (int)(n_chars < sizeof word ? n_chars : sizeof word),
		value);
	if (n_chars >= PLAN_NAME_BYTES || !is_name(word))
		return io_error_set(error,
			"\"%.40s\" is not a name: up to %d letters, digits, and . _ + -, the first "
			"a letter or digit",
			word, PLAN_NAME_BYTES - 1);
	memcpy(name, word, sizeof word);
	*rest = value + n_chars;
	return true;
}

static bool take_seconds(struct experiment_plan *plan, const char *value, struct io_error *error)
{
	char text[DECIMAL_TEXT_BYTES];
	double seconds;

	if (!take_text(text, sizeof text, value, strlen(value), NULL) ||
		!decimal_parse(text, &seconds) || seconds < 1 || seconds > PLAN_SECONDS_MAX)
		return io_error_set(error, "must be a number from 1 to %d", PLAN_SECONDS_MAX);
	plan->seconds = seconds;
	return true;
}

/* A whole number up to UINT32_MAX; *end is behind it. */
static bool take_seed(const char *text, const char **end, uint32_t *seed)
{
	uint64_t number = 0;
	const char *c = text;

	for (; *c >= '0' && *c <= '9' && number <= UINT32_MAX; c++)
		number = number * 10 + (uint64_t)(*c - '0');
	*end = c;
	*seed = (uint32_t)number;
	return c > text && number <= UINT32_MAX;
}

/* "1 2 3", "1-20" */
static bool take_seeds(struct experiment_plan *plan, const char *value, struct io_error *error)
{
	uint32_t seeds[PLAN_SEEDS_MAX];
	size_t n_seeds = 0;
	const char *at = value + strspn(value, " \t,");

	while (*at) {
		uint32_t first, last;
		bool ok = take_seed(at, &at, &first);
		last = first;
		if (ok && *at == '-')
			ok = take_seed(at + 1, &at, &last);
		if (!ok || last < first || (*at && !strchr(" \t,", *at)))
			return io_error_set(error, "must be whole numbers, as in 1 2 3 or 1-20");
		for (uint64_t seed = first; seed <= last; seed++) {
			if (n_seeds == PLAN_SEEDS_MAX)
				return io_error_set(error, "at most %d seeds", PLAN_SEEDS_MAX);
			for (size_t i = 0; i < n_seeds; i++)
				if (seeds[i] == seed)
					return io_error_set(
						error, "lists %u twice", (unsigned)seed);
			seeds[n_seeds++] = (uint32_t)seed;
		}
		at += strspn(at, " \t,");
	}
	if (n_seeds == 0)
		return io_error_set(error, "must be whole numbers, as in 1 2 3 or 1-20");
	memcpy(plan->seeds, seeds, n_seeds * sizeof *seeds);
	plan->n_seeds = n_seeds;
	return true;
}

static bool take_channel(struct experiment_plan *plan, enum plan_channel_kind kind,
	const char *value, struct io_error *error)
{
	struct plan_channel channel = { .kind = kind };
	struct channel_spec spec;
	char message[CHANNEL_SPEC_MESSAGE_BYTES];
	const char *rest;

	if (!take_name(channel.name, value, &rest, error) ||
		!take_text(channel.text, sizeof channel.text, rest, strlen(rest), error))
		return false;
	for (size_t i = 0; i < plan->n_channels; i++)
		if (strcmp(plan->channels[i].name, channel.name) == 0)
			return io_error_set(error, "channel %s exists already", channel.name);
	if (plan->n_channels == PLAN_CHANNELS_MAX)
		return io_error_set(error, "at most %d channels", PLAN_CHANNELS_MAX);
	if (kind != PLAN_SPEC && *channel.text == '\0')
		return io_error_set(error, "lacks its file: NAME FILE");
	if (kind == PLAN_SPEC &&
		channel_spec_parse(&spec, channel.text, message, sizeof message) != STATUS_OK)
		return io_error_set(error, "%s: %s", channel.name, message);
	plan->channels[plan->n_channels++] = channel;
	return true;
}

/* Does the experiment itself set this option? `word` may be abbreviated, as getopt_long()
 * allows. */
static bool is_ours(const char *word, size_t n_chars)
{
	static const char *const ours[] = { "--input", "--output", "--duration", "--stats",
		"--stats-file", "--frames", "--seed", "--channel", "--return-channel", "--at",
		"--trace", "--pcap", "--port", "--stream", "--streams", "--quiet", "--verbose",
		"--help", "--version", "--list-devices", "--sdp" };

	for (size_t i = 0; n_chars > 2 && i < sizeof ours / sizeof *ours; i++) {
		const size_t n_name = strcspn(word, "=") < n_chars ? strcspn(word, "=") : n_chars;
		if (strncmp(word, ours[i], n_name) == 0)
			return true;
	}
	return n_chars >= 2 && word[0] == '-' && strchr("iotqvhl", word[1]);
}

/* The first word must be an option, and none may be one that the experiment itself sets. */
static bool check_options(const char *text, struct io_error *error)
{
	bool is_first = true;

	for (text += strspn(text, blanks); *text; text += strspn(text, blanks)) {
		const size_t n_chars = strcspn(text, blanks);
		if (is_first && *text != '-')
			return io_error_set(error, "\"%.*s\" is not an option such as -r 2",
				(int)(n_chars < 40 ? n_chars : 40), text);
		if (is_ours(text, n_chars))
			return io_error_set(error, "%.*s is set by the experiment itself",
				(int)(n_chars < 40 ? n_chars : 40), text);
		is_first = false;
		text += n_chars;
	}
	return true;
}

static bool take_setting(struct experiment_plan *plan, const char *value, struct io_error *error)
{
	struct plan_setting setting;
	const char *rest;

	if (!take_name(setting.name, value, &rest, error))
		return false;
	const size_t n_send = strcspn(rest, "|");
	const char *const recv = rest[n_send] ? rest + n_send + 1 : "";
	if (!take_text(setting.send, sizeof setting.send, rest, n_send, error) ||
		!take_text(setting.recv, sizeof setting.recv, recv, strlen(recv), error))
		return false;
	for (size_t i = 0; i < plan->n_settings; i++)
		if (strcmp(plan->settings[i].name, setting.name) == 0)
			return io_error_set(error, "setting %s exists already", setting.name);
	if (plan->n_settings == PLAN_SETTINGS_MAX)
		return io_error_set(error, "at most %d settings", PLAN_SETTINGS_MAX);
	if (strchr(setting.recv, '|'))
		return io_error_set(error, "has more than one |");
	if (!check_options(setting.send, error) || !check_options(setting.recv, error))
		return false;
	plan->settings[plan->n_settings++] = setting;
	return true;
}

static bool take_line(char *to, const char *value, struct io_error *error)
{
	char text[PLAN_TEXT_BYTES];

	if (!take_text(text, sizeof text, value, strlen(value), error))
		return false;
	if (*text == '\0')
		return io_error_set(error, "is empty");
	memcpy(to, text, sizeof text);
	return true;
}

bool plan_take(
	struct experiment_plan *plan, const char *key, const char *value, struct io_error *error)
{
	for (const char *c = value; *c; c++)
		if (iscntrl((unsigned char)*c) && *c != '\t')
			return io_error_set(error, "has a control character");
	if (strcmp(key, "title") == 0)
		return take_line(plan->title, value, error);
	if (strcmp(key, "recording") == 0)
		return take_line(plan->recording, value, error);
	if (strcmp(key, "seconds") == 0)
		return take_seconds(plan, value, error);
	if (strcmp(key, "seeds") == 0)
		return take_seeds(plan, value, error);
	if (strcmp(key, "channel") == 0)
		return take_channel(plan, PLAN_SPEC, value, error);
	if (strcmp(key, "trace") == 0)
		return take_channel(plan, PLAN_TRACE, value, error);
	if (strcmp(key, "pcap") == 0)
		return take_channel(plan, PLAN_CAPTURE, value, error);
	if (strcmp(key, "setting") == 0)
		return take_setting(plan, value, error);
	return io_error_set(error,
		"must be title, recording, seconds, seeds, channel, trace, pcap or "
		"setting");
}

enum { LINE_BYTES = 1000, KEY_BYTES = 16 };

/* line: without its end and its comment. */
static bool parse_line(
	struct experiment_plan *plan, const char *line, size_t number, struct io_error *error)
{
	struct io_error reason;
	char key[KEY_BYTES];

	line += strspn(line, blanks);
	const size_t n_chars = strcspn(line, blanks);
	if (n_chars == 0)
		return true;
	for (const char *c = line; *c; c++)
		if (iscntrl((unsigned char)*c) && *c != '\t')
			return io_error_set(error, "line %zu: has a control character", number);
	snprintf(key, sizeof key, "%.*s", (int)(n_chars < KEY_BYTES ? n_chars : KEY_BYTES), line);
	return plan_take(plan, key, line + n_chars, &reason) ||
	       io_error_set(error, "line %zu: %s: %s", number, key, reason.text);
}

bool plan_parse(
	struct experiment_plan *plan, const char *text, size_t n_chars, struct io_error *error)
{
	char line[LINE_BYTES];
	size_t at = 0;

	for (size_t number = 1; at < n_chars; number++) {
		const char *const end = memchr(text + at, '\n', n_chars - at);
		size_t n_line = end ? (size_t)(end - (text + at)) : n_chars - at;
		const size_t n_whole = n_line;
		const char *const comment = memchr(text + at, '#', n_line);

		if (comment)
			n_line = (size_t)(comment - (text + at));
		else if (n_line > 0 && text[at + n_line - 1] == '\r')
			n_line--;
		if (n_line >= sizeof line)
			return io_error_set(error, "line %zu: is longer than %d characters", number,
				LINE_BYTES - 1);
		if (memchr(text + at, '\0', n_line))
			return io_error_set(error, "line %zu: has a control character", number);
		memcpy(line, text + at, n_line);
		line[n_line] = '\0';
		if (!parse_line(plan, line, number, error))
			return false;
		at += n_whole + 1;
	}
	return true;
}

bool plan_settle(struct experiment_plan *plan, struct io_error *error)
{
	if (plan->n_channels == 0)
		return io_error_set(error, "has no channel, such as: channel loss10 loss 10%%");
	if (plan->seconds <= 0)
		plan->seconds = SECONDS_DEFAULT;
	if (plan->n_seeds == 0)
		plan->seeds[plan->n_seeds++] = 1;
	if (plan->n_settings == 0)
		snprintf(plan->settings[plan->n_settings++].name, PLAN_NAME_BYTES, "default");
	return true;
}
