/* Text that grows as it is written. Out of memory can be checked at the end: later text is dropped,
 * and has_failed is set. Owner: the caller, who ends it. Thread: one at a time. */
#ifndef HINDSIGHT_COMMON_TEXT_TEXT_BUFFER_H
#define HINDSIGHT_COMMON_TEXT_TEXT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct text_buffer { /* {0} is an empty buffer */
	char *text;  /* zero-terminated; NULL while empty */
	size_t n_chars;
	size_t n_room;
	bool has_failed;
};

/* The text so far; "" where it is empty. Valid until the next put. */
const char *text_buffer_text(const struct text_buffer *buffer);

void text_buffer_put(struct text_buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void text_buffer_put_chars(struct text_buffer *buffer, const char *text, size_t n_chars);

/* As HTML text: < > & and quotes are escaped. */
void text_buffer_put_html(struct text_buffer *buffer, const char *text);

/* As a CSV field (RFC 4180), quoted where needed. */
void text_buffer_put_csv(struct text_buffer *buffer, const char *text);

/* Frees it; it is empty again. */
void text_buffer_end(struct text_buffer *buffer);

#endif
