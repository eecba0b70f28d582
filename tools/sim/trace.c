#include "tools/sim/trace.h"

#include "tools/sim/trace_losses.h"
#include "tools/sim/trace_text.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_BYTES = 65536, FIRST_ROOM = 1024 };

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

bool trace_parse(struct trace *t, const char *text, size_t n_chars, struct io_error *error)
{
	bool ok;

	if (trace_losses_are_g192(text, n_chars)) {
		t->form = TRACE_G192;
		ok = trace_losses_add_g192(t, text, n_chars, error);
	} else if (trace_losses_are_digits(text, n_chars)) {
		t->form = TRACE_DIGITS;
		ok = trace_losses_add_digits(t, text, n_chars) ||
		     io_error_set(error, "out of memory");
	} else if (trace_text_is_mahimahi(text, n_chars)) {
		ok = io_error_set(error,
			"has times that never fall: a link as Mahimahi records it, not delays; "
			"delays that only rise need a unit, as in 40ms");
	} else {
		t->form = TRACE_DELAYS;
		ok = trace_text_add(t, text, n_chars, error);
	}
	return ok && (t->n_packets > 0 || io_error_set(error, "has no packet"));
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
