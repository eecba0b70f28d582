#include "common/text/text_buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 4096 };

/* Makes room for n_more characters and the final zero. */
static bool grow(struct text_buffer *b, size_t n_more)
{
	size_t n_room = b->n_room > 0 ? b->n_room : ROOM_FIRST;

	if (b->has_failed)
		return false;
	while (n_room - b->n_chars <= n_more)
		n_room *= 2;
	if (n_room > b->n_room) {
		char *const text = realloc(b->text, n_room);
		if (!text) {
			b->has_failed = true;
			return false;
		}
		b->text = text;
		b->n_room = n_room;
	}
	return true;
}

const char *text_buffer_text(const struct text_buffer *buffer)
{
	return buffer->text ? buffer->text : "";
}

void text_buffer_put_chars(struct text_buffer *buffer, const char *text, size_t n_chars)
{
	if (!grow(buffer, n_chars))
		return;
	memcpy(buffer->text + buffer->n_chars, text, n_chars);
	buffer->n_chars += n_chars;
	buffer->text[buffer->n_chars] = '\0';
}

void text_buffer_put(struct text_buffer *buffer, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	const int n_chars = vsnprintf(NULL, 0, format, list);
	va_end(list);
	if (n_chars < 0 || !grow(buffer, (size_t)n_chars))
		return;
	va_start(list, format);
	vsnprintf(buffer->text + buffer->n_chars, (size_t)n_chars + 1, format, list);
	va_end(list);
	buffer->n_chars += (size_t)n_chars;
}

void text_buffer_put_html(struct text_buffer *buffer, const char *text)
{
	for (; *text; text++) {
		const char *const harmless = *text == '<'   ? "&lt;"
					     : *text == '>' ? "&gt;"
					     : *text == '&' ? "&amp;"
					     : *text == '"' ? "&quot;"
							    : NULL;
		text_buffer_put_chars(
			buffer, harmless ? harmless : text, harmless ? strlen(harmless) : 1);
	}
}

void text_buffer_put_csv(struct text_buffer *buffer, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		text_buffer_put_chars(buffer, text, strlen(text));
		return;
	}
	text_buffer_put_chars(buffer, "\"", 1);
	for (; *text; text++)
		text_buffer_put_chars(buffer, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
	text_buffer_put_chars(buffer, "\"", 1);
}

void text_buffer_end(struct text_buffer *buffer)
{
	free(buffer->text);
	*buffer = (struct text_buffer){ 0 };
}
