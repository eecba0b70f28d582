/* Text that grows as it is written. Out of memory is noticed at the end: what is put afterwards is
 * dropped, and has_failed tells. Owner: the caller, who ends it. Thread: one at a time. */
#ifndef HINDSIGHT_COMMON_TEXT_TEXT_BUFFER_H
#define HINDSIGHT_COMMON_TEXT_TEXT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct text_buffer { /* {0} is an empty one */
	char *text;  /* ended by '\0'; NULL while there is none */
	size_t n_chars;
	size_t n_room;
	bool has_failed;
};

/* What has been put; "" where that is nothing. Alive until the next put. */
const char *text_buffer_text(const struct text_buffer *buffer);

void text_buffer_put(struct text_buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void text_buffer_put_chars(struct text_buffer *buffer, const char *text, size_t n_chars);

/* As text of HTML: < > & and quotes are made harmless. */
void text_buffer_put_html(struct text_buffer *buffer, const char *text);

/* As a cell of CSV (RFC 4180): in quotes where it must be. */
void text_buffer_put_csv(struct text_buffer *buffer, const char *text);

/* Frees it; it is empty again. */
void text_buffer_end(struct text_buffer *buffer);

#endif
