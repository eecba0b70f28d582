#include "tools/sim/trace.h"

#include "common/text/decimal.h"
#include "common/base/units.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_BYTES = 32, READ_BYTES = 65536, FIRST_ROOM = 1024 };

void trace_end(struct trace *t)
{
	free(t->delays_us);
	*t = (struct trace){ 0 };
}

bool trace_add(struct trace *t, int64_t delay_us)
{
	assert(delay_us == TRACE_LOST || (delay_us >= 0 && delay_us <= CHANNEL_TIME_MAX_US));
	if (t->n_packets >= TRACE_PACKETS_MAX)
		return false;
	if (t->n_packets == t->n_room) {
		const size_t n_room = t->n_room ? 2 * t->n_room : FIRST_ROOM;
		int32_t *const larger = realloc(t->delays_us, n_room * sizeof *larger);
		if (!larger)
			return false;
		t->delays_us = larger;
		t->n_room = n_room;
	}
	t->delays_us[t->n_packets++] = (int32_t)delay_us;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The line without blanks at its ends and without its comment; false: too long for a word. */
static bool copy_word(char word[WORD_BYTES], const char *line, size_t n_chars)
{
	const char *const comment = memchr(line, '#', n_chars);
	size_t begin = 0, end = comment ? (size_t)(comment - line) : n_chars;

	while (begin < end && is_blank(line[begin]))
		begin++;
	while (end > begin && is_blank(line[end - 1]))
		end--;
	if (end - begin >= WORD_BYTES || memchr(line + begin, '\0', end - begin))
		return false;
	memcpy(word, line + begin, end - begin);
	word[end - begin] = '\0';
	return true;
}

/* What the line says; false where it is neither a delay, nor a loss, nor nothing. */
static bool parse_line(const char *line, size_t n_chars, bool *is_packet, int64_t *delay_us)
{
	char word[WORD_BYTES];
	double ms;

	if (!copy_word(word, line, n_chars))
		return false;
	*is_packet = *word != '\0';
	if (!*is_packet)
		return true;
	if (strcmp(word, "lost") == 0) {
		*delay_us = TRACE_LOST;
		return true;
	}
	if (!decimal_parse(word, &ms) || ms < 0 || ms > (double)CHANNEL_TIME_MAX_US / US_PER_MS)
		return false;
	*delay_us = (int64_t)(ms * US_PER_MS + 0.5);
	return true;
}

bool trace_parse(struct trace *t, const char *text, size_t n_chars, struct io_error *error)
{
	size_t at = 0, n_lines = 0;

	while (at < n_chars) {
		const char *const end = memchr(text + at, '\n', n_chars - at);
		const size_t n_line = end ? (size_t)(end - (text + at)) : n_chars - at;
		bool is_packet = false;
		int64_t delay_us = 0;
		n_lines++;
		if (!parse_line(text + at, n_line, &is_packet, &delay_us))
			return io_error_set(error,
				"line %zu: must be a delay of 0 to %d ms, or the word lost",
				n_lines, (int)(CHANNEL_TIME_MAX_US / US_PER_MS));
		if (is_packet && !trace_add(t, delay_us))
			return io_error_set(error, "line %zu: out of memory", n_lines);
		at += n_line + 1;
	}
	return t->n_packets > 0 || io_error_set(error, "has no packet");
}

/* The whole file, to be freed; NULL: *error says why. */
static char *read_whole(FILE *file, size_t *n_chars, struct io_error *error)
{
	char *text = NULL;
	size_t n_read;

	*n_chars = 0;
	do {
		char *const larger = realloc(text, *n_chars + READ_BYTES);
		if (!larger) {
			io_error_set(error, "out of memory");
			free(text);
			return NULL;
		}
		text = larger;
		n_read = fread(text + *n_chars, 1, READ_BYTES, file);
		*n_chars += n_read;
	} while (n_read == READ_BYTES);
	if (!ferror(file))
		return text;
	io_error_set(error, "%s", strerror(errno));
	free(text);
	return NULL;
}

bool trace_load(struct trace *t, const char *path, struct io_error *error)
{
	FILE *const file = fopen(path, "rb");
	size_t n_chars;

	if (!file)
		return io_error_set(error, "%s", strerror(errno));
	char *const text = read_whole(file, &n_chars, error);
	fclose(file);
	const bool ok = text && trace_parse(t, text, n_chars, error);
	free(text);
	return ok;
}

void trace_fate(const struct trace *t, uint64_t n, int64_t now_us, struct channel_fate *fate)
{
	assert(t->n_packets > 0);
	const int32_t delay_us = t->delays_us[n % t->n_packets];

	*fate = (struct channel_fate){ .n = n, .outcome = CHANNEL_LOST };
	if (delay_us == TRACE_LOST)
		return;
	fate->outcome = CHANNEL_DELIVERED;
	fate->n_copies = 1;
	fate->departure_us[0] = now_us + delay_us;
}

size_t trace_packets_under_way_max(const struct trace *t, int64_t period_us)
{
	int32_t slowest_us = 0;

	for (size_t i = 0; i < t->n_packets; i++)
		if (t->delays_us[i] > slowest_us)
			slowest_us = t->delays_us[i];
	return (size_t)(slowest_us / period_us) + 2;
}
